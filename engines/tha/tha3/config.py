"""The numbers that make the networks of Talking Head Anime 3: what is fixed, and what its variants differ in.

Five networks work one after the other on a picture of 512 x 512 (Khungurn, "Talking Head(?) Anime from a Single Image
3: Now the Body Too", 2022):

    eyebrow_decomposer          splits the brows off the face; depends on the picture alone
    eyebrow_morphing_combiner   moves them, and puts them back
    face_morpher                eyes and mouth
    two_algo_face_body_rotator  turns head and body at half the size: painted directly, and as an appearance flow
    editor                      repeats the flow at the full size and repairs what it tears

All five are one encoder-decoder with different heads. The published variants are "standard" and "separable" (each
convolution as a depthwise and a pointwise one, a tenth of the weights), each in single and in half precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engines.tha.widths import LEVELS, Head, Widths

SIDE = 512  # pixels, of the picture
POSE = 45  # parameters

# Where the networks look, pixels of the picture: rows and columns.
BROWS_BOX = (slice(64, 192), slice(192, 320))
FACE_BOX = (slice(32, 224), slice(160, 352))


@dataclass(frozen=True)
class Layout:
    """What is the same in every variant of one network.

    Attributes:
        prefix: of the encoder-decoder's keys.
        side: of its pictures, pixels.
        channels: of its input, without the pose.
        pose: which parameters it is told.
        joins: where the pose comes in, as channels of one value each.
        kernel: of the first convolution.
        up: how the decoder doubles: a transposed convolution, or repeated pixels and a 3 x 3 one, there with or
            without what the encoder had at that size beside them.
        slope: of the rectifiers below zero; those behind the halving convolutions have none in any network.
        heads: in the order of the published keys.
    """

    prefix: str
    side: int
    channels: int
    pose: slice
    joins: Literal["input", "bottleneck"]
    kernel: int
    up: Literal["transposed", "repeated", "skips"]
    slope: float
    heads: tuple[Head, ...]

    @property
    def pose_size(self) -> int:
        """How many parameters it is told."""
        return int(self.pose.stop - self.pose.start)

    @property
    def small_side(self) -> int:
        """The side of its smallest maps."""
        return self.side >> LEVELS


LAYOUTS = {
    "eyebrow_decomposer": Layout(
        "body.",
        side=128,
        channels=4,
        pose=slice(0, 0),
        joins="bottleneck",
        kernel=3,
        up="transposed",
        slope=0.0,
        heads=(
            Head.alpha("background_layer_alpha"),
            Head.colour("background_layer_color_change"),
            Head.alpha("eyebrow_layer_alpha"),
            Head.colour("eyebrow_layer_color_change"),
        ),
    ),
    "eyebrow_morphing_combiner": Layout(
        "body.",
        side=128,
        channels=8,
        pose=slice(0, 12),
        joins="bottleneck",
        kernel=3,
        up="transposed",
        slope=0.0,
        heads=(
            Head.flow("morphed_eyebrow_layer_grid_change"),
            Head.alpha("morphed_eyebrow_layer_alpha"),
            Head.colour("morphed_eyebrow_layer_color_change"),
            Head.alpha("combine_alpha"),
        ),
    ),
    "face_morpher": Layout(
        "body.",
        side=192,
        channels=4,
        pose=slice(12, 39),
        joins="bottleneck",
        kernel=3,
        up="transposed",
        slope=0.0,
        heads=(
            Head.flow("iris_mouth_grid_change"),
            Head.colour("iris_mouth_color_change"),
            Head.alpha("iris_mouth_alpha"),
            Head.colour("eye_color_change"),
            Head.alpha("eye_alpha"),
        ),
    ),
    "two_algo_face_body_rotator": Layout(
        "encoder_decoder.",
        side=256,
        channels=4,
        pose=slice(39, 45),
        joins="input",
        kernel=7,
        up="repeated",
        slope=0.1,
        heads=(Head.colour("direct_creator"), Head.flow("grid_change_creator")),
    ),
    "editor": Layout(
        "body.",
        side=512,
        channels=10,
        pose=slice(39, 45),
        joins="input",
        kernel=3,
        up="skips",
        slope=0.1,
        heads=(
            Head.colour("color_change_creator"),
            Head.alpha("alpha_creator", 4),
            Head.flow("grid_change_creator"),
        ),
    ),
}
"""Every network's layout, in the order of the chain."""

NETWORKS = tuple(LAYOUTS)

_WIDTHS, _OF_THE_EDITOR = Widths(), Widths(start=32)


@dataclass(frozen=True)
class Tha3Config:
    """What makes one variant.

    Attributes:
        name: as stored models say it.
        separable: each convolution but the heads' is a depthwise and a pointwise one.
        half: published in half precision, and meant to run so.
        widths: of the first four networks.
        editor: of the last one.
    """

    name: str
    separable: bool = False
    half: bool = False
    widths: Widths = _WIDTHS
    editor: Widths = _OF_THE_EDITOR

    def widths_of(self, network: str) -> Widths:
        """Return a network's channels."""
        return self.editor if network == "editor" else self.widths

    def prefix_of(self, network: str) -> str:
        """Return what the keys of a network's encoder-decoder begin with: nothing in the standard face morpher."""
        if network == "face_morpher" and not self.separable:
            return ""
        return LAYOUTS[network].prefix


CONFIGS = {
    config.name: config
    for config in (
        Tha3Config(f"tha3-{kind}-{precision}", separable=kind == "separable", half=precision == "half")
        for kind in ("standard", "separable")
        for precision in ("float", "half")
    )
}
"""The published variants by name."""

CUSTOM = "tha3-custom"
"""The name of any other with the same structure."""
