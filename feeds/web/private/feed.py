"""Make the documents of private feeds: articles and drafts, with ids of their own.

Nothing here goes through the router, so that no list, page, count or frozen tree knows of it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace

from feeds import formats
from feeds.channels.membership import Selector
from feeds.config.channel_tables import PrivateConfig
from feeds.config.names import Names
from feeds.config.schema import Config, FormatName
from feeds.errors import ProcessError, StorageError
from feeds.formats import EMPTY_UPDATED, MEDIA_TYPES
from feeds.formats.context import make_entry_context
from feeds.formats.entries import make_contents, render_entries
from feeds.index.read import channels, overview
from feeds.index.read.overview import FileRow
from feeds.index.sql import Connection
from feeds.lib.text.identifiers import OF_URLS, make_uuid
from feeds.model import Article, Document, Feed, FileState, Link, Problem
from feeds.paths import HTML
from feeds.publisher.feed_documents import make_document
from feeds.publisher.snapshot import Snapshot
from feeds.sync.object_articles import map_reads, read_article
from feeds.sync.process import make_reading_rules
from feeds.version import __version__
from feeds.words import choose_words

# How many of the newest public articles are searched for matches.
_MOST_LOOKED_AT = 20_000


class PrivateFeeds:
    """Makes the private feeds of a configuration. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._words = choose_words(config.site.language, config.pages.words)
        self._drafts = Drafts(config)
        self._selector = Selector(config)
        self._context = make_entry_context(config, Names(config))

    def make_document(
        self, site: Snapshot, name: str, ending: FormatName, *, complete: bool = False
    ) -> Document:
        """Make the feed of a name that config.toml has, in one state of the site.

        If ``complete``, raises :class:`FileNotFoundError` for a draft whose file is missing;
        otherwise the feed is made without it.
        """
        private = self._config.private[name]
        found, unread = self._collect_articles(site, private, complete=complete)
        articles = [self._give_own_id(article, name) for article in found]
        entries = render_entries(make_contents(articles, self._context), ending, self._context)
        problems = (*unread, *(entry for entry in entries if isinstance(entry, Problem)))
        body = formats.load(ending).render_feed(
            self._make_feed(name, private, articles), [entry for entry in entries if isinstance(entry, bytes)]
        )
        return make_document(
            f"private/{name}/feed.{ending}", MEDIA_TYPES[ending], body, EMPTY_UPDATED, problems
        )

    def _collect_articles(
        self, site: Snapshot, private: PrivateConfig, *, complete: bool
    ) -> tuple[list[Article], list[Problem]]:
        """Return the newest articles first, and problems; drafts replace public articles."""
        limit = private.limit or self._config.feeds.limit
        found = {article.id: article for article in self._find_public(site, private, limit)}
        problems: list[Problem] = []
        if private.include_unpublished:
            drafts, problems = self._drafts.read(site.connection, complete=complete)
            found |= {draft.id: draft for draft in self._choose_drafts(private, drafts)}
        return sorted(found.values(), key=_sort_key)[:limit], problems

    def _find_public(self, site: Snapshot, private: PrivateConfig, limit: int) -> Iterator[Article]:
        everything = site.channels.by_path["all"].key
        newest = channels.stream_channel_articles(site.connection, everything, _MOST_LOOKED_AT)
        return islice((article for article in newest if self._selector.matches(private, article)), limit)

    def _choose_drafts(self, private: PrivateConfig, drafts: Iterable[Article]) -> Iterator[Article]:
        """Yield the drafts of a feed; of two with one id, the one to be published is last."""
        in_order = sorted(drafts, key=lambda draft: (draft.updated, draft.path))
        return (draft for draft in in_order if self._selector.matches(private, draft))

    def _give_own_id(self, article: Article, name: str) -> Article:
        """Return an article under an id of this feed alone.

        The id stays when the draft is published, and readers that have both feeds tell the
        two entries apart.
        """
        return replace(article, id=self._make_id(f"{name}/{article.id}"), guid="")

    def _make_feed(self, name: str, private: PrivateConfig, articles: Iterable[Article]) -> Feed:
        site = self._config.site
        return Feed(
            id=self._make_id(name),
            title=f"{private.title or name} · {site.title}",
            subtitle=private.description
            or self._words.gettext("A private feed: keep its address to yourself"),
            home=site.base_url,
            # A self link would contain the token, or be an address that asks for a password.
            self_url="",
            links=(Link("alternate", site.base_url, HTML),),
            updated=max((article.updated for article in articles), default=EMPTY_UPDATED),
            language=site.language,
            author=site.author or site.title,
            generator=__version__,
            ttl=self._config.feeds.ttl,
        )

    def _make_id(self, name: str) -> str:
        site_id = self._config.site.id or self._config.site.base_url
        return make_uuid(OF_URLS, f"{site_id}#private/{name}")


def _sort_key(article: Article) -> tuple[float, str]:
    """Order articles as in every feed: newest first, ties by id."""
    return -article.published.timestamp(), article.id


_STATES: tuple[FileState, ...] = ("unpublished", "future")
# If a site has more drafts, those that changed last are read.
_MOST_FILES, _MOST_BYTES = 1000, 20_000_000


class _DraftFile(NamedTuple):
    """What a draft's file says; ``is_current`` if the index has read the same bytes.

    ``problems`` tell why there is no article, unless somebody wants that.
    """

    file: FileRow
    article: Article | None
    is_current: bool
    problems: tuple[Problem, ...] = ()


class Drafts:
    """The drafts of a site. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._words = choose_words(config.site.language, config.pages.words)
        self._known: dict[FileRow, _DraftFile] = {}
        self._lock = threading.Lock()

    def read(self, connection: Connection, *, complete: bool) -> tuple[list[Article], list[Problem]]:
        """Return the drafts that could be published, titles marked, and the problems.

        If ``complete``, raises :class:`FileNotFoundError` for a file that the index knows and
        that is missing.
        """
        found = _take_within_bounds(overview.find_files(connection, _STATES, _MOST_FILES))
        with self._lock:
            looks = list(map_reads(self._config, partial(self._read_cached, complete=complete), found))
            self._known = {look.file: look for look in looks if look.is_current}
        return (
            [look.article for look in looks if look.article is not None],
            [problem for look in looks for problem in look.problems],
        )

    def _read_cached(self, file: FileRow, *, complete: bool) -> _DraftFile:
        """Return what is known of a file, or read it."""
        return self._known.get(file) or self._read(file, complete=complete)

    def _read(self, file: FileRow, *, complete: bool) -> _DraftFile:
        from feeds.articles.reader import read

        try:
            data = read_article(self._config, file.path)
            reading = read(file.path, data, make_reading_rules(self._config, drafts=True))
        except (OSError, StorageError, ProcessError) as error:
            if complete and isinstance(error, FileNotFoundError):
                raise
            problem = Problem("unreadable", "error", file.path, f"cannot be read: {error}.")
            return _DraftFile(file, None, is_current=False, problems=(problem,))
        article = reading.article
        # The file may have been published since the index read it; the index will say so soon.
        if article is not None and (reading.hidden or file.state == "future"):
            article = replace(article, title=self._words.gettext("Draft: {title}", title=article.title))
        is_current = hashlib.sha256(data).digest() == file.hash
        errors = [one for one in reading.problems if one.severity == "error" and article is None]
        return _DraftFile(file, article, is_current, tuple(errors))


def _take_within_bounds(found: list[FileRow]) -> Iterator[FileRow]:
    taken = 0
    for file in found:
        taken += file.size
        if taken > _MOST_BYTES:
            return
        yield file
