"""What the encoder-decoders of versions 1 and 3 have in common, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LEVELS = 3  # halvings in each encoder


@dataclass(frozen=True)
class Widths:
    """Channels of an encoder-decoder, and the depth of its middle.

    Attributes:
        start: channels at the full size; they double with every level.
        widest: where the doubling ends.
        blocks: convolutional and residual blocks at the smallest size.
    """

    start: int = 64
    widest: int = 512
    blocks: int = 6

    def at(self, level: int) -> int:
        """Channels at a level; level 0 is the full size."""
        return min(self.widest, self.start << level)


@dataclass(frozen=True)
class Head:
    """What a network paints from its features.

    Attributes:
        name: the first part of its key.
        kind: "colour": -1..1; "alpha": 0..1; "flow": offsets on the identity grid, in [-1, 1] coordinates, x and y.
        channels: of the result.
    """

    name: str
    kind: Literal["colour", "alpha", "flow"]
    channels: int

    @classmethod
    def colour(cls, name: str) -> Head:
        """Four channels of colour."""
        return cls(name, "colour", 4)

    @classmethod
    def alpha(cls, name: str, channels: int = 1) -> Head:
        """A mask, for all channels or for each."""
        return cls(name, "alpha", channels)

    @classmethod
    def flow(cls, name: str) -> Head:
        """An appearance flow."""
        return cls(name, "flow", 2)
