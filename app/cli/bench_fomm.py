"""`guise bench --engine fomm`: every runner beside the published formulation, in the same process."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from math import ceil
from typing import Any

from app.cli.versions import versions
from app.errors import GuiseError
from app.live.engine_choice import EngineChoice, find_model
from app.paths import user_paths

ENGINE = "fomm"
_ROUNDS, _OF_REFERENCE = 3, 2

Report = dict[str, Any]


def measure(model: str | None, frames: int | None, advance: Callable[[int, int | None], None]) -> Report:
    """Measure the step of every runner that can be had here, and return a report that JSON can hold.

    Args:
        model: name or id of a stored one; weights made by a rule if None, which are as fast.
        frames: how many per runner; a dozen on a CPU and more on a card if None.
        advance: told how many ways were measured.

    Raises:
        GuiseError: there is no such model, or PyTorch is missing.
    """
    if find_spec("torch") is None:
        raise GuiseError(
            "Measuring this engine needs PyTorch.",
            "Start it with `python -m uv run --extra neural guise bench`.",
        )
    from engines.building.report import default_effort
    from engines.building.stopwatch import Effort
    from engines.fomm import measure as fomm
    from engines.fomm.config import CONFIGS
    from engines.fomm.made import DEFAULT_CONFIGURATION, made_states
    from engines.fomm.recognise import config_of

    stored = find_model(EngineChoice(ENGINE, model), user_paths(), strict=True) if model else None
    if stored is None:
        config = CONFIGS[DEFAULT_CONFIGURATION]
        states = made_states(config)
    else:
        config = config_of(stored.shapes())
        states = {network: stored.state(network) for network in ("generator", "kp_detector")}
    effort = default_effort()
    if frames is not None:
        effort = Effort(_ROUNDS, _OF_REFERENCE, ceil(frames / _ROUNDS), effort.settle)
    done = 0

    def tell(_what: str) -> None:
        nonlocal done
        advance(done, None)
        done += 1

    report = fomm.measure(states, config, effort, stored, tell=tell)
    return {"model": stored.name if stored else "made by a rule", "versions": versions(), **report}


def as_text(report: Report) -> str:
    """Return a report of measure() as text."""
    machine = report["machine"]
    lines = [
        f"{machine['device']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}",
        f"Model '{report['model']}' ({report['configuration']}); {report['calls']} frames each, in turns with "
        f"{report['calls_of_reference']} of the reference.",
        "",
        "Driving frame to picture, ms: median (95 %)",
        _cells(
            "runner", "precision", "one frame", "frames/s", "ratio", "PSNR dB", "memory MB", "build s", "MB"
        ),
    ]
    lines += [_row(row) for row in report["rows"]]
    if report["left_out"]:
        lines += ["", "Left out"]
        lines += [f"  {each['name']}: {each['reason']}" for each in report["left_out"]]
    return "\n".join(lines)


def _row(row: dict[str, Any]) -> str:
    return _cells(
        row["name"],
        row["precision"],
        f"{row['p50_ms']:.1f} ({row['p95_ms']:.1f})",
        f"{row['frames_per_second']:.1f}",
        f"{row['ratio']:.2f}",
        *(_whole(row[name]) for name in ("psnr_db", "memory_mb")),
        "" if row["build_s"] is None else f"{row['build_s']:.1f}",
        _whole(row["size_mb"]),
    )


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"


def _cells(name: str, *others: str) -> str:
    return f"  {name:<18} {''.join(other.ljust(14) for other in others)}".rstrip()
