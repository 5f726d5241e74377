"""Fetch pages and feeds of other sites with good manners."""

from __future__ import annotations

import http.client
import ipaddress
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from feeds.errors import FetchError
from feeds.lib.exchange import (
    AddressRefusedError,
    Open,
    exchange,
    explain_failure,
    make_printable,
    name_status,
    parse_retry_after,
)
from feeds.lib.text.urls import canonicalise
from feeds.version import __version__

# Seconds between two requests to a host.
PAUSE = 1.0
_MOST_REDIRECTS = 10
_PIECE = 1 << 16
# Moved for good (RFC 9110, section 15.4); the others may lead elsewhere tomorrow.
_PERMANENT = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
_REDIRECTS = _PERMANENT | {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT}
_ACCEPT = (
    "text/html,application/xhtml+xml,application/feed+json,application/atom+xml,application/rss+xml,*/*;q=0.8"
)
# Addresses in which a translator finds the IPv4 address to connect to (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_HINTS = {
    401: "It is only for those who sign in.",
    403: "It refuses programs, or this network. Open it in a browser, and write the article with `feeds new`.",
    404: "Is the address complete?",
    410: "The page is gone for good.",
    429: "It asks for fewer requests.",
    451: "It may not be shown here for legal reasons.",
}


class Fetched(NamedTuple):
    """What a server answered.

    ``url`` is where the redirects led, ``moved`` is where the address that was asked for has moved for good,
    "" if it has not. The names of ``headers`` are in small letters. ``body`` is decompressed, and empty if
    ``status`` is 304: nothing has changed.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    content_type: str = ""
    moved: str = ""
    visited: tuple[str, ...] = ()

    @property
    def etag(self) -> str:
        """The mark of this state, to be sent with the next request."""
        return self.headers.get("etag", "")

    @property
    def last_modified(self) -> str:
        """The date of this state, to be sent with the next request."""
        return self.headers.get("last-modified", "")


class Fetcher:
    """Asks each host for one thing at a time, with a pause in between."""

    def __init__(  # noqa: PLR0913 - each is a bound or a custom of its own
        self,
        site: str,
        *,
        allow_private: bool = False,
        seconds: float = 10,
        limit: int = 5_000_000,
        pause: float | None = None,
        accept: str = _ACCEPT,
    ) -> None:
        """Prepare requests in the name of ``site``, the address of the feeds.

        ``seconds`` and ``limit`` (bytes, decompressed) bound each fetch with its redirects. ``pause`` is in seconds,
        and not made before a redirect is followed. ``accept`` says what kinds are wanted. Addresses of this machine and
        of private networks are refused unless ``allow_private``.
        """
        self._sender = f"feeds/{__version__} (+{site})"
        self._allow_private = allow_private
        self._accept = accept
        self._seconds = seconds
        self._limit = limit
        self._pause = PAUSE if pause is None else pause
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._free_at: dict[str, float] = {}

    def fetch(self, url: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        """Return what is at an address, redirects followed.

        ``etag`` and ``last_modified`` are those of an earlier answer. Raises :class:`FetchError` with a
        sentence if there is nothing to be had.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {
            "User-Agent": self._sender,
            "Accept": self._accept,
            "Accept-Encoding": "gzip",
            **{name: value for name, value in conditions.items() if value},
        }
        visited: list[str] = []
        moved, is_permanent, left = "", True, self._seconds
        at = url = check_address(url)
        while True:
            visited.append(at)
            seconds, answer = self._ask(_Request(url, at, headers, left))
            left -= seconds
            if answer.status not in _REDIRECTS:
                return answer._replace(moved=moved, visited=tuple(visited))
            target = answer.headers.get("location", "")
            at = check_address(url, canonicalise(target, at) or target or "nowhere")
            is_permanent = is_permanent and answer.status in _PERMANENT
            moved = at if is_permanent else moved
            if at in visited or len(visited) > _MOST_REDIRECTS:
                raise FetchError(
                    f"{url}: leads in a circle of redirects. It may need cookies: open it in a browser."
                )

    def _ask(self, request: _Request) -> tuple[float, Fetched]:
        """Send a request when its host is free; return its seconds and the answer."""
        host = urlsplit(request.at).netloc
        with self._locks[host]:
            time.sleep(max(0, self._free_at.get(host, 0) - time.monotonic()))
            started, pause = time.monotonic(), self._pause
            try:
                answer = self._exchange(request)
                pause = 0 if answer.status in _REDIRECTS else pause
            finally:
                ended = time.monotonic()
                self._free_at[host] = ended + pause
        return ended - started, answer

    def _exchange(self, request: _Request) -> Fetched:
        """Send one request and return its answer, also a redirect.

        Raises :class:`FetchError`.
        """
        host = urlsplit(request.at).hostname or ""
        if not self._allow_private and _is_private_literal(host):
            raise _make_private_error(request.asked, host)
        allow = _allow_any if self._allow_private or _is_proxied(request.at) else is_public
        sent = urllib.request.Request(request.at, headers=dict(request.headers))  # noqa: S310 - check_address allows http(s) only
        try:
            with exchange(sent, request.seconds, allow) as send, _open(send) as response:
                return self._read(request, response)
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            if isinstance(getattr(error, "reason", error), AddressRefusedError):
                raise _make_private_error(request.asked, host) from None
            raise FetchError(f"{request.asked}: {explain_failure(error)}.") from None

    def _read(self, request: _Request, response: Any) -> Fetched:
        headers = {name.lower(): value for name, value in response.headers.items()}
        status = response.status
        if status >= HTTPStatus.BAD_REQUEST:
            raise FetchError(
                f"{request.asked}: {_describe(status)}",
                status=status,
                retry_after=parse_retry_after(headers.get("retry-after", ""), time.time()),
            )
        body = b""
        if status not in _REDIRECTS and status != HTTPStatus.NOT_MODIFIED:
            body = self._read_body(request, response, headers.get("content-encoding", "").strip().lower())
        return Fetched(request.at, status, headers, body, headers.get("content-type", ""))

    def _read_body(self, request: _Request, response: Any, coding: str) -> bytes:
        """Return the body decompressed, piece by piece: a bomb is noticed early."""
        end = time.monotonic() + request.seconds
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise FetchError(
                f"{request.asked}: its answer is compressed in a way that nobody asked for: {coding}."
            )
        # 32 beside the size of the window lets zlib see whether it is gzip.
        unpacker = zlib.decompressobj(32 + zlib.MAX_WBITS) if coding not in ("", "identity") else None
        body, received = bytearray(), 0
        while piece := response.read1(_PIECE):
            received += len(piece)
            body += unpacker.decompress(piece, self._limit + 1 - len(body)) if unpacker else piece
            if len(body) > self._limit:
                raise FetchError(f"{request.asked}: is larger than {self._limit / 1e6:g} MB.")
        if time.monotonic() >= end:
            raise TimeoutError
        if response.length or (unpacker is not None and received and not unpacker.eof):
            raise FetchError(f"{request.asked}: the connection ended in the middle. Try again.")
        return bytes(body)


class _Request(NamedTuple):
    """A request: the address asked for, where redirects led, and the seconds left."""

    asked: str
    at: str
    headers: Mapping[str, str]
    seconds: float


def is_public(address: str) -> bool:
    """Return whether an IP address, or one written within it, is public."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _is_private_literal(host: str) -> bool:
    """Return whether a host is a private IP address, to which a proxy would connect."""
    try:
        return not is_public(host)
    except ValueError:
        return False


def _make_private_error(asked: str, host: str) -> FetchError:
    sentence = (
        f"{host} is in a private network or on this machine. Is that meant? --allow-private lets it be read."
    )
    return FetchError(f"{asked}: {sentence}")


def _allow_any(_address: str) -> bool:
    return True


def _is_proxied(url: str) -> bool:
    """Return whether the environment names a proxy, which guards its own network."""
    parts = urlsplit(url)
    return parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(parts.netloc)


def check_address(asked: str, url: str = "") -> str:
    """Return an address in canonical form, without its fragment.

    Raises :class:`FetchError` if it is not http(s). ``url`` is where ``asked`` leads, if that is another
    one.
    """
    canonical = canonicalise(url or asked)
    if canonical is None:
        leads = f"leads to {make_printable(url)}, which " if url else ""
        raise FetchError(
            f"{make_printable(asked)}: {leads}is not the address of a page: http:// or https:// and a host."
        )
    return canonical.partition("#")[0]


def _open(send: Open) -> Any:
    """Return the response, of whatever status."""
    try:
        return send()
    except urllib.error.HTTPError as error:
        return error


def _describe(status: int) -> str:
    hint = _HINTS.get(status, "Try again later." if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "")
    return f"the server answered {name_status(status)}. {hint}".rstrip()
