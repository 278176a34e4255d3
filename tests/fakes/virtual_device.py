"""A virtual camera for tests: what it is shown goes into a log, and files beside it tell it what to do.

The device's name is a folder. In it: `log.txt`, one line for each picture (time, lowest value, highest value,
width, height); `pid`, of the process; `readers`, how many watch; `refuse`, the state to refuse with; `crash`, die at
the next picture; `save`, keep the next picture in `shown.npy`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.devices.virtual_device import DeviceError, VirtualDevice


class LoggedDevice(VirtualDevice):
    """Writes down what it is shown."""

    def open(self, wanted: str, size: tuple[int, int], fps: float, alpha: bool) -> None:
        self._folder = Path(wanted)
        refusal = self._read("refuse")
        if refusal:
            raise DeviceError(refusal, f"refused: {refusal}")  # type: ignore[arg-type]
        self.device, self.name, self.size, self.pixels = wanted, "Fake", size, "RGBA" if alpha else "RGB"
        half_written = self._folder / "pid.new"
        half_written.write_text(str(os.getpid()))
        half_written.replace(self._folder / "pid")  # whoever looks finds a whole number
        self._log = open(self._folder / "log.txt", "a", buffering=1)  # noqa: SIM115 - until close

    def send(self, picture: NDArray[np.uint8]) -> None:
        if (self._folder / "crash").exists():
            (self._folder / "crash").unlink()
            os._exit(9)
        height, width = picture.shape[:2]
        if (self._folder / "save").exists():
            np.save(self._folder / "shown.npy", picture)
            (self._folder / "save").unlink()
        self._log.write(f"{time.monotonic():.4f} {picture.min()} {picture.max()} {width} {height}\n")

    def close(self) -> None:
        if hasattr(self, "_log"):
            self._log.close()

    def readers(self) -> int | None:
        count = self._read("readers")
        return int(count) if count else None

    def _read(self, name: str) -> str:
        try:
            return (self._folder / name).read_text().strip()
        except OSError:
            return ""
