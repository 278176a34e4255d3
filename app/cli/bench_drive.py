"""What drives a benchmark: a face that moves, and pictures of it to track."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.live.framing import frame_avatar
from app.live.idle import IdleMotion
from app.settings import OutputSettings
from engines.base import Controls, Face, Puppet
from engines.face.pose import HeadPose
from engines.face.topology import JAW, LIP_INNER_LOWER, LIP_OUTER_LOWER

FPS = 30.0
_CAMERA = OutputSettings(width=640, height=480)
_TURN_DEG, _NOD_DEG, _OPEN_CM = 14.0, 7.0, 1.6
_MOST_CLIP_FRAMES = 150

Rgb = NDArray[np.uint8]


def moving_face(neutral: Face, time_s: float) -> Face:
    """Return a face that turns, nods, speaks and blinks: idle motion with more of everything."""
    face = IdleMotion(neutral).face_at(time_s)
    yaw = math.radians(_TURN_DEG * math.sin(2 * math.pi * time_s / 3.1))
    pitch = math.radians(_NOD_DEG * math.sin(2 * math.pi * time_s / 2.3))
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    pose = HeadPose(face.pose.scale, face.pose.rotation @ about_y @ about_x, face.pose.shift)
    local = face.local.copy()
    opened = _OPEN_CM * max(0.0, math.sin(2 * math.pi * time_s / 0.7))
    local[[*LIP_INNER_LOWER[1:-1], *LIP_OUTER_LOWER[1:-1], *JAW], 1] -= opened
    return Face(pose.to_image(local).astype(np.float32), face.size, time_s)


def drawn_frames(puppet: Puppet, count: int = 90) -> list[Rgb]:
    """Return pictures of an avatar that moves, as a camera of 640x480 would see it.

    Args:
        puppet: the avatar, ready to move.
        count: how many frames, at 30 a second.
    """
    avatar = puppet.avatar
    view = frame_avatar(avatar, _CAMERA)
    behind = puppet.backdrop(view)
    frames = []
    for index in range(count):
        face = moving_face(avatar.face, index / FPS)
        person = puppet.animate(face, avatar.face, Controls(), view)
        clear = 255 - person[..., 3:].astype(np.uint16)
        frames.append((person[..., :3] + (behind * clear + 127) // 255).clip(0, 255).astype(np.uint8))
    return frames


def clip_frames(path: Path) -> list[Rgb]:
    """Return the first frames of a clip, at most five seconds' worth."""
    from app.devices.clips import read_clip

    return [rgb for rgb, _ in islice(read_clip(path), _MOST_CLIP_FRAMES)]


def write_clip(frames: list[Rgb], path: Path) -> None:
    """Write frames as a clip, for a session to take as its camera."""
    from app.devices.recorder import Recorder

    height, width = frames[0].shape[:2]
    with Recorder(path) as recorder:
        recorder.open(width, height, FPS)
        for index, frame in enumerate(frames):
            recorder.send(frame, index / FPS)
