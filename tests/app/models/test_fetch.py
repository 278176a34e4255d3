"""From an address to a stored model."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from dataclasses import replace

import pytest

from app.models.errors import DownloadError, ModelError, ModelKnown, Stopped
from app.models.fetch import fetch_model
from app.models.manifest import find_published
from app.models.store import ModelStore
from engines.errors import EngineError
from engines.fomm.shapes import expected_shapes
from engines.runners.build_lock import locked
from engines.weights.tensor_file import write_tensors
from tests.engines.fomm.rules import small_config, state_by_rule
from tests.fakes.web import Page


@pytest.fixture
def store(guise_home):
    """An empty store."""
    return ModelStore(guise_home / "models")


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A small model's file."""
    shapes = expected_shapes(small_config(), ("generator", "kp_detector"))
    flat = {
        f"{network}/{key}": array
        for network, keys in shapes.items()
        for key, array in state_by_rule(network, keys).items()
    }
    path = tmp_path_factory.mktemp("model") / "model"
    write_tensors(path, flat)
    return path.read_bytes()


@pytest.fixture
def offer(web, data):
    """A published model that is here."""
    url = web.put("/vox-cpk.safetensors", Page(data))
    digest = hashlib.md5(data).hexdigest()
    return replace(find_published("vox"), address=url, md5=digest, file="vox-cpk.safetensors")


def _downloads(store):
    return [
        path.name
        for path in (store.folder / ".downloads").rglob("*")
        if path.is_file() and path.name != "lock"
    ]


def test_a_published_model_is_fetched_checked_and_stored(store, offer):
    steps = []
    model = fetch_model(store, offer, progress=lambda step, *_: steps.append(step))
    assert (model.name, model.origin) == ("vox", offer.address)
    assert store.list() == [model]
    assert _downloads(store) == []
    assert list(dict.fromkeys(steps)) == ["Downloading", "Checking", "Reading", "Storing"]


def test_an_address_alone_is_enough(store, web, data):
    model = fetch_model(store, url=web.put("/a/mein%20model.safetensors?x=1", Page(data)), name="Mine")
    assert model.name == "Mine"
    assert model.configuration == "fomm-custom"


@pytest.mark.parametrize("path", ["/", "/..%2F..%2Fx.safetensors", "/a:b%5Cc.safetensors", "/con."])
def test_a_file_is_never_called_what_an_address_says_where_that_is_dangerous(store, web, path, data):
    pytest.importorskip("torch", reason="needs the extra 'neural'")  # which reads files of any name
    fetch_model(store, url=web.put(path, Page(data)))
    assert len(store.list()) == 1
    assert sorted(each.name for each in store.folder.iterdir()) == [".downloads", store.list()[0].id]


def test_the_checksum_counts_for_the_offers_own_address_only(store, web, offer, data):
    wrong = replace(offer, md5="0" * 32)
    with pytest.raises(DownloadError, match="md5 checksum differs") as caught:
        fetch_model(store, wrong)
    assert f"Its authors offer it at {offer.page}" in caught.value.hint
    assert store.list() == []
    assert _downloads(store) == []
    fetch_model(store, wrong, web.put("/mirror.safetensors", Page(data)))
    assert len(store.list()) == 1


def test_what_is_no_model_is_removed(store, web):
    pytest.importorskip("torch", reason="needs the extra 'neural'")
    with pytest.raises(EngineError, match="is no model Guise can read"):
        fetch_model(store, url=web.put("/x.pth", Page(b"hello" * 100)))
    with pytest.raises(EngineError, match="holds no networks"):
        fetch_model(store, url=web.put("/y.safetensors", Page(b"\x02" + bytes(7) + b"{}")))
    assert _downloads(store) == []
    assert store.list() == []


def test_a_model_that_is_there_is_said(store, offer):
    fetch_model(store, offer)
    with pytest.raises(ModelKnown):
        fetch_model(store, offer)
    assert _downloads(store) == []


def test_stopped_while_storing_it_is_not_fetched_again(store, web, offer):
    steps = []
    with pytest.raises(Stopped):
        fetch_model(
            store, offer, progress=lambda step, *_: steps.append(step), cancelled=lambda: "Checking" in steps
        )
    assert _downloads(store) == ["vox-cpk.safetensors"]
    fetch_model(store, offer)
    assert len(web.pages["/vox-cpk.safetensors"].asked) == 1
    assert _downloads(store) == []


def test_a_page_is_to_be_opened_by_hand(store):
    offer = replace(find_published("vox"), address="")
    with pytest.raises(DownloadError) as caught:
        fetch_model(store, offer)
    assert str(caught.value) == (
        "'vox' is offered on a page, not at an address Guise could download from. Open "
        f"{offer.page} or {offer.other_page} in a browser, download vox-cpk.pth.tar, "
        "then `guise models add vox-cpk.pth.tar`."
    )
    with pytest.raises(DownloadError, match="nothing to download"):
        fetch_model(store)


def test_nothing_is_fetched_that_could_not_be_read(store, web, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    url = web.put("/x.pth", Page(b"x"))
    with pytest.raises(EngineError, match="needs PyTorch"):
        fetch_model(store, url=url)
    assert web.pages["/x.pth"].asked == []


def test_two_at_once_do_not_mix(store, offer):
    folder = store.folder / ".downloads" / hashlib.sha256(offer.address.encode()).hexdigest()[:16]
    folder.mkdir(parents=True)
    with locked(folder / "lock", give_up=lambda: True), pytest.raises(DownloadError, match="already"):
        fetch_model(store, offer)
    assert fetch_model(store, offer).name == "vox"


def test_downloads_nobody_went_on_with_are_forgotten(store, offer):
    old = store.folder / ".downloads" / "0123"
    old.mkdir(parents=True)
    (old / "x.part").write_bytes(b"x")
    (old / "lock").touch()
    month = time.time() - 30 * 24 * 3600
    os.utime(old / "lock", (month, month))
    fetch_model(store, offer)
    assert not old.exists()


def test_a_folder_that_cannot_be_made_is_said(store, offer):
    store.folder.mkdir(parents=True)
    (store.folder / ".downloads").write_text("a file")
    with pytest.raises(ModelError, match="could not download the file"):
        fetch_model(store, offer)
