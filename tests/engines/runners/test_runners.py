"""What every runner promises, tried with one toy network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")
pytest.importorskip("onnxruntime", reason="needs the extra 'neural'")
pytest.importorskip("onnx", reason="needs the extra 'neural'")

import torch

from engines.errors import EngineError
from engines.runners.base import Runner
from engines.runners.onnx_runner import OnnxRunner
from engines.runners.openvino_runner import OpenVinoRunner
from engines.runners.tensorrt_runner import DeviceMemory, TensorRtRunner
from engines.runners.torch_runner import TorchRunner
from tests.engines.runners import fake_tensorrt, toys


class Toy(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.from_numpy(toys.WEIGHT))

    def forward(self, driving, state):
        planes = driving.permute(2, 0, 1).float()[None] / 255
        mixed = torch.nn.functional.conv2d(planes, self.weight, padding=1) + state
        picture = (torch.sigmoid(mixed) * 255).round()[0].permute(1, 2, 0).to(torch.uint8)
        return picture, mixed.mean((2, 3)), state


def _openvino(folder: Path) -> Runner:
    pytest.importorskip("openvino", reason="needs the extra 'neural'")
    return OpenVinoRunner([(toys.whole(folder / "toy.onnx"), "fp32")])


def _tensorrt(_folder: Path) -> Runner:
    return TensorRtRunner(fake_tensorrt.ENGINE, "tensorrt", memory=DeviceMemory("cpu"))


RUNNERS = {
    "torch": lambda folder: TorchRunner(Toy(), toys.INPUTS, toys.OUTPUTS, "cpu"),
    "onnxruntime": lambda folder: OnnxRunner(toys.whole(folder / "toy.onnx")),
    "openvino": _openvino,
    "tensorrt": _tensorrt,
}


@pytest.fixture(params=RUNNERS)
def runner(request, tmp_path, monkeypatch) -> Iterator[Runner]:
    fake_tensorrt.install(monkeypatch)
    made = RUNNERS[request.param](tmp_path)
    assert made.name == request.param
    yield made
    made.close()


def agree(results, frame, state) -> None:
    wanted = toys.expected(frame, state)
    assert results.keys() == wanted.keys()
    assert np.abs(results["picture"].astype(int) - wanted["picture"]).max() <= 1
    np.testing.assert_allclose(results["value"], wanted["value"], atol=1e-5)
    np.testing.assert_array_equal(results["echo"], wanted["echo"])


def test_a_runner_says_what_it_takes_and_gives(runner):
    assert set(runner.inputs) == set(toys.INPUTS)
    assert set(runner.outputs) == set(toys.OUTPUTS)
    assert runner.where
    assert runner.precision in ("fp32", "fp16")


def test_results_are_right_and_typed(runner):
    results = runner.run({"driving": toys.driving(), "state": toys.state()})
    agree(results, toys.driving(), toys.state())
    assert all(spec.accepts(results[spec.name]) for spec in runner.outputs)


def test_bound_inputs_stay_whatever_becomes_of_the_caller_s_arrays(runner):
    state = toys.state()
    runner.bind({"state": state})
    state[:] = 0
    for seed in (1, 2, 3):
        frame = toys.driving(seed)
        agree(runner.run({"driving": frame}), frame, toys.state())
    runner.bind({"state": toys.state(2)})
    agree(runner.run({"driving": toys.driving()}), toys.driving(), toys.state(2))


def test_everything_may_be_bound(runner):
    runner.bind({"driving": toys.driving()})
    runner.bind({"state": toys.state()})
    agree(runner.run({}), toys.driving(), toys.state())


def test_an_input_given_once_does_not_replace_the_bound_one(runner):
    runner.bind({"state": toys.state(1)})
    agree(runner.run({"driving": toys.driving(), "state": toys.state(2)}), toys.driving(), toys.state(2))
    agree(runner.run({"driving": toys.driving()}), toys.driving(), toys.state(1))


def test_results_are_the_caller_s_own(runner):
    runner.bind({"state": toys.state()})
    first = runner.run({"driving": toys.driving(1)})
    kept = {name: array.copy() for name, array in first.items()}
    second = runner.run({"driving": toys.driving(2)})
    for name, array in first.items():
        np.testing.assert_array_equal(array, kept[name])
        assert not np.shares_memory(array, second[name])
        array[...] = 0
    agree(runner.run({"driving": toys.driving(2)}), toys.driving(2), toys.state())
    agree(second, toys.driving(2), toys.state())


def test_a_frame_handed_in_is_left_alone_and_may_be_read_only_or_a_view(runner):
    frame = toys.driving()
    frame.setflags(write=False)
    state = np.asfortranarray(toys.state())
    agree(runner.run({"driving": frame, "state": state}), frame, state)
    mirrored = toys.driving()[:, ::-1]
    runner.bind({"state": toys.state()[..., ::-1]})
    agree(runner.run({"driving": mirrored}), mirrored, toys.state()[..., ::-1])
    np.testing.assert_array_equal(frame, toys.driving())


@pytest.mark.parametrize("bind", [True, False], ids=["bind", "run"])
@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"driver": toys.driving()}, "no input 'driver'; the graph takes driving, state"),
        ({"state": toys.state()[0]}, r"'state' must be float32 \(1, 3, 8, 8\), not float32 \(3, 8, 8\)"),
        ({"driving": toys.driving().astype(np.float32)}, "'driving' must be uint8 .*, not float32"),
        ({"state": toys.state().astype(np.float64)}, "'state' must be float32 .*, not float64"),
        ({"state": [1.0]}, "'state' must be an array, not list"),
    ],
    ids=["name", "shape", "uint8", "float", "list"],
)
def test_wrong_inputs_are_named(runner, bind, arrays, words):
    with pytest.raises(ValueError, match=words):
        (runner.bind if bind else runner.run)(arrays)


def test_missing_inputs_are_named(runner):
    with pytest.raises(ValueError, match="Missing inputs: driving, state"):
        runner.run({})
    runner.bind({"state": toys.state()})
    with pytest.raises(ValueError, match=r"Missing inputs: driving\."):
        runner.run({})


def test_a_wrong_input_leaves_the_runner_as_it_was(runner):
    runner.bind({"state": toys.state()})
    with pytest.raises(ValueError, match="'driving'"):
        runner.bind({"state": toys.state(2), "driving": toys.state()})
    agree(runner.run({"driving": toys.driving()}), toys.driving(), toys.state())


def test_closing_twice_is_fine_and_a_closed_runner_says_so(runner):
    runner.bind({"state": toys.state()})
    runner.close()
    runner.close()
    with pytest.raises(EngineError, match="closed"):
        runner.run({"driving": toys.driving()})


def test_a_runner_can_be_used_from_another_thread(runner):
    runner.bind({"state": toys.state()})
    results = []
    thread = threading.Thread(target=lambda: results.append(runner.run({"driving": toys.driving()})))
    thread.start()
    thread.join()
    agree(results[0], toys.driving(), toys.state())


@pytest.mark.parametrize("name", RUNNERS)
def test_nothing_is_printed_and_no_python_thread_is_left(name, tmp_path, monkeypatch, capfd):
    fake_tensorrt.install(monkeypatch)
    before = set(threading.enumerate())
    made = RUNNERS[name](tmp_path)
    made.bind({"state": toys.state()})
    made.run({"driving": toys.driving()})
    made.close()
    assert capfd.readouterr() == ("", "")
    assert set(threading.enumerate()) == before
