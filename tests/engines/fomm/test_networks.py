"""The networks take the published weights as they are, and repeat every recorded array."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

import torch

from engines.fomm.config import CONFIGS
from engines.fomm.discriminator import MultiScaleDiscriminator
from engines.fomm.generator import Generator
from engines.fomm.keypoint_detector import KeypointDetector
from tests.engines.fomm.parity import (
    KINDS,
    Arrays,
    computed,
    recorded_part,
    stats,
    tolerance,
    tolerance_of_float64,
)
from tests.engines.fomm.rules import VECTORS, driving_picture, published_keys, rule_state, vectors

NETWORKS = {
    "generator": Generator,
    "kp_detector": KeypointDetector,
    "discriminator": MultiScaleDiscriminator,
}


IN_FLOAT64 = (
    "abs_2",
)  # the others, whose keypoints are compared, would take the same way again, seconds each
LEFT_TO_FLOAT32 = {f"prediction_{kind}" for kind in KINDS if kind not in IN_FLOAT64}


def tensors(state: Arrays) -> dict[str, torch.Tensor]:
    return {key: torch.as_tensor(value) for key, value in state.items()}


@pytest.mark.parametrize("network", NETWORKS)
def test_keys_and_shapes_are_the_published_ones_in_their_order(network: str) -> None:
    made = NETWORKS[network](CONFIGS["vox-adv-256"])

    shapes = [(key, tuple(value.shape)) for key, value in made.state_dict().items()]

    assert shapes == list(published_keys()[network].items())
    made.load_state_dict(tensors(rule_state(network)), strict=True)


def test_keys_of_spectral_norm_are_the_published_ones() -> None:
    made = MultiScaleDiscriminator(CONFIGS["vox-256"])

    shapes = [(key, tuple(value.shape)) for key, value in made.state_dict().items()]

    assert shapes == list(published_keys()["variant_vox-256_discriminator(spectral_norm)"].items())


@pytest.fixture(scope="module")
def float32() -> Arrays:
    return computed(torch.float32)


@pytest.fixture(scope="module")
def float64() -> Arrays:
    return computed(torch.float64, IN_FLOAT64)


@pytest.mark.parametrize("name", list(stats()))
def test_float32_repeats_the_recorded_array(name: str, float32: Arrays) -> None:
    stored, known = vectors()[name], stats()[name]

    off = np.abs(recorded_part(name, float32[name], known).astype(np.float64) - stored)

    assert off.max() <= tolerance(stored, known)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in stats() if name not in LEFT_TO_FLOAT32])
def test_float64_repeats_the_recorded_array_more_closely(name: str, float64: Arrays) -> None:
    stored, known = vectors()[name], stats()[name]
    assert float64[name].dtype == np.float64

    off = np.abs(recorded_part(name, float64[name], known) - stored)

    assert off.max() <= tolerance_of_float64(stored, known)


def test_every_recorded_array_is_compared(float32: Arrays) -> None:
    assert set(float32) == set(vectors()) == set(stats())


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_discriminator_that_sees_keypoints_repeats_its_recorded_maps(precision: str) -> None:
    dtype, known = getattr(torch, precision), stats("discriminator.json")
    judge = MultiScaleDiscriminator(CONFIGS["vox-adv-256"])
    judge.load_state_dict(tensors(rule_state("discriminator")), strict=True)
    picture = torch.tensor(driving_picture(2)).permute(2, 0, 1)[None].to(dtype) / 255
    keypoints = torch.as_tensor(vectors()["kp_driving_value"][2:]).to(dtype)

    with torch.inference_mode():
        judged = judge.to(dtype).eval()({1: picture, 0.5: picture[..., ::2, ::2]}, keypoints)

    assert set(judged) == {1}
    found = {f"disc_feature_map_{level}": features for level, features in enumerate(judged[1].features)}
    found["disc_prediction_map_1"] = judged[1].score
    with np.load(VECTORS / "discriminator.npz") as stored:
        assert set(found) == set(stored)
        for name, features in found.items():
            off = np.abs(recorded_part(name, features.numpy(), known[name]) - stored[name].astype(np.float64))
            # Keypoints are the recorded ones, rounded to float32, so float64 gets the float32 allowance.
            assert off.max() <= tolerance(stored[name], known[name]), name
