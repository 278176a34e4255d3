"""A listener that writes down what a session tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class FakeEvents:
    """Keeps every event as (name, *arguments), but for the frequent ones, which are counted.

    Attributes:
        log: the events.
        counts: of preview_ready, inset_ready and status_changed.
    """

    def __init__(self) -> None:
        self.log: list[tuple[Any, ...]] = []
        self.counts = {"preview_ready": 0, "inset_ready": 0, "status_changed": 0}

    def named(self, name: str) -> list[tuple[Any, ...]]:
        """The events of one name, without it."""
        return [event[1:] for event in list(self.log) if event[0] == name]

    def preview_ready(self) -> None:
        self.counts["preview_ready"] += 1

    def inset_ready(self) -> None:
        self.counts["inset_ready"] += 1

    def status_changed(self) -> None:
        self.counts["status_changed"] += 1

    def calibrated(self, calibration: Any) -> None:
        self.log.append(("calibrated", calibration))

    def neutral_offered(self, score: float) -> None:
        self.log.append(("neutral_offered", score))

    def avatar_shown(self, avatar_id: str) -> None:
        self.log.append(("avatar_shown", avatar_id))

    def avatar_failed(self, avatar_id: str, error: Exception) -> None:
        self.log.append(("avatar_failed", avatar_id, error))

    def recording_stopped(self, path: Path, error: Exception | None) -> None:
        self.log.append(("recording_stopped", path, error))

    def failed(self, worker: str, error: Exception) -> None:
        self.log.append(("failed", worker, error))
