"""What runs a model on this computer: what is built, what could be, and why the rest cannot."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.models.workshop import ModelCard, Overview, RunnerCard
from app.ui.models.words import runner_state
from app.ui.tokens import Space
from app.ui.widgets.buttons import Button
from app.ui.widgets.texts import StateLine, label


class RunnerTable(QFrame):
    """One row per runner, and one button for the best of them.

    Signals:
        build_wanted(str): build for the runner of that name.
    """

    build_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.build = Button("Build for this computer", "primary", "spark")
        self.build.setAutoDefault(False)
        self.hint = label("", "caption", wrap=True)
        self.states: dict[str, StateLine] = {}
        self.buttons: dict[str, Button] = {}
        self._best = ""
        head = QHBoxLayout()
        head.setSpacing(Space.M)
        head.addWidget(label("On this computer", "lead"), 1)
        head.addWidget(self.build)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(Space.L)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.S)
        layout.addLayout(head)
        layout.addWidget(self.hint)
        layout.addLayout(self._grid)
        self.build.clicked.connect(self._build_best)

    def show_runners(
        self, model: ModelCard, overview: Overview, unfinished: frozenset[str], *, busy: bool
    ) -> None:
        """Show how every runner stands with a model; nothing can be built while a job on it is under way.

        Args:
            model: which.
            overview: what is known beside it.
            unfinished: the runners a build for which was stopped half way.
            busy: a job on the model is under way.
        """
        best = overview.runner_to_build(model)
        self._best = best.name if best is not None else ""
        if [runner.name for runner in overview.runners] != list(self.states):
            self._make_rows(overview.runners)
        for runner in overview.runners:
            self.states[runner.name].say(*runner_state(runner, model))
            button, built = self.buttons[runner.name], model.build_for(runner.name) is not None
            button.setVisible(runner.usable and not built)
            button.setEnabled(not busy and not overview.missing)
            first = "Build" if runner.built else "Measure"
            button.setText("Go on" if runner.name in unfinished else first)
        self.build.setVisible(best is not None)
        self.build.setText("Go on building" if self._best in unfinished else "Build for this computer")
        self.build.setEnabled(not busy and not overview.missing)
        self.hint.setText(_hint(model, best, overview))
        self.hint.setVisible(bool(self.hint.text()))

    @Slot()
    def _build_best(self) -> None:
        if self._best:
            self.build_wanted.emit(self._best)

    def _make_rows(self, runners: tuple[RunnerCard, ...]) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.states, self.buttons = {}, {}
        top = Qt.AlignmentFlag.AlignTop
        for line, runner in enumerate(runners):
            state, title = StateLine(), label(runner.title)
            for widget in (state, title):  # their first lines stand beside the words of the button
                widget.setContentsMargins(0, 4, 0, 4)
            self.states[runner.name] = state
            self._grid.addWidget(title, line, 0, top)
            self._grid.addWidget(state, line, 1)
            button = Button("Build", "quiet")
            button.setAutoDefault(False)
            button.setFixedHeight(24)
            button.setAccessibleName(f"{'Build for' if runner.built else 'Measure'} {runner.title}")
            button.clicked.connect(lambda _=False, name=runner.name: self.build_wanted.emit(name))
            self.buttons[runner.name] = button
            self._grid.addWidget(button, line, 2, top | Qt.AlignmentFlag.AlignRight)


def _hint(model: ModelCard, best: RunnerCard | None, overview: Overview) -> str:
    if overview.missing:
        return ""  # said above already
    if best is None:
        return "The fastest one measured is used." if model.builds else "Nothing here needs a build."
    return f"Guise builds for {best.title}, checks the pictures against the original, and measures how fast it is."
