"""ONNX Runtime's execution providers: which come first, and what they are called for people."""

from __future__ import annotations

from collections.abc import Iterable

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
DIRECTML = "DmlExecutionProvider"

# Fastest first. Those not named here go by unasked: they send the work elsewhere, compile for minutes without a word
# (the TensorRT providers; Guise has a runner of its own for that), or run on phones and in browsers.
_TITLES = {
    CUDA: "NVIDIA card (CUDA)",
    "MIGraphXExecutionProvider": "AMD card (MIGraphX)",
    "ROCMExecutionProvider": "AMD card (ROCm)",
    DIRECTML: "graphics card (DirectML)",
    "CoreMLExecutionProvider": "Apple chip (Core ML)",
    "WebGpuExecutionProvider": "graphics card (WebGPU)",
    "QNNExecutionProvider": "Qualcomm chip (QNN)",
    "OpenVINOExecutionProvider": "Intel chip (OpenVINO)",
    "DnnlExecutionProvider": "CPU (oneDNN)",
    CPU: "CPU",
}


def in_order(available: Iterable[str]) -> list[str]:
    """Return the providers worth trying, fastest first; the CPU is always last."""
    there = {*available, CPU}
    return [name for name in _TITLES if name in there]


def provider_title(name: str) -> str:
    """Return what a provider runs on, in words."""
    return _TITLES.get(name, name.removesuffix("ExecutionProvider"))
