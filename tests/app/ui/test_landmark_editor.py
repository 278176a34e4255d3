"""The landmark editor: drag, nudge, undo, guided placing, zoom, trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.tracking.anchors import ANCHORS
from app.ui.jobs import Jobs
from app.ui.landmark_editor.dialog import LandmarkEditor
from app.ui.landmark_editor.placing import GUIDED, Placing, words_of
from tests.fakes.session import fake_face
from tests.fakes.shelf import plain_picture

FOUND = fake_face((320, 320), 11).landmarks
Make = Callable[[np.ndarray | None], LandmarkEditor]


@pytest.fixture
def make(qtbot, theme) -> Iterator[Make]:
    jobs, made = Jobs(), []

    def editor(found: np.ndarray | None) -> LandmarkEditor:
        made.append(LandmarkEditor(plain_picture(), found, jobs, "Plain"))
        qtbot.addWidget(made[-1])
        made[-1].show()
        qtbot.waitExposed(made[-1])
        return made[-1]

    yield editor
    for each in made:
        each.close()
    jobs.close()


def spot(editor: LandmarkEditor, name: str) -> QPoint:
    return editor.canvas.to_screen(editor.placing.anchors[name]).toPoint()


def test_dragging_an_anchor_moves_the_mesh_and_is_one_undo(make: Make) -> None:
    editor = make(FOUND)
    canvas, before = editor.canvas, editor.placing.landmarks().copy()
    start = spot(editor, "chin")
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(canvas, start + QPoint(0, 6 * step))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 30))
    after = editor.placing.landmarks()
    moved = 30 / canvas.zoom
    assert after[ANCHORS["chin"], 1] == pytest.approx(before[ANCHORS["chin"], 1] + moved, abs=1.5)
    assert after[ANCHORS["left_iris"], 1] == pytest.approx(before[ANCHORS["left_iris"], 1], abs=0.5)
    assert canvas.selected == "chin"
    editor.undo.click()
    np.testing.assert_allclose(editor.placing.landmarks(), before)
    assert not editor.undo.isEnabled()
    editor.redo.click()
    np.testing.assert_allclose(editor.placing.landmarks(), after)


def test_tab_goes_through_all_points_then_on(make: Make) -> None:
    editor = make(FOUND)
    editor.canvas.setFocus()
    seen = []
    for _ in ANCHORS:
        QTest.keyClick(editor.canvas, Qt.Key.Key_Tab)
        seen.append(editor.canvas.selected)
    assert seen == list(ANCHORS)
    assert words_of(seen[-1]) == editor.canvas.accessibleDescription()
    QTest.keyClick(editor.canvas, Qt.Key.Key_Tab)
    assert editor.canvas.selected == ""


@pytest.mark.parametrize(
    ("key", "by"),
    [
        (Qt.Key.Key_Left, (-1, 0)),
        (Qt.Key.Key_Right, (1, 0)),
        (Qt.Key.Key_Up, (0, -1)),
        (Qt.Key.Key_Down, (0, 1)),
    ],
)
def test_arrows_nudge(make: Make, key: Qt.Key, by: tuple[int, int]) -> None:
    editor = make(FOUND)
    editor.canvas.select("nose_tip")
    x, y = editor.placing.anchors["nose_tip"]
    QTest.keyClick(editor.canvas, key)
    QTest.keyClick(editor.canvas, key, Qt.KeyboardModifier.ShiftModifier)
    assert editor.placing.anchors["nose_tip"] == pytest.approx((x + 11 * by[0], y + 11 * by[1]))


def test_guided_placing_asks_for_each_point_then_completes(make: Make) -> None:
    editor = make(None)
    assert not editor.save.isEnabled()
    places = (
        (110, 130),
        (140, 130),
        (180, 130),
        (210, 130),
        (160, 165),
        (140, 195),
        (180, 195),
        (160, 235),
        (160, 90),
    )
    for name, place in zip(GUIDED, places, strict=True):
        assert words_of(name) in editor.guide.text
        QTest.mouseClick(
            editor.canvas, Qt.MouseButton.LeftButton, pos=editor.canvas.to_screen(place).toPoint()
        )
        editor.canvas.grab()
    assert editor.save.isEnabled()
    landmarks = editor.landmarks
    for name, place in zip(GUIDED, places, strict=True):
        np.testing.assert_allclose(landmarks[ANCHORS[name], :2], place, atol=1.5)
    assert set(editor.placing.anchors) == set(ANCHORS)
    editor.undo.click()
    assert not editor.save.isEnabled()


def test_start_over_goes_back_to_what_was_found(make: Make) -> None:
    editor = make(FOUND)
    editor.placing.nudge("chin", (20, 20))
    editor.canvas.edited.emit()
    editor.reset.click()
    np.testing.assert_allclose(editor.landmarks, FOUND, atol=1e-3)
    editor.undo.click()
    assert not np.allclose(editor.landmarks, FOUND)


def test_zoom_keeps_the_point_under_the_pointer(make: Make) -> None:
    editor = make(FOUND)
    at = QPointF(200, 150)
    before = editor.canvas.to_picture(at)
    editor.canvas.zoom_by(2, at)
    assert editor.canvas.to_picture(at) == pytest.approx(before)
    QTest.keyClick(editor.canvas, Qt.Key.Key_0)
    assert editor.canvas.zoom < 16


def test_dragging_beside_a_point_pans(make: Make) -> None:
    editor = make(FOUND)
    corner = QPoint(4, 4)
    before = editor.canvas.to_picture(QPointF(corner))
    QTest.mousePress(editor.canvas, Qt.MouseButton.LeftButton, pos=corner)
    QTest.mouseMove(editor.canvas, corner + QPoint(50, 0))
    QTest.mouseRelease(editor.canvas, Qt.MouseButton.LeftButton, pos=corner + QPoint(50, 0))
    after = editor.canvas.to_picture(QPointF(corner))
    assert after[0] == pytest.approx(before[0] - 50 / editor.canvas.zoom)


def test_save_hands_over_the_landmarks(make: Make, qtbot) -> None:
    editor = make(FOUND)
    with qtbot.waitSignal(editor.placed) as told:
        editor.save.click()
    assert told.args[0].shape == (478, 3)
    assert not editor.isVisible()


def test_cancel_hands_over_nothing(make: Make, qtbot) -> None:
    editor = make(FOUND)
    with qtbot.assertNotEmitted(editor.placed):
        editor.cancel.click()


def test_points_stay_near_the_picture() -> None:
    placing = Placing((100, 100), FOUND)
    placing.move("chin", (1e6, -1e6))
    assert placing.anchors["chin"] == (125.0, -25.0)


def test_unknown_anchor_is_left_alone() -> None:
    placing = Placing((100, 100), None)
    placing.move("chin", (5, 5))
    placing.nudge("chin", (5, 5))
    assert not placing.can_undo
    placing.undo()
    placing.redo()


def test_trial_moves_the_picture(make: Make, qtbot) -> None:
    editor = make(FOUND)
    editor.try_it.click()
    qtbot.waitUntil(lambda: editor.trial.running, timeout=60_000)
    qtbot.waitUntil(lambda: not editor.trial.pixmap().isNull(), timeout=20_000)
    editor.reject()
    assert not editor.trial.running
