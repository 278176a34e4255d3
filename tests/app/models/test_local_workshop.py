"""The workshop of this computer: what is stored is listed with its builds; jobs reach the store and the builder."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import pytest

from app.errors import GuiseError
from app.models import local_workshop
from app.models.jobs import Reporter
from app.models.local_workshop import LocalWorkshop
from app.paths import Paths
from engines.errors import EngineError

torch = pytest.importorskip("torch", reason="needs the extra 'neural'")
pytest.importorskip("onnxruntime", reason="needs the extra 'neural'")

from tests.engines.fomm.rules import small_config, small_model, small_state  # noqa: E402 - they need PyTorch


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path, tmp_path / "data", tmp_path / "logs")


def heard() -> tuple[list[tuple[str, float | None]], Reporter]:
    told: list[tuple[str, float | None]] = []
    return told, Reporter(lambda step, fraction: told.append((step, fraction)))


def test_nothing_is_stored_at_first(paths: Paths) -> None:
    overview = LocalWorkshop(paths).overview()
    assert overview.models == ()
    assert overview.missing == ""
    assert {"torch", "onnxruntime", "openvino", "tensorrt_rtx"} <= {
        runner.name for runner in overview.runners
    }
    assert all(runner.reason.endswith(".") and runner.reason[0].isupper() for runner in overview.runners)
    assert {offer.family for offer in overview.offers} == {"fomm", "tha"}
    assert not paths.models.exists()


def test_a_model_is_built_measured_and_removed(paths: Paths) -> None:
    folder = small_model(paths.models)
    workshop = LocalWorkshop(paths)
    (model,) = workshop.overview().models
    assert (model.id, model.family, model.configuration) == (folder.name, "fomm", small_config().name)
    assert model.builds == ()
    told, reporter = heard()
    workshop.build(model.id, "torch", reporter)
    (model,) = workshop.overview().models
    build = model.build_for("torch")
    assert build is not None
    assert build.frames_per_second > 0
    assert build.largest <= 1
    assert told[-1] == ("Done", 1.0)
    told, reporter = heard()
    workshop.verify(model.id, reporter)
    assert told
    workshop.remove(model.id, reporter)
    assert workshop.overview().models == ()
    assert not [each for each in paths.builds.iterdir() if not each.name.startswith(".")]


def test_a_file_is_added_and_refused_the_second_time(paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / "small.pth.tar"
    networks = {
        network: {key: torch.from_numpy(array.copy()) for key, array in small_state(network).items()}
        for network in ("generator", "kp_detector")
    }
    torch.save(networks, file)
    workshop, (told, reporter) = LocalWorkshop(paths), heard()
    added = workshop.add(file, reporter)
    (model,) = workshop.overview().models
    assert (model.id, model.name, model.origin) == (added, "small", file.name)
    assert "Storing" in [step for step, _ in told]
    with pytest.raises(GuiseError, match="stored already"):
        workshop.add(file, reporter)


def test_a_hostile_file_leaves_nothing_behind(paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / "evil.pth"
    file.write_bytes(pickle.dumps(os.system, protocol=2))
    with pytest.raises(EngineError, match="would run a program"):
        LocalWorkshop(paths).add(file, heard()[1])
    assert not paths.models.exists()


def test_an_address_that_is_none_is_refused_with_a_sentence(paths: Paths) -> None:
    with pytest.raises(GuiseError, match="address"):
        LocalWorkshop(paths).download(None, "file:///etc/passwd", heard()[1])


def test_without_the_extra_the_overview_says_so(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_workshop, "find_spec", lambda name: None)
    overview = LocalWorkshop(paths).overview()
    assert "neural" in overview.missing
    assert overview.command == "uv run --extra neural guise"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    overview = LocalWorkshop(paths).overview()
    assert "source" in overview.missing
    assert overview.command == ""
