"""A painted portrait that comes with Guise stands in for a camera: still, shifted, shrunk, beside another."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.paths import assets
from app.tracking.tracker import FaceTracker

Picture = NDArray[np.uint8]


def read_picture(name: str) -> Picture:
    """One of the shipped avatars' pictures, RGB."""
    path = next((assets() / "avatars").glob(f"*-{name}/picture.png"))
    return np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])


@pytest.fixture(scope="session")
def portrait() -> Picture:
    """A face, about 250 pixels high in (512, 512, 3)."""
    picture = read_picture("elena")
    return np.asarray(cv2.resize(picture, (512, 512), interpolation=cv2.INTER_AREA), dtype=np.uint8)


@pytest.fixture
def tracker() -> Iterator[FaceTracker]:
    with FaceTracker() as tracker:
        yield tracker
