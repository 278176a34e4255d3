"""Jobs on models as they go on, and what came of them, right where they were started."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.models.jobs import JobKind, JobState, JobStatus
from app.ui.models.words import job_step, job_title
from app.ui.tokens import Space, Tone
from app.ui.widgets.buttons import Button
from app.ui.widgets.note import Note
from app.ui.widgets.progress import ProgressBar
from app.ui.widgets.texts import ElidedLabel, label

_TONES = {JobState.DONE: Tone.GOOD, JobState.CANCELLED: Tone.INFO, JobState.FAILED: Tone.BAD}
_GOES_ON = (JobKind.BUILD, JobKind.DOWNLOAD)  # they keep what they have when they are stopped


class JobStrip(QFrame):
    """A job under way: what it does, how far it is, and a way to stop it.

    Signals:
        cancel_wanted(): it shall stop.
    """

    cancel_wanted = Signal()

    def __init__(self, job: JobStatus, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        title = job_title(job)
        self.title = ElidedLabel(title)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.step = label("", "caption")
        self.bar = ProgressBar(title)
        self.cancel = Button("Cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.setAccessibleName(f"Cancel: {title}")
        words = QVBoxLayout()
        words.setSpacing(Space.XS)
        for widget in (self.title, self.step, self.bar):
            words.addWidget(widget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.M, Space.M)
        layout.setSpacing(Space.L)
        layout.addLayout(words, 1)
        layout.addWidget(self.cancel)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.show_job(job)

    def show_job(self, job: JobStatus) -> None:
        """Show how far it is."""
        self.step.setText(job_step(job))
        self.bar.show_fraction(job.fraction)
        self.cancel.setEnabled(not job.stopping)


class JobList(QWidget):
    """A strip for every job under way and a note for every one that ended.

    Signals:
        cancel_wanted(int): the job of that number shall stop.
        again_wanted(JobStatus): an ended job shall be done once more.
        forget_wanted(int): the note on an ended job was read.
    """

    cancel_wanted = Signal(int)
    again_wanted = Signal(object)
    forget_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: dict[int, JobStrip | Note] = {}
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(Space.S)

    def strips(self) -> list[JobStrip]:
        """Return the strips of the jobs under way."""
        return [each for each in self._shown.values() if isinstance(each, JobStrip)]

    def notes(self) -> list[Note]:
        """Return the notes on the jobs that ended."""
        return [each for each in self._shown.values() if isinstance(each, Note)]

    def show_jobs(self, jobs: Sequence[JobStatus]) -> None:
        """Show these."""
        wanted = {job.number for job in jobs}
        for number in [number for number in self._shown if number not in wanted]:
            self._drop(number)
        for job in jobs:
            self._show(job)
        self.setVisible(bool(jobs))

    def _show(self, job: JobStatus) -> None:
        shown = self._shown.get(job.number)
        if job.ended:
            if not isinstance(shown, Note):
                self._drop(job.number)
                self._put(job.number, self._note(job))
        elif isinstance(shown, JobStrip):
            shown.show_job(job)
        else:
            strip = JobStrip(job)
            strip.cancel_wanted.connect(lambda number=job.number: self.cancel_wanted.emit(number))
            self._put(job.number, strip)

    def _note(self, job: JobStatus) -> Note:
        note = Note()
        buttons: list[tuple[str, Callable[[], object]]] = []
        if job.state is JobState.CANCELLED and job.kind in _GOES_ON:
            buttons.append(("Go on", lambda: self.again_wanted.emit(job)))
        elif job.state is JobState.FAILED and job.kind in (*_GOES_ON, JobKind.REMOVE):
            buttons.append(("Try again", lambda: self.again_wanted.emit(job)))
        buttons.append(("OK", lambda: self.forget_wanted.emit(job.number)))
        hint = f"{job.message} {job.hint}".strip()
        note.say(_TONES[job.state], job_title(job), hint, tuple(buttons))
        return note

    def _put(self, number: int, widget: JobStrip | Note) -> None:
        self._shown[number] = widget
        self._rows.addWidget(widget)

    def _drop(self, number: int) -> None:
        widget = self._shown.pop(number, None)
        if widget is not None:
            self._rows.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
