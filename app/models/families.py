"""The families of models that engines here can use, and how each recognises its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.models.errors import ModelError

Shapes = Mapping[str, Mapping[str, tuple[int, ...]]]


@dataclass(frozen=True)
class Family:
    """One kind of model.

    Attributes:
        name: as models and engines' cards say it.
        title: for the user.
        needed: the networks without which it cannot animate.
        optional: networks that are kept where a file has them, by how their names begin.
        recognise: returns the configuration that shapes and a file's name speak of.

    Raises:
        ValueError: from `recognise`: these are not its networks; the text says what is wrong.
    """

    name: str
    title: str
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    recognise: Callable[[Shapes, str], str]

    def keeps(self, network: str) -> bool:
        """Tell whether a network of that name belongs to the family."""
        return network in self.needed or network.startswith(self.optional)


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


FAMILIES = {
    family.name: family
    for family in (
        Family("fomm", "First Order Motion Model", ("generator", "kp_detector"), ("discriminator",), _fomm),
    )
}


def recognise(shapes: Shapes, file_name: str) -> Recognised:
    """Return what networks of these shapes are.

    Args:
        shapes: network -> key -> shape.
        file_name: decides between configurations of equal shapes.

    Raises:
        ModelError: nothing that an engine here can use; the text says why.
    """
    for family in FAMILIES.values():
        if not all(network in shapes for network in family.needed):
            continue
        kept = {network: dict(keys) for network, keys in shapes.items() if family.keeps(network)}
        try:
            return Recognised(family, family.recognise(kept, file_name), tuple(kept))
        except ValueError as error:
            raise ModelError(
                f"'{file_name}' looks like a {family.title}, but {error}.",
                "Guise can use the published configurations and models trained with its networks.",
            ) from error
    found = ", ".join(sorted(filter(None, shapes))[:5]) or "one network without a name"
    known = " or ".join(family.title for family in FAMILIES.values())
    raise ModelError(f"'{file_name}' is no {known}: it holds {found}.", "Add another file.")
