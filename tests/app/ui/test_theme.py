"""Light and dark are readable, icons can be drawn, widgets follow."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.settings import Theme
from app.ui.icons import icon, icon_names, icon_pixmap
from app.ui.theme import ThemeKeeper
from app.ui.tokens import DARK, LIGHT, Colours, colours
from app.ui.widgets.choice import Choice
from app.ui.widgets.section import Section
from app.ui.widgets.switch import Switch
from app.ui.widgets.texts import ElidedLabel, label
from app.ui.window_state import WindowState

SCHEMES = pytest.mark.parametrize("scheme", [DARK, LIGHT], ids=["dark", "light"])


def luminance(colour: str) -> float:
    parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@SCHEMES
@pytest.mark.parametrize("text", ["text", "muted", "accent_text", "good", "warn", "bad"])
@pytest.mark.parametrize("ground", ["window", "surface", "raised", "hover", "accent_soft", "stage"])
def test_text_can_be_read(scheme: Colours, text: str, ground: str) -> None:
    assert contrast(getattr(scheme, text), getattr(scheme, ground)) >= 4.5


@SCHEMES
def test_text_on_the_accent_can_be_read(scheme: Colours) -> None:
    assert contrast(scheme.on_accent, scheme.accent) >= 4.5
    assert contrast(scheme.on_accent, scheme.accent_hover) >= 4.5


@SCHEMES
def test_edges_of_controls_can_be_seen(scheme: Colours) -> None:
    for ground in ("window", "surface", "raised"):
        assert contrast(scheme.outline, getattr(scheme, ground)) >= 3
    assert contrast(scheme.accent_text, scheme.surface) >= 3  # focus rings


def test_theme_is_followed(theme: ThemeKeeper, qapp: QApplication) -> None:
    theme.choose(Theme.LIGHT)
    assert colours() is LIGHT
    theme.choose(Theme.DARK)
    assert colours() is DARK
    assert DARK.surface in qapp.styleSheet()
    theme.choose(Theme.SYSTEM)
    dark = qapp.styleHints().colorScheme() != Qt.ColorScheme.Light
    assert colours() is (DARK if dark else LIGHT)


def test_every_icon_draws_something() -> None:
    for name in icon_names():
        image = icon_pixmap(name, "#ff0000", 24).toImage()
        assert any(image.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24)), name


def test_icons_are_sharp_on_dense_screens() -> None:
    assert icon("add", "#000000", 20).pixmap(QSize(20, 20), 3.0).width() == 60


def test_switch_toggles_by_key_and_anywhere_in_its_row(qtbot, theme) -> None:
    switch = Switch("A rather long name for a switch")
    qtbot.addWidget(switch)
    switch.resize(260, 30)
    switch.show()
    QTest.mouseClick(
        switch, Qt.MouseButton.LeftButton, pos=switch.rect().topLeft() + switch.rect().center() / 4
    )
    assert switch.isChecked()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()
    switch.setEnabled(False)
    switch.grab()


def test_choice_keeps_its_value_when_the_list_changes(qtbot) -> None:
    choice = Choice("x")
    qtbot.addWidget(choice)
    choice.offer([(1, "one"), (2, "two")])
    choice.show_value(2)
    choice.offer([(2, "two"), (3, "three")])
    assert choice.value() == 2
    choice.show_value(9, "nine")
    assert choice.currentText() == "nine"
    choice.show_value(10)
    assert choice.value() is None


def test_wheel_does_not_turn_what_has_no_focus(qtbot) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent

    choice = Choice("x")
    qtbot.addWidget(choice)
    choice.offer([(1, "one"), (2, "two")])
    choice.show_value(1)
    turn = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(choice, turn)
    assert choice.value() == 1


@pytest.mark.qt_log_ignore("This plugin does not support")  # the screenless platform
def test_section_folds(qtbot) -> None:
    body = label("body")
    section = Section("Title", body)
    qtbot.addWidget(section)
    section.show()
    assert body.isVisible()
    section.header.click()
    assert body.isHidden()
    assert not section.is_open()
    section.grab()


def test_elided_label_has_all_of_it_in_the_tooltip(qtbot) -> None:
    shown = ElidedLabel("a very long text that does not fit")
    qtbot.addWidget(shown)
    shown.resize(60, 20)
    shown.show()
    assert shown.text().endswith("…")
    assert shown.toolTip() == shown.full


def test_window_state_survives_and_a_damaged_file_does_no_harm(tmp_path: Path) -> None:
    state = WindowState(tmp_path)
    state.set_flag("seen")
    state.set_folder("pictures", tmp_path)
    state.save()
    again = WindowState(tmp_path)
    assert again.flag("seen")
    assert again.folder("pictures", Path("/")) == tmp_path
    (tmp_path / "window.ini").write_bytes(b"\xff\x00[[[")
    assert not WindowState(tmp_path).flag("seen")
