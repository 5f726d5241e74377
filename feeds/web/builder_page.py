"""Answers what people choose on the page for building a feed."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs

from feeds.errors import ParameterError
from feeds.publisher import queries
from feeds.publisher.pages.builder import BuilderState
from feeds.publisher.snapshot import Snapshot
from feeds.web.response import RequestHeaders, Response, make_uncached_page

# So many matching articles are shown.
_NEWEST = 12


def answer_builder(snapshot: Snapshot, query: str, request_headers: RequestHeaders) -> Response:
    """The page with a choice, what it selects and where its feed is; 400 where it cannot be understood.

    It is made for one person at a time, and so not remembered.
    """
    try:
        status, chosen = HTTPStatus.OK, _read_choice(snapshot, query)
    except ParameterError as error:
        status, chosen = HTTPStatus.BAD_REQUEST, BuilderState(_parse_leniently(query), fault=str(error))
    return make_uncached_page(status, snapshot.render_builder(chosen), request_headers)


def _read_choice(snapshot: Snapshot, query: str) -> BuilderState:
    """The choice as it is written in the one address of its feed, and what it selects."""
    asked = queries.read(snapshot.router, query).channel
    channel = snapshot.with_count(asked) if asked.name else snapshot.channels.by_path["all"]
    return BuilderState(parse_qs(asked.name), channel, snapshot.newest_articles(asked, _NEWEST))


def _parse_leniently(query: str) -> queries.Values:
    try:
        return queries.parse_values(query)
    except ParameterError:
        return {}
