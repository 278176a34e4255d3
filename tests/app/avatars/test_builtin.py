from __future__ import annotations

import numpy as np
import pytest

from app.avatars.avatar_store import AvatarLibrary
from app.avatars.entry import AvatarEntry
from app.paths import assets, user_paths
from engines.base import Style
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES, FACE_OVAL, LIP_INNER_LOWER, LIP_INNER_UPPER, MOUTH_CORNERS

ENTRIES = AvatarLibrary(user_paths()).list()


def test_at_least_four_ship_in_several_styles() -> None:
    assert len(ENTRIES) >= 4
    assert {entry.style for entry in ENTRIES} == {Style.PHOTO, Style.DRAWN}
    assert not any(entry.needs_landmarks for entry in ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_each_is_whole_and_rigged(entry: AvatarEntry) -> None:
    avatar = AvatarLibrary(user_paths()).load(entry.id)

    width, height = avatar.size
    points = avatar.landmarks[:, :2]
    assert min(width, height) >= 1000
    assert (entry.folder / "picture.png").stat().st_size < 1_500_000
    assert points.min() > 0
    assert (points < [width, height]).all()
    assert np.abs(avatar.face.pose.angles).max() < 2
    assert mouth_aperture(points) < 0.02
    for eye in EYES:
        assert eye_aperture(points, eye) > 0.25
        corners = points[[eye.outer, eye.inner], 0]
        assert corners.min() < points[eye.iris, 0] < corners.max()
    inside = points[list(FACE_OVAL)].astype(int)
    assert (avatar.matte[inside[:, 1], inside[:, 0]] > 100).mean() > 0.9
    assert 0.1 < (avatar.matte > 128).mean() < 0.9


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_features_are_drawn_where_the_rig_has_them(entry: AvatarEntry) -> None:
    """The pupils are dark against the eyes' whites, and the lips meet in a line that is darker than what is around."""
    avatar = AvatarLibrary(user_paths()).load(entry.id)
    grey = avatar.rgb.mean(axis=2)

    for eye in EYES:
        x, y = avatar.landmarks[eye.iris, :2].astype(int)
        outline = avatar.landmarks[list(eye.outline), :2]
        inside = grey[
            int(outline[:, 1].min()) : int(outline[:, 1].max()),
            int(outline[:, 0].min()) : int(outline[:, 0].max()),
        ]
        assert grey[y - 4 : y + 5, x - 4 : x + 5].mean() < np.percentile(inside, 90) - 40
    line = (
        avatar.landmarks[list(LIP_INNER_UPPER[3:8]), :2] + avatar.landmarks[list(LIP_INNER_LOWER[3:8]), :2]
    ) / 2
    wide = np.linalg.norm(np.diff(avatar.landmarks[list(MOUTH_CORNERS), :2], axis=0))
    on = np.mean([grey[int(y) - 2 : int(y) + 3, int(x)].min() for x, y in line])
    beside = max(np.mean([grey[int(y + side * wide), int(x)] for x, y in line]) for side in (-0.3, 0.3))
    assert on < beside - 15


def test_only_avatars_lie_in_the_folder() -> None:
    assert {path.name for path in (assets() / "avatars").iterdir()} == {entry.id for entry in ENTRIES}
