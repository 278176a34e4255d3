"""Runs inside the kernel with real camera devices (see test_virtual_camera_vm.py); leaves what it saw in $OUT.

    /dev/video0  "FakeWebcam": ffmpeg feeds it a clip with a thick magenta frame around it
    /dev/video1  "VirtualCam": the program under test feeds it, ffmpeg reads it

Story: the program starts; a call watches for a while; a second call watches while the program is killed with -9; the
call hangs up. Everything here is slow (an emulated processor), so it waits for things, never for times.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.devices.v4l2 import users_of, video_nodes

WEBCAM, VIRTUAL = "/dev/video0", "/dev/video1"
OUT = Path(os.environ["OUT"])
HOME = Path("/tmp/guise")
PATIENCE_S = 400.0


def main(clip: str, size: str, fps: str, program: list[str]) -> None:
    """Play the story; write what happened to result.json."""
    HOME.mkdir(exist_ok=True)
    facts: dict[str, object] = {}
    log = open(OUT / "program.log", "wb")  # noqa: SIM115 - as long as the program
    feed = start(
        f"ffmpeg -v error -re -stream_loop -1 -i {shlex.quote(clip)} -an -vf "
        f"scale={size.replace('x', ':')},drawbox=color=magenta:thickness=24,fps={fps} "
        f"-pix_fmt yuv420p -f v4l2 {WEBCAM}"
    )
    wait_for(lambda: users_of(WEBCAM), "ffmpeg feeds the webcam")
    grab(WEBCAM, "webcam", 3)
    guise = subprocess.Popen(program, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    began = time.monotonic()
    wait_for(lambda: guise.poll() is not None or is_fed(), "the virtual camera is fed")
    facts["fed_after_s"] = round(time.monotonic() - began, 1)
    facts["feeder"] = list(users_of(VIRTUAL).values())
    skip_slate(facts)
    if guise.poll() is not None:
        raise ChildProcessError(f"the program ended by itself, exit code {guise.returncode}")
    grab(VIRTUAL, "call", 15)
    facts["alive_during_call"] = guise.poll() is None
    call = start(
        f"ffmpeg -v error -f v4l2 -i {VIRTUAL} -fps_mode passthrough -frames:v 60 {OUT}/killed/%03d.png"
    )
    wait_for(lambda: len(list((OUT / "killed").glob("*.png"))) >= 10, "the second call sees pictures")
    os.kill(guise.pid, signal.SIGKILL)
    guise.wait()
    facts["pictures_at_kill"] = len(list((OUT / "killed").glob("*.png")))
    facts["second_call_exit"] = call.wait(timeout=PATIENCE_S)
    hung_up = time.monotonic()
    wait_for(lambda: not users_of(VIRTUAL), "the camera process lets go after the call")
    facts["let_go_after_s"] = round(time.monotonic() - hung_up, 1)
    os.killpg(feed.pid, signal.SIGKILL)
    facts["nodes"] = [f"{node.path} {node.name}" for node in video_nodes()]
    (OUT / "result.json").write_text(json.dumps(facts, indent=1))


def start(command: str) -> subprocess.Popen[bytes]:
    """Start a shell command in a group of its own."""
    (OUT / "killed").mkdir(exist_ok=True)
    return subprocess.Popen(command, shell=True, start_new_session=True, stdin=subprocess.DEVNULL)


def grab(device: str, folder: str, count: int) -> None:
    """Read pictures from a device as a call would."""
    (OUT / folder).mkdir(exist_ok=True)
    command = (
        f"ffmpeg -v error -f v4l2 -i {device} -fps_mode passthrough -frames:v {count} {OUT / folder}/%03d.png"
    )
    subprocess.run(shlex.split(command), check=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL)


def is_fed() -> bool:
    """Whether the virtual camera gives pictures: only a fed one says it can, with exclusive_caps=1."""
    return any(node.path == VIRTUAL and node.can_capture for node in video_nodes())


def skip_slate(facts: dict[str, object]) -> None:
    """Watch until pictures differ from the first one, which may be the slate shown while the program starts."""
    began, looks = time.monotonic(), 0
    first = None
    while time.monotonic() - began < PATIENCE_S and is_fed():
        grab(VIRTUAL, "start", 2)
        looks += 1
        now = (OUT / "start" / "002.png").read_bytes()
        first = first or now
        if now != first:
            break
        time.sleep(2)
    facts["looks_before_the_first_change"] = looks


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until it holds; give up loudly."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain: {what}")
        time.sleep(0.2)


if __name__ == "__main__":
    os.environ["GUISE_HOME"] = str(HOME)
    try:
        main(*sys.argv[1:4], sys.argv[4:])
    finally:
        shutil.copytree(HOME, OUT / "home", ignore=shutil.ignore_patterns("run"), dirs_exist_ok=True)
