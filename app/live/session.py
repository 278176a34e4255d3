"""The running session: owns the stages, the slots between them and everything that is plugged in.

    capture -> shots -> track -> sightings -> animate -> pictures -> publish -> one slot per sink, and the preview
                          |                      ^
                          +-> inset (window)     +-- scenes (avatar, framing, background), the neutral

Camera frames end at track and at the inset. What animate gets is landmarks and, for an engine that looks at the driver,
the driving frame inside the face; what publish gets is a Picture, made from the puppet's layer alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.avatars.avatar_store import AvatarLibrary
from app.devices.camera import Camera
from app.devices.discovery import open_camera as open_any_camera
from app.devices.sink import FrameSink
from app.live.animate import AnimateStage
from app.live.announcer import Announcer
from app.live.capture import Capture, OpenCamera, Shot
from app.live.desks import (
    MakeRecorder,
    MakeVirtualCamera,
    RecordingDesk,
    VirtualCameraDesk,
    recorder,
    virtual_camera,
)
from app.live.follow import Tracker, face_tracker
from app.live.latest import Latest
from app.live.neutral_keeper import NeutralKeeper
from app.live.outputs import Outlet, Publisher
from app.live.picture import Picture
from app.live.puppets import LoadEngine, Puppets
from app.live.scene import Look, SceneMaker
from app.live.stage_timer import StageTimer
from app.live.status import CameraState, InsetFrame, Phase, SessionEvents, SessionStatus
from app.live.track import Sighting, TrackStage
from app.live.worker import Worker
from app.paths import Paths
from app.settings import BackgroundKind, CameraSettings, Settings
from engines.base import Avatar
from engines.registry import load_engine as load_any_engine

_WATCH_EVERY_S = 0.5


class Session:
    """One life of the pipeline: start() once, stop() once.

    Threads: every method may be called from any thread, and returns quickly but for stop().

    Attributes:
        preview: the newest picture; exactly what the sinks get.
        inset: the newest camera frame and what was found in it, for the window alone.
    """

    def __init__(
        self,
        settings: Settings,
        paths: Paths,
        events: SessionEvents,
        *,
        library: AvatarLibrary | None = None,
        open_camera: OpenCamera | None = None,
        make_virtual_camera: MakeVirtualCamera = virtual_camera,
        make_recorder: MakeRecorder = recorder,
        make_tracker: Callable[[], Tracker] = face_tracker,
        load_engine: LoadEngine = load_any_engine,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Prepare everything, start nothing.

        Args:
            settings: what the user wants.
            paths: where calibrations, recordings and snapshots go.
            events: who is told what happens, from the session's threads.
            library: the avatars; the user's own by default.
            open_camera: finds a camera by name.
            make_virtual_camera: makes the virtual camera's sink: what draws the slate, who is told of changes.
            make_recorder: makes the sink that writes a file.
            make_tracker: loads what finds faces.
            load_engine: loads an engine by name, with its options.
            clock: seconds; frames' capture times are on it.
        """
        self._settings, self._library, self._paths = settings, library, paths
        self._open_camera, self._clock = open_camera or _open_camera, clock
        self._lock = threading.RLock()
        self._phase, self._dropped_loading = Phase.IDLE, 0
        self._timer, self._announcer = StageTimer(clock), Announcer(events, clock)
        self._shots: Latest[Shot] = Latest()
        self._sightings: Latest[Sighting] = Latest()
        self._pictures: Latest[Picture] = Latest()
        self.inset: Latest[InsetFrame] = Latest()
        self._keeper = NeutralKeeper(paths.calibrations, self._announcer, clock)
        self._track = TrackStage(
            self._shots,
            self._sightings,
            self.inset,
            self._keeper,
            make_tracker,
            self._announcer,
            self._timer,
            settings.controls.smoothing,
            lambda: self._scenes.sees_driver,
        )
        self._animate = AnimateStage(
            settings, self._sightings, self._pictures, self._keeper, self._announcer, self._timer, clock
        )
        self._scenes = SceneMaker(
            settings,
            self._avatars,
            Puppets(paths, load_engine, self._announcer.failed),
            self._animate.show,
            lambda: self._animate.scene,
            self._announcer,
        )
        self._publisher = Publisher(settings.output, self._pictures, self._announcer, self._timer, clock)
        self.preview: Latest[Picture] = self._publisher.preview
        self._virtual = VirtualCameraDesk(self._publisher, make_virtual_camera, self._announcer)
        self._recording = RecordingDesk(self._publisher, paths, make_recorder, self._announcer, clock)
        self._capture = self._make_capture(settings.camera, None)
        self._tracking = Worker("track", self._track.step, self._announcer.failed, finish=self._track.finish)
        self._watching = Worker("watch", self._watch, self._announcer.failed)
        self._workers = (
            Worker("publish", self._publisher.step, self._announcer.failed),
            Worker("animate", self._animate.step, self._announcer.failed),
            self._tracking,
            Worker("scenes", self._scenes.step, self._announcer.failed),
            self._watching,
        )

    def start(self) -> None:
        """Start the stages, sinks first; the slate is out at once, the rest follows as it is loaded.

        Raises:
            RuntimeError: it was started before.
        """
        with self._lock:
            if self._phase is not Phase.IDLE:
                raise RuntimeError("a session can be started once")
            self._phase = Phase.STARTING
            for worker in self._workers:
                worker.start()
            self._virtual.switch(self._settings.output.virtual_camera)
            self._capture.start()
        self._announcer.status_changed()

    def stop(self, timeout_s: float = 2.0) -> list[str]:
        """Stop everything, from the camera to the sinks; files being recorded are completed.

        Args:
            timeout_s: how long stages, and then sinks, may take.

        Returns:
            The names of threads that did not end in time.
        """
        with self._lock:
            self._phase = Phase.STOPPING
            capture = self._capture
        capture.request_stop()
        for worker in self._workers:
            worker.request_stop()
        for slot in (self._shots, self._sightings, self._pictures, self.inset, self.preview, self._scenes):
            slot.close()
        for outlet in self._publisher.outlets:
            self._publisher.remove(outlet)
        deadline = time.monotonic() + timeout_s
        capture.close()  # frees a read that waits
        late = [] if capture.join(_left(deadline)) else ["capture"]
        late += [worker.name for worker in reversed(self._workers) if not worker.join(_left(deadline))]
        if not {"animate", "scenes"} & set(late):
            self._scenes.release()
        deadline = time.monotonic() + timeout_s
        late += [outlet.name for outlet in self._publisher.leaving if not outlet.join(_left(deadline))]
        self._announcer.status_changed()
        return late

    def apply(self, settings: Settings) -> None:
        """Take over other settings; only what differs is touched.

        Their avatar is the one to begin with and is left alone here: what the window keeps there is always a little
        older than what is on stage and asked for. show_avatar() asks for another.
        """
        with self._lock:
            old, self._settings = self._settings, settings
            self._track.smoothing = settings.controls.smoothing
            self._animate.apply(settings)
            self._publisher.apply(settings.output)
            if Look.of(settings) != Look.of(old):
                self._scenes.want_look(settings)
            if settings.camera != old.camera:
                self._change_camera(settings.camera)
            if self._phase in (Phase.STARTING, Phase.RUNNING):
                self._virtual.switch(settings.output.virtual_camera)
        self._announcer.status_changed()

    def show_avatar(self, avatar: str | Avatar) -> None:
        """Show another avatar as soon as it is prepared; the present one goes on until then.

        Args:
            avatar: an id of the library, read anew each time; or an avatar that is not in it.
        """
        self._scenes.want_avatar(avatar)

    def renew_engine(self) -> None:
        """Load the engine anew: a build was finished, or a model added or removed. The present one goes on until then.

        An engine that could not be used is tried again.
        """
        self._scenes.want_newest_engine()

    def calibrate(self, countdown_s: float = 0.0) -> None:
        """Take the driver's face as neutral, after a countdown; the listener is told how it went."""
        self._keeper.calibrate(countdown_s)

    def undo_calibration(self) -> bool:
        """Return to the neutral before the last calibration, or stop one under way; False when there was none."""
        return self._keeper.undo()

    def find_better_neutral(self, on: bool) -> None:
        """Look out for a better neutral and offer it to the listener, or stop looking.

        For an engine that looks at the driver it is one that also sits and looks as the avatar does.
        """
        scene = self._scenes.shown
        alike = scene.puppet.avatar.face if scene is not None and scene.sees_driver else None
        self._keeper.find_better(on, alike)

    def accept_neutral(self) -> bool:
        """Take the neutral offered last; False when there is none."""
        return self._keeper.accept()

    def start_recording(self, path: Path | None = None) -> Path:
        """Record what the sinks get; returns the file's path.

        Args:
            path: an .mp4 file, or a .mov or .webm file that keeps transparency. Left out, it is a new .mp4 file, or a
                .mov file while the background is transparent.

        Raises:
            GuiseError: a recording runs already.
        """
        transparent = self._settings.background.kind is BackgroundKind.TRANSPARENT
        return self._recording.start(path, transparent=transparent)

    def stop_recording(self) -> None:
        """Stop recording; the listener is told when the file is complete."""
        self._recording.stop()

    def take_snapshot(self, path: Path | None = None) -> Path:
        """Write the picture shown now as PNG; returns its path.

        Raises:
            GuiseError: nothing was shown yet, or the file cannot be written.
        """
        return self._recording.snapshot(path)

    def recheck_virtual_camera(self) -> None:
        """Try the virtual camera again now: the user has installed a driver or closed another program."""
        self._virtual.recheck()

    def add_sink(self, sink: FrameSink) -> Outlet:
        """Send to one more sink, with a thread of its own; it is opened, and closed in the end, on that thread."""
        outlet = Outlet(sink, lambda: self._publisher.fps, self._announcer.failed)
        self._publisher.add(outlet)
        return outlet

    @property
    def status(self) -> SessionStatus:
        """How everything is just now."""
        capture, scene, keeper = self._capture, self._scenes.shown, self._keeper
        latency = self._timer.latency
        return SessionStatus(
            phase=self._phase,
            camera=capture.info.name if capture.info is not None else self._settings.camera.name,
            camera_state=self._camera_state(capture),
            camera_problem=capture.problem,
            camera_note=capture.note,
            faces=self._track.faces,
            camera_fps=capture.rate.per_second(),
            output_fps=self._publisher.rate.per_second(),
            latency_p50_ms=1e3 * latency.quantile(0.5),
            latency_p95_ms=1e3 * latency.quantile(0.95),
            frames_skipped=self._dropped() - self._dropped_loading,
            virtual_camera=self._virtual.status(),
            recording=self._recording.path,
            recording_s=self._recording.length_s,
            avatar=scene.avatar_id if scene is not None else "",
            avatar_pending=self._scenes.pending,
            engine=scene.engine if scene is not None else self._settings.engine,
            engine_run=scene.run() if scene is not None else None,
            engine_problem=self._scenes.engine_problem,
            neutral=keeper.state,
            can_undo=keeper.can_undo,
            countdown_s=keeper.countdown_s,
            calibrating=keeper.calibrating,
            stage_ms=self._timer.medians_ms(),
            stage_p95_ms=self._timer.p95_ms(),
            note="The engine fails; the slate is shown." if self._animate.in_trouble else "",
        )

    def _dropped(self) -> int:
        return self._shots.dropped + self._sightings.dropped + self._pictures.dropped

    def _avatars(self) -> AvatarLibrary:
        if self._library is None:
            self._library = AvatarLibrary(self._paths)
        return self._library

    def _camera_state(self, capture: Capture) -> CameraState:
        if capture.state is CameraState.LIVE and self._track.ready and not self._track.faces:
            return CameraState.NO_FACE
        return capture.state

    def _make_capture(self, camera: CameraSettings, before: Capture | None) -> Capture:
        epoch = before.epoch + 1 if before is not None else 0
        self._animate.expect_camera(epoch, none=False)
        return Capture(
            epoch,
            camera,
            self._open_camera,
            self._shots,
            self._camera_changed,
            self._announcer.failed,
            self._clock,
            before,
        )

    def _change_camera(self, camera: CameraSettings) -> None:
        before, running = self._capture, self._phase in (Phase.STARTING, Phase.RUNNING)
        before.request_stop()
        self._capture = self._make_capture(camera, before)
        if running:
            self._capture.start()

    def _camera_changed(self) -> None:
        capture = self._capture
        self._animate.expect_camera(capture.epoch, none=capture.state is CameraState.IDLE)
        self._announcer.status_changed()

    def _watch(self) -> None:
        """What has to be looked at now and then."""
        if self._watching.stopped_within(_WATCH_EVERY_S):
            return
        self._capture.watch()
        self._keeper.tick()
        self._scenes.follow_files()
        tracks = self._track.ready or self._tracking.failure is not None
        with self._lock:
            if self._phase is Phase.STARTING and tracks and self._scenes.shown is not None:
                self._phase, self._dropped_loading = Phase.RUNNING, self._dropped()
        self._announcer.status_changed()


def _open_camera(spec: str, settings: CameraSettings) -> Camera:
    return open_any_camera(spec, settings)


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.0)
