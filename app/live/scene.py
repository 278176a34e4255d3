"""What is on stage: a puppet, how it is framed and what is behind it. Made whole, then shown whole."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.avatars.avatar_store import AvatarLibrary
from app.avatars.picture import PictureError, load_picture
from app.live.announcer import Announcer
from app.live.compose import Composer
from app.live.engine_choice import EngineChoice, MisfitError
from app.live.framing import frame_avatar
from app.live.idle import grimace
from app.live.latest import Latest
from app.live.puppets import Loaded, Prepared, Puppets
from app.live.status import EngineRun
from app.live.tidy import give_memory_back
from app.settings import BackgroundKind, BackgroundSettings, Settings
from engines.base import Avatar, Controls, Puppet, View
from engines.registry import DEFAULT_ENGINE

logger = logging.getLogger(__name__)

_WAIT_S = 0.5


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a frame needs but the face.

    Attributes:
        avatar_id: "" when the avatar is not one of the library's.
        puppet: animates.
        composer: finishes.
        engine: name of the engine.
        sees_driver: the engine looks at driving frames.
        run: tells how the engine runs at the moment; None for one without networks.
    """

    avatar_id: str
    puppet: Puppet
    composer: Composer
    engine: str
    sees_driver: bool
    run: Callable[[], EngineRun | None]

    @property
    def view(self) -> View:
        """Where the picture falls in the output."""
        return self.composer.view


@dataclass(frozen=True)
class Look:
    """The settings a scene depends on, beside the avatar."""

    engine: EngineChoice
    width: int
    height: int
    mirror: bool
    zoom: float
    background: BackgroundSettings

    @staticmethod
    def of(settings: Settings) -> Look:
        """Return what of the settings matters here."""
        out = settings.output
        engine = EngineChoice.of(settings)
        return Look(engine, out.width, out.height, out.mirror, settings.framing.zoom, settings.background)


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


@dataclass(frozen=True)
class _Refusal:
    """Why the engine of the settings is not used.

    Attributes:
        choice: what was asked for.
        error: what it said.
        number: of the wish whose avatar it cannot animate; None where it cannot be had at all.
    """

    choice: EngineChoice
    error: Exception
    number: int | None

    def holds(self, choice: EngineChoice, wish: Wish) -> bool:
        """Tell whether it would be the same again."""
        return self.choice == choice and self.number in (None, wish.number)


class SceneMaker:
    """Makes scenes off the stages' threads; the newest wish wins, and the scene before stays until it is ready.

    An engine that cannot be had leaves the one before on, or the default one where there was none before. So does an
    engine for characters before an avatar that it has no networks for, until the next avatar.

    Threads: wish methods from anywhere, step() on the scenes thread, release() once that has ended.
    """

    def __init__(
        self,
        settings: Settings,
        library: Callable[[], AvatarLibrary],
        puppets: Puppets,
        show: Callable[[Scene], None],
        on_stage: Callable[[], Scene | None],
        announcer: Announcer,
    ) -> None:
        """Prepare; nothing is loaded.

        Args:
            settings: what is wanted first.
            library: the avatars.
            puppets: the engines.
            show: puts a scene on stage.
            on_stage: tells which one is being animated.
            announcer: is told of changes.
        """
        self._library, self._store = library, puppets
        self._show, self._on_stage, self._announcer = show, on_stage, announcer
        self._lock = threading.Lock()
        self._wishes: Latest[Wish] = Latest()
        self._wish = Wish(settings.avatar, settings, 1)
        self._good: Wish | None = None
        self._shown: Scene | None = None
        self._engine: EngineChoice | None = None
        self._refused: _Refusal | None = None
        self._awaited: Loaded | None = None
        self._avatar: tuple[int, str, Avatar] | None = None
        self._picture: tuple[str, NDArray[np.uint8] | None] = ("", None)
        self._untidy = False
        self._wishes.put(self._wish)

    @property
    def pending(self) -> bool:
        """An avatar is being prepared."""
        return self._good is None or self._good.number != self._wish.number

    @property
    def shown(self) -> Scene | None:
        """The scene shown last."""
        return self._shown

    @property
    def sees_driver(self) -> bool:
        """The engine on stage, or the one coming on, looks at driving frames."""
        shown, awaited = self._shown, self._awaited
        coming = awaited is not None and awaited.engine.info.sees_driver
        return coming or (shown is not None and shown.sees_driver)

    @property
    def engine_problem(self) -> str:
        """Why the engine of the settings is not used, and the way out; "" while it is."""
        refused = self._refused
        return "" if refused is None else str(refused.error)

    def want_avatar(self, avatar: str | Avatar) -> None:
        """Ask for another avatar, or for the same one read again."""
        with self._lock:
            self._put(Wish(avatar, self._wish.settings, self._wish.number + 1))
        self._announcer.status_changed()

    def want_look(self, settings: Settings) -> None:
        """Ask for another engine, size, framing or background."""
        with self._lock:
            self._put(Wish(self._wish.avatar, settings, self._wish.number))

    def want_newest_engine(self) -> None:
        """Load the engine anew: a build was finished, a model added or removed. The scene stays on meanwhile."""
        self._store.renew()
        with self._lock:
            self._refused = None
            self._put(replace(self._wish))

    def follow_files(self) -> None:
        """Load the engine anew where another program built or added a model, or the user edited their table."""
        if self._store.outdated:
            self.want_newest_engine()

    def close(self) -> None:
        """Take no more wishes."""
        self._wishes.close()

    def release(self) -> None:
        """Free the engines; nobody animates any more."""
        self._store.close()

    def step(self) -> None:
        """Make the newest scene, or wait for a wish."""
        try:
            wish = self._wishes.take(_WAIT_S)
        except TimeoutError:
            self._tidy_up()
            return
        self._untidy = True
        try:
            scene = self._made(wish)
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

    def _tidy_up(self) -> None:
        """Nobody wishes anything: free what the last wishes left behind."""
        stage = self._on_stage()
        self._store.sweep(None if stage is None else stage.puppet)
        if self._untidy:
            self._untidy = False
            give_memory_back()

    def _put(self, wish: Wish) -> None:
        self._wish = wish
        self._wishes.put(wish)

    def _give_up(self, wish: Wish, error: Exception) -> None:
        """Return to what was shown, or, when nothing was yet, to the first avatar of the library."""
        if self._good is not None and self._good.number == wish.number:
            self._announcer.failed("scenes", error)
            return
        with self._lock:
            if self._wish is wish:
                if self._good is not None:  # made again: the look it is wanted with may be another by now
                    self._put(Wish(self._good.avatar, wish.settings, self._good.number))
                elif wish.avatar != "":
                    self._put(Wish("", wish.settings, wish.number + 1))
            elif self._wish.number == wish.number:
                return  # the same avatar is wanted with another look or engine by now: that is tried next
        self._announcer.avatar_failed(wish.avatar_id, error)
        self._announcer.status_changed()

    def _made(self, wish: Wish) -> Scene:
        """Return the scene of a wish, on the engine it asks for or, where that cannot be had, on another."""
        avatar = self._wanted(wish)
        choice, refused, loaded = EngineChoice.of(wish.settings), self._refused, None
        if refused is not None and refused.holds(choice, wish):
            substitute = self._instead_of(choice, None) or choice
            return self._make(wish, avatar, self._store.load(substitute))
        try:
            loaded = self._store.load(choice)
            scene = self._make(wish, avatar, loaded)
        except Exception as error:
            instead = self._instead_of(choice, loaded)
            if instead is None:
                raise
            scene = self._make(wish, avatar, self._store.load(instead))
            logger.warning("the engine %s cannot be used: %s", choice.engine, error)
            self._refused = _Refusal(choice, error, None if loaded is None else wish.number)
            self._announcer.failed("engine", error)
            return scene
        self._engine, self._refused = choice, None
        return scene

    def _instead_of(self, choice: EngineChoice, loaded: Loaded | None) -> EngineChoice | None:
        """Return the engine that goes on; None where the fault is the avatar's, not the engine's.

        Args:
            choice: what cannot be used.
            loaded: it, where it could be loaded and refused the avatar. Engines for characters may.
        """
        if self._engine is not None and self._engine != choice:
            return self._engine
        default, picky = EngineChoice(DEFAULT_ENGINE), loaded is None or loaded.engine.info.characters
        return default if choice != default and (self._engine is None or picky) else None

    def _make(self, wish: Wish, avatar: tuple[str, Avatar], loaded: Loaded) -> Scene:
        self._awaited = loaded
        try:
            prepared, new = self._store.prepare(loaded, avatar[1], wish.settings.camera.fps)
            if new and prepared.puppet.remarks:
                self._announcer.failed("picture", MisfitError(loaded.engine.info.title, prepared.puppet))
            return self._dress(avatar[0], prepared, wish.settings, rehearse=new)
        finally:
            self._awaited = None

    def _wanted(self, wish: Wish) -> tuple[str, Avatar]:
        """Return the avatar's id and the avatar, read once for each wish."""
        if self._avatar is None or self._avatar[0] != wish.number:
            self._avatar = wish.number, *self._read(wish.avatar)
        return self._avatar[1], self._avatar[2]

    def _read(self, wanted: str | Avatar) -> tuple[str, Avatar]:
        if isinstance(wanted, Avatar):
            return "", wanted
        library = self._library()
        if wanted == "":
            ready = [entry for entry in library.list() if not entry.needs_landmarks]
            if not ready:
                raise PictureError("There is no avatar to show.", "Add a picture to the shelf.")
            wanted = ready[0].id
        return wanted, library.load(wanted)

    def _dress(self, avatar_id: str, prepared: Prepared, settings: Settings, *, rehearse: bool) -> Scene:
        """Frame the puppet and make what is behind it."""
        puppet = prepared.puppet
        avatar = puppet.avatar
        view = frame_avatar(avatar, settings.output, settings.framing.zoom)
        picture = self._background(settings.background)
        composer = Composer(avatar, prepared.backdrop, settings.background, view, picture)
        puppet.expect(view)
        if rehearse:  # what its first frames compile and fill is better done here than on stage
            for face in (
                grimace(avatar.face),
                avatar.face,
            ):  # the calm one last: the first live one fades from it
                composer.compose(puppet.animate(face, avatar.face, Controls(), view), 0.0)
        return Scene(avatar_id, puppet, composer, prepared.engine, prepared.sees_driver, prepared.run)

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
