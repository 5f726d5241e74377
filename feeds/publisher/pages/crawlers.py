"""What crawlers read: sitemap.xml (sitemaps.org/protocol) and robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lxml import etree

from feeds.lib.text.dates import rfc3339

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
Entry = tuple[str, datetime | None]


def sitemap(pages: Iterable[Entry]) -> bytes:
    """The address of each page, and when its newest article came: when the page was made anew, only a
    clock could tell."""  # noqa: D205, D209 - one sentence
    return _written("urlset", "url", pages)


def sitemap_index(sitemaps: Iterable[Entry]) -> bytes:
    """The addresses of sitemaps, where one would be too long."""
    return _written("sitemapindex", "sitemap", sitemaps)


def robots(sitemap_url: str) -> bytes:
    """That crawlers may read everything, and where the sitemap is."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {sitemap_url}\n".encode()


def _written(root_name: str, name: str, entries: Iterable[Entry]) -> bytes:
    root = etree.Element(root_name, xmlns=_NAMESPACE)
    for address, changed in entries:
        entry = etree.SubElement(root, name)
        etree.SubElement(entry, "loc").text = address
        if changed is not None:
            etree.SubElement(entry, "lastmod").text = rfc3339(changed)
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written
