"""What Guise is made of, read from the packages' cards: nothing is imported for it."""

from __future__ import annotations

import platform
from importlib import metadata

from app import __version__

_LIBRARIES = (
    "mediapipe",
    "numpy",
    "opencv-python-headless",
    "numba",
    "pillow",
    "av",
    "PySide6-Essentials",
    "pyvirtualcam",
)


def versions() -> dict[str, str]:
    """Return name to version: Guise, Python, then the libraries; "missing" where one is not installed."""
    found = {"guise": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def version_text() -> str:
    """Return the versions as `guise --version` prints them."""
    first, *others = versions().items()
    lines = [" ".join(first), *(f"  {name} {version}" for name, version in others), f"  {system()}"]
    return "\n".join(lines)


def system() -> str:
    """Return the operating system and the processor's kind."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"
