"""A request, reduced to what answers depend on."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from feeds.config.schema import Config, FormatName
from feeds.formats import MEDIA_TYPES
from feeds.lib.text.plain import to_plain_text
from feeds.paths import BUILDER, QUERY_FEED, SEARCH
from feeds.web.conditional import Base, find_newest_base
from feeds.web.response import RequestHeaders

_LONGEST_QUERY, _LONGEST_WORDS = 2000, 100
_FEED_ENDINGS = tuple(f".{name}" for name in MEDIA_TYPES)


class Request(NamedTuple):
    """What answers depend on.

    ``path`` is without its first slash, ``query`` the query string as it was sent, and
    ``instance_manipulations`` the value of ``A-IM`` (RFC 3229).
    """

    path: str
    query: str
    headers: RequestHeaders
    instance_manipulations: str = ""
    accept: str = ""

    @property
    def key(self) -> str:
        """The key of its document in the cache.

        Only readers' queries and searches depend on the query string, only deltas on the
        state that the reader has.
        """
        takes_parameters = self.path in (SEARCH, BUILDER) or self.asks_query_feed
        key = f"{self.path}?{self.query}" if self.query and takes_parameters else self.path
        return f"{key} since {self.base}" if self.wants_delta else key

    @property
    def base(self) -> Base | None:
        """The state that the reader has, if its tags name one."""
        return find_newest_base(self.headers.if_none_match)

    @property
    def asks_query_feed(self) -> bool:
        """Whether the path is that of the feeds that readers choose by parameters."""
        return self.path.startswith(f"{QUERY_FEED}.")

    @property
    def words(self) -> str:
        """The words that a search looks for."""
        pairs = parse_qsl(self.query[:_LONGEST_QUERY])
        return to_plain_text(next((value for name, value in pairs if name == "q"), ""))[
            :_LONGEST_WORDS
        ].strip()

    @property
    def wants_page(self) -> bool:
        """Whether an error should be a page: somebody looks at a browser, and asked for no feed."""
        return "text/html" in self.accept.lower() and not self.path.endswith(_FEED_ENDINGS)

    @property
    def wants_delta(self) -> bool:
        """Whether the reader accepts a feed of the new entries only (RFC 3229, for GET)."""
        if not self.instance_manipulations or self.headers.method != "GET":
            return False
        wanted = {part.partition(";")[0].strip().lower() for part in self.instance_manipulations.split(",")}
        return "feed" in wanted


def parse_request(environ: dict[str, Any]) -> Request:
    """Read the request from a WSGI environment (PEP 3333)."""
    get = environ.get
    request_headers = RequestHeaders(
        environ["REQUEST_METHOD"],
        get("HTTP_ACCEPT_ENCODING"),
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_IF_MODIFIED_SINCE"),
    )
    query = get("QUERY_STRING", "")
    if not query.isascii():
        query = query.encode("latin-1", "replace").decode("utf-8", "replace")
    path = environ["PATH_INFO"].removeprefix("/")
    return Request(path, query, request_headers, get("HTTP_A_IM", ""), get("HTTP_ACCEPT", ""))


def find_query_format(config: Config, path: str) -> FormatName | None:
    """Return the format of the feeds of readers' queries at a path; None if it is another path."""
    return next((name for name in config.feeds.formats if path == f"{QUERY_FEED}.{name}"), None)
