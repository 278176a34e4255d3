"""The families of models that engines here can use, and how each recognises its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.models.errors import ModelError
from engines.weights.checkpoint import Checkpoint, open_checkpoint

Shapes = Mapping[str, Mapping[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Family:
    """One kind of model.

    Attributes:
        name: as models and engines' cards say it.
        title: for the user.
        needed: the networks without which it cannot animate; where it has several versions, those of each.
        optional: networks that are kept where a file has them, by how their names begin.
        recognise: returns the configuration that shapes and a file's name speak of.

    Raises:
        ValueError: from `recognise`: these are not its networks; the text says what is wrong.
    """

    name: str
    title: str
    needed: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...]
    recognise: Callable[[Shapes, str], str]

    def keeps(self, shapes: Shapes) -> tuple[str, ...]:
        """Return which of some networks belong to the family: none where those of no version are all there."""
        for needed in self.needed:
            if all(network in shapes for network in needed):
                return tuple(
                    network for network in shapes if network in needed or network.startswith(self.optional)
                )
        return ()


@dataclass(frozen=True)
class Recognised:
    """What a file turned out to be.

    Attributes:
        family: whose it is.
        configuration: which of the family's.
        networks: those worth keeping.
    """

    family: Family
    configuration: str
    networks: tuple[str, ...]


def _fomm(shapes: Shapes, file_name: str) -> str:
    from engines.fomm.recognise import config_of

    return config_of(shapes, file_name).name


def _tha(shapes: Shapes, file_name: str) -> str:
    from engines.tha.recognise import config_of

    return config_of(shapes, file_name).name


FAMILIES = {
    family.name: family
    for family in (
        Family(
            "fomm", "First Order Motion Model", (("generator", "kp_detector"),), ("discriminator",), _fomm
        ),
        Family(
            "tha",
            "Talking Head Anime",
            (
                (
                    "eyebrow_decomposer",
                    "eyebrow_morphing_combiner",
                    "face_morpher",
                    "two_algo_face_body_rotator",
                    "editor",
                ),
                ("face_morpher", "two_algo_face_rotator", "combiner"),
            ),
            (),
            _tha,
        ),
    )
}


def recognise(shapes: Shapes, file_name: str, precision: str = "") -> Recognised:
    """Return what networks of these shapes are.

    Args:
        shapes: network -> key -> shape.
        file_name: for the user; decides between configurations of equal shapes.
        precision: "half" or "float" where that is known; decides before the name does.

    Raises:
        ModelError: nothing that an engine here can use; the text says why.
    """
    for family in FAMILIES.values():
        kept = family.keeps(shapes)
        if not kept:
            continue
        try:
            found = family.recognise({network: shapes[network] for network in kept}, precision or file_name)
        except ValueError as error:
            raise ModelError(
                f"'{file_name}' looks like a {family.title}, but {error}.",
                "Guise can use the published configurations and models trained with its networks.",
            ) from error
        return Recognised(family, found, kept)
    named = ", ".join(sorted(filter(None, shapes))[:5]) or "one network without a name"
    known = " or ".join(family.title for family in FAMILIES.values())
    raise ModelError(
        f"'{file_name}' is no {known}: it holds {named}.",
        "Add another file, or the folder where the model is several files.",
    )


def recognise_folder(folder: Path) -> tuple[Recognised, dict[str, Checkpoint]]:
    """Look into a folder that holds a model in several files, one network each, as Talking Head Anime 1 and 3 come.

    Returns:
        What it is, and by the networks' names their files, each of which holds one network without a name.

    Raises:
        CheckpointError: a file is missing, cannot be read, is damaged, or would run something.
        ModelError: it is no model that an engine here can use; the text says why.
    """
    from engines.tha.folder import networks_of, precision_of

    try:
        checkpoints = {name: open_checkpoint(path) for name, path in networks_of(folder).items()}
        precision = precision_of(checkpoints)
    except OSError as error:
        raise ModelError(
            f"'{folder.name}' cannot be read: {error.strerror or error}.", "Check that you may read it."
        ) from error
    shapes = {name: checkpoint.shapes.get("", {}) for name, checkpoint in checkpoints.items()}
    return recognise(shapes, folder.name, precision), checkpoints
