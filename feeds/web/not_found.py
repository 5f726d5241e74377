"""What to say of a path where there is no document: moved, written otherwise, retired or unknown."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from feeds.lib.text.similar import nearest
from feeds.model import Channel
from feeds.publisher.routes import Router
from feeds.publisher.snapshot import Snapshot
from feeds.web.request import Request, find_query_format
from feeds.web.response import Response, make_error, make_error_page, make_redirect

# Longer paths than any of ours are not compared with them.
_LONGEST_HINT = 300
_MOST_NEAR = 5
_GONE = "This feed was retired: it has no articles any more."


def answer_missing(snapshot: Snapshot, request: Request) -> Response:
    """The answer to a request for a path without a document."""
    site, base, path = snapshot.router, snapshot.config.site.base_url, request.path
    if (moved := site.new_path(path)) is not None:
        return make_redirect(301, base + moved, request.headers)
    if (canonical := _find_canonical(snapshot, path)) is not None:
        return make_redirect(308, base + canonical, request.headers)
    if find_query_format(site.config, lower := path.lower().strip("/")) and lower != path:
        return make_redirect(308, f"{base}{lower}?{request.query}", request.headers)
    stem = path[:_LONGEST_HINT].removesuffix("/")
    for name in site.config.feeds.formats:
        stem = stem.removesuffix(f".{name}")
    if stem in site.channels.gone:
        return _refuse(snapshot, request, HTTPStatus.GONE, _GONE, ())
    near = tuple(_find_nearest(site, stem.lower()))
    hint = f" Did you mean {base}{near[0].path}/ ?" if near else f" All feeds are listed at {base}"
    return _refuse(snapshot, request, HTTPStatus.NOT_FOUND, f"There is no such feed or page.{hint}", near)


def _refuse(
    snapshot: Snapshot, request: Request, status: HTTPStatus, text: str, near: tuple[Channel, ...]
) -> Response:
    """A page for people, a line for all others."""
    if request.wants_page:
        return make_error_page(status, snapshot.make_not_found(near, status), request.headers)
    return make_error(status, text, request.headers, [("Vary", "Accept")])


def _find_nearest(site: Router, stem: str) -> Iterator[Channel]:
    """The channels that are most like a path: in the same folder, with the same first letter."""
    folder, mark, name = stem.rpartition("/")
    channels = site.channels.by_path
    return (channels[path] for path in nearest(stem, channels, f"{folder}{mark}{name[:1]}", _MOST_NEAR))


def _find_canonical(snapshot: Snapshot, path: str) -> str | None:
    """The path that is meant by one in other letters, with or without a slash too many."""
    plain = "/".join(part for part in path.lower().split("/") if part).removesuffix("index.html")
    for candidate in (plain, f"{plain}/", plain.rstrip("/")):
        if candidate != path and (moved := snapshot.router.new_path(candidate)):
            return moved
        if candidate != path and snapshot.has(candidate):
            return candidate
    return None
