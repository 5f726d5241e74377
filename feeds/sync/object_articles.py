"""List and read articles in an object store as if they were in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from feeds.config.schema import Config
from feeds.config.translation import find_companion_ending
from feeds.errors import StorageError
from feeds.index.rows import Listing, Result, Task, find_folder
from feeds.lib.storage.file_names import find_companion, make_matcher
from feeds.lib.storage.files import read_within
from feeds.lib.storage.objects import Object, Objects, map_side_by_side
from feeds.sync.process import File, FileProcessor, read_with_companion
from feeds.sync.scan import FolderContents, ScanRules, make_listing

Given = TypeVar("Given")
Made = TypeVar("Made")

# Fewer bits than the current time in nanoseconds, so that a mark never looks like the time of a fresh file.
_MARK_BYTES = 7
_AT_A_TIME = 100


class ObjectProcessor(FileProcessor):
    """Reads, classifies and renders objects; reads many at the same time."""

    def __init__(self, config: Config, now: datetime, objects: Objects) -> None:
        super().__init__(config, now)
        self._objects = objects
        self._most = config.articles.max_bytes + 1
        self._read_ahead: Mapping[str, bytes] = {}

    def open_files(self, tasks: Sequence[Task]) -> Iterator[File | Result]:
        """Read the objects of the tasks.

        Raises :class:`StorageError` if the store does not answer, since that says nothing about the objects.
        """
        for start in range(0, len(tasks), _AT_A_TIME):
            some = tasks[start : start + _AT_A_TIME]
            paths = [task.path for task in some]
            if self._companion:
                paths += {find_companion(path, self._companion) for path in paths}
            self._read_ahead = self._objects.read_each(paths, self._most)
            yield from map(self.open_file, some)
        self._read_ahead = {}

    def _read_bytes(self, path: str) -> bytes:
        """Read an object, but at most one byte more than the limit."""
        if path not in self._read_ahead:
            raise FileNotFoundError(path)
        return self._read_ahead[path]


def list_objects(objects: Objects, rules: ScanRules, known: Mapping[str, bytes]) -> Listing:
    """List the objects that match the rules, as :func:`feeds.sync.scan.scan` does.

    Raises :class:`StorageError`, also if there is nothing at the address. A store has no empty
    folders, so the address is probably wrong.
    """
    found = objects.list_objects()
    if not found:
        raise StorageError(
            f"{objects.address}: there is nothing. Is the address right? To publish no article, leave a"
            " file there that is not one."
        )
    matches = make_matcher(rules.include, rules.exclude)

    def wanted(path: str) -> bool:
        return bool(matches(path) or (rules.companion and path.endswith(rules.companion)))

    contents: dict[str, FolderContents] = {}
    for path, one in sorted(found.items()):
        parts = path.split("/")
        if wanted(path) and not any(part.startswith(".") for part in parts):
            here = contents.setdefault(find_folder(path), FolderContents("", matches, rules))
            if "" in parts:
                here.add_problem("bad-name", path, "has a folder without a name in its path.", "Rename it.")
            else:
                here.add_object(path, *_make_stamp(one))
    return make_listing([here.to_folder(folder, known.get(folder)) for folder, here in contents.items()])


def read_original(config: Config, path: str) -> bytes:
    """Read the file of an article, but at most one byte more than the limit.

    Raises :class:`OSError` or :class:`StorageError`.
    """
    most = config.articles.max_bytes + 1
    if config.articles_address is None:
        return read_within(config.articles_path, path, most)
    return Objects(config.articles_address).read(path, most)


def read_article(config: Config, path: str) -> bytes:
    """Read the file of an article with the front matter beside it, as a sync does.

    Raises :class:`OSError` or :class:`StorageError`.
    """
    return read_with_companion(partial(read_original, config), path, find_companion_ending(config))[0]


def map_reads(config: Config, ask: Callable[[Given], Made], things: Iterable[Given]) -> Iterator[Made]:
    """Like :func:`map`, but concurrent if the articles are in an object store."""
    return (map_side_by_side if config.articles_address else map)(ask, things)


def _make_stamp(one: Object) -> tuple[int, int]:
    hashed = hashlib.sha256(one.mark.encode()).digest()
    return one.size, int.from_bytes(hashed[:_MARK_BYTES])
