"""Keys are changed on their page; a conflict is seen before it is made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.ui.shortcuts_page import ShortcutsPage


@pytest.fixture
def page(qtbot, theme) -> Iterator[ShortcutsPage]:
    page = ShortcutsPage({})
    qtbot.addWidget(page)
    page.show()
    yield page
    page.close()


def change(page: ShortcutsPage, action: str, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    button = page.keys[action]
    button.click()
    assert button.listening
    QTest.keyClick(button, key, modifiers)


def test_a_key_is_changed_and_told(page: ShortcutsPage, qtbot) -> None:
    with qtbot.waitSignal(page.edited) as told:
        change(page, "calibrate", Qt.Key.Key_K)
    assert told.args == [{"calibrate": "K"}]
    assert page.keys["calibrate"].text() == "K"
    assert page.resets["calibrate"].isVisible()


def test_modifiers_count(page: ShortcutsPage) -> None:
    change(page, "calibrate", Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert page.overrides == {"calibrate": "Ctrl+K"}


def test_shift_that_only_makes_the_character_is_left_out(page: ShortcutsPage) -> None:
    page.keys["calibrate"].click()
    QTest.keyClick(page.keys["calibrate"], "!", Qt.KeyboardModifier.ShiftModifier)
    assert page.overrides == {"calibrate": "!"}


def test_conflict_asks_first(page: ShortcutsPage) -> None:
    change(page, "stats", Qt.Key.Key_X)
    assert page.overrides == {}
    assert "Calibrate" in page.note.text
    page.note.buttons()[0].click()
    assert page.overrides == {"stats": "X", "calibrate": ""}
    assert page.keys["calibrate"].text() == "none"


def test_conflict_can_be_left(page: ShortcutsPage) -> None:
    change(page, "stats", Qt.Key.Key_X)
    page.note.buttons()[1].click()
    assert page.note.isHidden()
    assert page.overrides == {}


def test_esc_leaves_backspace_takes_away(page: ShortcutsPage) -> None:
    change(page, "stats", Qt.Key.Key_Escape)
    assert page.overrides == {}
    assert page.isVisible()
    change(page, "stats", Qt.Key.Key_Backspace)
    assert page.overrides == {"stats": ""}


def test_modifier_alone_is_waited_through(page: ShortcutsPage) -> None:
    page.keys["stats"].click()
    QTest.keyClick(page.keys["stats"], Qt.Key.Key_Control)
    assert page.keys["stats"].listening


def test_resets(page: ShortcutsPage) -> None:
    change(page, "stats", Qt.Key.Key_J)
    change(page, "calibrate", Qt.Key.Key_K)
    page.resets["stats"].click()
    assert page.overrides == {"calibrate": "K"}
    page.reset_all.click()
    assert page.overrides == {}
    assert not page.reset_all.isEnabled()


def test_search_finds_words_and_keys(page: ShortcutsPage) -> None:
    page.search.setText("mirror")
    shown = {name for name, button in page.keys.items() if button.isVisible()}
    assert shown == {"mirror_motion", "mirror_preview", "mirror_output"}
    page.search.setText("ctrl+o")
    assert page.keys["add_avatar"].isVisible()
    page.search.setText("nothing like it")
    assert not any(button.isVisible() for button in page.keys.values())


def test_enter_in_the_search_does_not_close(page: ShortcutsPage) -> None:
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.isVisible()
