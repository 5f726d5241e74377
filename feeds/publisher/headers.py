"""The headers that an answer carries, whoever sends it: the application, or a web host that
serves a frozen tree. Pure."""  # noqa: D205, D209 - one sentence

from __future__ import annotations

from collections.abc import Iterator

from feeds.config.schema import Config, FormatName
from feeds.formats import MEDIA_TYPES

Headers = tuple[tuple[str, str], ...]

METHODS = "GET, HEAD, OPTIONS"
# What every answer carries: any page may read it, and its type is not guessed.
SHARED: Headers = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
    ("X-Content-Type-Options", "nosniff"),
)
# What a browser asks for before it fetches from another site with headers of its own.
PREFLIGHT: Headers = (
    ("Access-Control-Allow-Methods", METHODS),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, A-IM"),
    ("Access-Control-Max-Age", "86400"),
)
# What is missing now may be there soon; a redirect or an error is forgotten as quickly.
ERROR_CACHE = "public, max-age=60"
# A full archive document does not change as new articles come. Shared caches ask after a day,
# so that a withdrawn article leaves them.
ARCHIVE_CACHE = "public, max-age=31536000, s-maxage=86400"
# A page shows pictures from everywhere, runs our own files only, and asks nobody else. Pages say so
# themselves too, for hosts that send no headers of ours; there, frame-ancestors has no meaning (CSP 3, 3.3).
PAGE_POLICY_IN_HTML = (
    "default-src 'none'; img-src https: http: 'self'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'"
)
PAGE_POLICY = f"{PAGE_POLICY_IN_HTML}; frame-ancestors 'none'"


def content_type(media_type: str) -> str:
    """The type of a document of ours, all of which are UTF-8."""
    return f"{media_type}; charset=utf-8"


def cache_control(config: Config) -> str:
    """How long a document may be kept (RFC 9111, RFC 5861): as long as its feed says, and longer
    where we cannot be reached."""  # noqa: D205, D209 - one sentence
    seconds = config.feeds.ttl * 60
    return f"public, max-age={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"


def document_cache(config: Config, *, final: bool) -> str:
    """How long a document may be kept; ``final``: it is one that does not change any more."""
    return ARCHIVE_CACHE if final else cache_control(config)


def link(config: Config, stem: str, name: FormatName, query: str = "") -> str:
    """Link header (RFC 8288) of a feed: the document itself, its other formats, and the hubs of
    one that readers subscribe to (WebSub, section 4).

    ``stem`` is its path without the ending, ``query`` the parameters of a reader's selection.
    """  # noqa: D205 - one sentence
    return ", ".join(_links(config, stem, name, f"?{query}" if query else ""))


def _links(config: Config, stem: str, name: FormatName, query: str) -> Iterator[str]:
    url = f"{config.site.base_url}{stem}"
    yield f'<{url}.{name}{query}>; rel="self"; type="{MEDIA_TYPES[name]}"'
    for other in config.feeds.formats:
        if other != name:
            yield f'<{url}.{other}{query}>; rel="alternate"; type="{MEDIA_TYPES[other]}"'
    # Hubs are not told of readers' own selections, nor of archive documents.
    if not query and "/archive/" not in stem:
        yield from (f'<{hub}>; rel="hub"' for hub in config.websub.hubs)
