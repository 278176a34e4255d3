"""The engine's card, apart from the engine: choosing one loads none."""

from __future__ import annotations

from engines.base import EngineInfo

CARD = EngineInfo(
    name="fomm",
    title="First Order Motion",
    summary="A neural network that watches your face and moves the picture alike. Needs a model and a fast computer.",
    still_background=True,
    sees_driver=True,
    gains=("head",),
    family="fomm",
)
