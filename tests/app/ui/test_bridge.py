"""Events of worker threads arrive on the GUI thread, and no more often than it can take them."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QThread, Signal

from app.live.announcer import Announcer
from app.tracking.calibration import Calibration
from app.ui.bridge import Bridge
from app.ui.jobs import Jobs


class Pulse(QObject):
    beat = Signal()


def test_emitting_signals_keeps_true_alive(qapp) -> None:
    """PySide6 6.12.0 loses a reference of True at every emit on Python 3.10 and 3.11, and aborts in the end."""
    source = Pulse()
    before = sys.getrefcount(True)
    for _ in range(200):
        source.beat.emit()
    assert sys.getrefcount(True) > before - 50


def test_calls_from_many_threads_arrive_on_the_gui_thread(qtbot) -> None:
    bridge, seen = Bridge(), []
    bridge.status_new.connect(lambda: seen.append(QThread.currentThread()))
    threads = [threading.Thread(target=bridge.status_changed) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == []  # nothing happens on the callers' threads
    qtbot.waitUntil(lambda: bool(seen))
    QCoreApplication.processEvents()
    assert seen == [QCoreApplication.instance().thread()]  # twenty calls, one signal


def test_a_call_after_the_signal_is_a_new_signal(qtbot) -> None:
    bridge, seen = Bridge(), []
    bridge.preview_changed.connect(lambda: seen.append(1))
    bridge.preview_ready()
    qtbot.waitUntil(lambda: len(seen) == 1)
    bridge.preview_ready()
    qtbot.waitUntil(lambda: len(seen) == 2)


def test_every_event_has_its_signal(qtbot) -> None:
    bridge = Bridge()
    announcer = Announcer(bridge, lambda: 0.0)
    error, calibration = ValueError("x"), Calibration(None)
    cases = (
        (bridge.calibration_done, lambda: announcer.calibrated(calibration), [calibration]),
        (bridge.better_neutral, lambda: announcer.neutral_offered(0.5), [0.5]),
        (bridge.avatar_on, lambda: announcer.avatar_shown("a"), ["a"]),
        (bridge.avatar_off, lambda: announcer.avatar_failed("a", error), ["a", error]),
        (bridge.recording_over, lambda: announcer.recording_stopped(Path("x"), None), [Path("x"), None]),
        (bridge.worker_failed, lambda: announcer.failed("track", error), ["track", error]),
        (bridge.inset_changed, announcer.inset_ready, []),
        (bridge.preview_changed, announcer.preview_ready, []),
        (bridge.status_new, announcer.status_changed, []),
    )
    for signal, call, wanted in cases:
        with qtbot.waitSignal(signal) as told:
            threading.Thread(target=call).start()
        assert told.args == wanted


def test_jobs_run_elsewhere_and_end_here(qtbot) -> None:
    jobs, seen = Jobs(), []
    here = threading.current_thread()
    jobs.run(
        threading.current_thread, lambda there: seen.append((there, threading.current_thread())), seen.append
    )
    qtbot.waitUntil(lambda: bool(seen))
    there, back = seen[0]
    assert there is not here
    assert back is here
    assert not jobs.busy
    jobs.close()


def test_errors_of_jobs_come_back(qtbot) -> None:
    jobs, seen = Jobs(), []
    jobs.run(lambda: 1 // 0, seen.append, seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], ZeroDivisionError)
    jobs.close()


def test_a_job_that_hangs_does_not_keep_the_program(qtbot) -> None:
    jobs, release = Jobs(), threading.Event()
    jobs.run(lambda: release.wait(10), lambda _: None, lambda _: None)
    assert not jobs.close(timeout_s=0.05)
    assert next(each for each in threading.enumerate() if each.name == "guise-jobs").daemon
    release.set()
    assert jobs.close()


def test_closed_jobs_deliver_nothing(qtbot) -> None:
    jobs, seen = Jobs(), []
    jobs.run(lambda: 1, seen.append, seen.append)
    jobs.close()
    jobs.run(lambda: 2, seen.append, seen.append)
    QCoreApplication.processEvents()
    assert seen == []
