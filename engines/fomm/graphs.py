"""The two graphs of a first-order motion model: `prepare`, once for an avatar, and `step`, for every frame.

Everything between two copies is inside a graph: bytes go in, bytes come out. What depends on the avatar alone is
computed by `prepare` and handed to `step` as its state. The result equals the published networks' but for rounding:
normalisation is folded into convolutions, the heads of one map are one convolution, only pixels that are kept are
computed, and what no output needs is left out.

The modules are made from state dicts under the published keys; shapes tell everything but the picture's side. They hold
no state of their own: one module may serve many avatars.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.building.graph import Graph
from engines.fomm.geometry import axis, gaussians, inverse, local_maps, product, sampled
from engines.fomm.parts import (
    Bottleneck,
    DoublingBlock,
    Encoder,
    Hourglass,
    KeypointNetwork,
    anti_alias,
    convolution,
)
from engines.fomm.transferring import transferred
from engines.nn.folding import Kernel, Weights
from engines.nn.style import PLAIN, Style
from engines.nn.weights import State
from engines.runners.base import TensorSpec

SIDE = 256

Picture = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


class Prepare(Graph):
    """An avatar's picture and matte to everything that depends on them alone.

    Always float32 throughout: it runs once, and so a state serves steps of every precision.
    """

    coordinates: Tensor

    def __init__(self, generator: State, detector: State, style: Style = PLAIN, side: int = SIDE) -> None:
        """Build the graph.

        Args:
            generator: the generator's state dict.
            detector: the keypoint detector's.
            style: how it is written; half precision means single here.
            side: of the pictures.
        """
        super().__init__()
        if style.precision == "fp16":
            style = replace(style, precision="fp32")
        weights = Weights(generator)
        self.coordinate_type = style.fine
        self.encoder = Encoder(weights, style)
        self.shrink, factor = anti_alias(weights.at("dense_motion_network"), 3, style.fine)
        self.keypoints = KeypointNetwork(Weights(detector), style, side)
        self.register_buffer("coordinates", axis(side // factor).to(self.coordinate_type), persistent=False)
        self.inputs = (
            TensorSpec("source", (side, side, 3), "uint8"),
            TensorSpec("matte", (side, side), "uint8"),
        )
        self.outputs = state_specs(generator, detector, side)

    def forward(self, source: Tensor, matte: Tensor) -> tuple[Tensor, ...]:
        """Return the state, in the order of `outputs`."""
        planes = _planes(source, self.coordinate_type)
        value, jacobian = self.keypoints(planes)
        bells = gaussians(value, self.coordinates)
        plane = matte.to(self.coordinate_type)[None, None] / 255
        return self.encoder(planes), self.shrink(planes), value, jacobian, bells, plane


class Motion(Graph):
    """The first part of `step`: everything up to the features moved to where the driver wants them."""

    coordinates: Tensor

    def __init__(self, generator: State, detector: State, style: Style = PLAIN, side: int = SIDE) -> None:
        """Build the graph; the arguments are Step's."""
        super().__init__()
        dense = Weights(generator).at("dense_motion_network")
        self.coordinate_type, self.bulk_type, self.side = style.fine, style.bulk, side
        self.keypoints = KeypointNetwork(Weights(detector), style, side)
        state = state_specs(generator, detector, side)
        features, small, value = (spec.shape for spec in state[:3])
        self.count = value[1]
        order = _channel_order(self.count)
        self.hourglass = Hourglass(dense.at("hourglass"), style, order)
        heads = [Kernel.of_convolution(dense.at("mask"))]
        self.occludes = "occlusion.weight" in dense
        if self.occludes:
            heads.append(Kernel.of_convolution(dense.at("occlusion")))
        ahead = self.hourglass.channels
        columns = [*range(ahead), *(ahead + each for each in order)]
        self.head = convolution(Kernel.merged(heads).with_inputs(columns), style.bulk)
        self.register_buffer("coordinates", axis(small[-1]).to(self.coordinate_type), persistent=False)
        self.inputs = (
            *state,
            TensorSpec("driving", (side, side, 3), "uint8"),
            TensorSpec("neutral_value", value, "float32"),
            TensorSpec("neutral_jacobian", (*value, 2), "float32"),
            TensorSpec("controls", (4,), "float32"),
        )
        self.outputs = (
            TensorSpec("warped", features, "float32"),
            TensorSpec("matte", (side, side), "uint8"),
            TensorSpec("driving_value", value, "float32"),
            TensorSpec("driving_jacobian", (*value, 2), "float32"),
            TensorSpec("occlusion", (1, 1, *small[2:]), "float32"),
        )

    def forward(
        self,
        features: Tensor,
        small: Tensor,
        source_value: Tensor,
        source_jacobian: Tensor,
        source_heatmaps: Tensor,
        matte_plane: Tensor,
        driving: Tensor,
        neutral_value: Tensor,
        neutral_jacobian: Tensor,
        controls: Tensor,
    ) -> Picture:
        """Return the moved features, the matte, the driver's own keypoints and the occlusion."""
        seen = self.keypoints(_planes(driving, self.coordinate_type))
        value, jacobian = transferred(
            seen, (neutral_value, neutral_jacobian), (source_value, source_jacobian), controls
        )
        turn = product(source_jacobian, inverse(jacobian))
        x, y = local_maps(source_value, turn, value, self.coordinates)

        # All warped copies are one tall picture; the copy that stays where it is needs no warp.
        copies = sampled(small, x.flatten(1, 2), y.flatten(1, 2))
        copies = copies.reshape(1, 3 * self.count, *small.shape[2:])
        bells = gaussians(value, self.coordinates) - source_heatmaps
        looks = self.hourglass(torch.cat((bells, small, copies), 1).to(self.bulk_type))
        maps = self.head(looks).to(self.coordinate_type)
        share = torch.softmax(maps[:, : self.count + 1], 1)
        occlusion = (
            torch.sigmoid(maps[:, self.count + 1 :]) if self.occludes else torch.ones_like(maps[:, :1])
        )

        still, moved = share[:, 0], share[:, 1:]
        flow_x = still * self.coordinates + (moved * x).sum(1)
        flow_y = still * self.coordinates[:, None] + (moved * y).sum(1)
        warped = sampled(features, flow_x, flow_y) * occlusion
        return warped, self._matte(matte_plane, flow_x, flow_y), *seen, occlusion

    def _matte(self, plane: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Return the matte carried by the flow. Beyond its edge it goes on as it is: a bust is cut off, not rounded.

        A pixel of the flow stands for a block of the picture's, so its outermost coordinates, -1 and 1, are the middles
        of the outermost blocks and lie a little inside the picture's.
        """
        rows = x.shape[-1]
        inside = (self.side - self.side / rows) / (self.side - 1)
        flow = functional.interpolate(
            torch.stack((x, y), 1), size=(self.side, self.side), mode="bilinear", align_corners=False
        )
        flow = (flow * inside).clamp(-1, 1)
        return _bytes(sampled(plane, flow[:, 0], flow[:, 1])[0, 0])


class Trunk(Graph):
    """The second part of `step`: the painter's thinking, at a quarter of the picture's size. Two thirds of the work."""

    def __init__(self, generator: State, style: Style = PLAIN, side: int = SIDE) -> None:
        """Build the graph; the arguments are Step's."""
        super().__init__()
        self.bulk_type = style.bulk
        self.bottleneck = Bottleneck(Weights(generator), style)
        self.inputs = (TensorSpec("warped", _features_shape(generator, side), "float32"),)
        self.outputs = (_thought_spec(generator, style, side),)

    def forward(self, warped: Tensor) -> Tensor:
        """Return features as the painting needs them."""
        thought: Tensor = self.bottleneck(warped.to(self.bulk_type))
        return thought


class Paint(Graph):
    """The last part of `step`: features to a picture. It holds no coordinates."""

    def __init__(self, generator: State, style: Style = PLAIN, side: int = SIDE) -> None:
        """Build the graph; the arguments are Step's."""
        super().__init__()
        weights = Weights(generator)
        self.coordinate_type = style.fine
        self.up = nn.Sequential(
            *(
                DoublingBlock(Kernel.of_block(each), style)
                for each in weights.children("up_blocks.", "conv.weight")
            )
        )
        last = Kernel.of_convolution(weights.at("final")).on_blocks()
        self.final = convolution(last, style.bulk, stride=2, padding=(last.weight.shape[-1] - 1) // 2)
        self.inputs = (_thought_spec(generator, style, side),)
        self.outputs = (TensorSpec("picture", (side, side, 3), "uint8"),)

    def prediction(self, thought: Tensor) -> Tensor:
        """Return the picture as the published network gives it: (1, 3, side, side), 0..1."""
        blocks = self.final(self.up(thought))
        return torch.sigmoid(functional.pixel_shuffle(blocks, 2).to(self.coordinate_type))

    def forward(self, thought: Tensor) -> Tensor:
        """Return the picture as bytes, (side, side, 3)."""
        return _bytes(self.prediction(thought)[0].permute(1, 2, 0))


class Step(Graph):
    """A driving frame, an avatar's state, the driver at rest and controls to a finished picture and its matte."""

    def __init__(self, generator: State, detector: State, style: Style = PLAIN, side: int = SIDE) -> None:
        """Build the graph.

        Args:
            generator: the generator's state dict.
            detector: the keypoint detector's.
            style: how it is written.
            side: of the pictures.
        """
        super().__init__()
        self.motion = Motion(generator, detector, style, side)
        self.trunk = Trunk(generator, style, side)
        self.paint = Paint(generator, style, side)
        self.inputs = self.motion.inputs
        self.outputs = (*self.paint.outputs, *self.motion.outputs[1:])

    def forward(self, *inputs: Tensor) -> Picture:
        """Return picture, matte, the driver's keypoints (value, jacobian) and occlusion for Motion's inputs."""
        warped, matte, value, jacobian, occlusion = self.motion(*inputs)
        return self.paint(self.trunk(warped)), matte, value, jacobian, occlusion


def state_specs(generator: State, detector: State, side: int = SIDE) -> tuple[TensorSpec, ...]:
    """Return what `prepare` gives and `step` takes of an avatar."""
    dense = Weights(generator).at("dense_motion_network")
    small = side // anti_alias(dense, 3, torch.float32)[1]
    features = _features_shape(generator, side)
    if features[-1] != small:
        raise ValueError(f"features of {features[-1]} pixels and a flow of {small} do not go together")
    count = detector["kp.weight"].shape[0]
    shapes = {
        "features": features,
        "small": (1, 3, small, small),
        "source_value": (1, count, 2),
        "source_jacobian": (1, count, 2, 2),
        "source_heatmaps": (1, count, small, small),
        "matte_plane": (1, 1, side, side),
    }
    return tuple(TensorSpec(name, shape, "float32") for name, shape in shapes.items())


def _features_shape(generator: State, side: int) -> tuple[int, ...]:
    weights = Weights(generator)
    blocks = weights.children("down_blocks.", "conv.weight")
    channels = (blocks[-1] if blocks else weights.at("first"))["conv.weight"].shape[0]
    return 1, channels, side >> len(blocks), side >> len(blocks)


def _thought_spec(generator: State, style: Style, side: int) -> TensorSpec:
    kind = "float16" if style.precision == "fp16" else "float32"
    return TensorSpec("thought", _features_shape(generator, side), kind)


def _channel_order(count: int) -> list[int]:
    """Return which published channel each one of ours is, at the dense motion's input.

    Published, each candidate's difference of bells goes before its copy's three colours, the still one first. Here come
    all bells, the still copy, then all copies' reds, greens and blues, as the tall picture has them. The still
    candidate's bell is always zero and has no channel.
    """
    bells = [4 * each for each in range(1, count + 1)]
    still = [1, 2, 3]
    copies = [4 * each + 1 + colour for colour in range(3) for each in range(1, count + 1)]
    return [*bells, *still, *copies]


def _planes(picture: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a picture (rows, columns, 3) as planes (1, 3, rows, columns).

    Bytes are cast before anything else, and last of all on the way back: TensorRT can do nothing else with them.
    """
    return picture.to(dtype).permute(2, 0, 1)[None]


def _bytes(numbers: Tensor) -> Tensor:
    return torch.round(numbers * 255).clamp(0, 255).to(torch.uint8)
