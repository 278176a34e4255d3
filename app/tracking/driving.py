"""The driving frame: the square of the camera's frame around the head that networks look at.

The square stays where it is, or the network would not see the head move within it. Only when the face comes near its
edge, or grows or shrinks too much for it, does it follow, smoothly; and it returns as soon as the face does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.base import Face
from engines.face.topology import EYES, LIP_INNER_LOWER, LIP_INNER_UPPER
from engines.fomm.framing import Square, square_of

_ROOM = 0.17  # the face may wander this share of the square's side before the square follows
_GROWTH, _SHRINKAGE = 1.3, 0.65  # and become so much larger or smaller
_FOLLOW_S = 0.3
_LONGEST_STEP_S = 0.2
_AWAY = 0.5  # a face this far off, in sides, came from elsewhere: nothing is to be seen in between
_PLACE_COUNTS = 0.25  # how much the place in the frame counts beside the expression, for likeness


_LIPS = list(LIP_INNER_UPPER + LIP_INNER_LOWER)
_LIDS = [index for eye in EYES for index in eye.outline]


@dataclass(frozen=True, eq=False)
class DrivingFrame:
    """A driving frame and the face that was found in it.

    Attributes:
        rgb: (256, 256, 3) uint8.
        face: in the pixels of the whole frame, without pixels of its own.
    """

    rgb: NDArray[np.uint8]
    face: Face


class DrivingCrop:
    """Cuts driving frames. The same frames and faces in the same order give the same result. One thread uses it.

    Args:
        home: the square to cut while the face is well inside it, in pixels of the faces' frames.
    """

    def __init__(self, home: Square) -> None:
        self._home = self._now = home
        self._last_s: float | None = None

    def aim(self, home: Square) -> None:
        """Take another home, at once: what was cut before belongs to another neutral."""
        if home != self._home:
            self._home = self._now = home
            self._last_s = None

    @property
    def at_home(self) -> bool:
        """The last frame was cut where the neutral is cut, so the two can be compared."""
        return _distance(self._now, self._home) < 0.01

    def cut(self, rgb: NDArray[np.uint8], face: Face) -> NDArray[np.uint8]:
        """Return the driving frame of one frame, (256, 256, 3) uint8.

        Args:
            rgb: (H, W, 3) uint8; of another size than the face's frame, it is taken for the same picture scaled.
            face: what was found in it, with its time.

        Raises:
            ValueError: the landmarks are no face's.
        """
        target = self._target(square_of(face.landmarks))
        step_s = 0.0 if self._last_s is None else min(max(face.time_s - self._last_s, 0.0), _LONGEST_STEP_S)
        away = self._last_s is None or _distance(self._now, target) > _AWAY
        self._now = target if away else _between(self._now, target, 1 - math.exp(-step_s / _FOLLOW_S))
        self._last_s = face.time_s
        scale = rgb.shape[0] / face.size[1]
        now = self._now
        return Square(scale * now.x, scale * now.y, scale * now.side).cut(rgb)

    def _target(self, wish: Square) -> Square:
        """Return the square nearest to home that holds a face whose own square is the wish."""
        home = self._home
        ratio = min(max(wish.side / home.side, 0.2), 5.0)
        side = home.side * max(ratio / _GROWTH, min(ratio / _SHRINKAGE, 1.0))
        x, y = (
            here + math.copysign(max(abs(there - here) - _ROOM * side, 0.0), there - here)
            for here, there in ((home.x, wish.x), (home.y, wish.y))
        )
        return Square(x, y, side)


def is_near(wish: Square, home: Square) -> bool:
    """Whether a face whose own square is the wish is well inside home, so that nothing has to follow it."""
    ratio = wish.side / home.side
    off = max(abs(wish.x - home.x), abs(wish.y - home.y)) / home.side
    return off <= _ROOM and _SHRINKAGE <= ratio <= _GROWTH


def unlike(face: Face, other: Face) -> float:
    """Return how far two faces are apart, 0 for the same: turn and expression first, the place a little."""
    shapes, middles, sizes = zip(*(_shape(each) for each in (face, other)), strict=True)
    moved = np.linalg.norm(shapes[0] - shapes[1], axis=1)
    # Lips and lids are few among all points, and say most about an expression.
    shape = sum(float(part.mean()) for part in (moved, moved[_LIPS], moved[_LIDS]))
    place = float(np.linalg.norm(middles[0] - middles[1])) / float(max(sizes[1], 1e-6))
    size = abs(math.log(max(sizes[0], 1e-6) / max(sizes[1], 1e-6)))
    return float(shape + _PLACE_COUNTS * (place + size))


def likest(frames: Iterable[DrivingFrame], face: Face) -> DrivingFrame | None:
    """Return the frame whose face is most like this one; None where there are none."""
    return min(frames, key=lambda frame: unlike(frame.face, face), default=None)


def _shape(face: Face) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return the landmarks about their middle in units of their size, the middle, and the size, frame heights."""
    points = face.landmarks[:, :2].astype(np.float64) / face.size[1]
    middle = points.mean(axis=0)
    size = float(np.sqrt(((points - middle) ** 2).sum(axis=1).mean()))
    return (points - middle) / max(size, 1e-6), middle, size


def _distance(one: Square, other: Square) -> float:
    """Return how far apart two squares are, in sides."""
    return max(abs(one.x - other.x), abs(one.y - other.y), abs(one.side - other.side)) / other.side


def _between(one: Square, other: Square, share: float) -> Square:
    return Square(
        one.x + share * (other.x - one.x),
        one.y + share * (other.y - one.y),
        one.side + share * (other.side - one.side),
    )
