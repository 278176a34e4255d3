"""What lies behind the person, for one view: made once, used for every frame.

A picture that does not fill the output is carried on beyond its edges: mirrored, ever more blurred with the distance,
and without a visible seam.
"""

from __future__ import annotations

import colorsys
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.settings import BackgroundKind, BackgroundSettings
from engines.base import Avatar, View

Pixels = NDArray[np.uint8]

# Blurs as shares of the output's height; the extension is made small, as nobody sees more of it.
_NEAR_BLUR, _FAR_BLUR, _STRONGEST_BLUR = 0.015, 0.11, 0.075
_SMALL_SIDE = 240
_FEATHER = 0.06


def make_ground(
    avatar: Avatar, backdrop: Pixels, settings: BackgroundSettings, view: View, picture: Pixels | None = None
) -> Pixels:
    """Return what is behind the person, (view.height, view.width, 3) uint8 RGB.

    Args:
        avatar: whose colours suit a studio ground, where it has no background of its own.
        backdrop: (H, W, 3) uint8, the avatar's picture without the person, at the picture's size.
        settings: what the user wants; black stands for transparent.
        view: where the picture falls in the output.
        picture: (H, W, 3) uint8, for the kind picture; the background stays as it is without one.
    """
    if settings.kind is BackgroundKind.TRANSPARENT:
        return np.zeros((view.height, view.width, 3), np.uint8)
    if settings.kind is BackgroundKind.COLOUR:
        return np.full((view.height, view.width, 3), _rgb(settings.colour), np.uint8)
    if settings.kind is BackgroundKind.PICTURE and picture is not None:
        return cover(picture, (view.width, view.height))
    own = _studio(avatar, view) if avatar.has_alpha else _extended(backdrop, view)
    if settings.kind is BackgroundKind.BLUR:
        return _blurred(own, settings.blur * _STRONGEST_BLUR * view.height)
    return own


def cover(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """Return the picture's middle filling a size (width, height) without distortion."""
    scale = max(size[0] / picture.shape[1], size[1] / picture.shape[0])
    wide, high = max(round(picture.shape[1] * scale), size[0]), max(round(picture.shape[0] * scale), size[1])
    shrinking = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(picture, (wide, high), interpolation=shrinking)
    x, y = (wide - size[0]) // 2, (high - size[1]) // 2
    return np.ascontiguousarray(resized[y : y + size[1], x : x + size[0]], np.uint8)


def fades(avatar: Avatar, view: View) -> tuple[Pixels, Pixels]:
    """Return how much of the person each column and each row keeps, (width,) and (height,) uint8.

    Where the picture ends inside the output and cuts the person, the person fades out softly.
    """
    matte = avatar.matte
    touched = [bool(edge.mean() > 5) for edge in (matte[:, 0], matte[:, -1], matte[0], matte[-1])]
    across, down = _ramps(avatar.size, view, touched)
    return np.rint(255 * across).astype(np.uint8), np.rint(255 * down).astype(np.uint8)


def _ramps(
    size: tuple[int, int], view: View, sides: list[bool]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """1 inside the picture, falling to 0 at those of its left, right, upper, lower edges that lie in the output."""
    feather = max(_FEATHER * min(view.width, view.height), 4.0)
    result = []
    for axis, length in ((0, view.width), (1, view.height)):
        start, end = view.offset[axis], view.offset[axis] + view.scale * size[axis]
        places = np.arange(length, dtype=np.float32) + np.float32(0.5)
        ramp = np.ones(length, np.float32)
        if sides[2 * axis] and start >= 1:
            ramp *= np.clip((places - start) / feather, 0, 1)
        if sides[2 * axis + 1] and end <= length - 1:
            ramp *= np.clip((end - places) / feather, 0, 1)
        result.append(ramp * ramp * (3 - 2 * ramp))
    return (result[0][::-1] if view.mirror else result[0]), result[1]


def _extended(backdrop: Pixels, view: View) -> Pixels:
    """The backdrop where it falls, and its extension where it does not reach."""
    size = backdrop.shape[1], backdrop.shape[0]
    across, down = _ramps(size, view, [True] * 4)
    inside = _warped(backdrop, view)
    if across.min() == 1 and down.min() == 1:
        return inside
    beyond = _beyond(backdrop, view, across, down)
    share = (down[:, None] * across[None, :])[..., None]
    return _bytes(inside * share + beyond * (1 - share))


def _warped(backdrop: Pixels, view: View) -> Pixels:
    """The backdrop as the view shows it, mirrored beyond its edges."""
    size = view.width, view.height
    if view.scale == 1 and view.offset == (0.0, 0.0) and size == backdrop.shape[1::-1]:
        return np.ascontiguousarray(backdrop[:, ::-1] if view.mirror else backdrop)
    matrix = view.matrix
    # Pixel centres, not corners, are what cv2 maps.
    matrix[:, 2] += 0.5 * (matrix[:, 0] + matrix[:, 1]) - 0.5
    if view.scale < 1:
        backdrop = _smoothed(backdrop, 0.45 / view.scale)
    interpolation = cv2.INTER_LINEAR if view.scale <= 1 else cv2.INTER_CUBIC
    warped = cv2.warpAffine(backdrop, matrix, size, flags=interpolation, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(warped, np.uint8)


def _beyond(
    backdrop: Pixels, view: View, across: NDArray[np.float32], down: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(H, W, 3) the mirrored backdrop, blurred little near the picture's edge and much far from it."""
    ratio = min(_SMALL_SIDE / max(view.width, view.height), 1.0)
    small = round(view.width * ratio) or 1, round(view.height * ratio) or 1
    whole = _resized(_warped(backdrop, view), small, cv2.INTER_AREA)
    near = _smoothed(whole, _NEAR_BLUR * small[1]).astype(np.float32)
    far = _smoothed(whole, _FAR_BLUR * small[1]).astype(np.float32)
    outside = (np.minimum(across[None, :], down[:, None]) == 0).astype(np.uint8)
    outside = cv2.resize(outside, small, interpolation=cv2.INTER_NEAREST)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, 5) / (3 * _FAR_BLUR * small[1])
    share = np.clip(distance, 0, 1)[..., None]
    mixed = near * (1 - share) + far * share
    return np.asarray(cv2.resize(mixed, (view.width, view.height), interpolation=cv2.INTER_CUBIC), np.float32)


def _studio(avatar: Avatar, view: View) -> Pixels:
    """A photographer's paper for a cut-out person: its own hue, quiet, lighter behind the head."""
    inside = avatar.matte > 128
    mean = avatar.rgb[inside].mean(axis=0) / 255 if inside.any() else np.array([0.5, 0.5, 0.6])
    hue, _, saturation = colorsys.rgb_to_hls(*(float(value) for value in mean))
    colours = [colorsys.hls_to_rgb(hue, light, min(0.3, saturation)) for light in (0.86, 0.62)]
    y, x = np.mgrid[0 : view.height, 0 : view.width].astype(np.float32)
    distance = np.hypot((x / view.width - 0.5) * 1.1, (y / view.height - 0.4) * 0.9)
    share = np.clip(distance / 0.75, 0, 1)[..., None] ** 1.5
    ground = 255 * (np.array(colours[0], np.float32) * (1 - share) + np.array(colours[1], np.float32) * share)
    ground += np.random.default_rng(1).uniform(-0.5, 0.5, ground.shape[:2])[..., None]
    return _bytes(ground)


def _blurred(pixels: Pixels, sigma: float) -> Pixels:
    """A strong blur made on a smaller copy: the same to the eye and many times faster."""
    factor = max(int(sigma // 3), 1)
    size = pixels.shape[1], pixels.shape[0]
    if factor == 1:
        return _smoothed(pixels, sigma)
    small = _resized(pixels, (max(size[0] // factor, 2), max(size[1] // factor, 2)), cv2.INTER_AREA)
    return np.asarray(
        cv2.resize(_smoothed(small, sigma / factor), size, interpolation=cv2.INTER_CUBIC), np.uint8
    )


def _resized(pixels: Pixels, size: tuple[int, int], interpolation: int) -> Pixels:
    return np.asarray(cv2.resize(pixels, size, interpolation=interpolation), np.uint8)


def _bytes(values: NDArray[np.floating[Any]]) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _smoothed(pixels: Pixels, sigma: float) -> Pixels:
    if sigma < 0.3:
        return pixels
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.uint8)


def _rgb(colour: str) -> tuple[int, int, int]:
    """From "#rrggbb"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
