"""The header values that every answer needs, whoever gives it: the application or a web host. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from feeds.config import Config
from feeds.formats import MEDIA_TYPES
from feeds.model import Document

Headers = list[tuple[str, str]]

_YEAR = 31_536_000
_DAY = 86_400
ERROR_CACHE = "public, max-age=60"
PAGE_POLICY = (
    "default-src 'none'; img-src https: http: 'self'; style-src 'self'; base-uri 'none'; form-action 'none'"
)
# Any page may read any answer, and no type is guessed.
SHARED: Headers = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
    ("X-Content-Type-Options", "nosniff"),
]
PREFLIGHT: Headers = [
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, A-IM"),
    ("Access-Control-Max-Age", str(_DAY)),
]


def content_type(media_type: str) -> str:
    """The media type as it is sent: all documents are UTF-8."""
    return f"{media_type}; charset=utf-8"


def cache_control(config: Config) -> str:
    """How long a document may be used without asking (RFC 9111, RFC 5861): as long as its ttl says."""
    seconds = config.feeds.ttl * 60
    return f"public, max-age={seconds}, stale-while-revalidate={seconds}, stale-if-error={_DAY}"


def archive_cache_control() -> str:
    """The same for an archive document that is full: new articles never change it.

    Shared caches ask after a day, so that a withdrawn article leaves them.
    """
    return f"public, max-age={_YEAR}, s-maxage={_DAY}"


def links(document: Document, config: Config) -> Iterator[str]:
    """Link header (RFC 8288): the document itself, the other formats of a feed, and the hubs
    of one that readers subscribe to (WebSub, section 4)."""  # noqa: D205, D209 - one sentence
    base = config.site.base_url
    if document.media_type not in MEDIA_TYPES.values():
        return
    path, mark, query = document.path.partition("?")
    stem = path.rpartition(".")[0]
    yield f'<{base}{document.path}>; rel="self"; type="{document.media_type}"'
    for name in config.feeds.formats:
        if MEDIA_TYPES[name] != document.media_type:
            yield f'<{base}{stem}.{name}{mark}{query}>; rel="alternate"; type="{MEDIA_TYPES[name]}"'
    # Hubs are not told of readers' own selections.
    if not query and "/archive/" not in stem:
        yield from (f'<{hub}>; rel="hub"' for hub in config.websub.hubs)
