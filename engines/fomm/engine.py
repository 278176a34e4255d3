"""The engine of the First Order Motion Model."""

from __future__ import annotations

import numpy as np

from engines.base import Avatar, Engine, EngineOptions
from engines.building.loading import load_graphs, wanted_model
from engines.building.speed import Speed
from engines.errors import EngineError
from engines.fomm.card import CARD
from engines.fomm.family import FAMILY
from engines.fomm.idle import IdleDriver
from engines.fomm.network import Network
from engines.fomm.puppet import FommPuppet
from engines.fomm.source import framed, whole
from engines.rig.driver import usable


class FommEngine(Engine):
    """Animates a picture with a network that looks at the driver.

    Attributes:
        network: the model's graphs, loaded.
    """

    info = CARD

    def __init__(self, options: EngineOptions, network: Network | None = None) -> None:
        """Load the model's graphs on the runner asked for, or on the fastest that was measured here.

        Args:
            options: the model, its builds and the runner.
            network: loaded graphs, where they are at hand.

        Raises:
            EngineError: there is no model, or the runner cannot be had.
        """
        if network is None:
            network = Network(*load_graphs(FAMILY, wanted_model(options.model, CARD), options))
        self.network = network
        self._crop = options.crop

    def prepare(self, avatar: Avatar) -> FommPuppet:
        """Frame the avatar, run `prepare` on it, and animate it once at rest.

        Raises:
            EngineError: the avatar has no face, its cut-out does not fit, or its picture would have to be square.
        """
        if avatar.matte.shape != avatar.rgb.shape[:2] or avatar.rgb.dtype != np.uint8:
            raise EngineError(
                f"The picture and the cut-out of '{avatar.name}' do not fit. Add the picture again."
            )
        has_face = usable(avatar.face)
        if self._crop and not has_face:
            raise EngineError(
                f"The face of '{avatar.name}' is not marked. Open the landmark editor and place its points."
            )
        source = (framed if self._crop else whole)(avatar, self.network.side)
        state = self.network.encode(source.crop, source.matte)
        return FommPuppet(source, self.network, state, IdleDriver(source) if has_face else None)

    def speed(self) -> Speed:
        """Return how fast the network runs here."""
        return self.network.speed()

    def close(self) -> None:
        """Free the graphs. Closing twice is fine."""
        self.network.close()
