"""Which runners there are, which work here, and why each other does not. Cheap: nothing absent is looked for twice.

Only ONNX Runtime is imported, when it is installed: its build alone knows what it can use. The others are judged by
what their packages and the card's driver say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from engines.errors import EngineError
from engines.runners.build_cache import BuildKey
from engines.runners.device import Gpu, cpu_has_bf16, cpu_key, has_metal, library_versions, nvidia_gpu
from engines.runners.providers import CPU, CUDA, provider_title, usable_providers

_TITLES = {
    "tensorrt_rtx": "TensorRT for RTX",
    "tensorrt": "TensorRT",
    "torch": "PyTorch",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
}
_PACKAGES = {
    "tensorrt_rtx": ("tensorrt-rtx-cu13", "tensorrt-rtx-cu12", "tensorrt-rtx"),
    "tensorrt": ("tensorrt", "tensorrt-cu13", "tensorrt-cu12"),
    "torch": ("torch",),
    "onnxruntime": (
        "onnxruntime",
        "onnxruntime-gpu",
        "onnxruntime-directml",
        "onnxruntime-openvino",
        "onnxruntime-qnn",
    ),
    "openvino": ("openvino",),
}
_INSTALL = {
    "tensorrt_rtx": "uv run --extra neural --extra tensorrt guise",
    "tensorrt": "NVIDIA offers it for download",
}
_INSTALL_NEURAL = "uv run --extra neural guise"
_INSTALL_TORCH = "on pytorch.org, Get Started, and install it into Guise's environment as docs/models.md says"
_RTX_CARDS = (75, 80, 86, 89, 120, 121)
_OLDEST_CARD = 75
_OLDEST_OF_CUDA_13 = 75  # no compiler of it makes code for older cards
_DRIVERS = {12: "528", 13: "580"}  # the oldest of NVIDIA's that run a CUDA, on Linux and Windows
_TORCH_CUDA = re.compile(r"^cuda\b[^=]*=\s*['\"](\d+)\.(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Choice:
    """A runner as this machine sees it.

    Attributes:
        name: as the command line says it.
        title: as the window says it.
        usable: whether it can run here.
        reason: what it runs on; or why it cannot, and what to do.
        where: the device, in words; empty when not usable.
        device: what its builds depend on, for BuildKey.
        libraries: its packages with versions, for BuildKey.
    """

    name: str
    title: str
    usable: bool
    reason: str
    where: str = ""
    device: str = ""
    libraries: tuple[str, ...] = ()

    @property
    def on_card(self) -> bool:
        """Whether it runs on a graphics card."""
        return self.usable and self.where != "CPU"

    def key(self, model_sha256: str, graph_version: int, precision: str) -> BuildKey:
        """Return the key of a model's build for this runner on this machine."""
        return BuildKey(model_sha256, graph_version, self.name, precision, self.device, self.libraries)


@dataclass(frozen=True)
class Machine:
    """What the choice is made from.

    Attributes:
        installed: modules that can be imported, of _TITLES.
        gpu: the NVIDIA card.
        torch_cuda: the CUDA PyTorch was built with, as Gpu.cuda says it; 0 for none.
        metal: PyTorch can use Apple's GPU.
        provider: ONNX Runtime's fastest execution provider; empty when it cannot be loaded.
        bf16: the CPU multiplies bfloat16 by itself.
        cpu: what a build for the CPU depends on.
        libraries: packages with versions, by runner.
    """

    installed: frozenset[str]
    gpu: Gpu | None
    torch_cuda: int
    metal: bool
    provider: str
    bf16: bool
    cpu: str
    libraries: dict[str, tuple[str, ...]]


def candidates() -> list[Choice]:
    """Return every runner in order of preference, those that cannot run here with the reason."""
    return rank(look())


def find(name: str) -> Choice:
    """Return the runner of that name.

    Raises:
        EngineError: there is none, or it cannot run here, and why.
    """
    choices = {choice.name: choice for choice in candidates()}
    if name not in choices:
        guess = get_close_matches(name, choices, n=1)
        hint = f" Did you mean '{guess[0]}'?" if guess else ""
        raise EngineError(f"There is no runner '{name}'.{hint} Available: {', '.join(choices)}.")
    if not choices[name].usable:
        raise EngineError(f"{choices[name].title} cannot run here: {choices[name].reason}.")
    return choices[name]


def look() -> Machine:
    """Find out what this machine has."""
    installed = frozenset(name for name in _TITLES if find_spec(name) is not None)
    gpu = nvidia_gpu()
    return Machine(
        installed=installed,
        gpu=gpu,
        torch_cuda=_torch_cuda() if "torch" in installed else 0,
        metal=has_metal(),
        provider=_fastest_provider() if "onnxruntime" in installed else "",
        bf16="openvino" in installed and cpu_has_bf16(),
        cpu=cpu_key(),
        libraries={name: library_versions(packages) for name, packages in _PACKAGES.items()},
    )


def rank(machine: Machine) -> list[Choice]:
    """Return every runner in order of preference on that machine."""
    by_name = {name: _choice(name, machine) for name in _TITLES}
    fast = [name for name in ("torch", "onnxruntime") if by_name[name].usable and _on_a_card(name, machine)]
    order = ["tensorrt_rtx", "tensorrt", *fast, "openvino", "onnxruntime", "torch"]
    return [by_name[name] for name in dict.fromkeys(order)]


def _choice(name: str, machine: Machine) -> Choice:
    reason = _obstacle(name, machine)
    if reason:
        return Choice(name, _TITLES[name], usable=False, reason=reason)
    where, device = _place(name, machine)
    detail = ", its bf16 included" if name == "openvino" and machine.bf16 else ""
    if name == "torch" and machine.gpu and (problem := _torch_problem(machine)):
        detail = f" (the {machine.gpu.name} {problem})"
    return Choice(
        name,
        _TITLES[name],
        True,
        f"runs on the {where}{detail}",
        where,
        device,
        machine.libraries.get(name, ()),
    )


def _obstacle(name: str, machine: Machine) -> str:
    """Return why a runner cannot run there; empty when it can."""
    if name in ("tensorrt_rtx", "tensorrt") and (problem := _card_problem(name, machine.gpu)):
        return problem
    if name not in machine.installed:
        return f"the package {name} is not installed: {_INSTALL.get(name, _INSTALL_NEURAL)}"
    if name == "onnxruntime" and not machine.provider:
        return f"the package {name} cannot be loaded; install it again: {_INSTALL_NEURAL}"
    if name in ("tensorrt_rtx", "tensorrt"):
        return _torch_problem(machine) or _library_problem(name, machine)
    return ""


def _card_problem(name: str, gpu: Gpu | None) -> str:
    if gpu is None:
        return "needs an NVIDIA card; none found"
    if gpu.capability < _OLDEST_CARD:
        return f"needs an NVIDIA card of the 20 series or newer; this is {gpu.name}"
    if name == "tensorrt_rtx" and gpu.capability not in _RTX_CARDS:
        return f"does not know this card ({gpu.name}, compute capability {gpu.capability // 10}.{gpu.capability % 10})"
    return ""


def _torch_problem(machine: Machine) -> str:
    """Return what an NVIDIA card lacks for PyTorch to use it; empty when nothing."""
    if not machine.torch_cuda:
        return f"needs a PyTorch with CUDA; the one installed has none: choose CUDA {_INSTALL_TORCH}"
    if machine.gpu and machine.gpu.capability < _OLDEST_OF_CUDA_13 and machine.torch_cuda >= 13000:
        return (
            f"needs a PyTorch with CUDA 12; CUDA 13 knows no cards this old: choose CUDA 12 {_INSTALL_TORCH}"
        )
    return _driver_problem(machine.gpu, machine.torch_cuda // 1000)


def _library_problem(name: str, machine: Machine) -> str:
    """Return what an NVIDIA card lacks for a runner's own library; empty when nothing."""
    wants_cuda_13 = any("cu13" in each for each in machine.libraries.get(name, ()))
    return _driver_problem(machine.gpu, 13) if wants_cuda_13 else ""


def _driver_problem(gpu: Gpu | None, cuda: int) -> str:
    """Return why a card's driver does not run CUDA of that major version; empty when it does."""
    if gpu is None or gpu.cuda // 1000 >= cuda:
        return ""
    wanted = f"driver {_DRIVERS[cuda]} or newer" if cuda in _DRIVERS else f"driver for CUDA {cuda}"
    return f"needs NVIDIA's {wanted}; this one is {gpu.driver or f'for CUDA {gpu.cuda // 1000}'}"


def _on_a_card(name: str, machine: Machine) -> bool:
    return _place(name, machine)[1] != machine.cpu


def _place(name: str, machine: Machine) -> tuple[str, str]:
    """Return the device a runner uses, in words, and as its builds depend on it."""
    uses_cuda = {
        "tensorrt_rtx": True,
        "tensorrt": True,
        "torch": not _torch_problem(machine),
        "onnxruntime": machine.provider == CUDA,
        "openvino": False,
    }
    if machine.gpu and uses_cuda[name]:
        return machine.gpu.name, machine.gpu.key
    if name == "torch" and machine.metal:
        return "Apple GPU", f"mps, {machine.cpu}"
    if name == "onnxruntime" and machine.provider not in (CPU, ""):
        return provider_title(machine.provider), f"{machine.provider}, {machine.cpu}"
    return "CPU", machine.cpu


def _fastest_provider() -> str:
    try:
        import onnxruntime
    except (ImportError, OSError):
        return ""
    providers: Sequence[str] = usable_providers(onnxruntime.get_available_providers())
    return providers[0]


def _torch_cuda() -> int:
    """Return the CUDA PyTorch was built with, read from the file that says so: importing it takes seconds."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return 0
    try:
        text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return 0
    found = _TORCH_CUDA.search(text)
    return 1000 * int(found[1]) + 10 * int(found[2]) if found else 0
