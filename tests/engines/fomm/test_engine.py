"""The engine with real graphs: a small network by the weight rule, run by PyTorch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engines.base import Avatar, Controls, Engine, EngineOptions, Face, View
from engines.errors import EngineError
from engines.registry import load_engine
from tests.engines.fomm.rules import driving_picture, small_config, small_model, small_state, source_picture
from tests.fakes.faces import made_face
from tests.fakes.sitter import made_avatar

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

_NO_FACE = np.zeros((478, 3), np.float32)


def _engine(folder: Path, *, crop: bool = True, runner: str = "torch") -> Engine:
    return load_engine("fomm", EngineOptions(small_model(folder), folder / "builds", runner, crop))


def _driver(index: int) -> Face:
    return Face(_NO_FACE, (256, 256), driving=driving_picture(index))


@pytest.mark.parametrize(
    "controls",
    [Controls(), Controls(relative=False), Controls(head=0.5)],
    ids=["relative", "absolute", "head"],
)
def test_a_whole_square_is_animated_as_the_reference_does(tmp_path: Path, controls: Controls) -> None:
    from engines.fomm.hull import movement_scale
    from engines.fomm.reference import Reference

    engine = _engine(tmp_path, crop=False)
    avatar = Avatar("source", source_picture(), np.zeros((256, 256), np.uint8), _NO_FACE)
    puppet = engine.prepare(avatar)
    person = puppet.animate(_driver(2), _driver(0), controls, View(256, 256, 1.0))
    reference = Reference(small_config(), small_state("generator"), small_state("kp_detector"))
    own = reference.prepare(source_picture())
    neutral = reference.keypoints(driving_picture(0))
    scale = movement_scale(own.value.numpy(), neutral.value.numpy())
    wanted = np.array([controls.relative, 1, scale, controls.head], np.float32)
    prediction = reference.step(driving_picture(2), neutral, wanted).prediction
    assert np.abs(person[..., :3] - 255 * prediction).max() <= 1
    assert (person[..., 3] == 255).all()
    puppet.close()
    engine.close()


def test_an_avatar_is_framed_animated_and_put_back(tmp_path: Path) -> None:
    engine = _engine(tmp_path, runner="auto")
    avatar = made_avatar((300, 380), share=0.35)
    puppet = engine.prepare(avatar)
    view = View(320, 240, 0.8, (10, -20))
    neutral = replace(made_face(), driving=driving_picture(0))
    seen = puppet.animate(replace(made_face(), driving=driving_picture(2)), neutral, Controls(), view).copy()
    assert (seen != puppet.animate(neutral, neutral, Controls(), view)).any()
    assert puppet.animate(made_face(yaw_deg=10), made_face(), Controls(), view)[..., 3].any()
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        puppet.animate(neutral, neutral, Controls(), view)


def test_without_a_model_the_way_out_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="guise models add"):
        load_engine("fomm", EngineOptions())
    with pytest.raises(EngineError, match="Remove the folder"):
        load_engine("fomm", EngineOptions(tmp_path))


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    card = small_model(tmp_path) / "model.json"
    card.write_text(card.read_text("utf-8").replace('"fomm"', '"other"'), "utf-8")
    with pytest.raises(EngineError, match="no model of First Order Motion"):
        load_engine("fomm", EngineOptions(card.parent))


def test_a_runner_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="There is no runner 'torsh'"):
        _engine(tmp_path, runner="torsh")


def test_a_runner_without_a_build_is_stood_in_for(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="needs the extra 'neural'")
    engine = _engine(tmp_path, runner="onnxruntime")
    assert engine.speed().runner == "torch"  # type: ignore[attr-defined]
    engine.close()
