"""The middle of the window, put together: preview, overlay, camera inset, messages, toasts."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QRect, QSize, QVariantAnimation, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.stage.empty import EmptyState
from app.ui.stage.images import fitted_size
from app.ui.stage.inset import Inset
from app.ui.stage.overlay import Overlay
from app.ui.stage.preview import Preview
from app.ui.stage.toasts import Toasts
from app.ui.tokens import Space

_FLASH_MS = 260


class Stage(QWidget):
    """Keeps the sheets over the preview in place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview = Preview()
        self._area = QRect()
        self.overlay = Overlay(self)
        self.inset = Inset(self)
        self.empty = EmptyState(self)
        self.toasts = Toasts(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.preview)
        self.preview.lower()
        self._flash = QVariantAnimation(self)
        self._flash.setDuration(_FLASH_MS)
        self._flash.setStartValue(1.0)
        self._flash.setEndValue(0.0)
        self._flash.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._flash.valueChanged.connect(self._flashed)
        self.toasts.resized.connect(self.arrange)
        self.inset.shape_changed.connect(self.arrange)
        self.preview.installEventFilter(self)

    def flash(self) -> None:
        """Blink once: a picture or a neutral was taken."""
        self._flash.stop()
        self._flash.start()

    @Slot()
    def follow(self) -> None:
        """Put the sheets in place again if the picture has another shape now."""
        if self.preview.picture_rect() != self._area:
            self.arrange()

    @Slot()
    def arrange(self) -> None:
        """Put every sheet where it belongs."""
        area = self._area = self.preview.picture_rect()
        self.overlay.setGeometry(self.rect())
        self.overlay.set_area(area)
        room = QSize(max(150, min(240, self.width() // 4)), max(110, min(200, area.height() // 3)))
        self.inset.resize(*fitted_size(self.inset.shape, room))
        corner = QPoint(area.right() - self.inset.width(), area.bottom() - self.inset.height())
        corner -= QPoint(Space.M - 1, Space.M - 1)
        self.inset.move(corner)
        width = max(260, min(420, self.width() - 2 * Space.XL))
        self.empty.resize(width, self.empty.heightForWidth(width))
        self.empty.move((self.width() - self.empty.width()) // 2, (self.height() - self.empty.height()) // 2)
        self.toasts.move(Space.M, max(0, self.height() - self.toasts.height() - Space.M))
        self.overlay.raise_()
        self.empty.raise_()
        self.toasts.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        super().resizeEvent(event)
        self.arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Qt's: the picture moved within the preview."""
        if watched is self.preview and event.type() == QEvent.Type.Resize:
            self.arrange()
        return super().eventFilter(watched, event)

    @Slot(object)
    def _flashed(self, strength: float) -> None:
        self.overlay.set_flash(strength)
