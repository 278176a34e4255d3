from __future__ import annotations

import numpy as np
import pytest

from app.tracking.anchors import ANCHORS, anchors_of, fit_anchors
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES, FACE_OVAL, LEFT_EYE, RIGHT_EYE
from tests.fakes.faces import made_face

SIZE = (640, 480)


def fitted(**moves: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Landmarks before and after moving the named anchors by so many pixels."""
    before = made_face(SIZE).landmarks
    anchors = anchors_of(before)
    for name, (x, y) in moves.items():
        anchors[name] = (anchors[name][0] + x, anchors[name][1] + y)
    return before, fit_anchors(before, SIZE, anchors)


def test_there_are_a_handful_of_anchors_each_a_landmark_of_its_own() -> None:
    assert 20 <= len(ANCHORS) <= 30
    assert len(set(ANCHORS.values())) == len(ANCHORS)
    assert all(0 <= index < 478 for index in ANCHORS.values())


def test_anchors_left_where_they_are_change_nothing() -> None:
    before, after = fitted()
    assert after == pytest.approx(before, abs=1e-4)


def test_the_mesh_passes_through_every_anchor(rng: np.random.Generator) -> None:
    before = made_face(SIZE).landmarks
    anchors = {
        name: (x + rng.normal(0, 8), y + rng.normal(0, 8)) for name, (x, y) in anchors_of(before).items()
    }
    after = anchors_of(fit_anchors(before, SIZE, anchors))
    for name, place in anchors.items():
        assert after[name] == pytest.approx(place, abs=1e-3), name


def test_a_dragged_chin_takes_its_neighbours_along_and_leaves_the_eyes() -> None:
    before, after = fitted(chin=(0, 20))
    moved = np.linalg.norm(after - before, axis=1)
    assert moved[152] == pytest.approx(20, abs=1e-3)
    assert (moved[[148, 377, 175]] > 12).all()
    assert moved.max() < 20.01
    assert moved[[*RIGHT_EYE.outline, *LEFT_EYE.outline, RIGHT_EYE.iris, 10, 70, 300, 4]].max() < 0.1
    # Smooth: along the outline no step is larger than a part of the drag.
    along = moved[[*FACE_OVAL, FACE_OVAL[0]]]
    assert np.abs(np.diff(along)).max() < 8


def test_an_opened_lid_stays_round_and_to_itself() -> None:
    before, after = fitted(right_eye_top=(0, -14))
    raised = (before - after)[list(RIGHT_EYE.upper), 1]
    assert raised.argmax() == 3
    assert (np.diff(raised[:4]) > 0).all()
    assert (np.diff(raised[3:]) < 0).all()
    assert raised[1] > 7  # a bow, no peak
    others = [index for index in range(478) if index not in RIGHT_EYE.upper]
    assert np.abs(after - before)[others].max() < 9
    assert eye_aperture(after, LEFT_EYE) == pytest.approx(eye_aperture(before, LEFT_EYE), abs=1e-4)


def test_a_closed_mouth_can_be_opened() -> None:
    before, after = fitted(lower_lip_top=(0, 15), lower_lip_bottom=(0, 15))
    assert mouth_aperture(after) > mouth_aperture(before) + 0.05
    assert np.abs(after - before)[[61, 291, 13, 0]].max() < 1e-3


def test_moving_all_anchors_moves_the_whole_face() -> None:
    before = made_face(SIZE).landmarks
    anchors = {name: (1.3 * x + 20, 1.3 * y - 30) for name, (x, y) in anchors_of(before).items()}
    after = fit_anchors(before, SIZE, anchors)
    assert after[:, :2] == pytest.approx(1.3 * before[:, :2] + (20, -30), abs=0.05)
    assert after[:, 2] == pytest.approx(1.3 * before[:, 2], abs=0.05)


def test_from_nothing_the_average_head_takes_the_anchors_place() -> None:
    truth = made_face(SIZE)
    placed = fit_anchors(None, SIZE, anchors_of(truth.landmarks))
    assert np.linalg.norm(placed[:, :2] - truth.landmarks[:, :2], axis=1).mean() < 2
    few = {
        name: place
        for name, place in anchors_of(truth.landmarks).items()
        if name in {"right_iris", "left_iris", "chin"}
    }
    rough = fit_anchors(None, SIZE, few)
    assert np.linalg.norm(rough[:, :2] - truth.landmarks[:, :2], axis=1).mean() < 12
    assert mouth_aperture(rough) < 0.03
    assert all(eye_aperture(rough, eye) > 0.15 for eye in EYES)


@pytest.mark.parametrize("size", [(640, 480), (64, 2000), (20, 20)])
def test_without_any_anchor_a_head_stands_in_the_middle(size: tuple[int, int]) -> None:
    placed = fit_anchors(None, size, {})
    low, high = placed[:, :2].min(axis=0), placed[:, :2].max(axis=0)
    assert (low >= 0).all()
    assert (high <= size).all()
    assert abs((low + high)[0] / 2 - size[0] / 2) < 0.1 * min(size)


def test_wild_anchors_never_give_nonsense(rng: np.random.Generator) -> None:
    start = made_face(SIZE).landmarks
    for turn in range(200):
        names = [name for name in ANCHORS if rng.random() < 0.6]
        anchors = {
            name: (float(x), float(y))
            for name, (x, y) in zip(names, rng.uniform(-900, 1500, (len(names), 2)), strict=True)
        }
        if turn % 5 == 0:
            anchors = dict.fromkeys(anchors, (100.0, 100.0))
        if turn % 7 == 0:
            anchors = dict.fromkeys(anchors, (float("nan"), 1e300))
        for landmarks in (None, start):
            result = fit_anchors(landmarks, SIZE, anchors)
            assert result.shape == (478, 3)
            assert np.isfinite(result).all()
            assert np.abs(result).max() < 1e5


def test_an_unknown_anchor_is_named() -> None:
    with pytest.raises(ValueError, match="elbow"):
        fit_anchors(None, SIZE, {"elbow": (1, 2)})


def test_irises_stay_round_and_go_with_their_centre() -> None:
    before, after = fitted(left_iris=(5, -3))
    for index in LEFT_EYE.iris_rim:
        assert (after - before)[index, :2] == pytest.approx([5, -3], abs=1e-3)
