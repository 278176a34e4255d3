"""What is on stage: a puppet, how it is framed and what is behind it. Made whole, then shown whole."""

from __future__ import annotations

import logging
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.avatars.avatar_store import AvatarLibrary
from app.avatars.picture import PictureError, load_picture
from app.live.announcer import Announcer
from app.live.compose import Composer
from app.live.framing import frame_avatar
from app.live.idle import grimace
from app.live.latest import Latest
from app.settings import BackgroundKind, BackgroundSettings, Settings
from engines.base import Avatar, Controls, Engine, Puppet, View

logger = logging.getLogger(__name__)

_MOST_PUPPETS = 3  # at 40 to 80 MB each
_WAIT_S = 0.5


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a frame needs but the face.

    Attributes:
        avatar_id: "" when the avatar is not one of the library's.
        puppet: animates.
        composer: finishes.
        engine: name of the engine.
    """

    avatar_id: str
    puppet: Puppet
    composer: Composer
    engine: str

    @property
    def view(self) -> View:
        """Where the picture falls in the output."""
        return self.composer.view


@dataclass(frozen=True)
class Look:
    """The settings a scene depends on, beside the avatar."""

    engine: str
    width: int
    height: int
    mirror: bool
    zoom: float
    background: BackgroundSettings

    @staticmethod
    def of(settings: Settings) -> Look:
        """Return what of the settings matters here."""
        out = settings.output
        return Look(
            settings.engine, out.width, out.height, out.mirror, settings.framing.zoom, settings.background
        )


@dataclass(frozen=True, eq=False)
class Wish:
    """A scene that is wanted.

    Attributes:
        avatar: an id of the library, "" for its first avatar, or an avatar that is not in it.
        settings: the rest.
        number: counts the wishes for an avatar: a new number means that the avatar is read again.
    """

    avatar: str | Avatar
    settings: Settings
    number: int

    @property
    def avatar_id(self) -> str:
        """The id, "" for an avatar that is not in the library."""
        return self.avatar if isinstance(self.avatar, str) else ""


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A puppet and what composing needs of it.

    Attributes:
        backdrop: (H, W, 3) the picture without the person.
    """

    puppet: Puppet
    backdrop: NDArray[np.uint8]


class SceneMaker:
    """Makes scenes off the stages' threads; the newest wish wins, and the scene before stays until it is ready.

    Threads: wish methods from anywhere, step() on the scenes thread.
    """

    def __init__(
        self,
        settings: Settings,
        library: Callable[[], AvatarLibrary],
        load_engine: Callable[[str], Engine],
        show: Callable[[Scene], None],
        announcer: Announcer,
    ) -> None:
        self._library, self._load_engine = library, load_engine
        self._show, self._announcer = show, announcer
        self._lock = threading.Lock()
        self._wishes: Latest[Wish] = Latest()
        self._wish = Wish(settings.avatar, settings, 1)
        self._good: Wish | None = None
        self._shown: Scene | None = None
        self._engines: dict[str, Engine] = {}
        self._puppets: OrderedDict[tuple[str, int], _Prepared] = OrderedDict()
        self._current: tuple[int, str, str, _Prepared] | None = None
        self._cold: _Prepared | None = None
        self._picture: tuple[str, NDArray[np.uint8] | None] = ("", None)
        self._wishes.put(self._wish)

    @property
    def wanted(self) -> str | Avatar:
        """The avatar asked for last: its id, or itself."""
        return self._wish.avatar

    @property
    def pending(self) -> bool:
        """An avatar is being prepared."""
        return self._good is None or self._good.number != self._wish.number

    @property
    def shown(self) -> Scene | None:
        """The scene shown last."""
        return self._shown

    def want_avatar(self, avatar: str | Avatar) -> None:
        """Ask for another avatar, or for the same one read again."""
        with self._lock:
            self._put(Wish(avatar, self._wish.settings, self._wish.number + 1))
        self._announcer.status_changed()

    def want_look(self, settings: Settings) -> None:
        """Ask for another engine, size, framing or background."""
        with self._lock:
            self._put(Wish(self._wish.avatar, settings, self._wish.number))

    def close(self) -> None:
        """Take no more wishes."""
        self._wishes.close()

    def step(self) -> None:
        """Make the newest scene, or wait for a wish."""
        try:
            wish = self._wishes.take(_WAIT_S)
        except TimeoutError:
            return
        try:
            avatar_id, prepared = self._prepared(wish)
            scene = self._dress(avatar_id, prepared, wish.settings)
        except Exception as error:
            logger.error("the avatar %r cannot be shown", wish.avatar_id, exc_info=error)
            self._give_up(wish, error)
            return
        fresh = self._good is None or self._good.number != wish.number
        with self._lock:
            self._good = wish
        self._shown = scene
        self._show(scene)
        if fresh:
            self._announcer.avatar_shown(scene.avatar_id)
        self._announcer.status_changed()

    def _put(self, wish: Wish) -> None:
        self._wish = wish
        self._wishes.put(wish)

    def _give_up(self, wish: Wish, error: Exception) -> None:
        """Return to what was shown, or, when nothing was yet, to the first avatar of the library."""
        if self._good is not None and self._good.number == wish.number:
            self._announcer.failed("scenes", error)
            return
        with self._lock:
            if self._wish.number == wish.number:
                if self._good is not None:
                    self._wish = Wish(self._good.avatar, self._wish.settings, self._good.number)
                elif wish.avatar != "":
                    self._put(Wish("", wish.settings, wish.number + 1))
        self._announcer.avatar_failed(wish.avatar_id, error)
        self._announcer.status_changed()

    def _prepared(self, wish: Wish) -> tuple[str, _Prepared]:
        """Return the avatar's id and its puppet, from the cache where it has been prepared before."""
        engine_name = wish.settings.engine
        if self._current is not None and self._current[:2] == (wish.number, engine_name):
            return self._current[2], self._current[3]
        avatar_id, avatar = self._avatar(wish.avatar)
        key = engine_name, _digest(avatar)
        prepared = self._puppets.get(key) or self._prepare(engine_name, avatar)
        self._puppets[key] = prepared
        self._puppets.move_to_end(key)
        while len(self._puppets) > _MOST_PUPPETS:
            self._puppets.popitem(last=False)
        self._current = wish.number, engine_name, avatar_id, prepared
        return avatar_id, prepared

    def _avatar(self, wanted: str | Avatar) -> tuple[str, Avatar]:
        if isinstance(wanted, Avatar):
            return "", wanted
        library = self._library()
        if wanted == "":
            ready = [entry for entry in library.list() if not entry.needs_landmarks]
            if not ready:
                raise PictureError("There is no avatar to show.", "Add a picture to the shelf.")
            wanted = ready[0].id
        return wanted, library.load(wanted)

    def _prepare(self, engine_name: str, avatar: Avatar) -> _Prepared:
        if engine_name not in self._engines:
            self._engines[engine_name] = self._load_engine(engine_name)
        puppet = self._engines[engine_name].prepare(avatar)
        self._cold = _Prepared(puppet, puppet.backdrop(View(*avatar.size, 1.0)))
        return self._cold

    def _dress(self, avatar_id: str, prepared: _Prepared, settings: Settings) -> Scene:
        """Frame the puppet and make what is behind it."""
        puppet = prepared.puppet
        avatar = puppet.avatar
        view = frame_avatar(avatar, settings.output, settings.framing.zoom)
        picture = self._background(settings.background)
        composer = Composer(avatar, prepared.backdrop, settings.background, view, picture)
        puppet.expect(view)
        if prepared is self._cold:  # what its first frames compile and fill is better done here than on stage
            for face in (avatar.face, grimace(avatar.face)):
                composer.compose(puppet.animate(face, avatar.face, Controls(), view), 0.0)
            self._cold = None
        return Scene(avatar_id, puppet, composer, settings.engine)

    def _background(self, background: BackgroundSettings) -> NDArray[np.uint8] | None:
        """Return the user's background picture; without one that can be read the background stays as it is."""
        if background.kind is not BackgroundKind.PICTURE or not background.picture:
            return None
        if self._picture[0] != background.picture:
            try:
                self._picture = background.picture, load_picture(background.picture).rgb
            except PictureError as error:
                self._announcer.failed("background", error)
                return None
        return self._picture[1]


def _digest(avatar: Avatar) -> int:
    """A number that changes with anything in the avatar."""
    digest = zlib.crc32(f"{avatar.name} {avatar.style} {avatar.has_alpha}".encode())
    for array in (avatar.rgb, avatar.matte, avatar.landmarks):
        digest = zlib.crc32(np.ascontiguousarray(array).data, digest)
    return digest
