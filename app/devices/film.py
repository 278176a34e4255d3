"""The kinds of film that can be recorded, told apart by the file's ending, and pictures in each kind's own colours.

.mp4   H.264: every program plays it; transparency becomes black
.mov   ProRes 4444: large, with transparency, for editors and OBS
.webm  VP9: small, with transparency, for browsers and OBS
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

PIECE_S = 2

_BT601 = 6  # what readers that ignore the file's word assume: tagged so, every reader sees the same colours
_BT709 = 1
_LIMITED = 1
_HYBRID_SINCE = (61, 9)  # libavformat that can turn the pieces into an ordinary file at the end
_BLEED = 17  # pixels: how far colours are carried on beyond the person


@dataclass(frozen=True)
class Film:
    """One kind.

    Attributes:
        suffix: of its files.
        container: as FFmpeg calls it.
        codec: as FFmpeg calls it.
        pixels: how the codec wants its pictures.
        matrix: from RGB to the codec's colours, as FFmpeg numbers it.
        alpha: it keeps transparency.
        stills: every picture stands for itself, so that one that is shown again needs no encoding again.
        sound: what sound is encoded with.
        sounds: what sound is taken as it is.
        options: of the codec.
        pieces: of the container, so that a film that breaks off can be played up to there.
    """

    suffix: str
    container: str
    codec: str
    pixels: str
    matrix: int
    alpha: bool = False
    stills: bool = False
    sound: str = "aac"
    sounds: tuple[str, ...] = ("aac", "mp3", "ac3", "alac")
    options: Mapping[str, str] = field(default_factory=dict)
    pieces: Mapping[str, str] = field(default_factory=dict)

    def container_options(self) -> dict[str, str]:
        """Return the container's options for the FFmpeg that is here."""
        import av

        options = dict(self.pieces)
        version = av.library_versions.get("libavformat", (0, 0, 0))
        if "movflags" in options and version >= _HYBRID_SINCE:
            options["movflags"] = f"hybrid_fragmented+{options['movflags']}"
        return options

    def tag(self, context: VideoCodecContext) -> None:
        """Write down which colours the film has."""
        context.colorspace = self.matrix
        context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED

    def frame(self, picture: NDArray[np.uint8]) -> VideoFrame:
        """Return a picture as the codec wants it: (H, W, 3), or (H, W, 4) with straight alpha, uint8, even sides."""
        return _transparent(picture, self) if self.alpha else _h264(picture)


_MOV = "empty_moov+default_base_moof"
_KINDS = (
    Film(
        ".mp4",
        "mp4",
        "libx264",
        "yuv420p",
        _BT601,
        options={"preset": "veryfast", "bf": "0"},
        pieces={"movflags": f"frag_keyframe+{_MOV}"},
    ),
    Film(
        ".mov",
        "mov",
        "prores",
        "yuva444p10le",
        _BT709,
        alpha=True,
        stills=True,
        options={"profile": "4"},
        # Every ProRes picture is a key picture: pieces are made by time.
        pieces={"movflags": _MOV, "frag_duration": str(PIECE_S * 1_000_000)},
    ),
    Film(
        ".webm",
        "webm",
        "libvpx-vp9",
        "yuva420p",
        _BT709,
        alpha=True,
        sound="libopus",
        sounds=("opus", "vorbis"),
        options={
            "deadline": "realtime",
            "cpu-used": "7",
            "row-mt": "1",
            "crf": "20",
            "b": "0",
            "auto-alt-ref": "0",
        },
    ),
)
FILMS = {film.suffix: film for film in _KINDS}


def film_for(path: Path) -> Film:
    """Return the kind of film a file's ending asks for; H.264 for one that says nothing."""
    return FILMS.get(path.suffix.lower(), _KINDS[0])


def _h264(picture: NDArray[np.uint8]) -> VideoFrame:
    """Return the picture in H.264's own colours (BT.601, limited range), what is transparent in black."""
    import cv2
    from av.video.frame import VideoFrame

    if picture.shape[2] == 4:
        picture = (picture[..., :3].astype(np.uint16) * picture[..., 3:] // 255).astype(np.uint8)
    planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
    return VideoFrame.from_ndarray(planes, format="yuv420p")


def _transparent(picture: NDArray[np.uint8], film: Film) -> VideoFrame:
    import cv2
    from av.video.frame import VideoFrame

    if picture.shape[2] == 3:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), np.uint8)
    frame = VideoFrame.from_ndarray(bled(picture), format="rgba")
    return frame.reformat(format=film.pixels, dst_colorspace=film.matrix)


def bled(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture with the person's colours carried on into what is fully transparent.

    Codecs mix colours of neighbours: with black beyond the edge, the edge would have a dark fringe.
    """
    import cv2

    empty = (rgba[..., 3] == 0).astype(np.uint8)
    if not empty.any():
        return rgba
    size = (_BLEED, _BLEED)
    solid = cv2.merge([(1 - empty) * np.uint8(255)] * 3)
    colours = cv2.blur(cv2.bitwise_and(np.ascontiguousarray(rgba[..., :3]), solid), size)
    beyond = cv2.divide(colours, cv2.blur(solid, size), scale=255)
    spread = cv2.merge([*cv2.split(beyond), rgba[..., 3]])
    return np.asarray(cv2.copyTo(spread, empty, rgba.copy()), np.uint8)
