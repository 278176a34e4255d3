"""Models, builds and jobs in words."""

from __future__ import annotations

import math

from app.models.jobs import JobKind, JobState, JobStatus
from app.models.workshop import BuildCard, ModelCard, RunnerCard
from app.ui.tokens import Tone
from engines.registry import engine_info, engine_names

_DOING = {
    JobKind.ADD: "Adding {what}",
    JobKind.DOWNLOAD: "Downloading {what}",
    JobKind.VERIFY: "Checking {what}",
    JobKind.BUILD: "Building {what}",
    JobKind.REMOVE: "Removing {what}",
}
_FAILED = {
    JobKind.ADD: "{what} was not added.",
    JobKind.DOWNLOAD: "{what} was not downloaded.",
    JobKind.VERIFY: "{what} did not pass the check.",
    JobKind.BUILD: "{what} was not built.",
    JobKind.REMOVE: "{what} was not removed.",
}
_STOPPED = {
    JobKind.ADD: "Adding {what} was stopped. Nothing was kept.",
    JobKind.DOWNLOAD: "Downloading {what} was stopped. What has come so far is kept.",
    JobKind.VERIFY: "Checking {what} was stopped.",
    JobKind.BUILD: "Building {what} was stopped. The steps that were done are kept.",
    JobKind.REMOVE: "Removing {what} was stopped.",
}
_DONE = {
    JobKind.ADD: "Added {what}.",
    JobKind.DOWNLOAD: "Downloaded and added {what}.",
    JobKind.VERIFY: "{what} is exactly what was added.",
    JobKind.BUILD: "Built {what}.",
    JobKind.REMOVE: "Removed {what}.",
}


def size_words(size: int) -> str:
    """Return 512 bytes, 44 kB, 728 MB, 1.2 GB."""
    if size < 1000:
        return f"{size} bytes"
    if size < 1_000_000:
        return f"{size / 1e3:.0f} kB"
    return f"{size / 1e6:.0f} MB" if size < 1_000_000_000 else f"{size / 1e9:.1f} GB"


def rate_words(frames_per_second: float) -> str:
    """Return 31 or 4.2 frames a second, as exactly as a measurement deserves."""
    shown = f"{frames_per_second:.0f}" if frames_per_second >= 10 else f"{frames_per_second:.1f}"
    return f"{shown} frames a second"


def error_words(build: BuildCard) -> str:
    """Return how near a build's pictures are to the original network's."""
    if math.isinf(build.psnr_db):
        return "same pictures as the original"
    return f"differs by at most {build.largest:.3g} of 255, {build.psnr_db:.0f} dB"


def build_words(build: BuildCard) -> str:
    """Return what a build was measured to be."""
    speed = f"about {rate_words(build.frames_per_second)}" if build.frames_per_second > 0 else "not measured"
    parts = [speed, build.precision, error_words(build), size_words(build.size) if build.size else ""]
    words = " · ".join(part for part in parts if part)
    return words[0].upper() + words[1:]


def family_title(family: str) -> str:
    """Return the title of the engine that uses a family of models, or the family's own name."""
    name = engine_of(family)
    return engine_info(name).title if name else family


def engine_of(family: str) -> str:
    """Return the name of the engine that uses a family of models, "" where none does."""
    return next((name for name in engine_names() if engine_info(name).family == family), "")


def model_state(model: ModelCard, current: str) -> tuple[Tone, str]:
    """Return how far a model is, for the list."""
    in_use = model.id == current
    if not model.builds:
        return Tone.OFF, "In use, not built yet" if in_use else "Not built yet"
    fastest = max(build.frames_per_second for build in model.builds)
    words = "In use" if in_use else "Built"
    return Tone.GOOD, f"{words} · {rate_words(fastest)}" if fastest > 0 else words


def runner_state(runner: RunnerCard, model: ModelCard) -> tuple[Tone, str]:
    """Return how a runner stands with a model."""
    build = model.build_for(runner.name)
    if build is not None:
        return Tone.GOOD, build_words(build)
    if not runner.usable:
        return Tone.OFF, runner.reason or "Not available here."
    if not runner.built:
        return Tone.INFO, f"Works without building. {runner.reason}".strip()
    return Tone.INFO, f"Not built yet. {runner.reason}".strip()


def job_title(job: JobStatus) -> str:
    """Return what a job does, or what came of it."""
    words = {JobState.DONE: _DONE, JobState.CANCELLED: _STOPPED, JobState.FAILED: _FAILED}.get(
        job.state, _DOING
    )
    return words[job.kind].format(what=job.name)


def job_step(job: JobStatus) -> str:
    """Return what a job does right now."""
    if job.state is JobState.WAITING:
        return "Waits until the one before it is done."
    if job.stopping:
        return "Stopping…"
    share = "" if job.fraction is None else f"{job.fraction:.0%}".replace("%", " %")
    step = job.step or "Starting"
    return f"{step}, {share}" if share else f"{step}…"
