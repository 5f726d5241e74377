"""No edit of an article is missed, also if its file has the size and the time that it had before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from edits import OLD
from sites import NOW, Workspace

from feeds.index import open_index
from feeds.site import open_site
from feeds.sync.process import FileProcessor

BEFORE, AFTER = b"About a", b"Obaut a"


def edit_in_place(file: Path, body: bytes) -> None:
    with file.open("r+b") as stream:
        stream.write(body)


def replace_by_rename(file: Path, body: bytes) -> None:
    new = file.with_name(".new")
    new.write_bytes(body)
    os.utime(new, (OLD, OLD))
    new.rename(file)


def replace_folder(file: Path, body: bytes) -> None:
    """As a checkout, a package store or the next layer of an image does."""
    fresh = file.parent.with_name("fresh")
    shutil.copytree(file.parent, fresh)
    (fresh / file.name).write_bytes(body)
    os.utime(fresh / file.name, (OLD, OLD))
    shutil.rmtree(file.parent)
    fresh.rename(file.parent)


def restore_backup(file: Path, body: bytes) -> None:
    aside = file.parent.with_name("aside")
    aside.write_bytes(body)
    os.utime(aside, (OLD, OLD))
    file.unlink()
    shutil.copy2(aside, file)


@pytest.mark.parametrize("change", [edit_in_place, replace_by_rename, replace_folder, restore_backup])
@pytest.mark.parametrize("folder", ["", "inner/"])
def test_an_edit_that_keeps_size_and_time_is_published(
    workspace: Workspace, change: Callable[[Path, bytes], None], folder: str
) -> None:
    file = workspace.article(f"{folder}a", title=BEFORE.decode())
    os.utime(file, (OLD, OLD))
    workspace.freeze()
    before = file.stat()
    change(file, file.read_bytes().replace(BEFORE, AFTER))
    os.utime(file, (OLD, OLD))
    assert (before.st_size, before.st_mtime_ns) == (file.stat().st_size, file.stat().st_mtime_ns)
    workspace.freeze()
    assert AFTER in workspace.read("all.atom")


def test_a_file_that_an_event_names_is_read_though_its_stamp_is_the_known_one(workspace: Workspace) -> None:
    file = workspace.article("a", title=BEFORE.decode())
    site = open_site(workspace.config, NOW)
    edit_in_place(file, file.read_bytes().replace(BEFORE, AFTER))
    status = file.stat()
    with site.syncer.index.writing() as connection:
        connection.execute(
            "UPDATE files SET size = ?, mtime = ?, ctime = ?, inode = ?",
            (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino),
        )
    assert site.syncer.sync_all(NOW).changes.read == 0
    assert site.syncer.sync_below(["a.md"], NOW).changes.read == 1


def test_a_fresh_clone_is_read_and_not_parsed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        os.utime(workspace.article(f"inner/n{n}"), (OLD, OLD))
    workspace.freeze()
    shutil.copytree(workspace.articles, workspace.folder / "clone")
    shutil.rmtree(workspace.articles)
    (workspace.folder / "clone").rename(workspace.articles)
    opened: list[str] = []
    read = FileProcessor._read_bytes  # noqa: SLF001 - a spy

    def record(processor: FileProcessor, path: str) -> bytes:
        opened.append(path)
        return read(processor, path)

    monkeypatch.setattr(FileProcessor, "_read_bytes", record)
    monkeypatch.setattr("feeds.articles.reader.Reader.parse_matter", None)
    assert workspace.freeze().written == []
    assert sorted(opened) == ["inner/n0.md", "inner/n1.md", "inner/n2.md"]
    workspace.freeze()
    assert len(opened) == 3, "their new stamps are known now"


def test_a_file_whose_status_changed_just_now_is_not_trusted(workspace: Workspace) -> None:
    file = workspace.article("a")
    os.utime(file, (OLD, OLD))
    site = open_site(workspace.config, NOW)
    assert stored_times(workspace) == [(OLD * 10**9, file.stat().st_ctime_ns)]
    edit_in_place(file, file.read_bytes().replace(b"About", b"Obaut"))
    os.utime(file, (OLD, OLD))
    changed = NOW.fromtimestamp(file.stat().st_ctime_ns / 1e9, NOW.tzinfo)
    site.syncer.sync_all(changed)
    assert stored_times(workspace) == [(0, 0)]


def stored_times(workspace: Workspace) -> list[tuple[int, int]]:
    with open_index(workspace.config).reading() as connection:
        return list(connection.execute("SELECT mtime, ctime FROM files"))
