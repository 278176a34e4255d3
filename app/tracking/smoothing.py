"""Calming the landmarks without lag."""

from __future__ import annotations

from engines.base import Face


class FaceFilter:
    """Calms a stream of faces.

    Args:
        strength: 0 leaves faces as they are, 1 is calmest.
    """

    def __init__(self, strength: float = 0.5) -> None:
        if not 0 <= strength <= 1:
            raise ValueError(f"strength must be between 0 and 1, not {strength}")
        self.strength = strength

    def __call__(self, face: Face) -> Face:
        """Return the face calmed, from this one and those before."""
        return face

    def reset(self) -> None:
        """Forget what came before."""
