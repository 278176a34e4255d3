"""A report of measurements for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Goal(NamedTuple):
    """What is wanted of the fastest pipeline on a large card.

    Attributes:
        what: the figure in words.
        key: of the row.
        figure: what is wanted.
        most: the figure may be no more; otherwise no less.
    """

    what: str
    key: str
    figure: float
    most: bool = True


def as_markdown(report: dict[str, Any], goals: Sequence[Goal] = ()) -> str:
    """Return a report as a page: the machine, the table, what was left out, the goals on a card."""
    machine = report["machine"]
    driver = f", driver {machine['driver']}" if machine["driver"] else ""
    lines = [
        f"# {report['configuration']} on {machine['device']}",
        "",
        f"{machine['processor']}, {machine['cores']} cores{driver}, {machine['system']}, Python {machine['python']}; "
        f"{', '.join(machine['libraries'])}. Measured {report['measured']}, weights made by a rule, "
        f"{report['calls']} frames each, in turns with {report['calls_of_reference']} of the reference.",
        "",
        "| way | precision | frame ms p50 / p95 | frames/s | x reference | step ms (card) | up / down ms | "
        "beyond the step ms | PSNR dB | memory MB | load s | build s | built MB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(_line(row) for row in report["rows"]),
    ]
    if report["left_out"]:
        lines += ["", "Left out:", ""]
        lines += [f"- {each['name']}: {each['reason']}" for each in report["left_out"]]
    lines += _met(report["rows"], goals)
    return "\n".join(lines) + "\n"


def _line(row: dict[str, Any]) -> str:
    cells = [
        row["name"],
        row["precision"],
        f"{_number(row['p50_ms'])} / {_number(row['p95_ms'])}",
        _number(row["frames_per_second"]),
        f"{row['ratio']:.2f}",
        _number(row["step_ms"]),
        "" if row["upload_ms"] is None else f"{_number(row['upload_ms'])} / {_number(row['download_ms'])}",
        _number(row["overhead_ms"]),
        "" if row["psnr_db"] is None else f"{row['psnr_db']:.1f}",
        "" if row["memory_mb"] is None else f"{row['memory_mb']:.0f}",
        _number(row["load_s"]),
        _number(row["build_s"]),
        "" if row["size_mb"] is None else f"{row['size_mb']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    """Return a number with three digits that count."""
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _met(rows: list[dict[str, Any]], goals: Sequence[Goal]) -> list[str]:
    """Return how the fastest pipeline stands to what is wanted of a large card; nothing where there is none."""
    pipelines = [row for row in rows if row["step_ms"] is not None]
    if not pipelines or not goals:
        return []
    fastest = min(pipelines, key=lambda row: float(row["step_ms"]))
    lines = ["", f"Goals, for {fastest['name']} in {fastest['precision']}:", ""]
    for goal in goals:
        value = fastest[goal.key]
        met = value <= goal.figure if goal.most else value >= goal.figure
        sign = "at most" if goal.most else "at least"
        wanted = f"wanted {sign} {goal.figure:g}"
        lines.append(f"- {goal.what}: {_number(value)}, {wanted}: {'met' if met else 'not met'}")
    return lines
