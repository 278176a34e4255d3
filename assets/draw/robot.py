"""Bolt: an enamelled robot, ray traced before a plain wall."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from assets.draw import robot_scene as solid
from assets.draw.build import Drawn
from assets.draw.paint import noise
from assets.draw.rig import DrawnEye, DrawnFace, landmarks_of
from assets.draw.robot_scene import EYE_X, EYE_Y, MISSED, OPEN_R, hit, normal, openness, shadow, smile
from engines.base import Style

SCALE, ORIGIN = 30.0, (512.0, 452.0)
SAMPLES = 3  # rays per pixel along each side
IRIS_R, IRIS_UP = 0.94, 0.12

# Base colour (linear), roughness of the reflection, how much of it there is, how metallic.
LOOKS = np.zeros((10, 6))
LOOKS[solid.ENAMEL] = 0.018, 0.22, 0.26, 0.18, 0.9, 0.0
LOOKS[solid.PLATE] = 0.80, 0.68, 0.48, 0.3, 0.7, 0.0
LOOKS[solid.CHROME] = 0.78, 0.80, 0.83, 0.06, 1.0, 1.0
LOOKS[solid.EYEBALL] = 0.93, 0.93, 0.90, 0.08, 1.0, 0.0
LOOKS[solid.LID] = 0.76, 0.60, 0.43, 0.3, 0.6, 0.0
LOOKS[solid.RUBBER] = 0.022, 0.04, 0.055, 0.4, 0.5, 0.0
LOOKS[solid.RED] = 0.70, 0.07, 0.045, 0.2, 0.8, 0.0
LOOKS[solid.DARK] = 0.02, 0.025, 0.03, 0.5, 0.3, 0.0
LOOKS[solid.BRASS] = 0.92, 0.58, 0.22, 0.15, 1.0, 1.0
LOOKS[solid.PANEL] = 0.95, 0.93, 0.85, 0.3, 0.5, 0.0


@njit
def _room(x, y, z):  # type: ignore[no-untyped-def]
    """Return the light that comes from a direction: a studio with a large window, a strip light and a warm floor."""
    up = 0.5 + 0.5 * y
    r, g, b = 0.10 + 0.55 * up * up, 0.10 + 0.60 * up * up, 0.12 + 0.68 * up * up
    if y < 0:
        r, g, b = r + 0.30 * -y, g + 0.19 * -y, b + 0.10 * -y
    horizon = 1 - 0.72 * math.exp(-(((y + 0.12) / 0.16) ** 2))
    r, g, b = r * horizon, g * horizon, b * horizon
    window = max(0.0, 1 - max(abs(x + 0.52) / 0.30, abs(y - 0.55) / 0.34) ** 8) if z > -0.2 else 0.0
    cross = 1.0 if abs(x + 0.52) > 0.018 and abs(y - 0.55) > 0.018 else 0.35
    strip = (
        max(0.0, 1 - (abs(x - 0.80) / 0.06) ** 4) * max(0.0, 1 - (abs(y - 0.1) / 0.5) ** 6) if z > 0 else 0.0
    )
    r += 2.5 * window * cross + 0.9 * strip
    g += 2.4 * window * cross + 0.85 * strip
    b += 2.25 * window * cross + 0.95 * strip
    return r, g, b


@njit
def _base(x, y, m, looks):  # type: ignore[no-untyped-def]
    """Return the paint at a place: the part's own, with what is printed on it."""
    r, g, b = looks[m, 0], looks[m, 1], looks[m, 2]
    if m == solid.EYEBALL:
        ex, ey = abs(x) - EYE_X, y - EYE_Y - IRIS_UP
        away = math.sqrt(ex * ex + ey * ey) / IRIS_R
        if away < 1:
            spoke = 0.85 + 0.15 * math.sin(36 * math.atan2(ey, ex))
            glow = away * away
            r, g, b = 0.02 + 0.05 * glow, (0.16 + 0.55 * glow) * spoke, (0.30 + 0.60 * glow) * spoke
            if away > 0.88:
                r, g, b = 0.01, 0.05, 0.10
            if away < 0.46:
                r, g, b = 0.008, 0.012, 0.02
    if m == solid.PLATE and y > -8:
        cheek = math.exp(-((((abs(x) - 4.0) / 1.0) ** 2 + ((y + 1.3) / 0.75) ** 2) ** 2))
        r, g, b = r, g * (1 - 0.55 * cheek), b * (1 - 0.6 * cheek)
    if m == solid.PANEL:
        ax, ay = x + 2.5, y + 16.2
        angle, away = math.atan2(ay, ax), math.sqrt(ax * ax + ay * ay)
        tick = abs(math.sin(angle * 5)) > 0.96 and 0.95 < away < 1.2 and ay > -0.5
        needle = abs(ax * 0.83 - ay * 0.56) < 0.07 and ay > -0.1 and away < 1.05
        if tick or away < 0.16:
            r, g, b = 0.03, 0.03, 0.04
        if needle:
            r, g, b = 0.75, 0.06, 0.03
    return r, g, b


@njit
def _light(x, y, looks, out):  # type: ignore[no-untyped-def]
    """Write the colour the ray at x, y brings back, and 1 where it met the robot."""
    z, m = hit(x, y)
    if z == MISSED:
        out[3] = 0.0
        return
    nx, ny, nz = normal(x, y, z)
    r, g, b = _base(x, y, m, looks)
    rough, shine, metal = looks[m, 3], looks[m, 4], looks[m, 5]
    free = openness(x, y, z, nx, ny, nz)
    kx, ky, kz = -0.50, 0.58, 0.643
    key = max(nx * kx + ny * ky + nz * kz, 0.0)
    if key > 0:
        key *= shadow(x + nx * 0.02, y + ny * 0.02, z + nz * 0.02, kx, ky, kz, 0.22)
    up = 0.5 + 0.5 * ny
    rim = max(nx * 0.92 + ny * 0.2 - nz * 0.1, 0.0) ** 2
    lr, lg, lb = (
        1.75 * key + (0.20 + 0.26 * up) * free,
        1.68 * key + (0.19 + 0.30 * up) * free,
        1.55 * key + (0.20 + 0.36 * up) * free,
    )
    lr, lg, lb = lr + 0.30 * rim * free, lg + 0.28 * rim * free, lb + 0.34 * rim * free
    lr += 0.14 * max(-ny, 0.0) * free
    lg += 0.07 * max(-ny, 0.0) * free
    # Mirror the view direction (0, 0, 1); rough surfaces see a mean of a few directions.
    sr, sg, sb = 0.0, 0.0, 0.0
    count = 1 if rough < 0.1 else 5
    for k in range(count):
        wx, wy = (0.0, 0.0) if k == 0 else (rough * math.cos(1.257 * k * 2), rough * math.sin(1.257 * k * 2))
        ax, ay, az = nx + wx * 0.6, ny + wy * 0.6, nz
        size = math.sqrt(ax * ax + ay * ay + az * az)
        ax, ay, az = ax / size, ay / size, az / size
        er, eg, eb = _room(2 * az * ax, 2 * az * ay, 2 * az * az - 1)
        sr, sg, sb = sr + er / count, sg + eg / count, sb + eb / count
    rx, ry, rz = 2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1
    seen = (
        min(1.0, 0.25 + 0.75 * shadow(x + nx * 0.05, y + ny * 0.05, z + nz * 0.05, rx, ry, rz, 0.5))
        if metal > 0 or shine > 0.75
        else free
    )
    fresnel = 0.04 + 0.96 * (1 - max(nz, 0.0)) ** 5
    if metal > 0:
        amount = (0.9 + 0.1 * fresnel) * seen * (0.4 + 0.6 * free)
        out[0], out[1], out[2] = (
            r * sr * amount + 0.06 * r * lr,
            g * sg * amount + 0.06 * g * lg,
            b * sb * amount + 0.06 * b * lb,
        )
    else:
        amount = fresnel * shine * seen * (0.3 + 0.7 * free)
        out[0], out[1], out[2] = r * lr + sr * amount, g * lg + sg * amount, b * lb + sb * amount
    out[3] = 1.0


@njit
def _trace(size, samples, scale, ox, oy, looks):  # type: ignore[no-untyped-def]
    """Return (size, size, 4) linear light, premultiplied by how much of each pixel the robot covers."""
    result = np.zeros((size, size, 4), np.float32)
    out = np.zeros(4)
    for row in range(size):
        for column in range(size):
            for k in range(samples * samples):
                px = column + (k % samples + 0.5) / samples
                py = row + (k // samples + 0.5) / samples
                _light((px - ox) / scale, (oy - py) / scale, looks, out)
                if out[3] > 0:
                    for c in range(3):
                        # Clipped by the sample, so that highlights keep smooth edges.
                        result[row, column, c] += min(out[c], 1.6) / (samples * samples)
                    result[row, column, 3] += 1.0 / (samples * samples)
    return result


def draw() -> Drawn:
    """Trace the picture and build its rig."""
    light = _trace(1024, SAMPLES, SCALE, *ORIGIN, LOOKS)
    alpha = light[..., 3:]
    # No shadow on the wall: it would stay behind when the head moves.
    picture = light[..., :3] + _wall() * (1 - alpha)
    bloom = cv2.GaussianBlur(np.clip(picture - 0.95, 0, 1), (0, 0), 9) * 0.5
    picture = _film(picture + bloom)
    pixels = np.dstack([np.clip(picture * 255 + 0.5, 0, 255), np.full((1024, 1024), 255)]).astype(np.uint8)
    matte = np.clip(alpha[..., 0] * 255 + 0.5, 0, 255).astype(np.uint8)
    return Drawn("5-bolt", "Bolt", Style.DRAWN, pixels, landmarks(), matte)


def _wall() -> NDArray[np.float32]:
    """Return the wall behind, linear light: warm, brighter where the window falls on it."""
    y, x = np.mgrid[:1024, :1024].astype(np.float32) / 1024
    glow = np.exp(-(((x - 0.36) / 0.5) ** 2 + ((y - 0.34) / 0.5) ** 2))[..., None]
    plain = np.float32([0.50, 0.235, 0.15]) + np.float32([0.42, 0.30, 0.22]) * glow
    return np.asarray(plain * (1 + 0.02 * noise(1024, 1024, 2.0, 3))[..., None], np.float32)


def _film(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring linear light to the screen, highlights rolled off gently."""
    rolled = np.clip(light * (1 + light / 3.2) / (1 + light), 0, 1)
    rolled = np.clip(rolled * 1.22, 0, 1)
    return np.where(rolled <= 0.0031308, rolled * 12.92, 1.055 * rolled ** (1 / 2.4) - 0.055).astype(
        np.float32
    )


def _to(values: NDArray[np.floating] | list[tuple[float, float]]) -> NDArray[np.float64]:
    return np.asarray(values, np.float64) * [SCALE, -SCALE] + ORIGIN


def landmarks() -> NDArray[np.float32]:
    """Return the rig, from the same numbers as the solid."""
    from assets.draw.paint import curve, mirror, shifted

    t = np.linspace(-1, 1, 81) * OPEN_R
    arc = np.sqrt(np.maximum(OPEN_R**2 - t**2, 0))
    upper, lower = np.column_stack([-EYE_X + t, EYE_Y + arc]), np.column_stack([-EYE_X + t, EYE_Y - arc])
    eye = _to([(-EYE_X, EYE_Y + IRIS_UP)])[0]
    right = DrawnEye(
        _to(upper),
        _to(lower),
        (eye[0], eye[1], IRIS_R * SCALE, IRIS_R * SCALE),
        rings=((1.16, 1.16), (1.34, 1.34)),
    )
    brow = np.array([(-4.4, 5.1), (-3.7, 5.13), (-3.0, 5.15), (-2.3, 5.18), (-1.5, 5.2)])
    x = np.linspace(-2.8, 2.8, 41)
    fade = np.sqrt(np.clip(1 - (x / 2.85) ** 2, 0, 1))
    line = np.column_stack([x, [smile(v) for v in x]])
    oval = [(0, 7.9), (-2.6, 7.8), (-4.6, 7.2), (-6.0, 5.8), (-6.5, 4.0), (-6.6, 2.0), (-6.5, 0.0), (-6.3, -2.0),
            (-5.7, -4.0), (-4.5, -5.5), (-2.8, -6.15), (-1.4, -6.3), (0, -6.32)]  # fmt: skip
    outline = curve(_to(oval))
    nose = {4: (0, -0.45), 1: (0, -0.75), 2: (0, -1.15), 168: (0, 2.5), 6: (0, 1.7), 195: (0, 0.7), 5: (0, 0.1),
            129: (-0.85, -0.6), 358: (0.85, -0.6), 98: (-0.6, -0.95), 327: (0.6, -0.95)}  # fmt: skip
    return landmarks_of(
        DrawnFace(
            right, right.mirrored(), (_to(shifted(brow, 0, 0.32)), _to(shifted(brow, 0, -0.32))),
            (mirror(_to(shifted(brow, 0, 0.32))), mirror(_to(shifted(brow, 0, -0.32)))),
            _to(line + np.column_stack([0 * x, 0.14 * fade])), _to(line),
            _to(line - np.column_stack([0 * x, 0.3 * fade])),
            np.vstack([outline, mirror(outline)[1:-1]]), {k: tuple(_to([v])[0]) for k, v in nose.items()},
            relief=0.8, corner=0.025,
        )
    )  # fmt: skip
