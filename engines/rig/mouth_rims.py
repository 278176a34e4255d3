"""The lips' inner rims without the dark line between closed lips, and the light that falls on the mouth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import LIP_OUTER_LOWER, LIP_OUTER_UPPER
from engines.rig.look import luma, sample
from engines.rig.slit import NODES, Slit, chain_table

_ROWS = 12


def cut_rims(avatar: Avatar, slit: Slit) -> tuple[tuple[NDArray[np.float32], NDArray[np.float32]], float]:
    """Read the lips' colour beside their line.

    Returns:
        (12, NODES, 4) float32 colour and alpha 0-1 of the upper and the lower lip, row 0 at the edge; and the v that
        the rows span.
    """
    outer = [chain_table(avatar.landmarks, chain, slit) for chain in (LIP_OUTER_UPPER, LIP_OUTER_LOWER)]
    middle = slice(NODES // 4, -NODES // 4)
    thick = min(float((slit.upper - outer[0])[middle].mean()), float((outer[1] - slit.lower)[middle].mean()))
    reach = float(np.clip(0.65 * thick, 0.012, 0.075))
    upper = _rim(avatar, slit, slit.upper, -1, reach)
    lower = _rim(avatar, slit, slit.lower, 1, reach)
    return (upper, lower), reach


def _rim(
    avatar: Avatar, slit: Slit, edge: NDArray[np.float32], sign: int, reach: float
) -> NDArray[np.float32]:
    u = np.linspace(0, 1, NODES)
    depth = (np.arange(_ROWS) + 0.5) / _ROWS
    v = edge[None] + sign * reach * depth[:, None]
    seen = sample(avatar, slit.to_pixels(np.stack([np.broadcast_to(u, v.shape), v], axis=-1)))
    outer = seen[_ROWS // 2 :]
    bright = luma(outer)
    weight = (bright / np.maximum(bright.max(axis=0), 1)) ** 4
    lip = (outer * weight[..., None]).sum(axis=0) / weight.sum(axis=0)[:, None]
    lip = cv2.GaussianBlur(lip[None].astype(np.float32), (0, 0), sigmaX=3, sigmaY=0.1)[0]
    lack = 1 - luma(seen) / np.maximum(luma(lip), 1)[None]
    # Once the line is dark all the way to the edge is: the darkest row outside counts for those inside it.
    alpha = np.maximum.accumulate(np.clip((lack - 0.03) / 0.12, 0, 1)[::-1], axis=0)[::-1]
    alpha = (
        alpha
        * np.clip((1 - depth) / 0.45, 0, 1)[:, None]
        * np.clip((np.minimum(u, 1 - u) - 0.02) / 0.1, 0, 1)
    )
    alpha = cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), sigmaX=1.5, sigmaY=0.8)
    shade = (0.72 + 0.28 * np.sqrt(depth))[:, None, None]
    return np.dstack([lip[None] * shade, alpha]).astype(np.float32)


def light_along(avatar: Avatar, slit: Slit) -> NDArray[np.float32]:
    """Return (NODES,) how much light falls on the mouth from corner to corner, over that on the face: 0.3-1.1."""
    width, height = avatar.size
    lo, hi = avatar.landmarks[:468, :2].min(axis=0), avatar.landmarks[:468, :2].max(axis=0)
    x0, y0 = np.clip(lo, 0, [width - 1, height - 1]).astype(int)
    x1, y1 = np.clip(hi, [x0 + 1, y0 + 1], [width, height]).astype(int)
    face = luma(
        cv2.resize(avatar.rgb[y0:y1, x0:x1], (48, 48), interpolation=cv2.INTER_AREA).astype(np.float32)
    )
    smooth = cv2.GaussianBlur(face, (0, 0), 3.5)
    u = np.linspace(0, 1, NODES)
    found = []
    # The skin above and below the lips tells of the light; the brighter one is less likely to be a beard.
    for offset in (-0.25, 0.32):
        at = slit.to_pixels(np.stack([u, (slit.upper + slit.lower) / 2 + offset], axis=-1))
        at = (at - [x0, y0]) / [x1 - x0, y1 - y0] * 48 - 0.5
        maps = at[None, :, 0].astype(np.float32), at[None, :, 1].astype(np.float32)
        found.append(
            cv2.remap(smooth, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        )
    light = np.maximum(*found) / max(float(np.percentile(smooth, 85)), 1)
    return np.asarray(np.clip(light, 0.3, 1.1) ** 0.65, np.float32)
