"""What measurements of an engine's runners have in common: what they need, and their report as text."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from math import ceil
from typing import TYPE_CHECKING, Any

from app.errors import GuiseError

if TYPE_CHECKING:
    from engines.building.stopwatch import Effort

Report = dict[str, Any]

_ROUNDS, _OF_REFERENCE = 3, 2


def require_torch() -> None:
    """Make sure that networks can be measured.

    Raises:
        GuiseError: PyTorch is missing.
    """
    if find_spec("torch") is None:
        raise GuiseError(
            "Measuring this engine needs PyTorch.",
            "Start it with `python -m uv run --extra neural guise bench`.",
        )


def effort_for(frames: int | None) -> Effort:
    """Return how long to measure: so many frames per runner; a dozen on a CPU and more on a card if None."""
    from engines.building.report import default_effort
    from engines.building.stopwatch import Effort

    usual = default_effort()
    return usual if frames is None else Effort(_ROUNDS, _OF_REFERENCE, ceil(frames / _ROUNDS), usual.settle)


def counting(advance: Callable[[int, int | None], None]) -> Callable[[str], None]:
    """Return what is told of each way that is measured next, and tells how many were."""
    done = 0

    def tell(_what: str) -> None:
        nonlocal done
        advance(done, None)
        done += 1

    return tell


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
    return f"  {name:<18} {''.join(other.ljust(16) for other in others)}".rstrip()
