"""One stored model: what it is, where it comes from, what was built from it here, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.models.workshop import ModelCard, Overview
from app.ui.models.runners import RunnerTable
from app.ui.models.words import family_title, size_words
from app.ui.system import is_page, open_page
from app.ui.tokens import Space, Tone
from app.ui.widgets.buttons import Button, IconButton
from app.ui.widgets.copying import CopyButton
from app.ui.widgets.note import Note
from app.ui.widgets.texts import ElidedLabel, label

_UNKNOWN = "Not stated"


class ModelDetails(QWidget):
    """Shows one model. Its buttons `verify` and `remove` stand at the foot of the page, where they are always seen.

    Signals:
        use_wanted(str): animate with the model of that id.
        build_wanted(str, str): build a model for a runner.
        verify_wanted(str): compare it with its checksum.
        remove_wanted(str): remove it; the user has confirmed.
    """

    use_wanted = Signal(str)
    build_wanted = Signal(str, str)
    verify_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model: ModelCard | None = None
        self._busy = False
        self._page = ""
        self.name = label("", "title", wrap=True)
        self.kind = label("", "muted")
        self.use = Button("Use this model", "primary")
        self.asking = Note()
        self.licence = label("", wrap=True)
        self.origin = ElidedLabel()
        self.open_origin = IconButton("open", "Open this page")
        self.checksum = ElidedLabel()
        self.copy_checksum = CopyButton("Copy the checksum")
        self.size_shown = label("")
        self.added = label("")
        self.runners = RunnerTable()
        self.verify = Button("Verify", glyph="check")
        self.remove = Button("Remove…", glyph="trash")
        self.verify.setToolTip("Compare the stored weights with the checksum they were added with.")
        self.remove.setToolTip("Remove this model and all that was built from it.")
        self._lay_out()
        self.use.clicked.connect(lambda: self.use_wanted.emit(self.model_id))
        self.open_origin.clicked.connect(self._open_origin)
        self.verify.clicked.connect(lambda: self.verify_wanted.emit(self.model_id))
        self.remove.clicked.connect(self.ask_to_remove)
        self.runners.build_wanted.connect(lambda runner: self.build_wanted.emit(self.model_id, runner))

    @property
    def model_id(self) -> str:
        """The id of the model shown, "" before the first."""
        return self._model.id if self._model is not None else ""

    def show_model(
        self,
        model: ModelCard,
        overview: Overview,
        unfinished: frozenset[str],
        *,
        in_use: bool,
        busy: bool,
    ) -> None:
        """Show a model.

        Args:
            model: which.
            overview: what is known beside it.
            unfinished: the runners a build for which was stopped half way.
            in_use: it animates now.
            busy: a job on it is under way.
        """
        if model.id != self.model_id:
            self.asking.hide()
        self._model, self._busy = model, busy
        self.name.setText(model.name)
        self.kind.setText(f"{model.configuration} · for {family_title(model.family)}")
        self.licence.setText(model.licence or _UNKNOWN)
        self.origin.set_full(model.origin or _UNKNOWN)
        self._page = _page_of(model, overview)
        self.open_origin.setVisible(bool(self._page))
        self.open_origin.setToolTip(f"Open {self._page}")
        self.checksum.set_full(model.sha256)
        self.copy_checksum.set_text(model.sha256)
        self.size_shown.setText(size_words(model.size))
        self.added.setText(model.added[:10] or _UNKNOWN)
        self.use.setText("In use" if in_use else "Use this model")
        self.use.setEnabled(not in_use and not overview.missing)
        self.use.setToolTip(overview.missing or ("" if in_use else "Animate with this model from now on."))
        self.verify.setEnabled(not busy)
        self.remove.setEnabled(not busy)
        self.runners.show_runners(model, overview, unfinished, busy=busy)

    @Slot()
    def ask_to_remove(self) -> None:
        """Ask before the model goes."""
        if self._model is None or self._busy:
            return
        hint = f"Its {size_words(self._model.size)} and all that was built from it go for good."
        buttons = (("Remove it", self._confirmed), ("Keep it", self.asking.hide))
        self.asking.say(Tone.WARN, f"Remove {self._model.name}?", hint, buttons)
        self.asking.buttons()[1].setFocus()

    def _confirmed(self) -> None:
        self.asking.hide()
        self.remove_wanted.emit(self.model_id)

    @Slot()
    def _open_origin(self) -> None:
        open_page(self._page)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.name)
        words.addWidget(self.kind)
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        head.addLayout(words, 1)
        head.addWidget(self.use, 0, Qt.AlignmentFlag.AlignTop)
        facts = QFrame()
        facts.setProperty("role", "card")
        grid = QGridLayout(facts)
        grid.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        grid.setHorizontalSpacing(Space.L)
        grid.setVerticalSpacing(Space.XS)
        grid.setColumnStretch(1, 1)
        shown: tuple[tuple[str, QWidget, QWidget | None], ...] = (
            ("Licence", self.licence, None),
            ("From", self.origin, self.open_origin),
            ("SHA-256", self.checksum, self.copy_checksum),
            ("Size", self.size_shown, None),
            ("Added", self.added, None),
        )
        self.licence.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        for index, (name, widget, button) in enumerate(shown):
            grid.addWidget(_fact(name), index, 0)
            grid.addWidget(widget, index, 1)
            grid.setRowMinimumHeight(index, 26)
            if button is not None:
                grid.addWidget(button, index, 2)
        for button in (self.use, self.verify, self.remove):
            button.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.M)
        column.addLayout(head)
        column.addWidget(self.asking)
        column.addWidget(facts)
        column.addWidget(self.runners)
        column.addStretch(1)


def _page_of(model: ModelCard, overview: Overview) -> str:
    """Return the page a model comes from: its makers', where it is a published one."""
    for offer in overview.offers:
        if model.licence and (offer.configuration, offer.licence) == (model.configuration, model.licence):
            return offer.page
    return model.origin if is_page(model.origin) else ""


def _fact(name: str) -> QLabel:
    result = label(name, "muted")
    result.setMinimumWidth(64)
    return result
