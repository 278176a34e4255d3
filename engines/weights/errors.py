"""What can go wrong with weights, in words for the user."""

from __future__ import annotations

from engines.errors import EngineError


class CheckpointError(EngineError):
    """A file cannot be taken as weights; nothing in it was run, and nothing was written."""


class ModelDamagedError(EngineError):
    """A stored model is not what was stored any more."""
