"""The engine's card, apart from the engine: choosing one loads none."""

from __future__ import annotations

from engines.base import GAINS, EngineInfo

CARD = EngineInfo(
    name="tha",
    title="Talking Head Anime",
    summary="Neural networks that know how drawn characters move: face, head, body and breath. Made for anime.",
    still_background=True,
    gains=GAINS,
    family="tha",
    characters=True,
)
