from __future__ import annotations

import numpy as np

from app.avatars.picture import LoadedPicture
from app.avatars.thumbnail import thumbnail
from tests.fakes.faces import made_face


def test_the_face_fills_the_thumbnail() -> None:
    rgb = np.zeros((1000, 2000, 3), np.uint8)
    face = made_face((2000, 1000), shift=(600, 100), share=0.3)
    low, high = face.landmarks[:, :2].min(axis=0).astype(int), face.landmarks[:, :2].max(axis=0).astype(int)
    rgb[low[1] : high[1], low[0] : high[0]] = 255

    white = thumbnail(LoadedPicture(rgb, None), face.landmarks)[..., 0] > 128

    assert white.shape == (256, 256)
    assert 0.2 < white.mean() < 0.5
    columns = np.flatnonzero(white.any(axis=0))
    assert abs(columns.mean() - 127.5) < 3


def test_a_face_at_the_edge_stays_inside() -> None:
    rgb = np.full((300, 300, 3), 200, np.uint8)
    face = made_face((300, 300), shift=(-140, -140), share=0.9)

    assert (thumbnail(LoadedPicture(rgb, None), face.landmarks) == 200).all()


def test_alpha_and_a_missing_face() -> None:
    picture = LoadedPicture(np.zeros((100, 300, 3), np.uint8), np.full((100, 300), 9, np.uint8))

    assert thumbnail(picture, None).shape == (256, 256, 4)
