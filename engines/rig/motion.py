"""What a puppet is to do in one frame: the seam between retargeting (who moves where) and painting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.face.pose import HeadPose


@dataclass(frozen=True)
class Motion:
    """The avatar's face in one frame: its own identity, the driver's expression and pose, within limits.

    At the neutral it is the avatar's own face exactly: openness (1, 1), gaze 0, the picture's landmarks.

    Attributes:
        local: (478, 3) float64, where the landmarks go in the head's axes, centimetres. The irises move with
            their eyes but not with the gaze.
        pose: where the head goes, picture pixels.
        landmarks: (478, 3) float64, pose.to_image(local): picture pixels.
        openness: opening of each eye (order as topology.EYES) over the avatar's own resting opening: 0 closed,
            1 rest, up to 1.6.
        gaze: (2, 2) float64, per eye, change of the iris' place from the avatar's own, in eye widths, x to the
            person's left, y up.
        mouth_open: mouth_aperture of local.
    """

    local: NDArray[np.float64]
    pose: HeadPose
    landmarks: NDArray[np.float64]
    openness: tuple[float, float]
    gaze: NDArray[np.float64]
    mouth_open: float
