"""The door: `guise`, `python -m app` and the frozen app start here."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading

CAMERA_PROCESS = "--camera-process"


def main() -> int:
    """Run Guise and return its exit code.

    The virtual camera's own process comes in through the same door, so that a frozen app is one program.
    """
    multiprocessing.freeze_support()
    if sys.argv[1:2] == [CAMERA_PROCESS]:
        from app.devices.camera_process import main as feed_camera

        return feed_camera(sys.argv[2:])
    _keep_small_sums_on_one_thread()
    if getattr(sys, "frozen", False):
        _keep_compiled_code()
    from app.cli.main import main as command_line

    return leave(command_line(sys.argv[1:]))


def leave(code: int) -> int:
    """Return the exit code; where a thread of ours is still at work, end the program with it at once.

    A library may take longer over its last call than anybody would wait for. Python would then unwind that thread in
    the midst of C++ code, and the program would be aborted after everything was done and saved.
    """
    ours = [each for each in threading.enumerate() if each is not threading.main_thread()]
    if not ours or not all(each.daemon for each in ours):
        return code
    with contextlib.suppress(OSError, ValueError, AttributeError):  # nobody reads, closed, none at all
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _keep_small_sums_on_one_thread() -> None:
    """Before numpy loads: its matrices here are tiny, and idle OpenBLAS threads spin, at half a core's cost."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _keep_compiled_code() -> None:
    """Let numba keep what it compiled: beside the frozen app's own files it often may not write."""
    from app.paths import user_paths

    os.environ.setdefault("NUMBA_CACHE_DIR", str(user_paths().data / "compiled"))


if __name__ == "__main__":
    sys.exit(main())
