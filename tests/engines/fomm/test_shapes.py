"""Keys and shapes written down without PyTorch are those of the networks."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from engines.fomm.config import CONFIGS, DenseMotionConfig, FommConfig, HourglassConfig
from engines.fomm.shapes import expected_shapes
from tests.conftest import REPOSITORY
from tests.engines.fomm.rules import published_keys, small_config

_SMALL = small_config()
_OTHERS = {
    "small": _SMALL,
    "five keypoints": replace(_SMALL, num_kp=5),
    "no jacobian": replace(_SMALL, jacobian=False),
    "no occlusion": replace(_SMALL, generator=replace(_SMALL.generator, occlusion=False)),
    "half size": replace(_SMALL, dense_motion=DenseMotionConfig(HourglassConfig(4, 8, 4), scale=0.5)),
    "full size": replace(_SMALL, keypoints=replace(_SMALL.keypoints, scale=1)),
    "three scales": replace(_SMALL, discriminator=replace(_SMALL.discriminator, scales=(1, 0.5, 0.25))),
}


@pytest.mark.parametrize("config", [*CONFIGS.values(), *_OTHERS.values()], ids=[*CONFIGS, *_OTHERS])
def test_they_are_the_networks_own(config: FommConfig) -> None:
    torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
    from engines.fomm.discriminator import MultiScaleDiscriminator
    from engines.fomm.generator import Generator
    from engines.fomm.keypoint_detector import KeypointDetector

    with torch.device("meta"):
        networks = {
            "generator": Generator(config),
            "kp_detector": KeypointDetector(config),
            "discriminator": MultiScaleDiscriminator(config),
        }
    expected = {
        name: {key: tuple(value.shape) for key, value in network.state_dict().items()}
        for name, network in networks.items()
    }
    assert expected_shapes(config) == expected
    assert [list(each) for each in expected_shapes(config).values()] == [
        list(each) for each in expected.values()
    ]


def test_they_are_the_published_ones() -> None:
    keys = published_keys()
    assert expected_shapes(CONFIGS["vox-adv-256"]) == {name: keys[name] for name in expected_shapes(_SMALL)}
    spectral = keys["variant_vox-256_discriminator(spectral_norm)"]
    assert expected_shapes(CONFIGS["vox-256"], ["discriminator"]) == {"discriminator": spectral}


def test_recognising_a_model_imports_no_pytorch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from engines.fomm.config import CONFIGS\n"
        "from engines.fomm.recognise import recognise\n"
        "from engines.fomm.shapes import expected_shapes\n"
        "print(recognise(expected_shapes(CONFIGS['taichi-256']), 'taichi-cpk.pth.tar'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "taichi-256"
