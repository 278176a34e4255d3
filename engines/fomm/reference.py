"""The model as its authors run it: what every faster way must equal, and what speeds are measured against.

Per frame it does what the published demonstration does: the keypoints of the driving frame, the relative transfer, and
the whole generator, which encodes the source again every time and also paints the preview nobody looks at. Only the
keypoints of the source and the neutral are computed once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.fomm.config import FommConfig
from engines.fomm.generator import Generated, Generator
from engines.fomm.keypoint_detector import KeypointDetector
from engines.fomm.keypoints import Keypoints
from engines.fomm.transfer import relative
from engines.nn.weights import State, eager


@dataclass(frozen=True)
class StepResult:
    """One animated frame.

    Attributes:
        prediction: (S, S, 3) in 0..1, of the reference's own precision.
        value: (1, K, 2), the driving frame's keypoints.
        jacobian: (1, K, 2, 2), theirs.
        occlusion: (1, 1, S/4, S/4) in 0..1.
    """

    prediction: NDArray[Any]
    value: NDArray[Any]
    jacobian: NDArray[Any]
    occlusion: NDArray[Any]

    @property
    def picture(self) -> NDArray[np.uint8]:
        """The prediction as bytes, (S, S, 3)."""
        pixels: NDArray[np.uint8] = np.rint(self.prediction * 255).clip(0, 255).astype(np.uint8)
        return pixels


class Reference:
    """The composed original formulation, run eagerly.

    Attributes:
        detector: the keypoint detector.
        generator: the generator.
    """

    def __init__(
        self,
        config: FommConfig,
        generator_state: State,
        detector_state: State,
        *,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        """Load both networks, strictly.

        Args:
            config: a first order model with occlusion, as all published ones are.
            generator_state: by the published keys.
            detector_state: by the published keys.
            dtype: what to compute in.
            device: what to compute on.
        """
        self.dtype, self.device = dtype, torch.device(device)
        self.detector = eager(KeypointDetector(config), detector_state, dtype, device)
        self.generator = eager(Generator(config), generator_state, dtype, device)
        self._source: Tensor | None = None
        self._source_keypoints: Keypoints | None = None

    @torch.inference_mode()
    def prepare(self, source: NDArray[np.uint8]) -> Keypoints:
        """Take an avatar, (S, S, 3), and return its keypoints."""
        self._source = self._tensor(source)
        self._source_keypoints = self.detector(self._source)
        return self._source_keypoints

    @torch.inference_mode()
    def keypoints(self, picture: NDArray[np.uint8]) -> Keypoints:
        """Return the keypoints of a picture, (S, S, 3): of a neutral, say."""
        found: Keypoints = self.detector(self._tensor(picture))
        return found

    @torch.inference_mode()
    def step(
        self,
        driving: NDArray[np.uint8],
        neutral: Keypoints | None = None,
        controls: NDArray[np.float32] | None = None,
    ) -> StepResult:
        """Animate one frame.

        Args:
            driving: (S, S, 3), the driver.
            neutral: keypoints of the driver at rest; needed for relative motion only.
            controls: (4,) relative 0 or 1, Jacobian 0 or 1, movement scale, head gain; left out, absolute motion.

        Raises:
            ValueError: prepare() was not called, relative motion has no neutral, or the model is of order zero.
        """
        if self._source is None or self._source_keypoints is None:
            raise ValueError("prepare() comes first")
        found: Keypoints = self.detector(self._tensor(driving))
        wanted = _transferred(self._source_keypoints, found, neutral, controls)
        generated: Generated = self.generator(self._source, wanted, self._source_keypoints)
        if found.jacobian is None or generated.motion.occlusion is None:
            raise ValueError("the reference is for first order models with occlusion")
        return StepResult(
            prediction=generated.prediction[0].permute(1, 2, 0).cpu().numpy(),
            value=found.value.cpu().numpy(),
            jacobian=found.jacobian.cpu().numpy(),
            occlusion=generated.motion.occlusion.cpu().numpy(),
        )

    def _tensor(self, picture: NDArray[np.uint8]) -> Tensor:
        values = torch.tensor(picture, device=self.device).permute(2, 0, 1)[None]
        return values.to(self.dtype) / 255


def _transferred(
    source: Keypoints, driving: Keypoints, neutral: Keypoints | None, controls: NDArray[np.float32] | None
) -> Keypoints:
    is_relative, use_jacobian, scale, gain = (0, 0, 1, 1) if controls is None else controls.tolist()
    if not is_relative:
        return driving
    if neutral is None:
        raise ValueError("relative motion is measured from a neutral")
    return relative(
        source,
        driving,
        neutral,
        movement_scale=scale,
        use_jacobian=bool(use_jacobian),
        head_gain=gain,
    )
