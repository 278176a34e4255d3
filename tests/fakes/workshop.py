"""A workshop without networks, files or a net: it does what a test tells it to, when a test tells it to."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from app.errors import GuiseError
from app.models.jobs import Reporter
from app.models.manifest import Published
from app.models.workshop import BuildCard, ModelCard, Overview, RunnerCard

_PATIENCE_S = 5.0

VOX = ModelCard(
    id="vox-adv-256",
    name="Vox, adversarial",
    family="fomm",
    configuration="vox-adv-256",
    size=728_766_501,
    sha256="9b2e4c1d" * 8,
    licence="Research and non-commercial use, as its makers state it.",
    origin="https://models.example.org/fomm",
    added="2026-03-04T10:20:30+00:00",
)
RUNNERS = (
    RunnerCard("tensorrt_rtx", "TensorRT-RTX", False, "There is no NVIDIA card in this computer."),
    RunnerCard("openvino", "OpenVINO", True, "The fastest on this CPU as a rule."),
    RunnerCard("onnxruntime", "ONNX Runtime", True, "Works everywhere."),
    RunnerCard("torch", "PyTorch", True, "Runs on the CPU.", built=False),
)
OFFERS = (
    Published(
        name="vox-adv-256",
        title="Vox, adversarial (256)",
        note="Talking heads; the one to begin with.",
        family="fomm",
        configuration="vox-adv-256",
        file="vox-adv-cpk.pth.tar",
        page="https://models.example.org/fomm",
        licence="Research and non-commercial use",
        address="https://copies.example.org/vox-adv-cpk.pth.tar",
        source="a copy by Example",
        mebibytes=695,
    ),
    Published(
        name="taichi-256",
        title="Tai-chi (256)",
        note="Whole bodies.",
        family="fomm",
        configuration="taichi-256",
        file="taichi-cpk.pth.tar",
        page="https://models.example.org/drive",
        other_page="https://elsewhere.example.org/drive",
        licence="",
    ),
)
BUILT = BuildCard("openvino", "bf16", 4.23, 46.2, 3.0, 182_000_000)


class FakeWorkshop:
    """Stands in for app.models.workshop.Workshop.

    Attributes:
        now: what overview() returns.
        calls: what was asked of it, with its arguments.
        refuse: the error that the next piece of work raises.
        hold: while set, work waits until it is cleared or cancelled; `begun` tells that it does.
    """

    def __init__(self, *models: ModelCard) -> None:
        self.now = Overview(tuple(models), RUNNERS, OFFERS)
        self.calls: list[tuple[object, ...]] = []
        self.refuse: Exception | None = None
        self.begun, self._held = threading.Event(), threading.Event()
        self._held.set()

    def hold(self) -> None:
        """Let work wait half way from now on."""
        self.begun.clear()
        self._held.clear()

    def release(self) -> None:
        """Let it go on."""
        self._held.set()

    def overview(self) -> Overview:
        return self.now

    def add(self, path: Path, reporter: Reporter) -> str:
        self.calls.append(("add", path))
        self._work("Reading the file", reporter)
        return self._store(replace(VOX, id=path.name.split(".")[0], name=path.name.split(".")[0]))

    def download(self, offer: Published | None, address: str, reporter: Reporter) -> str:
        self.calls.append(("download", offer.name if offer else None, address))
        self._work("Downloading", reporter)
        return self._store(VOX)

    def verify(self, model_id: str, reporter: Reporter) -> None:
        self.calls.append(("verify", model_id))
        self._work("Reading the weights", reporter)

    def build(self, model_id: str, runner: str, reporter: Reporter) -> None:
        self.calls.append(("build", model_id, runner))
        self._work("Exporting the graphs", reporter)
        self.now = replace(
            self.now,
            models=tuple(
                replace(model, builds=(*model.builds, replace(BUILT, runner=runner)))
                if model.id == model_id
                else model
                for model in self.now.models
            ),
        )

    def remove(self, model_id: str, reporter: Reporter) -> None:
        self.calls.append(("remove", model_id))
        self._work("Removing", reporter)
        self.now = replace(self.now, models=tuple(each for each in self.now.models if each.id != model_id))

    def _work(self, step: str, reporter: Reporter) -> None:
        reporter.progress(step, 0.4)
        self.begun.set()
        while not self._held.wait(0.005):
            if reporter.cancelled():
                raise GuiseError("It was stopped.")
        error, self.refuse = self.refuse, None
        if error is not None:
            raise error

    def _store(self, model: ModelCard) -> str:
        self.now = replace(self.now, models=(*self.now.models, model))
        return model.id
