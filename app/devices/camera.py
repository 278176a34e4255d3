"""What every camera agrees on: frames come out, one at a time, until the camera is closed or lost.

`CameraInfo` names a camera, `Camera` is one that can be opened. A `Frame` carries the driver's real face: it
goes to tracking and to nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.errors import GuiseError, UnknownNameError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self

CameraKind = Literal["webcam", "file", "idle"]


@dataclass(frozen=True)
class Frame:
    """One picture from a camera.

    Attributes:
        rgb: (H, W, 3) uint8, the reader's own array.
        time_s: when it was captured, seconds of time.perf_counter.
        index: counts the frames a camera gave since it was opened, from 0.
    """

    rgb: NDArray[np.uint8]
    time_s: float
    index: int


@dataclass(frozen=True)
class CameraInfo:
    """A camera's card.

    Attributes:
        id: how the system finds it now; may change when devices are plugged in another order.
        name: what the user sees; unique among those listed together, and how it is found again.
        kind: webcam, file, or idle for none at all.
        virtual: made by a program, not by a lens; listed last.
    """

    id: str
    name: str
    kind: CameraKind = "webcam"
    virtual: bool = False


class CameraNotFound(UnknownNameError):  # noqa: N818 - says what happened, as its siblings do
    """There is no such camera; lists those there are."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = tuple(known)
        super().__init__("camera", name, names)
        if not name and not names:
            self.message = "No camera was found."
            self.hint = "Plug one in, or choose a video file; idle motion works without any."


class CameraBusy(GuiseError):  # noqa: N818
    """The camera is there and cannot be had: another program uses it, or this user may not."""


class CameraLost(GuiseError):  # noqa: N818
    """The camera was there and gives no more frames."""


class Camera(ABC):
    """A source of frames; open() and close() may follow each other any number of times.

    Threads: one thread opens and reads; close() may come from another and ends a read that waits.

    Attributes:
        info: who this is; known before it is opened.
    """

    info: CameraInfo

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @abstractmethod
    def open(self) -> None:
        """Make frames flow. A failed open leaves nothing behind and may be tried again.

        Raises:
            CameraNotFound: it is not there.
            CameraBusy: it is there and cannot be had.
            CameraLost: it is there and gives no frames.
        """

    @abstractmethod
    def read(self) -> Frame:
        """Return the next frame; waits for it, but never for ever.

        Raises:
            CameraLost: no more frames come, or the camera was closed.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the device. Safe to call twice, and from another thread."""

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Width and height it really gives, pixels; (0, 0) before it is open."""

    @property
    @abstractmethod
    def fps(self) -> float:
        """Frames a second it says it gives; 0 where it does not say."""

    @property
    def note(self) -> str:
        """Where it gives something else than was asked for: which, in words. Empty otherwise."""
        return ""
