"""Small networks as mediapipe graphs of our own: face detector, face landmarks, selfie mask, hands.

Rather than mediapipe's ready-made solutions: the landmark network can so be given any region, its score can be
read, results come without a Python loop over 478 messages, and a graph runs in the thread that calls it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tracking.mediapipe_door import MediaPipe, hushed, mediapipe
from engines.face.topology import LANDMARK_COUNT

LANDMARK_SIDE = 192  # pixels the landmark network looks at, each way
_PRESENCE = "facelandmarkcpu__face_presence_score"  # inside mediapipe's subgraph
_MOST_HANDS = 8  # ghosts of hands among them, which the landmark network then tells from hands
_HERE = 'executor { name: "" type: "ApplicationThreadExecutor" }\n'
_LANDMARKS = """
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
_DETECTOR = """
input_stream: "image"
output_stream: "detections"
node {
  calculator: "FaceDetectionShortRangeCpu"
  input_stream: "IMAGE:image"
  output_stream: "DETECTIONS:detections"
}
"""
_SELFIE = """
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
_HANDS = """
input_stream: "image"
input_side_packet: "count"
input_side_packet: "model"
input_side_packet: "follow"
output_stream: "hands"
node {
  calculator: "HandLandmarkTrackingCpu"
  input_stream: "IMAGE:image"
  input_side_packet: "NUM_HANDS:count"
  input_side_packet: "MODEL_COMPLEXITY:model"
  input_side_packet: "USE_PREV_LANDMARKS:follow"
  output_stream: "LANDMARKS:hands"
}
"""


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


class _Graph(ABC):
    """A running graph. One thread at a time; close() frees it."""

    def __init__(self, mp: MediaPipe, config: Any, outputs: tuple[str, ...], sides: dict[str, Any]) -> None:
        self._mp = mp
        self._time = 0
        self._seen: dict[str, Any] = {}
        with hushed():
            self._graph: Any = mp.CalculatorGraph(graph_config=config)
            for name in outputs:
                self._graph.observe_output_stream(name, self._seen.__setitem__, False)
            self._graph.start_run(sides)
            self._warm_up()

    def _run(self, rgb: NDArray[np.uint8], **more: Any) -> dict[str, Any]:
        """Run the graph once; returns what it gave, by stream."""
        if self._graph is None:
            raise RuntimeError("this network is closed")
        self._time += 1
        self._seen.clear()
        picture = self._mp.create.create_image_frame(image_format=self._mp.SRGB, data=rgb)
        for name, packet in {"image": picture, **more}.items():
            self._graph.add_packet_to_input_stream(stream=name, packet=packet.at(self._time))
        self._graph.wait_until_idle()
        return self._seen

    @abstractmethod
    def _warm_up(self) -> None:
        """Run once: the first picture makes mediapipe load the network, and talk."""

    def close(self) -> None:
        """Free the network. Closing twice is fine."""
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()


class Detector(_Graph):
    """Finds faces that take more than about a tenth of the picture.

    Args:
        threshold: least score a face needs, 0..1.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        mp = mediapipe()
        config = _unfolded(mp, _DETECTOR)
        _set_threshold(mp, config, threshold)
        super().__init__(mp, config, ("detections",), {})

    def __call__(self, rgb: NDArray[np.uint8]) -> list[Detection]:
        """Return the faces in rgb, (H, W, 3) uint8 contiguous, surest first."""
        packet = self._run(rgb).get("detections")
        size = np.array([rgb.shape[1], rgb.shape[0]], dtype=np.float64)
        found = []
        for item in [] if packet is None else self._mp.get.get_proto_list(packet):
            box, points = item.location_data.relative_bounding_box, item.location_data.relative_keypoints
            corner, extent = np.array([box.xmin, box.ymin]) * size, np.array([box.width, box.height]) * size
            eyes = np.array([(p.x, p.y) for p in points[:2]]) * size
            found.append(Detection(float(item.score[0]), np.concatenate([corner, extent]), eyes))
        return sorted(found, key=lambda detection: -detection.score)

    def _warm_up(self) -> None:
        self(np.zeros((32, 32, 3), np.uint8))


class LandmarkNet(_Graph):
    """Places 478 landmarks in a crop that holds one upright face."""

    def __init__(self) -> None:
        mp = mediapipe()
        config = _unfolded(mp, _LANDMARKS)
        config.output_stream.append(_PRESENCE)
        self._whole = mp.create.create_proto(mp.NormalizedRect(x_center=0.5, y_center=0.5, width=1, height=1))
        _set_presence(
            mp, config, 0.0
        )  # the score is reported, not gated on: what counts differs from use to use
        super().__init__(mp, config, ("landmarks", _PRESENCE), {"refine": mp.create.create_bool(True)})

    def __call__(self, crop: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
        """Return (478, 3) landmarks in crop widths and how surely this is a face, 0..1.

        Args:
            crop: (192, 192, 3) uint8 contiguous.
        """
        seen = self._run(crop, roi=self._whole)
        if "landmarks" not in seen:
            return np.zeros((LANDMARK_COUNT, 3), np.float32), 0.0
        return _unpack(self._mp.get.get_proto(seen["landmarks"])), float(
            self._mp.get.get_float(seen[_PRESENCE])
        )

    def _warm_up(self) -> None:
        self(np.zeros((LANDMARK_SIDE, LANDMARK_SIDE, 3), np.uint8))


class SelfieNet(_Graph):
    """Tells people from what is behind them."""

    def __init__(self) -> None:
        mp = mediapipe()
        super().__init__(mp, _unfolded(mp, _SELFIE), ("mask",), {"model": mp.create.create_int(0)})

    def __call__(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (H, W) float32, 1 where a person is. rgb: (H, W, 3) uint8 contiguous."""
        mask = self._mp.get.get_image_frame(self._run(rgb)["mask"]).numpy_view()
        return np.array(mask, dtype=np.float32).reshape(rgb.shape[:2])

    def _warm_up(self) -> None:
        self(np.zeros((32, 32, 3), np.uint8))


class HandNet(_Graph):
    """Finds hands.

    Args:
        palm: least score of the palm detector for a place to be looked at, 0..1.
        presence: least score of the landmark network for what is there to be a hand, 0..1.
    """

    def __init__(self, palm: float, presence: float) -> None:
        mp = mediapipe()
        config = _unfolded(mp, _HANDS)
        _set_threshold(mp, config, palm)
        _set_presence(mp, config, presence)
        make = mp.create
        sides = {
            "count": make.create_int(_MOST_HANDS),
            "model": make.create_int(0),  # the small networks: they find as many hands, and sooner
            "follow": make.create_bool(False),
        }
        super().__init__(mp, config, ("hands",), sides)

    def __call__(self, rgb: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the hands in rgb, each (21, 3) landmarks in shares of the picture's width and height.

        Args:
            rgb: (H, W, 3) uint8 contiguous.
        """
        with hushed():  # mediapipe talks when it sees its first hand
            packet = self._run(rgb).get("hands")
        return [] if packet is None else [_unpack(hand) for hand in self._mp.get.get_proto_list(packet)]

    def _warm_up(self) -> None:
        self(np.zeros((32, 32, 3), np.uint8))


def _unfolded(mp: MediaPipe, text: str) -> Any:
    """Return the graph with its subgraphs unfolded, so that what is inside can be set and read."""
    config = mp.GraphConfig()
    mp.parse_text(text + _HERE, config)
    whole = mp.ValidatedGraphConfig()
    whole.initialize(graph_config=config)
    config = mp.GraphConfig()
    config.ParseFromString(whole.binary_config)
    return config


def _set_threshold(mp: MediaPipe, config: Any, threshold: float) -> None:
    for node in config.node:
        if node.calculator != "TensorsToDetectionsCalculator":
            continue
        if node.node_options:  # faces; hands have them the older way
            options = mp.DetectionOptions()
            node.node_options[0].Unpack(options)
            options.min_score_thresh = threshold
            node.node_options[0].Pack(options)
        else:
            node.options.Extensions[mp.DetectionOptions.ext].min_score_thresh = threshold


def _set_presence(mp: MediaPipe, config: Any, threshold: float) -> None:
    for node in config.node:
        if node.calculator == "ThresholdingCalculator":
            node.options.Extensions[mp.ThresholdOptions.ext].threshold = threshold


def _unpack(landmarks: Any) -> NDArray[np.float32]:
    """Read x, y, z out of a NormalizedLandmarkList: from its bytes where they have the usual layout."""
    raw = np.frombuffer(landmarks.SerializeToString(), np.uint8)
    if raw.size == LANDMARK_COUNT * 17:  # each: tag, length, then three times tag and float
        rows = raw.reshape(LANDMARK_COUNT, 17)
        if (rows[:, [0, 1, 2, 7, 12]] == (0x0A, 15, 0x0D, 0x15, 0x1D)).all():
            numbers = np.concatenate([rows[:, 3:7], rows[:, 8:12], rows[:, 13:17]], axis=1)
            return np.ascontiguousarray(numbers).view("<f4").astype(np.float32)
    return np.array([(p.x, p.y, p.z) for p in landmarks.landmark], np.float32)
