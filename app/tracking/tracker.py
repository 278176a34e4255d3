"""The live tracker: one frame in, the driver's face out."""

from __future__ import annotations

from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.graphs import Detection, Detector, LandmarkNet
from app.tracking.region import Region, to_picture
from app.tracking.stabiliser import Stabiliser
from engines.base import Face
from engines.beside import Beside

_DETECT_SIDE = 400  # the detector itself looks at 128 pixels; twice this only costs time
_HUGE = 1600  # beyond, every second pixel is enough to detect by
_SMALLEST = 16  # frames smaller than this hold no face
_SMALL_FACE = 0.22  # of the frame's long side: below, the detector needs a closer look
_LOOK_AROUND = 4  # with a small face, the whole frame is looked at for others every so many searches
_PRESENT = 0.5
_LONG_GAP_S = 0.5
# Where to look closer while no face is found, one window per frame: (x, y, side) in shares of the short side.
_WINDOWS = (
    (0.5, 0.5, 0.6),
    (0.3, 0.35, 0.5),
    (0.7, 0.35, 0.5),
    (0.5, 0.35, 0.4),
    (0.25, 0.6, 0.45),
    (0.75, 0.6, 0.45),
)


class FaceTracker:
    """Follows one face through a stream of frames: the same one for as long as it is seen, else the largest.

    Every second frame is searched afresh, so the tracker cannot drift away. In between the network looks where the last
    landmarks were: cheaper, and closer to the truth as well, for its errors depend on how the face lies in what it
    looks at, and two ways by turns average out. What it finds is steadied by the motion of the pixels (Stabiliser).
    One thread at a time. close() frees the networks.
    """

    def __init__(self) -> None:
        self._detector: Detector = Detector(threshold=0.4)
        self._net = LandmarkNet()
        self._steady = Stabiliser()
        self._last: Face | None = None
        self._others = 0
        self._turn = 0
        self._looked = False

    @property
    def others(self) -> int:
        """How many further faces the last frame showed."""
        return self._others

    def track(self, rgb: NDArray[np.uint8], time_s: float) -> Face | None:
        """Return the driver's face in a frame, or None where there is none.

        Args:
            rgb: (H, W, 3) uint8, of any size; sizes may change between frames.
            time_s: when the frame was captured, seconds, not decreasing.

        Raises:
            ValueError: the array is no RGB picture.
        """
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise ValueError(f"expected (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}")
        size = (rgb.shape[1], rgb.shape[0])
        if min(size) < _SMALLEST:
            self.reset()
            return None
        if self._last is not None and (
            self._last.size != size or not 0 <= time_s - self._last.time_s <= _LONG_GAP_S
        ):
            self.reset()
        rgb = np.ascontiguousarray(rgb)
        face = self._follow(rgb, time_s)
        if face is None:
            self.reset()
        self._last = face
        return face

    def reset(self) -> None:
        """Forget the face followed so far."""
        self._last, self._looked = None, False
        self._steady.reset()

    def close(self) -> None:
        """Free the networks. Closing twice is fine."""
        self._detector.close()
        self._net.close()

    def _follow(self, rgb: NDArray[np.uint8], time_s: float) -> Face | None:
        """Place the landmarks where the detector sees the face and where the last ones were, by turns."""
        expected = None if self._last is None else Region.from_landmarks(self._last.landmarks)
        if expected is not None and self._looked:
            self._looked = False
            face = self._read(rgb, time_s, expected, expected)
            if face is not None:
                return face
        self._looked = True
        region = self._look(rgb, expected)
        face = None if region is None else self._read(rgb, time_s, region, expected)
        if face is None and expected is not None:
            # The detector blinks now and then; the last place is nearly right.
            face = self._read(rgb, time_s, expected, expected)
        return face

    def _read(
        self, rgb: NDArray[np.uint8], time_s: float, region: Region, expected: Region | None
    ) -> Face | None:
        """Return the face in a region, steadied, or None where there is none."""
        crop = region.crop(rgb)
        (points, score), carried = self._place(crop, region)
        points = to_picture(points, region)
        if score < _PRESENT or not np.isfinite(points).all():
            return None
        if expected is None or not _same_face(region, expected):
            self._steady.reset()
        points = self._steady(points, crop, region, carried)
        return Face(points, (rgb.shape[1], rgb.shape[0]), time_s)

    def _place(
        self, crop: NDArray[np.uint8], region: Region
    ) -> tuple[tuple[NDArray[np.float32], float], NDArray[np.float64] | None]:
        """Return what the network finds in a crop, and where the last face's points went; side by side."""
        carried: list[NDArray[np.float64] | None] = [None]

        def follow() -> None:
            carried[0] = self._steady.carry(crop, region)

        beside = Beside(follow)
        try:
            found = self._net(crop)
        finally:
            beside.wait()
        return found, carried[0]

    def _look(self, rgb: NDArray[np.uint8], expected: Region | None) -> Region | None:
        """Detect faces and return the region of the one to follow."""
        height, width = rgb.shape[:2]
        if expected is None:
            regions = self._detect(rgb, 0, 0, width, height) or self._search(rgb)
            self._others = max(len(regions) - 1, 0)
            return max(regions, key=lambda region: region.side, default=None)
        if expected.side >= 1.5 * _SMALL_FACE * max(height, width):
            regions = self._detect(rgb, 0, 0, width, height)
            self._count_others(regions, expected)
        else:
            side = 2.2 * expected.side
            regions = self._detect(rgb, expected.x - side / 2, expected.y - side / 2, side, side)
            self._turn += 1
            if self._turn % _LOOK_AROUND == 0:
                self._count_others(self._detect(rgb, 0, 0, width, height), expected)
        near = [region for region in regions if _same_face(region, expected)]
        return min(near, key=lambda r: abs(r.x - expected.x) + abs(r.y - expected.y), default=None)

    def _search(self, rgb: NDArray[np.uint8]) -> list[Region]:
        """Look closer for a small face, in another place each frame."""
        height, width = rgb.shape[:2]
        x, y, share = _WINDOWS[self._turn % len(_WINDOWS)]
        self._turn += 1
        side = share * min(width, height)
        return self._detect(rgb, x * width - side / 2, y * height - side / 2, side, side)

    def _count_others(self, regions: list[Region], followed: Region) -> None:
        self._others = sum(not _same_face(region, followed) for region in regions)

    def _detect(
        self, rgb: NDArray[np.uint8], x: float, y: float, width: float, height: float
    ) -> list[Region]:
        """Return the regions of the faces in a part of the frame, surest first."""
        left, top = max(int(x), 0), max(int(y), 0)
        part = rgb[top : max(int(y + height), top + 1), left : max(int(x + width), left + 1)]
        skip = 2 if max(part.shape[:2]) > _HUGE else 1
        part = part[::skip, ::skip]
        shrink = max(part.shape[:2]) // _DETECT_SIDE
        if shrink > 1:  # whole numbers: several times faster, and even for every frame
            tall, wide = part.shape[0] // shrink, part.shape[1] // shrink
            part = part[: tall * shrink, : wide * shrink]
            part = np.asarray(cv2.resize(part, (wide, tall), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        else:
            shrink, part = 1, np.ascontiguousarray(part)
        return [_placed(found, shrink * skip, left, top) for found in self._detector(part)]

    def __enter__(self) -> FaceTracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _placed(found: Detection, shrink: int, left: int, top: int) -> Region:
    region = Region.from_detection(found)
    return Region(region.x * shrink + left, region.y * shrink + top, region.side * shrink, region.angle)


def _same_face(one: Region, other: Region) -> bool:
    """Whether two regions of successive frames can be the same face."""
    reach = 0.4 * max(one.side, other.side)
    return abs(one.x - other.x) < reach and abs(one.y - other.y) < reach and 0.5 < one.side / other.side < 2
