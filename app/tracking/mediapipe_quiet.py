"""The one door to mediapipe: imported late, and without its chatter.

mediapipe 0.10.21 writes to stderr through glog and absl when a graph starts, and protobuf warns about a call it makes.
"""

from __future__ import annotations

import os
import warnings
from types import ModuleType


def solutions() -> ModuleType:
    """Return mediapipe's `solutions`, imported now (seconds the first time)."""
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype", category=UserWarning)
    import mediapipe.python.solutions as loaded

    return loaded  # type: ignore[no-any-return]
