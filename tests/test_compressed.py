"""Compressed files beside the documents: as the application compresses, never out of date, and for free
where nothing changed."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from effort import some, stressed
from sites import Workspace, tree

from feeds.errors import StorageError
from feeds.freeze import compressed
from feeds.freeze.compressed import CompressedCopies
from feeds.freeze.file_table import FileTable
from feeds.freeze.folder import OutputFolder
from feeds.freeze.manifest import Manifest
from feeds.freeze.plan import BatchOutcome, Outcome
from feeds.lib.compression import ENDINGS, compress
from feeds.model import Document

pytestmark = pytest.mark.slow

ALL = '[output]\ncompress = ["gzip", "br", "zstd"]\n'
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".br": brotli.decompress,
    ".zst": lambda body: zstandard.ZstdDecompressor().decompress(body),
}


def filled(workspace: Workspace, extra: str = ALL) -> Workspace:
    for n in range(4):
        workspace.article(f"a{n}", topics=["AI"] if n % 2 else ["Robots"], provider=None)
    workspace.configure(extra)
    return workspace


def is_packed(name: str) -> bool:
    return name.endswith(tuple(UNPACK))


def documents(names: Iterable[str]) -> set[str]:
    return {name for name in names if not is_packed(name)}


def packed_of(names: Iterable[str], endings: Iterable[str] = tuple(UNPACK)) -> set[str]:
    return leave_out_short({name + ending for name in documents(names) for ending in endings})


def leave_out_short(names: Iterable[str]) -> set[str]:
    """Leave out those that gzip and zstd may not make smaller."""
    short = ("robots.txt", "search/index/start.txt", "search/index/w0-all.txt")
    return set(names) - {name + ending for name in short for ending in (".gz", ".zst")}


def assert_none_is_out_of_date(files: dict[str, bytes]) -> None:
    for name, body in files.items():
        document, _, ending = name.rpartition(".")
        if f".{ending}" in UNPACK:
            assert UNPACK[f".{ending}"](body) == files[document], name


def test_each_document_has_beside_it_what_the_application_sends_in_each_coding(workspace: Workspace) -> None:
    plan = filled(workspace).freeze()
    files = tree(workspace.output)
    assert set(plan.written) == set(files)
    for name in documents(files):
        for coding, ending in ENDINGS.items():
            packed = compress(files[name], coding)
            assert files.get(name + ending) == (packed if len(packed) < len(files[name]) else None)
    assert packed_of(["all.atom", "index.html", "topics/ai.json", "feeds.opml"]) <= set(files)


def test_a_second_freeze_neither_compresses_nor_reads_nor_writes(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = filled(workspace).freeze()

    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(compressed, "compress", never)
    monkeypatch.setattr(OutputFolder, "read", never)
    monkeypatch.setattr(OutputFolder, "write", never)
    second = workspace.freeze()
    assert (second.written, second.deleted) == ([], [])
    assert sorted(second.kept) == sorted(first.written)


def test_a_changed_article_compresses_what_changed_and_nothing_else(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(workspace).freeze()
    made = []

    def counted(body: bytes, coding: str) -> bytes:
        made.append(coding)
        return compress(body, coding)

    monkeypatch.setattr(compressed, "compress", counted)
    workspace.article("a1", title="Changed", topics=["AI"], provider=None)
    plan = workspace.freeze()
    changed = documents(plan.written)
    assert "topics/ai.atom" in changed
    assert "topics/robots.atom" not in changed
    assert leave_out_short(plan.written) == changed | packed_of(changed)
    # The catalogues are written again with the same bytes, so their compressed copies are kept.
    assert len(made) == 3 * len(changed)
    assert_none_is_out_of_date(tree(workspace.output))


def test_switched_on_and_off_they_come_and_go_and_no_document_is_written(workspace: Workspace) -> None:
    filled(workspace, "").freeze()
    plain = tree(workspace.output)
    stamps = {name: (workspace.output / name).stat().st_mtime_ns for name in plain}
    workspace.configure(ALL)
    on = workspace.freeze()
    assert leave_out_short(on.written) == packed_of(plain)
    workspace.configure('[output]\ncompress = ["br"]\n')
    fewer = workspace.freeze()
    assert (fewer.written, leave_out_short(fewer.deleted)) == ([], packed_of(plain, [".gz", ".zst"]))
    workspace.configure("")
    off = workspace.freeze()
    assert (off.written, set(off.deleted)) == ([], packed_of(plain, [".br"]))
    assert tree(workspace.output) == plain
    assert {name: (workspace.output / name).stat().st_mtime_ns for name in plain} == stamps


def test_they_go_with_their_document(workspace: Workspace) -> None:
    filled(workspace).article("only", topics=["Lost"], provider=None)
    workspace.freeze()
    workspace.configure(f"{ALL}\n[topics.Lost]\nretired = true\n")
    plan = workspace.freeze()
    lost = {f"topics/lost{end}" for end in (".atom", ".rss", ".json", "/index.html")}
    assert leave_out_short(plan.deleted) == lost | packed_of(lost)
    assert not (workspace.output / "topics" / "lost").exists()


def test_a_damaged_missing_or_touched_one_is_mended(workspace: Workspace) -> None:
    filled(workspace).freeze()
    whole = tree(workspace.output)
    (workspace.output / "all.atom.gz").write_bytes(b"broken")
    (workspace.output / "all.rss.br").unlink()
    os.utime(workspace.output / "all.json.zst", (1, 1))
    plan = workspace.freeze()
    assert sorted(plan.written) == ["all.atom.gz", "all.rss.br"]
    assert tree(workspace.output) == whole
    (workspace.output / "all.atom").write_bytes(b"broken")
    assert workspace.freeze().written == ["all.atom"]
    assert tree(workspace.output) == whole


def test_where_compressed_is_no_smaller_there_is_none(tmp_path: Path) -> None:
    root = OutputFolder(tmp_path)
    root.write("tiny", b"x" * 99)
    old, codings = Manifest(), ["br", "gzip"]
    done = BatchOutcome(outcome := Outcome())
    for body in (b"x" * 99, b"x", b"x"):
        found = Document("tiny", "text/css", body, body.hex(), datetime(2024, 1, 1, tzinfo=UTC))
        copies = CompressedCopies(root, old, codings, dry_run=False)
        changes = copies.find_changes("tiny", found, done)
        copies.remove_outdated(changes)
        copies.write(changes, found, done)
        old, done = Manifest(codings=codings, packed=FileTable.of(done.packed)), BatchOutcome(outcome)
        assert CompressedCopies(root, old, codings, dry_run=False).find_changes("tiny", found, done) == []
    assert sorted(outcome.written) == sorted(outcome.deleted) == ["tiny.br", "tiny.gz"]
    assert set(OutputFolder(tmp_path).files) == {"tiny"}


def test_a_dry_run_plans_what_a_freeze_does(workspace: Workspace) -> None:
    filled(workspace).freeze()
    only = workspace.article("only", topics=["New"], provider=None)

    def unpublish_with_another_coding() -> None:
        only.unlink()
        workspace.configure('[output]\ncompress = ["gzip", "zstd"]\n')

    for change in (
        lambda: None,
        lambda: (workspace.output / "all.rss.gz").write_bytes(b"broken"),
        lambda: workspace.configure('[output]\ncompress = ["gzip", "br"]\n'),
        unpublish_with_another_coding,
    ):
        change()
        before = tree(workspace.output)
        planned = workspace.freeze(dry_run=True)
        assert tree(workspace.output) == before
        assert workspace.freeze() == planned


def test_a_file_that_no_freeze_wrote_is_neither_replaced_nor_deleted(workspace: Workspace) -> None:
    filled(workspace, "").freeze()
    mine = workspace.output / "all.atom.gz"
    mine.write_bytes(b"mine")
    workspace.freeze()
    workspace.configure(ALL)
    before = tree(workspace.output)
    with pytest.raises(StorageError, match=r"all\.atom\.gz: is in the way"):
        workspace.freeze()
    assert tree(workspace.output) == before
    mine.write_bytes(compress(before["all.atom"], "gzip"))
    assert "all.atom.gz" in workspace.freeze().kept


class Killed(BaseException):
    """Stands for the process's end."""


def stop_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    """Allow this number of files to be written or deleted, then end the freeze."""
    left = [steps]

    def counted(step: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: Any) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            step(*arguments)

        return run

    def remove_each(self: OutputFolder, paths: Iterable[str]) -> None:
        for path in paths:
            removed(self, [path])

    removed = counted(OutputFolder.remove)
    monkeypatch.setattr(OutputFolder, "write", counted(OutputFolder.write))
    monkeypatch.setattr(OutputFolder, "remove", remove_each)


GZIP, BROTLI = ('[output]\ncompress = ["gzip"]\n', '[output]\ncompress = ["br"]\n')


@pytest.mark.parametrize(
    ("before", "after"),
    some([("", ALL), (ALL, ALL), (GZIP, ALL), (ALL, BROTLI), ("", BROTLI), (GZIP, BROTLI)], 2),
)
def test_a_freeze_stopped_anywhere_leaves_none_out_of_date_and_is_mended_by_the_next(
    in_memory: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    workspace = filled(Workspace(in_memory / "site"), before)
    gone = workspace.article("gone", topics=["Gone"], provider=None)
    workspace.freeze()
    gone.unlink()
    workspace.article("a1", title="New", topics=["AI", "More"], provider=None)
    workspace.configure(f"{after}\n[topics.Gone]\nretired = true\n")
    reference = workspace.folder / "reference"
    workspace.freeze(output=reference)
    new, stopped = tree(reference), True
    for steps in range(0, 300, 1 if stressed() else 24):
        target = workspace.folder / f"stop{steps}"
        shutil.copytree(workspace.output, target)
        with monkeypatch.context() as patch:
            stop_after(patch, steps)
            try:
                workspace.freeze(output=target)
                stopped = False
            except Killed:
                assert_none_is_out_of_date(tree(target))
        workspace.freeze(output=target)
        assert tree(target) == new
        shutil.rmtree(target)
        if not stopped:
            break
    assert not stopped


def test_switched_off_after_a_freeze_was_stopped_they_are_all_gone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(workspace, "").freeze()
    plain = tree(workspace.output)
    workspace.configure(ALL)
    with monkeypatch.context() as patch:
        stop_after(patch, 10)
        with pytest.raises(Killed):
            workspace.freeze()
    assert any(is_packed(name) for name in tree(workspace.output))
    workspace.configure("")
    workspace.freeze()
    assert tree(workspace.output) == plain
