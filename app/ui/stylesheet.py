"""The style sheet of the window, filled with the colours of a scheme."""

from __future__ import annotations

from app.ui.tokens import CONTROL_HEIGHT, Colours, Radius, Type

_BASE = """
* {{ outline: none; }}
QWidget {{ color: {text}; font-size: {body}px; }}
QMainWindow, QDialog {{ background: {window}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ font-size: {title}px; font-weight: 600; }}
QLabel[role="lead"] {{ font-size: {lead}px; font-weight: 600; }}
QLabel[role="muted"] {{ color: {muted}; }}
QLabel[role="caption"] {{ color: {muted}; font-size: {caption}px; }}
QLabel[role="heading"] {{ color: {muted}; font-size: {caption}px; font-weight: 600; }}
QLabel[role="key"] {{
    color: {muted}; font-size: {caption}px; background: {raised};
    border: 1px solid {border}; border-radius: {small}px; padding: 0px 5px;
}}
QLabel:disabled, QLabel[role="muted"]:disabled {{ color: {faint}; }}
QFrame[role="panel"] {{ background: {surface}; border: 0; }}
QFrame[role="card"] {{ background: {surface}; border: 1px solid {border}; border-radius: {card}px; }}
QFrame[role="line"] {{ background: {border}; border: 0; max-height: 1px; min-height: 1px; }}
QFrame[role="bar"] {{ background: {surface}; border: 0; border-bottom: 1px solid {border}; }}
QFrame[role="status"] {{ background: {surface}; border: 0; border-top: 1px solid {border}; }}
QToolTip {{
    color: {text}; background: {raised}; border: 1px solid {outline};
    padding: 5px 8px; font-size: {caption}px;
}}
"""

_BUTTONS = """
QPushButton {{
    background: {raised}; border: 1px solid {border}; border-radius: {control}px;
    padding: 0 12px; min-height: {height}px; font-weight: 500;
}}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {pressed}; }}
QPushButton[kind=""]:checked {{ background: {accent_soft}; border-color: {accent_text}; }}
QPushButton:focus {{ border: 2px solid {accent_text}; padding: 0 11px; }}
QPushButton:disabled {{ color: {faint}; background: {raised}; }}
QPushButton[kind="primary"] {{
    background: {accent};
    color: {on_accent};
    border: 1px solid {accent};
    font-weight: 600;
}}
QPushButton[kind="primary"]:hover {{ background: {accent_hover}; border-color: {accent_hover}; }}
QPushButton[kind="primary"]:pressed {{ background: {accent}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {text}; }}
QPushButton[kind="primary"]:disabled {{ background: {raised}; color: {faint}; border-color: {border}; }}
QPushButton[kind="big"] {{
    background: {accent}; color: {on_accent}; border: 1px solid {accent};
    font-size: {lead}px; font-weight: 600; min-height: 44px; border-radius: 10px;
}}
QPushButton[kind="big"]:hover {{ background: {accent_hover}; border-color: {accent_hover}; }}
QPushButton[kind="big"]:pressed {{ background: {accent}; }}
QPushButton[kind="big"]:focus {{ border: 2px solid {text}; }}
QPushButton[kind="big"]:disabled {{ background: {raised}; color: {faint}; border-color: {border}; }}
QPushButton[kind="quiet"] {{
    background: transparent; border: 1px solid transparent; color: {accent_text};
    padding: 0 6px; min-height: 24px; border-radius: {small}px;
}}
QPushButton[kind="quiet"]:hover {{ background: {hover}; }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {accent_text}; padding: 0 5px; }}
QPushButton[kind="quiet"]:disabled {{ color: {faint}; }}
QPushButton[kind="section"] {{
    background: transparent; border: 1px solid transparent; text-align: left; padding: 0 6px;
    font-weight: 600; font-size: {lead}px; min-height: 34px; border-radius: {small}px;
}}
QPushButton[kind="section"]:hover {{ background: {raised}; }}
QPushButton[kind="section"]:focus {{ border: 2px solid {accent_text}; padding: 0 5px; }}
QPushButton[kind="segment"] {{
    background: transparent; border: 1px solid transparent; color: {muted};
    padding: 0 8px; min-height: 26px; border-radius: 6px;
}}
QPushButton[kind="segment"]:hover {{ color: {text}; }}
QPushButton[kind="segment"]:checked {{
    background: {segment};
    color: {text};
    border: 1px solid {border};
    font-weight: 600;
}}
QPushButton[kind="segment"]:focus {{ border: 2px solid {accent_text}; padding: 0 7px; }}
QPushButton[kind="swatch"] {{ border: 0; padding: 0; min-width: 30px; min-height: 30px; }}
QFrame[role="segments"] {{ background: {raised}; border: 1px solid {border}; border-radius: {control}px; }}
QToolButton {{
    background: transparent; border: 1px solid transparent; border-radius: {control}px;
    padding: 0px; min-width: {height}px; min-height: {height}px;
}}
QToolButton[text="true"] {{ padding: 0 10px; font-weight: 500; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:pressed {{ background: {pressed}; }}
QToolButton:checked {{ background: {accent_soft}; }}
QToolButton:focus {{ border: 2px solid {accent_text}; }}
QToolButton:disabled {{ color: {faint}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
"""

_INPUTS = """
QLineEdit, QComboBox, QKeySequenceEdit {{
    background: {raised}; border: 1px solid {border}; border-radius: {control}px;
    padding: 0 10px; min-height: {height}px;
    selection-background-color: {accent}; selection-color: {on_accent};
}}
QKeySequenceEdit QLineEdit {{ border: 0; background: transparent; padding: 0; min-height: 20px; }}
QLineEdit:hover, QComboBox:hover {{ background: {hover}; }}
QLineEdit:focus, QComboBox:focus, QKeySequenceEdit:focus {{ border: 2px solid {accent_text}; padding: 0 9px; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {faint}; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: 0; width: 28px; }}
QComboBox::down-arrow {{ image: url("{chevron}"); width: 16px; height: 16px; }}
QComboBox QAbstractItemView {{
    background: {surface}; border: 1px solid {outline}; padding: 4px;
    selection-background-color: {accent_soft}; selection-color: {text};
}}
QComboBox QAbstractItemView::item {{ min-height: 28px; padding: 0 8px; border-radius: {small}px; }}
QSlider {{ min-height: 22px; background: transparent; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {pressed}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {accent_text}; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -6px 0; border-radius: 8px;
    background: {knob}; border: 1px solid {outline};
}}
QSlider::handle:horizontal:hover {{ border: 1px solid {accent_text}; }}
QSlider::handle:horizontal:focus {{
    border: 2px solid {accent_text};
    width: 14px;
    height: 14px;
    margin: -7px 0;
    border-radius: 9px;
}}
QSlider::sub-page:horizontal:disabled {{ background: {pressed}; }}
QSlider::handle:horizontal:disabled {{ background: {raised}; border: 1px solid {faint}; }}
"""

_CONTAINERS = """
QScrollArea {{ background: transparent; border: 0; }}
QScrollArea > QWidget > QWidget[role="scrolled"] {{ background: {surface}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar::handle:vertical {{ background: {pressed}; border-radius: 3px; min-height: 32px; }}
QScrollBar::handle:vertical:hover {{ background: {outline}; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle:horizontal {{ background: {pressed}; border-radius: 3px; min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QListView {{ background: {surface}; border: 0; }}
QTableView {{
    background: {surface}; alternate-background-color: {surface}; border: 1px solid {border};
    border-radius: {control}px; gridline-color: {border};
    selection-background-color: {accent_soft}; selection-color: {text};
}}
QMenu {{ background: {surface}; border: 1px solid {outline}; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 26px; border-radius: {small}px; }}
QMenu::item:selected {{ background: {accent_soft}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 5px 8px; }}
QMenu::right-arrow {{ image: url("{chevron_right}"); width: 14px; height: 14px; }}
QMenu::indicator {{ width: 14px; height: 14px; left: 7px; }}
QMenu::indicator:checked {{ image: url("{check}"); }}
QMenuBar {{ background: {surface}; }}
QMenuBar::item:selected {{ background: {hover}; }}
"""


def style_sheet(colours: Colours, pictures: dict[str, str], dark: bool) -> str:
    """Return the style sheet.

    Args:
        colours: the scheme.
        pictures: paths of the pictures named chevron, chevron_right and check.
        dark: the scheme is the dark one.
    """
    values: dict[str, object] = dict(vars(colours))
    values.update(
        small=Radius.SMALL,
        control=Radius.CONTROL,
        card=Radius.CARD,
        caption=Type.CAPTION,
        body=Type.BODY,
        lead=Type.LEAD,
        title=Type.TITLE,
        height=CONTROL_HEIGHT - 2,
        segment=colours.pressed if dark else colours.surface,
        knob="#ffffff",
        **pictures,
    )
    return (_BASE + _BUTTONS + _INPUTS + _CONTAINERS).format(**values)
