"""Answer what people choose on the page for building a feed."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs

from feeds.errors import ParameterError
from feeds.publisher import queries
from feeds.publisher.pages.builder import BuilderState
from feeds.publisher.snapshot import Snapshot
from feeds.web.response import RequestHeaders, Response, make_uncached_page

# How many of the matching articles are shown.
_NEWEST = 12
_LABEL = ("build", "html")


def answer_builder(snapshot: Snapshot, query: str, request_headers: RequestHeaders) -> Response:
    """Return the page with a choice, what it selects and the address of its feed.

    The status is 400 if the choice cannot be understood. No cache keeps the page, because it
    is made for one person.
    """
    try:
        status, chosen = HTTPStatus.OK, _read_choice(snapshot, query)
    except ParameterError as error:
        status, chosen = HTTPStatus.BAD_REQUEST, BuilderState(_parse_leniently(query), problem=str(error))
    snapshot.check_time()
    return make_uncached_page(status, snapshot.render_builder(chosen), request_headers, _LABEL)


def _read_choice(snapshot: Snapshot, query: str) -> BuilderState:
    """Read the choice, in its one spelling as an address, and find what it selects."""
    asked = queries.read(snapshot.router, query).channel
    channel = snapshot.add_count(asked) if asked.name else snapshot.channels.by_path["all"]
    return BuilderState(parse_qs(asked.name), channel, snapshot.read_newest_articles(asked, _NEWEST))


def _parse_leniently(query: str) -> queries.Values:
    """Return the values as they were given; none if even that cannot be read."""
    try:
        return queries.parse_values(query)
    except ParameterError:
        return {}
