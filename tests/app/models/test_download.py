from __future__ import annotations

import errno
import hashlib
import json
import shutil
import socket
import ssl
import urllib.error
from collections import namedtuple

import pytest

from app.errors import GuiseError
from app.models import download as module
from app.models.download import download
from app.models.errors import DownloadError, ModelError, Stopped
from tests.fakes.web import Page

DATA = bytes(range(256)) * 4000
LIMIT = 2_000_000
PATIENCE_S = 5.0


@pytest.fixture
def target(tmp_path):
    """Where the file goes."""
    return tmp_path / "gröβe ordner" / "model.pth"


def _get(url, target, **options):
    return download(url, target, **({"limit": LIMIT, "timeout_s": PATIENCE_S} | options))


def _refused(url, target, **options):
    with pytest.raises(DownloadError) as caught:
        _get(url, target, **options)
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    assert not target.exists()
    return caught.value


def _left(target):
    return sorted(path.name for path in target.parent.iterdir())


def test_a_file_comes_whole_with_progress_and_leaves_nothing_else(web, target):
    told = []
    web.put("/%C3%BC.pth", Page(DATA))
    found = _get(
        web.address + "/ü.pth",
        target,
        progress=lambda done, total: told.append((done, total)),
        checksums={"md5": hashlib.md5(DATA).hexdigest(), "sha256": hashlib.sha256(DATA).hexdigest().upper()},
    )
    assert found == target
    assert target.read_bytes() == DATA
    assert _left(target) == ["model.pth"]
    assert told[0] == (0, len(DATA))
    assert told[-1] == (len(DATA), len(DATA))
    assert sorted(told) == told
    assert web.pages["/%C3%BC.pth"].asked[0]["User-Agent"].startswith("Guise/")


def test_without_a_length_the_file_comes_too(web, target):
    told = []
    page = Page(DATA, length=False, tag="")
    _get(web.put("/x", page), target, progress=lambda done, total: told.append((done, total)))
    assert target.read_bytes() == DATA
    assert told[-1] == (len(DATA), None)


def test_a_connection_that_breaks_is_gone_on_with_as_long_as_something_comes(web, target):
    page = Page(DATA, cut_after=300_000)
    _get(web.put("/x", page), target)
    assert target.read_bytes() == DATA
    assert [each.get("Range") for each in page.asked] == [
        None,
        "bytes=300000-",
        "bytes=600000-",
        "bytes=900000-",
    ]
    assert page.asked[1]["If-Range"] == '"1"'


def test_one_that_brings_nothing_more_is_given_up_and_can_be_gone_on_with_later(web, target):
    page = Page(DATA, cut_after=300_000, ranges=False)
    said = _refused(web.put("/x", page), target)
    assert "The connection to 127.0.0.1 broke off after 0.3 MB" in said.message
    assert "go on where it stopped" in said.hint
    assert _left(target) == ["model.pth.part", "model.pth.part.json"]
    page.cut_after, page.ranges = None, True
    _get(web.address + "/x", target)
    assert target.read_bytes() == DATA
    assert page.asked[-1]["Range"] == "bytes=300000-"
    assert _left(target) == ["model.pth"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_changed_meanwhile_comes_anew(web, target, ranges):
    page = Page(DATA, cut_after=300_000, ranges=False)
    url = web.put("/x", page)
    _refused(url, target)
    page.data, page.tag, page.cut_after, page.ranges = DATA[::-1], '"2"', None, ranges
    _get(url, target)
    assert target.read_bytes() == DATA[::-1]


@pytest.mark.parametrize(
    "answer",
    [
        {"headers": {"Content-Range": "bytes 0-5/6"}},
        {"headers": {"Content-Range": "nonsense"}},
        {"headers": {"ETag": '"2"'}},
        {"data": DATA[:100]},
    ],
)
def test_a_server_that_sends_another_part_than_was_asked_for_is_asked_for_all(web, target, answer):
    page = Page(DATA, cut_after=300_000, ranges=False)
    url = web.put("/x", page)
    _refused(url, target)
    page.cut_after, page.ranges = None, True
    for name, value in answer.items():
        setattr(page, name, value)
    _get(url, target)
    assert target.read_bytes() == page.data
    assert "Range" in page.asked[-2]
    assert "Range" not in page.asked[-1]


def test_a_part_without_a_name_for_its_state_is_not_gone_on_with(web, target):
    page = Page(DATA, cut_after=300_000, tag="", headers={"Last-Modified": ""})
    url = web.put("/x", page)
    _refused(url, target)
    page.cut_after = None
    _get(url, target)
    assert all("Range" not in each for each in page.asked)
    assert target.read_bytes() == DATA


def test_a_weak_name_does_not_count_but_a_date_does(web, target):
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    page = Page(DATA, cut_after=300_000, ranges=False, tag='W/"1"', headers={"Last-Modified": date})
    _refused(web.put("/x", page), target)
    assert json.loads((target.parent / "model.pth.part.json").read_text("utf-8"))["validator"] == date


def test_a_whole_part_is_not_fetched_again(web, target):
    page = Page(DATA)
    url = web.put("/x", page)
    _get(url, target)
    target.rename(target.with_name("model.pth.part"))
    note = {"url": url, "validator": '"1"', "total": len(DATA)}
    target.with_name("model.pth.part.json").write_text(json.dumps(note))
    _get(url, target)
    assert len(page.asked) == 1
    assert target.read_bytes() == DATA


def test_a_part_larger_than_the_file_comes_anew(web, target):
    page = Page(DATA)
    url = web.put("/x", page)
    target.parent.mkdir()
    target.with_name("model.pth.part").write_bytes(DATA + b"more")
    note = {"url": url, "validator": '"1"', "total": len(DATA)}
    target.with_name("model.pth.part.json").write_text(json.dumps(note))
    _get(url, target)
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"url": 1}', '{"url": "x", "validator": "y", "total": 1}'])
def test_a_damaged_note_means_anew(web, target, note):
    target.parent.mkdir()
    target.with_name("model.pth.part").write_bytes(b"old")
    target.with_name("model.pth.part.json").write_text(note)
    _get(web.put("/x", Page(DATA)), target)
    assert target.read_bytes() == DATA


def test_a_wrong_checksum_leaves_nothing(web, target):
    said = _refused(web.put("/x", Page(DATA)), target, checksums={"md5": "0" * 32})
    assert "its md5 checksum differs" in said.message
    assert _left(target) == []


@pytest.mark.parametrize("page", [Page(DATA), Page(DATA, length=False)], ids=["said", "unsaid"])
def test_a_file_over_the_limit_leaves_nothing(web, target, page):
    said = _refused(web.put("/x", page), target, limit=500_000)
    assert "larger than" in said.message
    assert _left(target) == []


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Page(status=404), "There is no such file at 127.0.0.1 (404)."),
        (Page(status=403), "does not hand out the file (403)"),
        (Page(status=503), "has trouble (503)"),
        (Page(status=418), "refuses (418)"),
        (Page(status=416), "refuses (416)"),
        (Page(b"<html>", headers={"Content-Type": "text/html; charset=utf-8"}), "is a page, not the file"),
        (Page(b"x", headers={"Content-Encoding": "gzip"}), "sends the file packed"),
        (Page(status=302, headers={"Location": "file:///etc/passwd"}), "away from the web (302)"),
        (Page(status=302, headers={"Location": "ftp://127.0.0.1/x"}), "away from the web (302)"),
        (Page(status=302, headers={"Location": "/x"}), "in a circle"),
        (Page(status=304), "in a circle, or away from the web (304)"),
    ],
)
def test_what_a_server_refuses_is_one_sentence_with_a_way_out(web, target, page, said):
    refusal = _refused(web.put("/x", page), target)
    assert said in refusal.message
    assert not _left(target)


def test_redirects_within_the_web_are_followed(web, target):
    web.put("/there", Page(DATA))
    _get(web.put("/here", Page(status=302, headers={"Location": "/there"})), target)
    assert target.read_bytes() == DATA


def test_a_server_that_never_answers_is_not_waited_for_long(web, target):
    assert (
        "does not answer" in _refused(web.put("/x", Page(DATA, silent=True)), target, timeout_s=0.2).message
    )


def test_one_that_stops_in_the_middle_neither(web, target, monkeypatch):
    page = Page(DATA, silent=True, cut_after=1000, ranges=False)
    connect, made = socket.create_connection, []

    def patient(address, timeout, *rest):
        made.append((connect(address, PATIENCE_S, *rest), timeout))
        return made[-1][0]

    def impatient_after_what_came(done, _total):
        connection, timeout = made[-1]
        connection.settimeout(timeout if done == page.cut_after else PATIENCE_S)

    monkeypatch.setattr(socket, "create_connection", patient)
    said = _refused(web.put("/x", page), target, timeout_s=0.2, progress=impatient_after_what_came)
    assert "broke off" in said.message
    assert "does not answer" in said.message


def test_a_server_that_is_not_there_is_said(target, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = _refused(f"http://127.0.0.1:{port}/x", target)
    assert "127.0.0.1 cannot be reached: " in said.message
    assert "refused" in said.message


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            socket.gaierror(-3, "Temporary failure in name resolution"),
            "There is no network, or no 'models.example'",
        ),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "There is no network"),
        (
            ssl.SSLCertVerificationError(1, "certificate has expired"),
            "is not secure: certificate has expired.",
        ),
        (TimeoutError("timed out"), "cannot be reached: it does not answer."),
        (
            ConnectionResetError(104, "Connection reset by peer"),
            "cannot be reached: connection reset by peer.",
        ),
    ],
)
def test_no_network_is_one_plain_sentence(target, monkeypatch, cause, said):
    class Opener:
        def open(self, request, timeout):
            raise urllib.error.URLError(cause)

    monkeypatch.setattr(module, "_web_only", Opener)
    refusal = _refused("https://models.example/vox.pth", target)
    assert said in refusal.message
    assert "guise models add FILE" in refusal.hint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "vox",
        "file:///etc/passwd",
        "ftp://x/y",
        "http://",
        "http://a:b@c/d",
        "http://[::1",
        "http://x:y/",
        "//x/y",
    ],
)
def test_what_is_no_web_address_is_refused(tmp_path, url):
    with pytest.raises(DownloadError, match="is no address Guise can download from"):
        _get(url, tmp_path / "x" / "y")
    assert not (tmp_path / "x").exists()


def test_stopping_keeps_what_came(web, target):
    page, seen = Page(DATA), []

    def enough():
        return bool(seen) and seen[-1] > 0

    with pytest.raises(Stopped):
        _get(web.put("/x", page), target, progress=lambda done, _: seen.append(done), cancelled=enough)
    kept = target.with_name("model.pth.part").stat().st_size
    assert kept > 0
    _get(web.address + "/x", target)
    assert page.asked[-1].get("Range") == (f"bytes={kept}-" if kept < len(DATA) else None)
    assert target.read_bytes() == DATA


def test_a_full_disk_is_said_before_and_after(web, target, monkeypatch):
    url = web.put("/x", Page(DATA))
    usage = namedtuple("usage", "free")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage(1000))
        with pytest.raises(ModelError, match="needs 1 MB to download the file, and the disk has 0 MB"):
            _get(url, target)
        assert _left(target) == []

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ModelError, match="The disk is full"):
        _get(url, target, progress=full)
    assert _left(target) == []


def test_a_folder_that_may_not_be_written_to_is_said(web, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GuiseError, match="could not download the file"):
        _get(web.put("/x", Page(DATA)), tmp_path / "file" / "model.pth")
