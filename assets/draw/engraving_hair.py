"""Byron's curls: locks of a few cut lines each, laid over one another from the outside in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assets.draw.bust import PLANE
from assets.draw.paint import (
    Layer,
    path,
)
from assets.draw.relief import Field


def curls() -> tuple[Field, Field]:
    """Return the ink of the curls and where they cover what is behind them."""
    rng = np.random.default_rng(12)
    sheet = Layer()
    to = PLANE.to_picture
    centre = np.array([0.0, 3.2])
    locks = []
    for ring, (count, reach) in enumerate(((24, 9.3), (24, 8.6), (22, 7.9), (20, 7.2))):
        for k in range(count):
            angle = np.radians(-16 + (212 / (count - 1)) * k + rng.normal(0, 3))
            root = centre + np.array(
                [
                    np.cos(angle) * (reach - 1.0) * (0.9 if abs(np.cos(angle)) > 0.7 else 0.84),
                    np.sin(angle) * (reach - 1.0) * 0.82,
                ]
            )
            turn = 1 if np.cos(angle) + rng.normal(0, 0.25) > 0 else -1
            locks.append(
                (
                    ring,
                    root,
                    angle + turn * 0.25,
                    -turn * rng.uniform(0.5, 0.85),
                    rng.uniform(3.0, 4.2),
                    rng.uniform(0.95, 1.35),
                )
            )
    for x, heading, bend in (
        (-5.3, -1.75, -0.35),
        (5.4, -1.35, 0.35),
        (-4.4, -1.9, -0.5),
        (4.5, -1.2, 0.4),
        (-3.3, -1.95, -0.5),
        (3.5, -1.1, 0.5),
        (-2.2, -1.9, 0.4),
        (2.3, -1.1, 0.6),
        (-1.0, -1.8, 0.5),
        (1.1, -1.3, 0.5),
        (0.1, -1.6, 0.55),
    ):
        locks.append((9, np.array([x, 9.1 - 0.06 * x * x]), heading, bend * 0.9, 3.2 + 0.12 * abs(x), 1.25))
    for _ring, root, heading, bend, length, width in locks:
        cut_lock(sheet, to, root, heading, bend, length, width, rng)
    pixels = sheet.finish().astype(np.float32) / 255
    return (1 - pixels[..., 0]) * pixels[..., 3], pixels[..., 3]


def cut_lock(
    sheet: Layer,
    to: object,
    root: NDArray[np.float64],
    heading: float,
    bend: float,
    length: float,
    width: float,
    rng: np.random.Generator,
) -> None:
    """Cut one lock: its edges, and lines along it that leave out where it shines."""
    t = np.linspace(0, 1, 40)
    angle = heading + bend * (t * 2.6) ** 1.4
    spine = root + np.cumsum(np.column_stack([np.cos(angle), np.sin(angle)]), axis=0) * length / 40
    normal = np.column_stack([-np.sin(angle), np.cos(angle)])
    half = width / 2 * np.sin(np.pi * np.clip(t * 0.94 + 0.06, 0, 1)) ** 0.7
    side = float(np.clip((spine[:, 0].mean() + 8) / 16, 0, 1))
    left, right = (
        PLANE.to_picture(spine + normal * half[:, None]),
        PLANE.to_picture(spine - normal * half[:, None]),
    )
    sheet.fill(path(np.vstack([left, right[::-1]]), smooth=False), "white")
    for share in np.linspace(-0.75, 0.75, 6):
        line = PLANE.to_picture(spine + normal * (half * share)[:, None])
        gap, middle = rng.uniform(0.06, 0.2) * (1.05 - side) * 1.4, 0.45 + rng.normal(0, 0.04)
        heavy = 1.5 + 0.9 * side + 0.7 * abs(share)
        cut = [int(40 * v) for v in (0, max(middle - gap, 0.1), min(middle + gap, 0.9), 1)]
        if gap < 0.03:
            sheet.ink(line[::3], heavy, "black", (0.15, 0.25))
        else:
            sheet.ink(line[cut[0] : cut[1] + 2 : 2], heavy, "black", (0.05, 0.8))
            sheet.ink(line[cut[2] : cut[3] : 2], heavy, "black", (0.8, 0.3))
    for edge in (left, right):
        sheet.ink(edge[::3], 2.3 + side, "black", (0.2, 0.2))
