"""How much memory this process has, without a library for it."""

from __future__ import annotations

import os
from pathlib import Path


def resident_mb() -> float:
    """Return the resident memory now, MB; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0.0
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6
