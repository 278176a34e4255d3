"""The graphs of characters give what the published formulation gives, in every precision and on every runner."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

import torch

from engines.nn.style import Style
from engines.tha.student.graphs import Prepare, Step
from engines.tha.student.reference import StudentReference
from tests.engines.tha.student_parts import body_state, character_picture, face_state, some_poses


@pytest.mark.parametrize("precision", ["fp64", "fp32", "fp16"])
def test_step_repeats_the_published_chain(precision):
    states = {"face_morpher": face_state(), "body_morpher": body_state()}
    style, picture = Style(precision), character_picture()
    wide = torch.float64 if precision == "fp64" else torch.float32
    reference = StudentReference(*states.values(), picture, dtype=wide)
    prepare, step = Prepare(style), Step(states, style)
    with torch.inference_mode():
        image = prepare(torch.from_numpy(picture))
        for pose in some_poses(2):
            given = step.prediction(image, torch.from_numpy(pose)[None].to(wide))
            error = (given - reference.morph(pose)[0].blended).abs().mean()
            assert error <= {"fp64": 1e-9, "fp32": 1e-5, "fp16": 1e-2}[precision]
            shown = step(image, torch.from_numpy(pose)[None].to(wide)).numpy().astype(int)
            assert np.abs(shown - reference.animate(pose)).mean() <= (0.5 if precision == "fp16" else 0.01)
