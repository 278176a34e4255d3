"""A report of measurements: the machine it was made on, and the rows; as JSON holds it and as files."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch

from engines.building.ladder import Ladder
from engines.building.stopwatch import Effort
from engines.building.table import Goal, as_markdown
from engines.runners.device import cpu_name, library_versions, nvidia_gpu, usable_cores
from engines.runners.torch_runner import best_device

_LIBRARIES = ("torch", "numpy", "onnx", "onnxruntime", "openvino", "tensorrt-rtx-cu13", "tensorrt")

Report = dict[str, Any]


def device_measured() -> str:
    """Return what is measured here: "cuda" where there is a card PyTorch can use, else "cpu"."""
    return "cuda" if best_device() == "cuda" else "cpu"


def default_effort() -> Effort:
    """Return how long to measure here: a minute or two."""
    return (
        Effort(rounds=20, slow=10, fast=50, settle=5)
        if device_measured() == "cuda"
        else Effort(rounds=3, slow=2, fast=4)
    )


def report_of(ladder: Ladder, configuration: str) -> Report:
    """Return a report that JSON can hold.

    Args:
        ladder: what was measured, and what was not.
        configuration: of the model.
    """
    effort = ladder.effort
    return {
        "measured": datetime.now(timezone.utc).isoformat(timespec="minutes"),
        "machine": _machine(device_measured()),
        "configuration": configuration,
        "calls": effort.rounds * effort.fast,
        "calls_of_reference": effort.rounds * effort.slow,
        "rows": [_rounded(asdict(row) | {"overhead_ms": row.overhead_ms}) for row in ladder.rows],
        "left_out": ladder.left_out,
    }


def write(report: Report, folder: Path, name: str, goals: Sequence[Goal] = ()) -> tuple[Path, Path]:
    """Write a report as JSON and as a Markdown table; return both paths.

    Args:
        report: from report_of().
        folder: made where it is missing.
        name: of the files, before the machine's.
        goals: what is wanted of a large card.
    """
    folder.mkdir(parents=True, exist_ok=True)
    slug = re.sub(r"[^a-z0-9]+", "-", report["machine"]["device"].lower()).strip("-")
    data, table = (folder / f"{name}-{slug}.{ending}" for ending in ("json", "md"))
    data.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    table.write_text(as_markdown(report, goals), encoding="utf-8")
    return data, table


def _machine(device: str) -> dict[str, Any]:
    gpu = nvidia_gpu()
    return {
        "device": torch.cuda.get_device_name() if device == "cuda" else cpu_name(),
        "driver": gpu.driver if gpu and device == "cuda" else "",
        "processor": cpu_name(),
        "cores": usable_cores(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": list(library_versions(_LIBRARIES)),
    }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 3) if isinstance(value, float) else value for key, value in values.items()}
