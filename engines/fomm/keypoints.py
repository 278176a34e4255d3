"""Keypoints: places in a picture, and how the picture is turned and stretched there."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Keypoints(NamedTuple):
    """What the detector finds in a batch of pictures.

    In the paper's words, the motion from an abstract reference R to a picture X, to first order around each keypoint
    (equation 2): T_{X<-R}(p_k) and its derivative there.

    Attributes:
        value: (B, K, 2), x and y, -1 and 1 at the centres of the outermost pixels.
        jacobian: (B, K, 2, 2), or None in a model of order zero.
    """

    value: Tensor
    jacobian: Tensor | None


def inverted(jacobian: Tensor) -> Tensor:
    """Return the inverses of Jacobians (B, K, 2, 2), of their type.

    PyTorch inverts no half precision, and that is what autocast makes of a product of Jacobians on a card.
    """
    precise = jacobian.float() if jacobian.dtype in (torch.float16, torch.bfloat16) else jacobian
    return torch.inverse(precise).to(jacobian.dtype)
