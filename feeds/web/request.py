"""A request, reduced to what answers depend on."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from feeds.config.schema import Config, FormatName
from feeds.formats import MEDIA_TYPES
from feeds.lib.text.plain import to_plain_text
from feeds.paths import BUILDER, QUERY_FEED, SEARCH
from feeds.web.conditional import DeltaBase, find_newest_base
from feeds.web.response import RequestHeaders

_LONGEST_QUERY, _LONGEST_WORDS = 2000, 100
_SENT = "feeds.sent_path"
_FEED_ENDINGS = tuple(f".{name}" for name in MEDIA_TYPES)


class Key(NamedTuple):
    """What tells a document of the cache from all others.

    ``delta`` is empty for a whole document; for a reader that accepts deltas it holds what that has.
    """

    path: str
    sent_path: str
    parameters: str
    delta: tuple[DeltaBase | None, ...] = ()


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
    # The path including that of the base URL: if a proxy stripped a path, the site may have this one.
    sent_path: str = ""

    @property
    def key(self) -> Key:
        """The key of its document in the cache, of parts that stay apart."""
        delta = (self.base,) if self.wants_delta else ()
        return Key(self.path, self.sent_path, self._parameters, delta)

    @property
    def _parameters(self) -> str:
        """What answers depend on in the query string, which few paths look at.

        Of a search the words. Of a reader's query all as it was sent: it has one spelling.
        """
        if self.path == SEARCH:
            return self.words if self.query else ""
        return self.query if self.asks_query_feed or self.path == BUILDER else ""

    @property
    def base(self) -> DeltaBase | None:
        """What the reader says that it has, if its tags name the state of a document."""
        return find_newest_base(self.headers.if_none_match)

    @property
    def asks_query_feed(self) -> bool:
        """Whether the path is that of the feeds that readers choose by parameters."""
        return self.path.startswith(f"{QUERY_FEED}.")

    @property
    def words(self) -> str:
        """The words that a search looks for."""
        pairs = parse_qsl(self.query[:_LONGEST_QUERY])
        given = next((value for name, value in pairs if name == "q"), "")
        # Cut before as well: removing markup seldom shortens a text so much.
        return to_plain_text(given[: 4 * _LONGEST_WORDS])[:_LONGEST_WORDS].strip()

    @property
    def wants_page(self) -> bool:
        """Whether an error should be a page: the client is a browser and asks for no feed."""
        return "text/html" in self.accept.lower() and not self.path.endswith(_FEED_ENDINGS)

    @property
    def wants_delta(self) -> bool:
        """Whether the reader accepts a feed of the new entries only (RFC 3229, for GET)."""
        if not self.instance_manipulations or self.headers.method != "GET":
            return False
        if not self.path.endswith(_FEED_ENDINGS):
            return False
        wanted = {part.partition(";")[0].strip().lower() for part in self.instance_manipulations.split(",")}
        return "feed" in wanted


def relocate(environ: dict[str, Any], root: str) -> dict[str, Any]:
    """Return an environment whose ``PATH_INFO`` begins where the site does.

    ``root`` is the path of the base URL. A proxy may pass it on or strip it, and the application
    may be mounted there; what is left of the path is the same.
    """
    if root == "/":
        return environ
    mount, path = environ.get("SCRIPT_NAME", ""), environ["PATH_INFO"]
    full = mount + path
    if not f"{full}/".startswith(root):
        return environ
    # Without a slash, it is the site's folder; an empty path says so.
    rest = full[len(root) - 1 :]
    sent = {} if mount else {_SENT: path}
    return {**environ, "SCRIPT_NAME": root[:-1], "PATH_INFO": rest, **sent}


def find_root(base_url: str) -> str:
    """Return the path of a base URL as ``PATH_INFO`` would have it."""
    return unquote_to_bytes(urlsplit(base_url).path).decode("latin-1")


def parse_request(environ: dict[str, Any]) -> Request:
    """Read the request from a WSGI environment (PEP 3333)."""
    get = environ.get
    request_headers = RequestHeaders(
        environ["REQUEST_METHOD"],
        get("HTTP_ACCEPT_ENCODING"),
        get("HTTP_IF_NONE_MATCH"),
        get("HTTP_IF_MODIFIED_SINCE"),
        "document" if get("HTTP_SEC_FETCH_DEST") == "document" else None,
        get("HTTP_RANGE"),
        get("HTTP_IF_RANGE"),
    )
    query = get("QUERY_STRING", "")
    if not query.isascii():
        query = query.encode("latin-1", "replace").decode("utf-8", "replace")
    path = environ["PATH_INFO"].removeprefix("/")
    return Request(
        path, query, request_headers, get("HTTP_A_IM", ""), get("HTTP_ACCEPT", ""), get(_SENT, "")[1:]
    )


def find_query_format(config: Config, path: str) -> FormatName | None:
    """Return the format of a query feed's path, None if the path is another."""
    return next((name for name in config.feeds.formats if path == f"{QUERY_FEED}.{name}"), None)
