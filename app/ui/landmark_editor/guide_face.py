"""A small drawn face that shows which point is meant."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.tracking.anchors import ANCHORS, fit_anchors
from app.ui.face_lines import FACE_LINES
from app.ui.tokens import colours

_WIDTH, _HEIGHT = 256, 190


@lru_cache(maxsize=1)
def _points() -> tuple[QPointF, ...]:
    """Return the average face, from the front, filling the widget's height."""
    landmarks = fit_anchors(None, (_WIDTH, _HEIGHT), {})[:, :2]
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    scale = 0.86 * _HEIGHT / float(high[1] - low[1])
    placed = (landmarks - (low + high) / 2) * scale + (_WIDTH / 2, _HEIGHT / 2)
    return tuple(QPointF(float(x), float(y)) for x, y in placed)


class GuideFace(QWidget):
    """Shows one anchor on an average face."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self.setFixedSize(_WIDTH, _HEIGHT)
        self.setAccessibleName("Where the point belongs")

    def show_anchor(self, name: str) -> None:
        """Point at an anchor, "" for none."""
        if name != self._name:
            self._name = name
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        scheme, points = colours(), _points()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(scheme.outline), 1.4))
        for chain in FACE_LINES:
            painter.drawPolyline(QPolygonF([points[index] for index in chain]))
        if self._name in ANCHORS:
            at = points[ANCHORS[self._name]]
            painter.setPen(QPen(QColor(scheme.accent_text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(at, 10, 10)
            painter.setBrush(QColor(scheme.accent))
            painter.drawEllipse(at, 4.5, 4.5)
