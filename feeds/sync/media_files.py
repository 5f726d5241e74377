"""How long the films and sounds beside articles are: an enclosure says it.

See RSS 2.0 and RFC 4287. An entry depends on its article alone, so the length is a part of the article. It
is found out on the machine that has the files, for whoever reads articles may be another one. A file that
changes has its article read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from posixpath import dirname, join
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from feeds.config.schema import Config
from feeds.index.read import article_pages
from feeds.index.rows import Result
from feeds.index.sql import Connection
from feeds.lib.storage.files import find_within
from feeds.lib.text.media_types import find_medium, find_safe_file_type
from feeds.model import Article
from feeds.sync.process import FileProcessor, PartialResult

if TYPE_CHECKING:
    from feeds.lib.storage.objects import Object, Objects

_decode = msgspec.json.Decoder(Article).decode
# What ArticleRow.has_files is of an article whose film or sound is beside it.
_HAS_MEDIA = 2


class MediaFiles:
    """The films and sounds beside a configuration's articles, during one sync."""

    def __init__(self, config: Config, work: FileProcessor, objects: Objects | None) -> None:
        self._config = config
        self._work = work
        self._objects = objects

    def measure(self, results: Sequence[Result]) -> Sequence[Result]:
        """Return results whose articles have the length of their film or sound."""
        if not any(one.row and one.row.has_files == _HAS_MEDIA for one in results):
            return results
        return [self._measure(one) for one in results]

    def find_stale(self, connection: Connection, below: Sequence[str] | None) -> Iterable[str]:
        """Return the articles whose film or sound has another length now.

        ``below`` are the paths that changed, if known.
        """
        is_concerned = below is None or any(find_medium(find_safe_file_type(path)) for path in below)
        if not is_concerned or not self._config.articles.assets:
            return ()
        articles = article_pages.read_articles_with_own_media(connection)
        return [
            one.path
            for one in articles
            if one.media is not None and self._find_length(one) != one.media.length
        ]

    def _measure(self, result: Result) -> Result:
        if result.row is None or result.row.has_files != _HAS_MEDIA:
            return result
        article = _decode(result.row.article)
        length = self._find_length(article)
        if article.media is None or article.media.length == length:
            return result
        measured = replace(article, media=replace(article.media, length=length))
        return self._work.render([PartialResult(result, measured, result.row.memberships)])[0]

    def _find_length(self, article: Article) -> int:
        """Return the length in bytes, 0 if there is no such file."""
        file = article.media.file if article.media else ""
        name = next((one for one in article.files if file.endswith(f"/{one}")), None)
        if name is None or find_safe_file_type(name) is None or not self._config.articles.assets:
            return 0
        path = join(dirname(article.path), name)
        if self._objects is not None:
            return self._listed[path].size if path in self._listed else 0
        try:
            return find_within(self._config.articles_path, path)[1].st_size
        except OSError:
            return 0

    @cached_property
    def _listed(self) -> Mapping[str, Object]:
        return self._objects.list_objects() if self._objects else {}
