"""From a person's layer to a finished picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.live.ground import Pixels, fades, make_ground
from app.live.kernels import over, straighten
from app.live.picture import Picture
from app.settings import BackgroundKind, BackgroundSettings
from engines.base import Avatar, View


class Composer:
    """Lays an avatar's person over one background in one view. Slow to make, fast to use, never changed.

    Threads: any.

    Args:
        avatar: whose person it is.
        backdrop: (H, W, 3) uint8, the avatar's picture without the person, at the picture's size.
        background: what the user wants behind the person.
        view: where the picture falls in the output.
        picture: (H, W, 3) uint8, for the kind picture.
    """

    def __init__(
        self,
        avatar: Avatar,
        backdrop: Pixels,
        background: BackgroundSettings,
        view: View,
        picture: Pixels | None = None,
    ) -> None:
        self.view = view
        self.transparent = background.kind is BackgroundKind.TRANSPARENT
        self._ground = make_ground(avatar, backdrop, background, view, picture)
        self._across, self._down = fades(avatar, view)

    def compose(self, person: NDArray[np.uint8], time_s: float, *, driven: bool = False) -> Picture:
        """Return the finished picture.

        Args:
            person: (H, W, 4) uint8 RGBA with premultiplied alpha, of the view's size; only read.
            time_s: when the driving frame was captured, or now without one.
            driven: a camera frame drove it.

        Raises:
            ValueError: the layer has another size than the view.
        """
        size = self.view.height, self.view.width
        if person.shape != (*size, 4) or person.dtype != np.uint8:
            raise ValueError(
                f"the engine gave a layer {person.shape} {person.dtype}, {(*size, 4)} uint8 is needed"
            )
        rgb = np.empty((*size, 3), np.uint8)
        over(person, self._ground, self._across, self._down, rgb)
        if not self.transparent:
            return Picture(rgb, rgb, time_s, driven)
        rgba = np.empty((*size, 4), np.uint8)
        straighten(person, self._across, self._down, rgba)
        return Picture(rgba, rgb, time_s, driven)


def cross_fade(one: Picture, other: Picture, share: float) -> Picture:
    """Return the picture on the way from one (share 0) to the other (1); the other where they cannot be mixed."""
    if share >= 1 or one.rgb.shape != other.rgb.shape:
        return other
    rgb = _mixed(one.rgb, other.rgb, share)
    pixels = rgb
    if other.pixels.shape[2] == 4:
        pixels = (
            _mixed(one.pixels, other.pixels, share)
            if one.pixels.shape == other.pixels.shape
            else other.pixels
        )
    return Picture(pixels, rgb, other.time_s, other.driven)


def _mixed(one: NDArray[np.uint8], other: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)
