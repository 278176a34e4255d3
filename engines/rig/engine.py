"""The built-in engine."""

from __future__ import annotations

import numpy as np

from engines.base import Avatar, Engine, Style
from engines.errors import EngineError
from engines.rig.card import CARD
from engines.rig.driver import usable
from engines.rig.puppet import RigPuppet
from engines.rig.rehearsal import rehearse


class RigEngine(Engine):
    """Animates a picture as a layered, textured mesh."""

    info = CARD

    def __init__(self) -> None:
        self._rehearsed: set[Style] = set()

    def prepare(self, avatar: Avatar) -> RigPuppet:
        """Cut the picture into layers and lay the mesh over it.

        Raises:
            EngineError: the landmarks do not describe a face, or matte and picture differ in size.
        """
        if not usable(avatar.face):
            raise EngineError(
                f"The face of '{avatar.name}' is not marked. Open the landmark editor and place its points."
            )
        if avatar.matte.shape != avatar.rgb.shape[:2] or avatar.rgb.dtype != np.uint8:
            raise EngineError(
                f"The picture and the cut-out of '{avatar.name}' do not fit. Add the picture again."
            )
        puppet = RigPuppet(avatar)
        if avatar.style not in self._rehearsed:  # photos and drawings are painted by different loops
            rehearse(puppet)
            self._rehearsed.add(avatar.style)
        return puppet
