"""A picture prepared for the built-in engine: layers, mesh and painters, and the drawing of one frame."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.base import Avatar, Controls, Face, Puppet, View
from engines.beside import Beside
from engines.face.topology import LANDMARK_COUNT
from engines.rig.frame import frame_of
from engines.rig.layers import Layers, split
from engines.rig.layout import laid_out
from engines.rig.mesh import PuppetMesh
from engines.rig.painters import painters_for
from engines.rig.raster import Raster
from engines.rig.retarget import Retarget
from engines.rig.texture import Texture, texture_for

Points = NDArray[np.float64]
# Rows below the lowest landmark that are drawn before anything is painted: soft edges reach a little further.
_BENEATH_FACE = 8


class RigPuppet(Puppet):
    """A layered mesh puppet.

    Threads: one thread animates at a time; the working buffers are the puppet's own.
    """

    def __init__(self, avatar: Avatar) -> None:
        self.avatar = avatar
        self._layers = split(avatar)
        avatar = laid_out(avatar)
        self._mesh = PuppetMesh(avatar)
        self._rings = _visible(self._mesh, self._layers)
        self._used = np.unique(np.concatenate([self._rings, self._mesh.face]))
        self._retarget = Retarget(avatar)
        self._painters = painters_for(avatar)
        self._view: View | None = None
        self._expected: tuple[View, Texture] | None = None
        self._texture: Texture
        self._texels: Points
        self._canvas = np.zeros((0, 0), np.uint32)
        self._raster = Raster(0, 0)
        self._drawn = self._frame = (0, 0, 0, 0)

    def animate(self, face: Face, neutral: Face, controls: Controls, view: View) -> NDArray[np.uint8]:
        """Return the person, (view.height, view.width, 4) uint8 RGBA with premultiplied alpha.

        A working buffer, overwritten by the next call. Faces that cannot be measured leave the person at rest.
        """
        motion = self._retarget(face, neutral, controls)
        self._show(view)
        matrix = view.matrix
        points = np.ascontiguousarray(self._mesh.place(motion) @ matrix[:, :2].T + matrix[:, 2])
        canvas = self._canvas.view(np.uint8).reshape(view.height, view.width, 4)
        marks = points[:LANDMARK_COUNT].astype(np.float32)

        def paint(rows: int) -> None:
            for painter in self._painters:
                painter.paint(canvas[:rows], marks, motion, view.scale)

        self._draw(points, motion.landmarks[:, 2], paint)
        return canvas

    def backdrop(self, view: View) -> NDArray[np.uint8]:
        """Return what is behind the person, (view.height, view.width, 3) uint8 RGB. Outside, the edge repeats."""
        matrix = view.matrix.copy()
        matrix[:, 2] += (matrix[:, :2].sum(axis=1) - 1) / 2
        picture = self._layers.backdrop
        return np.asarray(
            cv2.warpAffine(
                picture,
                matrix,
                (view.width, view.height),
                flags=cv2.INTER_LANCZOS4,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )

    def expect(self, view: View) -> None:
        """Make the texture of a view beforehand; another thread may be animating."""
        self._expected = view, texture_for(self._layers, view)

    def _show(self, view: View) -> None:
        """Make ready for a view: its texture and its canvas."""
        if view == self._view:
            return
        expected, self._expected = self._expected, None
        if expected is not None and expected[0] == view:
            self._texture = expected[1]
        else:
            self._texture = texture_for(self._layers, view)
        self._texels = np.ascontiguousarray(self._texture.places(self._mesh.points))
        self._canvas = np.zeros((view.height, view.width), np.uint32)
        self._raster = Raster(view.height, view.width)
        self._drawn = (0, 0, 0, 0)
        self._frame = frame_of(self.avatar, view)
        self._view = view

    def _draw(self, points: Points, depth: Points, paint: Callable[[int], None]) -> None:
        """Draw the mesh, and paint on its rows down to the chin as soon as they are drawn.

        Two threads share the rows.
        """
        left, top, right, bottom = self._drawn
        self._canvas[top:bottom, left:right] = 0
        seen = points[self._used]
        low, high = np.floor(seen.min(axis=0)).astype(int), np.ceil(seen.max(axis=0)).astype(int)
        height, width = self._canvas.shape
        self._drawn = (
            max(0, int(low[0])),
            max(0, int(low[1])),
            min(width, int(high[0])),
            min(height, int(high[1])),
        )
        frame = self._frame
        left, top = max(frame[0], self._drawn[0]), max(frame[1], self._drawn[1])
        right, bottom = min(frame[2], self._drawn[2]), min(frame[3], self._drawn[3])
        behind = np.argsort(-depth[self._mesh.face].sum(axis=1), kind="stable")
        layers = self._rings, self._mesh.face[behind]

        def draw(top: int, bottom: int) -> None:
            for triangles in layers:
                bounds = left, top, right, bottom
                self._raster.draw(points, self._texels, triangles, self._texture.pixels, self._canvas, bounds)

        chin = int(np.clip(points[:LANDMARK_COUNT, 1].max() + _BENEATH_FACE, top, max(top, bottom)))
        middle = (top + chin) // 2
        face_drawn = Event()

        def draw_beside() -> None:
            try:
                draw(middle, chin)
            finally:
                face_drawn.set()
            draw(chin, bottom)

        beside = Beside(draw_beside)
        try:
            draw(top, middle)
            face_drawn.wait()
            paint(chin)
        finally:
            beside.wait()


def _visible(mesh: PuppetMesh, layers: Layers) -> NDArray[np.int32]:
    """Return the triangles around the face that hold any of the person."""
    alpha = layers.person[..., 3]
    height, width = alpha.shape
    corners = mesh.points[mesh.rings] + layers.margin
    low = np.clip(np.floor(corners.min(axis=1)).astype(int) - 2, 0, [width - 1, height - 1])
    high = np.clip(np.ceil(corners.max(axis=1)).astype(int) + 3, 1, [width, height])
    total = cv2.integral((alpha > 0).astype(np.uint8))
    count = total[high[:, 1], high[:, 0]] - total[low[:, 1], high[:, 0]]
    count -= total[high[:, 1], low[:, 0]] - total[low[:, 1], low[:, 0]]
    return np.ascontiguousarray(mesh.rings[count > 0])
