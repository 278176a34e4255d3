"""A face finder that finds what a test wants."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from app.tracking.portrait import FoundFace
from engines.base import Style
from tests.fakes.faces import made_face


class FaceFinder:
    """Stands in for find_faces, person_matte and hand_before_face of app.tracking."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shares: list[float] = [0.6]
        self.asked = 0
        self.hand = False
        self.confidence = 0.9
        monkeypatch.setattr("app.tracking.portrait.find_faces", self.find)
        monkeypatch.setattr("app.tracking.matte.person_matte", self.matte)
        monkeypatch.setattr("app.tracking.hands.hand_before_face", lambda *_: self.hand)

    def find(self, rgb: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> list[FoundFace]:
        """One face for each of `shares`, that share of the picture high."""
        self.asked += 1
        size = rgb.shape[1], rgb.shape[0]
        faces = (made_face(size, share=share) for share in self.shares)
        return [FoundFace(face.landmarks, self.confidence, Style.DRAWN) for face in faces]

    def matte(self, rgb: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
        """The lower half of the picture."""
        matte = np.zeros(rgb.shape[:2], np.uint8)
        matte[rgb.shape[0] // 2 :] = 255
        return matte
