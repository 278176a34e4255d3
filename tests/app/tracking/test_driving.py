"""The driving frame: still while the face is well inside it, following smoothly when it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.tracking.driving import DrivingCrop, DrivingFrame, is_near, likest, unlike
from engines.base import Face
from engines.fomm.framing import Square, square_of
from tests.fakes.faces import made_face

SIZE = (640, 480)
_GRID = np.stack(
    [np.broadcast_to(np.arange(640) % 256, (480, 640)), np.broadcast_to(np.arange(480)[:, None] % 256, (480, 640))],
    axis=2,
)  # fmt: skip
#: A frame whose red tells the column and whose green tells the row.
FRAME = np.dstack([_GRID, np.zeros((480, 640))]).astype(np.uint8)


def face(right: float = 0, down: float = 0, time_s: float = 0.0, share: float = 0.4, **more: float) -> Face:
    return made_face(SIZE, shift=(right, down), time_s=time_s, share=share, **more)


HOME = square_of(face().landmarks)


def test_the_square_stays_while_the_face_moves_inside_it() -> None:
    crop = DrivingCrop(HOME)
    still = crop.cut(FRAME, face())
    assert still.shape == (256, 256, 3)
    for index, right in enumerate((10, -20, 30)):
        assert np.array_equal(crop.cut(FRAME, face(right, right / 2, index / 30)), still)
        assert crop.at_home
    assert np.array_equal(crop.cut(FRAME, face(yaw_deg=20, mouth_open=2.0)), still), (
        "expressions do not move it"
    )


def test_a_face_near_the_edge_is_followed_smoothly_and_back() -> None:
    crop, edge = DrivingCrop(HOME), 0.3 * HOME.side
    crop.cut(FRAME, face())
    columns = []
    for index in range(60):
        cut = crop.cut(FRAME, face(edge, time_s=(index + 1) / 30))
        columns.append(float(cut[128, 128, 0]))
    steps = np.diff(columns)
    assert not crop.at_home
    assert (steps >= 0).all()
    assert steps.max() < 0.02 * HOME.side, "no jump"
    followed = columns[-1] - columns[0]
    assert 0 < followed < edge, "no farther than it has to"
    for index in range(90):
        crop.cut(FRAME, face(0, time_s=2 + (index + 1) / 30))
    assert crop.at_home


def test_a_face_that_comes_much_nearer_is_followed_too() -> None:
    crop = DrivingCrop(HOME)
    crop.cut(FRAME, face())
    for index in range(90):
        crop.cut(FRAME, face(share=0.8, time_s=(index + 1) / 30))
    assert not crop.at_home
    assert not is_near(square_of(face(share=0.8).landmarks), HOME)
    assert is_near(square_of(face(share=0.45).landmarks), HOME)


def test_a_face_somewhere_else_is_cut_at_once() -> None:
    crop = DrivingCrop(HOME)
    crop.cut(FRAME, face())
    there = crop.cut(FRAME, face(260, time_s=1 / 30))
    assert np.array_equal(there, crop.cut(FRAME, face(260, time_s=2 / 30)))


def test_the_same_faces_give_the_same_frames() -> None:
    rng = np.random.default_rng(3)
    path = [face(*(120 * rng.standard_normal(2)), index / 25) for index in range(30)]
    one, two = ([crop.cut(FRAME, each) for each in path] for crop in (DrivingCrop(HOME), DrivingCrop(HOME)))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_shrinking_averages_and_a_square_that_fits_is_copied() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (1024, 1024, 3)).astype(np.uint8)
    small = Square(512, 512, 1024).cut(noise)
    means = noise.reshape(256, 4, 256, 4, 3).mean(axis=(1, 3))
    assert np.abs(small - means).max() < 2
    assert np.array_equal(Square(128, 128, 256).cut(noise[:256, :256]), noise[:256, :256])


def test_beyond_the_frame_its_border_goes_on() -> None:
    crop = DrivingCrop(Square(0, 0, 256))
    cut = crop.cut(np.full((480, 640, 3), 90, np.uint8), face(-320, -240))
    assert (cut == 90).all()


def test_frames_of_another_size_are_the_same_picture_scaled() -> None:
    large = np.repeat(np.repeat(FRAME, 2, axis=0), 2, axis=1)
    one, two = (DrivingCrop(HOME).cut(frame, face()) for frame in (FRAME, large))
    assert np.abs(one.astype(int) - two)[20:-20, 20:-20].mean() < 1


def test_a_new_home_is_taken_at_once() -> None:
    crop = DrivingCrop(HOME)
    crop.cut(FRAME, face(30))
    crop.aim(square_of(face(30).landmarks))
    assert np.array_equal(crop.cut(FRAME, face(30, time_s=0.1)), square_of(face(30).landmarks).cut(FRAME))


def test_landmarks_that_are_no_face_are_refused() -> None:
    nothing = replace(face(), landmarks=np.full((478, 3), np.nan, np.float32))
    with pytest.raises(ValueError, match="landmarks"):
        DrivingCrop(HOME).cut(FRAME, nothing)


def test_the_likest_face_has_the_expression_first_and_the_place_next() -> None:
    rest = face()
    faces = [face(mouth_open=1.5), face(yaw_deg=15), face(60), face(4), face(share=0.5)]
    assert unlike(rest, rest) == 0
    order = sorted(faces, key=lambda each: unlike(each, rest))
    assert order[0] is faces[3]
    frames = [DrivingFrame(FRAME, each) for each in faces]
    best = likest(frames, rest)
    assert best is frames[3]
    assert likest([], rest) is None
    half = Face(rest.landmarks / 2, (320, 240))
    assert unlike(half, rest) == pytest.approx(0, abs=1e-5), "whatever the frame's size"
