from __future__ import annotations

import faulthandler
import logging
import subprocess
import sys
import threading

import pytest

from app.logs import previous_crash, setup_logging
from app.paths import user_paths


@pytest.fixture
def paths():
    return user_paths()


@pytest.fixture
def fault_handler_restored():
    yield
    faulthandler.enable()


@pytest.fixture
def logging_on(paths, fault_handler_restored):
    undo = setup_logging(paths)
    yield
    undo()


def test_information_goes_to_the_file_and_only_warnings_to_stderr(
    paths, fault_handler_restored, capsys, caplog
):
    undo = setup_logging(paths)
    logging.getLogger("app.test").info("quiet %s", "näme")
    logging.getLogger("engines.test").warning("loud")
    logging.getLogger("app.test").debug("never")
    undo()
    text = paths.log_file.read_text(encoding="utf-8")
    assert "quiet näme" in text
    assert "loud" in text
    assert "never" not in text
    assert capsys.readouterr().err == "guise: loud\n"


def test_verbose_shows_everything(paths, fault_handler_restored, capsys):
    undo = setup_logging(paths, verbose=True)
    logging.getLogger("app.test").debug("detail")
    undo()
    assert "detail" in capsys.readouterr().err
    assert "detail" in paths.log_file.read_text(encoding="utf-8")


def test_undo_leaves_no_trace(paths, fault_handler_restored):
    ours = logging.getLogger("app")
    before = (list(ours.handlers), ours.level, sys.excepthook, threading.excepthook)
    setup_logging(paths)()
    assert (list(ours.handlers), ours.level, sys.excepthook, threading.excepthook) == before


def test_a_folder_that_cannot_be_made_costs_the_file_not_the_start(
    guise_home, fault_handler_restored, caplog
):
    guise_home.parent.mkdir(exist_ok=True)
    guise_home.write_text("in the way")
    undo = setup_logging(user_paths())
    logging.getLogger("app.test").info("still logging")
    undo()
    assert "No log file" in caplog.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_a_thread_did_not_catch_is_logged(paths, logging_on, caplog):
    def fail() -> None:
        raise RuntimeError("kaputt")

    thread = threading.Thread(target=fail, name="worker-7")
    thread.start()
    thread.join()
    text = paths.log_file.read_text(encoding="utf-8")
    assert "unexpected error in worker-7" in text
    assert "RuntimeError: kaputt" in text


def test_what_the_main_thread_did_not_catch_is_logged(paths, logging_on, caplog):
    sys.excepthook(ValueError, ValueError("kaputt"), None)
    assert "ValueError: kaputt" in paths.log_file.read_text(encoding="utf-8")


def test_a_native_crash_is_reported_once_at_the_next_start(paths):
    program = (
        "import faulthandler; from app.logs import setup_logging; from app.paths import user_paths;"
        "setup_logging(user_paths()); faulthandler._sigsegv()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ended.returncode != 0
    report = previous_crash(paths)
    assert report is not None
    assert "Segmentation fault" in report or "access violation" in report
    assert previous_crash(paths) is None


def test_no_crash_no_report(paths, logging_on):
    assert previous_crash(paths) is None


@pytest.mark.parametrize("earlier", ["", "Fatal Python error: of the run before\n"])
@pytest.mark.parametrize("read", [False, True])
def test_an_exception_that_was_handled_is_no_crash_after_a_clean_end(
    paths, fault_handler_restored, earlier, read
):
    paths.crash_file.parent.mkdir(parents=True)
    paths.crash_file.write_text(earlier)
    undo = setup_logging(paths)
    if read:
        assert previous_crash(paths) == (earlier.strip() or None)
    with paths.crash_file.open("a") as file:  # as the fault handler does on Windows, and the program goes on
        file.write("Windows fatal exception: code 0x8001010e\n\n" * 9)
    undo()
    assert previous_crash(paths) == (None if read else earlier.strip() or None)
