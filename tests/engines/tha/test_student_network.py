"""Characters on the processor: as the published formulation paints them, whole or in part."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest

from engines.errors import EngineError
from engines.tha.pose import exclusive
from engines.tha.student.character import StudentNetwork
from engines.tha.student.packing import Crew, around
from engines.tha.student.painter import BodyPainter, FacePainter, PackedStudents, pixel_picture
from engines.tha.student.product import PAIRS
from engines.tha.student.shapes import FACE_POSE, SIDE
from engines.weights.model import save_model
from tests.engines.tha.student_parts import (
    body_state,
    character_picture,
    face_state,
    published,
    some_poses,
)

KINDS = [
    pytest.param(True, marks=pytest.mark.skipif(not PAIRS, reason="needs AVX2"), id="int16"),
    pytest.param(False, id="fp32"),
]


def psnr(wanted, given):
    error = np.mean((wanted.astype(np.float64) - given) ** 2)
    return 10 * np.log10(255**2 / max(error, 1e-9))


def stored(folder, face, body):
    states = {"face_morpher": face, "body_morpher": body}
    return save_model(folder, states, name="made", family="tha", configuration="tha4")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("models"), face_state(), body_state())


@pytest.fixture(scope="module")
def wanted():
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    from engines.tha.student.reference import StudentReference

    reference = StudentReference(face_state(), body_state(), character_picture())
    return [reference.animate(pose) for pose in some_poses(3)]


@pytest.mark.parametrize("paired", KINDS)
def test_pictures_are_the_reference_s(model, wanted, paired):
    network = StudentNetwork(model, character_picture(), paired=paired)
    try:
        for pose, picture in zip(some_poses(3), wanted, strict=True):
            given = network.animate(pose)
            assert psnr(picture, given) > (40 if paired else 60)
            assert (given[..., :3] <= given[..., 3:]).all()
        assert network.speed().precision == ("int16" if paired else "fp32")
    finally:
        network.close()
    with pytest.raises(EngineError, match="closed"):
        network.animate(some_poses(1)[0])


def test_a_still_body_keeps_what_it_was_told(model):
    network = StudentNetwork(model, character_picture())
    try:
        first, second = some_poses(2)
        second[39:] = first[39:]
        network.animate(first)
        partly = network.animate(second)
        network.animate(some_poses(3)[2])
        whole = network.animate(second)
        # Above the neck it is the same; below, this network's body, unlike a trained one's, looks at the face.
        np.testing.assert_array_equal(partly[:240], whole[:240])
        second[39] += 1e-4  # nobody sees that
        np.testing.assert_array_equal(network.animate(second), whole)
    finally:
        network.close()


def test_the_speed_is_told_while_a_picture_is_painted(model, monkeypatch):
    network = StudentNetwork(model, character_picture())
    painting, gate = Event(), Event()
    paint = network._body.paint

    def held(*args):
        painting.set()
        assert gate.wait(30)
        return paint(*args)

    monkeypatch.setattr(network._body, "paint", held)
    with ThreadPoolExecutor(2) as threads:
        picture = threads.submit(network.animate, some_poses(1)[0])
        assert painting.wait(30)
        try:
            assert threads.submit(network.speed).result(30).runner == "numba"
        finally:
            gate.set()
        picture.result(30)
    network.close()


def test_networks_of_something_else_are_refused(tmp_path):
    model = stored(tmp_path, {"weight": np.zeros(3, np.float32)}, body_state())
    with pytest.raises(EngineError, match="no character's"):
        StudentNetwork(model, character_picture())


def test_pixels_of_half_the_size_lie_around_a_pixel():
    assert around(np.array([0, 3 * 8 + 2]), 8).tolist() == [[0, 0, 0, 0], [5, 4, 9, 8]]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lambda_00", "lambda_01"])
def test_published_characters_are_painted_as_their_authors_do(shared, tmp_path, name):
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    from engines.tha.student.reference import StudentReference

    face, body, picture = published(shared, name)
    network = StudentNetwork(stored(tmp_path, face, body), picture)
    try:
        pose = some_poses(1, seed=6)[0]
        pose[:37] *= pose[:37] > 0.7  # all of a face at once is none
        wanted = StudentReference(face, body, picture).animate(pose)
        assert psnr(wanted, network.animate(pose)) > 45
    finally:
        network.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lambda_00", "lambda_01"])
def test_nothing_of_a_published_character_is_lost_at_the_ends_of_its_poses(shared, tmp_path, name):
    face, body, picture = published(shared, name)
    network = StudentNetwork(stored(tmp_path, face, body), picture)
    crew, image = Crew(2), pixel_picture(picture)
    students = PackedStudents(face, body)
    whole, faces = BodyPainter(students, np.arange(SIDE**2)), FacePainter(students)
    ends = np.random.default_rng(10).integers(-1, 2, (13, 6))
    ends[:, 5] = ends[:, 5] > 0
    try:
        for pose, end in zip(some_poses(len(ends), seed=10), ends, strict=True):
            pose = exclusive(pose)
            pose[FACE_POSE:] = end
            faces.paint(crew, pose, image)
            whole.think(crew, pose)
            wanted, given = whole.paint(crew, image), network.animate(pose)
            lost = wanted[given[..., 3] == 0][:, 3]
            # What is fainter is the networks' haze beside the outline: nobody sees it missing.
            assert lost.max(initial=0) < 16
    finally:
        network.close()
        crew.close()
