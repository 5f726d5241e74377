"""A table of files notes what a dictionary would, and sees each difference between a folder and its notes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.freeze.file_table import ABSENT, FileStamp, FileTable, Written
from feeds.lib.storage.statuses import AT_ONCE

FILES = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(Written, st.text(max_size=2), st.just(ABSENT) | st.just(FileStamp(1, 2))),
)


def make_folder(folder: Path) -> FileTable:
    """Write some files, and note them and one that should not be there."""
    noted = {"gone.gz": Written("", ABSENT)}
    for name in ("a", "topics/b"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        noted[name] = note(path)
    return FileTable.of(noted)


def note(path: Path) -> Written:
    status = path.lstat()
    return Written("hash", FileStamp(status.st_size, status.st_mtime_ns))


@given(FILES, FILES)
def test_it_notes_what_a_dictionary_would(first: dict[str, Written], second: dict[str, Written]) -> None:
    table = FileTable.of(first)
    before = table.copy()
    table.update(second)
    both = first | second
    assert dict(table.items()) == both
    assert list(table) == list(both)
    assert {name: table.get(name) for name in "abcdefg"} == {name: both.get(name) for name in "abcdefg"}
    assert (table == before) == (both == first)
    assert table.find_noted("abcdefg") == set(both)
    assert table == FileTable.of(dict(reversed(both.items())))
    there = {name: one.stamp for name, one in both.items() if one.stamp != ABSENT}
    assert table.find_stamps("abcdefg") == there
    assert table.list_present() == list(there)
    assert table.list_present(second) == [name for name in there if name not in second]
    assert FileTable.of(first).list_present("g") == before.list_present()
    chosen, others = table.divide(second)
    assert dict(chosen.items()) == second
    assert list(chosen) == [name for name in both if name in second]
    assert others == [name for name in both if name not in second]
    assert msgspec.json.decode(msgspec.json.encode(table), type=FileTable) == table


def test_one_that_is_not_noted_cannot_be_chosen() -> None:
    with pytest.raises(KeyError):
        FileTable.of({"a": Written("", ABSENT)}).divide(["a", "b"])


@pytest.mark.parametrize(
    "damaged", [b'[["a"]]', b'[["a"],["b"],[1],[]]', b'[["a","b"],["",""],[1,1],[1]]', b'{"a":["b",[1,2]]}']
)
def test_a_damaged_table_is_none(damaged: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(damaged, type=FileTable)


def test_of_a_name_that_somebody_wrote_twice_the_last_one_counts(tmp_path: Path) -> None:
    table = msgspec.json.decode(b'[["a","b","a"],["x","y","z"],[1,1,2],[1,1,2]]', type=FileTable)
    assert table["a"] == Written("z", FileStamp(2, 2))
    chosen, others = table.divide(["a"])
    assert (dict(chosen.items()), others) == ({"a": table["a"]}, ["a", "b"])
    copy = table.copy()
    copy.update({"a": Written("", FileStamp(3, 3)), "c": Written("", FileStamp(4, 4))})
    assert (copy["a"].stamp.size, copy["c"].stamp.size, table.get("c")) == (3, 4, None)
    assert not table.is_as_noted(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a").unlink(),
        lambda folder: (folder / "topics/b").write_text("a longer one"),
        lambda folder: os.utime(folder / "topics/b", ns=(1, 1)),
        lambda folder: (folder / "gone.gz").touch(),
        lambda folder: (folder / "gone.gz").symlink_to("nowhere"),
        lambda folder: (folder / "topics").rename(folder / "other"),
        lambda folder: folder.rename(folder.with_name("elsewhere")),
    ],
)
def test_a_difference_is_seen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    folder = tmp_path / "build"
    folder.mkdir()
    table = make_folder(folder)
    assert table.is_as_noted(folder)
    change(folder)
    assert not table.is_as_noted(folder)


@pytest.mark.parametrize("least", [0, 1000], ids=["by statx", "one by one"])
@pytest.mark.parametrize("row", [0, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1])
def test_a_difference_is_seen_in_any_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: int, least: int
) -> None:
    monkeypatch.setattr("feeds.lib.storage.statuses._MANY", least)
    names = [str(number) for number in range(AT_ONCE + 2)]
    table = FileTable()
    for name in names:
        (tmp_path / name).write_text("text")
        table.update({name: note(tmp_path / name)})
    table.update({"gone.gz": Written("", ABSENT)})
    assert table.is_as_noted(tmp_path)
    changed = tmp_path / names[row]
    time = changed.stat().st_mtime_ns
    changed.write_text("longer text")
    os.utime(changed, ns=(time, time))
    assert not table.is_as_noted(tmp_path)
    changed.write_text("text")
    os.utime(changed, ns=(time, time + 1))
    assert not table.is_as_noted(tmp_path)
    os.utime(changed, ns=(time, time))
    assert table.is_as_noted(tmp_path)
    changed.unlink()
    assert not table.is_as_noted(tmp_path)


def test_a_link_in_the_place_of_a_file_is_another_kind(tmp_path: Path) -> None:
    table = make_folder(tmp_path)
    (tmp_path / "a").rename(tmp_path / "other")
    (tmp_path / "a").symlink_to("other")
    table.update({"a": note(tmp_path / "a")})
    assert not table.is_as_noted(tmp_path)


@pytest.mark.parametrize(
    "stamp", [FileStamp(ABSENT.size, 1), FileStamp(ABSENT.size, "soon"), FileStamp(-3, 0)]
)
def test_a_stamp_that_no_freeze_notes_is_not_as_noted(tmp_path: Path, stamp: FileStamp) -> None:
    table = make_folder(tmp_path)
    table.update({"gone.gz": Written("", stamp)})
    assert not table.is_as_noted(tmp_path)


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "a/b"])
def test_a_name_that_no_file_can_have_is_not_as_noted(tmp_path: Path, name: str) -> None:
    table = make_folder(tmp_path)
    table.update({name: Written("hash", FileStamp(1, 2))})
    assert not table.is_as_noted(tmp_path)
