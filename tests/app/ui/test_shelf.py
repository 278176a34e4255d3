"""The avatar shelf: choose, add, rename, reorder, remove with undo, faces to be placed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.avatars.errors import NoFaceFound, SeveralFaces
from app.tracking.portrait import FoundFace
from app.ui.face_chooser import FaceChooser
from app.ui.landmark_editor.dialog import LandmarkEditor
from app.ui.shelf.model import ShelfRole
from engines.base import Style
from tests.app.ui.conftest import MakeRig, Rig
from tests.fakes.session import fake_face, refused
from tests.fakes.shelf import plain_picture


def names(rig: Rig) -> list[str]:
    return [entry.name for entry in rig.window.shelf.model.entries]


def card(rig: Rig, row: int) -> QPoint:
    view = rig.window.shelf.view
    return view.visualRect(rig.window.shelf.model.index(row)).center()


def marked(rig: Rig, role: ShelfRole) -> list[str]:
    model = rig.window.shelf.model
    return [entry.id for row, entry in enumerate(model.entries) if model.index(row).data(role)]


def test_click_shows_an_avatar_and_marks_it(rig: Rig, qtbot) -> None:
    QTest.mouseClick(rig.window.shelf.view.viewport(), Qt.MouseButton.LeftButton, pos=card(rig, 1))
    assert rig.session.calls == [("show_avatar", "fox")]
    assert marked(rig, ShelfRole.LOADING) == ["fox"]
    rig.bridge.avatar_shown("fox")
    qtbot.waitUntil(lambda: marked(rig, ShelfRole.CURRENT) == ["fox"])
    assert marked(rig, ShelfRole.LOADING) == []
    assert rig.desk.settings.avatar == "fox"
    assert rig.window.header.avatar.full == "Fox"
    rig.window.shelf.grab()


def test_keyboard_chooses(rig: Rig) -> None:
    view = rig.window.shelf.view
    view.setFocus()
    view.setCurrentIndex(rig.window.shelf.model.index(2))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert rig.session.calls == [("show_avatar", "robo")]


def test_failed_avatar_is_said_and_the_mark_goes(rig: Rig, qtbot) -> None:
    rig.desk.show_avatar("fox")
    rig.bridge.avatar_failed("fox", refused("Its files are damaged."))
    qtbot.waitUntil(lambda: bool(rig.window.stage.toasts.cards))
    assert marked(rig, ShelfRole.LOADING) == []
    assert rig.window.stage.toasts.cards[0].toast.text == "Its files are damaged."


def test_add_button_adds_and_shows(rig: Rig, qtbot, tmp_path: Path) -> None:
    rig.dialogs.files = [tmp_path / "new.png"]
    rig.window.shelf.add_button.click()
    qtbot.waitUntil(lambda: len(names(rig)) == 4)
    qtbot.waitUntil(lambda: ("show_avatar", "new 3") in rig.session.calls)


def test_rename_on_the_card(rig: Rig) -> None:
    rig.window.shelf.edit_name("fox")
    field = rig.window.shelf.editor
    field.selectAll()
    QTest.keyClicks(field, "Rusty")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert names(rig) == ["Mona", "Rusty", "Robo"]
    assert rig.window.shelf.editor is None


def test_esc_leaves_the_name(rig: Rig) -> None:
    rig.window.shelf.edit_name("fox")
    QTest.keyClicks(rig.window.shelf.editor, "zzz")
    QTest.keyClick(rig.window.shelf.editor, Qt.Key.Key_Escape)
    assert names(rig) == ["Mona", "Fox", "Robo"]
    assert rig.window.shelf.editor is None


@pytest.mark.parametrize(
    ("start", "at", "after"), [(0, 2, ["Fox", "Robo", "Mona"]), (2, 0, ["Robo", "Mona", "Fox"])]
)
def test_reorder(rig: Rig, start: int, at: int, after: list[str]) -> None:
    entry = rig.window.shelf.model.entries[start]
    rig.window.shelf.view.moved.emit(entry.id, at)
    assert names(rig) == after


def test_keys_reorder_and_the_cursor_stays_on_the_card(rig: Rig, qtbot) -> None:
    rig.bridge.avatar_shown("robo")
    qtbot.waitUntil(lambda: rig.desk.current == "robo")
    view = rig.window.shelf.view
    view.setFocus()
    view.setCurrentIndex(rig.window.shelf.model.index(0))
    for after in (["Fox", "Mona", "Robo"], ["Fox", "Robo", "Mona"], ["Fox", "Robo", "Mona"]):
        QTest.keyClick(view, Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
        assert names(rig) == after
    for after in (["Fox", "Mona", "Robo"], ["Mona", "Fox", "Robo"], ["Mona", "Fox", "Robo"]):
        QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
        assert names(rig) == after


def test_what_is_leaving_takes_no_place(rig: Rig) -> None:
    rig.desk.remove("mona")
    rig.desk.move("fox", 1)
    assert names(rig) == ["Robo", "Fox"]
    rig.desk.move("fox", 0)
    assert names(rig) == ["Fox", "Robo"]
    rig.window.stage.toasts.cards[0].action_button.click()
    assert names(rig) == ["Mona", "Fox", "Robo"]


def test_drop_position_follows_the_pointer(rig: Rig) -> None:
    view = rig.window.shelf.view
    boxes = [view.visualRect(rig.window.shelf.model.index(row)) for row in range(3)]
    assert view.position_at(boxes[0].topLeft() + QPoint(3, 3)) == 0
    assert view.position_at(boxes[1].center() - QPoint(5, 0)) == 1
    assert view.position_at(boxes[2].bottomRight() + QPoint(0, 40)) == 3


def test_removed_avatar_goes_when_the_undo_has_passed(rig: Rig) -> None:
    rig.desk.remove("fox")
    assert names(rig) == ["Mona", "Robo"]
    assert ("remove", "fox") not in rig.shelf.calls
    rig.window.stage.toasts.cards[0].close_button.click()
    assert ("remove", "fox") in rig.shelf.calls


def test_many_removals_can_all_be_undone(make_rig: MakeRig) -> None:
    rig = make_rig(names=("A", "B", "C", "D", "E", "F"))
    for name in "abcde":
        rig.desk.remove(name)
    assert names(rig) == ["F"]
    for card in rig.window.stage.toasts.cards:
        card.action_button.click()
    assert names(rig) == ["A", "B", "C", "D", "E", "F"]


def test_removal_can_be_undone(rig: Rig) -> None:
    rig.desk.remove("fox")
    rig.window.stage.toasts.cards[0].action_button.click()
    assert names(rig) == ["Mona", "Fox", "Robo"]
    assert ("remove", "fox") not in rig.shelf.calls


def test_removing_the_one_on_stage_shows_its_neighbour(rig: Rig, qtbot) -> None:
    rig.bridge.avatar_shown("fox")
    qtbot.waitUntil(lambda: rig.desk.current == "fox")
    rig.desk.remove("fox")
    assert rig.session.calls == [("show_avatar", "robo")]


def test_delete_key_removes_the_card_with_the_cursor(rig: Rig) -> None:
    view = rig.window.shelf.view
    view.setFocus()
    view.setCurrentIndex(rig.window.shelf.model.index(2))
    QTest.keyClick(view, Qt.Key.Key_Delete)
    view.setCurrentIndex(rig.window.shelf.model.index(1))
    none = Qt.KeyboardModifier.NoModifier
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Delete, none, "", autorep=True)
    QApplication.sendEvent(view, held)
    assert names(rig) == ["Mona", "Fox"]


def test_removals_are_finished_at_the_end(rig: Rig) -> None:
    rig.desk.remove("robo")
    rig.desk.close()
    assert ("remove", "robo") in rig.shelf.calls


def test_removed_built_ins_come_back(rig: Rig) -> None:
    rig.desk.remove("mona")
    rig.desk.finish_removals()
    assert names(rig) == ["Fox", "Robo"]
    rig.window.do("restore_avatars")
    assert "Mona" in names(rig)


@pytest.mark.qt_log_ignore("This plugin does not support")  # the screenless platform
def test_menu_of_a_card(rig: Rig) -> None:
    rig.window.shelf.menu_wanted.emit("fox", QPoint(10, 10))
    menu = next(menu for menu in rig.window.findChildren(QMenu) if menu.isVisible())
    assert [action.text() for action in menu.actions() if action.text()][:6] == [
        "Show", "Rename…", "Edit landmarks…", "Move earlier", "Move later", "Remove",
    ]  # fmt: skip
    for action, after in ((3, ["Fox", "Mona", "Robo"]), (4, ["Mona", "Fox", "Robo"])):
        menu.actions()[action].trigger()
        assert names(rig) == after
    menu.actions()[0].trigger()
    menu.close()
    assert rig.session.calls == [("show_avatar", "fox")]


def test_avatar_without_landmarks_opens_the_editor_and_is_shown_when_placed(rig: Rig, qtbot) -> None:
    rig.shelf.need_landmarks("fox")
    rig.desk.shelf_changed.emit()
    rig.desk.show_avatar("fox")
    editor = rig.window.findChild(LandmarkEditor)
    assert editor is not None
    assert not editor.save.isEnabled()
    for point in (
        (110, 130),
        (140, 130),
        (180, 130),
        (210, 130),
        (160, 160),
        (140, 190),
        (180, 190),
        (160, 230),
        (160, 90),
    ):
        editor.placing.place_next(point)
    editor.canvas.edited.emit()
    editor.save.click()
    qtbot.waitUntil(lambda: ("show_avatar", "fox") in rig.session.calls)
    landmarks = next(call[2] for call in rig.shelf.calls if call[0] == "set_landmarks")
    assert landmarks.shape == (478, 3)


def test_picture_without_a_face_opens_the_editor_and_is_added_with_its_landmarks(rig: Rig, qtbot) -> None:
    def no_face(source: object) -> None:
        raise NoFaceFound(plain_picture("Blank"), "Blank")

    rig.shelf.on_add = no_face
    rig.desk.add("blank.png")
    qtbot.waitUntil(lambda: rig.window.findChild(LandmarkEditor) is not None)
    editor = rig.window.findChild(LandmarkEditor)
    editor.placed.emit(np.zeros((478, 3), np.float32))
    editor.reject()
    qtbot.waitUntil(lambda: "Blank" in names(rig))


@pytest.mark.qt_log_ignore("This plugin does not support")  # the screenless platform
def test_several_faces_are_chosen_from(rig: Rig, qtbot) -> None:
    landmarks = fake_face((320, 320), 8).landmarks
    faces = [FoundFace(np.add(landmarks, (dx, 0, 0)), 0.9, Style.PHOTO) for dx in (-80, 0, 80)]

    def several(source: object) -> None:
        raise SeveralFaces(plain_picture("Group"), "Group", faces)

    rig.shelf.on_add = several
    rig.desk.add("group.png")
    qtbot.waitUntil(lambda: rig.window.findChild(FaceChooser) is not None)
    chooser = rig.window.findChild(FaceChooser)
    assert len(chooser.buttons) == 3
    QTest.keyClick(chooser, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: len(names(rig)) == 4)
    assert rig.shelf.calls[-1][3] == 1


def test_stepping_goes_round_and_skips_what_needs_landmarks(make_rig: MakeRig, qtbot) -> None:
    rig = make_rig(names=("Mona", "Fox", "Robo"))
    rig.shelf.need_landmarks("fox")
    rig.bridge.avatar_shown("mona")
    qtbot.waitUntil(lambda: rig.desk.current == "mona")
    rig.desk.step_avatar(1)
    assert rig.session.calls[-1] == ("show_avatar", "robo")
    rig.desk.step_avatar(1)
    assert rig.session.calls[-1] == ("show_avatar", "mona")


def test_unreadable_thumbnail_is_drawn_as_a_placeholder(rig: Rig) -> None:
    rig.shelf.list()[0].thumbnail.write_bytes(b"no picture")
    rig.desk.shelf_changed.emit()
    rig.window.shelf.grab()
    assert rig.window.shelf.model.index(0).data(ShelfRole.THUMBNAIL).isNull()
