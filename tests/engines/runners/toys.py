"""A toy network in every form a runner takes, and what it computes, in numpy.

It mixes a picture with a state: uint8 in, a 3x3 convolution, an addition, a sigmoid, uint8 out. Its `echo` hands an
input back, which is how a careless runner lets go of memory that is not the caller's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from engines.runners.base import TensorSpec

SIDE = 8
DRIVING = TensorSpec("driving", (SIDE, SIDE, 3), "uint8")
STATE = TensorSpec("state", (1, 3, SIDE, SIDE), "float32")
MIXED = TensorSpec("mixed", (1, 3, SIDE, SIDE), "float32")
PICTURE = TensorSpec("picture", (SIDE, SIDE, 3), "uint8")
VALUE = TensorSpec("value", (1, 3), "float32")
ECHO = TensorSpec("echo", (1, 3, SIDE, SIDE), "float32")
INPUTS = (DRIVING, STATE)
OUTPUTS = (PICTURE, VALUE, ECHO)
WEIGHT = np.random.default_rng(7).standard_normal((3, 3, 3, 3)).astype(np.float32)
_TYPES = {"uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16}

Array = NDArray[Any]


def driving(seed: int = 1) -> Array:
    return np.random.default_rng(seed).integers(0, 256, DRIVING.shape, dtype=np.uint8)


def state(seed: int = 1) -> Array:
    return np.random.default_rng(100 + seed).standard_normal(STATE.shape).astype(np.float32)


def expected(frame: Array, given: Array) -> dict[str, Array]:
    """What the network gives; picture exact but for rounding at the half, values to float32's precision."""
    planes = np.pad(frame.astype(np.float64).transpose(2, 0, 1) / 255, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(planes, (3, 3), axis=(1, 2))
    mixed = np.einsum("cyxij,ocij->oyx", windows, WEIGHT.astype(np.float64)) + given[0]
    picture = np.rint(255 / (1 + np.exp(-mixed))).transpose(1, 2, 0)
    return {"picture": picture.astype(np.uint8), "value": mixed.mean((1, 2))[None], "echo": given}


def whole(path: Path) -> Path:
    """Write the network as one graph."""
    return write(path, [*_motion(), *_paint(), _node("Identity", "state", "echo")], INPUTS, OUTPUTS)


def halves(folder: Path) -> tuple[Path, Path]:
    """Write the network as two graphs that are joined at `mixed`; without the echo."""
    motion = write(folder / "motion.onnx", _motion(), INPUTS, (MIXED, VALUE))
    return motion, write(folder / "paint.onnx", _paint(), (MIXED,), (PICTURE,))


def write(
    path: Path, nodes: list[Any], inputs: Any, outputs: Any, weights: dict[str, Array] | None = None
) -> Path:
    """Write any graph; constants the toy's nodes use are always there."""
    constants = {
        "weight": WEIGHT,
        "full": np.float32(255),
        "batch": np.array([0], np.int64),
        "across": np.array([2, 3], np.int64),
    }
    used = {name for node in nodes for name in node.input}
    kept = {name: array for name, array in {**constants, **(weights or {})}.items() if name in used}
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info(each.name, _TYPES[each.dtype], each.shape) for each in inputs],
        [helper.make_tensor_value_info(each.name, _TYPES[each.dtype], each.shape) for each in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in kept.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    return path


def _node(kind: str, inputs: str, output: str, **attributes: Any) -> Any:
    return helper.make_node(kind, inputs.split(), [output], **attributes)


def _motion() -> list[Any]:
    return [
        _node("Cast", "driving", "float_hwc", to=TensorProto.FLOAT),
        _node("Transpose", "float_hwc", "float_chw", perm=[2, 0, 1]),
        _node("Div", "float_chw full", "scaled"),
        _node("Unsqueeze", "scaled batch", "planes"),
        _node("Conv", "planes weight", "convolved", pads=[1, 1, 1, 1]),
        _node("Add", "convolved state", "mixed"),
        _node("ReduceMean", "mixed across", "value", keepdims=0),
    ]


def _paint() -> list[Any]:
    return [
        _node("Sigmoid", "mixed", "light"),
        _node("Mul", "light full", "light_255"),
        _node("Round", "light_255", "rounded"),
        _node("Squeeze", "rounded batch", "rounded_chw"),
        _node("Transpose", "rounded_chw", "rounded_hwc", perm=[1, 2, 0]),
        _node("Cast", "rounded_hwc", "picture", to=TensorProto.UINT8),
    ]
