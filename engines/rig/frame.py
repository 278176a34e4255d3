"""Where in the output a person may be drawn."""

from __future__ import annotations

import numpy as np

from engines.base import Avatar, View

# Matte on the picture's border above which the border cuts the person off.
_CUT = 127


def frame_of(avatar: Avatar, view: View) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of the output the person may be drawn to.

    Where the picture's border cuts the person off, what was made up beyond it stays hidden; a cut-out character may
    leave its picture on the other sides.
    """
    width, height = avatar.size
    corners = np.array([[0, 0, 1], [width, height, 1]]) @ view.matrix.T
    (left, top), (right, bottom) = np.rint(np.sort(corners, axis=0)).astype(int).tolist()
    matte = avatar.matte
    cut = [bool((line > _CUT).any()) for line in (matte[:, 0], matte[0], matte[:, -1], matte[-1])]
    if view.mirror:
        cut[0], cut[2] = cut[2], cut[0]
    if avatar.has_alpha:
        sides = (left, top, right, bottom)
        whole = (0, 0, view.width, view.height)
        left, top, right, bottom = (s if c else w for s, c, w in zip(sides, cut, whole, strict=True))
    return max(left, 0), max(top, 0), min(right, view.width), min(bottom, view.height)
