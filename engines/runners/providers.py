"""ONNX Runtime's execution providers: which come first, and what they are called for people."""

from __future__ import annotations

from collections.abc import Iterable

from engines.runners.device import nvidia_gpu

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
    CPU: "CPU",
}


def usable_providers(available: Iterable[str]) -> list[str]:
    """Return the providers worth trying here, fastest first; the CPU is always last.

    Args:
        available: what the installed build was made with. That it names CUDA says nothing about a card.
    """
    there = {*available, CPU}
    if CUDA in there and nvidia_gpu() is None:
        there.remove(CUDA)
    return [name for name in _TITLES if name in there]


def provider_title(name: str) -> str:
    """Return what a provider runs on, in words."""
    return _TITLES.get(name, name.removesuffix("ExecutionProvider"))
