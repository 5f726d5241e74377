"""Freezing: only what changed is written, every file is whole, and the bytes depend on the input alone."""

from __future__ import annotations

import locale
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from effort import stressed
from lxml import etree
from sites import NOW, Workspace, tree

from feeds.errors import StorageError
from feeds.freeze.file_table import FileStamp, Written
from feeds.freeze.folder import OutputFolder
from feeds.freeze.manifest import Manifest


def filled(workspace: Workspace) -> Workspace:
    for n in range(6):
        workspace.article(
            f"a{n}",
            publishedDateTime=f"2024-01-0{n + 1}T00:00:00Z",
            topics=["AI"] if n % 2 else ["Robots"],
            provider={"name": f"P{n}", "domain": f"p{n}.example"},
        )
    return workspace


def test_a_second_freeze_writes_nothing_and_touches_no_file(workspace: Workspace) -> None:
    filled(workspace)
    first = workspace.freeze()
    before = {path: path.stat().st_mtime_ns for path in workspace.output.rglob("*") if path.is_file()}
    second = workspace.freeze()
    assert first.written
    assert not first.deleted
    assert (second.written, second.deleted) == ([], [])
    assert sorted(second.kept) == sorted(first.written)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_changed_article_changes_only_its_own_channels_and_the_index_page(workspace: Workspace) -> None:
    filled(workspace).freeze()
    workspace.article(
        "a1",
        title="Changed",
        publishedDateTime="2024-01-02T00:00:00Z",
        topics=["AI"],
        provider={"name": "P1", "domain": "p1.example"},
    )
    plan = workspace.freeze()
    channels = ("all", "topics/ai", "providers/p1.example")
    expected = {f"{c}{end}" for c in channels for end in (".atom", ".rss", ".json", "/index.html")}
    # Counts and dates in the catalogues are the same as before.
    index = {"search/index/w0-all.txt", "search/index/a-1.txt"}
    assert set(plan.written) == expected | index | {"index.html"}
    assert b"Changed" in workspace.read("topics/ai.atom")


def test_a_file_that_a_wrong_clock_dated_gets_a_time_that_has_come(workspace: Workspace) -> None:
    workspace.configure('[output]\ncompress = ["gzip"]\n')
    workspace.article("a", body="Text. " * 200)
    workspace.freeze()
    manifest = workspace.output / Manifest.NAME
    ahead = time.time_ns() + 10**9 * 86400
    noted = Manifest.load(workspace.output)
    assert noted is not None
    # As a freeze leaves them whose clock is a day ahead; somebody else's file is nothing of ours.
    for name in ("all.atom", "all.atom.gz"):
        os.utime(workspace.output / name, ns=(ahead, ahead))
        table = noted.packed if name.endswith("gz") else noted.files
        table.update({name: Written(table[name].etag, FileStamp(table[name].stamp.size, ahead))})
    manifest.write_bytes(noted.encode())
    other = workspace.output / "other.html"
    other.write_bytes(b"")
    os.utime(other, ns=(ahead, ahead))
    assert workspace.freeze(dry_run=True).written == []
    assert (workspace.output / "all.atom").stat().st_mtime_ns == ahead
    assert workspace.freeze().written == []
    for name in ("all.atom", "all.atom.gz"):
        assert (workspace.output / name).stat().st_mtime <= time.time()
    assert other.stat().st_mtime_ns == ahead
    before = manifest.read_bytes()
    assert workspace.freeze().written == []
    assert manifest.read_bytes() == before


def test_a_new_mtime_on_the_same_bytes_writes_nothing(workspace: Workspace) -> None:
    filled(workspace).freeze()
    for path in workspace.articles.iterdir():
        os.utime(path, (1, 1))
    assert workspace.freeze().written == []


def test_a_deleted_article_goes_and_its_empty_channels_stay(workspace: Workspace) -> None:
    filled(workspace).configure("[topics.Kept]\n")
    path = workspace.article("only", topics=["Kept", "Lost"], provider=None)
    workspace.freeze()
    assert b"About only" in workspace.read("topics/kept.atom")
    path.unlink()
    assert workspace.freeze().deleted == []
    for name in ("kept", "lost"):
        feed = etree.fromstring(workspace.read(f"topics/{name}.atom"))
        assert feed.find("{http://www.w3.org/2005/Atom}entry") is None
    assert b"About only" not in b"".join(tree(workspace.output).values())


def test_an_article_dated_in_the_future_appears_when_its_time_has_come(workspace: Workspace) -> None:
    filled(workspace).article("later", publishedDateTime=NOW + timedelta(hours=1))
    workspace.freeze()
    assert b"About later" not in workspace.read("all.atom")
    workspace.freeze(NOW + timedelta(hours=2))
    assert b"About later" in workspace.read("all.atom")


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns"])
def test_zone_locale_and_folder_order_do_not_change_a_byte(
    workspace: Workspace, tmp_path: Path, zone: str, in_zone: Callable[[str], None]
) -> None:
    filled(workspace).article("naive", publishedDateTime="2024-01-05 10:00", topics=["Zwölf", "AI"])
    workspace.freeze()
    in_zone(zone)
    other = Workspace(tmp_path / "other")
    for path in sorted(workspace.articles.iterdir(), reverse=True):
        shutil.copyfile(path, other.articles / path.name)
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        other.freeze(NOW + timedelta(days=9))
    finally:
        locale.setlocale(locale.LC_ALL, before)
    assert tree(other.output) == tree(workspace.output)


def test_a_dry_run_writes_nothing_and_plans_what_a_freeze_does(workspace: Workspace) -> None:
    filled(workspace)
    planned = workspace.freeze(dry_run=True)
    assert not workspace.output.exists()
    assert workspace.freeze().written == planned.written


def test_a_tampered_or_missing_file_is_mended(workspace: Workspace) -> None:
    filled(workspace).freeze()
    whole = tree(workspace.output)
    (workspace.output / "all.atom").write_bytes(b"broken")
    (workspace.output / "all.rss").unlink()
    plan = workspace.freeze()
    assert sorted(plan.written) == ["all.atom", "all.rss"]
    assert tree(workspace.output) == whole


def test_without_its_index_a_freeze_rewrites_nothing(workspace: Workspace) -> None:
    filled(workspace).freeze()
    shutil.rmtree(workspace.folder / ".feeds")
    assert workspace.freeze().written == []


def test_a_broken_index_is_replaced(workspace: Workspace) -> None:
    filled(workspace).freeze()
    whole = tree(workspace.output)
    workspace.config.index_path.write_bytes(b"this is no database" * 100)
    workspace.freeze()
    assert tree(workspace.output) == whole


def test_a_file_that_no_freeze_wrote_is_never_overwritten_or_deleted(workspace: Workspace) -> None:
    filled(workspace)
    workspace.output.mkdir()
    (workspace.output / "CNAME").write_text("feeds.example.org")
    workspace.freeze()
    workspace.freeze()
    assert (workspace.output / "CNAME").read_text() == "feeds.example.org"
    other = workspace.folder / "other"
    other.mkdir()
    (other / "index.html").write_text("mine")
    with pytest.raises(StorageError, match=r"index\.html: is in the way"):
        workspace.freeze(output=other)
    assert [path.name for path in other.iterdir()] == ["index.html"]
    assert (other / "index.html").read_text() == "mine"


class Killed(BaseException):
    """Stands for the process's end."""


@pytest.mark.slow
def test_a_freeze_stopped_before_any_write_leaves_whole_files_and_is_mended_by_the_next(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(workspace).freeze()
    old = tree(workspace.output)
    for n in range(6):
        workspace.article(f"a{n}", title=f"New {n}", publishedDateTime=f"2024-02-0{n + 1}T00:00:00Z")
    reference = workspace.folder / "reference"
    workspace.freeze(output=reference)
    new = tree(reference)
    write = OutputFolder.write
    for stop in range(0, 30, 1 if stressed() else 4):
        calls = 0

        def stopping(self: OutputFolder, path: str, body: bytes, stop: int = stop) -> None:
            nonlocal calls
            calls += 1
            if calls > stop:
                raise Killed
            write(self, path, body)

        target = workspace.folder / f"stop{stop}"
        shutil.copytree(workspace.output, target)
        monkeypatch.setattr(OutputFolder, "write", stopping)
        try:
            workspace.freeze(output=target)
        except Killed:
            halfway = tree(target)
            assert all(body in (old.get(path), new.get(path)) for path, body in halfway.items())
        monkeypatch.setattr(OutputFolder, "write", write)
        workspace.freeze(output=target)
        assert tree(target) == new
        shutil.rmtree(target)


def test_the_disk_can_begin_before_the_last_file_is_written(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    folder.put_off_syncing()
    folder.write("all.atom", b"first")
    wait = folder.begin_syncing()
    folder.write("all/index.html", b"last")
    wait()
    assert "sync" not in {thread.name for thread in threading.enumerate()}
    folder.sync()
    assert tree(tmp_path) == {"all.atom": b"first", "all/index.html": b"last"}
    # Now each file is synced when it is written, so there is nothing to begin with.
    folder.begin_syncing()()


@pytest.mark.slow
def test_a_freeze_killed_by_the_system_leaves_whole_files_and_is_mended_by_the_next(
    workspace: Workspace,
) -> None:
    for n in range(100):
        workspace.article(
            f"a{n}", topics=[f"T{n}"], publishedDateTime=f"2024-01-01T00:{n // 60:02}:{n % 60:02}Z"
        )
    reference = workspace.folder / "reference"
    workspace.freeze(output=reference)
    new = tree(reference)
    config = str(workspace.folder / "config.toml")
    seen = set()
    for delay in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9) if stressed() else (0.5,):
        shutil.rmtree(workspace.output, ignore_errors=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "feeds", "--config", config, "freeze"], stdout=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        halfway = tree(workspace.output) if workspace.output.exists() else {}
        seen.add(len(halfway))
        assert all(new[path] == body for path, body in halfway.items())
        workspace.freeze()
        assert tree(workspace.output) == new
    assert seen


def test_without_pages_only_feeds_and_lists_are_frozen_and_pages_go_and_come_with_the_setting(
    workspace: Workspace,
) -> None:
    workspace.article("a")
    # Without pages there is no style sheet that feeds could name.
    topics = '[feeds]\nstylesheet = false\n[topics."Artificial Intelligence"]\naliases = ["AI"]\n'
    workspace.configure(topics)
    workspace.freeze()
    whole = tree(workspace.output)
    workspace.configure(f"{topics}[output]\npages = false\n")
    workspace.freeze()
    bare = tree(workspace.output)
    assert bare == {
        path: body
        for path, body in whole.items()
        if path.endswith((".atom", ".rss", ".json", ".opml")) and not path.startswith("search/")
    }
    workspace.configure(topics)
    workspace.freeze()
    assert tree(workspace.output) == whole
