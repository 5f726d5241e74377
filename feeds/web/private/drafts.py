"""Articles that are not published yet, as their files say: read when somebody asks for them.

The index keeps nothing of them but path and hash. What was read stays in the memory of this
process until the file changes or the article is published, and is written nowhere.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.index.read import files
from feeds.index.read.files import FileRow
from feeds.index.sql import Connection
from feeds.model import Article
from feeds.sync.objects import asked_of_each, original

_STATES = ("unpublished", "future")
# Of a site with more drafts, those that changed last are read.
_MOST_FILES, _MOST_BYTES = 1000, 20_000_000
_MARK = "Draft: "


class _Look(NamedTuple):
    """What a file says now; it ``lasts`` where that is what the index has read."""

    file: FileRow
    article: Article | None
    lasts: bool


class Drafts:
    """The drafts of a site. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._known: dict[FileRow, _Look] = {}
        self._lock = threading.Lock()

    def articles(self, connection: Connection, *, whole: bool) -> list[Article]:
        """Each draft that could be published as it stands, its title marked, in no order.

        Raises :class:`FileNotFoundError` where a file has gone since the index knew it, and ``whole``
        asks for all.
        """
        found = _within_bounds(files.files_in(connection, _STATES, _MOST_FILES))
        with self._lock:
            looks = list(asked_of_each(self._config, partial(self._remembered, whole=whole), found))
            self._known = {look.file: look for look in looks if look.lasts}
        return [look.article for look in looks if look.article is not None]

    def _remembered(self, file: FileRow, *, whole: bool) -> _Look:
        """What is known of a file, or is found now."""
        return self._known.get(file) or self._look(file, whole=whole)

    def _look(self, file: FileRow, *, whole: bool) -> _Look:
        from feeds.articles.reader import Rules, read

        config = self._config
        rules = Rules(config.articles.timezone, config.site.base_url, config.articles.max_bytes, drafts=True)
        try:
            data = original(config, file.path)
        except (OSError, StorageError) as error:
            if whole and isinstance(error, FileNotFoundError):
                raise
            return _Look(file, None, lasts=False)
        reading = read(file.path, data, rules)
        article = reading.article
        # It may have been published since the index knew it, and the index will say so soon.
        if article is not None and (reading.hidden or file.state == "future"):
            article = replace(article, title=_MARK + article.title)
        return _Look(file, article, lasts=hashlib.sha256(data).digest() == file.hash)


def _within_bounds(found: list[FileRow]) -> Iterator[FileRow]:
    taken = 0
    for file in found:
        taken += file.size
        if taken > _MOST_BYTES:
            return
        yield file
