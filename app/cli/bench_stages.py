"""What one frame costs, stage by stage, beside a baseline measured in the same run.

The baseline is the least any warper of pictures does, in OpenCV: `cv2.remap` of the whole RGBA picture along an
affine flow (maps made beforehand, bilinear), then its premultiplied layer over a background with `cv2.multiply` and
`cv2.add`, at the output's size. A ratio to it says more than milliseconds do on a machine whose clock changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.cli.bench_drive import FPS, Rgb, moving_face
from app.live.compose import Composer
from app.live.framing import frame_avatar
from app.settings import BackgroundSettings, OutputSettings
from app.tracking.smoothing import FaceFilter
from app.tracking.tracker import FaceTracker
from engines.base import Controls, Face, Puppet, View

_WARM_UP = 15


class Baseline:
    """A whole picture warped and blended by OpenCV, nothing else."""

    def __init__(self, size: int) -> None:
        random = np.random.default_rng(1)
        self._person = random.integers(0, 256, (size, size, 4), dtype=np.uint8)
        self._behind = random.integers(0, 256, (size, size, 3), dtype=np.uint8)
        turn = cv2.getRotationMatrix2D((size / 2, size / 2), 3.0, 1.02)
        x, y = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
        self._to_x, self._to_y = (np.asarray(a * x + b * y + c, np.float32) for a, b, c in turn)

    def __call__(self) -> NDArray[np.uint8]:
        """Return the blended picture, (size, size, 3)."""
        person = np.asarray(cv2.remap(self._person, self._to_x, self._to_y, cv2.INTER_LINEAR), np.uint8)
        clear = cv2.cvtColor(cv2.bitwise_not(person[..., 3]), cv2.COLOR_GRAY2RGB)
        behind = cv2.multiply(self._behind, clear, scale=1 / 255)
        return np.asarray(cv2.add(cv2.cvtColor(person, cv2.COLOR_RGBA2RGB), behind), np.uint8)


@dataclass
class _Stages:
    """The stages of one frame, set up for one output size."""

    puppet: Puppet
    view: View
    composer: Composer
    tracker: FaceTracker
    smooth: FaceFilter
    neutral: Face | None = None

    def run(self, frame: Rgb, time_s: float) -> tuple[bool, dict[str, float]]:
        """Return whether a face was found, and what each stage took, seconds."""
        began = time.perf_counter()
        found = self.tracker.track(frame, time_s)
        face = self.smooth(found) if found is not None else None
        tracked = time.perf_counter()
        driver, rest = self._driver(face, time_s)
        chosen = time.perf_counter()
        person = self.puppet.animate(driver, rest, Controls(), self.view)
        animated = time.perf_counter()
        self.composer.compose(person, time_s, driven=True)
        composed = time.perf_counter()
        taken = {"track": tracked - began, "animate": animated - chosen, "compose": composed - animated}
        return face is not None, {**taken, "all": sum(taken.values())}

    def _driver(self, face: Face | None, time_s: float) -> tuple[Face, Face]:
        """Return who drives and its neutral: the tracked face, or a drawn one where none was found."""
        if face is None:
            rest = self.puppet.avatar.face
            return moving_face(rest, time_s), rest
        self.neutral = self.neutral or face
        return face, self.neutral


def time_stages(
    puppet: Puppet, frames: Sequence[Rgb], size: int, count: int, done: Callable[[], None]
) -> dict[str, object]:
    """Time every stage of a frame, again and again.

    Args:
        puppet: the avatar, ready to move.
        frames: what the camera sees; walked to and fro.
        size: width and height of the output.
        count: how many frames to measure.
        done: called after each.

    Returns:
        "size"; "tracked": share of frames in which a face was found; "ratio": median of all stages over the
        baseline's; "stages": per stage (track, animate, compose, all, baseline) "p50_ms" and "p95_ms".
    """
    view = frame_avatar(puppet.avatar, OutputSettings(width=size, height=size))
    composer = Composer(puppet.avatar, puppet.backdrop(view), BackgroundSettings(), view)
    baseline, tracked = Baseline(size), 0
    taken: dict[str, list[float]] = {}
    with FaceTracker() as tracker:
        stages = _Stages(puppet, view, composer, tracker, FaceFilter(0.5))
        for index in range(_WARM_UP + count):
            found, times = stages.run(frames[_to_and_fro(index, len(frames))], index / FPS)
            began = time.perf_counter()
            baseline()
            times["baseline"] = time.perf_counter() - began
            if index < _WARM_UP:
                continue
            tracked += found
            for name, value in times.items():
                taken.setdefault(name, []).append(value)
            done()
    figures = {name: quantiles_ms(values) for name, values in taken.items()}
    ratio = figures["all"]["p50_ms"] / figures["baseline"]["p50_ms"]
    return {"size": size, "tracked": tracked / count, "ratio": round(ratio, 2), "stages": figures}


def quantiles_ms(values: Sequence[float]) -> dict[str, float]:
    """Return median and 95 % of durations in seconds, as milliseconds."""
    p50, p95 = np.percentile(values, (50, 95)) * 1e3
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def _to_and_fro(index: int, length: int) -> int:
    """Return an index that walks up and down without a jump, as a clip played forth and back."""
    if length == 1:
        return 0
    place = index % (2 * length - 2)
    return place if place < length else 2 * length - 2 - place
