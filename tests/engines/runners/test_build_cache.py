"""Builds appear whole or not at all, go on where they stood, and count only if this cache made them."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from engines.runners.build_cache import BuildCache, BuildKey, StoredBuild
from engines.runners.failures import BuildCancelledError, BuildError, DamagedBuildError, StorageError

KEY = BuildKey("ab" * 32, 1, "tensorrt_rtx", "fp16", "RTX 4070, driver 580.65", ("tensorrt-rtx-cu13 1.7.1",))
OTHER_DRIVER = replace(KEY, device="RTX 4070, driver 581.00")
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def cache(guise_home: Path) -> BuildCache:
    return BuildCache(guise_home / "builds")


def writes(**files: bytes):
    def make(folder: Path) -> None:
        for name, data in files.items():
            path = folder / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)

    return make


def build(cache: BuildCache, key: BuildKey = KEY, data: bytes = b"engine") -> StoredBuild:
    with cache.building(key) as work:
        work.step("export", writes(step=b"graph"))
        work.step("compile", writes(engine=data))
        return work.finish({"frames_per_second": 25.0})


def visible(cache: BuildCache) -> list[str]:
    return [each.name for each in cache.folder.iterdir() if not each.name.startswith(".")]


def test_a_finished_build_is_found_with_its_files_and_facts(cache):
    assert cache.find(KEY) is None
    assert cache.all() == []
    assert not cache.folder.exists()
    stored = build(cache)
    found = cache.find(KEY)
    assert found == stored
    assert found.read("engine") == b"engine"
    assert found.checked("step").read_bytes() == b"graph"
    assert found.size == 11
    assert found.facts["build"] == {"frames_per_second": 25.0}
    assert BuildCache.read(found.folder / "engine") == b"engine"


@pytest.mark.parametrize(
    "changed",
    [
        replace(KEY, model_sha256="cd" * 32),
        replace(KEY, graph_version=2),
        replace(KEY, runner="tensorrt"),
        replace(KEY, precision="fp32"),
        OTHER_DRIVER,
        replace(KEY, libraries=("tensorrt-rtx-cu13 1.8.0",)),
    ],
)
def test_every_part_of_the_key_counts(cache, changed):
    build(cache)
    assert cache.find(changed) is None


def test_a_new_build_takes_the_stale_one_s_place_and_leaves_the_others(cache):
    stale, other = build(cache), build(cache, replace(KEY, precision="fp32"))
    fresh = build(cache, OTHER_DRIVER, b"newer")
    assert {each.folder for each in cache.all()} == {fresh.folder, other.folder}
    assert not stale.folder.exists()


def test_building_again_replaces_the_build(cache):
    build(cache)
    assert build(cache, data=b"better").read("engine") == b"better"
    assert len(visible(cache)) == 1


def test_nothing_is_visible_before_the_end_and_a_stopped_build_goes_on_where_it_stood(cache):
    stop, made = False, []

    def compiling(folder: Path) -> None:
        nonlocal stop
        (folder / "engine").write_bytes(b"half")
        stop = True

    with cache.building(KEY, lambda: stop) as work:
        work.step("export", lambda folder: made.append(1) or writes(step=b"graph")(folder) or {"seconds": 9})
        with pytest.raises(BuildCancelledError, match="Start it again"):
            work.step("compile", compiling)
    assert visible(cache) == []
    assert cache.find(KEY) is None
    assert not (work.folder / "engine").exists()
    with cache.building(KEY) as work:
        assert work.step("export", lambda _folder: made.append(2)) == {"seconds": 9}
        assert (work.folder / "step").read_bytes() == b"graph"
        work.step("compile", writes(engine=b"whole"))
        stored = work.finish()
    assert made == [1]
    assert stored.read("engine") == b"whole"
    assert not (cache.folder / ".work" / KEY.folder_name).exists()


def test_a_failing_step_leaves_nothing_and_is_done_again(cache):
    def failing(folder: Path) -> None:
        (folder / "engine").write_bytes(b"half")
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"), cache.building(KEY) as work:
        work.step("compile", failing)
    assert [each.name for each in work.folder.iterdir()] == []
    assert build(cache).read("engine") == b"engine"


def test_a_finished_step_whose_file_was_damaged_is_done_again(cache):
    with cache.building(KEY) as work:
        work.step("export", writes(step=b"graph"))
    (work.folder / "step").write_bytes(b"gr\0ph")
    with cache.building(KEY) as work:
        work.step("export", writes(step=b"again"))
        assert work.finish().read("step") == b"again"


def test_folders_inside_a_build_are_kept(cache):
    with cache.building(KEY) as work:
        work.step("compile", writes(blobs__one=b"1", blobs__two=b"22"))
        stored = work.finish()
    assert stored.read("blobs/two") == b"22"


@pytest.mark.parametrize("harm", ["change", "delete"])
def test_a_file_that_is_not_what_was_built_is_never_handed_out(cache, harm):
    stored = build(cache)
    path = stored.folder / "engine"
    path.write_bytes(b"hostil") if harm == "change" else path.unlink()
    for attempt in (
        lambda: stored.read("engine"),
        lambda: stored.checked("engine"),
        lambda: BuildCache.read(path),
    ):
        with pytest.raises(DamagedBuildError, match="Build the model again"):
            attempt()
    assert stored.read("step") == b"graph"


def test_a_build_with_a_file_of_another_size_is_not_found(cache):
    stored = build(cache)
    (stored.folder / "engine").write_bytes(b"")
    assert cache.find(KEY) is None


def test_asking_for_a_file_that_never_was_names_those_there_are(cache):
    with pytest.raises(ValueError, match="engine, step"):
        build(cache).read("../../elsewhere")


def _forged(record: dict) -> dict:
    record["content"]["files"]["engine"]["sha256"] = "0" * 64
    return record


@pytest.mark.parametrize(
    "record",
    [b"", b"{", b"[]", b"{}", b'{"seal": 1, "content": {}}', b"\xff\xfe", b"[" * 100_000, _forged],
    ids=lambda each: "forged" if callable(each) else repr(each[:9]),
)
def test_a_record_this_cache_did_not_write_counts_as_absent(cache, record):
    path = build(cache).folder / "build.json"
    path.write_bytes(
        json.dumps(record(json.loads(path.read_text()))).encode() if callable(record) else record
    )
    assert cache.find(KEY) is None
    assert build(cache).read("engine") == b"engine"


def test_a_build_from_another_cache_counts_as_absent(cache, tmp_path):
    foreign = build(BuildCache(tmp_path / "theirs"))
    build(cache, replace(KEY, precision="fp32"))
    shutil.copytree(foreign.folder, cache.folder / foreign.folder.name)
    assert cache.find(KEY) is None
    with pytest.raises(DamagedBuildError):
        BuildCache.read(cache.folder / foreign.folder.name / "engine")


def test_a_file_beside_the_builds_is_never_read(cache, tmp_path):
    (tmp_path / "engine").write_bytes(b"from the net")
    with pytest.raises(DamagedBuildError, match="not what Guise built"):
        BuildCache.read(tmp_path / "engine")


def test_a_record_of_a_later_version_is_ignored(cache, monkeypatch):
    stored = build(cache)
    monkeypatch.setattr(
        "engines.runners.build_cache.BuildKey", lambda **_fields: (_ for _ in ()).throw(TypeError())
    )
    assert cache.load(stored.folder) is None


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "full"),
        (errno.EROFS, "may not write"),
        (errno.EACCES, "may not write"),
        (errno.EIO, "Check"),
    ],
)
def test_a_disk_that_refuses_is_one_clear_error(cache, number, words):
    def refused(folder: Path) -> None:
        (folder / "engine").write_bytes(b"half")
        raise OSError(number, os.strerror(number))

    with pytest.raises(StorageError, match=words) as caught, cache.building(KEY) as work:
        work.step("compile", refused)
    assert str(cache.folder) in str(caught.value)
    assert not (work.folder / "engine").exists()
    assert visible(cache) == []


def test_a_disk_that_is_full_at_the_last_moment_shows_nothing(cache, monkeypatch):
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with cache.building(KEY) as work:
        work.step("compile", writes(engine=b"engine"))
        with monkeypatch.context() as patch:
            patch.setattr("engines.runners.build_files.os.fsync", full)
            with pytest.raises(StorageError, match="Free some space"):
                work.finish()
        assert visible(cache) == []
        assert work.finish().read("engine") == b"engine"


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    cache = BuildCache(tmp_path / "file" / "builds")
    assert cache.find(KEY) is None
    with pytest.raises(StorageError, match="file"), cache.building(KEY):
        pass


def test_facts_survive_as_they_are_and_what_json_cannot_hold_is_refused(cache):
    facts = {"psnr_db": math.inf, "largest": {"picture": 0.0001}, "list": [1, 2]}
    with cache.building(KEY) as work:
        work.step("compare", lambda _folder: facts)
        work.finish()
    assert cache.find(KEY).facts["compare"] == facts
    with cache.building(OTHER_DRIVER) as work, pytest.raises(BuildError, match="JSON"):
        work.finish({"array": object()})


def test_who_waits_can_give_up_and_who_waited_finds_the_build(cache):
    begun, finish = threading.Event(), threading.Event()

    def first() -> None:
        with cache.building(KEY) as work:
            begun.set()
            finish.wait(10)
            work.step("compile", writes(engine=b"first"))
            work.finish()

    thread = threading.Thread(target=first)
    thread.start()
    begun.wait(10)
    asked = []
    with pytest.raises(BuildCancelledError), cache.building(KEY, lambda: asked.append(1) or len(asked) > 2):
        pass
    finish.set()
    with cache.building(KEY) as work:
        assert work.stored.read("engine") == b"first"
    thread.join()


def test_two_processes_building_at_once_do_not_mix(cache):
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from engines.runners.build_cache import BuildCache, BuildKey\n"
        f"cache, key = BuildCache(Path({str(cache.folder)!r})), {KEY!r}\n"
        "letter = sys.argv[1].encode()\n"
        "def slowly(folder):\n"
        "    with (folder / 'engine').open('wb') as file:\n"
        "        for _ in range(20):\n"
        "            file.write(letter * 100); file.flush(); time.sleep(0.01)\n"
        "for _ in range(3):\n"
        "    with cache.building(key) as work:\n"
        "        work.step('compile', slowly)\n"
        "        work.finish()\n"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, letter], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True
        )
        for letter in "ab"
    ]
    for each in both:
        _, complaint = each.communicate(timeout=60)
        assert (each.returncode, complaint) == (0, "")
    data = cache.find(KEY).read("engine")
    assert data in (b"a" * 2000, b"b" * 2000)
    assert len(visible(cache)) == 1


def test_a_process_killed_in_the_middle_leaves_the_lock_and_finished_steps(cache):
    script = (
        "import os\n"
        "from pathlib import Path\n"
        "from engines.runners.build_cache import BuildCache, BuildKey\n"
        f"cache, key = BuildCache(Path({str(cache.folder)!r})), {KEY!r}\n"
        "with cache.building(key) as work:\n"
        "    work.step('export', lambda folder: (folder / 'step').write_bytes(b'graph') and None)\n"
        "    work.step('compile', lambda folder: (folder / 'engine').write_bytes(b'half') and os._exit(9))\n"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=False).returncode == 9
    assert cache.find(KEY) is None
    with cache.building(KEY) as work:
        work.step("export", lambda _folder: pytest.fail("it was finished"))
        work.step("compile", writes(engine=b"whole"))
        stored = work.finish()
    assert stored.read("engine") == b"whole"


def test_removing_a_model_takes_its_builds_and_what_was_begun(cache):
    build(cache)
    kept = build(cache, replace(KEY, model_sha256="cd" * 32))
    with cache.building(replace(KEY, precision="fp32")) as work:
        work.step("export", writes(step=b"graph"))
    cache.remove_model(KEY.model_sha256)
    assert cache.all() == [kept]
    assert not work.folder.exists()
    cache.remove(kept)
    assert cache.all() == []
    BuildCache(cache.folder / "none").remove_model(KEY.model_sha256)


def test_a_folder_that_knows_no_locks_is_one_clear_error(cache, monkeypatch):
    def unknown(_handle: int) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("engines.runners.build_lock._try_lock", unknown)
    with pytest.raises(StorageError, match="No locks available"), cache.building(KEY):
        pass
