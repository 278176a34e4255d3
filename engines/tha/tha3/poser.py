"""Talking Head Anime 3 as its author runs it: what every faster way must equal, and what speeds are measured against.

For every pose the whole chain runs, but for the eyebrow decomposer, which sees nothing but the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engines.nn.weights import State, eager
from engines.tha.light import from_bytes, to_bytes
from engines.tha.pictures import doubled
from engines.tha.tha3.config import BROWS_BOX, FACE_BOX, LAYOUTS, Tha3Config
from engines.tha.tha3.networks import MAKERS, Brows, Edited, Face, Layers, Rotated


@dataclass(frozen=True)
class Posed:
    """What the networks gave for one pose."""

    edited: Edited
    rotated: Rotated
    face: Face
    brows: Brows
    layers: Layers


class Tha3Poser:
    """The composed original formulation, run eagerly."""

    def __init__(
        self,
        config: Tha3Config,
        states: Mapping[str, State],
        *,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        """Load all networks, strictly.

        Args:
            config: the variant.
            states: network -> published key -> weight.
            dtype: what to compute in.
            device: what to compute on.
        """
        self.dtype, self.device = dtype, torch.device(device)
        self.networks = {
            name: eager(make(config), states[name], dtype, device) for name, make in MAKERS.items()
        }
        self._picture: Tensor | None = None
        self._layers: Layers | None = None

    @torch.inference_mode()
    def prepare(self, picture: NDArray[np.uint8]) -> Tensor:
        """Take a character, (512, 512, 4) RGBA with straight alpha; returns it as the networks see it."""
        seen = from_bytes(torch.tensor(picture, device=self.device), self.dtype, clear=True)
        self._picture, self._layers = seen, self.networks["eyebrow_decomposer"](seen[(..., *BROWS_BOX)])
        return seen

    @torch.inference_mode()
    def pose(self, pose: NDArray[np.floating[Any]]) -> Posed:
        """Run the chain for a pose, (45,).

        Raises:
            ValueError: prepare() was not called.
        """
        if self._picture is None or self._layers is None:
            raise ValueError("prepare() comes first")
        whole = torch.tensor(pose, dtype=self.dtype, device=self.device)[None]
        parts = {name: whole[:, layout.pose] for name, layout in LAYOUTS.items()}
        brows: Brows = self.networks["eyebrow_morphing_combiner"](
            self._layers.background, self._layers.brows, parts["eyebrow_morphing_combiner"]
        )
        picture = self._picture.clone()
        picture[(..., *BROWS_BOX)] = brows.shown
        face: Face = self.networks["face_morpher"](picture[(..., *FACE_BOX)], parts["face_morpher"])
        picture[(..., *FACE_BOX)] = face.face
        half = functional.interpolate(picture, scale_factor=0.5, mode="bilinear", align_corners=False)
        rotated: Rotated = self.networks["two_algo_face_body_rotator"](
            half, parts["two_algo_face_body_rotator"]
        )
        edited: Edited = self.networks["editor"](
            picture, doubled(rotated.moved), doubled(rotated.flow), parts["editor"]
        )
        return Posed(edited, rotated, face, brows, self._layers)

    def animate(self, pose: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
        """Return the character in a pose, (512, 512, 4) RGBA, premultiplied."""
        return np.asarray(to_bytes(self.pose(pose).edited.picture).cpu().numpy(), np.uint8)
