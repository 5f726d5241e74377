"""Notes in columns what a freeze left in files.

There may be a million, so that they are read and copied without an object for each.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress, count
from operator import not_
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple, Self, cast

from msgspec import Struct

from feeds.lib.storage.statuses import AT_ONCE, read_statuses


class FileStamp(NamedTuple):
    """The size in bytes and modification time in nanoseconds of a file.

    For an object, it is the store's mark instead of the time.
    """

    size: int
    mtime: int | str


# The stamp of no file: what has it is written, or made again, in any case.
NO_STAMP = FileStamp(-1, 0)
# There is no such file, and there should be none: compressed, the document would be no smaller.
ABSENT = FileStamp(-2, 0)
_ABSENT = ABSENT.size


class Written(NamedTuple):
    """A file that a freeze wrote: its document's hash, and its stamp right after."""

    etag: str
    stamp: FileStamp


class FileTable(Struct, array_like=True, dict=True, eq=False):
    """Files by their names, with a column for each part of :class:`Written`.

    Which row is whose is found when it is asked for. If somebody wrote a name twice, the last one counts.
    """

    names: list[str] = []
    etags: list[str] = []
    sizes: list[int] = []
    times: list[int | str] = []

    def __post_init__(self) -> None:
        """Raise :class:`ValueError` if a column is too short."""
        if not len(self.names) == len(self.etags) == len(self.sizes) == len(self.times):
            raise ValueError("no table of files")

    @classmethod
    def of(cls, files: Mapping[str, Written]) -> Self:
        """Make a table of these files."""
        table = cls()
        table.update(files)
        return table

    @cached_property
    def _rows(self) -> dict[str, int]:
        return dict(zip(self.names, count()))

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __eq__(self, other: object) -> bool:
        """Return whether both note the same of the same files, in any order."""
        return (
            isinstance(other, FileTable)
            and len(self) == len(other)
            and dict(self.items()) == dict(other.items())
        )

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, name: str) -> Written:
        """Return what is noted of a file. Raises :class:`KeyError`."""
        row = self._rows[name]
        return Written(self.etags[row], FileStamp(self.sizes[row], self.times[row]))

    def get(self, name: str) -> Written | None:
        """Return what is noted of a file, or None."""
        return self[name] if name in self._rows else None

    def items(self) -> Iterator[tuple[str, Written]]:
        """Yield each name, and what is noted of it."""
        return zip(self.names, map(Written, self.etags, map(FileStamp, self.sizes, self.times)), strict=True)

    def update(self, files: Mapping[str, Written]) -> None:
        """Note files, in place of what was noted of them."""
        for name, (etag, (size, time)) in files.items():
            row = self._rows.setdefault(name, len(self.names))
            if row == len(self.names):
                self.names.append(name)
                self.etags.append(etag)
                self.sizes.append(size)
                self.times.append(time)
            else:
                self.etags[row], self.sizes[row], self.times[row] = etag, size, time

    def divide(self, names: Iterable[str]) -> tuple[Self, list[str]]:
        """Return a table of some of the files, and the names of the others.

        Raises :class:`KeyError` if one is not noted.
        """
        rows, chosen = self._rows, bytearray(len(self))
        for name in names:
            chosen[rows[name]] = True
        return self._choose(chosen), list(compress(self.names, map(not_, chosen)))

    def _choose(self, chosen: Sequence[int]) -> Self:
        return type(self)(
            list(compress(self.names, chosen)),
            list(compress(self.etags, chosen)),
            list(compress(self.sizes, chosen)),
            list(compress(self.times, chosen)),
        )

    def copy(self) -> FileTable:
        """Return a table that can change without this one."""
        table = FileTable(self.names.copy(), self.etags.copy(), self.sizes.copy(), self.times.copy())
        table._rows = self._rows.copy()
        return table

    def find_noted(self, names: Iterable[str]) -> set[str]:
        """Return those of some names that are noted, quickly if nothing else is asked for."""
        return set(names).intersection(self.names)

    def find_stamps(self, names: Iterable[str]) -> dict[str, FileStamp]:
        """Return the stamps of those of some files that are noted and there."""
        found = ((name, self.get(name)) for name in names)
        return {name: one.stamp for name, one in found if one is not None and one.stamp != ABSENT}

    def list_present(self, but: Collection[str] = ()) -> list[str]:
        """Return the names of the files that are there, ``but`` for some."""
        is_whole = _ABSENT not in self.sizes
        if is_whole and not but:
            return self.names.copy()
        chosen = bytearray(b"\1") * len(self) if is_whole else bytearray(map(_ABSENT.__ne__, self.sizes))
        for name in but:
            if (row := self._rows.get(name)) is not None:
                chosen[row] = False
        return list(compress(self.names, chosen))

    def find_latest_time(self) -> int:
        """Return the latest time of files that are as noted in a folder, or 0.

        It is in nanoseconds since 1970.
        """
        return max(cast("list[int]", self.times), default=0)

    def is_as_noted(self, folder: Path) -> bool:
        """Return whether files are as noted, and none is where none should be.

        It looks at these files alone, which takes a third of the time of listing the folder: there may be a million.
        """
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return False
        try:
            return self._compare(descriptor)
        # A name that somebody damaged may be none that a file can have.
        except (OSError, ValueError):
            return False
        finally:
            os.close(descriptor)

    def _compare(self, folder: int) -> bool:
        present = self
        if _ABSENT in self.sizes:
            absent = [stamp == ABSENT for stamp in zip(self.sizes, self.times, strict=True)]
            if any(_is_there(folder, name) for name in compress(self.names, absent)):
                return False
            present = self._choose(list(map(not_, absent)))
        for first, found in zip(count(step=AT_ONCE), read_statuses(folder, present.names)):
            rows = slice(first, first + AT_ONCE)
            if found.sizes != present.sizes[rows] or found.times != present.times[rows]:
                return False
            if not all(map(S_ISREG, set(found.modes))):
                return False
        return True


def _is_there(folder: int, name: str) -> bool:
    """Return whether there is something of a name below an open folder."""
    try:
        os.lstat(name, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True
