from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.web import Web, running_web


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A web server on this machine."""
    monkeypatch.setenv("no_proxy", "*")
    with running_web() as server:
        yield server
