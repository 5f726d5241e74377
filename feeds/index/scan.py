"""Lists the files of the folder of articles, without reading them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from feeds.errors import StorageError
from feeds.model import Problem


class Stamp(NamedTuple):
    """Size in bytes and modification time in nanoseconds: enough to see that a file changed."""

    size: int
    mtime: int


class Listing(NamedTuple):
    """The files found, by path relative to the folder, and what could not be listed."""

    files: dict[str, Stamp]
    problems: tuple[Problem, ...]


def scan(folder: Path, include: Sequence[str], below: Iterable[str] | None = None) -> Listing:
    """List the files below ``folder`` that match a pattern. Hidden ones do not count.

    With ``below``, paths relative to the folder, only what stands at or below these.
    Links to folders are not followed; a link to a file counts if that file lies
    in the folder. Raises :class:`StorageError` where the folder itself cannot be read.
    """
    found = _Scan(os.path.realpath(folder), include)
    for path in ("",) if below is None else below:
        found.look(path)
    return Listing(found.files, tuple(found.problems))


class _Scan:
    """One look at the folder: what was found so far."""

    def __init__(self, root: str, include: Sequence[str]) -> None:
        self._root = root
        self._wanted = re.compile("|".join(f"(?:{_pattern(glob)})" for glob in include), re.DOTALL).fullmatch
        self.files: dict[str, Stamp] = {}
        self.problems: list[Problem] = []

    def look(self, path: str) -> None:
        """Take in the file or folder at a path, unless it is gone, hidden or behind a link."""
        parts = path.split("/") if path else []
        folders = [os.path.join(self._root, *parts[:depth]) for depth in range(1, len(parts))]
        if any(part.startswith(".") for part in parts) or any(map(os.path.islink, folders)):
            return
        full = os.path.join(self._root, *parts)
        if not path or (os.path.isdir(full) and not os.path.islink(full)):
            for entry, inner in _walk(full, f"{path}/" if path else "", self.problems):
                self._take(entry.path, inner, entry.stat, is_link=entry.is_symlink())
        elif os.path.lexists(full):
            self._take(full, path, partial(os.stat, full), is_link=os.path.islink(full))

    def _take(self, full: str, path: str, status_of: Callable[[], os.stat_result], *, is_link: bool) -> None:
        if is_link and os.path.isdir(full):
            self._fault("linked-folder", path, "is a link to a folder; such links are not followed.")
            return
        if not self._wanted(path):
            return
        try:
            path.encode()
            if is_link and not os.path.realpath(full).startswith(self._root + os.sep):
                self._fault("outside", path, "is a link to a file outside of the folder.")
                return
            status = status_of()
        except UnicodeEncodeError:
            shown = path.encode("utf-8", "backslashreplace").decode()
            self._fault("bad-name", shown, "has a name that is not UTF-8.", "Rename it.")
        except OSError as error:
            self._fault("unreadable", path, f"cannot be read: {error.strerror}.")
        else:
            if stat.S_ISREG(status.st_mode):
                self.files[path] = Stamp(status.st_size, status.st_mtime_ns)
            else:
                self._fault("not-a-file", path, "is not an ordinary file.")

    def _fault(self, code: str, path: str, message: str, hint: str = "It is left out.") -> None:
        self.problems.append(_problem(code, path, message, hint))


def _walk(folder: str, prefix: str, problems: list[Problem]) -> Iterator[tuple[os.DirEntry[str], str]]:
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        if not prefix:
            raise StorageError(
                f"{folder}: the folder of articles cannot be read: {error.strerror}."
            ) from None
        problems.append(_problem("unreadable", prefix, f"cannot be listed: {error.strerror}."))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, f"{prefix}{entry.name}/", problems)
        else:
            yield entry, prefix + entry.name


def _pattern(glob: str) -> str:
    """A regular expression for a glob in which ``**/`` stands for any folders."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(signs.get(part, re.escape(part)) for part in parts)


def _problem(code: str, path: str, message: str, hint: str = "It is left out.") -> Problem:
    return Problem(code, "error", path, message, hint)
