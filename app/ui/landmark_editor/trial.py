"""The editor's trial: the picture blinks and talks with the points as they are, before they are saved."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from app.live.idle import IdleMotion
from app.ui.stage.images import to_image
from engines.base import Avatar, Controls, Face, Puppet, Style, View
from engines.face.topology import JAW, LIP_INNER_LOWER, LIP_OUTER_LOWER, LIP_RINGS_LOWER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.avatars.picture import LoadedPicture
    from app.ui.jobs import Jobs

_EDGE = 256
_EVERY_MS = 40
_LOWER_LIP = [
    index for chain in (LIP_INNER_LOWER, LIP_OUTER_LOWER, *LIP_RINGS_LOWER) for index in chain[1:-1]
]
_OPEN_CM, _SYLLABLES_HZ = 1.1, 2.2


class Trial(QLabel):
    """A small moving picture.

    Signals:
        failed(Exception): the picture could not be animated.
    """

    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._puppet: Puppet | None = None
        self._idle: IdleMotion | None = None
        self._view: View | None = None
        self._began = 0.0
        self._wanted = 0
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._step)
        self.setAccessibleName("Trial: the picture blinks and talks")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedSize(QSize(_EDGE, _EDGE))
        self.setProperty("role", "muted")

    @property
    def running(self) -> bool:
        """Whether it moves."""
        return self._timer.isActive()

    def play(self, picture: LoadedPicture, landmarks: NDArray[np.float32], style: Style) -> None:
        """Prepare the picture elsewhere, then let it move."""
        self.stop()
        self._wanted += 1
        number = self._wanted
        self.setText("Preparing…")
        self._jobs.run(
            lambda: _prepared(picture, landmarks, style),
            lambda puppet: self._start(number, puppet),
            self._fail,
        )

    def stop(self) -> None:
        """Stand still."""
        self._wanted += 1
        self._timer.stop()
        self._puppet = None

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        self.stop()
        super().hideEvent(event)

    def _start(self, number: int, puppet: Puppet) -> None:
        if number != self._wanted:
            return
        self._puppet, self._idle = puppet, IdleMotion(puppet.avatar.face)
        edge = round(_EDGE * self.devicePixelRatioF())
        self._view = _close_up(puppet.avatar, edge)
        self._backdrop = puppet.backdrop(self._view)
        self._began = time.perf_counter()
        self._timer.start()

    def _fail(self, error: Exception) -> None:
        self.setText("")
        self.failed.emit(error)

    @Slot()
    def _step(self) -> None:
        if self._puppet is None or self._idle is None or self._view is None:
            return
        at = time.perf_counter() - self._began
        neutral = self._puppet.avatar.face
        layer = self._puppet.animate(_talking(self._idle.face_at(at), at), neutral, Controls(), self._view)
        rest = (255 - layer[:, :, 3:].astype(np.uint16)) * self._backdrop // 255
        pixmap = QPixmap.fromImage(to_image((layer[:, :, :3] + rest).clip(0, 255).astype(np.uint8)))
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self.setPixmap(pixmap)


def _prepared(picture: LoadedPicture, landmarks: NDArray[np.float32], style: Style) -> Puppet:
    from app.avatars.rigging import matte_of
    from engines.registry import load_engine

    avatar = Avatar(
        picture.name or "Trial",
        picture.rgb,
        matte_of(picture, landmarks),
        landmarks,
        style,
        has_alpha=picture.alpha is not None,
    )
    return load_engine().prepare(avatar)


def _talking(face: Face, at: float) -> Face:
    """Return the face with its jaw going up and down."""
    wave = max(0.0, math.sin(2 * math.pi * _SYLLABLES_HZ * at)) * (0.5 + 0.5 * math.sin(1.3 * at))
    local = face.local.copy()
    local[_LOWER_LIP, 1] -= wave * _OPEN_CM
    local[list(JAW), 1] -= 0.8 * wave * _OPEN_CM
    return Face(face.pose.to_image(local).astype(np.float32), face.size, face.time_s)


def _close_up(avatar: Avatar, edge: int) -> View:
    """Return a square view of the face."""
    points = avatar.landmarks[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    scale = edge / (1.5 * float((high - low).max()))
    centre = (low + high) / 2
    return View(edge, edge, scale, (edge / 2 - scale * float(centre[0]), edge / 2 - scale * float(centre[1])))
