"""What is read of many files at once is what the system says of each, whichever way it is asked."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from feeds.lib.storage.statuses import AT_ONCE, read_statuses


@pytest.fixture(params=["as this system can", "without statx", "statx is refused"], autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the system in each of the ways."""
    monkeypatch.setattr("feeds.lib.storage.statuses._MANY", 0)
    if request.param == "without statx":
        monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace())
    elif request.param == "statx is refused":
        monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace(statx=lambda *_arguments: -1))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    """An open folder."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def read(folder: int, names: list[str]) -> list[tuple[int, int, int]]:
    return [row for found in read_statuses(folder, names) for row in zip(*found, strict=True)]


def ask_for_each(folder: int, names: list[str]) -> list[tuple[int, int, int]]:
    found = (os.lstat(name, dir_fd=folder) for name in names)
    return [(one.st_size, one.st_mtime_ns, one.st_mode) for one in found]


def test_few_files_are_asked_for_without_statx(folder: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(ctypes, "CDLL", None)
    assert read(folder, ["."] * 1000) == ask_for_each(folder, ["."]) * 1000


def test_every_kind_of_file_has_its_own_size_time_and_kind(folder: int, tmp_path: Path) -> None:
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics/ä b.atom").write_text("text")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("topics/ä b.atom")
    (tmp_path / "nowhere").symlink_to("gone")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(5 << 32)
    names = ["topics", "topics/ä b.atom", "empty", "link", "nowhere", "pipe", "large", "./empty"]
    assert read(folder, names) == ask_for_each(folder, names)


@pytest.mark.parametrize(
    "time", [0, 1, 1_795_919_241_798_820_312, -1, -1_500_000_000, 2**31 * 1_000_000_000 + 5]
)
def test_a_time_is_exact(folder: int, tmp_path: Path, time: int) -> None:
    (tmp_path / "a").touch()
    os.utime(tmp_path / "a", ns=(5, time))
    assert [row[1] for row in read(folder, ["a"])] == [time]


@pytest.mark.parametrize("number", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE - 1])
def test_however_many_they_are_each_is_told_in_its_place(folder: int, tmp_path: Path, number: int) -> None:
    names = [f"file-{n}" for n in range(number)]
    for size, name in enumerate(names):
        (tmp_path / name).write_bytes(bytes(size))
    assert [row[0] for row in read(folder, names)] == list(range(number))


@pytest.mark.parametrize("name", ["gone", "a/b", "", "x" * 300, "b\0a", "\0", "\ud800"])
def test_a_file_that_is_not_there_or_cannot_be_is_the_error_of_the_system(
    folder: int, tmp_path: Path, name: str
) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    with pytest.raises((OSError, ValueError)) as expected:
        ask_for_each(folder, [name])
    with pytest.raises(expected.type):
        read(folder, ["a", "b", name])
