"""The upper lid of a photographed eye: clean skin to stretch over the eyeball, and the line of its lashes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar
from engines.face.topology import EyeTopology
from engines.rig.look import Look, luma, sample
from engines.rig.slit import NODES, Slit, chain_table

_ROWS, _COLUMNS = 20, NODES
# The lid's skin is painted this far beyond the fold, in lid heights: lashes reach over it.
REACH = 1.15


@dataclass(frozen=True)
class LidParts:
    """What a closing lid shows.

    Attributes:
        skin: (20, NODES, 3) float32 colours; columns along u from 0 to 1, rows from the lid's edge to REACH
            lid heights above it; the fold is at 1.
        line: (NODES,) float32 how dark the lash line is over the skin, 0 none, 1 black.
        grain: (64, 64) float32 brightness texture, picture pixels.
    """

    skin: NDArray[np.float32]
    line: NDArray[np.float32]
    grain: NDArray[np.float32]


def fold_chain(eye: EyeTopology) -> tuple[int, ...]:
    """Return the landmarks of the skin fold above the upper lid, corner to corner."""
    return (eye.outer, *eye.upper_rings[0], eye.inner)


def cut_lid(avatar: Avatar, eye: EyeTopology, slit: Slit, look: Look) -> LidParts:
    """Read the lid's skin and lash line from the picture."""
    fold = chain_table(avatar.landmarks, fold_chain(eye), slit)
    u = np.linspace(0, 1, _COLUMNS)
    height = np.maximum(slit.upper - fold, 0.02)
    share = (np.arange(_ROWS) + 0.5) / _ROWS * REACH
    v = slit.upper[None] - share[:, None] * height[None]
    skin = sample(avatar, slit.to_pixels(np.stack([np.broadcast_to(u, v.shape), v], axis=-1)))
    near = sample(
        avatar,
        slit.to_pixels(
            np.stack(
                np.broadcast_arrays(u[None], slit.upper[None] + np.linspace(-0.035, 0.03, 9)[:, None]),
                axis=-1,
            )
        ),
    )
    clean = _without_lashes(skin)
    dark = np.sort(luma(near), axis=0)[:3].mean(axis=0)
    line = np.clip(0.9 * (1 - dark / np.maximum(luma(clean[3]), 1)), 0.22, 0.72)
    line = cv2.GaussianBlur(line[None].astype(np.float32), (0, 0), 3)[0]
    taper = np.clip(np.minimum(u, 1 - u) / 0.12, 0, 1)
    return LidParts(clean, (line * taper).astype(np.float32), look.grain)


def _without_lashes(skin: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the lid's chart without dark streaks: lashes are thin, and darkest at the edge."""
    closed = np.asarray(cv2.morphologyEx(skin, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8)), np.float32)
    # The rows beside the edge hold the lashes' roots: what lies above them is the skin.
    bright = luma(closed)
    rows = np.arange(_ROWS)[:, None] / _ROWS * REACH
    weight = (
        np.exp(-(((rows - 0.5) / 0.3) ** 2))
        * np.clip(bright / np.maximum(np.percentile(bright, 70), 1), 0.2, 1) ** 3
    )
    column = (closed * weight[..., None]).sum(axis=0) / weight.sum(axis=0)[:, None]
    trust = np.clip((rows - 0.5) / 0.8, 0, 1)[..., None]
    mixed = column[None] * (1 - trust) + closed * trust
    return np.asarray(cv2.GaussianBlur(mixed.astype(np.float32), (0, 0), sigmaX=4, sigmaY=1.2), np.float32)
