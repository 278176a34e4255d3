"""The desk between window and session: holds the settings, carries out actions, says what came of them. No widgets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.avatars.character import LICENCE_NOTE
from app.avatars.errors import NoFaceFound, SeveralFaces
from app.errors import GuiseError
from app.live.engine_choice import MisfitError, UnsuitedError
from app.settings import Settings
from app.ui.bridge import Bridge
from app.ui.jobs import Jobs
from app.ui.model_desk import ModelDesk
from app.ui.stage.toasts import Toast
from app.ui.tokens import Tone
from engines.errors import EngineError
from engines.registry import engine_info, engine_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.avatars.avatar_store import AvatarLibrary
    from app.avatars.entry import AvatarEntry
    from app.avatars.picture import LoadedPicture
    from app.live.session import Session
    from app.models.workshop import Workshop
    from app.tracking.calibration import Calibration

    Source = str | Path | bytes | LoadedPicture | NDArray[np.uint8]

logger = logging.getLogger(__name__)
_ZOOM_STEP = 1.1
_ZOOM_RANGE = (0.5, 3.0)


class Desk(QObject):
    """What the window works with.

    Threads: the GUI thread. Slow work goes to `jobs`.

    Attributes:
        session: what runs.
        library: the avatars.
        bridge: the session's events as signals.
        jobs: one-off work.
        models: what engines with networks animate with.

    Signals:
        settings_changed(Settings): they are others now; the window shows them, the owner saves them.
        shelf_changed(): avatars came, went, moved, or another one is on stage.
        said(Toast): something to tell the user.
        no_face(NoFaceFound): a picture needs its landmarks placed before it can be added.
        several_faces(SeveralFaces): a picture shows several faces.
        landmarks_wanted(str): an avatar needs its landmarks placed before it can be shown.
        calibrating(int): a calibration was asked for, with that countdown.
        snapped(Path): a snapshot was taken.
        adding_changed(): pictures are being added, or no longer.
    """

    settings_changed = Signal(object)
    shelf_changed = Signal()
    said = Signal(object)
    no_face = Signal(object)
    several_faces = Signal(object)
    landmarks_wanted = Signal(str)
    calibrating = Signal(int)
    snapped = Signal(object)
    adding_changed = Signal()

    def __init__(
        self,
        settings: Settings,
        session: Session,
        library: AvatarLibrary,
        bridge: Bridge,
        workshop: Workshop,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session, self.library, self.bridge = session, library, bridge
        self.jobs = Jobs(self)
        self.models = ModelDesk(workshop, self.jobs, self)
        self._settings = settings
        self._current = self._loading = ""
        self._adding = 0
        self._introduced: set[str] = set()  # characters whose engine was offered
        self._leaving: list[str] = []  # removed from the shelf, not yet from the disk: can be undone
        bridge.avatar_on.connect(self._avatar_on)
        bridge.avatar_off.connect(self._avatar_off)
        bridge.recording_over.connect(self._recording_over)
        bridge.worker_failed.connect(self._worker_failed)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    @property
    def adding(self) -> int:
        """How many pictures are being added."""
        return self._adding

    @property
    def current(self) -> str:
        """Id of the avatar on stage, "" for none."""
        return self._current

    @property
    def loading(self) -> str:
        """Id of the avatar being prepared, "" for none."""
        return self._loading

    def change(self, settings: Settings) -> None:
        """Put other settings in force."""
        if settings == self._settings:
            return
        self._settings = settings
        self._try(lambda: self.session.apply(settings))
        self.settings_changed.emit(settings)

    def change_part(self, part: str, **changes: object) -> None:
        """Change fields of one part of the settings."""
        value = replace(getattr(self._settings, part), **changes)
        self.change(replace(self._settings, **{part: value}))

    def zoom(self, steps: int) -> None:
        """Zoom by steps, in where positive; 0 goes back to 1."""
        zoom = self._settings.framing.zoom * _ZOOM_STEP**steps if steps else 1.0
        zoom = min(max(zoom, _ZOOM_RANGE[0]), _ZOOM_RANGE[1])
        self.change_part("framing", zoom=1.0 if abs(zoom - 1) < 0.02 else round(zoom, 3))

    # Avatars

    def entries(self) -> list[AvatarEntry]:
        """Return the avatars on the shelf, in order."""
        return [entry for entry in self.library.list() if entry.id not in self._leaving]

    def show_avatar(self, avatar_id: str) -> None:
        """Put an avatar on stage, or ask for its landmarks first; a character is offered its engine once."""
        entry = next((entry for entry in self.entries() if entry.id == avatar_id), None)
        if entry is None:
            return
        if entry.needs_landmarks:
            self.landmarks_wanted.emit(avatar_id)
            return
        self._loading = avatar_id
        self.shelf_changed.emit()
        self._try(lambda: self.session.show_avatar(avatar_id))
        if entry.character and avatar_id not in self._introduced:
            self._introduced.add(avatar_id)
            self._offer_engine(entry)

    def show_nth(self, number: int) -> None:
        """Put the avatar of that number on stage; the last one where there are not so many."""
        entries = self.entries()
        if entries:
            self.show_avatar(entries[min(number, len(entries)) - 1].id)

    def step_avatar(self, step: int) -> None:
        """Go to the next (1) or the previous (-1) avatar, round and round."""
        ids = [entry.id for entry in self.entries() if not entry.needs_landmarks]
        if not ids:
            return
        here = self._loading or self._current
        row = ids.index(here) if here in ids else -max(step, 0)
        self.show_avatar(ids[(row + step) % len(ids)])

    def add(self, source: Source, face_index: int | None = None) -> None:
        """Add a picture or a character, elsewhere; then show it."""
        self._count_adding(1)
        self.jobs.run(lambda: self.library.add(source, None, face_index), self._added, self._not_added)

    def add_placed(self, picture: LoadedPicture, name: str, landmarks: NDArray[np.float32]) -> None:
        """Add a picture whose landmarks were placed by hand; then show it."""
        self._count_adding(1)
        self.jobs.run(lambda: self.library.add(picture, name, None, landmarks), self._added, self._not_added)

    def place(self, avatar_id: str, landmarks: NDArray[np.float32]) -> None:
        """Keep other landmarks for an avatar; then show it."""
        self.jobs.run(
            lambda: self.library.set_landmarks(avatar_id, landmarks),
            lambda entry: self._placed(entry.id),
            self.report,
        )

    def rename(self, avatar_id: str, name: str) -> None:
        """Give an avatar another name."""
        self._try(lambda: self.library.rename(avatar_id, name))
        self.shelf_changed.emit()

    def move(self, avatar_id: str, position: int) -> None:
        """Put an avatar at another place among those on the shelf."""
        others = [entry.id for entry in self.library.list() if entry.id != avatar_id]
        shown = [other for other in others if other not in self._leaving]
        # The library still counts those that are leaving.
        place = others.index(shown[position]) if position < len(shown) else len(others)
        self._try(lambda: self.library.move(avatar_id, place))
        self.shelf_changed.emit()

    def move_by(self, avatar_id: str, step: int) -> None:
        """Put an avatar one place later (1) or earlier (-1) on the shelf; at the ends it stays."""
        ids = [entry.id for entry in self.entries()]
        if avatar_id in ids and 0 <= ids.index(avatar_id) + step < len(ids):
            self.move(avatar_id, ids.index(avatar_id) + step)

    def remove(self, avatar_id: str) -> None:
        """Take an avatar off the shelf; it goes for good when the undo has passed."""
        entries = self.entries()
        row = next((row for row, entry in enumerate(entries) if entry.id == avatar_id), None)
        if row is None:
            return
        self._leaving.append(avatar_id)
        others = [entry for entry in entries if entry.id != avatar_id and not entry.needs_landmarks]
        if avatar_id in (self._current, self._loading) and others:
            self.show_avatar(others[min(row, len(others) - 1)].id)
        self.shelf_changed.emit()
        self.said.emit(
            Toast(
                Tone.INFO,
                f"Removed {entries[row].name}.",
                action="Undo",
                act=lambda: self._stay(avatar_id),
                on_end=lambda: self._leave(avatar_id),
            )
        )

    def restore(self) -> None:
        """Bring the built-in avatars back."""
        self._try(self.library.restore)
        self.shelf_changed.emit()

    def finish_removals(self) -> None:
        """Remove for good what was taken off the shelf."""
        for avatar_id in list(self._leaving):
            self._leave(avatar_id)

    # Live

    def calibrate(self) -> None:
        """Take a neutral, after the countdown if there is one."""
        seconds = self._settings.countdown_s
        if self._try(lambda: self.session.calibrate(seconds)):
            self.calibrating.emit(seconds)

    def toggle_recording(self) -> None:
        """Start or stop recording."""
        if self.session.status.recording is None:
            self._try(self.session.start_recording)
        else:
            self._try(self.session.stop_recording)

    def take_snapshot(self) -> None:
        """Save the picture as PNG."""
        path: list[Path] = []
        if self._try(lambda: path.append(self.session.take_snapshot())):
            self.snapped.emit(path[0])
            self.said.emit(self._saved("Snapshot saved.", path[0]))

    def report(self, error: Exception) -> None:
        """Tell the user about an error."""
        if isinstance(error, (UnsuitedError, MisfitError)):
            self.said.emit(Toast(Tone.INFO, error.message, error.hint))
        elif isinstance(error, GuiseError):
            self.said.emit(Toast(Tone.BAD, error.message, error.hint))
        elif isinstance(error, EngineError):
            self.said.emit(Toast(Tone.BAD, str(error)))
        else:
            logger.error("unexpected", exc_info=error)
            self.said.emit(Toast(Tone.BAD, f"Something went wrong: {error}", "Details are in the log."))

    def close(self) -> list[str]:
        """Stop one-off work and finish removals; return the names of threads that did not end in time."""
        self.finish_removals()
        late = self.models.close()
        return late if self.jobs.close() else [*late, "jobs"]

    def _try(self, act: Callable[[], object]) -> bool:
        """Act; tell the user of an error. True when all went well."""
        try:
            act()
        except (GuiseError, OSError) as error:
            self.report(error)
            return False
        return True

    def _count_adding(self, change: int) -> None:
        self._adding += change
        self.adding_changed.emit()

    def _added(self, entry: AvatarEntry) -> None:
        self._count_adding(-1)
        self.shelf_changed.emit()
        if entry.character:
            self.said.emit(Toast(Tone.GOOD, f"{entry.name} is a character.", LICENCE_NOTE))
        if entry.notes:
            self.said.emit(Toast(Tone.INFO, f"{entry.name} is added.", " ".join(entry.notes)))
        self.show_avatar(entry.id)
        if entry.face_guessed:
            self.landmarks_wanted.emit(entry.id)

    def _offer_engine(self, entry: AvatarEntry) -> None:
        """Offer the engine that moves a character with its own networks, where another one is in use."""
        chosen = self._settings.engine
        if chosen in engine_names() and engine_info(chosen).characters:
            return
        for name in engine_names():
            info = engine_info(name)
            if info.characters:
                text = f"{entry.name} brings networks made for it."
                hint = f"{info.title} moves it as its maker meant."
                self.said.emit(Toast(Tone.INFO, text, hint, "Use it", partial(self._use, name)))

    def _use(self, engine: str) -> None:
        self.change(replace(self._settings, engine=engine))

    def _not_added(self, error: Exception) -> None:
        self._count_adding(-1)
        if isinstance(error, NoFaceFound):
            self.no_face.emit(error)
        elif isinstance(error, SeveralFaces):
            self.several_faces.emit(error)
        else:
            self.report(error)

    def _placed(self, avatar_id: str) -> None:
        self.shelf_changed.emit()
        self.show_avatar(avatar_id)
        self.said.emit(Toast(Tone.GOOD, "The landmarks are saved."))

    def _stay(self, avatar_id: str) -> None:
        if avatar_id in self._leaving:
            self._leaving.remove(avatar_id)
            self.shelf_changed.emit()

    def _leave(self, avatar_id: str) -> None:
        if avatar_id in self._leaving:
            self._try(lambda: self.library.remove(avatar_id))
            self._leaving.remove(avatar_id)
            self.shelf_changed.emit()

    def _saved(self, text: str, path: Path) -> Toast:
        from app.ui.system import show_in_folder

        return Toast(Tone.GOOD, text, path.name, "Show", lambda: show_in_folder(path))

    @Slot(str)
    def _avatar_on(self, avatar_id: str) -> None:
        self._current = avatar_id
        if self._loading == avatar_id:
            self._loading = ""
        if self._settings.avatar != avatar_id:
            self._settings = replace(self._settings, avatar=avatar_id)
            self.settings_changed.emit(self._settings)
        self.shelf_changed.emit()

    @Slot(str, object)
    def _avatar_off(self, avatar_id: str, error: Exception) -> None:
        if self._loading == avatar_id:
            self._loading = ""
        self.shelf_changed.emit()
        self.report(error)

    @Slot(object, object)
    def _recording_over(self, path: Path, error: Exception | None) -> None:
        if error is not None:
            self.report(error)
        if path is not None and path.exists():
            self.said.emit(self._saved("Recording saved.", path))

    @Slot(str, object)
    def _worker_failed(self, worker: str, error: Exception) -> None:
        if isinstance(error, (GuiseError, EngineError)):
            self.report(error)
        else:
            logger.warning("%s failed", worker, exc_info=error)
            text = f"The {worker} stage had a problem and starts again."
            self.said.emit(
                Toast(Tone.BAD, text, "Nothing of you is on air meanwhile. Details are in the log.")
            )


def problems_of(calibration: Calibration) -> list[str]:
    """Return what to fix, one sentence each."""
    return [problem.sentence for problem in calibration.problems]
