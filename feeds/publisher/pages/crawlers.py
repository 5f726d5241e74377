"""What crawlers read: the sitemap (sitemaps.org) and robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from feeds.formats.xml import escape_text
from feeds.lib.text.dates import format_rfc3339
from feeds.publisher.marks import XML_COMMENT, add_mark

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
Entry = tuple[str, datetime | None]


def write_sitemap(pages: Iterable[Entry]) -> bytes:
    """Write the address of each page and the date of its newest article.

    Not the date of the page: only a clock could tell when it was made.
    """
    return _write("urlset", "url", pages)


def write_sitemap_index(sitemaps: Iterable[Entry]) -> bytes:
    """Write the addresses of sitemaps, if one sitemap would be too long."""
    return _write("sitemapindex", "sitemap", sitemaps)


def write_robots(sitemap_url: str) -> bytes:
    """Allow crawlers to read everything, and tell them where the sitemap is."""
    return add_mark("robots.txt", f"User-agent: *\nDisallow:\n\nSitemap: {sitemap_url}\n".encode())


def _write(root_name: str, name: str, entries: Iterable[Entry]) -> bytes:
    """Write addresses as text: a tree of a hundred thousand takes three times as long."""
    lines = [
        f"<?xml version='1.0' encoding='UTF-8'?>\n<!--{XML_COMMENT}--><{root_name} xmlns=\"{_NAMESPACE}\">"
    ]
    for address, changed in entries:
        dated = "" if changed is None else f"<lastmod>{format_rfc3339(changed)}</lastmod>"
        lines.append(f"<{name}><loc>{escape_text(address)}</loc>{dated}</{name}>")
    lines.append(f"</{root_name}>")
    return "".join(lines).encode()
