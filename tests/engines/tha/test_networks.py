"""The networks take the published weights as they are, and repeat every recorded array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

import torch

from engines.tha.light import from_bytes
from engines.tha.tha1 import networks as tha1_networks
from engines.tha.tha1.config import CONFIG
from engines.tha.tha1.poser import Tha1Poser
from engines.tha.tha3 import networks as tha3_networks
from engines.tha.tha3.config import CONFIGS, LAYOUTS
from engines.tha.tha3.poser import Posed, Tha3Poser
from tests.engines.fomm.parity import recorded_part, tolerance
from tests.engines.fomm.rules import checksum
from tests.engines.tha.rules import (
    character,
    published_shapes,
    states_by_rule,
    stats,
    vectors,
    vectors_config,
)

Arrays = dict[str, Any]

CHAIN = (  # of the recorded outputs 0 to 28
    ("edited", ("picture", "mask", "colour", "moved", "flow")),
    ("rotated", ("direct", "moved", "flow")),
    (
        "face",
        ("face", "eye_mask", "eye_colour", "iris_mouth", "iris_mouth_mask", "iris_mouth_colour", "moved"),
    ),
    (
        "brows",
        ("combined", "combine_mask", "shown", "morphed", "morphed_mask", "morphed_colour", "moved", "flow"),
    ),
    (
        "layers",
        ("brows", "brows_mask", "brows_colour", "background", "background_mask", "background_colour"),
    ),
)


@pytest.mark.parametrize("name", sorted(published_shapes()))
def test_keys_and_shapes_are_the_published_ones_in_their_order(name: str) -> None:
    for network, keys in published_shapes()[name].items():
        with torch.device("meta"):
            made = (
                tha1_networks.MAKERS[network](CONFIG)
                if name == "tha1"
                else tha3_networks.MAKERS[network](CONFIGS[name])
            )

        shapes = [(key, tuple(value.shape)) for key, value in made.state_dict().items()]

        assert shapes == list(keys.items())


def of_chain(posed: Posed) -> list[torch.Tensor]:
    return [getattr(getattr(posed, part), name) for part, names in CHAIN for name in names]


def seen(poser: Tha3Poser, seed: int, side: int) -> torch.Tensor:
    return from_bytes(torch.tensor(character(seed, side)), poser.dtype, clear=True)


@torch.inference_mode()
def alone(poser: Tha3Poser) -> Arrays:
    """Each network on pictures, free of what the ones before it did."""
    pose = torch.tensor(vectors("tha3")["pose"], dtype=poser.dtype)[None]
    parts = {name: pose[:, layout.pose] for name, layout in LAYOUTS.items()}
    pictures = {
        "eyebrow_decomposer": [seen(poser, 29, 128)],
        "eyebrow_morphing_combiner": [seen(poser, 29, 128), seen(poser, 30, 128)],
        "face_morpher": [seen(poser, 29, 192)],
        "two_algo_face_body_rotator": [seen(poser, 29, 256)],
        "editor": [seen(poser, 29, 512), seen(poser, 30, 512), 0.05 * seen(poser, 31, 512)[:, :2]],
    }
    found = {}
    for name, network in poser.networks.items():
        told = [] if name == "eyebrow_decomposer" else [parts[name]]
        for index, output in enumerate(network(*pictures[name], *told)):
            found[f"single_{name}_{index}"] = output.numpy()
    return found


def computed_3(dtype: torch.dtype) -> Arrays:
    states = states_by_rule("tha3", published_shapes()["tha3-standard-float"])
    assert {name: checksum(state) for name, state in states.items()} == {
        name: known["sha256"] for name, known in vectors_config("tha3")["weights"].items()
    }
    poser = Tha3Poser(CONFIGS["tha3-standard-float"], states, dtype=dtype)
    found = {"preprocessed": poser.prepare(character(28, 512)).numpy()}
    for index, output in enumerate(of_chain(poser.pose(vectors("tha3")["pose"]))):
        found[f"out{index:02d}"] = output.numpy()
    found["full_out00_half"] = found["out00"]
    second = of_chain(poser.pose(vectors("tha3")["pose_b"]))[:5]
    found |= {f"poseb_out{index:02d}": output.numpy() for index, output in enumerate(second)}
    return found | alone(poser)


def computed_1(dtype: torch.dtype) -> Arrays:
    states = states_by_rule("tha1", published_shapes()["tha1"])
    assert {name: checksum(state) for name, state in states.items()} == {
        name: known["sha256"] for name, known in vectors_config("tha1")["weights"].items()
    }
    poser = Tha1Poser(CONFIG, states, dtype=dtype)
    found = {"preprocessed": poser.prepare(character(28, 256))}
    for index, pose in enumerate(vectors("tha1")["poses"]):
        posed = poser.pose(pose)
        known = {
            "morpher_output_image": posed.face.picture,
            "morpher_alpha": posed.face.mask,
            "morpher_color": posed.face.colour,
            "rotator_color_changed": posed.rotated.repainted,
            "rotator_resampled": posed.rotated.moved,
            "rotator_color_change": posed.rotated.colour,
            "rotator_alpha_mask": posed.rotated.mask,
            "rotator_grid_change": posed.rotated.flow.permute(0, 2, 3, 1),
            "rotator_grid": posed.rotated.grid,
            "combiner_final_image": posed.combined.picture,
            "combiner_combined_image": posed.combined.combined,
            "combiner_combine_alpha_mask": posed.combined.combine_mask,
            "combiner_retouch_alpha_mask": posed.combined.retouch_mask,
            "combiner_retouch_color_change": posed.combined.retouch_colour,
        }
        found |= {f"pose{index}_{name}": array for name, array in known.items()}
    found["full_final_image_pose0"] = found["pose0_combiner_final_image"]
    return {name: array.numpy() for name, array in found.items()}


@pytest.mark.slow
@pytest.mark.parametrize("version", ["tha1", "tha3"])
def test_every_recorded_array_is_repeated(version: str) -> None:
    found = {"tha1": computed_1, "tha3": computed_3}[version](torch.float32)

    compared = vectors(version).keys() - {"poses", "pose", "pose_b"}
    assert len(compared) > 20
    for name in sorted(compared):
        stored, known = vectors(version)[name], stats(version)[name]
        off = np.abs(recorded_part(name, found[name], known).astype(np.float64) - stored)
        assert off.max() <= tolerance(stored, known), name
