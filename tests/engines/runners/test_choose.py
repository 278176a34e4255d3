"""The order of runners on machines of every kind, and the reasons for those that cannot run."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engines.errors import EngineError
from engines.runners import choose
from engines.runners.choose import Choice, Machine, candidates, rank
from engines.runners.device import Gpu
from engines.runners.providers import CPU, CUDA, DIRECTML

REPOSITORY = Path(__file__).resolve().parents[3]
ALL = frozenset({"tensorrt_rtx", "tensorrt", "torch", "onnxruntime", "openvino"})
RTX_4070 = Gpu("NVIDIA GeForce RTX 4070", "580.65.06", 13000, 89, 12 << 30)
GTX_1080 = replace(RTX_4070, name="NVIDIA GeForce GTX 1080", capability=61)
OLD_DRIVER = replace(RTX_4070, cuda=12080, driver="535.12")
INSTALL_TORCH = "on pytorch.org, Get Started, and install it into Guise's environment as docs/models.md says"
LAPTOP = Machine(
    installed=ALL - {"tensorrt"},
    gpu=None,
    torch_cuda=13000,
    metal=False,
    provider=CPU,
    bf16=False,
    cpu="AMD EPYC, 2 threads",
    libraries={"openvino": ("openvino 2026.4.1",), "tensorrt_rtx": ("tensorrt-rtx-cu13 1.7.1",)},
)
GAMER = replace(LAPTOP, gpu=RTX_4070, provider=CUDA)


def by_name(machine: Machine) -> dict[str, Choice]:
    return {choice.name: choice for choice in rank(machine)}


def usable(machine: Machine) -> list[str]:
    return [choice.name for choice in rank(machine) if choice.usable]


@pytest.mark.parametrize(
    ("machine", "order"),
    [
        (LAPTOP, ["openvino", "onnxruntime", "torch"]),
        (GAMER, ["tensorrt_rtx", "torch", "onnxruntime", "openvino"]),
        (replace(GAMER, installed=ALL), ["tensorrt_rtx", "tensorrt", "torch", "onnxruntime", "openvino"]),
        (replace(GAMER, provider=CPU), ["tensorrt_rtx", "torch", "openvino", "onnxruntime"]),
        (replace(GAMER, torch_cuda=0), ["onnxruntime", "openvino", "torch"]),
        (replace(GAMER, gpu=OLD_DRIVER, provider=CPU), ["openvino", "onnxruntime", "torch"]),
        (replace(LAPTOP, provider=DIRECTML), ["onnxruntime", "openvino", "torch"]),
        (
            replace(LAPTOP, metal=True, torch_cuda=0, provider="CoreMLExecutionProvider"),
            ["torch", "onnxruntime", "openvino"],
        ),
        (replace(LAPTOP, installed=frozenset(), provider=""), []),
    ],
    ids=["cpu", "card", "both", "cpu-only ort", "cpu-only torch", "old driver", "directml", "mac", "bare"],
)
def test_what_is_fastest_comes_first(machine, order):
    assert usable(machine) == order
    assert {choice.name for choice in rank(machine)} == ALL


@pytest.mark.parametrize(
    ("machine", "name", "reason"),
    [
        (LAPTOP, "tensorrt_rtx", "needs an NVIDIA card; none found"),
        (LAPTOP, "tensorrt", "needs an NVIDIA card; none found"),
        (GAMER, "tensorrt", "the package tensorrt is not installed: NVIDIA offers it for download"),
        (
            replace(GAMER, installed=frozenset()),
            "tensorrt_rtx",
            "the package tensorrt_rtx is not installed: uv run --extra neural --extra tensorrt guise",
        ),
        (
            replace(LAPTOP, installed=frozenset()),
            "openvino",
            "the package openvino is not installed: uv run --extra neural guise",
        ),
        (
            replace(GAMER, gpu=GTX_1080),
            "tensorrt_rtx",
            "needs an NVIDIA card of the 20 series or newer; this is NVIDIA GeForce GTX 1080",
        ),
        (
            replace(GAMER, gpu=replace(RTX_4070, name="NVIDIA H200", capability=90)),
            "tensorrt_rtx",
            "does not know this card (NVIDIA H200, compute capability 9.0)",
        ),
        (
            replace(GAMER, gpu=OLD_DRIVER, torch_cuda=12060),
            "tensorrt_rtx",
            "needs NVIDIA's driver 580 or newer; this one is 535.12",
        ),
        (
            replace(GAMER, gpu=OLD_DRIVER, installed=ALL),
            "tensorrt",
            "needs NVIDIA's driver 580 or newer; this one is 535.12",
        ),
        (
            replace(GAMER, gpu=OLD_DRIVER),
            "torch",
            "runs on the CPU (the NVIDIA GeForce RTX 4070 needs NVIDIA's driver 580 or newer; this one is 535.12)",
        ),
        (replace(GAMER, gpu=OLD_DRIVER, torch_cuda=12090), "torch", "runs on the NVIDIA GeForce RTX 4070"),
        (
            replace(GAMER, gpu=replace(OLD_DRIVER, driver=""), torch_cuda=14000),
            "torch",
            "runs on the CPU (the NVIDIA GeForce RTX 4070 needs NVIDIA's driver for CUDA 14; this one is for CUDA 12)",
        ),
        (
            replace(GAMER, torch_cuda=0),
            "tensorrt_rtx",
            f"needs a PyTorch with CUDA; the one installed has none: choose CUDA {INSTALL_TORCH}",
        ),
        (
            replace(GAMER, torch_cuda=0),
            "torch",
            "runs on the CPU (the NVIDIA GeForce RTX 4070 needs a PyTorch with CUDA; the one installed has none: "
            f"choose CUDA {INSTALL_TORCH})",
        ),
        (
            replace(LAPTOP, provider=""),
            "onnxruntime",
            "the package onnxruntime cannot be loaded; install it again: uv run --extra neural guise",
        ),
        (
            replace(GAMER, gpu=GTX_1080),
            "torch",
            "runs on the CPU (the NVIDIA GeForce GTX 1080 needs a PyTorch with CUDA 12; CUDA 13 knows no cards this "
            f"old: choose CUDA 12 {INSTALL_TORCH})",
        ),
        (replace(GAMER, gpu=GTX_1080, torch_cuda=12060), "torch", "runs on the NVIDIA GeForce GTX 1080"),
        (LAPTOP, "openvino", "runs on the CPU"),
        (replace(LAPTOP, bf16=True), "openvino", "runs on the CPU, its bf16 included"),
        (GAMER, "torch", "runs on the NVIDIA GeForce RTX 4070"),
        (replace(LAPTOP, provider=DIRECTML), "onnxruntime", "runs on the graphics card (DirectML)"),
    ],
)
def test_every_runner_says_where_it_runs_or_why_it_cannot(machine, name, reason):
    choice = by_name(machine)[name]
    assert choice.reason == reason
    assert choice.usable == reason.startswith("runs")
    assert bool(choice.where) == choice.usable


def test_an_h200_still_has_tensorrt_proper():
    machine = replace(GAMER, installed=ALL, gpu=replace(RTX_4070, name="NVIDIA H200", capability=90))
    assert usable(machine)[0] == "tensorrt"


def test_builds_depend_on_what_the_runner_depends_on():
    key = by_name(LAPTOP)["openvino"].key("ab" * 32, 3, "bf16")
    assert (key.runner, key.graph_version, key.precision) == ("openvino", 3, "bf16")
    assert (key.device, key.libraries) == ("AMD EPYC, 2 threads", ("openvino 2026.4.1",))
    card = by_name(GAMER)
    assert "driver 580.65.06" in card["tensorrt_rtx"].device
    assert card["tensorrt_rtx"].device == card["torch"].device == card["onnxruntime"].device
    newer = by_name(replace(GAMER, gpu=replace(RTX_4070, driver="581.00")))["tensorrt_rtx"]
    assert newer.key("ab", 1, "fp16") != card["tensorrt_rtx"].key("ab", 1, "fp16")


def test_a_runner_is_found_by_name_or_the_way_out_is_named(monkeypatch):
    monkeypatch.setattr(choose, "look", lambda: LAPTOP)
    assert choose.find("openvino").usable
    with pytest.raises(EngineError, match="TensorRT cannot run here: needs an NVIDIA card; none found"):
        choose.find("tensorrt")
    with pytest.raises(
        EngineError, match=r"no runner 'openvin'. Did you mean 'openvino'\? Available: tensorrt_rtx"
    ):
        choose.find("openvin")


def test_this_machine_can_be_looked_at():
    assert {choice.name for choice in candidates()} == ALL
    assert all(choice.reason for choice in candidates())


def test_looking_imports_nothing_heavy():
    script = (
        "import sys\nfrom engines.runners.choose import candidates\ncandidates()\n"
        "print(sorted({'torch', 'openvino', 'tensorrt', 'tensorrt_rtx', 'onnx', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize(
    ("text", "cuda"),
    [
        ("cuda: Optional[str] = '13.0'\n", 13000),
        ('cuda = "12.8"\n', 12080),
        ("cuda: Optional[str] = None\n", 0),
    ],
)
def test_pytorch_s_cuda_is_read_not_imported(tmp_path, monkeypatch, text, cuda):
    package = tmp_path / "torch"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "version.py").write_text(f"debug = False\n{text}hip = None\n")
    spec = type("Spec", (), {"origin": str(package / "__init__.py")})
    monkeypatch.setattr(choose, "find_spec", lambda _name: spec)
    assert choose._torch_cuda() == cuda


def test_a_broken_onnxruntime_is_no_reason_to_fail(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert choose._fastest_provider() == ""
