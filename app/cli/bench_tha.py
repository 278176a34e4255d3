"""`guise bench --engine tha`: every runner beside the published formulation, in the same process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.bench_rows import Report, counting, effort_for, require_torch
from app.cli.versions import versions
from app.errors import GuiseError
from app.live.engine_choice import EngineChoice, find_model
from app.paths import user_paths

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.weights.model import Model

ENGINE = "tha"


def measure(
    model: str | None,
    avatar: str | None,
    frames: int | None,
    advance: Callable[[int, int | None], None],
) -> Report:
    """Measure every way to animate that can be had here, and return a report that JSON can hold.

    Args:
        model: name or id of a stored one, or a published configuration's, made by a rule: "tha3-standard-float".
        avatar: a character of the library; without one and without a model, students made by a rule are measured.
        frames: how many per runner; a dozen on a CPU and more on a card if None.
        advance: told how many ways were measured.

    Raises:
        GuiseError: there is no such model or character, or PyTorch is missing.
    """
    require_torch()
    from engines.tha.made_models import MADE, made_model
    from engines.tha.measure import measure as measured
    from engines.tha.recognise import STUDENTS

    with tempfile.TemporaryDirectory(prefix="guise-bench-") as folder:
        picture = None
        if avatar is not None:
            chosen, picture = _character(avatar)
        elif model is None or model in MADE:
            chosen = made_model(model or STUDENTS, Path(folder))
        else:
            found = find_model(EngineChoice(ENGINE, model), user_paths(), strict=True)
            assert found is not None  # one was named
            chosen = found
        report = measured(chosen, effort_for(frames), picture=picture, tell=counting(advance))
    return {"model": chosen.name, "versions": versions(), **report}


def _character(name: str) -> tuple[Model, NDArray[np.uint8]]:
    """Return a character's networks and its picture.

    Raises:
        GuiseError: there is no such avatar, or it is no character.
    """
    from app.avatars.avatar_store import AvatarLibrary
    from app.avatars.entry import AvatarEntry
    from engines.tha.square import whole
    from engines.weights.model import load_model

    library = AvatarLibrary(user_paths())
    found = library.resolve(name)
    avatar = library.load(found.id) if isinstance(found, AvatarEntry) else found
    if avatar.character is None:
        raise GuiseError(f"'{avatar.name}' is no character.", "Name one, or a model with --model.")
    return load_model(avatar.character), whole(avatar).rgba
