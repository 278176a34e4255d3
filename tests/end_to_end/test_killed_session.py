"""The whole of Guise but for window and device: the avatar reaches the call, and a kill -9 leaves it the slate."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from app.live.slate import slate
from tests.fakes.virtual_device_log import BACKEND, DeviceFolder, alive, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills a process the POSIX way"),
]

SIZE = (320, 240)

_GUISE = textwrap.dedent("""
    import sys, time
    from dataclasses import replace
    from app.devices.virtual_camera import VirtualCameraSink
    from app.live.session import Session
    from app.live.status import NoEvents
    from app.paths import user_paths
    from app.settings import Settings

    def virtual_camera(draw_slate, on_change):
        return VirtualCameraSink(draw_slate, device=sys.argv[1], extra_arguments=sys.argv[2:])

    settings = Settings(avatar="1-aoi")
    settings = replace(
        settings,
        camera=replace(settings.camera, name="idle"),
        output=replace(settings.output, width=320, height=240, fps=20, virtual_camera=True),
    )
    session = Session(settings, user_paths(), NoEvents(), make_virtual_camera=virtual_camera)
    session.start()
    time.sleep(600)
""")


def test_a_killed_guise_leaves_the_slate_in_the_call(tmp_path: Path) -> None:
    device = DeviceFolder(tmp_path / "device")
    device.tell("readers", "1")
    card = slate(*SIZE)
    guise = subprocess.Popen([sys.executable, "-c", _GUISE, str(device.path), *BACKEND])
    try:
        wait_until(lambda: (device.path / "pid").exists(), "the device is open")
        wait_until(lambda: not same(device.look(), card), "the avatar is shown")
        first = device.look()
        wait_until(lambda: not np.array_equal(device.look(), first), "the avatar moves by itself")
        assert guise.poll() is None
    finally:
        guise.kill()
        guise.wait()
    wait_until(lambda: same(device.look(), card), "the slate is shown")
    device.tell("readers", "0")
    wait_until(lambda: not alive(device.pid), "the process ends when nobody watches")


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether both are one picture."""
    return float(np.abs(one.astype(int) - other).mean()) < 1
