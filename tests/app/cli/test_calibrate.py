from __future__ import annotations

import itertools

import numpy as np
import pytest

from app.cli import calibrate
from app.cli.main import main
from app.paths import user_paths
from app.tracking.neutrals import load_neutral
from tests.fakes.camera import FakeCamera
from tests.fakes.tracker import FakeTracker


class Tracker(FakeTracker):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def desk(monkeypatch):
    """A camera and a tracker that do what the test wants, and a clock that a frame moves on."""
    camera, tracker = FakeCamera(name="Cam ü"), Tracker()
    tracker.moving = False
    ticks = itertools.count()
    monkeypatch.setattr(calibrate.time, "perf_counter", lambda: next(ticks) / 30)
    camera.clock = lambda: 0.0
    monkeypatch.setattr("app.devices.discovery.open_camera", lambda spec, settings: camera)
    monkeypatch.setattr("app.tracking.tracker.FaceTracker", lambda: tracker)
    return camera, tracker


def test_a_calm_face_is_kept_for_that_camera(desk, capsys):
    camera, tracker = desk
    assert main(["calibrate"]) == 0
    text = capsys.readouterr().out
    assert "Camera: Cam ü." in text
    assert "  3 ...\n  2 ...\n  1 ...\n" in text
    assert text.endswith("from now on.\n")
    kept = load_neutral(user_paths().calibrations, "Cam ü")
    assert kept is not None
    assert np.isfinite(kept.landmarks).all()
    assert tracker.is_closed
    assert not camera.is_open


def test_closed_eyes_are_said_and_tried_again(desk, capsys):
    _, tracker = desk
    tracker.closed = 1.0
    count = iter(range(10_000))
    track = tracker.track

    def wake(rgb, time_s):
        if next(count) > 30:
            tracker.closed = 0.0
        return track(rgb, time_s)

    tracker.track = wake
    assert main(["calibrate", "--countdown", "0"]) == 0
    assert "Not yet. Your eyes were closed" in capsys.readouterr().out


def test_nobody_there_gives_up_with_a_reason(desk, capsys):
    _, tracker = desk
    tracker.faces = 0
    assert main(["calibrate", "--countdown", "0", "--tries", "2"]) == 1
    streams = capsys.readouterr()
    assert streams.out.count("Not yet.") == 2
    assert streams.err.startswith("guise: Not calibrated. No face was seen.")
    assert load_neutral(user_paths().calibrations, "Cam ü") is None


def test_idle_motion_has_nothing_to_calibrate(capsys):
    assert main(["calibrate", "--camera", "idle"]) == 1
    assert "Idle motion has no face" in capsys.readouterr().err


def test_a_folder_that_refuses_is_said(desk, capsys, guise_home):
    guise_home.mkdir(parents=True)
    user_paths().calibrations.write_text("in the way")
    assert main(["calibrate", "--countdown", "0"]) == 1
    assert "cannot be kept in" in capsys.readouterr().err
