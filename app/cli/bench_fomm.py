"""`guise bench --engine fomm`: every runner beside the published formulation, in the same process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from app.cli.bench_rows import Report, counting, effort_for, require_torch
from app.cli.versions import versions
from app.live.engine_choice import EngineChoice, find_model
from app.paths import user_paths

ENGINE = "fomm"


def measure(model: str | None, frames: int | None, advance: Callable[[int, int | None], None]) -> Report:
    """Measure the step of every runner that can be had here, and return a report that JSON can hold.

    Args:
        model: name or id of a stored one; weights made by a rule if None, which are as fast.
        frames: how many per runner; a dozen on a CPU and more on a card if None.
        advance: told how many ways were measured.

    Raises:
        GuiseError: there is no such model, or PyTorch is missing.
    """
    require_torch()
    from engines.fomm import measure as fomm
    from engines.fomm.config import CONFIGS
    from engines.fomm.made import DEFAULT_CONFIGURATION, made_model

    with tempfile.TemporaryDirectory(prefix="guise-bench-") as folder:
        chosen = find_model(EngineChoice(ENGINE, model), user_paths(), strict=True) if model else None
        if chosen is None:
            chosen = made_model(CONFIGS[DEFAULT_CONFIGURATION], Path(folder))
        report = fomm.measure(chosen, effort_for(frames), tell=counting(advance))
    return {"model": chosen.name, "versions": versions(), **report}
