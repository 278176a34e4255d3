"""What this machine has: its CPU, its NVIDIA card and driver, its libraries. Nothing heavy is imported to find out.

The card is asked through the driver's own two libraries, so neither PyTorch nor CUDA's tools are needed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

_CUDA = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_NVML = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
_MAJOR, _MINOR = 75, 76  # the driver's numbers for the two halves of the compute capability
_CPUINFO = Path("/proc/cpuinfo")
_BF16_FLAGS = {"avx512_bf16", "amx_bf16"}

Open = Callable[[str], Any]


@dataclass(frozen=True)
class Gpu:
    """An NVIDIA card.

    Attributes:
        name: as the driver calls it: "NVIDIA GeForce RTX 4070".
        driver: its version: "580.65.06"; empty when it does not say.
        cuda: the newest CUDA the driver runs, as 1000 * major + 10 * minor: 13000.
        capability: compute capability as one number: 89.
        memory: in bytes.
    """

    name: str
    driver: str
    cuda: int
    capability: int
    memory: int

    @property
    def key(self) -> str:
        """What an engine file made for this card depends on."""
        return f"{self.name}, compute capability {self.capability}, driver {self.driver or self.cuda}"


@lru_cache(maxsize=1)
def nvidia_gpu() -> Gpu | None:
    """Return the card CUDA uses first; None when there is none or its driver does not answer."""
    return find_nvidia_gpu(_open_library)


def find_nvidia_gpu(open_library: Open) -> Gpu | None:
    """Ask the driver for its first card.

    Args:
        open_library: opens a shared library by name; OSError when there is none.
    """
    try:
        cuda = open_library(_CUDA)
        if cuda.cuInit(0) != 0:
            return None
        device, version, memory = ctypes.c_int(), ctypes.c_int(), ctypes.c_size_t()
        if cuda.cuDeviceGet(ctypes.byref(device), 0) != 0:
            return None
        name = ctypes.create_string_buffer(256)
        cuda.cuDeviceGetName(name, len(name), device)
        cuda.cuDeviceTotalMem_v2(ctypes.byref(memory), device)
        cuda.cuDriverGetVersion(ctypes.byref(version))
        capability = 10 * _attribute(cuda, _MAJOR, device) + _attribute(cuda, _MINOR, device)
    except (OSError, AttributeError):
        return None
    driver = _driver_version(open_library)
    return Gpu(name.value.decode(errors="replace"), driver, version.value, capability, memory.value)


def cpu_name() -> str:
    """Return the CPU's name as its maker writes it, or its architecture where the system does not say."""
    name = _cpuinfo("model name") or platform.processor() or platform.machine()
    return " ".join(name.split())


def cpu_key() -> str:
    """Return what a graph compiled and timed on this CPU depends on; not how much of it this process may use."""
    return f"{cpu_name()}, {os.cpu_count() or 1} threads"


def usable_cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux has it
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 by itself, so that it is faster than float32.

    Linux says so; elsewhere OpenVINO is asked, the only library here that makes use of it.
    """
    flags = _cpuinfo("flags")
    if flags:
        return not _BF16_FLAGS.isdisjoint(flags.split())
    try:
        from engines.runners.quiet_openvino import import_openvino

        return "BF16" in import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except ImportError:
        return False


def has_metal() -> bool:
    """Whether this is a Mac with a chip of Apple's own, whose GPU PyTorch can use."""
    return sys.platform == "darwin" and platform.machine() == "arm64"


def library_versions(names: Iterable[str]) -> tuple[str, ...]:
    """Return "name version" of each installed package, in the order given; those that are absent are left out."""
    versions = ((name, package_version(name)) for name in names)
    return tuple(f"{name} {version}" for name, version in versions if version)


def package_version(name: str) -> str | None:
    """Return an installed package's version; None when it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _attribute(cuda: Any, number: int, device: ctypes.c_int) -> int:
    value = ctypes.c_int()
    cuda.cuDeviceGetAttribute(ctypes.byref(value), number, device)
    return value.value


def _driver_version(open_library: Open) -> str:
    try:
        nvml = open_library(_NVML)
        if nvml.nvmlInit_v2() != 0:
            return ""
        text = ctypes.create_string_buffer(96)
        answered = nvml.nvmlSystemGetDriverVersion(text, len(text)) == 0
        nvml.nvmlShutdown()
    except (OSError, AttributeError):
        return ""
    return text.value.decode(errors="replace") if answered else ""


def _open_library(name: str) -> Any:
    return ctypes.CDLL(name)


def _cpuinfo(field: str) -> str:
    """Return a line of Linux's description of the first core; empty on other systems."""
    try:
        lines = _CPUINFO.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return next(
        (line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == field), ""
    )
