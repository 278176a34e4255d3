"""What every runner agrees on: named arrays go in, named arrays come out, and what rarely changes stays bound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class TensorSpec:
    """One input or output of a graph. Shapes are static.

    Attributes:
        name: as the graph names it.
        shape: of the array.
        dtype: uint8, float16 or float32.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str

    def accepts(self, array: NDArray[Any]) -> bool:
        """Whether an array has this shape and type."""
        return array.shape == self.shape and array.dtype == np.dtype(self.dtype)


@dataclass(frozen=True)
class StageTimes:
    """What a frame takes on the card, milliseconds; medians over the last frames.

    Attributes:
        upload: from host memory to the card.
        step: the computation and the copies around it.
        download: back.
        whole: from the beginning of the upload to the end of the download, waiting included.
    """

    upload: float
    step: float
    download: float
    whole: float


class Runner(ABC):
    """Executes one graph.

    Threads: one at a time.

    Attributes:
        name: as the command line says it: torch, onnxruntime, openvino, tensorrt, tensorrt_rtx.
        where: what it runs on, in words: "CPU", "NVIDIA H200".
        precision: fp32, fp16 or bf16; what the bulk of the work is done in.
        inputs: what the graph takes, in order.
        outputs: what it gives, in order.
    """

    name: str
    where: str
    precision: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @abstractmethod
    def bind(self, arrays: Arrays) -> None:
        """Keep these inputs for all following runs: an avatar's state, a neutral. Copied to where they are needed.

        Raises:
            ValueError: the graph has no such input, or its shape or type differs.
        """

    @abstractmethod
    def run(self, arrays: Arrays) -> dict[str, NDArray[Any]]:
        """Run the graph on the bound inputs and these; returns all outputs, the caller's own.

        Raises:
            ValueError: an input is missing, unknown, or of another shape or type.
            EngineError: the run failed: the device was lost, or memory ran out.
        """

    def times(self) -> StageTimes | None:
        """Return what a frame takes on a card; None where there is none, and before the first result.

        Any thread may ask at any time: it never waits for a run.
        """
        return None

    @abstractmethod
    def close(self) -> None:
        """Free what the runner holds. Closing twice is fine."""
