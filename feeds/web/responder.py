"""Answer requests for documents: from the cache if possible, else by making them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from feeds.errors import ParameterError
from feeds.index.index import TimeLimit
from feeds.model import Document, Problem
from feeds.paths import BUILDER, SEARCH
from feeds.publisher import queries
from feeds.publisher.routes import FeedTarget, Router, SearchPage, Target
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.web import builder_page
from feeds.web.cache import CacheEntry, ResponseCache
from feeds.web.conditional import Base
from feeds.web.not_found import answer_missing
from feeds.web.request import Request, find_query_format
from feeds.web.response import CachedResponse, Response, make_error, make_redirect

# How much of a state's name is in a tag.
_TOKEN_LENGTH = 8
_MOST_REPORTED = 1000
# Time limits of readers' queries and searches: half of a worker's threads stay free for other requests.
_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME = 0.1, 2.0, 2


class CanonicalAddress(NamedTuple):
    """The one address of what a request means, to which it is redirected."""

    url: str


class Responder:
    """Answers GET and HEAD requests; ``say`` gets problems as sentences. Safe to share between threads."""

    def __init__(self, publisher: Publisher, cache: ResponseCache, say: Callable[[str], object]) -> None:
        self._publisher = publisher
        self._cache = cache
        self._say = say
        self._reported: set[Problem] = set()
        self._time_limit = TimeLimit(_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME)

    @property
    def base_url(self) -> str:
        """The address of the site."""
        return self._publisher.config.site.base_url

    def report_problems(self, document: Document) -> None:
        """Say which articles are missing in a document; each once, however many documents are made."""
        for problem in document.problems:
            if problem not in self._reported and len(self._reported) < _MOST_REPORTED:
                self._reported.add(problem)
                self._say(problem.text())

    def answer_from_cache(self, request: Request) -> Response | None:
        """Return the answer if its document is in the cache and still right; asks no database."""
        entry = self._cache.get(request.key)
        if entry is None:
            return None
        router = self._publisher.newest
        if entry.state is not router.state:
            if not _is_current(entry, request, router):
                return None
            entry.state = router.state
        return entry.finished.answer(request.headers)

    def answer(self, request: Request) -> Response:
        """Return the answer to any path and query.

        Raises one of :data:`feeds.index.index.INDEX_ERRORS` if the index takes too long, as it
        may for a reader's own query.
        """
        with self._publisher.snapshot(self._time_limit) as snapshot:
            if request.path == BUILDER and request.query:
                return builder_page.answer_builder(snapshot, request.query, request.headers)
            try:
                resolved = _resolve(snapshot.router, request)
                if isinstance(resolved, CanonicalAddress):
                    return make_redirect(308, resolved.url, request.headers)
                target = _count_articles(snapshot, resolved) if resolved else None
            except ParameterError as error:
                return make_error(400, str(error), request.headers)
            finished = _make_cached(snapshot, target, request) if target else None
            if target is None or finished is None:
                return answer_missing(snapshot, request)
            self.report_problems(finished.document)
            entry = CacheEntry(finished, snapshot.state, snapshot.router.version(target))
            self._cache.put(request.key, entry)
            return finished.answer(request.headers)


def _make_cached(snapshot: Snapshot, target: Target, request: Request) -> CachedResponse | None:
    if request.wants_delta and isinstance(target, FeedTarget):
        return _make_with_delta(snapshot, target, request)
    document = snapshot.make(target)
    return (
        None
        if document is None
        else CachedResponse(document, snapshot.config, doubtful_until=snapshot.state.doubtful_until)
    )


def _is_current(entry: CacheEntry, request: Request, router: Router) -> bool:
    """Return whether a document made in another state of the site is the same in this one."""
    try:
        target = _resolve(router, request)
    except ParameterError:
        return False
    if target is None or isinstance(target, CanonicalAddress):
        return False
    return router.version(target) == entry.version


def _resolve(router: Router, request: Request) -> Target | CanonicalAddress | None:
    """Return what a request asks for, or the one address of it if that is spelled otherwise.

    Raises :class:`ParameterError`.
    """
    if request.path == SEARCH and (words := request.words):
        return SearchPage(words)
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


def _count_articles(snapshot: Snapshot, target: Target) -> Target | None:
    """Return a target with what only the index knows: how many articles a reader's query has.

    None if its archive has no document of that number.
    """
    if not isinstance(target, FeedTarget) or not target.channel.query:
        return target
    place = target._replace(channel=snapshot.with_count(target.channel))
    return place if not place.number or snapshot.router.has_archive(place.channel, place.number) else None


def _make_with_delta(snapshot: Snapshot, place: FeedTarget, request: Request) -> CachedResponse:
    """Return what is new since the state that a reader's tag names, else the whole feed.

    In either case its tag names the state of the whole (RFC 3229, 10.5.3).
    """
    selection = place.channel.query
    token = snapshot.token(place.channel.generation)
    # A search index may learn the words of an article after the article: then no state tells what is new.
    base = (
        Base(place.channel.generation, token[:_TOKEN_LENGTH])
        if token and not (selection and selection.match)
        else None
    )
    doubtful = snapshot.state.doubtful_until
    whole = snapshot.make_feed(place)
    had = request.base
    known = snapshot.token(had.generation) if had and base else None
    if had is not None and known and known.startswith(had.token):
        delta = snapshot.make_delta(place, had.generation)
        if delta is not None:
            return CachedResponse(
                msgspec.structs.replace(delta, etag=whole.etag), snapshot.config, base, had, doubtful
            )
    return CachedResponse(whole, snapshot.config, base, doubtful_until=doubtful)
