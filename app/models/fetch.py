"""From an address to a stored model: fetched, checked, stored; and the fetched file removed."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from app.models.download import TIMEOUT_S, download
from app.models.errors import DownloadError, ModelError, storage_error
from app.models.manifest import Published
from app.models.store import Cancelled, ModelStore, Progress, never, nothing
from engines.errors import EngineError
from engines.runners.build_lock import locked
from engines.weights.checkpoint import require_reader
from engines.weights.model import Model
from engines.weights.torch_file import LARGEST_BYTES

_FOLDER = ".downloads"
_LOCK = "lock"
_FORGOTTEN_S = 14 * 24 * 3600.0  # an unfinished download nobody went on with


def fetch_model(
    store: ModelStore,
    offer: Published | None = None,
    url: str = "",
    *,
    name: str | None = None,
    progress: Progress = nothing,
    cancelled: Cancelled = never,
    timeout_s: float = TIMEOUT_S,
) -> Model:
    """Fetch a published model, or whatever lies at an address, and store it.

    Args:
        store: where it goes.
        offer: the published model; None for an address alone.
        url: where from; the offer's own address where left out.
        name: for the user; the offer's or the file's where left out.
        progress: told what is done and how far it is.
        cancelled: asked while it works; a download goes on where it was when it is asked for again.
        timeout_s: how long a silent server is waited for.

    Raises:
        DownloadError: it cannot be fetched.
        Stopped: cancelled() said so.
        CheckpointError, ModelError, ModelKnown: as ModelStore.add; the fetched file is removed.
    """
    address = url or (offer.address if offer else "")
    if not address:
        raise _by_hand(offer)
    folder = store.folder / _FOLDER / hashlib.sha256(address.encode()).hexdigest()[:16]
    target = folder / (offer.file if offer else _file_name(address))
    require_reader(target)
    _sweep(store.folder / _FOLDER)
    _make(folder)
    with locked(folder / _LOCK, give_up=lambda: True) as held:
        if not held:
            raise DownloadError("This file is being downloaded already.", "Wait for the other download.")
        if not target.is_file():  # else it was fetched and checked, and storing it was stopped
            _fetch(target, address, offer, progress, cancelled, timeout_s)
        try:
            given = name or (offer.name if offer else None)
            model = store.add(target, given, progress, cancelled, origin=address)
        except (ModelError, EngineError):
            target.unlink(missing_ok=True)
            raise
    shutil.rmtree(folder, ignore_errors=True)
    return model


def _fetch(
    target: Path,
    address: str,
    offer: Published | None,
    progress: Progress,
    cancelled: Cancelled,
    timeout_s: float,
) -> None:
    try:
        download(
            address,
            target,
            limit=LARGEST_BYTES,
            checksums=offer.checksums if offer and address == offer.address else {},
            progress=lambda done, total: progress("Downloading", done, total),
            cancelled=cancelled,
            timeout_s=timeout_s,
        )
    except DownloadError as error:
        if offer is None:
            raise
        raise DownloadError(error.message, f"{error.hint} Its authors offer it at {offer.page}") from error


def _by_hand(offer: Published | None) -> DownloadError:
    """Return the way out where no address is known."""
    if offer is None:
        return DownloadError("There is nothing to download.", "Give an address with --url.")
    pages = " or ".join(filter(None, (offer.page, offer.other_page)))
    getting = f"download {offer.file}"
    if offer.folder:
        getting = f"download the models and unpack them, which gives a folder {offer.file}"
    return DownloadError(
        f"'{offer.name}' is offered on a page, not at an address Guise could download from.",
        f"Open {pages} in a browser, {getting}, then "
        f"`guise {'avatars' if offer.avatar else 'models'} add {offer.file}`.",
    )


def _file_name(address: str) -> str:
    """Return what the file at an address is called, in letters no system minds."""
    last = PurePosixPath(unquote(urlsplit(address).path)).name
    return re.sub(r"[^\w.+-]", "_", last)[-100:].strip(".") or "model"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _LOCK).touch()  # its time says when the download was asked for last
    except OSError as error:
        raise storage_error(error, folder.parent, "download the file") from error


def _sweep(parent: Path) -> None:
    """Remove downloads nobody went on with for weeks."""
    for lock in parent.glob(f"*/{_LOCK}"):
        if time.time() - lock.stat().st_mtime > _FORGOTTEN_S:
            shutil.rmtree(lock.parent, ignore_errors=True)
