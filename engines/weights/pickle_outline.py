"""What a PyTorch pickle would make, found out without making it.

A pickle is a small program. This interpreter knows only the instructions that plain weights need, runs nothing and
imports nothing: where the pickle names a function, it keeps the name. Tensors become outlines that say how large they
are, so that everything can be judged before any memory is asked for. What it accepts is a part of what PyTorch's own
restricted loader accepts, which does the loading afterwards.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

ITEM_BYTES = {
    "BoolStorage": 1,
    "ByteStorage": 1,
    "CharStorage": 1,
    "ShortStorage": 2,
    "HalfStorage": 2,
    "BFloat16Storage": 2,
    "IntStorage": 4,
    "FloatStorage": 4,
    "LongStorage": 8,
    "DoubleStorage": 8,
}
_PROTOCOL = 2  # the one PyTorch writes
_MOST_AXES = 8
_LARGEST_NUMBER = 1 << 48
_MOST_ATTRIBUTES = 16
_LONGEST_INTEGER_BITS = 63
_LONGEST_NAME = 500


class PickleCodeError(ValueError):
    """Opening the pickle would call something that is no part of plain weights.

    Attributes:
        name: what would be called, "posix.system" for one.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class PickleShapeError(ValueError):
    """The pickle is not what PyTorch writes, or describes tensors that cannot be."""


@dataclass(frozen=True)
class StorageOutline:
    """The numbers several tensors may share.

    Attributes:
        kind: one of ITEM_BYTES.
        key: names it within the file.
        count: how many numbers.
    """

    kind: str
    key: str
    count: int

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.count * ITEM_BYTES[self.kind]


@dataclass(frozen=True)
class TensorOutline:
    """A tensor that lies within its storage.

    Attributes:
        storage: where its numbers are.
        shape: of the tensor.
        offset: where its first number is in the storage, counted in numbers.
        strides: how many numbers lie between neighbours, for each axis.
    """

    storage: StorageOutline
    shape: tuple[int, ...]
    offset: int = 0
    strides: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of a copy of its own."""
        return prod(self.shape) * ITEM_BYTES[self.storage.kind]


@dataclass(frozen=True)
class _Name:
    """A function or class the pickle names; it is never looked up."""

    full: str


@dataclass(frozen=True)
class Outline:
    """What a pickle would make.

    Attributes:
        tree: the value itself, with outlines in place of tensors.
        storages: every storage it refers to, by key.
    """

    tree: Any
    storages: dict[str, StorageOutline]


def outline(data: io.BytesIO) -> Outline:
    """Return what the pickle at the data's position would make, and leave the position behind it.

    Raises:
        PickleCodeError: it calls something beyond plain weights.
        PickleShapeError: it is damaged, or no pickle of weights.
    """
    machine = _Interpreter()
    return Outline(machine.run(data), machine.storages)


class _Interpreter:
    """A stack machine. A mark sets the stack aside and begins a new one, as in PyTorch's own restricted loader."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._aside: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._protocol = _PROTOCOL
        self.storages: dict[str, StorageOutline] = {}

    def run(self, data: io.BytesIO) -> Any:
        """Return what the pickle would make."""
        try:
            for opcode, argument, _ in pickletools.genops(data):
                if opcode.name == "STOP":
                    break
                self._step(opcode.name, argument)
            result = self._stack.pop()
        except (PickleCodeError, PickleShapeError):
            raise
        except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
            raise PickleShapeError(f"its pickle is damaged ({error})") from None
        if self._protocol != _PROTOCOL:  # known only now: that it would run something is the worse news
            raise PickleShapeError("it was not written by PyTorch")
        return result

    def _step(self, name: str, argument: Any) -> None:
        match name:
            case "PROTO":
                self._protocol = argument
            case "FRAME":
                pass
            case "NONE" | "NEWTRUE" | "NEWFALSE" | "EMPTY_TUPLE" | "EMPTY_LIST" | "EMPTY_DICT":
                self._stack.append(_VALUES[name]())
            case "BININT" | "BININT1" | "BININT2" | "BINFLOAT":
                self._stack.append(argument)
            case "BINUNICODE" | "SHORT_BINUNICODE" | "SHORT_BINSTRING":
                self._stack.append(argument)
            case "LONG1":
                self._stack.append(_bounded(argument))
            case "GLOBAL" | "INST":
                self._stack.append(_named(argument))
            case "STACK_GLOBAL":
                self._stack.append(_named(" ".join(self._take(2))))
            case "BINPUT" | "LONG_BINPUT":
                self._memo[argument] = self._stack[-1]
            case "MEMOIZE":
                self._memo[len(self._memo)] = self._stack[-1]
            case "BINGET" | "LONG_BINGET":
                self._stack.append(self._memo[argument])
            case "MARK":
                self._aside.append(self._stack)
                self._stack = []
            case "TUPLE":
                values = tuple(self._since_mark())
                self._stack.append(values)
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                self._stack.append(tuple(self._take(int(name[-1]))))
            case "APPEND":
                self._append(self._take(1))
            case "APPENDS":
                self._append(self._since_mark())
            case "SETITEM":
                self._set(self._take(2))
            case "SETITEMS":
                self._set(self._since_mark())
            case "REDUCE":
                self._stack.append(_called(*self._take(2)))
            case "BUILD":
                self._attributes(*self._take(1))
            case "BINPERSID":
                self._stack.append(self._storage(*self._stack.pop()))
            case _:
                raise PickleShapeError(f"its pickle has an instruction weights do not need ({name})")

    def _take(self, count: int) -> list[Any]:
        """Take the uppermost values off the stack, in the order they were put there."""
        return [self._stack.pop() for _ in range(count)][::-1]

    def _since_mark(self) -> list[Any]:
        """Take everything since the latest mark."""
        values, self._stack = self._stack, self._aside.pop()
        return values

    def _append(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise PickleShapeError("it adds to something that is no list")
        target.extend(values)

    def _set(self, values: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not dict or len(values) % 2:
            raise PickleShapeError("it names values in something that is no dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, (str, int, float)):  # a tuple of tuples can take for ever to hash
                raise PickleShapeError("it names a value by more than a name")
            target[key] = value

    def _attributes(self, state: Any) -> None:
        """Forget the attributes of a dictionary; PyTorch keeps the networks' versions there."""
        if type(self._stack[-1]) is not dict or type(state) is not dict or len(state) > _MOST_ATTRIBUTES:
            raise PickleShapeError("it sets attributes of something that has none")

    def _storage(
        self, label: Any, kind: Any, key: Any, _place: Any, count: Any, view: Any = None
    ) -> StorageOutline:
        if label != "storage" or not isinstance(kind, _Name) or not isinstance(key, str) or view is not None:
            raise PickleShapeError("it refers to something that is no storage")
        short = kind.full.removeprefix("torch.")
        if short not in ITEM_BYTES or not _is_number(count):
            raise PickleShapeError("it has a storage of no known kind")
        storage = StorageOutline(short, key, count)
        if self.storages.setdefault(key, storage) != storage:
            raise PickleShapeError("it has two storages of one name")
        return storage


def _bounded(number: int) -> int:
    if number.bit_length() > _LONGEST_INTEGER_BITS:
        raise PickleShapeError("it holds a number far too long")
    return number


def _named(argument: str) -> _Name:
    full = argument.replace(" ", ".", 1)
    if full not in _CALLS and full.removeprefix("torch.") not in ITEM_BYTES:
        raise PickleCodeError(full[:_LONGEST_NAME])
    return _Name(full)


def _called(function: Any, arguments: Any) -> Any:
    """Return what a call would make."""
    if not isinstance(function, _Name) or not isinstance(arguments, tuple):
        raise PickleShapeError("it calls something that is no function")
    if function.full not in _CALLS:
        raise PickleCodeError(function.full)
    return _CALLS[function.full](*arguments)


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST_NUMBER


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> TensorOutline:
    sound = isinstance(storage, StorageOutline) and isinstance(shape, tuple) and isinstance(strides, tuple)
    if not sound or len(shape) != len(strides) or len(shape) > _MOST_AXES:
        raise PickleShapeError("it has a tensor that makes no sense")
    if not all(_is_number(number) for number in (offset, *shape, *strides)):
        raise PickleShapeError("it has a tensor that makes no sense")
    last = offset + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
    if prod(shape) and (last >= storage.count or prod(shape) > storage.count):
        raise PickleShapeError("it has a tensor larger than its numbers")
    return TensorOutline(storage, shape, offset, strides)


def _parameter(tensor: Any, *_: Any) -> TensorOutline:
    if not isinstance(tensor, TensorOutline):
        raise PickleShapeError("it has a parameter that is no tensor")
    return tensor


def _ordered() -> dict[Any, Any]:
    return {}


_CALLS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _ordered,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
}
_VALUES: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
}
