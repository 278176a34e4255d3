"""The engine of Talking Head Anime: characters that bring networks of their own, and pictures that borrow a model's."""

from __future__ import annotations

import numpy as np

from engines.base import Avatar, Engine, EngineOptions
from engines.errors import EngineError
from engines.rig.layers import Layers, split
from engines.tha.card import CARD
from engines.tha.framing import misfits
from engines.tha.loading import load_network, load_performer
from engines.tha.network import Network, Performer, Stage
from engines.tha.posing.poser import Poser
from engines.tha.puppet import ThaPuppet
from engines.tha.square import Square, framed, whole


class ThaEngine(Engine):
    """Animates drawn characters by pose.

    What is learned of the driver (how wide this mouth opens) stays with the engine, whatever character is shown.
    """

    info = CARD

    def __init__(self, options: EngineOptions, network: Network | None = None) -> None:
        """Load the model's graphs where there is a model; a character's own are loaded when it is prepared.

        Args:
            options: the model for pictures that bring no networks, builds, the runner and the user's mapping.
            network: the model's graphs, where they are at hand.

        Raises:
            EngineError: the model is not one of this engine's, or the runner cannot be had.
        """
        self._options = options
        self._network = network
        if network is None and options.model is not None:
            self._network = load_network(options)
        self._poser = Poser(options.mapping)

    def prepare(self, avatar: Avatar) -> ThaPuppet:
        """Bring an avatar into the form its networks know, load those it brings, and paint it at rest.

        Raises:
            EngineError: there are no networks for it, it does not fit them, or they cannot be loaded.
        """
        if avatar.matte.shape != avatar.rgb.shape[:2] or avatar.rgb.dtype != np.uint8:
            raise EngineError(
                f"The picture and the cut-out of '{avatar.name}' do not fit. Add the picture again."
            )
        layers = split(avatar)
        square, performer = self._performed(avatar, layers)
        remarks = misfits(avatar, performer.side) if avatar.character is None else ()
        own = Poser(self._options.mapping)
        return ThaPuppet(avatar, layers, square, performer, self._poser, own, remarks)

    def close(self) -> None:
        """Free the model's graphs; a character's own went with its puppet. Closing twice is fine."""
        if self._network is not None:
            self._network.close()

    def _performed(self, avatar: Avatar, layers: Layers) -> tuple[Square, Performer]:
        if avatar.character is not None:
            square = whole(avatar)
            return square, load_performer(avatar.character, square.rgba, self._options)
        network = self._network
        if network is None:
            raise EngineError(
                f"'{avatar.name}' brings no networks, and no model for other pictures is stored. "
                "Choose a character, add a model with `guise models add`, or choose the rig."
            )
        square = framed(avatar, layers, network.side)
        return square, Stage(network, square.rgba)
