"""Measures how fast the First Order Motion Model runs on this machine and writes the figures as JSON and as a table.

    python -m engines.fomm.measure --out docs

On an NVIDIA card: the reference in FP32 and FP16, the step as PyTorch runs it, as one captured graph, and through the
pipeline with two frames in flight, then TensorRT where it knows the card. Elsewhere: every runner of the CPU, the same
way. It needs numpy, PyTorch and, to build for others than PyTorch, onnx with onnxscript; weights are made by a rule.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import torch

from engines.fomm.config import CONFIGS, FommConfig
from engines.fomm.graphs import Step
from engines.fomm.made import DEFAULT_CONFIGURATION, State, made_states
from engines.fomm.measure_built import Tell, add_built_rows, silent
from engines.fomm.measure_cuda import add_cuda_rows
from engines.fomm.measure_rows import Ladder
from engines.fomm.measure_table import as_markdown
from engines.fomm.reference import Reference
from engines.fomm.stopwatch import Effort, make_probe
from engines.runners.device import cpu_name, library_versions, nvidia_gpu, usable_cores
from engines.runners.torch_runner import TorchRunner
from engines.weights.model import Model, save_model

_LIBRARIES = ("torch", "numpy", "onnx", "onnxruntime", "openvino", "tensorrt-rtx-cu13", "tensorrt")

Report = dict[str, Any]


def measure(
    states: Mapping[str, State],
    config: FommConfig,
    effort: Effort,
    model: Model | None = None,
    runners: Sequence[str] | None = None,
    tell: Tell = silent,
) -> Report:
    """Measure everything that runs here and return a report that JSON can hold.

    Args:
        states: weights by network and published key.
        config: of these weights.
        effort: how long to measure.
        model: the same weights as they are stored; stored for the while when None.
        runners: names of runners besides PyTorch; all that can run here when None.
        tell: told what is measured next.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    reference = Reference(config, states["generator"], states["kp_detector"], device=device)
    probe = make_probe(states)
    ladder = Ladder(probe, probe.reference(reference), effort)
    tell("the reference")
    ladder.add_reference("reference, eager", "fp32")
    if device == "cuda":
        add_cuda_rows(ladder, states, reference, tell)
    else:
        tell("PyTorch")
        ladder.add_runner("torch", partial(_eager_step, states))
    with tempfile.TemporaryDirectory(prefix="guise-measure-") as folder:
        if model is None:
            tell("storing the model")
            model = save_model(
                Path(folder), states, name="made by a rule", family="fomm", configuration=config.name
            )
        left_out = add_built_rows(ladder, model, Path(folder) / "builds", device, runners, tell)
    return {
        "measured": datetime.now(timezone.utc).isoformat(timespec="minutes"),
        "machine": _machine(device),
        "configuration": config.name,
        "calls": effort.rounds * effort.fast,
        "calls_of_reference": effort.rounds * effort.slow,
        "rows": [_rounded(asdict(row) | {"overhead_ms": row.overhead_ms}) for row in ladder.rows],
        "left_out": left_out,
    }


def default_effort() -> Effort:
    """Return how long to measure here: a minute or two."""
    return (
        Effort(rounds=20, slow=10, fast=50, settle=5)
        if torch.cuda.is_available()
        else Effort(rounds=3, slow=2, fast=4)
    )


def write(report: Report, folder: Path) -> tuple[Path, Path]:
    """Write a report as JSON and as a Markdown table, named after the machine; return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    slug = re.sub(r"[^a-z0-9]+", "-", report["machine"]["device"].lower()).strip("-")
    data, table = (folder / f"fomm-speed-{slug}.{ending}" for ending in ("json", "md"))
    data.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    table.write_text(as_markdown(report), encoding="utf-8")
    return data, table


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m engines.fomm.measure", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--out", type=Path, default=Path(), help="folder for the two files")
    parser.add_argument("--configuration", choices=sorted(CONFIGS), default=DEFAULT_CONFIGURATION)
    parser.add_argument("--rounds", type=int, help="how often the reference and each runner take turns")
    parser.add_argument(
        "--runners", nargs="*", help="runners besides PyTorch; all that can run here if left out"
    )
    options = parser.parse_args(arguments)
    effort = default_effort()
    if options.rounds:
        effort = replace(effort, rounds=options.rounds)
    config = CONFIGS[options.configuration]
    report = measure(made_states(config), config, effort, runners=options.runners, tell=_tell)
    data, table = write(report, options.out)
    print(table.read_text(encoding="utf-8"))  # noqa: T201
    _tell(f"written: {data}, {table}")
    return 0


def _eager_step(states: Mapping[str, State]) -> TorchRunner:
    graph = Step(states["generator"], states["kp_detector"])
    return TorchRunner(graph, graph.inputs, graph.outputs, device="cpu")


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


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
