"""Answers requests for documents: from memory where it can, else by making them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from feeds.errors import ParameterError
from feeds.index.time_limit import TimeLimit
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

_TOKEN = 8
_MOST_TOLD = 1000
# Whatever readers select: half of a worker's threads stay free for the others.
_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME = 0.1, 2.0, 2


class Responder:
    """Answers GET and HEAD requests; ``say`` is told of faults. Safe to share between threads."""

    def __init__(self, publisher: Publisher, cache: ResponseCache, say: Callable[[str], object]) -> None:
        self._publisher = publisher
        self._cache = cache
        self._say = say
        self._reported: set[Problem] = set()
        self._time_limit = TimeLimit(_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME)

    def report_problems(self, document: Document) -> None:
        """Say what is missing in a document, each article once: readers ask for as many documents as they like."""
        for fault in document.faults:
            if fault not in self._reported and len(self._reported) < _MOST_TOLD:
                self._reported.add(fault)
                self._say(fault.text())

    def answer_from_cache(self, request: Request) -> Response | None:
        """The answer, where its document is in memory and still right; asks no database."""
        entry = self._cache.get(request.key)
        if entry is None:
            return None
        site = self._publisher.newest
        if entry.state is not site.state:
            if not _is_current(entry, request, site):
                return None
            entry.state = site.state
        return entry.finished.answer(request.headers)

    def answer(self, request: Request) -> Response:
        """The answer to any path and query. Raises one of :data:`feeds.index.index.INDEX_ERRORS` where the
        index takes too long, as it may for a reader's own selection."""  # noqa: D205, D209 - two sentences
        with self._publisher.snapshot(self._time_limit) as snapshot:
            if request.path == BUILDER and request.query:
                return builder_page.answer_builder(snapshot, request.query, request.headers)
            try:
                target = _count_articles(snapshot, _resolve(snapshot.router, request))
            except ParameterError as error:
                return make_error(400, str(error), request.headers)
            if isinstance(target, str):
                return make_redirect(308, target, request.headers)
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
    return None if document is None else CachedResponse(document, snapshot.config)


def _is_current(entry: CacheEntry, request: Request, site: Router) -> bool:
    """Whether a document that was made in another state of the site is the same in this one."""
    try:
        target = _resolve(site, request)
    except ParameterError:
        return False
    return target is not None and not isinstance(target, str) and site.version(target) == entry.version


def _resolve(site: Router, request: Request) -> Target | str | None:
    """What a request asks for; a text is the one address of what it means.

    Raises :class:`ParameterError`.
    """
    if request.path == SEARCH and (words := request.words):
        return SearchPage(words)
    if not request.asks_query_feed:
        return site.find(request.path)
    name = find_query_format(site.config, request.path)
    if name is None:
        return None
    asked = queries.read(site, request.query)
    if not asked.canonical:
        return f"{site.config.site.base_url}all.{name}"
    if asked.canonical != request.query:
        return f"{site.config.site.base_url}{request.path}?{asked.canonical}"
    return FeedTarget(asked.channel, name, asked.number)


def _count_articles(snapshot: Snapshot, target: Target | str | None) -> Target | str | None:
    """A target with what only the index knows: how many articles a reader's selection has."""
    if not isinstance(target, FeedTarget) or not target.channel.query:
        return target
    place = target._replace(channel=snapshot.with_count(target.channel))
    return place if not place.number or snapshot.router.has_archive(place.channel, place.number) else None


def _make_with_delta(snapshot: Snapshot, place: FeedTarget, request: Request) -> CachedResponse:
    """For a reader that takes deltas: what is new since the state that its tag names, else the
    whole feed; in either case with a tag that names the state of the whole (RFC 3229, 10.5.3)."""  # noqa: D205, D209 - one sentence
    selection = place.channel.query
    token = snapshot.token(place.channel.generation)
    # The words of an article may become known after it: then no state tells what is new.
    base = (
        Base(place.channel.generation, token[:_TOKEN])
        if token and not (selection and selection.match)
        else None
    )
    whole = snapshot.make_feed(place)
    had = request.base
    known = snapshot.token(had.generation) if had and base else None
    if had is not None and known and known.startswith(had.token):
        delta = snapshot.make_delta(place, had.generation)
        if delta is not None:
            return CachedResponse(msgspec.structs.replace(delta, etag=whole.etag), snapshot.config, base, had)
    return CachedResponse(whole, snapshot.config, base)
