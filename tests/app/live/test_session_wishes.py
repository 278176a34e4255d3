"""What was asked for last is what is shown, whatever came between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.live.announcer import Announcer
from app.live.puppets import Puppets
from app.live.scene import Scene, SceneMaker
from app.paths import Paths
from engines.base import Avatar
from tests.fakes.engine import FakeEngine
from tests.fakes.events import FakeEvents
from tests.fakes.library import FakeLibrary
from tests.fakes.stage import SMALL, Stage

MIRRORED = replace(SMALL, output=replace(SMALL.output, mirror=True))


class Maker:
    """A scene maker that works when step() is called, on the test's own thread.

    Attributes:
        shown: the scenes, oldest first.
    """

    def __init__(self, folder: Path, library: FakeLibrary) -> None:
        self.shown: list[Scene] = []
        self.events, engine = FakeEvents(), FakeEngine()
        self.scenes = SceneMaker(
            SMALL,
            lambda: library,
            Puppets(Paths(folder, folder, folder), lambda _name, _options: engine),
            self.shown.append,
            lambda: None,
            Announcer(self.events, lambda: 0.0),
        )

    @property
    def last(self) -> tuple[str, bool]:
        """The avatar shown last, and whether it is mirrored."""
        return self.shown[-1].avatar_id, self.shown[-1].view.mirror


def test_a_look_asked_for_with_an_avatar_that_fails_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    maker = Maker(tmp_path, FakeLibrary())
    maker.scenes.step()
    maker.scenes.want_avatar("nobody")
    maker.scenes.want_look(MIRRORED)
    maker.scenes.step()
    assert [avatar for avatar, _ in maker.events.named("avatar_failed")] == ["nobody"]
    maker.scenes.step()
    assert maker.last == ("blue", True)
    assert not maker.scenes.pending
    assert maker.events.named("avatar_shown") == [("blue",)]


def test_an_avatar_that_fails_is_tried_again_with_the_look_asked_for_meanwhile(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class LateLibrary(FakeLibrary):
        """Cannot read green at first, and while it tries, another look is asked for."""

        def load(self, avatar_id: str) -> Avatar:
            if avatar_id == "green" and not tried:
                tried.append(avatar_id)
                maker.scenes.want_look(MIRRORED)
                raise OSError("not yet")
            return super().load(avatar_id)

    tried: list[str] = []
    maker = Maker(tmp_path, LateLibrary())
    maker.scenes.step()
    maker.scenes.want_avatar("green")
    maker.scenes.step()
    maker.scenes.step()
    assert maker.last == ("green", True)
    assert maker.events.named("avatar_failed") == []


def test_an_avatar_being_prepared_is_not_forgotten_when_a_control_is_touched(tmp_path: Path) -> None:
    """What the window has in its settings is on stage already, or was a moment ago."""
    stage = Stage(tmp_path)
    session, scenes = stage.session, stage.session._scenes
    scenes.step()
    session.show_avatar("green")
    scenes.step()
    session.show_avatar("sand")
    for kept in ("green", "blue"):
        session.apply(replace(MIRRORED, avatar=kept))
    scenes.step()
    assert session.status.avatar == "sand"
    assert scenes.shown.view.mirror
    session.stop()
