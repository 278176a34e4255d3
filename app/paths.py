"""Where Guise keeps things. Nothing is created here: whoever writes first makes the folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """The folders of one user.

    Attributes:
        config: settings.
        data: avatars, calibrations, models.
        logs: log files and crash reports.
        videos: where recordings go; a folder in data when None.
        pictures: where snapshots go; a folder in data when None.
    """

    config: Path
    data: Path
    logs: Path
    videos: Path | None = None
    pictures: Path | None = None

    @property
    def settings_file(self) -> Path:
        """The settings."""
        return self.config / "settings.toml"

    @property
    def avatars(self) -> Path:
        """Folder of the user's own avatars."""
        return self.data / "avatars"

    @property
    def calibrations(self) -> Path:
        """Folder of the neutral faces, one per camera."""
        return self.data / "calibrations"

    @property
    def models(self) -> Path:
        """Folder of the stored models of engines with networks."""
        return self.data / "models"

    @property
    def builds(self) -> Path:
        """Folder of what is built from models for this machine; it can be made again."""
        return self.data / "builds"

    @property
    def mapping(self) -> Path:
        """The user's own table from faces to the poses of drawn characters; absent until they edit it."""
        return self.config / "mapping.toml"

    @property
    def recordings(self) -> Path:
        """Folder recordings go to."""
        return self.videos or self.data / "recordings"

    @property
    def snapshots(self) -> Path:
        """Folder snapshots go to."""
        return self.pictures or self.data / "snapshots"

    @property
    def log_file(self) -> Path:
        """The newest log."""
        return self.logs / "guise.log"

    @property
    def crash_file(self) -> Path:
        """Where a native crash leaves its traces; empty or absent when there was none."""
        return self.logs / "crash.txt"


def one_folder() -> Path | None:
    """Return the folder that the environment variable GUISE_HOME puts everything into; None where it is not set.

    Only shells write out a "~": a starter of a desktop, a service and Windows hand it over as it is.
    """
    home = os.environ.get("GUISE_HOME")
    return Path(home).expanduser().absolute() if home else None


def user_paths() -> Paths:
    """Return this user's folders: all in one_folder(), or where the system keeps such things."""
    folder = one_folder()
    if folder is not None:
        return Paths(config=folder, data=folder, logs=folder / "logs")
    import platformdirs

    return Paths(
        config=platformdirs.user_config_path("guise", appauthor=False),
        data=platformdirs.user_data_path("guise", appauthor=False),
        logs=platformdirs.user_log_path("guise", appauthor=False),
        videos=platformdirs.user_videos_path() / "Guise",
        pictures=platformdirs.user_pictures_path() / "Guise",
    )


def assets() -> Path:
    """Return the folder of files that ship with Guise, in a checkout, a wheel and a frozen app alike."""
    return Path(__file__).resolve().parents[1] / "assets"
