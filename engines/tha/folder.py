"""Folders as versions 1 and 3 are handed out: a file for each network, named after it."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path

from engines.tha.tha1 import config as tha1_config
from engines.tha.tha3 import config as tha3_config
from engines.weights.checkpoint import Checkpoint
from engines.weights.errors import CheckpointError

SUFFIXES = (".pt", ".pth", ".safetensors")

_HALF_BYTES = 3  # a number of single precision takes 4 bytes in a file, one of half precision 2
_CARD = "character_model.yaml"


def is_folder_of_networks(folder: Path) -> bool:
    """Tell whether a folder may hold a model, whole or not; nothing is opened."""
    return folder.is_dir() and bool(_files(folder))


def networks_of(folder: Path) -> dict[str, Path]:
    """Return the file of each network in a folder with all of one version; nothing is opened.

    Raises:
        CheckpointError: they are not all there; the text says what is wrong and what to do.
        OSError: the folder cannot be read.
    """
    files = _files(folder)
    if "eyebrow_decomposer" in files and "two_algo_face_rotator" in files:
        raise CheckpointError(
            f"'{folder.name}' holds Talking Head Anime 2, which Guise cannot use. Add version 3 or 1."
        )
    for names in (tha3_config.NETWORKS, tha1_config.NETWORKS):
        if all(name in files for name in names):
            return {name: files[name] for name in names}
    if (folder / _CARD).is_file():
        raise CheckpointError(
            f"'{folder.name}' is a character, not a model. Add it as an avatar, with `guise avatars add`."
        )
    inside = sorted(each.name for each in folder.iterdir() if is_folder_of_networks(each))
    if inside and not files:
        several = " or ".join(f"'{name}'" for name in inside[:4])
        raise CheckpointError(f"'{folder.name}' holds several models in folders of their own. Add {several}.")
    if "upscaler" in files or "body_morpher" in files:
        raise CheckpointError(
            f"'{folder.name}' holds networks of Talking Head Anime 4, and Guise can use its characters alone. "
            f"Add a folder with a {_CARD} as an avatar."
        )
    if not files:
        raise CheckpointError(f"'{folder.name}' holds no networks. Add the folder with the .pt files in it.")
    choices = (tha3_config.NETWORKS, tha1_config.NETWORKS)
    nearest = max(choices, key=lambda names: sum(name in files for name in names) / len(names))
    missing = " and ".join(f"{name}.pt" for name in nearest if name not in files)
    raise CheckpointError(f"'{folder.name}' lacks {missing}. Get the whole folder from the official page.")


def precision_of(checkpoints: Mapping[str, Checkpoint]) -> str:
    """Return "half" or "float": what the numbers in a folder's files take."""
    numbers = stored = 0
    for checkpoint in checkpoints.values():
        stored += checkpoint.path.stat().st_size
        for keys in checkpoint.shapes.values():
            numbers += sum(prod(shape) for shape in keys.values())
    return "half" if stored < _HALF_BYTES * numbers else "float"


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of weights in a folder by their names; of several kinds the first."""
    known = {*tha3_config.NETWORKS, *tha1_config.NETWORKS, "body_morpher", "upscaler"}
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir(), key=lambda each: (each.suffix, each.name)):
        if path.suffix.lower() in SUFFIXES and path.stem in known and path.is_file():
            found.setdefault(path.stem, path)
    return found
