"""The process that feeds the virtual camera.

Started as `python -m app.devices.camera_process`, or `guise --camera-process` where frozen. It shows the newest
picture from the shared memory, at the output's rate, whatever Guise is doing:

    pictures come           the newest one, as soon as it is there
    none for a moment       the last one again
    none for 2 s            the slate
    Guise is gone           the slate, as long as anything reads the device, at most a minute; then the end
    "stop" is said          the end, at once

It hears JSON lines on its standard input, where the end of the input means that Guise is gone, and answers on
its standard output. It ignores Ctrl-C and a closed terminal: those are Guise's to handle.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.devices.fitting import fit
from app.devices.picture_ring import PictureRing, RingError
from app.devices.virtual_device import DeviceError, VirtualDevice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_DEVICE = "app.devices.virtual_device:PyvirtualcamDevice"
STALL_S = 2.0
LINGER_S = 60.0
_WATCH_S = 4.0
_WATCH_ORPHAN_S = 1.0
_UNREAD_LOOKS = 3
_LOOK_S = 0.001
_REST_S = 0.05
_FOLLOW = 0.1  # how quickly the beat moves towards the moments at which pictures come


@dataclass(frozen=True)
class Orders:
    """What the process was started with.

    Attributes:
        ring: file of the shared memory.
        fps: pictures a second.
        device: which virtual camera; the best there is when empty.
        backend: module:class of the VirtualDevice.
        stall_s: without pictures for so long, the slate is shown.
        linger_s: how long the slate is shown after Guise is gone, at most.
    """

    ring: Path
    fps: float
    device: str = ""
    backend: str = DEFAULT_DEVICE
    stall_s: float = STALL_S
    linger_s: float = LINGER_S


class CameraProcess:
    """Feeds one device until told to stop or nobody needs it any more.

    Threads: run() on the main one; "orders" reads the standard input; "readers" counts who reads the device.
    """

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._fps = orders.fps
        self._parent = os.getppid()
        self._said: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._stopped = False
        self._readers: int | None = None
        self._unread = 0
        self._orphan_since: float | None = None
        self._device: VirtualDevice = _make(orders.backend)
        self._ring = PictureRing.attach(orders.ring)
        self._number = 0
        self._copy = self._slate = self._picture = self._ring.slate
        self._picture_at_s = float("-inf")

    def run(self) -> int:
        """Feed the device to the end; return the exit code."""
        threads = [
            threading.Thread(target=self._hear, name="orders", daemon=True),
            threading.Thread(target=self._watch, name="readers", daemon=True),
        ]
        try:
            self._open_device()
            for thread in threads:
                thread.start()
            self._feed()
        except DeviceError as error:
            _say(state=error.state, message=error.message, hint=error.hint)
            return 1
        finally:
            self._over.set()
            self._device.close()
            self._ring.close(remove=self._orphan_since is not None)
        _say(state="off")
        return 0

    def _feed(self) -> None:
        due = time.perf_counter()
        pending = False
        while not self._finished():
            interval = 1 / self._fps
            pending |= self._read_newest()
            now = time.perf_counter()
            slack = interval / 4
            if now >= due + slack or (pending and now >= due - slack):
                self._device.send(self._shown(now))
                due += interval + (_FOLLOW * (now - due) if pending else 0.0)
                due = max(due, now)
                pending = False
            time.sleep(min(max(due - slack - time.perf_counter(), _LOOK_S), _REST_S))

    def _shown(self, now: float) -> NDArray[np.uint8]:
        """Return the last picture, or the slate when Guise is gone or has long said nothing."""
        fresh = now - self._picture_at_s < self._orders.stall_s
        if self._orphan_since is None and fresh:
            return self._picture
        return self._slate

    def _read_newest(self) -> bool:
        """Take the newest picture from the ring; whether there was one."""
        number = self._ring.read_newer(self._number, self._copy)
        if number == self._number:
            return False
        self._number = number
        self._picture_at_s = time.perf_counter()
        self._picture = fit(self._copy, self._device.size).copy()
        return True

    def _finished(self) -> bool:
        while not self._said.empty():
            self._obey(self._said.get())
        if self._orphan_since is None and os.name == "posix" and os.getppid() != self._parent:
            self._become_orphan()
        if self._stopped or self._ring.asked_to_leave:
            return True
        if self._orphan_since is None:
            return False
        unread = self._readers is not None and self._unread >= _UNREAD_LOOKS
        return unread or time.perf_counter() - self._orphan_since > self._orders.linger_s

    def _obey(self, order: dict[str, Any] | None) -> None:
        if order is None:
            self._become_orphan()
        elif order.get("do") == "stop":
            self._stopped = True
        elif order.get("do") == "ring":
            old, self._fps = self._ring, float(order["fps"])
            self._ring = PictureRing.attach(Path(order["ring"]))
            self._number, self._copy = 0, self._ring.slate
            old.close(remove=True)
            self._resize()

    def _become_orphan(self) -> None:
        if self._orphan_since is None:
            self._orphan_since = time.perf_counter()
            self._unread = 0
            self._ring.set_orphan()

    def _open_device(self) -> None:
        ring = self._ring
        size = (ring.width & ~1, ring.height & ~1)
        self._device.open(self._orders.device, size, self._fps, ring.channels == 4)
        self._slate = fit(ring.slate, self._device.size).copy()
        ring.device = self._device.device
        self._tell()

    def _resize(self) -> None:
        """Give the device the new size, unless somebody watches: a call would lose the picture."""
        wanted = (self._ring.width & ~1, self._ring.height & ~1)
        if wanted != self._device.size and not self._device.readers():
            self._device.close()
            self._open_device()
            self._picture = fit(self._picture, self._device.size).copy()
            return
        self._slate = fit(self._ring.slate, self._device.size).copy()
        self._ring.device = self._device.device
        self._tell()

    def _tell(self) -> None:
        device = self._device
        _say(
            state="on",
            device=device.device,
            name=device.name,
            width=device.size[0],
            height=device.size[1],
            fps=self._fps,
            pixels=device.pixels,
            readers=self._readers,
        )

    def _hear(self) -> None:
        """Read orders until the input ends; raw reads, because a buffered one cannot be left at exit."""
        rest = b""
        while True:
            try:
                piece = os.read(0, 4096)
            except OSError:
                piece = b""
            if not piece:
                self._said.put(None)
                return
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                with contextlib.suppress(ValueError):
                    self._said.put(json.loads(line))

    def _watch(self) -> None:
        """Count the device's readers and tell Guise when the number changes."""
        while not self._over.is_set():
            before, self._readers = self._readers, self._device.readers()
            self._unread = 0 if self._readers else self._unread + 1
            if before != self._readers:
                self._tell()
            self._over.wait(_WATCH_S if self._orphan_since is None else _WATCH_ORPHAN_S)


def main(argv: Sequence[str]) -> int:
    """Run the process; return 0 if it ended as meant, 1 if the device cannot be had, 2 otherwise."""
    _ignore_signals()
    try:
        return CameraProcess(_parse(argv)).run()
    except RingError as error:
        _say(state="failed", message=str(error))
    except Exception as error:  # noqa: BLE001 - the process's last door: Guise shows it and starts another
        import traceback

        _say(state="failed", message=f"The virtual camera failed: {error}.", trace=traceback.format_exc())
    return 2


def _parse(argv: Sequence[str]) -> Orders:
    parser = argparse.ArgumentParser(prog="guise --camera-process")
    parser.add_argument("--ring", type=Path, required=True)
    parser.add_argument("--fps", type=float, required=True)
    parser.add_argument("--device", default="")
    parser.add_argument("--backend", default=DEFAULT_DEVICE)
    parser.add_argument("--stall", dest="stall_s", type=float, default=STALL_S)
    parser.add_argument("--linger", dest="linger_s", type=float, default=LINGER_S)
    return Orders(**vars(parser.parse_args(argv)))


def _make(backend: str) -> VirtualDevice:
    module, _, name = backend.partition(":")
    made = getattr(importlib.import_module(module), name)()
    if not isinstance(made, VirtualDevice):
        raise TypeError(f"{backend} is no VirtualDevice")
    return made


def _ignore_signals() -> None:
    for name in ("SIGINT", "SIGHUP", "SIGBREAK", "SIGPIPE"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)


def _say(**facts: Any) -> None:
    """Tell Guise, if it still listens."""
    with contextlib.suppress(OSError):
        os.write(1, json.dumps(facts).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
