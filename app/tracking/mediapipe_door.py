"""The one door to mediapipe: imported late, in part, and without its chatter."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

_LOCK = threading.RLock()


@dataclass(frozen=True)
class MediaPipe:
    """What we use of mediapipe."""

    CalculatorGraph: Any
    ValidatedGraphConfig: Any
    GraphConfig: Any
    DetectionOptions: Any
    ThresholdOptions: Any
    NormalizedRect: Any
    SRGB: Any
    create: Any
    get: Any
    parse_text: Any


def mediapipe() -> MediaPipe:
    """Return the parts of mediapipe we use, imported now: a quarter of a second the first time."""
    with _LOCK:
        return _load()


@lru_cache(maxsize=1)
def _load() -> MediaPipe:
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # protobuf warns about a call that mediapipe 0.10.21 makes whenever a result is read.
    warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype", category=UserWarning)
    with hushed(), _without_matplotlib():
        from google.protobuf import text_format  # type: ignore[import-untyped]
        from mediapipe.calculators.tensor import tensors_to_detections_calculator_pb2
        from mediapipe.calculators.util import thresholding_calculator_pb2
        from mediapipe.framework import calculator_pb2
        from mediapipe.framework.formats import rect_pb2
        from mediapipe.python import packet_creator, packet_getter
        from mediapipe.python._framework_bindings import (
            calculator_graph,
            image_frame,
            resource_util,
            validated_graph_config,
        )
    package = Path(sys.modules["mediapipe"].__file__ or "").parent
    resource_util.set_resource_dir(str(package.parent))
    return MediaPipe(
        CalculatorGraph=calculator_graph.CalculatorGraph,
        ValidatedGraphConfig=validated_graph_config.ValidatedGraphConfig,
        GraphConfig=calculator_pb2.CalculatorGraphConfig,
        DetectionOptions=tensors_to_detections_calculator_pb2.TensorsToDetectionsCalculatorOptions,
        ThresholdOptions=thresholding_calculator_pb2.ThresholdingCalculatorOptions,
        NormalizedRect=rect_pb2.NormalizedRect,
        SRGB=image_frame.ImageFormat.SRGB,
        create=packet_creator,
        get=packet_getter,
        parse_text=text_format.Parse,
    )


@contextlib.contextmanager
def _without_matplotlib() -> Iterator[None]:
    """Let mediapipe's drawing helpers import an empty matplotlib: the real one takes a second, and we draw nothing."""
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
def hushed() -> Iterator[None]:
    """Turn stderr off for a moment: mediapipe's C++ logs start-up notes there that no setting silences."""
    with _LOCK:
        try:
            kept = os.dup(2)
        except OSError:  # a windowed program may have no stderr at all
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
