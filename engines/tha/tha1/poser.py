"""The first Talking Head Anime as its author runs it: all three networks for every pose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.nn.weights import State, eager
from engines.tha.light import from_bytes, to_bytes
from engines.tha.tha1.config import FACE, TURN, Tha1Config
from engines.tha.tha1.networks import MAKERS, Combined, Face, Rotated


@dataclass(frozen=True)
class Posed:
    """What the networks gave for one pose."""

    combined: Combined
    rotated: Rotated
    face: Face


class Tha1Poser:
    """The composed original formulation, run eagerly."""

    def __init__(
        self,
        config: Tha1Config,
        states: Mapping[str, State],
        *,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        """Load all networks, strictly.

        Args:
            config: the model.
            states: network -> published key -> weight.
            dtype: what to compute in.
            device: what to compute on.
        """
        self.dtype, self.device = dtype, torch.device(device)
        self.networks = {
            name: eager(make(config), states[name], dtype, device) for name, make in MAKERS.items()
        }
        self._picture: Tensor | None = None

    @torch.inference_mode()
    def prepare(self, picture: NDArray[np.uint8]) -> Tensor:
        """Take a character, (256, 256, 4) RGBA with straight alpha; returns it as the networks see it."""
        self._picture = from_bytes(torch.tensor(picture, device=self.device), self.dtype, clear=False)
        return self._picture

    @torch.inference_mode()
    def pose(self, pose: NDArray[np.floating[Any]]) -> Posed:
        """Run the chain for a pose, (6,).

        Raises:
            ValueError: prepare() was not called.
        """
        if self._picture is None:
            raise ValueError("prepare() comes first")
        whole = torch.tensor(pose, dtype=self.dtype, device=self.device)[None]
        face: Face = self.networks["face_morpher"](self._picture, whole[:, FACE])
        rotated: Rotated = self.networks["two_algo_face_rotator"](face.picture, whole[:, TURN])
        combined: Combined = self.networks["combiner"](rotated.repainted, rotated.moved, whole[:, TURN])
        return Posed(combined, rotated, face)

    def animate(self, pose: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
        """Return the character in a pose, (256, 256, 4) RGBA, premultiplied."""
        return np.asarray(to_bytes(self.pose(pose).combined.picture).cpu().numpy(), np.uint8)
