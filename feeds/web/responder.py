"""Answers requests for documents: from memory where it can, else by making them."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from feeds import parameters
from feeds.conditional import Base, newest_base
from feeds.config import FormatName
from feeds.errors import ParameterError
from feeds.index.patience import Patience
from feeds.metadata import SELECTIONS
from feeds.publisher import FeedPlace, Publisher, SiteMap, Snapshot, Target
from feeds.text.near import nearest
from feeds.web.answers import Answer, Finished, Wish, redirect, refusal
from feeds.web.memory import Kept, Memory

# Longer paths than any of ours are not compared with them.
_LONGEST_HINT = 300
_TOKEN = 8
# Whatever readers select: half of a worker's threads stay free for the others.
_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME = 0.1, 2.0, 2


class Request(NamedTuple):
    """A request as far as it matters: ``path`` without its first slash, the query string as it
    was sent, and ``instance_manipulations``, the value of ``A-IM`` (RFC 3229)."""  # noqa: D205, D209 - one sentence

    path: str
    query: str
    wish: Wish
    instance_manipulations: str = ""

    @property
    def key(self) -> str:
        """What its document is remembered by: only selections depend on the query, only deltas
        on the state that the reader has."""  # noqa: D205, D209 - one sentence
        key = f"{self.path}?{self.query}" if self.query and is_selection(self.path) else self.path
        return f"{key} since {self.base}" if self.wants_delta else key

    @property
    def base(self) -> Base | None:
        """The state that the reader has, as far as its tags name one."""
        return newest_base(self.wish.if_none_match)

    @property
    def wants_delta(self) -> bool:
        """Whether a feed with the new entries only would do (RFC 3229, for GET)."""
        if not self.instance_manipulations or self.wish.method != "GET":
            return False
        wanted = {part.partition(";")[0].strip().lower() for part in self.instance_manipulations.split(",")}
        return "feed" in wanted


def is_selection(path: str) -> bool:
    """Whether a path takes parameters."""
    return path.startswith(f"{SELECTIONS}.")


def request_of(environ: dict[str, Any]) -> Request:
    """The request of a WSGI environment (PEP 3333)."""
    get = environ.get
    wish = Wish(
        environ["REQUEST_METHOD"],
        get("HTTP_ACCEPT_ENCODING"),
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_IF_MODIFIED_SINCE"),
    )
    query = get("QUERY_STRING", "")
    if not query.isascii():
        query = query.encode("latin-1", "replace").decode("utf-8", "replace")
    return Request(environ["PATH_INFO"].removeprefix("/"), query, wish, get("HTTP_A_IM", ""))


class Responder:
    """Answers GET and HEAD requests. Safe to share between threads."""

    def __init__(self, publisher: Publisher, memory: Memory) -> None:
        self._publisher = publisher
        self._memory = memory
        self._patience = Patience(_QUICK_SECONDS, _MOST_SECONDS, _SLOW_AT_A_TIME)

    def remembered(self, request: Request) -> Answer | None:
        """The answer, where its document is in memory and still right; asks no database."""
        kept = self._memory.get(request.key)
        if kept is None:
            return None
        site = self._publisher.newest
        if kept.state is not site.state:
            if not _is_still_right(kept, request, site):
                return None
            kept.state = site.state
        return kept.finished.answer(request.wish)

    def answer(self, request: Request) -> Answer:
        """The answer to any path and query. Raises :class:`sqlite3.OperationalError` where the
        index takes too long, as it may for a reader's own selection."""  # noqa: D205, D209 - two sentences
        with self._publisher.snapshot(self._patience) as snapshot:
            try:
                target = _completed(snapshot, _resolve(snapshot.site, request))
            except ParameterError as error:
                return refusal(400, str(error), request.wish)
            if isinstance(target, str):
                return redirect(308, target, request.wish)
            if target is None:
                return _missing(snapshot.site, request)
            if request.wants_delta and isinstance(target, FeedPlace):
                finished = _with_delta(snapshot, target, request)
            else:
                finished = Finished(snapshot.make(target), snapshot.config)
            kept = Kept(finished, snapshot.state, snapshot.site.version(target))
            self._memory.put(request.key, kept)
            return finished.answer(request.wish)


def _is_still_right(kept: Kept, request: Request, site: SiteMap) -> bool:
    """Whether a document that was made in another state of the site is the same in this one."""
    try:
        target = _resolve(site, request)
    except ParameterError:
        return False
    return target is not None and not isinstance(target, str) and site.version(target) == kept.version


def _resolve(site: SiteMap, request: Request) -> Target | str | None:
    """What a request asks for; a text is the one address of what it means.

    Raises :class:`ParameterError`.
    """
    if not is_selection(request.path):
        return site.find(request.path)
    name = _format(site, request.path)
    if name is None:
        return None
    asked = parameters.read(site, request.query)
    if not asked.query:
        return f"{site.config.site.base_url}all.{name}"
    if asked.query != request.query:
        return f"{site.config.site.base_url}{request.path}?{asked.query}"
    return FeedPlace(asked.channel, name, asked.number)


def _format(site: SiteMap, path: str) -> FormatName | None:
    """The format of the feeds of selections at a path."""
    return next((name for name in site.config.feeds.formats if path == f"{SELECTIONS}.{name}"), None)


def _completed(snapshot: Snapshot, target: Target | str | None) -> Target | str | None:
    """A target with what only the index knows: how many articles a reader's selection has."""
    if not isinstance(target, FeedPlace) or not target.channel.selection:
        return target
    place = target._replace(channel=snapshot.counted(target.channel))
    return place if not place.number or snapshot.site.has_archive(place.channel, place.number) else None


def _with_delta(snapshot: Snapshot, place: FeedPlace, request: Request) -> Finished:
    """For a reader that takes deltas: what is new since the state that its tag names, else the
    whole feed; in either case with a tag that names the state of the whole (RFC 3229, 10.5.3)."""  # noqa: D205, D209 - one sentence
    selection = place.channel.selection
    token = snapshot.token(place.channel.generation)
    # The words of an article may become known after it: then no state tells what is new.
    base = (
        Base(place.channel.generation, token[:_TOKEN])
        if token and not (selection and selection.match)
        else None
    )
    whole = snapshot.make(place)
    had = request.base
    known = snapshot.token(had.generation) if had and base else None
    if had is not None and known and known.startswith(had.token):
        delta = snapshot.delta(place, had.generation)
        if delta is not None:
            return Finished(msgspec.structs.replace(delta, etag=whole.etag), snapshot.config, base, had)
    return Finished(whole, snapshot.config, base)


def _missing(site: SiteMap, request: Request) -> Answer:
    """What to say of a path without a document: moved, written otherwise, retired or unknown."""
    base, path = site.config.site.base_url, request.path
    if (moved := site.moved(path)) is not None:
        return redirect(301, base + moved, request.wish)
    if (canonical := _canonical(site, path)) is not None:
        return redirect(308, base + canonical, request.wish)
    if _format(site, plain := path.lower().strip("/")) and plain != path:
        return redirect(308, f"{base}{plain}?{request.query}", request.wish)
    stem = path[:_LONGEST_HINT].removesuffix("/")
    for name in site.config.feeds.formats:
        stem = stem.removesuffix(f".{name}")
    if stem in site.channels.gone:
        return refusal(410, "This feed was retired: it has no articles any more.", request.wish)
    near = _nearest(site, stem.lower())
    hint = f" Did you mean {base}{near}/ ?" if near else f" All feeds are listed at {base}"
    return refusal(404, f"There is no such feed or page.{hint}", request.wish)


def _nearest(site: SiteMap, stem: str) -> str | None:
    """The channel that is most like a path: in the same folder, with the same first letter."""
    folder, mark, name = stem.rpartition("/")
    return nearest(stem, site.channels.by_path, f"{folder}{mark}{name[:1]}")


def _canonical(site: SiteMap, path: str) -> str | None:
    """The path that is meant by one in other letters, with or without a slash too many."""
    plain = "/".join(part for part in path.lower().split("/") if part).removesuffix("index.html")
    for candidate in (plain, f"{plain}/", plain.rstrip("/")):
        if candidate != path and (site.moved(candidate) or site.find(candidate)):
            return site.moved(candidate) or candidate
    return None
