"""RSS items (RSS 2.0 with the Advisory Board's profile), in the order of elements that feedgen has."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from feeds.formats.context import EntryContext
from feeds.formats.elements import element, encoded, quoted
from feeds.formats.media import media
from feeds.text.dates import rfc822

if TYPE_CHECKING:
    from feeds.formats.content import Material


def entry(material: Material, context: EntryContext) -> bytes:
    """Write the item of an article."""
    return profiled(encoded(f"<item>{''.join(_elements(material, context))}</item>"))


def profiled(xml: bytes) -> bytes:
    """RSS as the profile wants it: some read its plain text as HTML, so & and < are written as
    hexadecimal references, which XML holds for the same characters."""  # noqa: D205, D209 - one sentence
    return xml.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")


def _elements(material: Material, context: EntryContext) -> Iterator[str]:
    article = material.article
    yield element("title", article.title)
    if material.url:
        yield element("link", material.url)
    summary = escape(article.summary, quote=False)
    html = material.html if context.content == "full" else ""
    if summary or html:
        yield element("description", summary or html)
    if summary and html:
        yield element("content:encoded", html)
    yield element("guid", article.id, ' isPermaLink="false"')
    domain = f' domain="{quoted(context.base_url)}topics/"'
    for topic in material.topics:
        yield element("category", topic, domain)
    if (feed := context.sources.get(article.provider.domain)) is not None:
        yield element("source", article.provider.name, f' url="{quoted(feed)}"')
    for name in material.authors:
        yield element("dc:creator", name)
    yield element("pubDate", rfc822(article.published))
    yield from media(article)
