"""Computes everything the vectors recorded, with our networks, and says how far each array may be off."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engines.fomm.config import CONFIGS
from engines.fomm.generator import Generated
from engines.fomm.hull import hull_area, movement_scale
from engines.fomm.keypoint_detector import KeypointDetector
from engines.fomm.keypoints import Keypoints
from engines.fomm.reference import Reference
from engines.fomm.transfer import relative
from tests.engines.fomm.rules import VECTORS, driving_picture, rule_state, source_picture

Arrays = dict[str, NDArray[Any]]

RELATIVE = tuple(f"rel_jac{jacobian}_adapt{adapt}_2" for jacobian in (0, 1) for adapt in (0, 1))
KINDS = ("abs_0", "abs_1", "abs_2", *RELATIVE)


@cache
def stats(file_name: str = "stats.json") -> dict[str, dict[str, Any]]:
    """What was recorded of each array: its slice, its size, how exact float32 is."""
    return dict(json.loads((VECTORS / file_name).read_text("utf-8")))


def recorded_part(name: str, whole: NDArray[Any], known: dict[str, Any]) -> NDArray[Any]:
    """The part of a whole array that was stored."""
    part = known.get("slice")
    if part is None:
        assert list(whole.shape) == known["shape"], name
        return whole
    assert list(whole.shape) == known["of"], name
    return whole[tuple(_index(text.strip()) for text in part.strip("[]").split(","))]


def _index(text: str) -> int | slice:
    if ":" not in text:
        return int(text)
    return slice(*(int(number) if number else None for number in text.split(":")))


def tolerance(stored: NDArray[Any], known: dict[str, Any]) -> float:
    """What the fixtures allow a float32 implementation."""
    rounding = 5e-4 * float(np.abs(stored).max()) if stored.dtype == np.float16 else 0.0
    return max(5 * float(known["f32_minus_f64_max"]), 1e-5) + rounding


def tolerance_of_float64(stored: NDArray[Any], known: dict[str, Any]) -> float:
    """What the fixtures allow a float64 implementation: the recording's own error, told to two digits, and storage."""
    largest = float(np.abs(stored).max())
    step = 5e-4 if stored.dtype == np.float16 else 1e-6
    return 1.05 * float(known["f32_minus_f64_max"]) + step * largest


@torch.inference_mode()
def computed(dtype: torch.dtype, kinds: Collection[str] = KINDS) -> Arrays:
    """The recorded arrays, whole, computed in a precision.

    Args:
        dtype: the precision.
        kinds: which predictions; everything else is always there.
    """
    reference = Reference(
        CONFIGS["vox-adv-256"], rule_state("generator"), rule_state("kp_detector"), dtype=dtype
    )
    detector, generator = reference.detector, reference.generator
    pictures = [
        torch.tensor(picture).permute(2, 0, 1)[None].to(dtype) / 255
        for picture in (source_picture(), *map(driving_picture, range(3)))
    ]
    source, *drivings = map(detector, pictures)
    wanted = {f"abs_{index}": driving for index, driving in enumerate(drivings)}
    found = _detected(detector, pictures[0]) | _keypoint_arrays(source, _joined(drivings))
    for kind, moved in _transfers(source, drivings).items():
        found[f"kpnorm_value_{kind}"] = moved.value
        if "jac1" in kind:
            found["kpnorm_jacobian_rel_jac1"] = moved.jacobian
        wanted[f"{kind}_2"] = Keypoints(*(part[2:] for part in moved))
    for kind in kinds:
        with _Taps(generator) as taps:
            generated = generator(pictures[0], wanted[kind], source)
        found[f"prediction_{kind}"] = generated.prediction
        if kind == "abs_2":
            found |= taps.found | _generated(generated)
    arrays = {name: tensor.numpy() for name, tensor in found.items()}
    arrays["f64_hull_area_source"] = np.array(hull_area(source.value.numpy()))
    arrays["f64_hull_area_driving0"] = np.array(hull_area(drivings[0].value.numpy()))
    return arrays


def _detected(detector: KeypointDetector, picture: Tensor) -> dict[str, Tensor]:
    maps = detector.maps(picture)
    return {
        "kp_down_source": maps.small,
        "kp_hourglass_source": maps.features,
        "kp_logits_source": maps.logits,
    }


def _transfers(source: Keypoints, drivings: list[Keypoints]) -> dict[str, Keypoints]:
    """The four relative variants, a row for each driving picture; the first one is the neutral."""
    scale = movement_scale(source.value.numpy(), drivings[0].value.numpy())
    return {
        f"rel_jac{jacobian:d}_adapt{adapt:d}": relative(
            source,
            _joined(drivings),
            _joined(drivings[:1] * 3),
            movement_scale=scale if adapt else 1.0,
            use_jacobian=jacobian,
        )
        for jacobian in (False, True)
        for adapt in (False, True)
    }


def _generated(generated: Generated) -> dict[str, Tensor]:
    motion = generated.motion
    assert motion.occlusion is not None
    return {
        "dense_heatmap": motion.heatmaps[:, :, None],
        "dense_sparse_motion": motion.candidates,
        "dense_mask": motion.mask,
        "dense_deformation": motion.flow,
        "dense_occlusion_map": motion.occlusion,
        "dense_sparse_deformed": motion.deformed,
        "full_prediction_abs_2": generated.prediction,
        "deformed_abs_2": generated.deformed,
    }


def _joined(keypoints: list[Keypoints]) -> Keypoints:
    values, jacobians = zip(*keypoints, strict=True)
    return Keypoints(torch.cat(values), torch.cat(jacobians))


def _keypoint_arrays(source: Keypoints, driving: Keypoints) -> dict[str, Tensor]:
    return {
        "kp_source_value": source.value,
        "kp_source_jacobian": source.jacobian,
        "kp_driving_value": driving.value,
        "kp_driving_jacobian": driving.jacobian,
    }


class _Taps:
    """Remembers what some blocks of the generator return while the context lasts."""

    def __init__(self, generator: nn.Module) -> None:
        self.found: dict[str, Tensor] = {}
        self._blocks = {
            "generator_first": generator.first,
            "generator_down_0": generator.down_blocks[0],
            "generator_down_1": generator.down_blocks[1],
            "dense_hourglass": generator.dense_motion_network.hourglass,
            "generator_bottleneck_r0": generator.bottleneck.r0,
            "generator_bottleneck_r5": generator.bottleneck.r5,
            "generator_up_0": generator.up_blocks[0],
            "generator_up_1": generator.up_blocks[1],
        }

    def __enter__(self) -> _Taps:
        self._hooks = [
            block.register_forward_hook(self._remember(name)) for name, block in self._blocks.items()
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _remember(self, name: str) -> Any:
        def remember(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            self.found[name] = output

        return remember
