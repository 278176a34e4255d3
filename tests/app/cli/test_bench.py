from __future__ import annotations

import json

import numpy as np
import pytest

from app.cli import bench_suite
from app.cli.bench_drive import FPS, drawn_frames, moving_face
from app.cli.bench_report import as_text
from app.cli.bench_stages import Baseline, _to_and_fro, quantiles_ms, time_stages
from app.cli.main import main
from engines.face.measures import mouth_aperture
from tests.fakes.engine import FakeEngine, made_avatar
from tests.fakes.session import fake_face

LIVE = {
    "first_picture_at": 100.0,
    "output_fps": 30.0,
    "latency_p50_ms": 12.0,
    "latency_p95_ms": 20.0,
    "frames_skipped": 0,
    "memory_mb": 300,
}


@pytest.fixture
def puppet():
    return FakeEngine().prepare(made_avatar())


def test_the_drawn_driver_turns_speaks_and_stays_in_the_frame():
    rest = fake_face()
    faces = [moving_face(rest, index / FPS) for index in range(90)]
    yaws = [np.degrees(np.arcsin(face.pose.rotation[0, 2])) for face in faces]
    mouths = [mouth_aperture(face.local) for face in faces]
    assert max(yaws) - min(yaws) > 20
    assert max(mouths) > min(mouths) + 0.1
    assert all(
        (face.landmarks[:, :2] > 0).all() and (face.landmarks[:, :2] < face.size).all() for face in faces
    )


def test_drawn_frames_are_pictures_of_the_avatar_that_differ(puppet):
    frames = drawn_frames(puppet, count=4)
    assert {frame.shape for frame in frames} == {(480, 640, 3)}
    assert all(frame.dtype == np.uint8 for frame in frames)
    assert (frames[0] == puppet.avatar.rgb[40, 40]).all(axis=2).any()
    assert any((frame != frames[0]).any() for frame in frames[1:])


def test_the_baseline_warps_and_blends():
    picture = Baseline(64)()
    assert picture.shape == (64, 64, 3)
    assert picture.std() > 10


def test_the_way_through_a_clip_has_no_jump():
    walk = [_to_and_fro(index, 4) for index in range(13)]
    assert walk == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0]
    assert [_to_and_fro(index, 1) for index in range(3)] == [0, 0, 0]


def test_quantiles_are_milliseconds():
    assert quantiles_ms([0.001] * 95 + [0.002] * 5) == {"p50_ms": 1.0, "p95_ms": 1.05}


def test_every_stage_of_every_frame_is_timed(puppet):
    told = []
    report = time_stages(puppet, [np.zeros((48, 64, 3), np.uint8)], 96, 5, lambda: told.append(1))
    assert len(told) == 5
    assert report["tracked"] == 0.0
    stages = report["stages"]
    assert list(stages) == ["track", "animate", "compose", "all", "baseline"]
    assert all(0 < stage["p50_ms"] <= stage["p95_ms"] for stage in stages.values())
    assert report["ratio"] == pytest.approx(stages["all"]["p50_ms"] / stages["baseline"]["p50_ms"], rel=0.05)


@pytest.fixture
def quick(monkeypatch, puppet):
    """A bench with a fake engine and no live runs of its own."""
    commands = []

    def run(command, **_):
        commands.append(command)
        return type("Done", (), {"returncode": 0, "stderr": "", "stdout": "noise\n" + json.dumps(LIVE)})

    monkeypatch.setattr(bench_suite, "load_engine", lambda name: FakeEngine())
    monkeypatch.setattr(bench_suite, "_avatar", lambda name: made_avatar())
    monkeypatch.setattr(bench_suite.subprocess, "run", run)
    monkeypatch.setattr(bench_suite.time, "time", lambda: 98.5)
    return commands


def test_the_whole_report_is_json_and_readable(quick, capsys):
    assert main(["bench", "--json", "--frames", "20", "--seconds", "1"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["machine"]["cores"] >= 1
    assert [each["size"] for each in report["frame"]] == [512, 1024]
    assert [each["start_s"] for each in report["live"]] == [1.5, 1.5]
    text = as_text(report)
    assert "512x512" in text
    assert "1280x720" in text
    assert "face found in 0% of the frames" in text
    live = [command for command in quick if "run" in command]
    assert len(live) == 3  # the first warms the caches
    assert all(command[command.index("--sink") + 1] == "null" for command in live)


def test_without_live_runs_nothing_is_started(quick, capsys):
    assert main(["bench", "--frames", "20", "--seconds", "0"]) == 0
    assert "Live" not in capsys.readouterr().out
    assert [command for command in quick if "run" in command] == []


def test_a_live_run_that_fails_is_told(monkeypatch, capsys, quick):
    done = type("Done", (), {"returncode": 1, "stderr": "guise: no camera.\n", "stdout": ""})
    monkeypatch.setattr(bench_suite.subprocess, "run", lambda command, **_: done)
    assert main(["bench", "--frames", "20"]) == 1
    assert "A live run failed: guise: no camera." in capsys.readouterr().err
