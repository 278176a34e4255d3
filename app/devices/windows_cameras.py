"""The names of Windows' cameras from DirectShow, in the order in which OpenCV's DSHOW backend numbers them.

Four COM interfaces called through ctypes, so nothing needs installing. Never tried on a real Windows machine;
every failure surfaces as OSError, and the caller then offers numbers instead of names.
"""

from __future__ import annotations

import ctypes
import uuid
from typing import Any

_DEVICE_ENUMERATOR = "62BE5D10-60EB-11d0-BD3B-00A0C911CE86"
_CREATE_DEVICE_ENUMERATOR = "29840822-5B84-11D0-BD3B-00A0C911CE86"
_VIDEO_INPUTS = "860BB310-5D01-11d0-BD3B-00A0C911CE86"
_PROPERTY_BAG = "55272A00-42CB-11CE-8135-00AA004BB851"
_INPROC_SERVER = 1
_BSTR = 8
_MOST_CAMERAS = 32
_RELEASE, _CREATE_CLASS, _NEXT, _BIND_TO_STORAGE, _READ = 2, 3, 3, 9, 3  # places in the interfaces' tables


_windows: Any = ctypes  # has what only Windows has, which the type checker cannot know elsewhere


class _Variant(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_ushort),
        ("reserved", ctypes.c_ushort * 3),
        ("text", ctypes.c_wchar_p),
        ("rest", ctypes.c_void_p),
    )


def directshow_names() -> list[str]:
    """Return the names of the video inputs. Only on Windows.

    Raises:
        OSError: DirectShow would not say.
    """
    ole = _windows.WinDLL("ole32")
    ole.CoInitialize(None)  # an answer below 0: this thread has COM already, in another mode, good enough
    enumerator = ctypes.c_void_p()
    made = ole.CoCreateInstance(
        _guid(_DEVICE_ENUMERATOR),
        None,
        _INPROC_SERVER,
        _guid(_CREATE_DEVICE_ENUMERATOR),
        ctypes.byref(enumerator),
    )
    if made != 0 or not enumerator:
        raise OSError(f"DirectShow has no list of devices (error {made:#x})")
    try:
        return _names(enumerator)
    finally:
        _call(enumerator, _RELEASE)


def _names(enumerator: ctypes.c_void_p) -> list[str]:
    devices = ctypes.c_void_p()
    _call(enumerator, _CREATE_CLASS, _guid(_VIDEO_INPUTS), ctypes.byref(devices), ctypes.c_ulong(0))
    names: list[str] = []
    if not devices:  # no camera at all
        return names
    try:
        while len(names) < _MOST_CAMERAS:
            device = ctypes.c_void_p()
            if _call(devices, _NEXT, ctypes.c_ulong(1), ctypes.byref(device), None) != 0 or not device:
                break
            names.append(_name_of(device) or f"Camera {len(names) + 1}")
            _call(device, _RELEASE)
    finally:
        _call(devices, _RELEASE)
    return names


def _name_of(device: ctypes.c_void_p) -> str:
    bag = ctypes.c_void_p()
    _call(device, _BIND_TO_STORAGE, None, None, _guid(_PROPERTY_BAG), ctypes.byref(bag))
    if not bag:
        return ""
    found = _Variant()
    status = _call(bag, _READ, ctypes.c_wchar_p("FriendlyName"), ctypes.byref(found), None)
    name = str(found.text) if status == 0 and found.kind == _BSTR and found.text else ""
    _windows.WinDLL("oleaut32").VariantClear(ctypes.byref(found))
    _call(bag, _RELEASE)
    return name


def _guid(text: str) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(uuid.UUID(text).bytes_le, 16)


def _call(this: ctypes.c_void_p, place: int, *arguments: Any) -> int:
    """Call the method at that place of a COM object; return its HRESULT, 0 for success."""
    kinds = [ctypes.c_ulong if isinstance(each, ctypes.c_ulong) else ctypes.c_void_p for each in arguments]
    method = _windows.WINFUNCTYPE(ctypes.c_long, *kinds)(place, "method")
    passed = [
        ctypes.cast(each, ctypes.c_void_p) if isinstance(each, (ctypes.Array, ctypes.c_wchar_p)) else each
        for each in arguments
    ]
    return int(method(this, *passed))
