"""Logging, and what a crash leaves behind for the next start to show.

Only the loggers of Guise are touched: the libraries below keep theirs.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from types import TracebackType

from app.paths import Paths

OUR_LOGGERS = ("app", "engines")
_FILE_BYTES = 1_000_000
_FILES_KEPT = 3
_CRASH_CHARACTERS = 20_000
_FORMAT = "%(asctime)s %(levelname)-7s %(threadName)s %(name)s: %(message)s"

logger = logging.getLogger(__name__)


def setup_logging(paths: Paths, verbose: bool = False) -> Callable[[], None]:
    """Log to a rotating file and to stderr, catch what nobody caught, and arm the crash report.

    A folder that cannot be written to costs the file, never the start.

    Args:
        paths: where the file and the crash report go.
        verbose: everything, instead of warnings only on stderr and information in the file.

    Returns:
        What undoes all of it.
    """
    undo = contextlib.ExitStack()
    handlers: list[logging.Handler] = []
    if sys.stderr is not None:  # a windowed Windows app has none
        handlers.append(_stderr_handler(verbose))
    trouble: OSError | None = None
    try:
        paths.logs.mkdir(parents=True, exist_ok=True)
        handlers.append(_file_handler(paths, verbose))
        undo.callback(_arm_crash_report(paths))
    except OSError as error:
        trouble = error
    for name in OUR_LOGGERS:
        undo.callback(_attach(logging.getLogger(name), handlers, logging.DEBUG if verbose else logging.INFO))
    for handler in handlers:
        undo.callback(handler.close)
    undo.callback(_install_hooks())
    if trouble is not None:
        logger.warning("No log file: %s cannot be written (%s).", paths.logs, trouble.strerror or trouble)
    return undo.close


def previous_crash(paths: Paths) -> str | None:
    """Return what the last crash left behind, once, or None when there was none."""
    try:
        with paths.crash_file.open("r+", encoding="utf-8", errors="replace") as file:
            text = file.read(_CRASH_CHARACTERS)
            file.truncate(0)  # the file may be open for the next report already: emptied, not removed
    except OSError:
        return None
    return text.strip() or None


def _stderr_handler(verbose: bool) -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setLevel(logging.DEBUG if verbose else logging.WARNING)
    handler.setFormatter(logging.Formatter(_FORMAT if verbose else "guise: %(message)s"))
    return handler


def _file_handler(paths: Paths, verbose: bool) -> logging.Handler:
    handler = RotatingFileHandler(
        paths.log_file, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8"
    )
    handler.setLevel(logging.DEBUG if verbose else logging.INFO)
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler


def _attach(target: logging.Logger, handlers: list[logging.Handler], level: int) -> Callable[[], None]:
    before = target.level
    target.setLevel(level)
    for handler in handlers:
        target.addHandler(handler)

    def detach() -> None:
        target.setLevel(before)
        for handler in handlers:
            target.removeHandler(handler)

    return detach


def _arm_crash_report(paths: Paths) -> Callable[[], None]:
    """Let the fault handler write into the crash file.

    On Windows it writes at exceptions that are handled, too (Qt's file dialogs raise such ones): only what a run
    left behind that did not end well is a crash, so a good end takes back what was written since.
    """
    file = paths.crash_file.open("ab+", buffering=0)  # open for as long as the process lives
    file.seek(0)
    earlier = file.read()
    faulthandler.enable(file)

    def disarm() -> None:
        faulthandler.disable()
        with file, contextlib.suppress(OSError):
            file.seek(0)
            unread = file.read(len(earlier)) == earlier  # previous_crash() empties the file
            file.truncate(len(earlier) if unread else 0)

    return disarm


def _install_hooks() -> Callable[[], None]:
    """Log exceptions that nobody caught, in the main thread and in others."""
    main_before, thread_before = sys.excepthook, threading.excepthook

    def in_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            main_before(kind, error, trace)
        else:
            logger.critical("unexpected error", exc_info=(kind, error, trace))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or isinstance(args.exc_value, SystemExit):
            return
        name = args.thread.name if args.thread else "a thread"
        logger.critical(
            "unexpected error in %s", name, exc_info=(args.exc_type, args.exc_value, args.exc_traceback)
        )

    def restore() -> None:
        sys.excepthook, threading.excepthook = main_before, thread_before

    sys.excepthook, threading.excepthook = in_main, in_thread
    return restore
