"""The engines by name. Nothing heavy is imported before one is asked for."""

from __future__ import annotations

from collections.abc import Callable

from engines.base import Engine, EngineInfo, EngineOptions
from engines.building.family import Family
from engines.errors import EngineError, UnknownEngineError
from engines.fomm.card import CARD as FOMM
from engines.rig.card import CARD as RIG
from engines.tha.card import CARD as THA

DEFAULT_ENGINE = "rig"


def _rig(_options: EngineOptions) -> Engine:
    from engines.rig.engine import RigEngine

    return RigEngine()


def _fomm(options: EngineOptions) -> Engine:
    from engines.fomm.engine import FommEngine

    return FommEngine(options)


def _tha(options: EngineOptions) -> Engine:
    from engines.tha.engine import ThaEngine

    return ThaEngine(options)


def _fomm_models() -> Family:
    from engines.fomm.family import FAMILY

    return FAMILY


def _tha_models() -> Family:
    from engines.tha.family import FAMILY

    return FAMILY


_FACTORIES: dict[str, Callable[[EngineOptions], Engine]] = {"rig": _rig, "fomm": _fomm, "tha": _tha}
_INFO = {card.name: card for card in (RIG, FOMM, THA)}
_FAMILIES: dict[str, Callable[[], Family]] = {"fomm": _fomm_models, "tha": _tha_models}


def engine_names() -> tuple[str, ...]:
    """Return the names of all engines, the default first."""
    return tuple(sorted(_FACTORIES, key=lambda name: (name != DEFAULT_ENGINE, name)))


def engine_info(name: str) -> EngineInfo:
    """Return an engine's card without loading the engine."""
    if name not in _INFO:
        raise UnknownEngineError(name, _FACTORIES)
    return _INFO[name]


def load_engine(name: str = DEFAULT_ENGINE, options: EngineOptions | None = None) -> Engine:
    """Return the engine of that name, imported now.

    Args:
        name: one of engine_names().
        options: the model and the runner, for an engine with networks.

    Raises:
        UnknownEngineError: there is none; the message lists those there are.
    """
    if name not in _FACTORIES:
        raise UnknownEngineError(name, _FACTORIES)
    return _FACTORIES[name](options or EngineOptions())


def model_families() -> tuple[str, ...]:
    """Return the names of all families of models."""
    return tuple(_FAMILIES)


def model_family(name: str) -> Family:
    """Return a family of models by name, imported now.

    Raises:
        EngineError: there is none; the model was stored by another version of Guise.
    """
    if name not in _FAMILIES:
        raise EngineError(
            f"This version of Guise has no engine for models of the family '{name}'. Install the newest."
        )
    return _FAMILIES[name]()
