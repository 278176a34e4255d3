"""Who paints eyes and mouth over the bent picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from engines.base import Style
from engines.face.topology import EYES
from engines.rig.drawn_eyes import DrawnEyePainter
from engines.rig.drawn_mouth import DrawnMouthPainter
from engines.rig.eyes import EyePainter
from engines.rig.mouth import MouthPainter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.base import Avatar
    from engines.rig.motion import Motion


class Painter(Protocol):
    """Draws a part of the face that bending cannot show."""

    def paint(
        self, canvas: NDArray[np.uint8], points: NDArray[np.float32], motion: Motion, scale: float
    ) -> None:
        """Draw in place; leave the canvas alone at the neutral.

        Args:
            canvas: (H, W, 4) RGBA, premultiplied.
            points: (478, 2) the landmarks on the canvas, mirrored where the view is.
            motion: what the face does.
            scale: canvas pixels a picture pixel takes.
        """


def painters_for(avatar: Avatar) -> tuple[Painter, ...]:
    """Return the painters of an avatar, in painting order."""
    if avatar.style is Style.DRAWN:
        return (*(DrawnEyePainter(avatar, eye) for eye in EYES), DrawnMouthPainter(avatar))
    return (*(EyePainter(avatar, eye) for eye in EYES), MouthPainter(avatar))
