"""Reads what a LoggedDevice wrote, and tells it what to do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BACKEND = ("--backend", "tests.fakes.virtual_device:LoggedDevice")
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Shown:
    """One picture the device was shown: its lowest and highest value, and its size."""

    time_s: float
    low: int
    high: int
    size: tuple[int, int]


class DeviceFolder:
    """The folder a LoggedDevice writes to."""

    def __init__(self, path: Path) -> None:
        path.mkdir(exist_ok=True)
        self.path = path

    @property
    def shown(self) -> list[Shown]:
        """Every picture so far."""
        try:
            lines = (self.path / "log.txt").read_text().split("\n")[:-1]
        except OSError:
            return []
        rows = [line.split() for line in lines]
        return [Shown(float(t), int(low), int(high), (int(w), int(h))) for t, low, high, w, h in rows]

    def tell(self, name: str, text: str = "x") -> None:
        """Write a file the device looks for."""
        (self.path / name).write_text(text)

    def untell(self, name: str) -> None:
        """Remove it."""
        (self.path / name).unlink()

    def look(self) -> np.ndarray:
        """Return the next picture the device is shown."""
        self.tell("save")
        wait_until(lambda: not (self.path / "save").exists(), "a picture is saved")
        return np.asarray(np.load(self.path / "shown.npy"))

    @property
    def pid(self) -> int:
        """Of the process that has the device."""
        return int((self.path / "pid").read_text())

    def wait_for(self, wanted: Callable[[Shown], bool], after: int = 0) -> int:
        """Wait until such a picture is shown; return its number."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for number, shown in enumerate(self.shown[after:], after):
                if wanted(shown):
                    return number
            time.sleep(0.02)
        raise AssertionError(f"never shown; the last ones were {self.shown[-5:]}")

    def wait_for_value(self, value: int, after: int = 0) -> int:
        """Wait until a picture of that value alone is shown; return its number."""
        return self.wait_for(lambda shown: shown.low == shown.high == value, after)


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether that process runs (a zombie does not)."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False
