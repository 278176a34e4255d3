"""The two graphs of Talking Head Anime 3: `prepare`, once for a character, and `step`, for every pose.

Bytes go in, bytes come out. `prepare` does what the picture alone decides: its light, the two layers around the brows,
and what the network that moves them sees in them. `step` is the rest of the published chain, written for speed
(engines.tha.rewriting), all heads of a network as one convolution; what nobody looks at is left out. It can be had in
two parts: the face, which changes with eyes, mouth and brows alone, and the body.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from engines.building.graph import Graph
from engines.nn.style import PLAIN, Style
from engines.nn.weights import State, with_weights
from engines.runners.base import TensorSpec
from engines.tha.light import from_bytes, to_bytes
from engines.tha.pictures import doubled, replaced, warped
from engines.tha.rewriting import rewrite
from engines.tha.tha3.config import BROWS_BOX, FACE_BOX, LAYOUTS, POSE, SIDE, Tha3Config
from engines.tha.tha3.networks import (
    MAKERS,
    Network,
    brows_from,
    edited_from,
    face_from,
    with_pose,
)
from engines.tha.widths import LEVELS

_BROWS, _FACE, _BODY = (
    LAYOUTS[name].pose for name in ("eyebrow_morphing_combiner", "face_morpher", "editor")
)


class Prepare(Graph):
    """A character's picture to everything that depends on it alone. Always float32."""

    def __init__(self, config: Tha3Config, states: Mapping[str, State], style: Style = PLAIN) -> None:
        """Build the graph.

        Args:
            config: the variant.
            states: network -> published key -> weight.
            style: as the step's; half precision means single here.
        """
        super().__init__()
        self.fine = fine = style.fine
        self.decomposer = _loaded("eyebrow_decomposer", config, states).to(fine)
        self.looker = _loaded("eyebrow_morphing_combiner", config, states).coder.downsample_blocks.to(fine)
        self.inputs = (TensorSpec("picture", (SIDE, SIDE, 4), "uint8"),)
        self.outputs = state_specs(config)

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        """Return the state, in the order of `outputs`."""
        seen = from_bytes(picture, self.fine, clear=True)
        layers = self.decomposer(seen[(..., *BROWS_BOX)])
        looks = torch.cat((layers.background, layers.brows), 1)
        for block in self.looker:
            looks = block(looks)
        return seen, layers.background, layers.brows, looks


class Face(Graph):
    """The first part of `step`: the face with its brows, eyes and mouth."""

    def __init__(self, config: Tha3Config, states: Mapping[str, State], style: Style) -> None:
        """Build the graph; the arguments are Step's."""
        super().__init__()
        self.brows = Painter("eyebrow_morphing_combiner", config, states, style)
        self.face = Painter("face_morpher", config, states, style)
        self.inputs = (*state_specs(config), TensorSpec("pose", (1, POSE), "float32"))
        side = LAYOUTS["face_morpher"].side
        self.outputs = (TensorSpec("face", (1, 4, side, side), "float32"),)

    def forward(self, seen: Tensor, background: Tensor, brows: Tensor, looks: Tensor, pose: Tensor) -> Tensor:
        """Return the face, (1, 4, 192, 192), linear light."""
        painted = self.brows.after_looks(looks, pose[:, _BROWS])
        shown = brows_from(painted, background, brows).shown
        picture = replaced(seen[(..., *FACE_BOX)], shown, _INSIDE)
        return face_from(self.face(picture, pose[:, _FACE]), picture).face


class Body(Graph):
    """The second part of `step`: head and body turned."""

    def __init__(self, config: Tha3Config, states: Mapping[str, State], style: Style) -> None:
        """Build the graph; the arguments are Step's."""
        super().__init__()
        self.rotator = Painter("two_algo_face_body_rotator", config, states, style, heads=slice(1, None))
        self.editor = Painter("editor", config, states, style)
        side = LAYOUTS["face_morpher"].side
        self.inputs = (
            state_specs(config)[0],
            TensorSpec("face", (1, 4, side, side), "float32"),
            TensorSpec("pose", (1, POSE), "float32"),
        )
        self.outputs = (TensorSpec("picture", (SIDE, SIDE, 4), "uint8"),)

    def prediction(self, seen: Tensor, face: Tensor, pose: Tensor) -> Tensor:
        """Return the picture as the published networks give it, (1, 4, 512, 512)."""
        turn = pose[:, _BODY]
        picture = replaced(seen, face, FACE_BOX)
        half = functional.avg_pool2d(picture, 2)  # what bilinear does to exactly half
        (flow,) = self.rotator(half, turn)
        moved, flow = doubled(warped(half, flow)), doubled(flow)
        painted = self.editor(torch.cat((picture, moved, flow), 1), turn)
        return edited_from(painted, picture, flow).picture

    def forward(self, seen: Tensor, face: Tensor, pose: Tensor) -> Tensor:
        """Return the picture as bytes, (512, 512, 4)."""
        return to_bytes(self.prediction(seen, face, pose))


class Step(Graph):
    """A character's state and a pose to a finished picture."""

    def __init__(self, config: Tha3Config, states: Mapping[str, State], style: Style = PLAIN) -> None:
        """Build the graph.

        Args:
            config: the variant.
            states: network -> published key -> weight.
            style: how it is written.
        """
        super().__init__()
        self.face = Face(config, states, style)
        self.body = Body(config, states, style)
        self.inputs, self.outputs = self.face.inputs, self.body.outputs

    def forward(self, seen: Tensor, background: Tensor, brows: Tensor, looks: Tensor, pose: Tensor) -> Tensor:
        """Return the picture as bytes, (512, 512, 4)."""
        picture: Tensor = self.body(seen, self.face(seen, background, brows, looks, pose), pose)
        return picture


def state_specs(config: Tha3Config) -> tuple[TensorSpec, ...]:
    """Return what `prepare` gives and `step` takes of a character."""
    brows = LAYOUTS["eyebrow_decomposer"]
    layer = (1, 4, brows.side, brows.side)
    shapes = {
        "seen": (1, 4, SIDE, SIDE),
        "background": layer,
        "brows": layer,
        "looks": (1, config.widths.at(LEVELS), brows.small_side, brows.small_side),
    }
    return tuple(TensorSpec(name, shape, "float32") for name, shape in shapes.items())


class Painter(nn.Module):
    """A network up to its heads, which are one convolution."""

    def __init__(
        self,
        network: str,
        config: Tha3Config,
        states: Mapping[str, State],
        style: Style,
        *,
        heads: slice = slice(None),
    ) -> None:
        """Build it from published weights.

        Args:
            network: which one.
            config: the variant.
            states: network -> published key -> weight.
            style: how it is written.
            heads: which of its heads are needed.
        """
        super().__init__()
        whole = _loaded(network, config, states)
        self.fine, self.bulk = style.fine, style.bulk
        self.wanted = whole.layout.heads[heads]
        self.heads = _merged([whole.get_submodule(head.name) for head in self.wanted]).to(style.bulk)
        self.coder = rewrite(whole.coder, style)

    def forward(self, picture: Tensor, pose: Tensor) -> list[Tensor]:
        """Return what every wanted head paints."""
        return self._painted(self.coder(picture.to(self.bulk), pose.to(self.bulk)))

    def after_looks(self, looks: Tensor, pose: Tensor) -> list[Tensor]:
        """Return the same where the picture was looked at before, and the pose joins behind that."""
        return self._painted(self.coder.think([with_pose(looks, pose).to(self.bulk)]))

    def _painted(self, features: Tensor) -> list[Tensor]:
        maps = self.heads(features).to(self.fine)
        ways = {"colour": torch.tanh, "alpha": torch.sigmoid}
        found, channel = [], 0
        for head in self.wanted:
            own = maps[:, channel : channel + head.channels]
            found.append(ways[head.kind](own) if head.kind in ways else own)
            channel += head.channels
        return found


def _loaded(network: str, config: Tha3Config, states: Mapping[str, State]) -> Network:
    made = MAKERS[network](config)
    return with_weights(made, states[network]).requires_grad_(False)


def _merged(heads: list[nn.Module]) -> nn.Conv2d:
    """Return several heads' convolutions as one; a flow's has no bias."""
    convolutions = [head[0] if isinstance(head, nn.Sequential) else head for head in heads]
    weights = [each.get_parameter("weight").detach() for each in convolutions]
    biases = [
        each.bias.detach() if isinstance(each.bias, Tensor) else weight.new_zeros(len(weight))
        for each, weight in zip(convolutions, weights, strict=True)
    ]
    merged = nn.Conv2d(weights[0].shape[1], sum(map(len, weights)), 3, padding=1)
    merged.weight = nn.Parameter(torch.cat(weights), False)
    merged.bias = nn.Parameter(torch.cat(biases), False)
    return merged


_INSIDE = tuple(
    slice(brows.start - face.start, brows.stop - face.start)
    for brows, face in zip(BROWS_BOX, FACE_BOX, strict=True)
)
"""The box of the brows inside that of the face."""
