"""The card and its driver, asked through stand-ins for the driver's libraries; the CPU, through a text."""

from __future__ import annotations

import ctypes

import pytest

from engines.runners import device
from engines.runners.device import Gpu, cpu_has_bf16, cpu_key, cpu_name, find_nvidia_gpu, library_versions


class Cuda:
    """Stands in for the CUDA driver of a machine with one RTX 4070."""

    def __init__(self, init: int = 0, get: int = 0) -> None:
        self.init, self.get = init, get

    def cuInit(self, _flags):  # noqa: N802 - the driver's name
        return self.init

    def cuDeviceGet(self, _device, _index):  # noqa: N802
        return self.get

    def cuDeviceGetName(self, buffer, size, _device):  # noqa: N802
        buffer.value = b"NVIDIA GeForce RTX 4070"[: size - 1]
        return 0

    def cuDeviceTotalMem_v2(self, memory, _device):  # noqa: N802
        ctypes.cast(memory, ctypes.POINTER(ctypes.c_size_t))[0] = 12 << 30
        return 0

    def cuDriverGetVersion(self, version):  # noqa: N802
        ctypes.cast(version, ctypes.POINTER(ctypes.c_int))[0] = 13000
        return 0

    def cuDeviceGetAttribute(self, value, number, _device):  # noqa: N802
        ctypes.cast(value, ctypes.POINTER(ctypes.c_int))[0] = {75: 8, 76: 9}[number]
        return 0


class Nvml:
    def __init__(self, init: int = 0) -> None:
        self.init = init

    def nvmlInit_v2(self):  # noqa: N802
        return self.init

    def nvmlSystemGetDriverVersion(self, buffer, size):  # noqa: N802
        buffer.value = b"580.65.06"[: size - 1]
        return 0

    def nvmlShutdown(self):  # noqa: N802
        return 0


def libraries(cuda=None, nvml=None):
    there = {device._CUDA: cuda, device._NVML: nvml}

    def open_library(name):
        if there[name] is None:
            raise OSError(f"{name}: cannot open shared object file")
        return there[name]

    return open_library


def test_a_card_is_described_by_its_driver():
    gpu = find_nvidia_gpu(libraries(Cuda(), Nvml()))
    assert gpu == Gpu("NVIDIA GeForce RTX 4070", "580.65.06", 13000, 89, 12 << 30)
    assert gpu.key == "NVIDIA GeForce RTX 4070, compute capability 89, driver 580.65.06"


@pytest.mark.parametrize("nvml", [None, Nvml(init=1), object()], ids=["absent", "refuses", "foreign"])
def test_a_driver_that_keeps_its_version_to_itself_is_told_by_its_cuda(nvml):
    gpu = find_nvidia_gpu(libraries(Cuda(), nvml))
    assert (gpu.driver, gpu.key) == ("", "NVIDIA GeForce RTX 4070, compute capability 89, driver 13000")


@pytest.mark.parametrize(
    "cuda", [None, Cuda(init=100), Cuda(get=101), object()], ids=["absent", "no card", "hidden", "foreign"]
)
def test_no_card_is_no_error(cuda):
    assert find_nvidia_gpu(libraries(cuda, Nvml())) is None


@pytest.mark.parametrize(
    ("flags", "has"),
    [("fpu avx2 avx512_bf16", True), ("fpu amx_bf16 amx_tile", True), ("fpu avx2 avx512f", False)],
)
def test_linux_says_what_the_cpu_is_and_can(tmp_path, monkeypatch, flags, has):
    text = tmp_path / "cpuinfo"
    text.write_text(f"processor\t: 0\nmodel name\t: Some  CPU 9000\nflags\t\t: {flags}\n\nprocessor\t: 1\n")
    monkeypatch.setattr(device, "_CPUINFO", text)
    assert cpu_name() == "Some CPU 9000"
    assert cpu_has_bf16() is has
    assert cpu_key().startswith("Some CPU 9000, ")


def test_elsewhere_openvino_is_asked_and_without_it_the_answer_is_no(tmp_path, monkeypatch):
    from engines.runners import quiet_openvino

    def absent():
        raise ImportError

    class OpenVino:
        def Core(self):  # noqa: N802 - OpenVINO's name
            return self

        def get_property(self, _device, _name):
            return ["FP32", "BF16"]

    monkeypatch.setattr(device, "_CPUINFO", tmp_path / "absent")
    monkeypatch.setattr(quiet_openvino, "import_openvino", OpenVino)
    assert cpu_has_bf16()
    monkeypatch.setattr(quiet_openvino, "import_openvino", absent)
    assert not cpu_has_bf16()
    assert cpu_name()


def test_only_installed_packages_have_versions():
    (version,) = library_versions(["numpy", "no-such-package-of-guise"])
    assert version.startswith("numpy 1.")
