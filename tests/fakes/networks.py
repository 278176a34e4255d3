"""A network made of a few lines: it slides the avatar's crop by how much redder and greener the driving frame got."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import numpy as np
from numpy.typing import NDArray

from engines.errors import EngineError
from engines.fomm.network import Network
from engines.runners.base import Arrays, Runner, TensorSpec

SIDE = 256
_STATE = (
    TensorSpec("small", (1, 3, SIDE, SIDE), "float32"),
    TensorSpec("source_value", (1, 4, 2), "float32"),
    TensorSpec("source_jacobian", (1, 4, 2, 2), "float32"),
    TensorSpec("matte_plane", (1, 1, SIDE, SIDE), "float32"),
)
_CORNERS = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
_SLIDE = 60.0


def driving_frame(right: float = 0.0, down: float = 0.0) -> NDArray[np.uint8]:
    """A frame that slides the crop so many pixels away from the plain one; no avatar has its blue."""
    red, green = (round(128 + 127.5 * each / _SLIDE) for each in (right, down))
    return np.full((SIDE, SIDE, 3), (red, green, 255), np.uint8)


def _keypoints(frame: NDArray[np.uint8], size: float) -> NDArray[np.float32]:
    middle = frame.mean(axis=(0, 1))[:2].astype(np.float32) / np.float32(127.5) - 1
    return (middle + size * _CORNERS)[None].astype(np.float32)


class FakePrepare(Runner):
    """Keeps the crop; an avatar's keypoints span twice a driver's."""

    name, where, precision = "fake", "nowhere", "fp32"
    inputs = (TensorSpec("source", (SIDE, SIDE, 3), "uint8"), TensorSpec("matte", (SIDE, SIDE), "uint8"))
    outputs = _STATE

    def __init__(self) -> None:
        self.closed = 0

    def bind(self, arrays: Arrays) -> None:
        raise AssertionError("nothing stays bound to prepare")

    def run(self, arrays: Arrays) -> dict[str, NDArray]:
        crop = arrays["source"]
        planes = crop.transpose(2, 0, 1)[None].astype(np.float32) / 255
        plane = arrays["matte"][None, None].astype(np.float32) / 255
        turns = np.broadcast_to(np.eye(2, dtype=np.float32), (1, 4, 2, 2)).copy()
        return {
            "small": planes,
            "source_value": _keypoints(crop, 0.5),
            "source_jacobian": turns,
            "matte_plane": plane,
        }

    def close(self) -> None:
        self.closed += 1


class FakeStep(Runner):
    """Slides the crop.

    Attributes:
        bound: what was bound, in order: the names of each call.
        controls: those of every run.
        neutrals: the neutral's middle at every run.
        driven: the driving frames of every run.
        error: raised by every run while it is not None.
        gate: every run waits for it.
        begun: set by every run, before it waits.
        paint: makes the picture from the driving frame and the slid crop; the slid crop by default.
    """

    name, where, precision = "fake", "nowhere", "fp32"
    inputs = (
        *_STATE,
        TensorSpec("driving", (SIDE, SIDE, 3), "uint8"),
        TensorSpec("neutral_value", (1, 4, 2), "float32"),
        TensorSpec("neutral_jacobian", (1, 4, 2, 2), "float32"),
        TensorSpec("controls", (4,), "float32"),
    )
    outputs = ()

    def __init__(self) -> None:
        self.bound: list[tuple[str, ...]] = []
        self.controls: list[list[float]] = []
        self.neutrals: list[list[float]] = []
        self.driven: list[NDArray[np.uint8]] = []
        self.error: Exception | None = None
        self.gate = Event()
        self.gate.set()
        self.begun = Event()
        self.closed = 0
        self.paint: Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.uint8]] = lambda _, slid: slid
        self._arrays: dict[str, NDArray] = {}

    def bind(self, arrays: Arrays) -> None:
        specs = {spec.name: spec for spec in self.inputs}
        assert all(specs[name].accepts(array) for name, array in arrays.items())
        self.bound.append(tuple(arrays))
        self._arrays.update(arrays)

    def run(self, arrays: Arrays) -> dict[str, NDArray]:
        self.begun.set()
        assert self.gate.wait(10)
        if self.error is not None:
            raise self.error
        every = {**self._arrays, **arrays}
        assert set(every) == {spec.name for spec in self.inputs}
        assert all(spec.accepts(every[spec.name]) for spec in self.inputs)
        relative, _, scale, head = every["controls"].tolist()
        value = _keypoints(every["driving"], 0.25)
        neutral = every["neutral_value"].mean(axis=1)[0]
        self.controls.append(every["controls"].tolist())
        self.neutrals.append(neutral.tolist())
        self.driven.append(every["driving"])
        start = neutral if relative else np.zeros(2, np.float32)
        right, down = np.rint(_SLIDE * scale * head * (value.mean(axis=1)[0] - start)).astype(int)
        crop = np.rint(every["small"][0].transpose(1, 2, 0) * 255).astype(np.uint8)
        matte = np.rint(every["matte_plane"][0, 0] * 255).astype(np.uint8)
        slid = np.roll(crop, (down, right), axis=(0, 1))
        return {
            "picture": self.paint(every["driving"], slid),
            "matte": np.roll(matte, (down, right), axis=(0, 1)),
            "driving_value": value,
            "driving_jacobian": every["source_jacobian"].copy(),
            "occlusion": np.ones((1, 1, SIDE // 4, SIDE // 4), np.float32),
        }

    def close(self) -> None:
        self.closed += 1


def fake_network() -> tuple[Network, FakeStep]:
    """A network and its step."""
    step = FakeStep()
    return Network(FakePrepare(), step), step


def broken() -> EngineError:
    """What a device that was lost says."""
    return EngineError("The device was lost. Start Guise again.")
