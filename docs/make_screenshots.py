"""Makes the pictures of the window: docs/window-dark.png and docs/window-light.png.

    xvfb-run -a -s "-screen 0 1600x1000x24" uv run python docs/make_screenshots.py

Everything in them is real but the driver: no person sits before the camera. A built-in painted avatar, moved by idle
motion and a talking jaw, is written to a folder of pictures that serves as the camera.
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.avatars.avatar_store import AvatarLibrary  # noqa: E402 - the checkout is on the path from here on
from app.bootstrap import run_app  # noqa: E402
from app.live.framing import face_box, frame_picture  # noqa: E402
from app.live.idle import IdleMotion  # noqa: E402
from app.live.status import CameraState  # noqa: E402
from app.paths import Paths  # noqa: E402
from app.settings import CameraSettings, OutputSettings, Settings, Theme  # noqa: E402
from engines.base import Controls, Face  # noqa: E402
from engines.face.topology import JAW, LIP_INNER_LOWER, LIP_OUTER_LOWER, LIP_RINGS_LOWER  # noqa: E402
from engines.registry import load_engine  # noqa: E402

DRIVER, SIZE, FRAMES, REST, FPS = "2-elena", (640, 480), 150, 40, 30
SHOWN = {Theme.DARK: "1-aoi", Theme.LIGHT: "3-rusty"}
_LOWER_LIP = [
    index for chain in (LIP_INNER_LOWER, LIP_OUTER_LOWER, *LIP_RINGS_LOWER) for index in chain[1:-1]
]
_LOOK_EVERY_MS, _SETTLE_MS, _TRY_EVERY_MS, _ENJOY_MS, _GIVE_UP_S = 200, 6000, 1700, 2400, 60.0


def main() -> None:
    """Make both pictures."""
    os.environ.setdefault("QT_SCALE_FACTOR", "1")
    with tempfile.TemporaryDirectory(prefix="guise-shots-") as name:
        folder = Path(name)
        camera = folder / "Webcam"
        write_driver(AvatarLibrary(home(folder)), camera)
        for theme, avatar in SHOWN.items():
            shoot(folder / theme.value, camera, theme, avatar, ROOT / "docs" / f"window-{theme.value}.png")


def home(folder: Path) -> Paths:
    """Return folders of their own, so that nothing of the user's is seen or touched."""
    return Paths(folder / "config", folder / "data", folder / "logs")


def write_driver(library: AvatarLibrary, folder: Path) -> None:
    """Write the frames of the driver that nobody is."""
    avatar = library.load(DRIVER)
    puppet = load_engine().prepare(avatar)
    output = OutputSettings(width=SIZE[0], height=SIZE[1])
    view = frame_picture(avatar.size, face_box(avatar.landmarks), output, 1.15)
    backdrop, idle = puppet.backdrop(view), IdleMotion(avatar.face)
    folder.mkdir(parents=True)
    for number in range(FRAMES):
        at = max(0, number - REST) / FPS  # a rest first, to be calibrated on
        layer = puppet.animate(talking(idle.face_at(at), at), avatar.face, Controls(), view)
        rest = (255 - layer[:, :, 3:].astype(np.uint16)) * backdrop // 255
        frame = np.clip(layer[:, :, :3] + rest, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:06}.png"), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))


def talking(face: Face, at: float) -> Face:
    """Return the face turning and tilting a little, with its jaw going up and down."""
    open_cm = 1.0 * max(0.0, math.sin(2 * math.pi * at))
    turn, _ = cv2.Rodrigues(np.array([0.05, 0.22 * math.sin(1.7 * at), 0.12 * math.sin(1.1 * at)]))
    local = face.local.copy()
    local[_LOWER_LIP, 1] -= open_cm
    local[list(JAW), 1] -= 0.8 * open_cm
    pose = replace(face.pose, rotation=face.pose.rotation @ turn)
    return Face(pose.to_image(local).astype(np.float32), face.size, face.time_s)


def shoot(folder: Path, camera: Path, theme: Theme, avatar: str, target: Path) -> None:
    """Run the real window, calibrate, and keep a picture of it a moment later."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.ui.main_window import MainWindow

    app = QApplication.instance() or QApplication(["guise"])

    def window() -> MainWindow:
        return next(
            each for each in app.topLevelWidgets() if isinstance(each, MainWindow) and each.isVisible()
        )

    def when(ready: Callable[[], bool], act: Callable[[], None]) -> None:
        QTimer.singleShot(_LOOK_EVERY_MS, lambda: act() if ready() else when(ready, act))

    def calibrate() -> None:
        """Try until the driver, who rests for a moment in every round, was caught resting."""
        if window().desk.session.status.calibrated:
            QTimer.singleShot(_ENJOY_MS, lambda: when(live, keep))
            return
        window().do("calibrate")
        QTimer.singleShot(_TRY_EVERY_MS, calibrate)

    def keep() -> None:
        window().grab().save(str(target))
        window().close()

    def live() -> bool:
        status = window().desk.session.status
        return status.camera_state is CameraState.LIVE and window().desk.current == avatar

    when(live, lambda: QTimer.singleShot(_SETTLE_MS, calibrate))
    settings = replace(Settings(), theme=theme, avatar=avatar, camera=CameraSettings(name=str(camera)))
    run_app(settings, home(folder), remember=False, quit_after_s=_GIVE_UP_S)


if __name__ == "__main__":
    main()
