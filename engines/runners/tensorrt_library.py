"""What TensorRT and TensorRT for RTX share: one Python interface in two packages, and their way of logging."""

from __future__ import annotations

import importlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from engines.errors import EngineError

LIBRARIES = {"tensorrt_rtx": "TensorRT for RTX", "tensorrt": "TensorRT"}

logger = logging.getLogger(__name__)

_complaints: deque[str] = deque(maxlen=20)
# Kept for ever: a library keeps the address of the first logger it meets.
_loaded: dict[str, tuple[Any, Any]] = {}


def load(library: str) -> tuple[Any, Any]:
    """Return a library's module and this process's one logger for it.

    Raises:
        EngineError: the library is not installed, or cannot start.
        ValueError: there is no such library.
    """
    if library not in LIBRARIES:
        raise ValueError(f"There is no library '{library}'; there are {', '.join(LIBRARIES)}.")
    if library not in _loaded:
        try:
            module = importlib.import_module(library)
        except (ImportError, OSError) as error:
            raise EngineError(
                f"{LIBRARIES[library]} cannot be loaded ({error}). Choose another runner."
            ) from error
        _loaded[library] = module, _logger_class(module)()
    return _loaded[library]


def checked(library: str, attempt: Callable[[], Any], failure: str) -> Any:
    """Return what a call gives. TensorRT says nothing when it fails: it gives None or False, and logs why.

    Args:
        library: whose call it is.
        attempt: the call.
        failure: a sentence's beginning: "The graph cannot be built".

    Raises:
        EngineError: the call failed; the message holds TensorRT's own last word.
    """
    _complaints.clear()
    try:
        result = attempt()
    except (RuntimeError, TypeError) as error:  # TypeError: a constructor that gave nothing
        _complaints.append(str(error))
        result = None
    if result is None or result is False:
        why = _complaints[-1].strip().splitlines()[0][:300] if _complaints else "it gave no reason"
        raise EngineError(f"{failure} with {LIBRARIES[library]} ({why}). Choose another runner.")
    return result


def _logger_class(module: Any) -> Any:
    severity = module.ILogger.Severity

    class _Logger(module.ILogger):  # type: ignore[misc]
        """Sends what TensorRT says to Guise's log, and keeps errors for the message the user gets."""

        def __init__(self) -> None:
            module.ILogger.__init__(self)

        def log(self, level: Any, message: str) -> None:
            if level in (severity.ERROR, severity.INTERNAL_ERROR):
                _complaints.append(message)
            logger.debug("%s: %s", level, message)

    return _Logger
