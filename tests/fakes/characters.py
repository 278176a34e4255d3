"""Characters of Talking Head Anime 4 that weigh nothing: a drawn bust of 512 x 512, and tiny students."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Style
from engines.weights.model import save_model
from engines.weights.tensor_file import write_tensors
from tests.fakes.faces import made_face

SIDE = 512
_FACE = (41, 6, 6)
_BODY = ((47, 8, 6), (47 + 6, 6, 4), (47 + 4, 4, 4))

State = dict[str, NDArray[np.float32]]


def character_states(seed: int = 5) -> dict[str, State]:
    """Networks that leave the picture nearly as it is: their last layers say next to nothing."""
    rng = np.random.default_rng(seed)

    def layer(name: str, channels_in: int, channels_out: int, scale: float) -> State:
        weight = scale * rng.standard_normal((channels_out, channels_in, 1, 1))
        return {
            f"{name}.weight": weight.astype(np.float32),
            f"{name}.bias": np.zeros(channels_out, np.float32),
        }

    face: State = {}
    for number, (a, b) in enumerate(pairwise(_FACE)):
        face |= layer(f"siren.sine_layers.{number}.linear", a, b, 0.02)
    body: State = {}
    for level, widths in enumerate(_BODY):
        for number, (a, b) in enumerate(pairwise(widths)):
            body |= layer(f"siren_layers.{level}.{number}.linear", a, b, 0.02)
    return {
        "face_morpher": face | layer("siren.last_linear", _FACE[-1], 4, 0.01),
        "body_morpher": body | layer("last_linear", _BODY[-1][-1], 7, 0.01),
    }


def character_picture(colour: tuple[int, int, int] = (90, 160, 230)) -> NDArray[np.uint8]:
    """(512, 512, 4) RGBA: a head where the networks expect it, and shoulders of one colour."""
    rgba = np.zeros((SIDE, SIDE, 4), np.uint8)
    cv2.ellipse(rgba, (256, 512), (120, 280), 0, 0, 360, (*colour, 255), -1, cv2.LINE_AA)
    cv2.ellipse(rgba, (256, 145), (60, 75), 0, 0, 360, (70, 45, 35, 255), -1, cv2.LINE_AA)
    cv2.ellipse(rgba, (256, 150), (42, 52), 0, 0, 360, (235, 200, 180, 255), -1, cv2.LINE_AA)
    return rgba


def write_character(folder: Path, card: str | None = None) -> Path:
    """Write a character as one is handed out, its weights as .safetensors; returns the description's path."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = cv2.cvtColor(character_picture(), cv2.COLOR_RGBA2BGRA)
    (folder / "character.png").write_bytes(bytes(cv2.imencode(".png", picture)[1]))
    for network, state in character_states().items():
        write_tensors(folder / f"{network}.safetensors", state)
    path = folder / "character_model.yaml"
    path.write_text(
        card
        or "character_image_file_name: character.png\n"
        "face_morpher_file_name: face_morpher.safetensors\n"
        "body_morpher_file_name: body_morpher.safetensors\n",
        encoding="utf-8",
    )
    return path


def made_character(folder: Path, colour: tuple[int, int, int] = (90, 160, 230)) -> Avatar:
    """A character as the library loads it; its networks are stored in a folder of the test's."""
    model = save_model(folder, character_states(), name="made", family="tha", configuration="tha4")
    rgba = character_picture(colour)
    face = made_face((SIDE, SIDE), share=0.2, shift=(0, -106))
    rgb, matte = np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3])
    return Avatar("made", rgb, matte, face.landmarks, Style.DRAWN, True, model.folder)
