"""Everything the window can do, as a table: name, words, keys. Menus, tooltips and the shortcuts page read it.

There is no action that puts the camera's picture on air, and there must never be one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

AVATAR_SLOTS = 9


@dataclass(frozen=True)
class ActionSpec:
    """One thing the window can do.

    Attributes:
        id: how settings and handlers name it.
        group: the menu it stands in.
        text: what the menu says.
        keys: its keys until the user chooses others; portable text.
        hint: one sentence for the tooltip.
        checkable: it is on or off.
        repeats: holding the key does it again and again.
    """

    id: str
    group: str
    text: str
    keys: tuple[str, ...] = ()
    hint: str = ""
    checkable: bool = False
    repeats: bool = False


GROUPS = ("Live", "Avatars", "View", "Output", "Help")

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "calibrate", "Live", "Calibrate", ("X",), "Take your resting face as the avatar's resting face."
    ),
    ActionSpec("undo_calibration", "Live", "Undo calibration", ("Ctrl+Z",), "Go back to the neutral before."),
    ActionSpec(
        "find_neutral",
        "Live",
        "Watch for a better neutral",
        ("F",),
        "Look out for a moment that suits the avatar better, and offer it.",
        checkable=True,
    ),
    ActionSpec(
        "relative", "Live", "Relative motion", ("M",), "Measure motion from your neutral.", checkable=True
    ),
    ActionSpec(
        "mirror_motion",
        "Live",
        "Mirror my movements",
        ("Shift+T",),
        "Move as a mirror would.",
        checkable=True,
    ),
    ActionSpec(
        "models", "Live", "Models…", ("E",), "What engines with networks animate with: add, build, remove."
    ),
    ActionSpec("refresh_cameras", "Live", "Look for cameras", ("F5",), "List the cameras again."),
    ActionSpec("add_avatar", "Avatars", "Add pictures…", ("Ctrl+O",), "Choose pictures to animate."),
    ActionSpec(
        "paste_avatar", "Avatars", "Paste a picture", ("Ctrl+V",), "Add the picture on the clipboard."
    ),
    ActionSpec("previous_avatar", "Avatars", "Previous avatar", ("A",), "Show the avatar before this one."),
    ActionSpec("next_avatar", "Avatars", "Next avatar", ("D",), "Show the avatar after this one."),
    ActionSpec("rename_avatar", "Avatars", "Rename…", ("F2",), "Give this avatar another name."),
    ActionSpec("edit_landmarks", "Avatars", "Edit landmarks…", ("L",), "Show Guise where this face is."),
    ActionSpec(
        "move_earlier", "Avatars", "Move earlier", ("Shift+A",), "Put this avatar before the one before it."
    ),
    ActionSpec(
        "move_later", "Avatars", "Move later", ("Shift+D",), "Put this avatar behind the one behind it."
    ),
    ActionSpec("remove_avatar", "Avatars", "Remove", ("Ctrl+Backspace",), "Take this avatar off the shelf."),
    ActionSpec(
        "restore_avatars", "Avatars", "Bring back built-in avatars", (), "Show those you removed again."
    ),
    *(
        ActionSpec(f"avatar_{n}", "Avatars", f"Avatar {n}", (str(n),), f"Show avatar {n}.")
        for n in range(1, AVATAR_SLOTS + 1)
    ),
    ActionSpec("zoom_in", "View", "Zoom in", ("W",), "Show the face nearer.", repeats=True),
    ActionSpec("zoom_out", "View", "Zoom out", ("S",), "Show more of the picture.", repeats=True),
    ActionSpec("zoom_reset", "View", "Reset zoom", ("Ctrl+0",), "Frame the picture as Guise would."),
    ActionSpec(
        "mirror_preview",
        "View",
        "Mirror the preview",
        ("R",),
        "Flip what you see; the call sees no change.",
        checkable=True,
    ),
    ActionSpec(
        "inset", "View", "Camera inset", ("C",), "Show your camera in a corner, to you alone.", checkable=True
    ),
    ActionSpec(
        "landmarks",
        "View",
        "Tracked mesh",
        ("O",),
        "Draw what is tracked over the camera inset.",
        checkable=True,
    ),
    ActionSpec(
        "stats", "View", "Statistics", ("I",), "Show rates and times over the preview.", checkable=True
    ),
    ActionSpec("theme_system", "View", "Theme: as the system", (), "Follow the desktop.", checkable=True),
    ActionSpec("theme_light", "View", "Theme: light", (), "Light, always.", checkable=True),
    ActionSpec("theme_dark", "View", "Theme: dark", (), "Dark, always.", checkable=True),
    ActionSpec(
        "virtual_camera",
        "Output",
        "Virtual camera",
        ("V",),
        "Let calls see the avatar as a webcam.",
        checkable=True,
    ),
    ActionSpec(
        "recheck_driver", "Output", "Look for the virtual camera again", (), "After installing its driver."
    ),
    ActionSpec(
        "mirror_output",
        "Output",
        "Mirror the output",
        ("T",),
        "Flip what the call and the recording get.",
        checkable=True,
    ),
    ActionSpec(
        "record",
        "Output",
        "Record",
        ("Ctrl+R",),
        "Record the output: MP4, or MOV with alpha while the background is transparent.",
        checkable=True,
    ),
    ActionSpec("snapshot", "Output", "Snapshot", ("P", "Ctrl+S"), "Save this picture as PNG."),
    ActionSpec("open_recordings", "Output", "Open the recordings folder", (), "Where recordings are kept."),
    ActionSpec("menu", "Help", "Menu", ("F10",), "Open the menu."),
    ActionSpec("shortcuts", "Help", "Keyboard shortcuts", ("F1", "?"), "See and change the keys."),
    ActionSpec("about", "Help", "About Guise", (), "Version, licences, and where files are."),
    ActionSpec("quit", "Help", "Quit", ("Ctrl+Q",), "Close Guise."),
)

_BY_ID = {spec.id: spec for spec in ACTIONS}


def spec_of(action_id: str) -> ActionSpec:
    """Return the table's row of that id."""
    return _BY_ID[action_id]


def keys_of(action_id: str, overrides: Mapping[str, str]) -> list[QKeySequence]:
    """Return the keys of an action: the user's where there are any, "" meaning none."""
    if action_id in overrides:
        return [keys for keys in QKeySequence.listFromString(overrides[action_id]) if not keys.isEmpty()]
    return [QKeySequence(text) for text in spec_of(action_id).keys]


def keys_text(action_id: str, overrides: Mapping[str, str]) -> str:
    """Return the first key of an action as this system writes it, or ""."""
    keys = keys_of(action_id, overrides)
    return keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""


def conflict(action_id: str, keys: QKeySequence, overrides: Mapping[str, str]) -> ActionSpec | None:
    """Return the other action that has these keys, if any."""
    for spec in ACTIONS:
        if spec.id != action_id and keys in keys_of(spec.id, overrides):
            return spec
    return None


def with_keys(action_id: str, keys: QKeySequence, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the overrides after an action got these keys; another action that had them loses them.

    Keys that are an action's own defaults leave no override behind.
    """
    result = dict(overrides)
    taken = conflict(action_id, keys, overrides)
    if taken is not None and not keys.isEmpty():
        left = [other for other in keys_of(taken.id, overrides) if other != keys]
        result[taken.id] = QKeySequence.listToString(left)
    result[action_id] = keys.toString(QKeySequence.SequenceFormat.PortableText)
    return {name: text for name, text in result.items() if not _is_default(name, text)}


def without_override(action_id: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the overrides after an action got its defaults back; whoever has those keys now loses them."""
    result = {name: text for name, text in overrides.items() if name != action_id}
    for keys in keys_of(action_id, result):
        taken = conflict(action_id, keys, result)
        if taken is not None:
            left = [other for other in keys_of(taken.id, result) if other != keys]
            result[taken.id] = QKeySequence.listToString(left)
    return result


def _is_default(action_id: str, text: str) -> bool:
    if action_id not in _BY_ID:
        return False
    return QKeySequence.listFromString(text) == [QKeySequence(key) for key in spec_of(action_id).keys]


def tooltip(action_id: str, overrides: Mapping[str, str]) -> str:
    """Return the tooltip of an action: words, hint and key."""
    spec, keys = spec_of(action_id), keys_text(action_id, overrides)
    head = f"{spec.text.rstrip('…')} ({keys})" if keys else spec.text.rstrip("…")
    return f"{head}\n{spec.hint}" if spec.hint else head
