"""Toasts come, wait while they are read, do what their button says, and go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.stage.toasts import Toast, Toasts
from app.ui.tokens import Tone


@pytest.fixture
def toasts(qtbot, theme) -> Iterator[Toasts]:
    host = QWidget()
    qtbot.addWidget(host)
    toasts = Toasts(host)
    toasts.move(300, 300)  # away from where the pointer may rest
    host.resize(900, 900)
    host.show()
    yield toasts
    toasts.clear()


def test_action_is_done_and_end_is_not(toasts: Toasts) -> None:
    done: list[str] = []
    card = toasts.post(
        Toast(Tone.INFO, "x", action="Do", act=lambda: done.append("act"), on_end=lambda: done.append("end"))
    )
    card.action_button.click()
    assert done == ["act"]
    assert toasts.cards == []
    assert toasts.isHidden()


def test_end_is_told_once(toasts: Toasts) -> None:
    done: list[str] = []
    card = toasts.post(Toast(Tone.INFO, "x", on_end=lambda: done.append("end")))
    card.close_button.click()
    card.close_up()
    assert done == ["end"]


def test_it_goes_by_itself_and_stays_while_it_is_read(toasts: Toasts, qtbot) -> None:
    card = toasts.post(Toast(Tone.GOOD, "x"))
    card._timer.setInterval(1)
    QApplication.sendEvent(card, QEnterEvent(QPointF(), QPointF(), QPointF()))
    assert not card._timer.isActive()
    QApplication.sendEvent(card, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: toasts.cards == [])


def test_errors_stay_longer(toasts: Toasts) -> None:
    assert (
        toasts.post(Toast(Tone.BAD, "a"))._timer.interval()
        > toasts.post(Toast(Tone.GOOD, "b"))._timer.interval()
    )


def test_the_same_message_is_there_once_and_a_few_at_most(toasts: Toasts) -> None:
    for text in ("a", "a", "b", "c", "d", "e"):
        toasts.post(Toast(Tone.INFO, text))
    assert [card.toast.text for card in toasts.cards] == ["b", "c", "d", "e"]
    toasts.grab()


def test_a_toast_whose_end_does_something_keeps_its_place(toasts: Toasts) -> None:
    ended: list[int] = []
    for number in range(5):
        toasts.post(Toast(Tone.INFO, "Removed Fox.", action="Undo", on_end=lambda n=number: ended.append(n)))
    for text in ("a", "b"):
        toasts.post(Toast(Tone.INFO, text))
    assert ended == []
    assert [card.toast.text for card in toasts.cards] == ["Removed Fox."] * 5 + ["b"]


def test_it_stays_while_the_keyboard_is_in_it(toasts: Toasts, qtbot) -> None:
    card = toasts.post(Toast(Tone.INFO, "x", action="Undo"))
    toasts.window().activateWindow()
    card.action_button.setFocus()
    qtbot.waitUntil(card.action_button.hasFocus)
    assert not card._timer.isActive()
    card.close_button.setFocus()
    QApplication.sendEvent(card, QEvent(QEvent.Type.Leave))
    assert not card._timer.isActive()
    card.close_button.clearFocus()
    assert card._timer.isActive()
