"""Answer requests for documents: from the cache if possible, else by making them."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import msgspec

from feeds.errors import ParameterError
from feeds.index.index import TimeLimit
from feeds.model import Document, Problem
from feeds.paths import BUILDER, FEED_LISTS, SEARCH, SITEMAP, make_feed_list_path
from feeds.publisher import queries
from feeds.publisher.routes import Router
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.publisher.targets import (
    ArticlePage,
    ChannelPage,
    FeedListPart,
    FeedTarget,
    FileTarget,
    Fixed,
    ListPage,
    PictureTarget,
    SearchFile,
    SearchPage,
    SitemapPart,
    Target,
)
from feeds.web import builder_page
from feeds.web.conditional import DeltaBase, seal_base
from feeds.web.hanging import DatabaseGate
from feeds.web.not_found import answer_missing
from feeds.web.request import Request, find_query_format
from feeds.web.response import CachedResponse, Label, Response, make_error, make_redirect
from feeds.web.response_cache import CacheEntry, ResponseCache

_MOST_REPORTED = 1000
# Seconds for which a file beside an article is not looked at again, and the most bytes of one in memory.
_FILE_SECONDS, _LARGEST_FILE = 1.0, 4_000_000
# Time limits of what the site has, and of what is made on demand: queries, searches, hints. Half of a worker's
# threads stay free of each.
_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME = 0.1, 2.0, 2
# How many threads of a worker may use the database; `feeds run` has twice as many.
_USERS_AT_A_TIME = 4


class CanonicalAddress(NamedTuple):
    """The one address of what a request means, to which it is redirected."""

    url: str


class Responder:
    """Answers GET and HEAD requests; ``say`` gets problems as sentences.

    Safe to share between threads.
    """

    def __init__(self, publisher: Publisher, cache: ResponseCache, say: Callable[[str], object]) -> None:
        self._publisher = publisher
        self._cache = cache
        self._say = say
        self._reported: set[Problem] = set()
        self._gate = DatabaseGate(_USERS_AT_A_TIME)
        self._on_demand = TimeLimit(_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME)
        self._ordinary = TimeLimit(_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME)

    @property
    def base_url(self) -> str:
        """The address of the site."""
        return self._publisher.config.site.base_url

    def report_problems(self, document: Document) -> None:
        """Say which articles are missing in a document, each article once."""
        for problem in document.problems:
            if problem not in self._reported and len(self._reported) < _MOST_REPORTED:
                self._reported.add(problem)
                self._say(problem.text())

    def answer_from_cache(self, request: Request) -> Response | None:
        """Return the answer from the cache if it is there and current; use no database."""
        entry = self._cache.get(request.key)
        if entry is None or (entry.until is not None and time.monotonic() > entry.until):
            return None
        router = self._publisher.newest
        if entry.state is not router.state:
            if not _is_current(entry, request, router):
                return None
            entry.state = router.state
        return entry.finished.answer(request.headers)

    @contextmanager
    def open_snapshot(self, time_limit: TimeLimit) -> Iterator[Snapshot]:
        """Lend one state of the site to a request, within a time limit.

        Raises one of :data:`feeds.index.index.INDEX_ERRORS`, at once if the database hangs.
        """
        with self._gate.enter(), self._publisher.snapshot(time_limit) as snapshot:
            yield snapshot

    def answer(self, request: Request) -> Response:
        """Return the answer to any path and query.

        Raises one of :data:`feeds.index.index.INDEX_ERRORS` if the index takes too long, as it
        may for a reader's own query.
        """
        on_demand = self._is_on_demand(request)
        with self.open_snapshot(self._on_demand if on_demand else self._ordinary) as snapshot:
            if request.path == BUILDER and request.query:
                return builder_page.answer_builder(snapshot, request.query, request.headers)
            try:
                resolved = _resolve(snapshot.router, request)
                if isinstance(resolved, CanonicalAddress):
                    return make_redirect(308, resolved.url, request.headers)
                target = _count_articles(snapshot, resolved) if resolved else None
            except ParameterError as error:
                return make_error(400, str(error), request.headers)
            if on_demand:
                snapshot.check_time()
            finished = self._finish(snapshot, target, request) if target else None
            if finished is None:
                return answer_missing(snapshot, request)
            if on_demand:
                # What is left to do is to compress it.
                snapshot.check_time()
            return finished.answer(request.headers)

    def _is_on_demand(self, request: Request) -> bool:
        """Return whether a request is for what anybody can ask in any number of ways.

        All else is what the site has: it is made once, and kept.
        """
        if request.query and (request.asks_query_feed or request.path in (SEARCH, BUILDER)):
            return True
        router = self._publisher.newest
        return not (router.find(request.path) or (request.sent_path and router.find(request.sent_path)))

    def _expire(self, target: Target) -> float | None:
        """Return until when the cache may give a document, None if it needs no limit."""
        if not isinstance(target, FileTarget):
            return None
        config = self._publisher.config
        seconds = config.server.poll if config.articles_address else _FILE_SECONDS
        return time.monotonic() + seconds

    def _finish(self, snapshot: Snapshot, target: Target, request: Request) -> CachedResponse | None:
        """Return a document with its responses, None if the index has no such document."""
        key, version, had = request.key, snapshot.router.find_version(target), None
        if isinstance(target, FeedTarget) and key.delta:
            had = _recognise_base(snapshot, target, request.base)
            # Any other base counts as none, so that one response is kept for all of these.
            key = key._replace(delta=(had,))
            if had is None and (known := self._cache.get(key)) and known.version == version:
                return known.finished
            finished = _make_with_delta(snapshot, target, had)
        elif (document := snapshot.make(target)) is not None:
            doubtful = snapshot.state.doubtful_until
            finished = CachedResponse(
                document, snapshot.config, label=_describe_target(target), doubtful_until=doubtful
            )
        else:
            return None
        self.report_problems(finished.document)
        # A film must not take the place of a thousand feeds.
        if isinstance(target, FileTarget) and finished.size > _LARGEST_FILE:
            return finished
        self._cache.put(key, CacheEntry(finished, snapshot.state, version, self._expire(target)))
        return finished


def _describe_target(target: Target) -> Label:  # noqa: PLR0911 - one for each kind of document
    """Return the label by which requests for a document are counted.

    There are about as many labels as channels.
    """
    match target:
        case FeedTarget(channel, name):
            return channel.path, name
        case ChannelPage(channel):
            return channel.path, "html"
        case ListPage(kind):
            return kind, "html"
        case ArticlePage():
            return "articles", "html"
        case FileTarget() | PictureTarget():
            return "articles", "file"
        case SearchPage() | SearchFile():
            return SEARCH.rstrip("/"), "html"
        case SitemapPart() | FeedListPart():
            return SITEMAP if isinstance(target, SitemapPart) else make_feed_list_path(1), ""
        case Fixed(path) if path in FEED_LISTS or not path.endswith("/"):
            return (path, "") if path else ("", "html")
        case Fixed(path):
            return path.rstrip("/"), "html"


def _is_current(entry: CacheEntry, request: Request, router: Router) -> bool:
    """Return whether a document from another state of the site is the same now."""
    try:
        target = _resolve(router, request)
    except ParameterError:
        return False
    if target is None or isinstance(target, CanonicalAddress):
        return False
    return router.find_version(target) == entry.version


def _resolve(router: Router, request: Request) -> Target | CanonicalAddress | None:
    """Return what a request asks for, or its one address if it is spelled otherwise.

    Raises :class:`ParameterError`.
    """
    if request.path == SEARCH and (words := request.words):
        return _find_search(router, words)
    if not request.asks_query_feed:
        found = router.find(request.path)
        return found or (router.find(request.sent_path) if request.sent_path else None)
    name = find_query_format(router.config, request.path)
    if name is None:
        return None
    asked = queries.read(router, request.query)
    if not asked.canonical:
        return CanonicalAddress(f"{router.config.site.base_url}all.{name}")
    if asked.canonical != request.query:
        return CanonicalAddress(f"{router.config.site.base_url}{request.path}?{asked.canonical}")
    return FeedTarget(asked.channel, name, asked.number)


def _find_search(router: Router, words: str) -> SearchPage:
    try:
        return SearchPage(words, queries.read_words(router, words))
    except ParameterError as error:
        return SearchPage(words, problem=str(error))


def _count_articles(snapshot: Snapshot, target: Target) -> Target | None:
    """Return a target with the number of its articles if it is a reader's query.

    None if its archive has no document of that number.
    """
    if not isinstance(target, FeedTarget) or not target.channel.query:
        return target
    counted = target._replace(channel=snapshot.add_count(target.channel))
    has_document = not counted.number or snapshot.router.has_archive(counted.channel, counted.number)
    return counted if has_document else None


def _recognise_base(snapshot: Snapshot, target: FeedTarget, had: DeltaBase | None) -> DeltaBase | None:
    """Return what a reader says it has, if this site gave that out for this feed.

    None otherwise.
    """
    name = snapshot.read_token(had.generation) if had else None
    if had is None or name is None:
        return None
    ours = seal_base(had.generation, name, target.path, had.etag)
    return had if hmac.compare_digest(ours.seal, had.seal) else None


def _make_with_delta(snapshot: Snapshot, target: FeedTarget, had: DeltaBase | None) -> CachedResponse:
    """Return what is new since a reader has been here, else the whole feed.

    In either case its tag names the state of the whole (RFC 3229, 10.5.3).
    """
    finish = partial(
        CachedResponse,
        config=snapshot.config,
        label=_describe_target(target),
        doubtful_until=snapshot.state.doubtful_until,
    )
    generation, query = target.channel.generation, target.channel.query
    whole = snapshot.make_feed(target)
    name = snapshot.read_token(generation)
    # A search index may learn the words of an article after the article: then no state tells what is new.
    if name is None or (query and query.match):
        return finish(whole)
    base = seal_base(generation, name, target.path, whole.etag)
    delta = snapshot.make_delta(target, had.generation) if had else None
    if delta is None:
        return finish(whole, base=base)
    return finish(msgspec.structs.replace(delta, etag=whole.etag), base=base, delta=had)
