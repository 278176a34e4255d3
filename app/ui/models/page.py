"""The page of models: the list at the left, the chosen model or where to get more at the right."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.models.jobs import JobKind, JobState, JobStatus
from app.models.manifest import Published
from app.ui.model_desk import ModelDesk
from app.ui.models.details import ModelDetails
from app.ui.models.job_list import JobList
from app.ui.models.model_list import ModelList
from app.ui.models.offers import Offers
from app.ui.system import models_in
from app.ui.tokens import Space, Tone
from app.ui.widgets.buttons import Button
from app.ui.widgets.note import Note
from app.ui.widgets.texts import label, row

_LIST_WIDTH = 288


class ModelPage(QDialog):
    """Everything about models. Jobs go on when it is closed.

    Args:
        desk: knows the models and does the work.
        choose_files: lets the user choose model files.
        choose_folder: lets the user choose the folder of a model of several files.
        parent: the window it belongs to.

    Signals:
        use_wanted(str): animate with the model of that id.
    """

    use_wanted = Signal(str)

    def __init__(
        self,
        desk: ModelDesk,
        choose_files: Callable[[], list[Path]],
        choose_folder: Callable[[], list[Path]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models – Guise")
        self.resize(980, 700)
        self.setMinimumSize(760, 480)
        self.setAcceptDrops(True)
        self._desk, self._choose_files, self._choose_folder = desk, choose_files, choose_folder
        self._current = ""
        self._wanted = ""  # the model to show as soon as it is known
        self.list = ModelList()
        self.add = Button("Add file…", glyph="add")
        self.get = Button("Get one…", glyph="download")
        self.get.setCheckable(True)
        self.get.setToolTip("Where models come from: published ones, and any address.")
        self.empty = label("No model is stored yet.", "muted", wrap=True)
        self.drop_hint = label("Or drop a model's file or folder onto the window.", "caption", wrap=True)
        self.missing = Note()
        self.jobs = JobList()
        self.details, self.offers = ModelDetails(), Offers()
        self.done_button = Button("Done", "primary")
        self._lay_out()
        self._connect()
        self.show_overview()
        self.show_jobs()

    # Showing

    def show_current(self, model_id: str) -> None:
        """Mark the model that animates, "" for none."""
        self._current = model_id
        self.show_overview()

    @Slot()
    def show_overview(self) -> None:
        """Show the models as they are known now."""
        overview = self._desk.overview
        self.list.show_models(overview.models, self._current)
        if self._wanted and overview.model(self._wanted) is not None:
            self.list.select(self._wanted)
            self._wanted = ""
            self.get.setChecked(False)
        self.empty.setText("No model is stored yet." if self._desk.known else "Looking for models…")
        self.empty.setVisible(not overview.models)
        self.list.setVisible(bool(overview.models))
        self.offers.show_offers(overview.offers, overview.missing)
        self.add.setEnabled(not overview.missing)
        self.add.setToolTip(overview.missing or "Choose a file with trained weights.")
        self._show_missing()
        self._show_right()

    @Slot()
    def show_jobs(self) -> None:
        """Show the jobs as they are now."""
        self.jobs.show_jobs(self._desk.jobs())
        self._show_right()

    def take_focus(self) -> None:
        """Put the cursor where keys are most useful."""
        (self.list if self.list.isVisible() else self.add).setFocus()

    def ask_to_remove(self) -> None:
        """Ask whether the model with the cursor shall go."""
        self.get.setChecked(False)
        self.details.ask_to_remove()

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: Enter in a field or on the list must not press a button elsewhere."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return
        super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's: any file may be tried here; the store says what is wrong with it."""
        if models_in(event.mimeData()) and not self._desk.overview.missing:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Qt's."""
        event.acceptProposedAction()
        self.add_files(models_in(event.mimeData()))

    # Doing

    def add_files(self, paths: list[Path]) -> None:
        """Store models from files."""
        self._begin()
        for path in paths:
            self._desk.add(path)

    @Slot()
    def _choose(self) -> None:
        self._add_chosen(self._choose_files())

    @Slot(bool)
    def _choose_offered(self, folder: bool) -> None:
        self._add_chosen(self._choose_folder() if folder else self._choose_files())

    def _add_chosen(self, paths: list[Path]) -> None:
        if paths:
            self.add_files(paths)

    @Slot(object, str)
    def _download(self, offer: Published | None, address: str) -> None:
        self._begin()
        self._desk.download(offer, address)

    @Slot(str, str)
    def _build(self, model_id: str, runner: str) -> None:
        self._begin()
        self._desk.build(model_id, runner)

    @Slot(str)
    def _verify(self, model_id: str) -> None:
        self._begin()
        self._desk.verify(model_id)

    @Slot(str)
    def _remove(self, model_id: str) -> None:
        self._begin()
        self._desk.remove(model_id)

    @Slot(object)
    def _again(self, job: JobStatus) -> None:
        self._desk.again(job)

    @Slot(object)
    def _ended(self, job: JobStatus) -> None:
        """Turn to what has just been added."""
        if job.state is JobState.DONE and job.kind in (JobKind.ADD, JobKind.DOWNLOAD):
            self._wanted = str(job.result)

    def _begin(self) -> None:
        """Say no more about what ended before: something new begins."""
        for job in self._desk.jobs():
            if job.ended:
                self._desk.forget(job.number)

    # Plumbing

    @Slot()
    def _show_right(self) -> None:
        overview = self._desk.overview
        model = overview.model(self.list.selected())
        getting = model is None or self.get.isChecked()
        self.list.set_marked(not getting)
        self.offers.setVisible(getting)
        for widget in (self.details, self.details.verify, self.details.remove):
            widget.setVisible(not getting)
        if model is not None:
            busy, unfinished = self._desk.busy_with(model.id) is not None, self._desk.unfinished(model.id)
            self.details.show_model(model, overview, unfinished, in_use=model.id == self._current, busy=busy)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Let Tab go from top to bottom, through what came later too."""
        foot = (self.details.verify, self.details.remove, self.done_button)
        every = [*self._side.findChildren(QWidget), *self._inside.findChildren(QWidget), *foot]
        stops = [each for each in every if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def _show_missing(self) -> None:
        overview = self._desk.overview
        if not overview.missing:
            self.missing.hide()
            return
        copy = (("Copy the command", self._copy_command),) if overview.command else ()
        self.missing.say(Tone.INFO, overview.missing, overview.command, copy)

    @Slot()
    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._desk.overview.command)

    @Slot()
    def _picked(self) -> None:
        self.get.setChecked(False)
        self._show_right()

    def _connect(self) -> None:
        self._desk.changed.connect(self.show_overview)
        self._desk.jobs_changed.connect(self.show_jobs)
        self._desk.ended.connect(self._ended)
        self.list.chosen.connect(self._show_right)
        self.list.clicked.connect(self._picked)
        self.list.activated.connect(self._picked)
        self.list.remove_wanted.connect(self.ask_to_remove)
        self.add.clicked.connect(self._choose)
        self.get.toggled.connect(self._show_right)
        self.jobs.cancel_wanted.connect(self._desk.cancel)
        self.jobs.again_wanted.connect(self._again)
        self.jobs.forget_wanted.connect(self._desk.forget)
        self.offers.download_wanted.connect(self._download)
        self.offers.add_wanted.connect(self._choose_offered)
        self.details.use_wanted.connect(self.use_wanted)
        self.details.build_wanted.connect(self._build)
        self.details.verify_wanted.connect(self._verify)
        self.details.remove_wanted.connect(self._remove)
        self.done_button.clicked.connect(self.close)

    def _lay_out(self) -> None:
        side = self._side = QFrame()
        side.setProperty("role", "panel")
        side.setFixedWidth(_LIST_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(Space.L, Space.L, Space.L, Space.L)
        column.setSpacing(Space.M)
        column.addWidget(label("Models", "title"))
        column.addWidget(label("Trained networks that some engines animate with.", "caption", wrap=True))
        column.addWidget(row(self.add, self.get))
        listed = QVBoxLayout()
        listed.addWidget(self.empty)
        listed.addWidget(self.list)
        column.addLayout(listed, 1)
        column.addWidget(self.drop_hint)
        inside = self._inside = QWidget()
        right = QVBoxLayout(inside)
        right.setContentsMargins(Space.XL, Space.L, Space.XL, Space.M)
        right.setSpacing(Space.M)
        right.addWidget(self.missing)
        right.addWidget(self.jobs)
        right.addWidget(self.details, 1)
        right.addWidget(self.offers, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        foot = QHBoxLayout()
        foot.setContentsMargins(Space.XL, Space.S, Space.XL, Space.L)
        foot.setSpacing(Space.S)
        foot.addWidget(self.details.verify)
        foot.addWidget(self.details.remove)
        foot.addStretch(1)
        foot.addWidget(self.done_button)
        whole = QVBoxLayout()
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        whole.addLayout(foot)
        for button in (self.add, self.get, self.done_button):
            button.setAutoDefault(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(side)
        layout.addLayout(whole, 1)
