"""The table of actions: every key works, none shows the real face, conflicts are seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from app.settings import Settings, Theme
from app.ui.actions import (
    ACTIONS,
    conflict,
    keys_of,
    keys_text,
    spec_of,
    tooltip,
    with_keys,
    without_override,
)
from app.ui.handlers import handlers
from tests.app.ui.conftest import MakeRig, Rig


def press(rig: Rig, text: str) -> None:
    """Press keys as the window gets them."""
    combination = QKeySequence(text)[0]
    QTest.keyClick(rig.window, combination.key(), combination.keyboardModifiers())


def test_ids_are_unique_and_default_keys_do_not_clash() -> None:
    assert len({spec.id for spec in ACTIONS}) == len(ACTIONS)
    for spec in ACTIONS:
        for keys in keys_of(spec.id, {}):
            assert conflict(spec.id, keys, {}) is None, spec.id


def test_avatarify_keys_are_kept() -> None:
    wanted = {
        "calibrate": "X", "previous_avatar": "A", "next_avatar": "D", "zoom_in": "W", "zoom_out": "S",
        "mirror_preview": "R", "mirror_output": "T", "landmarks": "O", "stats": "I", "find_neutral": "F",
        "avatar_1": "1", "avatar_9": "9",
    }  # fmt: skip
    assert {name: spec_of(name).keys[0] for name in wanted} == wanted


def test_no_action_shows_the_real_face_and_no_key_is_avatarifys_zero() -> None:
    for spec in ACTIONS:
        assert QKeySequence("0") not in keys_of(spec.id, {})
        words = f"{spec.id} {spec.text} {spec.hint}".lower()
        assert not any(word in words for word in ("passthrough", "real face", "raw camera", "bypass")), (
            spec.id
        )


def test_every_action_has_a_handler(rig: Rig) -> None:
    assert handlers(rig.window).keys() == {spec.id for spec in ACTIONS}


@pytest.mark.parametrize(
    ("keys", "part", "name"),
    [
        ("M", "controls", "relative"),
        ("Shift+T", "controls", "mirror_motion"),
        ("R", "preview", "mirror"),
        ("C", "preview", "inset"),
        ("O", "preview", "landmarks"),
        ("I", "preview", "stats"),
        ("V", "output", "virtual_camera"),
        ("T", "output", "mirror"),
    ],
)
def test_key_flips_a_setting(rig: Rig, keys: str, part: str, name: str) -> None:
    before = getattr(getattr(rig.desk.settings, part), name)
    press(rig, keys)
    assert getattr(getattr(rig.applied, part), name) is not before
    press(rig, keys)
    assert getattr(getattr(rig.applied, part), name) is before


@pytest.mark.parametrize(
    ("keys", "call"),
    [
        ("X", ("calibrate", 0)),
        ("F", ("find_better_neutral", True)),
        ("Ctrl+R", ("start_recording",)),
        ("P", ("take_snapshot",)),
        ("Ctrl+S", ("take_snapshot",)),
        ("2", ("show_avatar", "fox")),
        ("9", ("show_avatar", "robo")),
        ("D", ("show_avatar", "mona")),
        ("A", ("show_avatar", "robo")),
    ],
)
def test_key_calls_the_session(rig: Rig, keys: str, call: tuple[object, ...]) -> None:
    press(rig, keys)
    assert call in rig.session.calls


def test_undo_key_works_once_there_is_something_to_undo(rig: Rig, qtbot) -> None:
    press(rig, "Ctrl+Z")
    assert ("undo_calibration",) not in rig.session.calls
    rig.session.say(can_undo=True)
    qtbot.waitUntil(lambda: rig.window.actions_table.by_id["undo_calibration"].isEnabled())
    press(rig, "Ctrl+Z")
    assert ("undo_calibration",) in rig.session.calls


def test_zoom_keys(rig: Rig) -> None:
    press(rig, "W")
    press(rig, "W")
    assert rig.applied.framing.zoom == pytest.approx(1.21)
    press(rig, "S")
    assert rig.applied.framing.zoom == pytest.approx(1.1)
    press(rig, "Ctrl+0")
    assert rig.applied.framing.zoom == 1.0
    for _ in range(30):
        press(rig, "S")
    assert rig.applied.framing.zoom == 0.5


def test_theme_actions(rig: Rig) -> None:
    for theme in Theme:
        rig.window.do(f"theme_{theme.value}")
        assert rig.desk.settings.theme is theme
        assert rig.window.actions_table.by_id[f"theme_{theme.value}"].isChecked()


@pytest.mark.qt_log_ignore("This plugin does not support")  # the screenless platform
def test_keys_open_pages_and_menu(rig: Rig) -> None:
    from app.ui.shortcuts_page import ShortcutsPage

    press(rig, "F1")
    page = rig.window.findChild(ShortcutsPage)
    assert page is not None
    assert page.isVisible()
    page.accept()
    rig.window.open_menu()
    assert rig.window.menu.isVisible()
    rig.window.menu.close()


def test_folder_of_recordings_is_made_and_opened(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr("app.ui.handlers.show_in_folder", opened.append)
    rig.window.do("open_recordings")
    assert opened == [rig.paths.recordings]
    assert rig.paths.recordings.is_dir()


def test_keys_do_not_fire_while_typing(rig: Rig) -> None:
    rig.window.shelf.edit_name("mona")
    field = rig.window.shelf.editor
    QTest.keyClicks(field, "xv1")
    assert field.text() == "xv1"
    assert not any(call[0] in ("calibrate", "show_avatar") for call in rig.session.calls)
    assert rig.session.applied == []
    rig.window.shelf.cancel_name()


def test_changed_key_works_and_the_old_one_does_not(make_rig: MakeRig) -> None:
    rig = make_rig(Settings(keys={"calibrate": "K"}))
    press(rig, "X")
    assert rig.session.calls == []
    press(rig, "K")
    assert ("calibrate", 0) in rig.session.calls
    assert "(K)" in rig.window.side.calibrate.button.toolTip()


def test_menus_show_every_action_but_the_numbers(rig: Rig) -> None:
    shown = {
        action.objectName()
        for menu in rig.window.actions_table.build_menus(rig.window)
        for action in menu.actions()
    }
    assert {spec.id for spec in ACTIONS} - shown == {"menu", *(f"avatar_{n}" for n in range(1, 10))}


def test_tooltip_names_the_key() -> None:
    assert tooltip("calibrate", {}).startswith("Calibrate (X)\n")
    assert tooltip("calibrate", {"calibrate": ""}).startswith("Calibrate\n")


def test_taking_a_key_leaves_the_other_action_its_other_keys() -> None:
    overrides = with_keys("inset", QKeySequence("P"), {})
    assert keys_of("snapshot", overrides) == [QKeySequence("Ctrl+S")]
    assert keys_text("inset", overrides) == "P"


def test_going_back_to_the_default_leaves_no_override() -> None:
    overrides = with_keys("calibrate", QKeySequence("K"), {})
    assert with_keys("calibrate", QKeySequence("X"), overrides) == {}
    assert without_override("calibrate", overrides) == {}


def test_resetting_takes_the_key_back_from_who_has_it() -> None:
    overrides = with_keys("stats", QKeySequence("X"), {})
    assert keys_of("calibrate", overrides) == []
    overrides = without_override("calibrate", overrides)
    assert keys_text("calibrate", overrides) == "X"
    assert keys_of("stats", overrides) == []


def test_menu_key_constant_is_free_of_text() -> None:
    assert QKeySequence(Qt.Key.Key_F10) in keys_of("menu", {})
