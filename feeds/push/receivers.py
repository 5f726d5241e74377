"""The servers that are told of changes: WebSub hubs, rssCloud, IndexNow.

WebSub is www.w3.org/TR/websub, rssCloud is rssboard.org/rsscloud-interface, IndexNow is indexnow.org/documentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

import msgspec

from feeds.config.schema import Config

_FORM = "application/x-www-form-urlencoded"
# An answer of rssCloud is an element with these attributes.
_FAILED = re.compile(r"""\bsuccess\s*=\s*["']false["']""", re.IGNORECASE)
_MESSAGE = re.compile(r"""\bmsg\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)


class Receiver(Protocol):
    """A server that is told of changes; ``most`` addresses fit into one request."""

    @property
    def address(self) -> str:
        """Where requests go, which is also its name."""

    @property
    def most(self) -> int:
        """How many addresses a request may name."""

    def takes(self, url: str) -> bool:
        """Return whether the receiver wants to know of changes at an address."""

    def write_request(self, urls: Sequence[str]) -> tuple[str, bytes]:
        """Write the media type and the body of a request about addresses."""

    def find_refusal(self, opening: str) -> str | None:
        """Return why an answer with a good status is a refusal, None if it is not.

        "" if it does not say why.
        """


class Hub(NamedTuple):
    """A hub of WebSub: it wants each feed by itself."""

    address: str

    @property
    def most(self) -> int:
        """One: hubs take no lists."""
        return 1

    def takes(self, url: str) -> bool:
        """Return whether an address is that of a feed."""
        return not url.endswith("/")

    def write_request(self, urls: Sequence[str]) -> tuple[str, bytes]:
        """Write the request that all hubs understand; WebSub (section 2) defines none.

        It is ``hub.mode=publish`` with the feed as ``hub.url``, which some call ``hub.topic``.
        """
        return _FORM, urlencode({"hub.mode": "publish", "hub.url": urls[0], "hub.topic": urls[0]}).encode()

    def find_refusal(self, opening: str) -> str | None:  # noqa: ARG002 - as in Receiver
        """Return None: the status says it all."""
        return None


class Cloud(NamedTuple):
    """A server of rssCloud: it wants each feed in RSS by itself."""

    address: str

    @property
    def most(self) -> int:
        """One: such servers take no lists."""
        return 1

    def takes(self, url: str) -> bool:
        """Return whether an address is an RSS feed: only these name the server."""
        return url.endswith(".rss")

    def write_request(self, urls: Sequence[str]) -> tuple[str, bytes]:
        """Write a form with the address as ``url``."""
        return _FORM, urlencode({"url": urls[0]}).encode()

    def find_refusal(self, opening: str) -> str | None:
        """Return the message if an answer with status 200 says ``success="false"``."""
        if not _FAILED.search(opening):
            return None
        found = _MESSAGE.search(opening)
        return unescape(found[1] or found[2] or "") if found else ""


class SearchEngine(NamedTuple):
    """A search engine with IndexNow: it takes many pages at once, and the site's key."""

    address: str
    key: str
    base_url: str

    @property
    def most(self) -> int:
        """What the protocol allows."""
        return 10_000

    def takes(self, url: str) -> bool:
        """Return whether an address is that of a page."""
        return url.endswith("/")

    def write_request(self, urls: Sequence[str]) -> tuple[str, bytes]:
        """Write JSON with the host, the key, where its file is, and the addresses."""
        request = {
            "host": urlsplit(self.base_url).netloc,
            "key": self.key,
            "keyLocation": f"{self.base_url}{self.key}.txt",
            "urlList": list(urls),
        }
        return "application/json; charset=utf-8", msgspec.json.encode(request)

    def find_refusal(self, opening: str) -> str | None:  # noqa: ARG002 - as in Receiver
        """Return None: the status says it all."""
        return None


def list_receivers(config: Config) -> tuple[Receiver, ...]:
    """Return all that a site tells of changes."""
    clouds = [Cloud(f"{config.rsscloud.server}ping")] if config.rsscloud.server else []
    engines = config.indexnow.engines if config.indexnow.key else ()
    return (
        *map(Hub, config.websub.hubs),
        *clouds,
        *(SearchEngine(engine, config.indexnow.key, config.site.base_url) for engine in engines),
    )
