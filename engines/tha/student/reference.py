"""A character as its authors run it: what every faster way must equal, and what speeds are measured against.

Per frame: the face morpher on the whole face, its result pasted into the picture, and the body morpher on that.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.nn.weights import State, eager
from engines.tha.student.colour import Pixels, network_picture, screen_picture
from engines.tha.student.networks import BodyMorpher, FaceMorpher, Morphed
from engines.tha.student.shapes import FACE_COLUMNS, FACE_POSE, FACE_ROWS, BodySize, FaceSize


class StudentReference:
    """The composed original formulation, run eagerly.

    Attributes:
        face_morpher: the network that paints the face.
        body_morpher: the network that moves the picture.
    """

    def __init__(
        self,
        face_state: State,
        body_state: State,
        picture: Pixels,
        *,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        """Load both networks, strictly.

        Args:
            face_state: the face morpher's, by the published keys.
            body_state: the body morpher's.
            picture: the character's own, (512, 512, 4) uint8 RGBA, straight alpha.
            dtype: what to compute in.
            device: what to compute on.

        Raises:
            RuntimeError: keys or shapes are not the networks'.
        """
        self.dtype, self.device = dtype, torch.device(device)
        face, body = FaceSize.of(face_state), BodySize.of(body_state)
        self.face_morpher = eager(FaceMorpher(face.width, face.layers), face_state, dtype, device)
        self.body_morpher = eager(BodyMorpher(body.widths, body.layers), body_state, dtype, device)
        self._image = torch.from_numpy(network_picture(picture))[None].to(self.device, self.dtype)

    @torch.inference_mode()
    def morph(self, pose: NDArray[np.float32]) -> tuple[Morphed, Tensor]:
        """Return the character in a pose, (45,), and the face alone, (1, 4, 128, 128)."""
        posed = torch.from_numpy(pose)[None].to(self.device, self.dtype)
        face: Tensor = self.face_morpher(posed[:, :FACE_POSE])
        image = self._image.clone()
        image[:, :, FACE_ROWS, FACE_COLUMNS] = face
        return self.body_morpher(image, posed), face

    def animate(self, pose: NDArray[np.float32]) -> Pixels:
        """Return the character in a pose as screens want it: (512, 512, 4) uint8, premultiplied sRGB."""
        return screen_picture(self.morph(pose)[0].blended[0].float().cpu().numpy())
