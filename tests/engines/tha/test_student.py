"""The student networks against recorded outputs of the published code, and their colours."""

import json

import numpy as np
import pytest

from engines.tha.student.colour import from_linear, network_picture, screen_picture, to_linear
from tests.engines.tha.student_parts import (
    body_state,
    character_picture,
    face_state,
    published,
    recorded,
    some_poses,
)


@pytest.mark.slow
def test_a_published_character_gives_the_recorded_numbers(shared):
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    from engines.tha.student.reference import StudentReference

    vectors = np.load(recorded(shared) / "io.npz")
    *states, picture = published(shared)
    reference = StudentReference(*states, picture)
    kept = json.loads((recorded(shared) / "keys.json").read_text())
    for network, keys in kept.items():
        own = getattr(reference, network).state_dict()
        assert [[key, list(value.shape), "float32"] for key, value in own.items()] == keys

    seen = network_picture(picture)[:, ::8, ::8]
    np.testing.assert_allclose(seen, vectors["source_preprocessed_s8"], atol=5e-4)
    for index in (1, 3):
        morphed, face = reference.morph(vectors["poses"][index])
        ours = {
            "blended_s4": morphed.blended,
            "alpha_s8": morphed.alpha,
            "color_change_s8": morphed.colour_change,
            "warped_s8": morphed.warped,
            "grid_change_s8": morphed.grid_change,
            "face_morpher_s2": face,
        }
        for name, tensor in ours.items():
            step = int(name[-1])
            kind = vectors[f"pose{index}_{name}"].dtype
            # float16 keeps ten bits of what is about 1; sines of thirty times a sum blow rounding up.
            np.testing.assert_allclose(
                tensor[0, :, ::step, ::step],
                vectors[f"pose{index}_{name}"],
                atol=2e-3 if kind == np.float16 else 1e-4,
                err_msg=name,
            )


def test_other_weights_are_refused():
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    from engines.tha.student.reference import StudentReference

    face, body = face_state(), body_state()
    reference = StudentReference(face, body, character_picture())
    shown = reference.animate(some_poses(1)[0])
    assert (shown.shape, shown.dtype) == ((512, 512, 4), np.uint8)
    assert (shown[..., :3] <= shown[..., 3:]).all()
    face["siren.more"] = face.pop("siren.last_linear.bias")
    with pytest.raises(RuntimeError, match=r"siren\.more"):
        StudentReference(face, body, character_picture())


def test_a_picture_comes_back_from_the_networks_scale():
    picture = character_picture()
    seen = network_picture(picture)
    assert seen.min() >= -1
    assert seen.max() <= 1
    shown = screen_picture(seen)
    alpha = picture[..., 3:].astype(float) / 255
    np.testing.assert_allclose(shown[..., :3], picture[..., :3] * alpha, atol=0.51)
    assert not shown[alpha[..., 0] == 0].any()


def test_colours_go_to_linear_light_and_back():
    encoded = np.linspace(0, 1, 256)
    np.testing.assert_allclose(from_linear(to_linear(encoded)), encoded, atol=1e-6)
    assert to_linear(np.float64(0.5)) == pytest.approx(0.21404, abs=1e-5)
