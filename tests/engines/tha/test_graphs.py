"""The graphs of versions 1 and 3 give what the published chains give, however they are written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

import torch

from engines.building.graph import Graph
from engines.nn.style import Style
from engines.runners.compare import compare
from engines.tha.light import to_bytes
from engines.tha.pictures import replaced
from engines.tha.shapes import tha1_shapes, tha3_shapes
from engines.tha.tha1 import graphs as tha1_graphs
from engines.tha.tha1.config import Tha1Config
from engines.tha.tha1.poser import Tha1Poser
from engines.tha.tha3 import graphs as tha3_graphs
from engines.tha.tha3.config import FACE_BOX, Tha3Config
from engines.tha.tha3.poser import Tha3Poser
from engines.tha.widths import Widths
from tests.engines.tha.rules import character, states_by_rule, vectors

SMALL = Widths(start=2, widest=8, blocks=2)
THIRD = {
    kind: Tha3Config("tha3-custom", kind == "separable", widths=SMALL, editor=SMALL)
    for kind in ("standard", "separable")
}
FIRST = Tha1Config("tha1-custom", SMALL)

WAYS = [
    ("standard", Style("fp64", "subpixel", winograd=True)),
    ("standard", Style("fp64", "deconv")),
    ("standard", Style("fp32", "subpixel", winograd=True)),
    ("separable", Style("fp64")),
    ("separable", Style("fp32", "deconv")),
]


def type_of(style: Style) -> torch.dtype:
    return torch.float64 if style.precision == "fp64" else torch.float32


def run(graph: Graph, given: dict[str, Any]) -> dict[str, torch.Tensor]:
    with torch.inference_mode():
        outputs = graph(*(torch.as_tensor(given[spec.name]) for spec in graph.inputs))
    outputs = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
    return {spec.name: each for spec, each in zip(graph.outputs, outputs, strict=True)}


@pytest.mark.parametrize(("kind", "style"), WAYS, ids=str)
def test_version_3_repeats_its_chain(kind: str, style: Style) -> None:
    config, pose = THIRD[kind], vectors("tha3")["pose"]
    states = states_by_rule("tha3", tha3_shapes(config))
    poser = Tha3Poser(config, states, dtype=type_of(style))
    poser.prepare(character(28, 512))
    wanted = poser.pose(pose)

    given = run(tha3_graphs.Prepare(config, states, style), {"picture": character(28, 512)})
    given["pose"] = torch.tensor(pose, dtype=type_of(style))[None]
    step = tha3_graphs.Step(config, states, style)
    given["face"] = run(step.face, given)["face"]
    with torch.inference_mode():
        prediction = step.body.prediction(given["seen"], given["face"], given["pose"])

    bound = 1e-9 if style.precision == "fp64" else 2e-3
    assert (given["face"] - wanted.face.face).abs().max() <= bound
    assert (prediction - wanted.edited.picture).abs().max() <= bound
    if style.precision == "fp32":
        shown = run(step, given)["picture"].numpy().astype(int)
        assert np.abs(shown - to_bytes(wanted.edited.picture).numpy()).max() <= 2


@pytest.mark.parametrize("style", [Style("fp64", winograd=True), Style()], ids=str)
def test_version_1_repeats_its_chain(style: Style) -> None:
    states = states_by_rule("tha1", tha1_shapes(FIRST))
    pose = vectors("tha1")["poses"][1]
    poser = Tha1Poser(FIRST, states, dtype=type_of(style))
    poser.prepare(character(28, 256))
    wanted = poser.pose(pose).combined.picture

    given = run(tha1_graphs.Prepare(style), {"picture": character(28, 256)})
    given["pose"] = torch.tensor(pose, dtype=type_of(style))[None]
    step = tha1_graphs.Step(FIRST, states, style)
    with torch.inference_mode():
        prediction = step.prediction(given["seen"], given["pose"])

    assert (prediction - wanted).abs().max() <= (1e-9 if style.precision == "fp64" else 1e-3)
    if style.precision == "fp32":
        shown = run(step, given)["picture"].numpy().astype(int)
        assert np.abs(shown - to_bytes(wanted).numpy()).max() <= 1


def test_half_convolutions_keep_the_picture() -> None:
    """Random networks magnify what half precision loses; trained ones were published in it."""
    states = states_by_rule("tha3", tha3_shapes(THIRD["standard"]))
    pose = {"pose": torch.tensor(vectors("tha3")["pose"])[None]}
    given = run(tha3_graphs.Prepare(THIRD["standard"], states), {"picture": character(28, 512)}) | pose

    single, half = (
        {"picture": run(tha3_graphs.Step(THIRD["standard"], states, style), given)["picture"].numpy()}
        for style in (Style(), Style("fp16"))
    )

    assert compare([single], [half]).psnr_db > 35


@pytest.mark.parametrize(
    ("graphs", "config", "version", "side"),
    [(tha3_graphs, THIRD["standard"], "tha3", 512), (tha1_graphs, FIRST, "tha1", 256)],
    ids=["tha3", "tha1"],
)
def test_graphs_give_what_their_specs_say(graphs: Any, config: Any, version: str, side: int) -> None:
    shapes = tha3_shapes(config) if version == "tha3" else tha1_shapes(config)
    states = states_by_rule(version, shapes)
    prepare = graphs.Prepare(config, states) if version == "tha3" else graphs.Prepare()
    step = graphs.Step(config, states)

    given: dict[str, Any] = run(prepare, {"picture": character(30, side)})
    assert all(spec.accepts(given[spec.name].numpy()) for spec in prepare.outputs)
    given["pose"] = np.zeros(step.inputs[-1].shape, np.float32)
    shown = run(step, given)["picture"].numpy()

    assert step.outputs[0].accepts(shown)
    assert (shown[..., :3] <= shown[..., 3:]).all(), "the colours are not premultiplied"


def test_only_the_face_box_is_replaced() -> None:
    picture, part = torch.zeros(1, 4, 512, 512), torch.ones(1, 4, 192, 192)

    placed = replaced(picture, part, FACE_BOX)

    assert placed.sum() == part.sum()
    assert placed[(..., *FACE_BOX)].min() == 1
