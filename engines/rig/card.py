"""The built-in engine's card, apart from the engine: choosing one loads none."""

from __future__ import annotations

from engines.base import EngineInfo

CARD = EngineInfo(
    name="rig",
    title="Rig (built in)",
    summary="Animates any picture on a plain computer, at the picture's own sharpness. Needs no download.",
    still_background=True,
)
