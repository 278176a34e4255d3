from __future__ import annotations

import subprocess
import sys

import pytest

from engines.base import Style
from engines.face.measures import eye_aperture, mouth_aperture
from engines.face.topology import EYES
from engines.rig.rehearsal import expressive
from tests.fakes.sitter import made_avatar

KERNELS = {
    Style.PHOTO: (
        "eye_kernel.paint_ball",
        "eye_kernel.paint_lid",
        "mouth_kernel.paint_inside",
        "mouth_kernel.mend_rims",
    ),
    Style.DRAWN: ("drawn_kernel.paint_drawn_eye", "drawn_mouth_kernel.paint_drawn_mouth"),
}
_PREPARE = """
import importlib
from engines.base import Style
from engines.rig.engine import RigEngine
from tests.fakes.sitter import made_avatar
RigEngine().prepare(made_avatar((320, 400), style=Style({style!r})))
for kernel in {kernels!r}:
    module, name = kernel.split(".")
    compiled = getattr(importlib.import_module("engines.rig." + module), name)
    assert compiled.signatures, kernel
"""


def test_the_expression_is_strong():
    face = made_avatar().face
    played = expressive(face)
    for eye in EYES:
        assert eye_aperture(played.landmarks, eye) < 0.6 * eye_aperture(face.landmarks, eye)
    assert mouth_aperture(played.landmarks) > mouth_aperture(face.landmarks) + 0.1


@pytest.mark.parametrize("style", list(Style))
def test_no_loop_is_left_to_be_compiled_in_a_call(style):
    program = _PREPARE.format(style=style.value, kernels=KERNELS[style])
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)
