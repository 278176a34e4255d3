"""How the mesh follows its anchors: a fixed linear map, made in the layout of the canonical head seen from the front.

Two kinds of anchors. Those of the face's build (corners, brows, nose, outline) pull everything around them, through a
smooth kernel. Those that only open something (lids, lips, irises) move their own chain of points, rounded towards
its ends, and a little of what lies next to it; a wide kernel would peak there and dent the far side of the face.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engines.face.canonical import canonical_head
from engines.face.topology import (
    EYES,
    LANDMARK_COUNT,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    LIP_OUTER_LOWER,
    LIP_OUTER_UPPER,
    LIP_RINGS_LOWER,
    LIP_RINGS_UPPER,
    SKIN_COUNT,
)

_REACH_CM = 11.0  # how far an anchor of the build pulls on the canonical head (a face is 14 wide, 17 high)
_MOUTH_GAP_CM = 0.8
_NEAR_LIPS_CM = 1.2  # the skin around the lips follows them this far
_LID_RINGS = (0.6, 0.25)  # how far the skin beyond the lids follows them
_LIP_RINGS = (2 / 3, 1 / 3)  # inner to outer lip line
_ROUND_LIDS, _ROUND_LIPS = 0.6, 0.8  # below 1: fuller towards the corners than a parabola

_Array = NDArray[np.float64]


@lru_cache(maxsize=2)
def anchor_layout(mouth_gap_cm: float = _MOUTH_GAP_CM) -> _Array:
    """Return (478, 3) the canonical head as a picture shows it: x right, y down, z away, centimetres.

    Args:
        mouth_gap_cm: how far the lips stand apart; where they meet no map could tell upper from lower.
    """
    layout = np.empty((LANDMARK_COUNT, 3))
    layout[:SKIN_COUNT] = canonical_head().vertices * (1.0, -1.0, -1.0)
    shut = (
        layout[list(LIP_INNER_UPPER), 1] - layout[list(LIP_INNER_LOWER), 1]
    )  # the canonical lips part a little
    for chain in (LIP_INNER_LOWER, LIP_OUTER_LOWER, *LIP_RINGS_LOWER):
        layout[list(chain), 1] += shut + mouth_gap_cm * _profile(len(chain), _ROUND_LIPS)
    for eye in EYES:
        centre = layout[list(eye.outline)].mean(axis=0)
        layout[eye.iris] = centre
        for index, turn in zip(eye.iris_rim, ((1, 0), (0, -1), (-1, 0), (0, 1)), strict=True):
            layout[index] = centre + 0.6 * np.array([turn[0], turn[1], 0.0])
    return layout


@lru_cache(maxsize=32)
def follow_map(ids: tuple[int, ...]) -> _Array:
    """Return (478, anchors): how far every point follows each anchor's move; 1 at the anchor itself, 0 at the others.

    Args:
        ids: the anchors' landmarks, each once.
    """
    details = _details()
    build = [index for index in ids if index not in details]
    follow = np.zeros((LANDMARK_COUNT, len(ids)))
    if build:
        follow[:, [ids.index(index) for index in build]] = _smooth(build)
    for column, index in enumerate(ids):
        if index in details:
            own = details[index].copy()
            own[[other for other in ids if other != index]] = 0
            # What the build moves the detail by is already done: only the rest is the detail's own.
            follow -= np.outer(own, follow[index])
            follow[:, column] = own
    return follow


def _smooth(centres: list[int]) -> _Array:
    layout = anchor_layout()[:, :2]
    among = _kernel(np.linalg.norm(layout[centres][:, None] - layout[centres][None], axis=2))
    to_all = _kernel(np.linalg.norm(layout[:, None] - layout[centres][None], axis=2))
    return np.asarray(np.linalg.solve(among + 1e-9 * np.eye(len(centres)), to_all.T).T)


def _kernel(distance: _Array) -> _Array:
    """Wendland's C2 function: smooth, 1 at the centre, 0 from the reach on."""
    r = np.minimum(distance / _REACH_CM, 1)
    return np.asarray((1 - r) ** 4 * (4 * r + 1))


@lru_cache(maxsize=1)
def _details() -> dict[int, _Array]:
    """Return for each anchor that only opens something: (478,) how far every point follows it."""
    details: dict[int, _Array] = {}
    for eye in EYES:
        for lid, rings in ((eye.upper, eye.upper_rings), (eye.lower, eye.lower_rings)):
            profile = _profile(len(lid) + 2, _ROUND_LIDS)[1:-1]
            weights = np.zeros(LANDMARK_COUNT)
            weights[list(lid)] = profile
            for ring, share in zip(rings, _LID_RINGS, strict=True):
                weights[list(ring)] = share * profile
            details[lid[len(lid) // 2]] = weights
        weights = np.zeros(LANDMARK_COUNT)
        weights[[eye.iris, *eye.iris_rim]] = 1
        details[eye.iris] = weights
    for inner, rings, outer in (
        (LIP_INNER_UPPER, LIP_RINGS_UPPER, LIP_OUTER_UPPER),
        (LIP_INNER_LOWER, LIP_RINGS_LOWER, LIP_OUTER_LOWER),
    ):
        profile = _profile(len(inner), _ROUND_LIPS)
        details[inner[len(inner) // 2]] = _chains((inner, *rings), (1, *_LIP_RINGS), profile)
        shares = (1, *(1 - share for share in _LIP_RINGS))
        weights = _chains((outer, *rings), shares, profile)
        details[outer[len(outer) // 2]] = np.maximum(weights, _skin_near(outer, profile))
    return details


def _chains(chains: tuple[tuple[int, ...], ...], shares: tuple[float, ...], profile: _Array) -> _Array:
    weights = np.zeros(LANDMARK_COUNT)
    for chain, share in zip(chains, shares, strict=True):
        weights[list(chain)] = share * profile
    return weights


def _skin_near(outer: tuple[int, ...], profile: _Array) -> _Array:
    """Return how far the skin beyond an outer lip line follows it."""
    layout = anchor_layout()[:, :2]
    lips = [*LIP_INNER_UPPER, *LIP_INNER_LOWER, *LIP_OUTER_UPPER, *LIP_OUTER_LOWER]
    lips += [index for ring in (*LIP_RINGS_UPPER, *LIP_RINGS_LOWER) for index in ring]
    distance = np.linalg.norm(layout[:, None] - layout[list(outer)][None], axis=2)
    nearest = distance.argmin(axis=1)
    weights = 0.7 * profile[nearest] * np.exp(-((distance.min(axis=1) / _NEAR_LIPS_CM) ** 2))
    middle = layout[[LIP_INNER_UPPER[5], LIP_INNER_LOWER[5]], 1].mean()
    side = np.sign(layout[outer[len(outer) // 2], 1] - middle)
    weights[side * (layout[:, 1] - middle) < 0] = 0
    weights[lips] = 0
    weights[SKIN_COUNT:] = 0
    return np.asarray(weights, dtype=np.float64)


def _profile(count: int, roundness: float) -> _Array:
    """Return (count,) a bow: 0 at the ends, 1 in the middle."""
    return np.asarray((1 - np.linspace(-1, 1, count) ** 2) ** roundness)
