"""What the landmark editor edits, without a widget: anchors on a picture, undo and redo, guided placing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.tracking.anchors import ANCHORS, anchors_of, fit_anchors

GUIDED = (
    "right_eye_outer",
    "right_eye_inner",
    "left_eye_inner",
    "left_eye_outer",
    "nose_tip",
    "mouth_right",
    "mouth_left",
    "chin",
    "forehead",
)
_WORDS = {
    "right_eye_outer": "outer corner of the eye at the left of the picture",
    "right_eye_top": "upper lid of the eye at the left of the picture",
    "right_eye_inner": "inner corner of the eye at the left of the picture",
    "right_eye_bottom": "lower lid of the eye at the left of the picture",
    "right_iris": "pupil at the left of the picture",
    "left_eye_inner": "inner corner of the eye at the right of the picture",
    "left_eye_top": "upper lid of the eye at the right of the picture",
    "left_eye_outer": "outer corner of the eye at the right of the picture",
    "left_eye_bottom": "lower lid of the eye at the right of the picture",
    "left_iris": "pupil at the right of the picture",
    "right_brow_outer": "outer end of the left-hand brow",
    "right_brow_middle": "middle of the left-hand brow",
    "right_brow_inner": "inner end of the left-hand brow",
    "left_brow_inner": "inner end of the right-hand brow",
    "left_brow_middle": "middle of the right-hand brow",
    "left_brow_outer": "outer end of the right-hand brow",
    "nose_tip": "tip of the nose",
    "mouth_right": "left-hand corner of the mouth",
    "upper_lip_top": "upper edge of the upper lip",
    "upper_lip_bottom": "lower edge of the upper lip",
    "mouth_left": "right-hand corner of the mouth",
    "lower_lip_top": "upper edge of the lower lip",
    "lower_lip_bottom": "lower edge of the lower lip",
    "forehead": "top of the forehead",
    "right_temple": "left-hand edge of the face, beside the eye",
    "right_jaw": "left-hand corner of the jaw",
    "chin": "tip of the chin",
    "left_jaw": "right-hand corner of the jaw",
    "left_temple": "right-hand edge of the face, beside the eye",
}

Point = tuple[float, float]


def words_of(name: str) -> str:
    """Return where an anchor belongs, in words as one sees the picture."""
    return _WORDS.get(name, name.replace("_", " "))


@dataclass(frozen=True)
class _State:
    """One state of the editing: what undo goes back to."""

    base: NDArray[np.float32] | None
    anchors: Mapping[str, Point]


class Placing:
    """Anchors on a picture and the mesh that follows them.

    Args:
        size: width and height of the picture, pixels.
        found: (478, 3) landmarks to start from, or None: then the anchors of GUIDED are placed one by one.
    """

    def __init__(self, size: tuple[int, int], found: NDArray[np.float32] | None = None) -> None:
        self.size = size
        self._found = found
        self._state = self._first()
        self._undo: list[_State] = []
        self._redo: list[_State] = []
        self._dragging = False
        self._fitted: tuple[_State, NDArray[np.float32]] | None = None

    @property
    def anchors(self) -> Mapping[str, Point]:
        """Where the anchors lie that are placed."""
        return self._state.anchors

    @property
    def next_name(self) -> str | None:
        """The anchor to be placed next, None when the whole face is there."""
        if self._state.base is not None:
            return None
        return next((name for name in GUIDED if name not in self._state.anchors), None)

    @property
    def complete(self) -> bool:
        """Whether there is a face to save."""
        return self._state.base is not None

    @property
    def progress(self) -> tuple[int, int]:
        """How many of the guided anchors are placed, and how many there are."""
        return len([name for name in GUIDED if name in self._state.anchors]), len(GUIDED)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to undo."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""
        return bool(self._redo)

    @property
    def changed(self) -> bool:
        """Whether anything differs from the start."""
        return bool(self._undo)

    def landmarks(self) -> NDArray[np.float32] | None:
        """Return (478, 3) landmarks through the anchors, None while there are fewer than two."""
        state = self._state
        if len(state.anchors) < 2:
            return None
        if self._fitted is None or self._fitted[0] is not state:
            self._fitted = (state, fit_anchors(state.base, self.size, state.anchors))
        return self._fitted[1]

    def place_next(self, point: Point) -> None:
        """Place the next guided anchor; after the last one the whole mesh is there to be dragged."""
        name = self.next_name
        if name is None:
            return
        anchors = {**self._state.anchors, name: self._inside(point)}
        base = None
        if all(each in anchors for each in GUIDED):
            base = fit_anchors(None, self.size, anchors)
            anchors = anchors_of(base)
        self._enter(_State(base, anchors))

    def begin_drag(self) -> None:
        """From here to end_drag() all moves are one step for undo."""
        self._dragging = False

    def end_drag(self) -> None:
        """End of a drag."""
        self._dragging = False

    def move(self, name: str, point: Point, *, dragging: bool = False) -> None:
        """Put an anchor elsewhere."""
        if name not in self._state.anchors:
            return
        anchors = {**self._state.anchors, name: self._inside(point)}
        state = replace(self._state, anchors=anchors)
        if dragging and self._dragging:
            self._state = state
        else:
            self._enter(state)
        self._dragging = dragging

    def nudge(self, name: str, by: Point) -> None:
        """Move an anchor a little."""
        if name in self._state.anchors:
            x, y = self._state.anchors[name]
            self.move(name, (x + by[0], y + by[1]))

    def reset(self) -> None:
        """Go back to what was found, or to nothing; can be undone."""
        first = self._first()
        if first.anchors != self._state.anchors:
            self._enter(first)

    def undo(self) -> None:
        """Take the last step back."""
        if self._undo:
            self._redo.append(self._state)
            self._state = self._undo.pop()

    def redo(self) -> None:
        """Take a step again that was taken back."""
        if self._redo:
            self._undo.append(self._state)
            self._state = self._redo.pop()

    def nearest(self, point: Point, within: float) -> str | None:
        """Return the anchor nearest to a point of the picture, if it is within that many pixels."""
        best = min(
            self._state.anchors, key=lambda name: _distance(self._state.anchors[name], point), default=None
        )
        if best is None or _distance(self._state.anchors[best], point) > within:
            return None
        return best

    def names(self) -> list[str]:
        """Return the placed anchors in the order Tab goes."""
        return [name for name in ANCHORS if name in self._state.anchors]

    def _first(self) -> _State:
        if self._found is None:
            return _State(None, {})
        return _State(self._found, anchors_of(self._found))

    def _enter(self, state: _State) -> None:
        self._undo.append(self._state)
        self._redo.clear()
        self._state = state

    def _inside(self, point: Point) -> Point:
        """Keep a point on the picture; a chin or a temple may lie just beyond its edge."""
        width, height = self.size
        beyond = 0.25 * min(width, height)
        return (
            min(max(point[0], -beyond), width + beyond),
            min(max(point[1], -beyond), height + beyond),
        )


def _distance(one: Point, other: Point) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
