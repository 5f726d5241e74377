"""The tables of config.toml about running: output, index, server and hubs."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

_SHARE = re.compile(r"(100|[1-9]?\d)%")
# Removing this few articles is normal on a site of any size.
_FEW = 5
Coding = Literal["gzip", "br", "zstd"]
HostName = Literal["netlify", "cloudflare", "nginx", "caddy", "github-pages"]


class OutputConfig(Struct, frozen=True):
    """Where freeze writes, and what.

    ``path``: A folder, or an address such as "s3://bucket/folder".
    ``pages``: Whether pages are written too. Without them, you make the pages that feeds name as theirs.
    ``compress``: Which compressed copies lie beside the documents, for web servers that send these. In an object store
        only ["gzip"], which replaces the document.
    ``hosts``: Web hosts for which freeze writes the application's headers and redirects; one of "netlify" and
        "cloudflare" at most. For "github-pages", which takes no rules, it writes copies of the feed at addresses that
        readers guess.
    ``patience``: Seconds that a freeze goes on while an object store asks it to slow down.
    """

    path: str = "build"
    pages: bool = True
    compress: tuple[Coding, ...] = ()
    hosts: tuple[HostName, ...] = ()
    patience: int = 600


class FreezeConfig(Struct, frozen=True):
    """What a freeze does only if it is told to.

    ``max_removed``: How many articles may be gone at once though nobody withdrew them, as a number or a share (never fewer
        than five). If there are more, nothing changes until ``feeds freeze --allow-removals``.
    """

    max_removed: int | str = "25%"

    def count_most_removed(self, of: int) -> int:
        """Return how many of ``of`` articles may go; a share is at least a few."""
        if isinstance(self.max_removed, int):
            return self.max_removed
        share = _SHARE.fullmatch(self.max_removed)
        return max(_FEW, of * int(share[1]) // 100) if share else 0

    @property
    def is_usable(self) -> bool:
        """Whether the limit is a number or a share."""
        if isinstance(self.max_removed, int):
            return self.max_removed >= 0
        return _SHARE.fullmatch(self.max_removed) is not None


class IndexConfig(Struct, frozen=True):
    """Where the index is: a cache, which you may delete whenever you like.

    ``path``: A SQLite file. Without one, ``.feeds/index.sqlite`` beside the output.
    ``url``: Instead of a file, the address of a PostgreSQL database that several servers share, such as
        "postgresql+psycopg://feeds@db.example.org/news". Needs ``pip install "feeds[postgres]"``.
    ``schema``: The schema in that database; each site needs its own.
    """

    path: str = ""
    url: str = ""
    schema: str = "feeds"


class ServerConfig(Struct, frozen=True):
    """How ``feeds run`` serves.

    ``workers``: The processes that answer requests; 0 for one per core.
    ``memory``: Megabytes of finished responses that each worker keeps.
    ``watch``: How edits are noticed: "events" of the system; "stamps", a look every few seconds; "auto", which is "stamps"
        if the articles are on a network file system, else "events"; or "off": no change of articles or configuration is
        noticed until a restart, except what another command such as ``feeds freeze`` brings into the index.
    ``poll``: Seconds between two looks at articles in an object store.
    """

    workers: int = 0
    memory: int = 64
    watch: Literal["auto", "events", "stamps", "off"] = "auto"
    poll: int = 30


class DigestsConfig(Struct, frozen=True):
    """The record of closed digests.

    ``path``: The file that it is in, with ids and no text. It is not a cache, so keep it.
    """

    path: str = "digests.json"


class WebsubConfig(Struct, frozen=True):
    """The hubs that are told when a feed changes.

    ``hubs``: The addresses of WebSub hubs.
    """

    hubs: tuple[str, ...] = ()


class RsscloudConfig(Struct, frozen=True):
    """The server of rssCloud that is told when a feed in RSS changes.

    ``server``: Its address, such as "http://rpc.rsscloud.io:5337/". It is told at /ping below that, and readers register
        at /pleaseNotify.
    """

    server: str = ""


class IndexnowConfig(Struct, frozen=True):
    """The search engines that are told when a page changes.

    ``key``: By what engines see that the site is yours: 8 to 128 letters, digits and hyphens of your choice, which are
        published as a file named after them. Without a key none is told.
    ``engines``: The addresses of engines; each passes on what it is told.
    """

    key: str = ""
    engines: tuple[str, ...] = ("https://api.indexnow.org/indexnow",)
