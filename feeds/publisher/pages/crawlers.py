"""What crawlers read: the sitemap (sitemaps.org) and robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lxml import etree

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
    root = etree.Element(root_name, xmlns=_NAMESPACE)
    for address, changed in entries:
        entry = etree.SubElement(root, name)
        etree.SubElement(entry, "loc").text = address
        if changed is not None:
            etree.SubElement(entry, "lastmod").text = format_rfc3339(changed)
    root.addprevious(etree.Comment(XML_COMMENT))
    written: bytes = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
    return written
