"""Giving memory back to the system after a lot of it was used for a moment."""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache
from typing import Any


def give_memory_back() -> None:
    """Return freed memory to the system.

    Preparing an avatar takes hundreds of megabytes for a second. Where the C library is glibc it keeps what was freed,
    in pieces, and after some tens of avatars a session is a third larger than it needs to be.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@lru_cache(maxsize=1)
def _trim() -> Any:
    """Return glibc's malloc_trim, or None where there is another C library."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
