"""A web server on this machine that behaves as badly as asked."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Page:
    """How the server answers at one path.

    Attributes:
        data: the whole file.
        status: anything but 200 comes without it.
        headers: besides those it makes itself.
        ranges: it can send a part.
        tag: names the state of the file.
        cut_after: each answer ends after so many bytes.
        length: it says how long the answer will be.
        silent: it reads the question and never answers; or stops in the middle of it, with cut_after.
        asked: the headers of every question.
    """

    data: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    tag: str = '"1"'
    cut_after: int | None = None
    length: bool = True
    silent: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    """Does not tell that somebody hung up: some tests do."""

    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Web:
    """The server.

    Attributes:
        pages: by path.
        address: of the server, without a path.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self._over = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="fake-web")
        self._thread.start()

    def put(self, path: str, page: Page) -> str:
        """Answer so at a path; returns the address."""
        self.pages[path] = page
        return self.address + path

    def close(self) -> None:
        """End the server and wait for it."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = web.pages.get(self.path, Page(status=404))
                page.asked.append(dict(self.headers))
                if page.silent and page.cut_after is None:
                    web._over.wait(10)
                    return
                start = self._start(page)
                if start is not None and start >= len(page.data):
                    self._head(416, {"Content-Range": f"bytes */{len(page.data)}", "Content-Length": "0"})
                elif page.status != 200:
                    self._head(page.status, {"Content-Length": "0"} | page.headers)
                else:
                    self._send(page, start)

            def _start(self, page: Page) -> int | None:
                wanted = self.headers.get("Range")
                if not (wanted and page.ranges) or self.headers.get("If-Range", page.tag) != page.tag:
                    return None
                return int(wanted.removeprefix("bytes=").removesuffix("-"))

            def _send(self, page: Page, start: int | None) -> None:
                data = page.data[start or 0 :]
                headers = {"Content-Length": str(len(data))} if page.length else {}
                if page.tag:
                    headers["ETag"] = page.tag
                if start is not None:
                    headers["Content-Range"] = f"bytes {start}-{len(page.data) - 1}/{len(page.data)}"
                self._head(200 if start is None else 206, headers | page.headers)
                self.wfile.write(data[: page.cut_after])
                self.wfile.flush()
                if page.silent:
                    web._over.wait(10)

            def _head(self, status: int, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
                """Say nothing."""

        return Handler


@contextmanager
def running_web() -> Iterator[Web]:
    """Run a server while the block runs."""
    web = Web()
    try:
        yield web
    finally:
        web.close()
