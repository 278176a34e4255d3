import subprocess
import sys

import pytest

BUSY = """
import sys, threading, time
import cv2, numpy as np
from app.__main__ import leave

def work():
    picture = np.zeros((4000, 4000, 3), np.uint8)
    while True:
        cv2.GaussianBlur(picture, (0, 0), 9)

threading.Thread(target=work, daemon=True).start()
time.sleep(0.5)
print("all was said")
sys.exit(leave(3))
"""


def test_a_thread_inside_a_library_does_not_abort_the_program_at_its_end() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BUSY], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (3, "all was said", "")


@pytest.mark.parametrize("code", [0, 1])
def test_without_such_a_thread_python_ends_as_always(code: int) -> None:
    said = (
        "import atexit; atexit.register(print, 'bye')\n"
        f"from app.__main__ import leave; raise SystemExit(leave({code}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout.strip()) == (code, "bye")
