"""The one door to mediapipe: three small graphs (face detector, face landmarks, selfie mask) and nothing else.

Graphs of our own make, rather than mediapipe's ready-made solutions: the landmark network can then be given any
region, results come back without a Python loop over 478 protobufs, and every graph runs in the caller's thread.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType, TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.face.topology import LANDMARK_COUNT

LANDMARK_SIDE = 192  # pixels the landmark network looks at, each way
_LOADING = threading.RLock()
_HERE = 'executor { name: "" type: "ApplicationThreadExecutor" }\n'
_LANDMARKS = (
    """
input_stream: "image"
input_stream: "roi"
input_side_packet: "refine"
output_stream: "landmarks"
node {
  calculator: "FaceLandmarkCpu"
  input_stream: "IMAGE:image"
  input_stream: "ROI:roi"
  input_side_packet: "WITH_ATTENTION:refine"
  output_stream: "LANDMARKS:landmarks"
}
"""
    + _HERE
)
_DETECTOR = (
    """
input_stream: "image"
output_stream: "detections"
node {
  calculator: "FaceDetectionShortRangeCpu"
  input_stream: "IMAGE:image"
  output_stream: "DETECTIONS:detections"
}
"""
    + _HERE
)
_SELFIE = (
    """
input_stream: "image"
input_side_packet: "model"
output_stream: "mask"
node {
  calculator: "SelfieSegmentationCpu"
  input_stream: "IMAGE:image"
  input_side_packet: "MODEL_SELECTION:model"
  output_stream: "SEGMENTATION_MASK:mask"
}
"""
    + _HERE
)
_PRESENCE = "facelandmarkcpu__face_presence_score"


@dataclass(frozen=True)
class Detection:
    """What the detector saw of one face, in pixels of its picture.

    Attributes:
        score: 0..1.
        box: left, top, width, height.
        eyes: (2, 2) the person's right and left eye.
    """

    score: float
    box: NDArray[np.float64]
    eyes: NDArray[np.float64]


class _Graph:
    """A running graph; close() frees it."""

    def __init__(
        self, text: str, outputs: list[str], params: Mapping[str, object], sides: Mapping[str, object]
    ) -> None:
        base, calculator_pb2, text_format = _mediapipe()
        config = calculator_pb2.CalculatorGraphConfig()
        text_format.Parse(text, config)
        if _PRESENCE in outputs:  # inside a subgraph: reachable only once that is unfolded
            unfolded = base.validated_graph_config.ValidatedGraphConfig()
            unfolded.initialize(graph_config=config)
            config.ParseFromString(unfolded.binary_config)
            config.output_stream.append(_PRESENCE)
        with _hushed():
            self._graph: Any = base.SolutionBase(
                graph_config=config, calculator_params=params, side_inputs=sides, outputs=outputs
            )

    def process(self, inputs: dict[str, object]) -> Any:
        """Run the graph once; returns mediapipe's named outputs."""
        if self._graph is None:
            raise RuntimeError("the graph is closed")
        return self._graph.process(inputs)

    def close(self) -> None:
        """Free the graph. Closing twice is fine."""
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Detector(_Graph):
    """Finds faces that take more than about a tenth of the picture.

    Args:
        threshold: least score a face needs, 0..1.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        name = "facedetectionshortrangecpu__facedetectionshortrange__facedetection__TensorsToDetectionsCalculator"
        super().__init__(_DETECTOR, ["detections"], {f"{name}.min_score_thresh": threshold}, {})
        with _hushed():
            self(np.zeros((32, 32, 3), np.uint8))

    def __call__(self, rgb: NDArray[np.uint8]) -> list[Detection]:
        """Return the faces in rgb, (H, W, 3) uint8 contiguous, best first."""
        size = np.array([rgb.shape[1], rgb.shape[0]], dtype=np.float64)
        found = []
        for item in self.process({"image": rgb}).detections or []:
            box, points = item.location_data.relative_bounding_box, item.location_data.relative_keypoints
            corner, extent = np.array([box.xmin, box.ymin]) * size, np.array([box.width, box.height]) * size
            eyes = np.array([(p.x, p.y) for p in points[:2]]) * size
            found.append(Detection(float(item.score[0]), np.concatenate([corner, extent]), eyes))
        return found


class LandmarkNet(_Graph):
    """Places 478 landmarks in a crop that holds one upright face."""

    def __init__(self) -> None:
        # The presence score is reported rather than gated on: what counts as a face differs from use to use.
        params = {"facelandmarkcpu__ThresholdingCalculator.threshold": 0.0}
        super().__init__(_LANDMARKS, ["landmarks", _PRESENCE], params, {"refine": True})
        from mediapipe.framework.formats import rect_pb2

        self._whole = rect_pb2.NormalizedRect(x_center=0.5, y_center=0.5, width=1, height=1)
        with _hushed():
            self(np.zeros((LANDMARK_SIDE, LANDMARK_SIDE, 3), np.uint8))

    def __call__(self, crop: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
        """Return (478, 3) landmarks in crop widths and how surely this is a face, 0..1.

        Args:
            crop: (192, 192, 3) uint8 contiguous.
        """
        result = self.process({"image": crop, "roi": self._whole})
        score = float(getattr(result, _PRESENCE) or 0.0)
        if result.landmarks is None:
            return np.zeros((LANDMARK_COUNT, 3), np.float32), 0.0
        return _unpack(result.landmarks), score


class SelfieNet(_Graph):
    """Tells people from what is behind them."""

    def __init__(self) -> None:
        super().__init__(_SELFIE, ["mask"], {}, {"model": 0})
        with _hushed():
            self(np.zeros((32, 32, 3), np.uint8))

    def __call__(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (H, W) float32, 1 where a person is. rgb: (H, W, 3) uint8 contiguous."""
        mask = self.process({"image": rgb}).mask
        return np.asarray(mask, dtype=np.float32).reshape(rgb.shape[:2])


def _unpack(landmarks: Any) -> NDArray[np.float32]:
    """Read x, y, z out of a NormalizedLandmarkList: from its bytes where they have the usual layout."""
    raw = np.frombuffer(landmarks.SerializeToString(), np.uint8)
    if raw.size == LANDMARK_COUNT * 17:  # each: tag, length, then three times tag and float
        rows = raw.reshape(LANDMARK_COUNT, 17)
        if (rows[:, [0, 1, 2, 7, 12]] == (0x0A, 15, 0x0D, 0x15, 0x1D)).all():
            numbers = np.concatenate([rows[:, 3:7], rows[:, 8:12], rows[:, 13:17]], axis=1)
            return np.ascontiguousarray(numbers).view("<f4").astype(np.float32)
    return np.array([(p.x, p.y, p.z) for p in landmarks.landmark], np.float32)


def _mediapipe() -> tuple[Any, Any, Any]:
    """Import what we use of mediapipe, but not the plotting library its demo helpers want (a second of start-up)."""
    with _LOADING:
        os.environ.setdefault("GLOG_minloglevel", "3")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype", category=UserWarning)
        with _hushed(), _without_matplotlib():
            from google.protobuf import text_format
            from mediapipe.framework import calculator_pb2
            from mediapipe.python import solution_base
    return solution_base, calculator_pb2, text_format


@contextlib.contextmanager
def _without_matplotlib() -> Iterator[None]:
    """Let mediapipe's drawing helpers import an empty matplotlib, once; nobody else sees it."""
    names = ("matplotlib", "matplotlib.pyplot")
    if "mediapipe" in sys.modules or any(name in sys.modules for name in names):
        yield
        return
    stand_ins = {name: ModuleType(name) for name in names}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Close stderr's ears for a moment: mediapipe's C++ logs start-up notes there that no setting silences."""
    with _LOADING:
        try:
            sys.stderr.flush()
            kept = os.dup(2)
        except (OSError, AttributeError, ValueError):  # a windowed program may have no stderr at all
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
