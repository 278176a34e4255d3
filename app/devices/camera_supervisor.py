"""Keeps the process that feeds the virtual camera alive: starts it, hears it, starts it again."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.devices.driver_help import (
    VirtualCameraState,
    VirtualCameraStatus,
    check_driver,
    missing_driver,
)

logger = logging.getLogger(__name__)

_STOP_TIMEOUT_S = 1.5
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_LONG_LIFE_S = 20.0
_LOOK_AGAIN_S = 3.0
_MOST_LINE_BYTES = 1 << 16


def process_command() -> list[str]:
    """Return how this Guise starts its camera process, frozen or not."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--camera-process"]
    return [sys.executable, "-m", "app.devices.camera_process"]


class CameraSupervisor:
    """Runs one camera process after another until stopped.

    Threads: a thread "virtual camera" of its own starts and hears the process; the methods may be called from
        any.

    Attributes:
        status: how it is; a new value each time it changes.
    """

    def __init__(
        self,
        arguments: Callable[[], list[str]],
        on_change: Callable[[VirtualCameraStatus], None],
        command: Sequence[str] | None = None,
        check: Callable[[], VirtualCameraStatus] = check_driver,
    ) -> None:
        """Get ready; start() starts.

        Args:
            arguments: makes the process's arguments, each time one starts.
            on_change: told every new status, from the supervisor's thread.
            command: starts the process; for tests.
            check: looks for the driver without opening it.
        """
        self.status = VirtualCameraStatus("off", message="The virtual camera is off.")
        self._arguments = arguments
        self._on_change = on_change
        self._command = list(command or process_command())
        self._check = check
        self._stopping = threading.Event()
        self._look_again = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="virtual camera", daemon=True)

    def start(self) -> None:
        """Start the process, in the background."""
        self._set("starting", message="The virtual camera is starting.")
        self._thread.start()

    def tell(self, **order: Any) -> None:
        """Give the process an order; one that is not running gets it through its arguments when it starts."""
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                with contextlib.suppress(OSError, ValueError):
                    self._process.stdin.write(json.dumps(order).encode() + b"\n")

    def look_again(self) -> None:
        """Try again now, after the user has installed a driver or closed a program."""
        self._look_again.set()

    def stop(self) -> None:
        """End the process; it has about a second to let go of the device."""
        self._stopping.set()
        self._look_again.set()
        self.tell(do="stop")
        self._thread.join(_STOP_TIMEOUT_S)
        if self._thread.is_alive():
            with self._lock:
                if self._process is not None:
                    self._process.kill()
            self._thread.join(_STOP_TIMEOUT_S)
        self._set("off", message="The virtual camera is off.")

    def _run(self) -> None:
        deaths = 0
        while not self._stopping.is_set():
            started_s = time.monotonic()
            try:
                self._live()
            except OSError as error:
                self._set(
                    "failed", message=f"The virtual camera's process cannot be started: {error.strerror}."
                )
            if self._stopping.is_set():
                return
            deaths = 0 if time.monotonic() - started_s > _LONG_LIFE_S else deaths + 1
            self._pause(deaths)

    def _live(self) -> None:
        """Start a process and hear it until it ends."""
        process = self._spawn()
        with self._lock:
            self._process = process
        if self._stopping.is_set():  # stop() came before there was anyone to tell
            self.tell(do="stop")
        try:
            assert process.stdout is not None
            while line := process.stdout.readline(_MOST_LINE_BYTES):
                self._hear(line)
        finally:
            with self._lock:
                self._process = None
            self._bury(process)

    def _spawn(self) -> subprocess.Popen[bytes]:
        here = str(Path(__file__).resolve().parents[2])
        paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
        return subprocess.Popen(
            [*self._command, *self._arguments()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        code = process.wait()
        if not self._stopping.is_set() and self.status.state in ("starting", "on"):
            logger.info("the virtual camera's process ended by itself (exit code %s)", code)
            self._set("starting", message="The virtual camera stopped by itself; starting it again.")

    def _hear(self, line: bytes) -> None:
        try:
            facts = json.loads(line)
            state = facts.pop("state")
        except (ValueError, KeyError, AttributeError):
            return
        if trace := facts.pop("trace", ""):
            logger.error("the virtual camera's process failed:\n%s", trace)
        if state == "on":
            self._become(_on(facts))
        elif state == "missing_driver":
            self._become(missing_driver())
        elif state in ("busy", "failed"):
            self._set(state, message=str(facts.get("message", "")), install_hint=str(facts.get("hint", "")))

    def _pause(self, deaths: int) -> None:
        """Wait before the next try: longer after each death; without a driver, until one is there."""
        while self.status.state == "missing_driver" and not self._look_again.wait(_LOOK_AGAIN_S):
            if self._check().state != "missing_driver":
                return
        if not self._look_again.is_set():
            self._look_again.wait(min(_FIRST_PAUSE_S * 2 ** min(deaths, 10), _LONGEST_PAUSE_S))
        if not self._stopping.is_set():
            self._look_again.clear()

    def _set(self, state: VirtualCameraState, message: str, install_hint: str = "") -> None:
        self._become(VirtualCameraStatus(state, message=message, install_hint=install_hint))

    def _become(self, status: VirtualCameraStatus) -> None:
        if status != self.status:
            self.status = status
            self._on_change(status)


def _on(facts: dict[str, Any]) -> VirtualCameraStatus:
    """Return the status of a running camera from what its process says."""
    status = VirtualCameraStatus(
        "on",
        device=str(facts.get("device", "")),
        name=str(facts.get("name", "")),
        width=int(facts.get("width", 0)),
        height=int(facts.get("height", 0)),
        fps=float(facts.get("fps", 0)),
        pixels=str(facts.get("pixels", "")),
        readers=facts.get("readers"),
    )
    watched = {None: "", 0: " Nobody watches it yet.", 1: " One program watches it."}.get(
        status.readers, f" {status.readers} programs watch it."
    )
    message = f'On: choose the camera "{status.name}" in your call.{watched}'
    return VirtualCameraStatus(**{**vars(status), "message": message})
