"""The numbers that make the networks of the first Talking Head Anime.

Three networks work one after the other on a picture of 256 x 256 (Khungurn, "Talking Head Anime from a Single Image",
2019):

    face_morpher            eyes and mouth
    two_algo_face_rotator   turns the head: repainted (Pumarola et al.), and as an appearance flow (Zhou et al.)
    combiner                mixes the two and repairs what is left

The pose is head_x, head_y and neck_z (-1..1), then left_eye, right_eye and mouth (0..1: eyes closed, mouth open).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engines.tha.widths import Head, Widths

SIDE = 256  # pixels, of the picture
POSE = 6  # parameters
TURN, FACE = slice(0, 3), slice(3, 6)  # of the pose: what turns the head, and what moves the face


@dataclass(frozen=True)
class Layout:
    """One network.

    Attributes:
        channels: of its input, the pose's three with it.
        skips: the decoder sees what the encoder had at each size.
        heads: in the order of the published keys.
    """

    channels: int
    skips: bool
    heads: tuple[Head, ...]


LAYOUTS = {
    "face_morpher": Layout(7, False, (Head.colour("color_change"), Head.alpha("alpha_mask", 4))),
    "two_algo_face_rotator": Layout(
        7,
        False,
        (
            Head.colour("pumarola_color_change"),
            Head.alpha("pumarola_alpha_mask", 4),
            Head.flow("zhou_grid_change"),
        ),
    ),
    "combiner": Layout(
        11,
        True,
        (
            Head.alpha("combine_alpha_mask", 4),
            Head.alpha("retouch_alpha_mask", 4),
            Head.colour("retouch_color_change"),
        ),
    ),
}
"""Every network's layout, in the order of the chain."""

NETWORKS = tuple(LAYOUTS)


@dataclass(frozen=True)
class Tha1Config:
    """The model.

    Attributes:
        name: as stored models say it.
        widths: of all three networks.
    """

    name: str = "tha1"
    widths: Widths = field(default_factory=Widths)


CONFIG = Tha1Config()
"""The published one."""

CUSTOM = "tha1-custom"
"""The name of any other with the same structure."""
