"""What paints a character: its graphs where a card runs them, its own way everywhere else."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra 'neural'")

from engines.base import EngineOptions
from engines.runners import torch_runner
from engines.runners.choose import Choice
from engines.runners.device import Gpu
from engines.tha import loading
from engines.tha.made import made_character
from engines.tha.made_models import save_made
from engines.tha.shapes import tha4_shapes
from engines.tha.student.character import StudentNetwork
from engines.tha.student.shapes import BodySize, FaceSize

CARD = Gpu("NVIDIA GeForce RTX 3060", "550.54.14", 12040, 86, 12 << 30)


def test_a_card_pytorch_cannot_use_leaves_the_character_its_own_way(tmp_path, monkeypatch, caplog):
    closed = []
    close = torch_runner.TorchRunner.close
    monkeypatch.setattr(
        torch_runner.TorchRunner, "close", lambda runner: closed.append(runner) or close(runner)
    )
    monkeypatch.setattr(torch_runner, "best_device", lambda: "cpu")
    monkeypatch.setattr(loading, "nvidia_gpu", lambda: CARD)
    torch_on_card = Choice("torch", "PyTorch", True, f"runs on the {CARD.name}", CARD.name, CARD.key)
    monkeypatch.setattr("engines.runners.choose.candidates", lambda: [torch_on_card])
    model = save_made("tha4", tha4_shapes(FaceSize(8, 3), BodySize((12, 8, 6), 3)), tmp_path)
    performer = loading.load_performer(model.folder, made_character(512), EngineOptions())
    try:
        assert isinstance(performer, StudentNetwork)
        assert len(closed) == 2
        assert "PyTorch cannot use the card" in caplog.text
    finally:
        performer.close()
