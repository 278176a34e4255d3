from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.building.family import SUFFICIENT_DB  # noqa: E402
from engines.fomm.config import CONFIGS  # noqa: E402
from engines.fomm.graphs import Graph, Motion, Paint, Prepare, Step, Trunk  # noqa: E402
from engines.fomm.reference import Reference  # noqa: E402
from engines.fomm.shapes import expected_shapes  # noqa: E402
from engines.nn.style import Style  # noqa: E402
from engines.runners.compare import compare  # noqa: E402
from tests.engines.fomm import rules  # noqa: E402
from tests.engines.fomm.graph_probe import (  # noqa: E402
    CONTROLS,
    Probe,
    full_states,
    make_probe,
    matte,
    small_states,
)

UPSAMPLES = ["nearest", "subpixel", "deconv"]


@pytest.fixture(scope="module")
def single():
    return make_probe(rules.small_config(), small_states())


@pytest.fixture(scope="module")
def double():
    return make_probe(rules.small_config(), small_states(), torch.float64)


def step_of(states, **style):
    return Step(states["generator"], states["kp_detector"], Style(**style))


def run(graph: Graph, tensors):
    with torch.inference_mode():
        given = graph(*(tensors[spec.name] for spec in graph.inputs))
    outputs = (given,) if isinstance(given, torch.Tensor) else given
    return {spec.name: each.numpy() for spec, each in zip(graph.outputs, outputs, strict=True)}


def predict(step: Step, tensors):
    with torch.inference_mode():
        warped, *_ = step.motion(*(tensors[spec.name] for spec in step.inputs))
        return step.paint.prediction(step.trunk(warped))[0].permute(1, 2, 0).numpy()


def largest(probe: Probe, step: Step, dtype, index):
    tensors = probe.tensors(index, dtype)
    found = compare([probe.wanted[index]], [run(step, tensors)]).largest
    prediction = np.abs(predict(step, tensors) - probe.predictions[index]).max()
    return {**found, "prediction": float(prediction)}


@pytest.mark.parametrize("precision", ["fp64", "fp32"])
def test_fewer_multiplications_give_the_same_pictures(single, double, precision):
    probe, dtype, bound = (
        (double, torch.float64, 1e-9) if precision == "fp64" else (single, torch.float32, 1e-3)
    )
    found = largest(probe, step_of(small_states(), precision=precision, winograd=True), dtype, 5)
    assert found.pop("picture") <= (0 if precision == "fp64" else 1)
    assert max(found.values()) <= bound


@pytest.mark.parametrize("upsample", UPSAMPLES)
def test_in_double_precision_nothing_but_rounding_is_left(double, upsample):
    step = step_of(small_states(), upsample=upsample, precision="fp64")
    for index in range(len(CONTROLS)):
        assert max(largest(double, step, torch.float64, index).values()) <= 1e-9


@pytest.mark.parametrize("upsample", UPSAMPLES)
def test_in_single_precision_floats_agree_to_a_thousandth_and_bytes_to_one(single, upsample):
    step = step_of(small_states(), upsample=upsample)
    for index in range(len(CONTROLS)):
        found = largest(single, step, torch.float32, index)
        assert found.pop("picture") <= 1
        assert max(found.values()) <= 1e-3


def test_half_convolutions_keep_pictures_and_keypoints(single):
    step = step_of(small_states(), upsample="nearest", precision="fp16")
    found = compare(single.wanted[3:4], [run(step, single.tensors(3))])
    assert found.psnr_db > SUFFICIENT_DB
    assert found.largest["driving_value"] <= 1 / 256


def test_a_model_whose_keypoints_share_one_map_of_jacobians():
    config = replace(
        rules.small_config(), keypoints=replace(rules.small_config().keypoints, single_jacobian_map=True)
    )
    shapes = expected_shapes(config, ("kp_detector",))["kp_detector"]
    states = {**small_states(), "kp_detector": rules.state_by_rule("kp_detector", shapes)}
    probe = make_probe(config, states, torch.float64, CONTROLS[3:4])
    step = step_of(states, precision="fp64")
    assert max(largest(probe, step, torch.float64, 0).values()) <= 1e-9


def test_the_state_is_what_the_published_networks_find_in_the_picture(double):
    reference = Reference(rules.small_config(), *small_states().values(), dtype=torch.float64)
    found = reference.prepare(rules.source_picture())
    np.testing.assert_allclose(double.bound["source_value"], found.value.numpy(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(double.bound["source_jacobian"], found.jacobian.numpy(), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(double.bound["matte_plane"][0, 0], matte() / 255)


def test_parts_do_what_the_whole_does(single):
    states, tensors = small_states(), single.tensors(3)
    moved = run(Motion(states["generator"], states["kp_detector"]), tensors)
    thought = run(Trunk(states["generator"]), {"warped": torch.from_numpy(moved.pop("warped"))})
    painted = run(Paint(states["generator"]), {"thought": torch.from_numpy(thought["thought"])})
    whole = run(step_of(states), tensors)
    assert whole.keys() == {*moved, *painted}
    for name, array in {**moved, **painted}.items():
        np.testing.assert_array_equal(array, whole[name])


@pytest.mark.parametrize("make", [Prepare, Step])
def test_graphs_give_what_their_specs_say(single, make):
    graph = make(*small_states().values())
    tensors = {
        **single.tensors(0),
        "source": torch.from_numpy(rules.source_picture()),
        "matte": torch.zeros(256, 256).byte(),
    }
    given = run(graph, tensors)
    assert [name for name, array in given.items()] == [spec.name for spec in graph.outputs]
    assert all(spec.accepts(given[spec.name]) for spec in graph.outputs)


def test_a_still_driver_leaves_the_matte_where_it_was(single):
    """All motions zero and the source's own Jacobians: every candidate, and so the flow, is the identity."""
    step = step_of(small_states())
    tensors = single.tensors(3)
    driver = run(step, tensors)
    tensors["neutral_value"] = torch.from_numpy(driver["driving_value"])
    tensors["neutral_jacobian"] = torch.from_numpy(driver["driving_jacobian"])
    found = run(step, tensors)["matte"].astype(int)
    inner = slice(2, -2)  # the flow's outermost blocks end in the middle
    assert np.abs(found - matte().astype(int))[inner, inner].max() <= 1


def test_a_matte_that_fills_the_picture_stays_full(single):
    tensors = single.tensors(0)
    tensors["matte_plane"] = torch.ones(1, 1, 256, 256)
    assert run(step_of(small_states()), tensors)["matte"].min() == 255


def test_one_module_serves_many_avatars(single):
    step = step_of(small_states())
    before = run(step, single.tensors(3))
    other = single.tensors(3)
    other["features"] = torch.zeros_like(other["features"])
    run(step, other)
    np.testing.assert_array_equal(run(step, single.tensors(3))["picture"], before["picture"])


@pytest.mark.slow
def test_the_whole_network_against_the_reference():
    states = full_states()
    probe = make_probe(CONFIGS["vox-adv-256"], states, controls=CONTROLS[5:])
    found = largest(probe, step_of(states, winograd=True), torch.float32, 0)
    assert found.pop("picture") <= 1
    assert max(found.values()) <= 1e-3
