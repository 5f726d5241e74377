"""However folders change, an index that was kept knows what a new one knows."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from edits import EDIT, OLD, edit, known
from effort import examples
from hypothesis import example, given
from hypothesis import strategies as st
from sites import NOW, Workspace

from feeds.index import migrations, open_index
from feeds.index.read.channels import Offsets
from feeds.index.sql import get_meta, set_meta
from feeds.index.sqlite import SqliteIndex
from feeds.index.sqlite.connections import SqliteConnection
from feeds.index.write import known_files
from feeds.publisher.fingerprint import fingerprint
from feeds.site import open_site
from feeds.sync import mappers
from feeds.sync.scan import ScanRules, scan
from feeds.sync.syncer import Syncer


@pytest.mark.slow
@examples(30, 1000)
@given(st.lists(EDIT, min_size=1, max_size=10))
@example([("write", "a", 1), ("write", "a/b", 0), ("delete", "a", 1)])
def test_after_any_edits_a_sync_knows_what_a_new_index_knows(edits: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        site = Workspace(Path(place) / "site")
        config, now, numbers = site.config, NOW, count(1)
        site.article("future", publishedDateTime=(NOW + timedelta(days=2)).isoformat())
        kept = Syncer(config, open_index(config), fingerprint(config))
        kept.sync_all(now)
        for what, folder, n in edits:
            edit(site, what, folder, f"n{n}", next(numbers))
            now += timedelta(days=1) if what == "later" else timedelta(0)
            if what == "partly":
                kept.sync_below([folder or f"n{n}.md"], now)
            elif what != "nothing":
                kept.sync_all(now)
        kept.sync_all(now)
        anew = Syncer(config, SqliteIndex(Path(place) / "anew.sqlite"), fingerprint(config))
        anew.sync_all(now)
        assert known(kept.index) == known(anew.index)


def test_a_folder_is_not_compared_again_only_while_its_files_are_those_that_are_known(
    workspace: Workspace,
) -> None:
    for path in ("a/one", "a/two", "b/three"):
        os.utime(workspace.article(path), (OLD, OLD))
    config = workspace.config
    syncer = Syncer(config, open_index(config), fingerprint(config))

    def compared() -> set[str]:
        with syncer.index.reading() as connection:
            known = known_files.read_known_folders(connection)
        found = scan(config.articles_path, ScanRules.of(config), known)
        syncer.sync_all(NOW)
        return set(found.folders)

    assert compared() == {"a", "b"}
    assert compared() == set()
    os.utime(workspace.article("a/two", title="Edited"), (OLD, OLD + 1))
    assert compared() == {"a"}
    assert compared() == set()
    workspace.article("b/fresh")
    os.utime(workspace.articles / "b/fresh.md", (OLD, NOW.timestamp()))
    assert compared() == {"b"}
    assert compared() == {"b"}, "a file that may still be written is not trusted by its time"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_folders_are_listed_the_same_in_processes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(40):
        workspace.article(f"{n % 20}/inner{n % 3}/{n}")
    (workspace.articles / "link.md").symlink_to("/etc/hosts")
    for name in (b"0/caf\xe9", b"1/na\xefve.md", b"2/f\xe9"):
        (workspace.articles / os.fsdecode(name)).symlink_to("/etc/hosts" if b"." in name else "/etc")
    rules = ScanRules.of(workspace.config)
    here = scan(workspace.articles, rules)
    monkeypatch.setattr(mappers, "WORTH_LISTING_APART", 1)
    apart = scan(workspace.articles, rules, {}, mappers.map_folders_by_size)
    assert len(here.files) == 40
    assert sorted(problem.code for problem in here.problems) == ["bad-name"] * 3 + ["outside"]
    assert (here.files, here.folders, set(here.problems)) == (apart.files, apart.folders, set(apart.problems))


@given(st.lists(st.tuples(st.integers(1, 2), st.integers(0, 12)), max_size=12))
@examples(15, 400)
def test_places_are_the_same_whichever_were_asked_for_before(asked: list[tuple[int, int]]) -> None:
    with closing(sqlite3.connect(":memory:", factory=SqliteConnection)) as connection:
        for statement in migrations.MIGRATIONS[0].both:
            connection.execute(statement)
        found = {1: [(n // 3, f"id{n}") for n in range(10)], 2: [(n, "id") for n in range(4)]}
        rows = [(key, *place, 0, "") for key, places in found.items() for place in places]
        connection.executemany("INSERT INTO members VALUES (?, ?, ?, ?, ?)", rows)
        places = Offsets(connection)
        for key, skip in asked:
            place = places.find(key, skip)
            expected = found[key][skip] if skip < len(found[key]) else None
            assert place == expected or (skip == 0 and place is not None and place < found[key][0])


def test_an_article_that_is_moved_while_the_folders_are_listed_is_not_lost(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders_of_two = {workspace.article(f"{name}/x", title=name).parent for name in ("one", "two")}
    workspace.freeze()
    listed: list[Path] = []
    look = os.scandir

    def moved_meanwhile(path: str) -> Any:
        if Path(path) not in folders_of_two:
            return look(path)
        entries = list(look(path))
        if not listed:
            listed.append(Path(path))
            (other,) = folders_of_two - set(listed)
            (other / "x.md").rename(listed[0] / "y.md")
        return entries

    monkeypatch.setattr(os, "scandir", moved_meanwhile)
    workspace.freeze()
    monkeypatch.undo()
    assert listed
    for title in (b">one<", b">two<"):
        assert title in workspace.read("all.atom")


def test_an_article_whose_move_is_told_by_halves_is_not_lost(workspace: Workspace) -> None:
    site = open_site(workspace.config, NOW)
    old = workspace.article("a")
    site.syncer.sync_all(NOW)
    old.rename(workspace.articles / "b.md")
    for path in ("a.md", "b.md"):
        site.syncer.sync_below([path], NOW)
        with site.publisher.snapshot() as snapshot:
            document = snapshot.document("all.atom")
            assert document is not None
            assert b"About a" in document.body


@pytest.mark.parametrize("before", [None, b"no database" * 999], ids=["missing", "damaged"])
def test_an_index_that_another_process_made_meanwhile_is_used_and_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    path = tmp_path / "index.sqlite"
    if before is not None:
        path.write_bytes(before)
    others: list[SqliteIndex] = []
    read_version = SqliteIndex._read_version  # noqa: SLF001 - the step between looking and making

    def let_another_make_it(index: SqliteIndex) -> str | None:
        monkeypatch.setattr(SqliteIndex, "_read_version", read_version)
        try:
            return read_version(index)
        finally:
            others.append(SqliteIndex(path))

    monkeypatch.setattr(SqliteIndex, "_read_version", let_another_make_it)
    index = SqliteIndex(path)
    with others[0].writing() as connection:
        set_meta(connection, "synced", "1")
    with index.reading() as connection:
        assert get_meta(connection, "synced") == "1"
    # Damage that both of them notice is mended once.
    others[0].recreate()
    with others[0].writing() as connection:
        set_meta(connection, "synced", "2")
    index.recreate()
    with index.reading() as connection:
        assert get_meta(connection, "synced") == "2"
