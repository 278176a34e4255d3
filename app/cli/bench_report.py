"""`guise bench` for people: the figures as tables."""

from __future__ import annotations

from typing import Any


def as_text(report: dict[str, Any]) -> str:
    """Return a report of bench_suite.measure as text."""
    machine = report["machine"]
    avatar = report["avatar"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}",
        f"Avatar '{avatar['name']}' {avatar['size'][0]}x{avatar['size'][1]}, "
        f"ready in {avatar['prepare_s']} s; driven by {report['driving']}.",
        "",
        "One frame, ms: median (95 %)",
        "  output     track         animate       compose       all           baseline      ratio",
    ]
    lines += [_frame(each) for each in report["frame"]]
    if report.get("live"):
        lines += [
            "",
            "Live at 30 fps, a clip as the camera",
            "  output     pictures/s  latency ms p50/p95  skipped  start s  memory MB",
        ]
        lines += [_live(each) for each in report["live"]]
    lines += ["", f"`guise --help`: {report['help_s']} s"]
    return "\n".join(lines)


def _frame(entry: dict[str, Any]) -> str:
    size = f"{entry['size']}x{entry['size']}"
    cells = [f"{each['p50_ms']:.1f} ({each['p95_ms']:.1f})" for each in entry["stages"].values()]
    faces = "" if entry["tracked"] > 0.99 else f"  face found in {entry['tracked']:.0%} of the frames"
    return f"  {size:<10} {''.join(cell.ljust(14) for cell in cells)}{entry['ratio']}{faces}"


def _live(entry: dict[str, Any]) -> str:
    latency = f"{entry['latency_p50_ms']:.0f} / {entry['latency_p95_ms']:.0f}"
    return (
        f"  {entry['size']:<10} {entry['output_fps']:<11.1f} {latency:<19} {entry['frames_skipped']:<8} "
        f"{entry['start_s']:<8} {entry['memory_mb']:.0f}"
    )
