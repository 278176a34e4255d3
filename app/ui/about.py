"""What Guise says about itself."""

from __future__ import annotations

import platform

import PySide6

from app import __version__
from app.paths import Paths


def about_text(paths: Paths) -> str:
    """Return the about text: version, licence, where things are."""
    return (
        f"<b>Guise {__version__}</b><br>A webcam as a puppet string: animate any picture with your face, live, "
        "into any video call.<br><br>"
        "Use only pictures of people who agree to it, and say in calls that it is an avatar.<br><br>"
        f"Settings: {paths.settings_file}<br>Recordings: {paths.recordings}<br>"
        f"Snapshots: {paths.snapshots}<br>Logs: {paths.logs}<br><br>"
        f"Apache License 2.0. Third-party licences are in NOTICE. Made with Qt (PySide6 {PySide6.__version__}), "
        f"Python {platform.python_version()}."
    )
