"""From the driver's keypoints to those the avatar shall have: absolute, or relative to a neutral.

Paper: Siarohin et al., First Order Motion Model for Image Animation, NeurIPS 2019, section 3.4.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from engines.fomm.keypoints import Keypoints, inverted


def relative(
    source: Keypoints,
    driving: Keypoints,
    neutral: Keypoints,
    *,
    movement_scale: float = 1.0,
    use_jacobian: bool = True,
    head_gain: float = 1.0,
) -> Keypoints:
    """Return the source's keypoints, moved as the driver moved away from the neutral.

    The head's part of the motion is the one affine map that comes nearest to taking all neutral keypoints to the
    driving ones; what single keypoints do beside it, a mouth or a brow, no gain changes.

    Args:
        source: of the avatar.
        driving: of the driver now.
        neutral: of the driver at rest.
        movement_scale: how far the avatar moves where the driver moves by 1.
        use_jacobian: turn and stretch as the driver did since the neutral; otherwise as the driver's picture is.
        head_gain: 0 keeps the head still; 1 is the published formula; 2 doubles the head's motion.
    """
    moved = driving.value - neutral.value
    turned = _change(driving, neutral) if use_jacobian and source.jacobian is not None else None
    if head_gain != 1:
        head = _head(driving.value, neutral.value)
        moved = moved + (head_gain - 1) * head.displacement
        turned = None if turned is None else turned + (head_gain - 1) * head.turned
    value = source.value + movement_scale * moved
    if turned is None or source.jacobian is None:
        return Keypoints(value, driving.jacobian)
    return Keypoints(value, turned @ source.jacobian)


def _change(driving: Keypoints, neutral: Keypoints) -> Tensor:
    """Return how the driver turned and stretched since the neutral, (B, K, 2, 2)."""
    if driving.jacobian is None or neutral.jacobian is None:
        raise ValueError("these keypoints have no Jacobians")
    return driving.jacobian @ inverted(neutral.jacobian)


class _Head(NamedTuple):
    """The part of a motion that is one affine map.

    Attributes:
        displacement: (B, K, 2), what the map does to each neutral keypoint.
        turned: (B, 1, 2, 2), its linear part less the identity.
    """

    displacement: Tensor
    turned: Tensor


def _head(driving: Tensor, neutral: Tensor) -> _Head:
    """Fit the displacement: where keypoints on a line leave the map open, the smallest one does not stretch."""
    places = functional.pad(neutral, (0, 1), value=1.0)
    affine = torch.linalg.lstsq(places, driving - neutral).solution  # (B, 3, 2): rows of places from the left
    return _Head(places @ affine, affine[:, :2].transpose(1, 2)[:, None])
