"""Fetches a file over HTTP: with progress, going on where an earlier try broke off, checked, never larger than allowed.

An unfinished file waits beside its place as NAME.part, with what is needed to go on in NAME.part.json. Only the web is
talked to: redirects elsewhere (files, FTP) are refused.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import json
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import quote, urlsplit, urlunsplit

from app import __version__
from app.models.errors import DownloadError, Stopped, no_room, storage_error

Progress = Callable[[int, "int | None"], None]
Cancelled = Callable[[], bool]

TIMEOUT_S = 20.0
_CHUNK = 256 << 10
_WEB = ("http", "https")
_BY_HAND = "Or download the file elsewhere and add it with `guise models add FILE`."
_GO_ON = "Do the same again to go on where it stopped."
_NO_NETWORK = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
_ROOM_TO_SPARE = 50_000_000


class _BrokenOffError(Exception):
    """The connection ended before the file did; what came is kept."""


class _ChangedError(Exception):
    """What is there now is not what the unfinished file is a part of."""


@dataclass(frozen=True)
class _Part:
    """What an unfinished file is a part of.

    Attributes:
        url: where from.
        validator: the server's name for this state of the file; without one it cannot be gone on with.
        total: bytes of the whole; None where the server does not say.
    """

    url: str
    validator: str
    total: int | None


def download(
    url: str,
    target: Path,
    *,
    limit: int,
    checksums: Mapping[str, str] | None = None,
    progress: Progress = lambda _done, _total: None,
    cancelled: Cancelled = lambda: False,
    timeout_s: float = TIMEOUT_S,
) -> Path:
    """Fetch a file.

    Args:
        url: http or https.
        target: where it goes; its folder is made. It appears there only when it is whole and checked.
        limit: bytes it may have.
        checksums: what it must have, by hashlib's names.
        progress: told the bytes that are there and those there will be, where the server says.
        cancelled: asked between pieces; what came is kept.
        timeout_s: how long a silent server is waited for.

    Returns:
        target.

    Raises:
        DownloadError: it cannot be fetched; the text says why and what to do.
        ModelError: it cannot be written.
        Stopped: cancelled() said so.
    """
    job = _Download(_ascii(url), target, limit, progress, cancelled, timeout_s)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        job.run()
        job.check(checksums or {})
        job.part.replace(target)
        job.note.unlink(missing_ok=True)
    except OSError as error:
        job.discard()  # a disk without room shall not be kept full
        raise storage_error(error, target.parent, "download the file") from error
    return target


class _Download:
    """One file on its way."""

    def __init__(
        self,
        url: str,
        target: Path,
        limit: int,
        progress: Progress,
        cancelled: Cancelled,
        timeout_s: float,
    ) -> None:
        self.part = target.with_name(f"{target.name}.part")
        self.note = target.with_name(f"{target.name}.part.json")
        self._url = url
        self._host = urlsplit(url).hostname or url
        self._limit = limit
        self._progress = progress
        self._cancelled = cancelled
        self._timeout_s = timeout_s
        self._opener = _web_only()

    def run(self) -> None:
        """Fetch until the part is whole. A broken connection is tried again as long as each try brings something."""
        while True:
            before = self._have()
            try:
                self._fetch()
                return
            except _ChangedError:
                self.discard()
                if not before:
                    raise DownloadError(f"{self._host} does not send what was asked for.", _BY_HAND) from None
            except _BrokenOffError as error:
                if self._have() <= before:
                    self._refuse_broken(error)

    def check(self, checksums: Mapping[str, str]) -> None:
        """Compare the whole with its checksums; one that differs is removed."""
        for name, expected in checksums.items():
            digest = hashlib.new(name, usedforsecurity=False)
            with self.part.open("rb") as file:
                while piece := file.read(_CHUNK):
                    digest.update(piece)
            if digest.hexdigest() != expected.lower():
                self.discard()
                raise DownloadError(
                    f"What {self._host} sent is not the file it should be: its {name} checksum differs.",
                    "It was removed; try again, or another address.",
                )

    def discard(self) -> None:
        """Forget what came so far."""
        for each in (self.part, self.note):
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)

    def _have(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def _fetch(self) -> None:
        """Ask for what is missing and append it."""
        known = self._known_part()
        have = self._have() if known else 0
        if known and have == known.total:
            return
        headers = {"User-Agent": f"Guise/{__version__}", "Accept-Encoding": "identity"}
        if known:
            headers |= {"Range": f"bytes={have}-", "If-Range": known.validator}
        with self._open(urllib.request.Request(self._url, headers=headers)) as response:
            goes_on = response.status == http.client.PARTIAL_CONTENT
            total = self._total(response, have, goes_on=goes_on)
            part = _Part(self._url, _validator(response), total)
            if (
                goes_on
                and known
                and (part.validator or known.validator, total) != (known.validator, known.total)
            ):
                raise _ChangedError
            self._refuse_unsuitable(response, total, have if goes_on else 0)
            if not goes_on:
                self.note.write_text(json.dumps(asdict(part)), "utf-8")
            with self.part.open("ab" if goes_on else "wb") as file:
                self._receive(response, file, total)
        if total is not None and self._have() < total:
            raise _BrokenOffError("the connection ended too early")

    def _known_part(self) -> _Part | None:
        """Return what the unfinished file is a part of; None where it cannot be gone on with."""
        try:
            part = _Part(**json.loads(self.note.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return part if part.url == self._url and part.validator and self._have() else None

    def _open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        try:
            response: http.client.HTTPResponse = self._opener.open(request, timeout=self._timeout_s)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and request.has_header("Range"):
                raise _ChangedError from None
            self._refuse_status(error.code)
        except ConnectionError as error:  # before HTTPException: a server that hangs up at once is both
            self._refuse_connection(error)
        except http.client.HTTPException as error:
            raise DownloadError(f"{self._host} does not speak as a web server should.", _BY_HAND) from error
        except OSError as error:  # URLError too
            self._refuse_connection(error)
        return response

    def _total(self, response: http.client.HTTPResponse, have: int, *, goes_on: bool) -> int | None:
        """Return the size of the whole file, as the server says it."""
        if not goes_on:
            length = response.headers.get("Content-Length", "")
            return int(length) if length.isdigit() else None
        unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
        span, _, total = rest.partition("/")
        if unit != "bytes" or span.partition("-")[0] != str(have) or not total.isdigit():
            raise _ChangedError
        return int(total)

    def _refuse_unsuitable(self, response: http.client.HTTPResponse, total: int | None, have: int) -> None:
        if response.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
            raise DownloadError(
                f"This address of {self._host} is a page, not the file itself.",
                "Open it in a browser, download the file and add it with `guise models add FILE`.",
            )
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise DownloadError(f"{self._host} sends the file packed, which Guise cannot use.", _BY_HAND)
        if total is not None and total > self._limit:
            self._refuse_large()
        free = shutil.disk_usage(self.part.parent).free
        if total is not None and free < total - have + _ROOM_TO_SPARE:
            raise no_room(total - have, free, self.part.parent, "download the file")

    def _receive(self, response: http.client.HTTPResponse, file: IO[bytes], total: int | None) -> None:
        """Append everything that comes."""
        done = file.tell()
        while True:
            self._progress(done, total)
            if self._cancelled():
                raise Stopped("The download was stopped.", _GO_ON)
            try:
                piece = response.read1(_CHUNK)
            except (http.client.HTTPException, OSError) as error:
                raise _BrokenOffError(_reason(error)) from error
            if not piece:
                return
            done += len(piece)
            if done > self._limit or (total is not None and done > total):
                file.close()
                self._refuse_large()
            file.write(piece)

    def _refuse_large(self) -> NoReturn:
        self.discard()
        raise DownloadError(
            f"The file at {self._host} is larger than {self._limit / 1e9:.1f} GB, and no model Guise knows is.",
            "Check the address.",
        )

    def _refuse_broken(self, error: Exception) -> NoReturn:
        come = f" after {self._have() / 1e6:.1f} MB" if self._have() else ""
        raise DownloadError(f"The connection to {self._host} broke off{come}: {error}.", _GO_ON) from error

    def _refuse_status(self, status: int) -> NoReturn:
        if status in (404, 410):
            raise DownloadError(f"There is no such file at {self._host} ({status}).", _BY_HAND)
        if status in (401, 402, 403, 407, 429, 451):
            raise DownloadError(f"{self._host} does not hand out the file ({status}).", _BY_HAND)
        if 300 <= status < 400:
            raise DownloadError(f"{self._host} sends in a circle, or away from the web ({status}).", _BY_HAND)
        if status >= 500:
            raise DownloadError(f"{self._host} has trouble ({status}).", f"Try again later. {_BY_HAND}")
        raise DownloadError(f"{self._host} refuses ({status}).", _BY_HAND)

    def _refuse_connection(self, error: OSError) -> NoReturn:
        """Raise the sentence for a connection that never came about."""
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, socket.gaierror) or getattr(cause, "errno", None) in _NO_NETWORK:
            raise DownloadError(
                f"There is no network, or no '{self._host}' in it.", f"Check the connection. {_BY_HAND}"
            ) from error
        if isinstance(cause, ssl.SSLError):
            why = f"The connection to {self._host} is not secure"
            raise DownloadError(f"{why}: {_reason(cause)}.", f"Check the clock and the address. {_BY_HAND}")
        raise DownloadError(
            f"{self._host} cannot be reached: {_reason(cause)}.", f"Try again later. {_BY_HAND}"
        )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects within the web."""

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme not in _WEB:
            raise urllib.error.HTTPError(newurl, code, "away from the web", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _web_only() -> urllib.request.OpenerDirector:
    """Return an opener that cannot read files or speak FTP, as urllib's own can."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _ascii(url: str) -> str:
    """Return an address as it goes over the wire.

    Raises:
        DownloadError: it is none of the web.
    """
    wrong = DownloadError(f"'{url}' is no address Guise can download from.", "Write it as https://...")
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
        if parts.scheme.lower() not in _WEB or not host or parts.username is not None:
            raise wrong
        host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
    except ValueError:
        raise wrong from None
    place = host if port is None else f"{host}:{port}"
    safe = "/%:@!$&'()*+,;=~-._?"
    path, query = quote(parts.path, safe=safe), quote(parts.query, safe=safe)
    return urlunsplit((parts.scheme.lower(), place, path, query, ""))


def _validator(response: http.client.HTTPResponse) -> str:
    """Return what names this state of the file well enough to go on with it."""
    tag = str(response.headers.get("ETag", ""))
    return tag if tag.startswith('"') else str(response.headers.get("Last-Modified", ""))


def _reason(error: object) -> str:
    """Return what went wrong with a connection, in a few words."""
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, http.client.IncompleteRead):
        return "the connection ended too early"
    if isinstance(error, ssl.SSLCertVerificationError) and hasattr(error, "verify_message"):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error).strip().rstrip(".") or type(error).__name__
