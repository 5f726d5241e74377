"""Frozen trees in an object store: the documents of a folder, with the application's headers, whatever fails."""

from __future__ import annotations

import gzip
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from effort import examples, stressed
from hubs import DRIPS, dripping_hub
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from object_stores import BUCKET, Asked, Fault, Store, let_go, links_nowhere
from sites import CONFIG, NOW, Workspace, as_file, tree
from waiting import PATIENCE, until

from feeds.config import load, override
from feeds.errors import ConfigError, RemovalsError, StorageError
from feeds.freeze.bucket import BucketManifest
from feeds.freeze.freeze import freeze
from feeds.freeze.manifest import Manifest
from feeds.freeze.plan import Outcome
from feeds.lib.storage import clients
from feeds.lib.storage.objects import Objects
from feeds.site import open_site
from feeds.web.app import create

pytestmark = pytest.mark.slow

ADDRESS = f"s3://{BUCKET}/build"
MANIFEST = f"build/{Manifest.NAME}"
BASE = "https://feeds.example.org/"
SMALL = "[feeds]\nlimit = 2\npage_size = 2\n"
# As few documents as show what fails or is counted.
BRIEF = '[feeds]\nformats = ["atom"]\nlimit = 2\npage_size = 2\n[output]\npages = false\n'
RETIRED = "\n[topics.Robots]\nretired = true\n"


def filled(workspace: Workspace) -> Workspace:
    config = workspace.folder / "config.toml"
    config.write_text(config.read_text().replace(RETIRED, ""))
    for n in range(6):
        article(workspace, n)
    return workspace


def article(workspace: Workspace, n: int, title: str = "", topic: str = "") -> None:
    workspace.article(
        f"a{n}",
        title=title or f"About {n}",
        publishedDateTime=datetime(2024, 1, n + 1, tzinfo=UTC),
        topics=[topic or ("AI" if n % 2 else "Robots")],
        provider={"name": f"P{n % 3}", "domain": f"p{n % 3}.example"},
    )


def edited(workspace: Workspace) -> None:
    """An edit of every kind: texts, a topic that comes, one that is retired, an article that goes, some that come."""
    with (workspace.folder / "config.toml").open("a") as config:
        config.write(RETIRED)
    article(workspace, 1, title="New title", topic="Brand new")
    for n in (0, 2, 4):
        article(workspace, n, topic="AI")
    (workspace.articles / "a3.md").unlink()
    for n in (6, 7, 8):
        article(workspace, n, topic="AI")


def upload(workspace: Workspace, **options: Any) -> Outcome:
    site = open_site(workspace.config, NOW)
    return freeze(site.publisher, ADDRESS, **options)


def fail_twice(number: int, what: str, fault: str) -> Fault:
    """Return a fault for one in some requests of a kind, and for their next try, but for no third one.

    A connection that breaks once is made again by the library of HTTP, without a word. The key of a request says
    whether it fails: other threads change nothing.
    """
    met = Counter[str]()

    def answer(asked: Asked) -> str | None:
        if asked.what != what or met[asked.key] > 1 or zlib.crc32(asked.key.encode()) % number:
            return None
        met[asked.key] += 1
        return fault

    return answer


def test_a_tree_in_a_store_holds_the_bytes_of_the_folder(workspace: Workspace, store: Store) -> None:
    filled(workspace).configure(SMALL)
    local = workspace.freeze()
    plan = upload(workspace)
    assert store.tree("build") == tree(workspace.output)
    assert sorted(plan.written) == sorted(local.written)
    assert plan.first
    edited(workspace)
    local, plan = workspace.freeze(), upload(workspace)
    assert store.tree("build") == tree(workspace.output)
    assert (sorted(plan.written), plan.deleted) == (sorted(local.written), local.deleted)


def test_every_object_is_sent_with_the_headers_of_the_application(workspace: Workspace, store: Store) -> None:
    filled(workspace).configure(SMALL)
    upload(workspace)
    site = open_site(workspace.config, NOW)
    client = create(site.publisher).test_client()
    compared, caching = 0, set()
    for file in store.tree("build"):
        # The application searches its index instead of files.
        if file == "404.html" or file.startswith("search/index/"):
            continue
        answer = client.get("/" + file.removesuffix("index.html"))
        stored = store.get(f"build/{file}")
        assert answer.status_code == 200, file
        for name in ("Content-Type", "Cache-Control"):
            assert stored.headers[name.lower()] == answer.headers[name], (file, name)
        assert as_file(answer.data) == stored.body
        caching.add(answer.headers["Cache-Control"])
        compared += 1
    assert compared > 40
    # Full archive documents may be kept for longer than others.
    assert len(caching) == 2


def test_a_second_freeze_reads_the_manifest_and_uploads_nothing(workspace: Workspace, store: Store) -> None:
    filled(workspace).configure(BRIEF)
    first = upload(workspace)
    store.asked.clear()
    second = upload(workspace)
    assert store.counts() == {"LIST": 1, "GET": 1}
    assert (second.written, second.deleted) == ([], [])
    assert sorted(second.kept) == sorted(first.written)


def test_one_changed_article_uploads_its_own_documents_and_the_manifest_twice(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace)
    upload(workspace)
    store.asked.clear()
    article(workspace, 1, title="Changed")
    plan = upload(workspace)
    channels = ("all", "topics/ai", "providers/p1.example")
    expected = {f"{c}{end}" for c in channels for end in (".atom", ".rss", ".json", "/index.html")}
    assert set(plan.written) == expected | {"index.html", "search/index/a-1.txt", "search/index/w0-all.txt"}
    assert store.counts() == {"LIST": 1, "GET": 1, "PUT": len(plan.written) + 2}
    puts = [asked.key for asked in store.asked if asked.what == "PUT"]
    # A claim first; then feeds, pages, the index page, and the manifest.
    assert (puts[0], puts[-2:]) == (MANIFEST, ["build/index.html", MANIFEST])


def test_without_its_index_a_freeze_uploads_nothing_but_the_manifest(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(BRIEF)
    upload(workspace)
    workspace.config.index_path.unlink()
    store.asked.clear()
    assert upload(workspace).written == []
    assert store.counts() == {"LIST": 1, "GET": 1, "PUT": 1}


def test_what_somebody_changed_or_deleted_in_the_store_is_mended(workspace: Workspace, store: Store) -> None:
    filled(workspace)
    upload(workspace)
    whole = store.tree("build")
    store.put("build/all.atom", b"broken")
    store.delete("build/all.rss")
    assert sorted(upload(workspace).written) == ["all.atom", "all.rss"]
    assert store.tree("build") == whole


@pytest.mark.parametrize(
    ("how", "compress"),
    [("gone", "[]"), ("empty", '["gzip"]'), *([("empty", "[]"), ("gone", '["gzip"]')] if stressed() else [])],
)
def test_a_tree_whose_manifest_is_lost_is_adopted_whole(
    workspace: Workspace, store: Store, how: str, compress: str
) -> None:
    small = SMALL + 'formats = ["atom"]\n'
    workspace.configure(f"{small}[output]\ncompress = {compress}\n")
    filled(workspace)
    upload(workspace)
    store.put("build/about.html", b"<title>Mine</title>")
    if how == "gone":
        store.delete(MANIFEST)
    else:
        store.put(MANIFEST, b"")
    edited(workspace)
    # The index is new too, so nothing but the objects themselves tells what they are.
    workspace.config.index_path.unlink()
    outcome = upload(workspace)
    assert not outcome.first
    assert "topics/robots.atom" in outcome.deleted
    workspace.configure(small + RETIRED)
    workspace.freeze()
    there = {name: unpacked(body) for name, body in store.tree("build").items()}
    assert there == {**tree(workspace.output), "about.html": b"<title>Mine</title>"}
    workspace.configure(f"{small}[output]\ncompress = {compress}\n{RETIRED}")
    assert upload(workspace).written == []


def unpacked(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def test_a_lost_manifest_and_an_object_of_somebody_else_in_the_way_change_nothing(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace)
    upload(workspace)
    store.delete(MANIFEST)
    store.put("build/topics/ai/index.html", b"<title>Mine</title>")
    edited(workspace)
    before = store.tree("build")
    with pytest.raises(StorageError, match=r"topics/ai/index\.html: is in the way"):
        upload(workspace)
    assert store.tree("build") == before


def test_compressed_bytes_have_the_plain_name_and_say_how_they_are_compressed(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).freeze()
    workspace.configure('[output]\ncompress = ["gzip"]\n')
    upload(workspace)
    packed = 0
    for file, body in tree(workspace.output).items():
        stored = store.get(f"build/{file}")
        if stored.headers.get("content-encoding") == "gzip":
            packed += 1
            assert len(stored.body) < len(body)
            assert gzip.decompress(stored.body) == body
        else:
            assert stored.body == body
    assert packed > 20
    store.asked.clear()
    assert upload(workspace).written == []
    assert "PUT" not in store.counts()
    workspace.configure()
    assert len(upload(workspace).written) == len(tree(workspace.output))
    assert store.tree("build") == tree(workspace.output)
    assert "content-encoding" not in store.get("build/all.atom").headers


def test_a_page_is_uploaded_again_if_only_its_headers_change(workspace: Workspace, store: Store) -> None:
    filled(workspace)
    upload(workspace)
    workspace.configure("[feeds]\nttl = 60\n")
    upload(workspace)
    for file in store.tree("build"):
        assert "max-age=3600," in store.get(f"build/{file}").headers["cache-control"]


class Killed(BaseException):
    """Stands for the process's end."""


def stop_after(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow this number of objects to be written or deleted, one after the other, and none after them."""
    done = 0

    def allowed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Objects, name: str, *rest: Any, **more: Any) -> Any:
            nonlocal done
            if done >= number:
                raise Killed
            done += 1
            return method(self, name, *rest, **more)

        return call

    monkeypatch.setattr("feeds.lib.storage.objects.SIDE_BY_SIDE", 1)
    for method in ("_write", "_delete"):
        monkeypatch.setattr(Objects, method, allowed(getattr(Objects, method)))


@pytest.mark.parametrize("first", [True, False], ids=["the first freeze", "an edit"])
def test_stopped_after_any_request_no_link_leads_nowhere_and_the_next_freeze_completes_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, *, first: bool
) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    address = "memory://stops/build"
    monkeypatch.setattr(MemoryFileSystem, "store", {})

    def now() -> dict[str, bytes]:
        found = {name: one.getvalue() for name, one in MemoryFileSystem.store.items()}
        return {n.removeprefix("/stops/build/"): b for n, b in found.items() if ".feeds-" not in n}

    def run() -> None:
        freeze(open_site(workspace.config, NOW).publisher, address)

    filled(workspace).configure(SMALL)
    known = {"index.html"}
    if not first:
        run()
        known |= now().keys()
        edited(workspace)
    old = now()
    start = dict(MemoryFileSystem.store)
    workspace.freeze()
    new = tree(workspace.output)
    # Each request under stress; each thirteenth takes minutes less.
    stops, step = 0, 1 if stressed() else 13
    while True:
        MemoryFileSystem.store.clear()
        MemoryFileSystem.store.update(start)
        with monkeypatch.context() as patch:
            stop_after(stops, patch)
            try:
                run()
            except Killed:
                pass
            else:
                break
        halfway = now()
        assert all(body in (old.get(file), new.get(file)) for file, body in halfway.items())
        # What goes with a topic goes one by one; what stays links to none of it by then.
        begun = not old.keys() <= halfway.keys()
        assert list(links_nowhere(halfway, known & new.keys() if begun else known, BASE)) == [], stops
        assert old.keys() & new.keys() <= halfway.keys()
        run()
        assert now() == new
        stops += step
    assert now() == new
    assert stops > 50


def command(workspace: Workspace, *options: str) -> list[str]:
    config = str(workspace.folder / "config.toml")
    return [sys.executable, "-m", "feeds", "--config", config, "freeze", *options]


def test_killed_at_an_upload_documents_are_whole_and_the_next_freeze_completes_them(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(BRIEF)
    upload(workspace)
    old = store.tree("build")
    edited(workspace)
    workspace.freeze()
    new = tree(workspace.output)
    # Before anything is there, in the middle, and among the last.
    for number in (1, 2, 5, 9) if stressed() else (2, 9):
        running: list[subprocess.Popen[bytes]] = []
        uploads = 0

        def kill(
            asked: Asked, number: int = number, running: list[subprocess.Popen[bytes]] = running
        ) -> None:
            nonlocal uploads
            uploads += asked.what == "PUT"
            # Two at once may both have been counted.
            if uploads >= number:
                until(lambda: running)
                running[0].kill()

        store.fault = kill
        with store.settling():
            running.append(
                subprocess.Popen(command(workspace, "--output", ADDRESS), stdout=subprocess.DEVNULL)
            )
            assert running[0].wait() == -9
        store.fault = lambda _asked: None
        halfway = store.tree("build")
        assert all(body in (old.get(file), new.get(file)) for file, body in halfway.items())
        upload(workspace)
        assert store.tree("build") == new
        # Back to where it began.
        for file in store.tree("build"):
            store.put(f"build/{file}", old[file]) if file in old else store.delete(f"build/{file}")
        for file in old.keys() - new.keys():
            store.put(f"build/{file}", old[file])


def test_two_freezes_in_processes_of_their_own_end_well_or_with_a_sentence(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(BRIEF)
    workspace.freeze()
    both = [
        subprocess.Popen(
            command(workspace, "--output", ADDRESS), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1].decode() for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes
    assert all(
        text == "" if code == 0 else "another freeze has begun" in text
        for code, text in zip(codes, said, strict=True)
    )
    upload(workspace)
    assert store.tree("build") == tree(workspace.output)


def test_deletions_come_after_the_manifest_and_a_freeze_stopped_before_them_is_completed(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(workspace).configure(BRIEF)
    upload(workspace)
    edited(workspace)
    workspace.freeze()
    with monkeypatch.context() as patch:
        patch.setattr(Objects, "remove", lambda _self, _names: None)
        plan = upload(workspace)
    assert "topics/robots.atom" in plan.deleted
    assert set(plan.deleted) <= store.tree("build").keys()
    store.asked.clear()
    assert upload(workspace).deleted == plan.deleted
    assert store.counts() == {"LIST": 1, "GET": 1, "DELETE": len(plan.deleted)}
    assert store.tree("build") == tree(workspace.output)
    store.asked.clear()
    assert upload(workspace).deleted == []
    assert store.counts() == {"LIST": 1, "GET": 1}


def test_what_a_stopped_freeze_has_uploaded_is_not_uploaded_again(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.freeze.upload._NOTED", 5)
    filled(workspace)
    with monkeypatch.context() as patch:
        stop_after(30, patch)
        with pytest.raises(Killed):
            upload(workspace)
    there = len(store.tree("build"))
    plan = upload(workspace)
    assert len(plan.kept) >= there - 5
    assert len(plan.written) + len(plan.kept) == len(store.tree("build"))


def test_a_document_that_a_stopped_freeze_was_about_to_write_goes_if_the_site_has_it_no_more(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(workspace).configure(BRIEF)
    upload(workspace)
    article(workspace, 9, topic="Short lived")
    with monkeypatch.context() as patch:
        stop_after(4, patch)
        with pytest.raises(Killed):
            upload(workspace)
    assert any("short-lived" in file for file in store.tree("build"))
    (workspace.articles / "a9.md").unlink()
    upload(workspace)
    workspace.freeze()
    assert store.tree("build") == tree(workspace.output)


def test_what_no_freeze_has_written_is_neither_replaced_nor_deleted(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace)
    store.put("build/index.html", b"mine")
    store.put("build/CNAME", b"feeds.example.org")
    with pytest.raises(StorageError, match=r"s3://site/build/index\.html: is in the way"):
        upload(workspace)
    assert "PUT" not in store.counts()
    store.delete("build/index.html")
    store.put("build/robots.txt", b"User-agent: *")
    store.put("buildings", b"not in the folder")
    upload(workspace)
    article(workspace, 1, title="Changed")
    upload(workspace)
    assert store.get("build/CNAME").body == b"feeds.example.org"
    assert store.get("build/robots.txt").body == b"User-agent: *"
    assert store.get("buildings").body == b"not in the folder"


def test_of_two_freezes_at_once_one_ends_with_a_sentence_and_the_next_is_right(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(BRIEF)
    upload(workspace)
    edited(workspace)
    workspace.freeze()
    met: list[Asked] = []

    def other(asked: Asked) -> None:
        """Another freeze does all of its work when the first has just begun to upload."""
        if asked.what == "PUT" and asked.key != MANIFEST and not met:
            met.append(asked)
            upload(workspace)

    store.fault = other
    with pytest.raises(StorageError, match="another freeze has begun to write there"):
        upload(workspace)
    assert met
    store.fault = lambda _asked: None
    upload(workspace)
    assert store.tree("build") == tree(workspace.output)
    store.asked.clear()
    upload(workspace)
    assert store.counts() == {"LIST": 1, "GET": 1}


def test_what_a_freeze_uploads_after_it_has_lost_its_claim_is_found_and_goes(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(BRIEF)
    upload(workspace)
    article(workspace, 9, topic="Short lived")
    met: list[Asked] = []

    def other(asked: Asked) -> None:
        if asked.what == "PUT" and asked.key != MANIFEST and not met:
            met.append(asked)
            (workspace.articles / "a9.md").unlink()
            upload(workspace)

    store.fault = other
    with pytest.raises(StorageError, match="another freeze has begun to write there"):
        upload(workspace)
    store.fault = lambda _asked: None
    assert any("short-lived" in file for file in store.tree("build"))
    upload(workspace)
    workspace.freeze()
    assert store.tree("build") == tree(workspace.output)
    store.asked.clear()
    upload(workspace)
    assert store.counts() == {"LIST": 1, "GET": 1}


def test_a_manifest_that_somebody_deletes_meanwhile_is_reported_and_the_next_freeze_is_right(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace)
    upload(workspace)
    article(workspace, 1, title="Changed")

    def lose(asked: Asked) -> None:
        if asked.what == "PUT" and asked.key == "build/index.html":
            store.delete(MANIFEST)

    store.fault = lose
    with pytest.raises(StorageError, match="another freeze has begun to write there"):
        upload(workspace)
    store.fault = lambda _asked: None
    workspace.freeze()
    upload(workspace)
    assert store.tree("build") == tree(workspace.output)


def test_two_first_freezes_do_not_both_claim_a_tree(workspace: Workspace, store: Store) -> None:
    filled(workspace).configure(BRIEF)
    began: list[Asked] = []

    def other(asked: Asked) -> None:
        if asked == ("PUT", MANIFEST) and not began:
            began.append(asked)
            upload(workspace)

    store.fault = other
    with pytest.raises(StorageError, match="another freeze has begun to write there"):
        upload(workspace)
    workspace.freeze()
    assert store.tree("build") == tree(workspace.output)


@pytest.mark.parametrize(
    "fault", ["500", pytest.param("503", marks=pytest.mark.stress), "reset", "lost", "hang"]
)
def test_requests_that_fail_for_the_moment_are_tried_again_and_reported(
    workspace: Workspace, store: Store, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "hang":
        let_go()
        # On a busy machine, others come too late as well: the fewer there are at a time, the fewer of them.
        monkeypatch.setattr("feeds.lib.storage.objects.SIDE_BY_SIDE", 4)
        monkeypatch.setattr(clients, "READ_SECONDS", 0.6)
        store.hang_seconds = 1.2
        monkeypatch.setattr(clients, "PAUSES", (0.01,) * 100)
    filled(workspace).configure(BRIEF)
    workspace.freeze()
    told: list[str] = []
    # What hangs is waited for.
    some = 8 if fault == "hang" else 4
    for what, number in (("LIST", 1), ("PUT", some)):
        before = len(told)
        store.fault = fail_twice(number, what, fault)
        upload(workspace, say=told.append)
        assert len(told) > before, what
        store.forget()
    store.fault = fail_twice(some, "PUT", fault)
    upload(workspace)
    store.fault = fail_twice(1, "GET", fault)
    upload(workspace)
    store.fault = lambda _asked: None
    assert store.tree("build") == tree(workspace.output)
    assert all("trying again" in text and "s3://site/build" in text for text in told)
    if fault == "hang":
        let_go()


def test_after_the_last_try_the_object_is_named_and_the_next_freeze_goes_on(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace)
    workspace.freeze()
    store.fault = lambda asked: "500" if asked == ("PUT", "build/topics/ai.rss") else None
    with pytest.raises(StorageError, match=r"^s3://site/build/topics/ai\.rss: cannot be written: .*internal"):
        upload(workspace)
    assert sum(asked.key == "build/topics/ai.rss" for asked in store.asked) == 4
    there = store.tree("build")
    assert "index.html" not in there
    store.fault = lambda _asked: None
    plan = upload(workspace)
    assert set(plan.kept) == there.keys()
    assert store.tree("build") == tree(workspace.output)


def test_a_listing_that_is_late_is_no_other_freeze(workspace: Workspace, store: Store) -> None:
    """An eventually consistent store lists what was there some time ago; objects themselves are up to date."""
    filled(workspace).configure(BRIEF)
    upload(workspace)
    for is_late in (False, True):
        # First nothing is listed, then the tree of the first freeze.
        for n in (1, 2):
            store.lists_late = is_late or n > 1
            article(workspace, n, title=f"New {n} {is_late}")
            upload(workspace)
        workspace.freeze()
        assert store.tree("build") == tree(workspace.output)
    store.lists_late = False
    upload(workspace)
    store.asked.clear()
    upload(workspace)
    assert store.counts() == {"LIST": 1, "GET": 1}, "on time again, nothing is left to do"


def test_a_first_tree_that_is_not_listed_yet_is_ours(workspace: Workspace, store: Store) -> None:
    filled(workspace).configure(BRIEF)
    with pytest.raises(StorageError):
        upload_unless_denied(workspace, store)
    store.lists_late = True
    upload(workspace)
    article(workspace, 1, title="New title")
    plan = upload(workspace)
    assert not plan.first
    workspace.freeze()
    assert store.tree("build") == tree(workspace.output)


def upload_unless_denied(workspace: Workspace, store: Store) -> None:
    """Have an empty bucket listed, and nothing written."""
    store.fault = lambda asked: "403" if asked.what == "PUT" else None
    try:
        upload(workspace)
    finally:
        store.fault = lambda _asked: None


def test_a_late_listing_does_not_hide_another_freeze(workspace: Workspace, store: Store) -> None:
    filled(workspace).configure(BRIEF)
    upload(workspace)
    upload(workspace)
    store.lists_late = True
    article(workspace, 1, title="Mine")
    met: list[Asked] = []

    def other(asked: Asked) -> None:
        if asked.what == "PUT" and asked.key != MANIFEST and not met:
            met.append(asked)
            article(workspace, 2, title="Theirs")
            upload(workspace)

    store.fault = other
    with pytest.raises(StorageError, match="another freeze has begun to write there"):
        upload(workspace)


def test_a_store_that_asks_to_slow_down_gets_fewer_uploads_at_a_time_and_all_of_them_in_the_end(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(BRIEF)
    workspace.freeze()
    most, told = [0], list[str]()

    def busy(asked: Asked) -> str | None:
        """Refuse what comes beside more than two others, and every object four times first: as often as others are."""
        if asked.what != "PUT":
            return None
        tries = sum(one == asked for one in store.asked)
        most[0] = max(most[0], store.at_work.number) if len(store.asked) > 200 else most[0]
        return "503" if tries <= 4 or store.at_work.number > 3 else None

    store.fault = busy
    upload(workspace, say=told.append)
    assert store.tree("build") == tree(workspace.output)
    assert most[0] <= 8, "sixteen at the beginning"
    assert len(told) <= 4


def test_patience_ends_and_then_the_object_is_named_and_nobody_is_waited_for(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(f"{BRIEF}patience = 1\n")
    store.fault = lambda asked: "503" if asked.what == "PUT" and asked.key != MANIFEST else None
    began = time.monotonic()
    with pytest.raises(StorageError, match=r"^s3://site/build/.+: cannot be written: .*reduce"):
        upload(workspace)
    assert 1 <= time.monotonic() - began < PATIENCE
    keys: list[str] = []

    def deny_one(asked: Asked) -> str | None:
        if asked.what != "PUT" or asked.key == MANIFEST:
            return None
        keys.append(asked.key)
        return "403" if asked.key == keys[0] and len(keys) > 40 else "503"

    store.fault = deny_one
    workspace.configure(BRIEF)
    began = time.monotonic()
    with pytest.raises(StorageError, match="access is denied"):
        upload(workspace)
    assert time.monotonic() - began < PATIENCE, (
        "what fails for good ends the patience of all, which is ten minutes"
    )


def test_calls_at_a_time_are_halved_when_a_store_is_busy_and_grow_again_one_by_one() -> None:
    pace = clients.Pace(16)
    for limit in (8, 4, 2, 1, 1):
        pace.slow_down()
        assert pace.limit == limit
    calls = 0
    while pace.limit < 16:
        with pace.turn():
            calls += 1
        pace.speed_up()
    assert 100 <= calls <= 150
    pace.speed_up()
    assert pace.limit == 16


def test_an_error_that_another_try_would_not_change_is_reported_at_once(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(BRIEF)
    store.fault = lambda asked: "403" if asked.what == "PUT" else None
    with pytest.raises(StorageError, match=r"cannot be written: access is denied"):
        upload(workspace)
    assert store.counts()["PUT"] == 1
    store.fault = lambda asked: "403" if asked.what == "DELETE" else None
    store.forget()
    upload(workspace)
    edited(workspace)
    store.fault = lambda asked: "403" if asked.what == "DELETE" else None
    with pytest.raises(StorageError, match=r"cannot be deleted: access is denied"):
        upload(workspace)
    site = open_site(workspace.config, NOW)
    with pytest.raises(StorageError, match="there is no such bucket"):
        freeze(site.publisher, "s3://nowhere/build")


def test_a_dry_run_asks_and_writes_nothing(workspace: Workspace, store: Store) -> None:
    filled(workspace)
    planned = upload(workspace, dry_run=True)
    assert store.names() == []
    assert sorted(upload(workspace).written) == sorted(planned.written)
    edited(workspace)
    whole = store.tree("build")
    planned = upload(workspace, dry_run=True)
    assert store.tree("build") == whole
    done = upload(workspace)
    assert (planned.written, planned.kept, planned.deleted) == (done.written, done.kept, done.deleted)


def test_a_tree_is_not_emptied_unasked(workspace: Workspace, store: Store) -> None:
    workspace.configure(BRIEF)
    for n in range(20):
        workspace.article(f"a{n}")
    upload(workspace)
    whole = store.tree("build")
    for n in range(15):
        (workspace.articles / f"a{n}.md").unlink()
    # The index is new, so only the tree knows how many there were.
    workspace.config.index_path.unlink()
    with pytest.raises(RemovalsError, match="15 of 20 articles are gone"):
        upload(workspace)
    assert store.tree("build") == whole
    config = override(workspace.config, allow_removals=True)
    freeze(open_site(config, NOW).publisher, ADDRESS)
    workspace.freeze()
    assert store.tree("build") == tree(workspace.output)


def test_the_old_address_of_a_renamed_topic_holds_what_the_new_one_holds(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure('[topics."Artificial Intelligence"]\naliases = ["AI"]\n')
    upload(workspace)
    new = store.get("build/topics/artificial-intelligence.atom")
    old = store.get("build/topics/ai.atom")
    assert (old.body, old.headers["content-type"]) == (new.body, new.headers["content-type"])


def test_the_command_writes_to_an_address_and_says_what_is_wrong(workspace: Workspace, store: Store) -> None:
    filled(workspace).configure(f'[output]\npath = "{ADDRESS}/"\n')
    done = subprocess.run(command(workspace), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{ADDRESS}: " in done.stdout
    workspace.freeze()
    assert store.tree("build") == tree(workspace.output)
    assert (workspace.folder / ".feeds" / "index.sqlite").is_file()
    done = workspace.run("freeze", "--output", "s3://nowhere/at/all")
    assert done.returncode == 2
    assert done.stderr == "s3://nowhere/at/all: cannot be listed: there is no such bucket.\n"


def test_without_the_package_of_a_store_the_message_says_what_to_install(workspace: Workspace) -> None:
    filled(workspace)
    program = (
        "import sys; sys.modules['s3fs'] = None; from feeds.cli import main;"
        f"main(['--config', {str(workspace.folder / 'config.toml')!r}, 'freeze', '--output', 's3://a/b'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == 's3://a/b: needs the package s3fs. Install it with: pip install "feeds[s3]"\n'


def test_a_folder_needs_nothing_of_stores(workspace: Workspace) -> None:
    filled(workspace)
    program = (
        "import sys; from feeds.cli import main;"
        f"main(['--config', {str(workspace.folder / 'config.toml')!r}, 'freeze'], standalone_mode=False);"
        "print(sorted(m for m in sys.modules if 'fsspec' in m or m.startswith(('feeds.lib.storage', 'feeds.sync.object_articles'))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    of_folders = ["", ".file_names", ".files", ".statuses", ".stray_files"]
    assert done.stdout.splitlines()[-1] == str([f"feeds.lib.storage{name}" for name in of_folders])


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        ('[output]\npath = "ftp://host/site"', "output.path", "names no store"),
        ('[output]\npath = "s3://"', "output.path", "names no bucket"),
        ('[output]\npath = "s3://bucket/../other"', "output.path", "names no bucket"),
        ('[output]\npath = "s3://key:secret@bucket/x"', "output.path", "has more than"),
        ('[output]\npath = "s3://bucket"\ncompress = ["br"]', "output.compress", "names a coding"),
        ('[output]\npath = "s3://bucket"\nhosts = ["nginx"]', "output.hosts", "goes with an output folder"),
        ("[server]\npoll = 0", "server.poll", "is 0"),
    ],
)
def test_an_address_that_cannot_be_used_is_a_fault_of_the_configuration(
    workspace: Workspace, table: str, key: str, message: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        workspace.configure(f"{table}\n")
    (problem,) = raised.value.problems
    assert problem.field == key
    assert message in problem.message
    assert "secret" not in str(raised.value)


def test_a_tree_among_the_articles_is_a_fault(workspace: Workspace) -> None:
    base = CONFIG.replace('"articles"', '"s3://bucket/site"')
    with pytest.raises(ConfigError, match="is among the articles"):
        workspace.configure('[output]\npath = "s3://bucket/site/build"\n', base)
    workspace.configure('[output]\npath = "s3://bucket/site-build"\n', base)
    with pytest.raises(ConfigError, match=r"--output.*is among the articles"):
        override(load(workspace.folder / "config.toml"), output="s3://bucket/site/build")


def test_the_manifest_says_which_state_the_tree_shows_and_is_kept_by_no_cache(
    workspace: Workspace, store: Store
) -> None:
    filled(workspace).configure(BRIEF)
    upload(workspace)
    workspace.freeze()
    stored = store.get(MANIFEST)
    manifest = msgspec.json.decode(stored.body, type=BucketManifest)
    local = Manifest.load(workspace.output)
    for name in ("generation", "token", "site", "layout", "articles"):
        assert getattr(manifest, name) == getattr(local, name)
    assert set(manifest.files) == store.tree("build").keys()
    assert stored.headers["cache-control"] == "no-store"


def test_a_store_that_tells_no_marks_is_listed_once_more(
    workspace: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(workspace).configure(BRIEF)
    with monkeypatch.context() as patch:
        patch.setattr(Objects, "put", lambda self, *what: self._write(what[0], what[1], {}) and None)
        upload(workspace)
    lists = store.counts()["LIST"]
    store.asked.clear()
    assert lists == 2
    assert upload(workspace).written == []
    assert store.counts() == {"LIST": 1, "GET": 1}


def test_articles_and_tree_may_both_be_in_a_store(workspace: Workspace, store: Store, tmp_path: Path) -> None:
    filled(workspace).freeze()
    store.fill(workspace.articles, "articles")
    other = Workspace(tmp_path / "other")
    other.configure(
        "[output]\npath = " + f'"{ADDRESS}"\n', CONFIG.replace('"articles"', f'"s3://{BUCKET}/articles"')
    )
    upload(other)
    assert store.tree("build") == tree(workspace.output)


EDITS = st.lists(
    st.tuples(
        st.integers(0, 7), st.sampled_from(["AI", "Robots", "Rare", ""]), st.none() | st.integers(0, 60)
    ),
    min_size=1,
    max_size=4,
)


@examples(6, 150, HealthCheck.function_scoped_fixture)
@given(edits=EDITS)
def test_after_any_edits_and_stops_a_tree_in_a_store_is_that_of_a_folder(
    in_memory: Path, monkeypatch: pytest.MonkeyPatch, edits: list[tuple[int, str, int | None]]
) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    monkeypatch.setattr(MemoryFileSystem, "store", {})
    with tempfile.TemporaryDirectory(dir=in_memory) as folder:
        workspace = filled(Workspace(Path(folder) / "site"))
        workspace.configure(f'{SMALL}[freeze]\nmax_removed = "100%"\n')
        for number, topic, stop in edits:
            # Without a topic, the article goes.
            if topic:
                article(workspace, number, topic=topic)
            else:
                (workspace.articles / f"a{number}.md").unlink(missing_ok=True)
            with monkeypatch.context() as patch, suppress(Killed):
                if stop is not None:
                    stop_after(stop, patch)
                freeze(open_site(workspace.config, NOW).publisher, "memory://any/build")
        freeze(open_site(workspace.config, NOW).publisher, "memory://any/build")
        workspace.freeze()
        there = {n.removeprefix("/any/build/"): one.getvalue() for n, one in MemoryFileSystem.store.items()}
        assert {n: b for n, b in there.items() if ".feeds-" not in n} == tree(workspace.output)


DRIPPING = {
    "headers": DRIPS["headers"],
    "a body": b'HTTP/1.1 200 OK\r\nContent-Length: 99999\r\nETag: "a"\r\n\r\n',
}


@pytest.mark.parametrize("drip", DRIPPING)
def test_a_store_that_sends_byte_by_byte_has_a_deadline_for_each_call(
    object_store: Store, monkeypatch: pytest.MonkeyPatch, drip: str
) -> None:
    from s3fs import S3FileSystem

    del object_store  # whose environment has credentials
    with dripping_hub(DRIPPING[drip]) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        S3FileSystem.clear_instance_cache()
        objects = Objects(ADDRESS, seconds=0.2)
        calls: list[Callable[[], object]] = [
            objects.list_objects,
            lambda: objects.read("a", 10),
            lambda: objects.put("a", b"a", {}),
            lambda: objects.remove(["a"]),
        ]
        for call in calls:
            began = time.monotonic()
            with pytest.raises(StorageError, match="did not finish its answer in time"):
                call()
            assert time.monotonic() - began < PATIENCE
    S3FileSystem.clear_instance_cache()
