"""Where models come from: published ones, and any address."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.models.manifest import Published
from app.ui.models.words import size_words
from app.ui.system import is_page, open_page
from app.ui.tokens import Space
from app.ui.widgets.buttons import Button
from app.ui.widgets.copying import CopyButton
from app.ui.widgets.texts import label, row

_PAGE_ONLY = "Its makers give the file out on this page. Download it there, then add the file here."
_FOLDER = (
    "Its maker gives it out on this page, in an archive. Download and unpack it, then add the folder {} here."
)
_AVATAR = "Characters are avatars: download the repository's folder {}, then drop it on the window."


class OfferBox(QFrame):
    """One published model.

    Signals:
        download_wanted(): fetch it.
        add_wanted(bool): its file is here already, or its folder where true.
    """

    download_wanted = Signal()
    add_wanted = Signal(bool)

    def __init__(self, offer: Published, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.offer = offer
        self.download = Button("Download", glyph="download")
        self.open = Button("Open the page", glyph="open")
        self.copy = CopyButton("Copy the page's address")
        self.add = Button("Add folder…" if offer.folder else "Add file…", glyph="add")
        self.copy.set_text(offer.page)
        self.open.setToolTip(offer.page)
        self.other = Button("The other page", glyph="open")
        self.other.setToolTip(offer.other_page)
        self.other.setVisible(bool(offer.other_page))
        for button in (self.download, self.open, self.other, self.add):
            button.setAutoDefault(False)
            button.setAccessibleName(f"{button.text()}: {offer.title}")
        self.how = label("" if offer.address else _how(offer), "caption", wrap=True)
        self.download.setVisible(bool(offer.address))
        self.add.setVisible(not offer.address and not offer.avatar)
        self.how.setVisible(not offer.address)
        facts = [
            offer.configuration,
            size_words(offer.size) if offer.size else "",
            f"from {offer.source}" if offer.address and offer.source else "",
        ]
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(offer.title, "lead", wrap=True))
        if offer.note:
            words.addWidget(label(offer.note, "muted", wrap=True))
        words.addWidget(label(" · ".join(fact for fact in facts if fact), "caption", wrap=True))
        words.addWidget(label(f"Licence: {offer.licence or 'not stated'}", "caption", wrap=True))
        words.addWidget(self.how)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        layout.setSpacing(Space.S)
        layout.addLayout(words)
        layout.addWidget(row(self.download, self.add, self.open, self.other, self.copy, stretch=True))
        self.download.clicked.connect(self.download_wanted)
        self.open.clicked.connect(lambda: open_page(offer.page))
        self.other.clicked.connect(lambda: open_page(offer.other_page))
        self.add.clicked.connect(lambda: self.add_wanted.emit(offer.folder))


def _how(offer: Published) -> str:
    """Return how to get what is offered on a page alone."""
    if offer.avatar:
        return _AVATAR.format(offer.file)
    return _FOLDER.format(offer.file) if offer.folder else _PAGE_ONLY


class _AddressField(QLineEdit):
    """A line in which Enter means go.

    Signals:
        entered(): Enter was pressed.
    """

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class Offers(QWidget):
    """The published models, and a line for any address.

    Signals:
        download_wanted(Published | None, str): fetch a published model, or what lies at an address.
        add_wanted(bool): a file is here already, or a folder where true.
    """

    download_wanted = Signal(object, str)
    add_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, OfferBox] = {}
        self.address = _AddressField()
        self.address.setPlaceholderText("https://…")
        self.address.setAccessibleName("Address of a model file")
        self.address.setClearButtonEnabled(True)
        self.fetch = Button("Download", glyph="download")
        self.fetch.setAutoDefault(False)
        self.fetch.setAccessibleName("Download from this address")
        self.wrong = label("An address begins with https:// or http://.", "caption", wrap=True)
        self.wrong.hide()
        self._reason = ""
        self._rows = QVBoxLayout()
        self._rows.setSpacing(Space.S)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addWidget(label("Get a model", "title"))
        column.addWidget(
            label(
                "Guise brings no weights of its own. These are published by their makers.", "muted", wrap=True
            )
        )
        column.addLayout(self._rows)
        column.addWidget(label("From another address", "lead"))
        line = QHBoxLayout()
        line.setSpacing(Space.S)
        line.addWidget(self.address, 1)
        line.addWidget(self.fetch)
        column.addLayout(line)
        column.addWidget(self.wrong)
        column.addStretch(1)
        self.address.textChanged.connect(self._typed)
        self.address.entered.connect(self._fetch)
        self.fetch.clicked.connect(self._fetch)
        self._typed()

    def show_offers(self, offers: Sequence[Published], reason: str) -> None:
        """Show these; with a reason why nothing can be added, pages can still be opened."""
        if [offer.name for offer in offers] != list(self.boxes):
            for box in self.boxes.values():
                box.hide()
                box.deleteLater()
            self.boxes = {offer.name: self._box(offer) for offer in offers}
        self._reason = reason
        for box in self.boxes.values():
            for button in (box.download, box.add):
                button.setEnabled(not reason)
                button.setToolTip(reason)
        self._typed()

    def _box(self, offer: Published) -> OfferBox:
        box = OfferBox(offer)
        box.download_wanted.connect(lambda: self.download_wanted.emit(offer, ""))
        box.add_wanted.connect(self.add_wanted)
        self._rows.addWidget(box)
        return box

    @Slot()
    def _typed(self) -> None:
        text = self.address.text().strip()
        self.wrong.setVisible(bool(text) and not is_page(text) and "://" in text)
        self.fetch.setEnabled(is_page(text) and not self._reason)
        self.fetch.setToolTip(self._reason)

    @Slot()
    def _fetch(self) -> None:
        if self.fetch.isEnabled():
            self.download_wanted.emit(None, self.address.text().strip())
