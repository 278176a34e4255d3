from __future__ import annotations

import av
import numpy as np

from app.devices.recorder import PROVENANCE, Recorder


def test_a_recording_says_that_it_is_animated(tmp_path):
    path = tmp_path / "take.mp4"
    with Recorder(path) as recorder:
        recorder.open(64, 48, 30)
        for index in range(10):
            recorder.send(np.full((48, 64, 3), index, np.uint8), index / 30)
    with av.open(str(path)) as container:
        assert container.metadata["comment"] == PROVENANCE
