"""`guise bench --engine fomm`: every runner beside the published formulation, in the same process."""

from __future__ import annotations

from collections.abc import Callable

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
    from engines.fomm.made import DEFAULT_CONFIGURATION, made_states
    from engines.fomm.recognise import config_of

    stored = find_model(EngineChoice(ENGINE, model), user_paths(), strict=True) if model else None
    if stored is None:
        config = CONFIGS[DEFAULT_CONFIGURATION]
        states = made_states(config)
    else:
        config = config_of(stored.shapes())
        states = {network: stored.state(network) for network in ("generator", "kp_detector")}
    report = fomm.measure(states, config, effort_for(frames), stored, tell=counting(advance))
    return {"model": stored.name if stored else "made by a rule", "versions": versions(), **report}
