"""Files of weights as people find them: looked into first, then read, never run.

    checkpoint = open_checkpoint(path)      which networks it holds; nothing is loaded, PyTorch is not needed
    checkpoint.load(["generator"])          their weights as numpy arrays

What cannot be taken is refused with one sentence that says why and what to do.
"""

from __future__ import annotations

import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from engines.weights.errors import CheckpointError
from engines.weights.pickle_outline import PickleCodeError, PickleShapeError
from engines.weights.tensor_file import read_header, read_tensors
from engines.weights.torch_file import (
    LARGEST_BYTES,
    ZIP_MAGIC,
    ForeignArchiveError,
    ScriptError,
    TorchFile,
    look_into,
)

Shapes = dict[str, dict[str, tuple[int, ...]]]
States = dict[str, dict[str, NDArray[Any]]]

_AGAIN = "Download it again from its official page."
_WITHOUT_TORCH = (
    "needs PyTorch, which is not installed. Run the command as `python -m uv run --extra neural guise ...`; files "
    "that older versions of PyTorch wrote cannot be read without it."
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")


@dataclass(frozen=True)
class Checkpoint:
    """A file that was looked into and may be loaded.

    Attributes:
        path: the file.
        shapes: network -> key -> shape. The tensors of a file that is one network itself are named "".
    """

    path: Path
    shapes: Shapes
    _torch: TorchFile | None

    def load(self, networks: Collection[str] | None = None) -> States:
        """Return network -> key -> array: floating numbers as float32, integers as they are.

        Args:
            networks: which ones; all where None.

        Raises:
            CheckpointError: the weights are damaged, or PyTorch is missing, which the older kind of its files needs.
        """
        wanted = list(self.shapes) if networks is None else list(networks)
        try:
            if self._torch is None:
                raw = _read_safetensors(self.path, {name: self.shapes[name] for name in wanted})
            elif self._torch.records is None:
                raw = _read_torch(self._torch, wanted)
            else:
                self._torch.check_contents(wanted)
                raw = self._torch.read(wanted)
        except (OSError, ValueError) as error:
            _refuse_damaged(self.path, error)
        return {
            name: {key: self._sound(name, key, raw[name][key]) for key in self.shapes[name]}
            for name in wanted
        }

    def _sound(self, network: str, key: str, array: NDArray[Any]) -> NDArray[Any]:
        """Return an array in the type it is kept in."""
        if not np.issubdtype(array.dtype, np.floating):
            return array
        with np.errstate(over="ignore"):
            numbers = array.astype(np.float32, copy=False)
        if not np.isfinite(numbers).all():
            where = f"{network}/{key}".lstrip("/")
            _refuse(
                self.path,
                f"is damaged: '{where}' holds values that are not numbers (NaN or infinite)",
                _AGAIN,
            )
        return numbers


def open_checkpoint(path: Path) -> Checkpoint:
    """Look into a file: .pth, .pth.tar, .pt of PyTorch, or .safetensors. What it is shows in its first bytes.

    Raises:
        CheckpointError: it is none of these, would run something, or is damaged; the text says why.
    """
    try:
        head = _head(path)
        if _is_safetensors(path, head):
            shapes, looked_into = _safetensors_shapes(path), None
        else:
            looked_into = look_into(path, head)
            shapes = {
                network: {key: tensor.shape for key, tensor in tensors.items()}
                for network, tensors in looked_into.networks.items()
            }
    except PickleCodeError as error:
        why = f"would run a program when opened ({_printable(error.name)}), so it was not"
        _refuse(path, why, "Get the model from its official page.")
    except ScriptError:
        _refuse(path, "is a program (TorchScript), and Guise runs none", "Get the plain weights instead.")
    except ForeignArchiveError:
        _refuse(path, "is an archive without a PyTorch checkpoint", "Unpack it and add the file inside.")
    except (OSError, ValueError) as error:
        _refuse_damaged(path, error)
    if not shapes:
        _refuse(path, "holds no networks", "Give the file of the trained model.")
    return Checkpoint(path, shapes, looked_into)


def read_checkpoint(path: Path) -> States:
    """Return all networks in a file: network -> key -> array.

    Raises:
        CheckpointError: it cannot be taken; the text says why.
    """
    return open_checkpoint(path).load()


def require_reader(path: Path) -> None:
    """Make sure that a file of that name could be read here, before the trouble of getting it.

    Raises:
        CheckpointError: PyTorch is missing.
    """
    if path.suffix.lower() != ".safetensors" and find_spec("torch") is None:
        raise CheckpointError(f"Reading {_quoted(path)} {_WITHOUT_TORCH}")


def _head(path: Path) -> bytes:
    """Return the first bytes of a file that may be a checkpoint by its looks from outside."""
    facts = path.stat()
    if stat.S_ISDIR(facts.st_mode):
        _refuse(path, "is a folder", "Give the file inside it.")
    if not stat.S_ISREG(facts.st_mode):
        _refuse(path, "is no ordinary file", "Save it to the disk first.")
    if facts.st_size == 0:
        _refuse(path, "is empty", _AGAIN)
    if facts.st_size > LARGEST_BYTES:
        size, limit = facts.st_size / 1e9, LARGEST_BYTES / 1e9
        _refuse(path, f"has {size:.1f} GB, and no model Guise knows has more than {limit:.1f} GB", _AGAIN)
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        _refuse(path, "is a picture, not a model", "Pictures are added with `guise avatars add`.")
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        _refuse(
            path, "is a web page, not a model", "Open the page in a browser and download the file from there."
        )
    if not (head.startswith((ZIP_MAGIC, b"\x80")) or _is_safetensors(path, head)):
        _refuse(path, "is no model Guise can read", "It takes .pth, .pth.tar, .pt and .safetensors files.")
    return head


def _is_safetensors(path: Path, head: bytes) -> bool:
    """Tell by the suffix, or by a header of less than 16 MB that begins where it should."""
    return path.suffix.lower() == ".safetensors" or (head[3:8] == bytes(5) and head[8:9] == b"{")


def _safetensors_shapes(path: Path) -> Shapes:
    """Return the shapes in a file with keys `<network>/<key>`; keys without a network belong to ""."""
    shapes: Shapes = {}
    for full, entry in read_header(path).items():
        network, slash, key = full.partition("/")
        if not slash:
            network, key = "", full
        shapes.setdefault(network, {})[key] = entry.shape
    return shapes


def _read_safetensors(path: Path, shapes: Mapping[str, Mapping[str, Any]]) -> States:
    full = {name: {key: f"{name}/{key}" if name else key for key in keys} for name, keys in shapes.items()}
    tensors = read_tensors(path, [each for names in full.values() for each in names.values()])
    return {name: {key: tensors[each] for key, each in keys.items()} for name, keys in full.items()}


def _read_torch(file: TorchFile, networks: Collection[str]) -> States:
    """Load networks from the older kind of PyTorch's files, with its restricted loader."""
    require_reader(file.path)
    import pickle

    import torch

    try:
        tree = torch.load(str(file.path), map_location="cpu", weights_only=True)
    except (
        RuntimeError,
        pickle.UnpicklingError,
        EOFError,
        LookupError,
        TypeError,
        AttributeError,
        AssertionError,
        ArithmeticError,
    ) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise PickleShapeError(f"PyTorch cannot load it: {first[:200].rstrip('.')}") from None
    found: States = {}
    for name in networks:
        tensors = tree[name] if name else tree
        found[name] = {}
        for key, expected in file.networks[name].items():
            tensor = tensors[key].detach()
            wide = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
            found[name][key] = wide.numpy()
            if found[name][key].shape != expected.shape:
                raise PickleShapeError(f"'{key}' has another shape than its description says")
    return found


def _refuse_damaged(path: Path, error: Exception) -> NoReturn:
    """Raise the sentence for a file that cannot be read or makes no sense."""
    if isinstance(error, FileNotFoundError):
        raise CheckpointError(f"There is no file {_quoted(path)}. Check the name.") from error
    if isinstance(error, OSError):
        why = (error.strerror or str(error)).lower()
        _refuse(path, f"cannot be read: {why}", "Check that you may read it.")
    _refuse(path, f"cannot be used: {_printable(str(error))}", _AGAIN)


def _refuse(path: Path, why: str, way_out: str) -> NoReturn:
    raise CheckpointError(f"{_quoted(path)} {why}. {way_out}")


def _quoted(path: Path) -> str:
    return f"'{_printable(path.name or str(path))}'"


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
