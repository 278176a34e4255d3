"""The driver's motion, put onto the avatar's keypoints, with a gain for the head; part of the step graph."""

from __future__ import annotations

import torch
from torch import Tensor

from engines.fomm.geometry import applied, inverse, product

RELATIVE, JACOBIAN, MOVEMENT, HEAD = range(4)
"""Where the controls are: two switches (0 or 1), the movement's scale, the head's gain."""

_RIDGE = 8  # roundings of the keypoints' spread: enough to keep a fit through points on a line finite
_TINY = 1e-12


def transferred(
    driving: tuple[Tensor, Tensor],
    neutral: tuple[Tensor, Tensor],
    source: tuple[Tensor, Tensor],
    controls: Tensor,
) -> tuple[Tensor, Tensor]:
    """Return the keypoints to draw: value (1, K, 2) and jacobian (1, K, 2, 2).

    With a head gain of 1 this is the original's relative transfer, to the last bit.

    Args:
        driving: keypoints of the driver now.
        neutral: keypoints of the driver at rest.
        source: keypoints of the avatar.
        controls: (4), see above.
    """
    extra = controls[HEAD] - 1
    stretch, head = head_motion(driving[0], neutral[0])
    moved = source[0] + controls[MOVEMENT] * (driving[0] - neutral[0] + extra * head)
    turned = product(product(driving[1], inverse(neutral[1])) + extra * stretch, source[1])

    relative = controls[RELATIVE] > 0.5
    turning = relative & (controls[JACOBIAN] > 0.5)
    return torch.where(relative, moved, driving[0]), torch.where(turning, turned, driving[1])


def head_motion(driving: Tensor, neutral: Tensor) -> tuple[Tensor, Tensor]:
    """Return the part of the motion that all keypoints share: the affine map that fits it best.

    Fitted is the displacement, with a touch of ridge: where the keypoints at rest say nothing about a direction, the
    head is taken not to have stretched along it.

    Args:
        driving: (1, K, 2) keypoints now.
        neutral: (1, K, 2) keypoints at rest.

    Returns:
        The map's linear part less the identity (1, 1, 2, 2), and the displacement it gives each keypoint (1, K, 2).
    """
    shift = driving - neutral
    centre, shift_centre = neutral.mean(1, keepdim=True), shift.mean(1, keepdim=True)
    rest, moved = neutral - centre, shift - shift_centre
    spread = (rest[..., :, None] * rest[..., None, :]).sum(1, keepdim=True)
    both = (moved[..., :, None] * rest[..., None, :]).sum(1, keepdim=True)
    rounding = torch.finfo(neutral.dtype).eps
    ridge = _RIDGE * rounding * (spread[..., 0, 0] + spread[..., 1, 1]) + _TINY
    identity = torch.eye(2, dtype=neutral.dtype, device=neutral.device)
    stretch = product(both, inverse(spread + ridge[..., None, None] * identity))
    return stretch, shift_centre + applied(stretch, rest)
