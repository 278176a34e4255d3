"""A small paint box on QPainter and numpy: layers, splines, ink strokes of varying width, blur and grain.

Coordinates are those of the finished picture; layers are SS times larger and are brought down at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPolygonF,
    QRadialGradient,
)

SS = 2
Mode = QPainter.CompositionMode
Points = NDArray[np.float64]
Paint = QBrush | QColor | QLinearGradient | QRadialGradient | str


def points(values: ArrayLike) -> Points:
    """Return (N, 2) float64."""
    return np.asarray(values, np.float64).reshape(-1, 2)


def mirror(values: ArrayLike, axis_x: float = 512.0) -> Points:
    """Return the points flipped left to right about a vertical axis, in reverse order."""
    flipped = points(values).copy()
    flipped[:, 0] = 2 * axis_x - flipped[:, 0]
    return flipped[::-1]


def shifted(values: ArrayLike, x: float, y: float) -> Points:
    """Return the points moved by x to the right and y down."""
    return points(values) + np.array([x, y], np.float64)


def sided(values: ArrayLike, flip: bool) -> Points:
    """Return the points, or their mirror image in the same order."""
    return mirror(values)[::-1] if flip else points(values)


def curve(values: ArrayLike, closed: bool = False, steps: int = 24) -> Points:
    """Return a dense Catmull-Rom curve (centripetal, so no loops) through the points."""
    p = points(values)
    before, behind = ([p[-1]], [p[0], p[1]]) if closed else ([2 * p[0] - p[1]], [2 * p[-1] - p[-2]])
    p = np.vstack([before, p, behind])
    pieces = []
    for p0, p1, p2, p3 in zip(p, p[1:], p[2:], p[3:], strict=False):
        t = np.cumsum(
            [
                0.0,
                *(max(float(np.linalg.norm(b - a)), 1e-6) ** 0.5 for a, b in ((p0, p1), (p1, p2), (p2, p3))),
            ]
        )
        s = np.linspace(t[1], t[2], steps, endpoint=False)[:, None]
        a1 = (t[1] - s) / (t[1] - t[0]) * p0 + (s - t[0]) / (t[1] - t[0]) * p1
        a2 = (t[2] - s) / (t[2] - t[1]) * p1 + (s - t[1]) / (t[2] - t[1]) * p2
        a3 = (t[3] - s) / (t[3] - t[2]) * p2 + (s - t[2]) / (t[3] - t[2]) * p3
        b1 = (t[2] - s) / (t[2] - t[0]) * a1 + (s - t[0]) / (t[2] - t[0]) * a2
        b2 = (t[3] - s) / (t[3] - t[1]) * a2 + (s - t[1]) / (t[3] - t[1]) * a3
        pieces.append((t[2] - s) / (t[2] - t[1]) * b1 + (s - t[1]) / (t[2] - t[1]) * b2)
    dense = np.vstack(pieces)
    return dense if closed else np.vstack([dense, p[-2]])


def resample(values: ArrayLike, fractions: ArrayLike) -> Points:
    """Return the points at fractions (0..1) of a polyline's length."""
    p = points(values)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    at = np.asarray(fractions, np.float64) * along[-1]
    return np.column_stack([np.interp(at, along, p[:, 0]), np.interp(at, along, p[:, 1])])


def path(values: ArrayLike, smooth: bool = True, closed: bool = True) -> QPainterPath:
    """Return a QPainterPath of a closed or open outline, smooth through its points or with straight sides."""
    dense = curve(values, closed) if smooth else points(values)
    result = QPainterPath()
    result.addPolygon(QPolygonF([QPointF(x, y) for x, y in dense]))
    if closed:
        result.closeSubpath()
    result.setFillRule(Qt.FillRule.WindingFill)
    return result


def shape(*sides: ArrayLike) -> QPainterPath:
    """Return the outline of several smooth sides joined at sharp corners, the end of one the start of the next."""
    return path(
        np.vstack([curve(side) if len(points(side)) > 2 else points(side) for side in sides]), smooth=False
    )


def ellipse(x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> QPainterPath:
    """Return an ellipse, turned by degrees."""
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    u, v = rx * np.cos(angle), ry * np.sin(angle)
    return path(np.column_stack([x + c * u - s * v, y + s * u + c * v]), smooth=False)


def ribbon(values: ArrayLike, width: float | Callable[[Points], Points], taper: tuple[float, float] = (0.5, 0.5),
           smooth: bool = True) -> QPainterPath:  # fmt: skip
    """Return an ink stroke: width in the middle, thinning towards its ends over the given shares of its length."""
    line = curve(values) if smooth else points(values)
    line = resample(line, np.linspace(0, 1, max(24, len(line))))
    t = np.linspace(0, 1, len(line))
    if callable(width):
        half = np.asarray(width(t)) / 2
    else:
        start = np.clip(t / taper[0], 0, 1) if taper[0] else np.ones_like(t)
        end = np.clip((1 - t) / taper[1], 0, 1) if taper[1] else np.ones_like(t)
        half = width / 2 * np.sqrt(np.sin(start * np.pi / 2) * np.sin(end * np.pi / 2)).clip(0.04)
    along = np.gradient(line, axis=0)
    normal = (
        np.column_stack([-along[:, 1], along[:, 0]])
        / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
    )
    return path(
        np.vstack([line + normal * half[:, None], (line - normal * half[:, None])[::-1]]), smooth=False
    )


def colour(value: str | QColor, alpha: float = 1.0) -> QColor:
    """Return a colour with its opacity multiplied."""
    result = QColor(value)
    result.setAlphaF(result.alphaF() * alpha)
    return result


def mix(one: str | QColor, other: str | QColor, share: float) -> QColor:
    """Return the colour between two."""
    a, b = QColor(one), QColor(other)
    return QColor.fromRgbF(*(x + (y - x) * share for x, y in zip(a.getRgbF(), b.getRgbF(), strict=True)))


def _stops(gradient: QLinearGradient | QRadialGradient, stops: Sequence[tuple[float, str | QColor]]) -> None:
    for position, value in stops:
        gradient.setColorAt(position, QColor(value))


def linear(
    start: tuple[float, float], end: tuple[float, float], *stops: tuple[float, str | QColor]
) -> QLinearGradient:
    """Return a linear gradient."""
    gradient = QLinearGradient(QPointF(*start), QPointF(*end))
    _stops(gradient, stops)
    return gradient


def radial(centre: tuple[float, float], radius: float, *stops: tuple[float, str | QColor],
           focus: tuple[float, float] | None = None) -> QRadialGradient:  # fmt: skip
    """Return a radial gradient."""
    gradient = QRadialGradient(QPointF(*centre), radius, QPointF(*(focus or centre)))
    _stops(gradient, stops)
    return gradient


class Layer:
    """A transparent sheet to paint on. `pixels` is (H, W, 4) uint8 RGBA, premultiplied, SS times the picture's size."""

    def __init__(self, width: int = 1024, height: int = 1024) -> None:
        self.width, self.height = width, height
        self.pixels = np.zeros((height * SS, width * SS, 4), np.uint8)

    def _painter(self, mode: Mode) -> tuple[QPainter, QImage]:
        height, width = self.pixels.shape[:2]
        image = QImage(
            self.pixels.data, width, height, width * 4, QImage.Format.Format_RGBA8888_Premultiplied
        )
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setCompositionMode(mode)
        return painter, image

    def fill(
        self, outline: QPainterPath, paint: Paint, mode: Mode = Mode.CompositionMode_SourceOver
    ) -> Layer:
        """Fill a shape."""
        painter, _image = self._painter(mode)
        painter.scale(SS, SS)
        painter.setBrush(QColor(paint) if isinstance(paint, str) else paint)
        painter.drawPath(outline)
        painter.end()
        return self

    def atop(self, outline: QPainterPath, paint: Paint) -> Layer:
        """Fill a shape only where the layer has paint already."""
        return self.fill(outline, paint, Mode.CompositionMode_SourceAtop)

    def ink(
        self, values: ArrayLike, width: float, paint: Paint, taper: tuple[float, float] = (0.5, 0.5)
    ) -> Layer:
        """Draw a tapering stroke."""
        return self.fill(ribbon(values, width, taper), paint)

    def add(self, other: Layer, opacity: float = 1.0, mode: Mode = Mode.CompositionMode_SourceOver) -> Layer:
        """Lay another layer on this one."""
        source = np.ascontiguousarray(other.pixels)
        painter, _image = self._painter(mode)
        painter.setOpacity(opacity)
        height, width = source.shape[:2]
        painter.drawImage(
            0, 0, QImage(source.data, width, height, width * 4, QImage.Format.Format_RGBA8888_Premultiplied)
        )
        painter.end()
        return self

    def atop_layer(self, other: Layer, opacity: float = 1.0) -> Layer:
        """Lay another layer on this one, only where this one has paint."""
        return self.add(other, opacity, Mode.CompositionMode_SourceAtop)

    def blur(self, radius: float) -> Layer:
        """Blur everything on the layer; radius is the Gaussian's sigma in picture pixels."""
        if radius > 0:
            self.pixels = np.ascontiguousarray(cv2.GaussianBlur(self.pixels, (0, 0), radius * SS))
        return self

    def keep_inside(self, mask: Layer) -> Layer:
        """Erase what lies outside another layer's paint."""
        return self.add(mask, mode=Mode.CompositionMode_DestinationIn)

    def fade(self, weights: NDArray[np.floating]) -> Layer:
        """Multiply the layer's opacity by (H, W) weights 0..1 of the layer's own resolution."""
        self.pixels = np.ascontiguousarray((self.pixels * weights[..., None] + 0.5).astype(np.uint8))
        return self

    def copy(self) -> Layer:
        """Return a layer of its own with the same paint."""
        twin = Layer(self.width, self.height)
        twin.pixels = self.pixels.copy()
        return twin

    def finish(self) -> NDArray[np.uint8]:
        """Return (height, width, 4) uint8 RGBA with straight alpha at the picture's size."""
        small = cv2.resize(self.pixels, (self.width, self.height), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        alpha = small[..., 3:]
        small[..., :3] = np.where(alpha > 0, small[..., :3] * 255 / np.maximum(alpha, 1), 0)
        return np.clip(small + 0.5, 0, 255).astype(np.uint8)


def noise(height: int, width: int, cell: float, seed: int) -> NDArray[np.float32]:
    """Return (height, width) smooth noise, about -1..1, with features of `cell` pixels."""
    rng = np.random.default_rng(seed)
    rows, columns = max(2, int(height / cell) + 3), max(2, int(width / cell) + 3)
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    fine = cv2.resize(coarse, (int(columns * cell) + 1, int(rows * cell) + 1), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(fine[:height, :width]) / 1.5
