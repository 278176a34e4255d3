"""The discriminator's forms: plain, with keypoints, with spectral norm; and several sizes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

import torch

from engines.fomm.config import DiscriminatorConfig
from engines.fomm.discriminator import MultiScaleDiscriminator
from tests.engines.fomm.rules import published_keys, small_config, state_by_rule

SMALL = DiscriminatorConfig(block_expansion=2, max_features=8)


def judge_of(form: DiscriminatorConfig) -> MultiScaleDiscriminator:
    return MultiScaleDiscriminator(replace(small_config(), discriminator=form)).eval()


def test_each_size_has_a_judge_of_its_own() -> None:
    judge = judge_of(replace(SMALL, scales=(1, 0.5), num_blocks=3))
    whole = torch.rand(2, 3, 64, 64)

    judged = judge({1: whole, 0.5: whole[..., ::2, ::2], 0.25: whole[..., ::4, ::4]})

    assert {key.split(".")[1] for key in judge.state_dict()} == {"1", "0-5"}
    assert judged[1].score.shape == (2, 1, 10, 10)
    assert judged[0.5].score.shape == (2, 1, 2, 2)
    assert len(judged[1].features) == 3


def test_a_judge_that_sees_keypoints_wants_them() -> None:
    judge = judge_of(replace(SMALL, sees_keypoints=True, num_blocks=2))

    with pytest.raises(ValueError, match="keypoints"):
        judge({1: torch.rand(1, 3, 64, 64)})


def test_keypoints_change_the_judgement() -> None:
    judge = judge_of(replace(SMALL, sees_keypoints=True, num_blocks=2))
    picture = torch.rand(1, 3, 64, 64)
    keypoints = torch.rand(1, 10, 2) - 0.5

    with torch.inference_mode():
        here, there = judge({1: picture}, keypoints), judge({1: picture}, -keypoints)

    assert not torch.allclose(here[1].score, there[1].score)


def test_published_spectral_norm_divides_a_weight_by_its_largest_singular_value() -> None:
    shapes = published_keys()["variant_vox-256_discriminator(spectral_norm)"]
    state = state_by_rule("discriminator", shapes)
    judge = judge_of(DiscriminatorConfig(spectral_norm=True))

    judge.load_state_dict({key: torch.as_tensor(value) for key, value in state.items()}, strict=True)
    with torch.inference_mode():
        judge({1: torch.rand(1, 3, 64, 64)})

    for name in ("discs.1.down_blocks.1.conv", "discs.1.conv"):
        original = state[f"{name}.weight_orig"].astype(np.float64)
        rows = original.reshape(len(original), -1)
        sigma = state[f"{name}.weight_u"] @ rows @ state[f"{name}.weight_v"]
        found = judge.get_submodule(name).weight.detach().numpy()
        np.testing.assert_allclose(found, original / sigma, rtol=1e-5, atol=1e-7)
