"""What every sink agrees on: finished pictures go in, the avatar or the slate, never a camera's frame."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self


class FrameSink(ABC):
    """Takes finished pictures.

    Threads: one thread opens, sends and closes.

    Attributes:
        name: for the user.
        wants_alpha: pictures with four channels are shown with their transparency.
    """

    name: str = ""
    wants_alpha: bool = False

    @abstractmethod
    def open(self, width: int, height: int, fps: float | Fraction) -> None:
        """Get ready for pictures of that size, at about that rate. Again while open: change size or rate.

        Raises:
            GuiseError: it cannot be, and why.
        """

    @abstractmethod
    def send(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Take one picture.

        Args:
            picture: (height, width, 3) RGB or (height, width, 4) RGBA with straight alpha; not kept.
            time_s: when it is shown, seconds on one steady clock.

        Raises:
            GuiseError: it could not be taken, and why; the sink needs closing.
        """

    @abstractmethod
    def close(self) -> None:
        """Finish and release. Safe to call twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class NullSink(FrameSink):
    """Takes everything and keeps nothing.

    Attributes:
        sent: how many pictures came.
    """

    name = "nowhere"

    def __init__(self) -> None:
        self.sent = 0

    def open(self, width: int, height: int, fps: float | Fraction) -> None:
        """Do nothing."""

    def send(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Count the picture."""
        self.sent += 1

    def close(self) -> None:
        """Do nothing."""
