"""Importing OpenVINO without its telemetry.

`import openvino` reports itself to an analytics service unless the user once opted out: it starts a thread, which
forks this process to send, and writes an identity into the home folder. It does without where the package
openvino_telemetry is absent, so that is how it is shown to be.
"""

from __future__ import annotations

import sys
from types import ModuleType

_TELEMETRY = "openvino_telemetry"


def import_openvino() -> ModuleType:
    """Return the module openvino. Nothing in Guise imports it in another way.

    Raises:
        ImportError: it is not installed.
    """
    if _TELEMETRY not in sys.modules:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # Python's own sign for "cannot be imported"
    import openvino

    return openvino  # type: ignore[no-any-return]
