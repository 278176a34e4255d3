"""What the portraits share: a head and shoulders in the middle of the picture, and laying colour on it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.draw.paint import Layer, curve, mirror
from assets.draw.relief import Field, Light, Plane, ellipsoid, inflated, lit, union

PLANE = Plane()
Picture = NDArray[np.float32]
Half = list[tuple[float, float]]  # a line of the viewer's left half, centimetres of the head


def whole(half: Half) -> NDArray[np.float64]:
    """Return a line that ends at the middle with its mirror image behind it, in the picture."""
    line = curve(PLANE.to_picture(half))
    return np.vstack([line, mirror(line)[1:]])


def symmetric(half: Half) -> NDArray[np.float64]:
    """Return the closed outline of a half that starts and ends at the middle or is closed across the bottom."""
    line = curve(PLANE.to_picture(half))
    return np.vstack([line, mirror(line)])


def mask(outline: NDArray[np.floating], soft: float = 0.6) -> Field:
    """Return (H, W) 0..1 inside a closed outline in picture pixels."""
    sheet = np.zeros((PLANE.size, PLANE.size), np.uint8)
    cv2.fillPoly(sheet, [(np.asarray(outline) * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    return cv2.GaussianBlur(sheet, (0, 0), soft).astype(np.float32) / 255


def tones(value: Field, ramp: list[tuple[float, tuple[int, int, int]]]) -> Picture:
    """Return (H, W, 3) 0..1 colours for brightness 0..1."""
    stops, colours = [stop for stop, _ in ramp], np.array([rgb for _, rgb in ramp]) / 255
    return np.dstack([np.interp(value, stops, colours[:, k]) for k in range(3)]).astype(np.float32)


def over(picture: Picture, colours: Picture, share: Field) -> Picture:
    """Return the picture with colours laid on by a share 0..1."""
    return picture + (colours - picture) * share[..., None]


def blend(picture: Picture, layer: Layer, multiply: bool = False) -> Picture:
    """Lay vector work on the picture."""
    work = layer.finish().astype(np.float32) / 255
    colours = picture * work[..., :3] if multiply else work[..., :3]
    return over(picture, colours, work[..., 3])


def head_height(plane: Plane, face: Field, inside: Field, body: Field) -> Field:
    """Return the height of face, skull, neck and shoulders."""
    x, y = plane.grid()
    skull = ellipsoid(x, y, (0, 2.6, -3.2), (7.2, 9.0, 7.6))
    head = skull + (face - skull) * inside
    width = 4.1 + np.maximum(0, -11 - y) * 1.2
    neck = (-4.8 + 4.3 * np.sqrt(np.maximum(1 - (x / width) ** 2, 0))).astype(np.float32)
    tendon = sum(np.exp(-(((x - side * (3.1 + (y + 14) * 0.32)) / 0.55) ** 2)) for side in (-1, 1))
    notch = np.exp(-(x**2 / 1.2 + (y + 14.9) ** 2 / 1.1))
    bones = sum(
        np.exp(-(((y + 14.6 - 0.10 * np.abs(x)) / 0.5) ** 2) - ((np.abs(x) - 5.2) / 3.6) ** 4) for _ in (0,)
    )
    neck = np.where(
        y < -4, neck + 0.4 * tendon * np.clip((y + 15.6) / 2, 0, 1) * np.clip((-8.5 - y) / 2, 0, 1), -60
    )
    trunk = np.where(y < -8.4, inflated(plane, body, 9.0) * 0.62 - 6.9 + np.clip(-13 - y, 0, 8) * 0.32, -60)
    trunk = trunk + np.where(y < -11, 0.42 * bones - 0.5 * notch, 0)
    return union(head, union(neck.astype(np.float32), trunk.astype(np.float32), 2.0), 0.2)


def light_of(
    face: Field, inside: Field, body: Field, head: Field, towards: tuple[float, float, float], cast: float
) -> Light:
    """Return the bust under a light from `towards`; shadows on the face itself are only `cast` deep.

    The face is lit by itself: beyond its outline it goes on smoothly, so that no dark rim runs along the jaw.
    """
    whole_bust, own = (
        lit(PLANE, head_height(PLANE, face, inside, body), towards),
        lit(PLANE, face, towards, cast=cast),
    )
    pairs = (
        (whole_bust.direct, own.direct),
        (whole_bust.ambient, own.ambient),
        (whole_bust.gloss, own.gloss),
    )
    normal = whole_bust.normal + (own.normal - whole_bust.normal) * head[..., None]
    return Light(*(one + (other - one) * head for one, other in pairs), normal)
