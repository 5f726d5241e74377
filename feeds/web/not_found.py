"""Answer requests for paths without a document: moved, misspelt, retired, unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from feeds.errors import ParameterError
from feeds.lib.text.plain import find_nearest
from feeds.model import Channel
from feeds.paths import QUERY_FEED
from feeds.publisher import queries
from feeds.publisher.guesses import find_guessed, split_guess
from feeds.publisher.headers import GONE, NOT_FOUND
from feeds.publisher.routes import Router
from feeds.publisher.snapshot import Snapshot
from feeds.web.request import Request, find_query_format
from feeds.web.response import Response, make_error, make_error_page, make_redirect

# A longer path than any of ours is compared only in part.
_LONGEST_HINT = 300
_MOST_NEAR = 5
_ARCHIVE = re.compile(r"/archive/[0-9]+$")


def answer_missing(snapshot: Snapshot, request: Request) -> Response:
    """Return the answer to a request for a path without a document."""
    site, base, path = snapshot.router, snapshot.config.site.base_url, request.path
    if (moved := site.find_new_path(path)) is not None:
        return make_redirect(301, base + moved, request.headers)
    if (canonical := _find_canonical(snapshot, path)) is not None:
        return make_redirect(308, base + canonical, request.headers)
    if find_query_format(site.config, lower := path.lower().strip("/")) and lower != path:
        return make_redirect(308, f"{base}{lower}?{request.query}", request.headers)
    for spelling in _list_spellings(snapshot, path):
        if (guessed := find_guessed(site.channels, site.config.feeds, spelling)) is not None:
            target = _add_query(site, guessed, request.query)
            # A query whose archive has no such document is at its own address already.
            if target.partition("?")[0] != path:
                # Of the two permanent redirects, every reader follows this one.
                return make_redirect(301, base + target, request.headers)
    stem = path[:_LONGEST_HINT].removesuffix("/").lower()
    for name in site.config.feeds.formats:
        stem = stem.removesuffix(f".{name}")
    guess = split_guess(path)
    if (guess[0] if guess else _ARCHIVE.sub("", stem)) in site.channels.retired:
        return _refuse(snapshot, request, HTTPStatus.GONE, GONE, ())
    near = tuple(_find_nearest(site, stem))
    hint = f" Did you mean {base}{near[0].path}/ ?" if near else f" All feeds are listed at {base}"
    return _refuse(snapshot, request, HTTPStatus.NOT_FOUND, f"{NOT_FOUND}{hint}", near)


def _refuse(
    snapshot: Snapshot, request: Request, status: HTTPStatus, text: str, near: tuple[Channel, ...]
) -> Response:
    """Refuse with a page if somebody looks at a browser, else with a line of text."""
    if request.wants_page:
        return make_error_page(status, snapshot.make_not_found(near, status), request.headers)
    return make_error(status, text, request.headers, [("Vary", "Accept")])


def _find_nearest(site: Router, stem: str) -> Iterator[Channel]:
    """Return the channels most like a path, in its folder and with its first letter."""
    folder, mark, name = stem.rpartition("/")
    channels = site.channels.listed_by_path
    return (channels[path] for path in find_nearest(stem, channels, f"{folder}{mark}{name[:1]}", _MOST_NEAR))


def _find_canonical(snapshot: Snapshot, path: str) -> str | None:
    """Return the path that was meant by one in other case, or with wrong slashes."""
    plains = (stem.removesuffix("index.html") for stem in _list_spellings(snapshot, path))
    for candidate in (spelled for stem in plains for spelled in (stem, f"{stem}/", stem.rstrip("/"))):
        if candidate != path and (moved := snapshot.router.find_new_path(candidate)):
            return moved
        if candidate != path and snapshot.has(candidate):
            return candidate
    return None


def _list_spellings(snapshot: Snapshot, path: str) -> tuple[str, ...]:
    """Return a path in lower case with single slashes, also as below the base URL."""
    plain = "/".join(part for part in path.lower().split("/") if part)
    root = urlsplit(snapshot.config.site.base_url).path.lower().strip("/")
    inside = f"{plain}/".removeprefix(f"{root}/").removesuffix("/") if root else plain
    return (plain, inside) if inside != plain else (plain,)


def _add_query(site: Router, feed: str, query: str) -> str:
    """Return the path of a feed, or of the query feed in its format for a query."""
    stem, _, ending = feed.rpartition(".")
    try:
        asked = queries.read(site, query).canonical if query and stem == "all" else ""
    except ParameterError:
        # Its own address says what is wrong.
        asked = query
    return f"{QUERY_FEED}.{ending}?{asked}" if asked else feed
