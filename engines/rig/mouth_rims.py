"""The lips' inner rims without the dark line between closed lips."""

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
        (12, NODES, 4) float32 colour and alpha 0-1 of the upper and the lower lip, row 0 at the edge; and the v the rows
        span.
    """
    outer = [chain_table(avatar.landmarks, chain, slit) for chain in (LIP_OUTER_UPPER, LIP_OUTER_LOWER)]
    middle = slice(NODES // 4, -NODES // 4)
    thick = min(
        float((slit.upper - outer[0])[middle].mean()), float((outer[1] - slit.lower)[middle].mean())
    )
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
    alpha = alpha * np.clip((1 - depth) / 0.45, 0, 1)[:, None] * np.clip((np.minimum(u, 1 - u) - 0.02) / 0.1, 0, 1)
    alpha = cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), sigmaX=1.5, sigmaY=0.8)
    shade = (0.72 + 0.28 * np.sqrt(depth))[:, None, None]
    return np.dstack([lip[None] * shade, alpha]).astype(np.float32)
