"""A stand-in for TensorRT's Python module that runs the toy network in main memory, as strictly as the real one.

It reads and writes raw addresses and, like the real one, says nothing when it fails: it gives None or False. What it
builds tells how it was built.
"""

from __future__ import annotations

import ctypes
from enum import Enum, IntEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engines.runners import tensorrt_library
from tests.engines.runners import toys

SPECS = {spec.name: spec for spec in (*toys.INPUTS, *toys.OUTPUTS)}
ENGINE = b"the toy's engine"


class DataType(Enum):
    FLOAT = "float32"
    HALF = "float16"
    UINT8 = "uint8"
    INT64 = "int64"


class Mode(Enum):
    INPUT = 0
    OUTPUT = 1


class Severity(Enum):
    INTERNAL_ERROR = 0
    ERROR = 1
    INFO = 3


class ILogger:
    Severity = Severity


class BuilderFlag(Enum):
    TF32 = 0
    REQUIRE_USER_ALLOCATION = 1


class ComputeCapability(Enum):
    CURRENT = 0


class NetworkDefinitionCreationFlag(IntEnum):
    STRONGLY_TYPED = 1


class IProgressMonitor: ...


class Config:
    """TF32 is on unless it is switched off, as in the real one."""

    def __init__(self) -> None:
        self.flags = {BuilderFlag.TF32}
        self.capabilities: dict[int, ComputeCapability] = {}

    def set_flag(self, flag: BuilderFlag) -> None:
        self.flags.add(flag)

    def clear_flag(self, flag: BuilderFlag) -> None:
        self.flags.discard(flag)

    def set_compute_capability(self, capability: ComputeCapability, index: int) -> None:
        self.capabilities[index] = capability


class Builder:
    def __init__(self, _logger: Any) -> None: ...

    def create_network(self, flags: int) -> list[bytes]:
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return []

    def create_builder_config(self) -> Config:
        return Config()

    def build_serialized_network(self, network: list[bytes], config: Config) -> bytes:
        return b" ".join([*network, *sorted(flag.name.encode() for flag in config.flags)])


class OnnxParser:
    """Knows paths of ASCII only, as on Windows."""

    num_errors = 0

    def __init__(self, network: list[bytes], logger: Any) -> None:
        self.network = network

    def parse(self, model: bytes) -> bool:
        self.network.append(model)
        return True

    def parse_from_file(self, path: str) -> bool:
        return path.isascii() and self.parse(Path(path).read_bytes())


class Context:
    def __init__(self, library: FakeTensorRt) -> None:
        self.library = library
        self.addresses: dict[str, int] = {}
        self.streams: list[int] = []

    def set_tensor_address(self, name: str, address: int) -> bool:
        self.addresses[name] = address
        return name in SPECS and address != 0

    def execute_async_v3(self, stream: int) -> bool:
        self.streams.append(stream)
        if self.library.failure:
            self.library.logger.log(Severity.ERROR, self.library.failure)
            return False
        if self.addresses.keys() != SPECS.keys():
            return False
        results = toys.expected(self._view("driving").copy(), self._view("state").copy())
        for name, array in results.items():
            self._view(name)[...] = array
        return True

    def _view(self, name: str) -> Any:
        spec = SPECS[name]
        dtype = np.dtype(spec.dtype)
        size = int(np.prod(spec.shape)) * dtype.itemsize
        raw = (ctypes.c_uint8 * size).from_address(self.addresses[name])
        return np.frombuffer(raw, dtype).reshape(spec.shape)


class Engine:
    def __init__(self, library: FakeTensorRt) -> None:
        self.library = library
        self.types = {name: DataType(spec.dtype) for name, spec in SPECS.items()}
        self.shapes = {name: spec.shape for name, spec in SPECS.items()}
        self.num_io_tensors = len(SPECS)

    def get_tensor_name(self, index: int) -> str:
        return list(SPECS)[index]

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self.shapes[name]

    def get_tensor_dtype(self, name: str) -> DataType:
        return self.types[name]

    def get_tensor_mode(self, name: str) -> Mode:
        return Mode.INPUT if SPECS[name] in toys.INPUTS else Mode.OUTPUT

    def create_execution_context(self) -> Context | None:
        self.library.contexts.append(Context(self.library))
        return self.library.contexts[-1]


class FakeTensorRt:
    """The module.

    Attributes:
        failure: what the next run fails with.
        logger: the one the runner made.
        loaded: every engine file that reached the library.
        contexts: every context made.
    """

    ILogger = ILogger
    DataType = DataType
    BuilderFlag = BuilderFlag
    ComputeCapability = ComputeCapability
    NetworkDefinitionCreationFlag = NetworkDefinitionCreationFlag
    IProgressMonitor = IProgressMonitor
    Builder = Builder
    OnnxParser = OnnxParser

    def __init__(self) -> None:
        self.failure = ""
        self.logger: Any = None
        self.loaded: list[bytes] = []
        self.contexts: list[Context] = []

    def Runtime(self, logger: Any) -> Any:  # noqa: N802 - TensorRT's name
        self.logger = logger
        return SimpleNamespace(deserialize_cuda_engine=self._deserialize)

    def _deserialize(self, data: bytes) -> Engine | None:
        self.loaded.append(data)
        if data == ENGINE:
            return Engine(self)
        self.logger.log(Severity.ERROR, "Error Code 1: built for another card\nand more")
        return None


def install(monkeypatch: pytest.MonkeyPatch, name: str = "tensorrt") -> FakeTensorRt:
    """Let the runner find a stand-in for a library until the test ends."""
    library = FakeTensorRt()
    logger = tensorrt_library._logger_class(library)()
    monkeypatch.setitem(tensorrt_library._loaded, name, (library, logger))
    return library
