from __future__ import annotations

import dataclasses
from pathlib import Path

from app.paths import Paths, assets, user_paths


def test_guise_home_holds_everything(guise_home):
    paths = user_paths()
    everything = [
        paths.settings_file,
        paths.avatars,
        paths.calibrations,
        paths.models,
        paths.builds,
        paths.recordings,
        paths.snapshots,
        paths.log_file,
        paths.crash_file,
    ]
    assert all(guise_home in each.parents for each in everything)
    assert len(set(everything)) == len(everything)


def test_without_guise_home_the_system_decides(monkeypatch):
    monkeypatch.delenv("GUISE_HOME")
    paths = user_paths()
    assert all(getattr(paths, each.name).is_absolute() for each in dataclasses.fields(paths))
    assert paths.recordings.name == "Guise"
    assert "guise" in str(paths.config).lower()


def test_asking_creates_nothing(guise_home):
    _ = user_paths().avatars
    assert not guise_home.exists()


def test_recordings_and_snapshots_fall_back_to_the_data_folder():
    paths = Paths(config=Path("c"), data=Path("d"), logs=Path("l"))
    assert paths.recordings == Path("d/recordings")
    assert paths.snapshots == Path("d/snapshots")


def test_the_assets_are_found():
    assert (assets() / "__init__.py").is_file()
