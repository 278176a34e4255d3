"""How the painters' inner loops are compiled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_log = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Return the function compiled at its first call, from numba's cache where one can be kept."""
    options: dict[str, Any] = {"fastmath": True, "nogil": True, "error_model": "numpy"}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except (RuntimeError, OSError) as error:  # a frozen app has no folder for the cache
        _log.info("compiling %s without a cache: %s", function.__name__, error)
        return cast(Function, numba.njit(**options)(function))


def inlined(function: Function) -> Function:
    """Return the function ready to be copied into compiled ones that call it."""
    return cast(Function, numba.njit(fastmath=True, inline="always", error_model="numpy")(function))
