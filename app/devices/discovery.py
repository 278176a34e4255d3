"""Which cameras there are, by the names people know them by, and how to open the one that was asked for.

Linux: the kernel is asked (see v4l2); nodes that only carry metadata or only take pictures are left out.
Windows and macOS: see platform_cameras. A virtual camera that Guise itself feeds is never offered: it would
watch itself.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from app.devices.camera import Camera, CameraInfo, CameraLost, CameraNotFound
from app.devices.clips import is_clip, looks_like_clip
from app.devices.idle_camera import IDLE_CAMERA, IdleCamera
from app.devices.picture_ring import devices_fed
from app.devices.platform_cameras import camera_names, is_virtual
from app.devices.v4l2 import VideoNode, video_nodes
from app.settings import CameraSettings

logger = logging.getLogger(__name__)

_OWN_LABEL = "guise"
_BLIND_TRIES = 3


def list_cameras() -> list[CameraInfo]:
    """Return the cameras plugged in now, those with a lens first; never opens one.

    Idle motion and video files are always possible and are not listed.
    """
    found = _linux_cameras(video_nodes()) if sys.platform == "linux" else _numbered(camera_names())
    fed = devices_fed()
    found = [info for info in found if info.id not in fed and info.name not in fed]
    return unique_names(sorted(found, key=lambda info: info.virtual))


def open_camera(
    spec: str,
    settings: CameraSettings,
    cameras: Callable[[], list[CameraInfo]] = list_cameras,
) -> Camera:
    """Return the camera that was asked for, not yet opened.

    Args:
        spec: a camera's id, name or number; the path of a video file or of a folder of pictures; "idle" for
            none; or nothing for the first camera there is.
        settings: size and rate to ask for.
        cameras: lists what is plugged in.

    Raises:
        CameraNotFound: there is no such camera; names those there are.
        CameraLost: there is no such file.
    """
    from app.devices.file_camera import FileCamera
    from app.devices.opencv_camera import OpenCVCamera

    if spec == IDLE_CAMERA.id or spec == IDLE_CAMERA.name:
        return IdleCamera()
    path = Path(spec).expanduser()
    if spec and is_clip(path):
        return FileCamera(path, settings)
    if looks_like_clip(spec):
        raise CameraLost(f"There is no file {spec}.", "Check the spelling.")
    return OpenCVCamera(find(spec, cameras()), settings, cameras=cameras)


def find(spec: str, known: Iterable[CameraInfo]) -> CameraInfo:
    """Return the camera with that id, name or number among those known; the first one for an empty spec.

    Raises:
        CameraNotFound: there is none.
    """
    infos = list(known)
    wanted = spec.strip().lower()
    for info in infos:
        if not wanted or wanted in (info.id.lower(), info.name.lower(), _number(info)):
            return info
    if spec.startswith("/dev/video") and os.path.exists(spec):
        return CameraInfo(id=spec, name=spec)
    raise CameraNotFound(spec, [info.name for info in infos])


def unique_names(infos: Iterable[CameraInfo]) -> list[CameraInfo]:
    """Number the second and further cameras of one name, so that a name is enough to find one again."""
    seen: Counter[str] = Counter()
    result = []
    for info in infos:
        seen[info.name] += 1
        count = seen[info.name]
        name = info.name if count == 1 else f"{info.name} ({count})"
        result.append(CameraInfo(info.id, name, info.kind, info.virtual))
    return result


def _linux_cameras(nodes: Iterable[VideoNode]) -> list[CameraInfo]:
    """Return the nodes that give pictures, and those nobody could ask: opening them tells the reason."""
    infos = []
    for node in nodes:
        own = node.loopback and node.name.lower() == _OWN_LABEL
        if own or not (node.can_capture or node.problem in ("EACCES", "EPERM", "EBUSY")):
            continue
        infos.append(CameraInfo(node.path, node.name, virtual=node.loopback))
    return infos


def _numbered(names: list[str] | None) -> list[CameraInfo]:
    """Return cameras whose id is OpenCV's number for them."""
    if names is not None:
        return [CameraInfo(str(index), name, virtual=is_virtual(name)) for index, name in enumerate(names)]
    return [CameraInfo(str(index), f"Camera {index + 1}") for index in range(_BLIND_TRIES)]


def _number(info: CameraInfo) -> str:
    return info.id.removeprefix("/dev/video")
