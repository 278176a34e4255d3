"""Landmarks that move as the pixels move.

The landmark network looks at each frame afresh, so its points tremble about the truth. Optical flow knows how the
skin moved since the last frame to a tenth of a pixel, but drifts. Together: the last points are carried along by the
flow, then pulled a part of the way to what the network says; so several frames are averaged, and nothing lags.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.region import Region
from engines.face.topology import (
    EYES,
    LANDMARK_COUNT,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    LIP_OUTER_LOWER,
    LIP_OUTER_UPPER,
    LIP_RINGS_LOWER,
    LIP_RINGS_UPPER,
)

# How far a point is pulled to the network's, per frame. Lids close faster than flow can follow, and hide what they
# cover; lips nearly so.
_SKIN, _LIPS, _LIDS = 0.3, 0.8, 1.0
# A point that stays this far from the network's (share of the region) is pulled half as hard again and more.
_ASTRAY = 0.02
_MEMORY = 0.3
# Beyond this mean distance the frames do not belong together (a cut, another face): start afresh.
_LOST = 0.08
_BORDER = 24  # of the 192 pixel crop, where there is no face


class Stabiliser:
    """Carries landmarks from frame to frame. One per tracked face."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._flow.setFinestScale(1)
        self._flow.setPatchStride(5)
        self._flow.setGradientDescentIterations(8)
        self._flow.setVariationalRefinementIterations(2)
        self._pull = _pulls()
        self._last: tuple[NDArray[np.uint8], Region, NDArray[np.float32]] | None = None
        self._astray = np.zeros((LANDMARK_COUNT, 2))

    def reset(self) -> None:
        """Forget the frames so far."""
        self._last = None

    def carry(self, crop: NDArray[np.uint8], region: Region) -> NDArray[np.float64] | None:
        """Return (478, 2) where the flow carries the last points, or None where there are none.

        Needs no landmarks, so it can run beside the network. Changes nothing.

        Args:
            crop: (192, 192, 3) uint8, the new frame.
            region: where the crop lies in it.
        """
        return None if self._last is None else self._carried(*self._last, _grey(crop), region)

    def __call__(
        self,
        found: NDArray[np.float32],
        crop: NDArray[np.uint8],
        region: Region,
        carried: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float32]:
        """Return the landmarks of this frame, (478, 3) float32 pixels.

        Args:
            found: (478, 3) what the network says.
            crop: (192, 192, 3) uint8, what it looked at.
            region: where the crop lies in the frame.
            carried: what carry gave for this crop and region; made here if left out.
        """
        if self._last is None:
            points = found
        else:
            if carried is None:
                carried = self.carry(crop, region)
            assert carried is not None
            points = self._fuse(found, carried, region, self._last[2])
        self._last = (_grey(crop), region, points)
        return points

    def _fuse(
        self,
        found: NDArray[np.float32],
        carried: NDArray[np.float64],
        region: Region,
        last: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        apart = found[:, :2] - carried
        relative = apart / region.side
        if float(np.abs(relative).mean()) > _LOST:
            self._astray[:] = 0
            return found
        self._astray += _MEMORY * (relative - self._astray)
        astray = (self._astray**2).sum(axis=1)
        pull = self._pull + (1 - self._pull) * astray / (astray + _ASTRAY**2)
        fused = np.empty_like(found)
        fused[:, :2] = carried + pull[:, None] * apart
        fused[:, 2] = last[:, 2] + np.maximum(pull, 0.5) * (found[:, 2] - last[:, 2])
        return fused

    def _carried(
        self,
        last_grey: NDArray[np.uint8],
        last_region: Region,
        last: NDArray[np.float32],
        grey: NDArray[np.uint8],
        region: Region,
    ) -> NDArray[np.float64]:
        """Return (478, 2) the last points moved by the flow, in pixels of this frame."""
        pixels = grey.shape[0]
        into = _inverted(region.matrix(pixels))  # frame to this crop
        from_last = into[:, :2] @ last_region.matrix(pixels)
        from_last[:, 2] += into[:, 2]
        warp = from_last.copy()
        warp[:, 2] += warp[:, :2] @ (0.5, 0.5) - 0.5
        # The last crop as this region would have shown it: what is left is the motion inside.
        before = cv2.warpAffine(last_grey, warp, (pixels, pixels), borderMode=cv2.BORDER_REPLICATE)
        inside = slice(_BORDER, pixels - _BORDER)
        flow = self._flow.calc(  # type: ignore[call-overload]  # no flow to start from
            np.ascontiguousarray(before[inside, inside]), np.ascontiguousarray(grey[inside, inside]), None
        )
        flow = cv2.blur(flow, (5, 5))
        start = last[:, :2] @ into[:, :2].T + into[:, 2]
        x, y = (start - _BORDER - 0.5).astype(np.float32).T[:, None]
        moved = cv2.remap(flow, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        back = region.matrix(pixels)
        return np.asarray((start + moved) @ back[:, :2].T + back[:, 2])


def _pulls() -> NDArray[np.float64]:
    """Return (478,) how far each point is pulled to the network's."""
    pull = np.full(LANDMARK_COUNT, _SKIN)
    for eye in EYES:
        pull[[*eye.upper_rings[0], *eye.lower_rings[0]]] = (_SKIN + _LIDS) / 2
        pull[[*eye.outline, eye.iris, *eye.iris_rim]] = _LIDS
    lips = (
        LIP_INNER_UPPER,
        LIP_INNER_LOWER,
        LIP_OUTER_UPPER,
        LIP_OUTER_LOWER,
        *LIP_RINGS_UPPER,
        *LIP_RINGS_LOWER,
    )
    for chain in lips:
        pull[list(chain)] = _LIPS
    return pull


def _grey(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _inverted(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    inverse = np.linalg.inv(matrix[:, :2])
    return np.column_stack([inverse, -inverse @ matrix[:, 2]])
