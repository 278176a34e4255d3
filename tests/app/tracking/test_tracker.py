from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.tracking.tracker import FaceTracker
from engines.face.topology import NOSE_TIP

from .conftest import Picture


def shifted(picture: Picture, x: float, y: float) -> Picture:
    """The picture moved, as a head moves before a camera."""
    height, width = picture.shape[:2]
    matrix = np.array([[1.0, 0, x], [0, 1.0, y]])
    return np.asarray(
        cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def on_wall(portrait: Picture, size: tuple[int, int], places: list[tuple[int, int, int]]) -> Picture:
    """A frame of (width, height) with the portrait at each (x, y, side)."""
    frame = np.full((size[1], size[0], 3), (90, 100, 110), np.uint8)
    for x, y, side in places:
        frame[y : y + side, x : x + side] = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    return frame


def test_a_face_is_found_with_its_time_and_the_frames_size(tracker: FaceTracker, portrait: Picture) -> None:
    face = tracker.track(portrait, 12.5)
    assert face is not None
    assert (face.landmarks.shape, face.landmarks.dtype) == ((478, 3), np.float32)
    assert (face.size, face.time_s, tracker.others) == ((512, 512), 12.5, 0)
    yaw, pitch, roll = face.pose.angles
    assert max(abs(yaw), abs(pitch), abs(roll)) < 25


def test_landmarks_move_with_the_head_at_once(tracker: FaceTracker, portrait: Picture) -> None:
    first = tracker.track(portrait, 0.0)
    assert first is not None
    for index in range(1, 8):
        face = tracker.track(shifted(portrait, 4.0 * index, -2.0 * index), index / 30)
        assert face is not None
        moved = (face.landmarks - first.landmarks)[:, :2]
        assert np.median(moved, axis=0) == pytest.approx([4.0 * index, -2.0 * index], abs=1.0)


def test_a_still_noisy_camera_gives_still_landmarks(
    tracker: FaceTracker, portrait: Picture, rng: np.random.Generator
) -> None:
    track, single = [], []
    for index in range(12):
        noisy = np.clip(portrait + rng.normal(0, 12, portrait.shape), 0, 255).astype(np.uint8)
        face = tracker.track(noisy, index / 30)
        with FaceTracker() as fresh:
            alone = fresh.track(noisy, 0.0)
        assert face is not None
        assert alone is not None
        track.append(face.landmarks[:, :2])
        single.append(alone.landmarks[:, :2])
    tremble, raw = (np.linalg.norm(np.diff(each, axis=0), axis=2).mean() for each in (track, single))
    assert tremble < 0.75 * raw


@pytest.mark.parametrize(
    ("size", "place"),
    [
        ((64, 64), (0, 0, 64)),
        ((640, 480), (250, 150, 200)),
        ((1280, 720), (900, 300, 300)),
        ((480, 854), (100, 300, 300)),
        ((1280, 720), (100, 400, 220)),
        ((3840, 2160), (1500, 700, 900)),
    ],
)
def test_any_size_and_shape_of_frame(
    tracker: FaceTracker, portrait: Picture, size: tuple[int, int], place: tuple[int, int, int]
) -> None:
    expected = tracker.track(portrait, 0.0)
    assert expected is not None
    frame = on_wall(portrait, size, [place])
    x, y, side = place
    face = None
    for index in range(14):  # small faces are looked for in another place each frame
        face = tracker.track(frame, 1.0 + index / 30)
    assert face is not None
    back = (face.landmarks[:, :2] - (x, y)) * (512 / side)
    assert np.linalg.norm(back - expected.landmarks[:, :2], axis=1).mean() < 10


def test_layout_in_memory_makes_no_difference(portrait: Picture) -> None:
    strange = portrait[:, ::-1][:, ::-1]
    assert not strange[..., ::-1].flags.c_contiguous
    with FaceTracker() as one, FaceTracker() as other:
        a, b = one.track(portrait, 0.0), other.track(np.asfortranarray(strange), 0.0)
    assert a is not None
    assert b is not None
    assert np.array_equal(a.landmarks, b.landmarks)


def test_garbage_and_changing_sizes(
    tracker: FaceTracker, portrait: Picture, rng: np.random.Generator
) -> None:
    frames = [
        (np.zeros((1, 1, 3), np.uint8), False),
        (portrait, True),
        (np.zeros((480, 640, 3), np.uint8), False),
        (rng.integers(0, 255, (480, 640, 3), dtype=np.uint8), False),
        (np.zeros((2000, 17, 3), np.uint8), False),
        (np.ascontiguousarray(portrait[:, 40:-40]), True),
        (portrait, True),
    ]
    for index, (frame, there) in enumerate(frames):
        assert (tracker.track(frame, index / 30) is not None) is there


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 4)])
def test_what_is_no_rgb_picture_is_refused(tracker: FaceTracker, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="uint8"):
        tracker.track(np.zeros(shape, np.uint8), 0.0)
    with pytest.raises(ValueError, match="float32"):
        tracker.track(np.zeros((20, 20, 3), np.float32), 0.0)  # type: ignore[arg-type]


def test_the_same_face_is_followed_when_a_larger_one_appears(tracker: FaceTracker, portrait: Picture) -> None:
    alone = on_wall(portrait, (1000, 520), [(40, 60, 400)])
    both = on_wall(portrait, (1000, 520), [(40, 60, 400), (480, 0, 516)])
    first = tracker.track(alone, 0.0)
    assert first is not None
    assert tracker.others == 0
    for index in range(1, 12):
        face = tracker.track(both, index / 30)
        assert face is not None
        assert face.landmarks[NOSE_TIP, 0] == pytest.approx(first.landmarks[NOSE_TIP, 0], abs=6)
    assert tracker.others == 1
    with FaceTracker() as fresh:
        largest = fresh.track(both, 0.0)
    assert largest is not None
    assert largest.landmarks[NOSE_TIP, 0] > 500


def test_a_lost_face_is_found_again(tracker: FaceTracker, portrait: Picture) -> None:
    before = tracker.track(portrait, 0.0)
    assert tracker.track(np.zeros_like(portrait), 0.03) is None
    assert tracker.others == 0
    after = tracker.track(portrait, 0.06)
    assert before is not None
    assert after is not None
    assert np.abs(before.landmarks - after.landmarks)[:, :2].max() < 1


def test_the_same_frames_give_the_same_landmarks(portrait: Picture) -> None:
    runs = []
    for _ in range(2):
        with FaceTracker() as tracker:
            faces = [tracker.track(shifted(portrait, 3 * i, i), i / 30) for i in range(4)]
        runs.append([face.landmarks for face in faces if face is not None])
    assert len(runs[0]) == 4
    assert np.array_equal(runs[0], runs[1])


def test_closing_twice_is_fine_and_tracking_after_is_not(portrait: Picture) -> None:
    tracker = FaceTracker()
    tracker.close()
    tracker.close()
    with pytest.raises(RuntimeError, match="closed"):
        tracker.track(portrait, 0.0)


@pytest.mark.slow
def test_real_clips_are_tracked_from_end_to_end(shared: object) -> None:
    from pathlib import Path

    for clip in sorted(Path(str(shared)).glob("data/faces256/*.mp4")):
        video, seen, frames = cv2.VideoCapture(str(clip)), 0, 0
        with FaceTracker() as tracker:
            while True:
                there, frame = video.read()
                if not there:
                    break
                frames += 1
                seen += tracker.track(np.asarray(frame[..., ::-1], np.uint8), frames / 25) is not None
        assert seen == frames > 30, clip.name
