"""Guise without a window: a status line while it runs, a summary when it ends."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from app.avatars.avatar_store import AvatarLibrary
from app.cli.console import is_terminal, say, say_json
from app.cli.memory import resident_mb
from app.cli.run_words import Outcome, greeting, news, status_line, summary, summary_text
from app.errors import GuiseError
from app.live.session import Session
from app.live.status import NoEvents
from app.paths import Paths
from app.settings import Settings

if TYPE_CHECKING:
    from engines.base import Avatar

_LOOK_EVERY_S = 0.25
_WAIT_FOR_AVATAR_S = 60.0


class Listener(NoEvents):
    """Hears what a run without a window must know: the first avatar, and what went wrong for good."""

    def __init__(self) -> None:
        self.first_picture_at: float | None = None
        self.shown = threading.Event()
        self.over = threading.Event()
        self.error: Exception | None = None

    def avatar_shown(self, avatar_id: str) -> None:
        """Note when the first avatar was on."""
        if self.first_picture_at is None:
            self.first_picture_at = time.time()
        self.shown.set()

    def avatar_failed(self, avatar_id: str, error: Exception) -> None:
        """End the run: without an avatar there is nothing to show."""
        self.end(error)

    def recording_stopped(self, path: Path, error: Exception | None) -> None:
        """End the run if the recording broke off."""
        if error is not None:
            self.end(error)

    def failed(self, worker: str, error: Exception) -> None:
        """Say it; the session tries again by itself."""
        say(f"\r{worker}: {error}")

    def end(self, error: Exception | None = None) -> None:
        """End the run, for an error or because it is wished."""
        self.error = error
        self.over.set()
        self.shown.set()


def run_headless(
    settings: Settings,
    paths: Paths,
    *,
    avatar: Avatar | None = None,
    recording: Path | None = None,
    seconds: float | None = None,
    as_json: bool = False,
) -> int:
    """Run until Ctrl-C, or for some seconds, and print a summary.

    Args:
        settings: what to run; nothing is saved.
        paths: the user's folders.
        avatar: a picture that is not in the library; the settings' avatar if None.
        recording: the file to record to.
        seconds: how long, counted from the first animated picture.
        as_json: print nothing but the summary, as JSON.

    Returns:
        The exit code.

    Raises:
        GuiseError: it could not start, or broke off.
    """
    outcome = run_session(
        settings, paths, avatar=avatar, recording=recording, seconds=seconds, talk=not as_json
    )
    if as_json:
        say_json(summary(outcome))
    else:
        say(summary_text(outcome, recording))
    return 0


def run_session(
    settings: Settings,
    paths: Paths,
    *,
    avatar: Avatar | None = None,
    recording: Path | None = None,
    seconds: float | None = None,
    talk: bool = False,
) -> Outcome:
    """Run a session to its end and return what it came to. Arguments and errors as run_headless."""
    library = AvatarLibrary(paths)
    if avatar is None and not library.list():
        raise GuiseError("There are no avatars.", "Add one with `guise avatars add PICTURE`.")
    listener = Listener()
    session = Session(settings, paths, listener, library=library)
    if avatar is not None:
        session.show_avatar(avatar)
    with _stop_on_signals(listener):
        session.start()
        try:
            if talk:
                say(greeting(settings, recording))
            _wait_for_avatar(listener)
            if recording is not None and not listener.over.is_set():
                session.start_recording(recording)
            began_s = time.perf_counter()
            _watch(session, listener, seconds, talk)
            status, ran_s, memory_mb = session.status, time.perf_counter() - began_s, resident_mb()
        finally:
            late = session.stop()
    if listener.error is not None:
        raise listener.error
    return Outcome(listener.first_picture_at, ran_s, status, memory_mb, late)


def _wait_for_avatar(listener: Listener) -> None:
    """Wait until the avatar is on, or something failed for good."""
    if not listener.shown.wait(_WAIT_FOR_AVATAR_S):
        raise GuiseError(
            "The avatar did not get ready in a minute.", "Try another one, or a smaller picture."
        )


def _watch(session: Session, listener: Listener, seconds: float | None, talk: bool) -> None:
    """Show the status until the time is over or something ends the run."""
    end = float("inf") if seconds is None else time.perf_counter() + seconds
    told: list[str] = []
    while (left := end - time.perf_counter()) > 0 and not listener.over.wait(min(_LOOK_EVERY_S, left)):
        status = session.status
        camera = status.virtual_camera
        if camera is not None and camera.state == "missing_driver" and status.recording is None:
            listener.end(GuiseError(camera.message, camera.install_hint))  # nobody would see anything
        elif talk and is_terminal():
            sys.stderr.write(f"\r\x1b[K{status_line(status)}")
            sys.stderr.flush()
        elif talk and (lines := news(status)) != told:
            for line in lines:
                if line not in told:
                    say(line)
            told = lines
    if talk and is_terminal():
        sys.stderr.write("\r\x1b[K")


@contextlib.contextmanager
def _stop_on_signals(listener: Listener) -> Iterator[None]:
    """Let Ctrl-C and a polite kill end the run as its time would: recordings finished, devices released."""

    def end(number: int, frame: FrameType | None) -> None:
        listener.end()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
