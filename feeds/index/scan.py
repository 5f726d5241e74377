"""Lists the files of the folder of articles, without reading them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
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


def scan(folder: Path, include: Sequence[str]) -> Listing:
    """List the files below ``folder`` that match a pattern. Hidden ones do not count.

    Links to folders are not followed; a link to a file counts if that file lies
    in the folder. Raises :class:`StorageError` where the folder itself cannot be read.
    """
    wanted = re.compile("|".join(f"(?:{_pattern(glob)})" for glob in include), re.DOTALL).fullmatch
    files: dict[str, Stamp] = {}
    problems: list[Problem] = []
    root = os.path.realpath(folder)
    for entry, path in _walk(root, "", problems):
        if entry.is_symlink() and entry.is_dir():
            problems.append(
                _problem("linked-folder", path, "is a link to a folder; such links are not followed.")
            )
            continue
        if not wanted(path):
            continue
        try:
            path.encode()
            if entry.is_symlink() and not os.path.realpath(entry.path).startswith(root + os.sep):
                problems.append(_problem("outside", path, "is a link to a file outside of the folder."))
                continue
            status = entry.stat()
        except UnicodeEncodeError:
            shown = path.encode("utf-8", "backslashreplace").decode()
            problems.append(_problem("bad-name", shown, "has a name that is not UTF-8.", "Rename it."))
        except OSError as error:
            problems.append(_problem("unreadable", path, f"cannot be read: {error.strerror}."))
        else:
            if stat.S_ISREG(status.st_mode):
                files[path] = Stamp(status.st_size, status.st_mtime_ns)
            else:
                problems.append(_problem("not-a-file", path, "is not an ordinary file."))
    return Listing(files, tuple(problems))


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
