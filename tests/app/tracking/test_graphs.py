from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from app.tracking.graphs import LANDMARK_SIDE, Detector, LandmarkNet, _unpack
from app.tracking.mediapipe_door import mediapipe
from app.tracking.region import Region, place_landmarks

from .conftest import Picture


def test_importing_the_room_loads_no_mediapipe() -> None:
    code = (
        "import sys, app.tracking.tracker, app.tracking.portrait, app.tracking.matte, app.tracking.calibration\n"
        "assert 'mediapipe' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_tracking_is_silent_and_leaves_matplotlib_to_others() -> None:
    code = (
        "import sys, numpy as np\n"
        "from app.tracking.tracker import FaceTracker\n"
        "from app.tracking.portrait import find_faces\n"
        "with FaceTracker() as tracker:\n"
        "    tracker.track(np.zeros((64, 64, 3), np.uint8), 0.0)\n"
        "find_faces(np.zeros((64, 64, 3), np.uint8))\n"
        "assert 'matplotlib' not in sys.modules\n"
        "print('still heard', file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert (done.stdout, done.stderr) == ("", "still heard\n")


def test_closing_twice_is_fine_and_using_a_closed_network_is_not(portrait: Picture) -> None:
    detector = Detector()
    detector.close()
    detector.close()
    with pytest.raises(RuntimeError, match="closed"):
        detector(portrait)


def test_a_lower_threshold_finds_more(portrait: Picture) -> None:
    blurred = np.ascontiguousarray(portrait[::14, ::14].repeat(14, axis=0).repeat(14, axis=1))
    strict, lax = Detector(0.98), Detector(0.02)
    assert len(strict(blurred)) < len(lax(blurred))
    strict.close()
    lax.close()


def test_the_score_tells_a_face_from_none(portrait: Picture) -> None:
    net, detector = LandmarkNet(), Detector()
    region = Region.from_detection(detector(portrait)[0])
    assert place_landmarks(net, portrait, region)[1] > 0.9
    assert net(np.zeros((LANDMARK_SIDE, LANDMARK_SIDE, 3), np.uint8))[1] < 0.1
    net.close()
    detector.close()


def test_a_network_works_in_another_thread_than_it_was_made_in(portrait: Picture) -> None:
    detector, found = Detector(), []
    thread = threading.Thread(target=lambda: found.extend(detector(portrait)))
    thread.start()
    thread.join(10)
    detector.close()
    assert len(found) == 1


def test_landmarks_are_read_the_same_from_bytes_and_from_messages() -> None:
    from mediapipe.framework.formats import landmark_pb2

    mediapipe()
    usual, unusual = landmark_pb2.NormalizedLandmarkList(), landmark_pb2.NormalizedLandmarkList()
    numbers = np.random.default_rng(0).normal(size=(478, 3)).astype(np.float32)
    for x, y, z in numbers:
        usual.landmark.add(x=x, y=y, z=z)
        unusual.landmark.add(x=x, y=y, z=z, visibility=0.5)
    assert np.array_equal(_unpack(usual), numbers)
    assert np.array_equal(_unpack(unusual), numbers)
