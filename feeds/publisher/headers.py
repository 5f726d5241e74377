"""The headers and error sentences of responses, served or frozen.

Pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feeds.config.schema import Config, FormatName
from feeds.formats import MEDIA_TYPES
from feeds.words import N_

Headers = tuple[tuple[str, str], ...]

METHODS = "GET, HEAD, OPTIONS"
# Every response has these: any page may read it, and browsers do not guess its type.
SHARED: Headers = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Last-Modified, Link"),
    ("X-Content-Type-Options", "nosniff"),
)
# What browsers ask before they send a request to another site with headers of their own.
PREFLIGHT: Headers = (
    ("Access-Control-Allow-Methods", METHODS),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since, A-IM"),
    ("Access-Control-Max-Age", "86400"),
)
# Those of a feed for whoever opens it in a browser (Fetch Metadata, Sec-Fetch-Dest): as XML, browsers show it by its
# style sheet. No cache keeps that, so readers get what they always get.
OPENED: Headers = (
    ("Content-Type", "application/xml; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Vary", "Accept-Encoding, Sec-Fetch-Dest"),
)
# What is missing now may exist soon; redirects and errors are forgotten as quickly.
ERROR_CACHE = "public, max-age=60"
# The sentences of 404 and 410, wherever they are said.
NOT_FOUND = N_("There is no such feed or page.")
GONE = N_("This site has retired this feed.")
# A full archive document does not change as new articles come. Shared caches ask again after a
# day, so that a withdrawn article leaves them.
ARCHIVE_CACHE = "public, max-age=31536000, s-maxage=86400"
# A page shows pictures from everywhere, runs only our own files, and connects to no other site. The
# HTML says so too, for hosts that do not send our headers; there, frame-ancestors is ignored (CSP 3, 3.3).
PAGE_POLICY_IN_HTML = (
    "default-src 'none'; img-src https: http: 'self'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " font-src 'self'; media-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'"
)
PAGE_POLICY = f"{PAGE_POLICY_IN_HTML}; frame-ancestors 'none'"
_BINARY = re.compile(r"(?:font|audio|video)/|image/(?!svg)|application/pdf")
# What is compressed already: to compress it again takes long and saves nothing.
_PACKED = re.compile(r"(?:audio|video)/|font/woff|image/(?!svg)|application/pdf")


def shrinks(media_type: str) -> bool:
    """Return whether it pays to compress documents of a type."""
    return _PACKED.match(media_type) is None


def make_content_type(media_type: str) -> str:
    """Return the content type of a document; all documents that are text are UTF-8."""
    return media_type if _BINARY.match(media_type) else f"{media_type}; charset=utf-8"


def make_cache_control(config: Config) -> str:
    """Return how long caches may keep a document (RFC 9111, RFC 5861).

    As long as its feed says, and longer if the server cannot be reached.
    """
    seconds = config.feeds.ttl * 60
    return f"public, max-age={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"


def make_document_cache_control(config: Config, *, final: bool) -> str:
    """Return how long caches may keep a document; a ``final`` one never changes."""
    return ARCHIVE_CACHE if final else make_cache_control(config)


def make_link_header(config: Config, stem: str, name: FormatName, query: str = "") -> str:
    """Return the Link header (RFC 8288) of a feed: itself, other formats, hubs.

    Only documents that readers subscribe to have hubs (WebSub, section 4). ``stem`` is the path
    without its ending, ``query`` the parameters of a reader's query.
    """
    return ", ".join(_list_links(config, stem, name, f"?{query}" if query else ""))


def _list_links(config: Config, stem: str, name: FormatName, query: str) -> Iterator[str]:
    url = f"{config.site.base_url}{stem}"
    yield f'<{url}.{name}{query}>; rel="self"; type="{MEDIA_TYPES[name]}"'
    for other in config.feeds.formats:
        if other != name:
            yield f'<{url}.{other}{query}>; rel="alternate"; type="{MEDIA_TYPES[other]}"'
    # Hubs are not told about queries or archive documents.
    if not query and "/archive/" not in stem:
        yield from (f'<{hub}>; rel="hub"' for hub in config.websub.hubs)
