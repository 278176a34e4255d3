"""A window on a fake session, and checks for timers, windows and animations left behind."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractAnimation, QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from app.devices.camera import CameraInfo
from app.models.workshop import ModelCard
from app.paths import Paths
from app.settings import Settings
from app.ui.application import prepare
from app.ui.bridge import Bridge
from app.ui.desk import Desk
from app.ui.main_window import MainWindow
from app.ui.theme import ThemeKeeper
from app.ui.window_state import WindowState
from tests.fakes.session import FakeSession
from tests.fakes.shelf import FakeShelf
from tests.fakes.workshop import FakeWorkshop

CAMERAS = [CameraInfo("0", "BRIO"), CameraInfo("1", "Integrated Camera")]


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> ThemeKeeper:
    return prepare(qapp, Settings().theme)


@pytest.fixture(scope="package", autouse=True)
def little_to_search() -> Iterator[None]:
    """Take what libraries and the tests before left in memory out of every search for what runs: a million objects."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def _running() -> list[QObject]:
    """Return the timers and animations that run, of all made since the first window."""
    # By type: isinstance() asks an object for its class, and some of PyTorch's warn when they are asked anything.
    kinds = QTimer, QAbstractAnimation
    known = [each for each in gc.get_objects() if issubclass(type(each), kinds) and isValid(each)]
    running = QAbstractAnimation.State.Running
    return [
        each for each in known if (each.isActive() if isinstance(each, QTimer) else each.state() == running)
    ]


@pytest.fixture(autouse=True)
def no_leaked_widgets(qapp: QApplication) -> Iterator[None]:
    """Fail a test that leaves a window open, a timer running or an animation playing."""
    before = set(QApplication.topLevelWidgets())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    windows = [each for each in QApplication.topLevelWidgets() if each not in before and each.isVisible()]
    assert not windows, f"windows left open: {windows}"
    running = _running()
    assert not running, f"left running: {[(each, each.parent()) for each in running]}"


@pytest.fixture(autouse=True)
def empty_clipboard(qapp: QApplication) -> Iterator[None]:
    """Leave nothing on the clipboard: Qt frees what Python put there after Python is gone, and crashes in that."""
    yield
    QGuiApplication.clipboard().clear()


@dataclass
class Answers:
    """Stands in for the dialogs: answers what a test put in."""

    files: list[Path] = field(default_factory=list)
    picture: Path | None = None
    clip: Path | None = None
    picked: str | None = None
    weights: list[Path] = field(default_factory=list)
    abouts: list[str] = field(default_factory=list)

    def pictures(self) -> list[Path]:
        return self.files

    def background(self) -> Path | None:
        return self.picture

    def video(self) -> Path | None:
        return self.clip

    def models(self) -> list[Path]:
        return self.weights

    def model_folder(self) -> list[Path]:
        return self.weights[:1]

    def colour(self, start: str) -> str | None:
        return self.picked

    def about(self, text: str) -> None:
        self.abouts.append(text)


@dataclass
class Rig:
    """A window and everything it stands on."""

    window: MainWindow
    desk: Desk
    session: FakeSession
    shelf: FakeShelf
    bridge: Bridge
    dialogs: Answers
    paths: Paths
    workshop: FakeWorkshop

    @property
    def applied(self) -> Settings:
        """The settings handed to the session last."""
        return self.session.applied[-1]


MakeRig = Callable[..., Rig]


@pytest.fixture
def make_rig(qtbot, qapp: QApplication, theme: ThemeKeeper, tmp_path: Path) -> Iterator[MakeRig]:
    """Make a shown window."""
    made: list[Rig] = []

    def make(
        settings: Settings | None = None,
        names: tuple[str, ...] = ("Mona", "Fox", "Robo"),
        models: tuple[ModelCard, ...] = (),
    ) -> Rig:
        settings = settings or Settings()
        bridge = Bridge()
        session, shelf = FakeSession(settings, bridge), FakeShelf(tmp_path, names)
        workshop = FakeWorkshop(*models)
        desk = Desk(settings, session, shelf, bridge, workshop)  # type: ignore[arg-type]
        paths, dialogs = Paths(tmp_path, tmp_path, tmp_path), Answers()
        window = MainWindow(desk, paths, theme, WindowState(tmp_path), lambda: CAMERAS, dialogs)  # type: ignore[arg-type]
        window.show()
        qtbot.waitExposed(window)
        qtbot.waitUntil(lambda: not desk.jobs.busy)
        rig = Rig(window, desk, session, shelf, bridge, dialogs, paths, workshop)
        made.append(rig)
        return rig

    yield make
    for rig in made:
        rig.window.stage.toasts.clear()
        rig.workshop.release()
        rig.desk.close()
        for child in rig.window.findChildren(QWidget):
            if child.isWindow():
                child.close()
        rig.window.let_go()
        rig.window.deleteLater()
        rig.desk.deleteLater()
        rig.bridge.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    return make_rig()
