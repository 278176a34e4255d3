"""What is PyTorch's own: devices, modules that do not keep their word, memory that runs out."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytest.importorskip("torch", reason="needs the extra 'neural'")

import torch

from engines.building.report import device_measured
from engines.errors import EngineError
from engines.runners import full_precision
from engines.runners.base import TensorSpec
from engines.runners.device import Gpu
from engines.runners.full_precision import full_float32
from engines.runners.torch_runner import TorchRunner, best_device

A, B = TensorSpec("a", (2, 3), "float32"), TensorSpec("b", (2, 3), "float32")
ONES = np.ones((2, 3), np.float32)


class Does(torch.nn.Module):
    def __init__(self, what) -> None:
        super().__init__()
        self.what = what

    def forward(self, a):
        return self.what(a)


def runner_of(what, outputs=(B,)) -> TorchRunner:
    return TorchRunner(Does(what), [A], outputs, "cpu")


def test_a_single_result_needs_no_tuple():
    np.testing.assert_array_equal(runner_of(lambda a: a * 2).run({"a": ONES})["b"], 2 * ONES)


def test_the_module_is_set_to_work_not_to_learn():
    runner = TorchRunner(torch.nn.Dropout(0.5).train(), [A], [B], "cpu")
    np.testing.assert_array_equal(runner.run({"a": ONES})["b"], ONES)
    assert runner_of(lambda a: a * torch.is_inference_mode_enabled()).run({"a": ONES})["b"].all()


def tf32():
    """Whether PyTorch may round float32 to 10 bits on a card."""
    return torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32


@pytest.fixture
def rounding():
    """Lets PyTorch round."""
    before = tf32()
    full_precision._allow(True, True)
    yield
    full_precision._allow(*before)


def test_float32_is_not_rounded_while_a_module_runs(rounding):
    seen = []

    def fails(a):
        seen.append(tf32())
        raise RuntimeError("no")

    with pytest.raises(EngineError):
        runner_of(fails).run({"a": ONES})
    assert seen == [(False, False)]
    assert tf32() == (True, True)


def test_rounding_comes_back_with_the_last_of_several_threads(rounding):
    first, second = full_float32(), full_float32()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert tf32() == (False, False)
    second.__exit__(None, None, None)
    assert tf32() == (True, True)


def test_a_module_that_does_not_keep_its_word_is_found_out():
    with pytest.raises(ValueError, match="gave 2 outputs; 1 were expected"):
        runner_of(lambda a: (a, a)).run({"a": ONES})
    with pytest.raises(ValueError, match=r"output 'b' is float32 \(3, 2\), not float32 \(2, 3\)"):
        runner_of(lambda a: a.T).run({"a": ONES})


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        ("CUDA out of memory. Tried to allocate 20.00 GiB", "This computer ran out of memory. Close"),
        ("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes", "ran out of memory"),
        (
            "CUDA error: an illegal memory access was encountered\nmore",
            "stopped answering. Start Guise again",
        ),
        ("\n  something odd\nand a page of text", r"failed on this computer \(something odd\)"),
    ],
)
def test_what_goes_wrong_is_one_sentence_with_the_way_out(complaint, words):
    def fails(_a):
        raise RuntimeError(complaint)

    with pytest.raises(EngineError, match=words) as caught:
        runner_of(fails).run({"a": ONES})
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without an NVIDIA card")
def test_a_card_that_is_not_there_is_an_engine_error():
    with pytest.raises(EngineError, match="failed on cuda"):
        TorchRunner(torch.nn.Linear(2, 2), [A], [B], "cuda")


def test_the_best_device_is_cuda_then_metal_then_the_cpu(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert best_device() == "cuda"
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("engines.runners.torch_runner.has_metal", lambda: True)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    assert best_device() == "mps"
    monkeypatch.setattr("engines.runners.torch_runner.has_metal", lambda: False)
    assert best_device() == "cpu"


@pytest.mark.parametrize(
    ("capability", "built_for", "runs"),
    [
        (61, "sm_75 sm_80 sm_86 sm_90 sm_120 compute_120", False),
        (61, "sm_50 sm_60 sm_70 sm_90", True),
        (89, "sm_75 sm_80 sm_86 sm_90", True),
        (90, "sm_80 sm_86", False),
        (120, "sm_80 sm_90 compute_90", True),
        (120, "sm_80 sm_90a compute_90a", False),
        (103, "sm_90 sm_100f", True),
        (120, "sm_100f compute_100f", False),
        (61, "", True),
        (61, "gfx90a gfx942", True),
    ],
    ids=["older", "series", "later", "newer", "ptx", "very card", "family", "other family", "unknown", "amd"],
)
def test_a_card_that_pytorch_has_no_code_for_is_none(monkeypatch, capability, built_for, runs):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_arch_list", built_for.split)
    monkeypatch.setattr("engines.runners.torch_runner.has_metal", lambda: False)
    card = Gpu("NVIDIA GeForce", "580.65.06", 13000, capability, 8 << 30)
    monkeypatch.setattr("engines.runners.torch_runner.nvidia_gpu", lambda: card)
    assert best_device() == ("cuda" if runs else "cpu")
    assert device_measured() == best_device()


def test_a_mac_gets_a_pytorch_whose_gpu_can_repeat_a_picture_s_border():
    project = Path(__file__).parents[3] / "pyproject.toml"
    extra = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"]["neural"]
    asked = [each for each in map(Requirement, extra) if each.name == "torch"]
    (mac,) = (each for each in asked if each.marker and each.marker.evaluate({"sys_platform": "darwin"}))
    assert (mac.specifier.contains("2.12.1"), mac.specifier.contains("2.13.0")) == (False, True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA card")
def test_a_card_computes_the_same():
    runner = TorchRunner(Does(lambda a: a * 3), [A], [B], "cuda")
    runner.bind({"a": ONES})
    np.testing.assert_array_equal(runner.run({})["b"], 3 * ONES)
    assert runner.where == torch.cuda.get_device_name()
    runner.close()
