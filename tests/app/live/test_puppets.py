from app.live.puppets import _run
from engines.building.speed import Speed
from engines.runners.base import StageTimes


def test_what_a_frame_takes_on_a_card_reaches_the_status():
    card = StageTimes(0.06, 1.2, 0.05, 1.4)
    run = _run("vox", Speed(400, "NVIDIA X", "fp16", "torch", True, card), carried=False)
    assert (run.where, run.frames_per_second, run.card_ms) == ("NVIDIA X", 400, (0.06, 1.2, 0.05))


def test_without_a_card_there_is_nothing_to_tell_of_it():
    assert _run("vox", Speed(5, "CPU", "bf16", "openvino", True), carried=True).card_ms == ()
