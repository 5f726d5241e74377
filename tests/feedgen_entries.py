"""Entries as feedgen writes them within a whole feed: what the rendered ones are held against.

feedgen's public interface does what it does right; extensions mend the rest.
"""

from __future__ import annotations

from html import escape
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.formats import atom, feedgen_heads, rss, xml
from feeds.formats.context import EntryContext
from feeds.formats.entries import make_content
from feeds.lib.text.dates import format_rfc822, format_rfc3339
from feeds.model import Article, Feed

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DC = "http://purl.org/dc/elements/1.1/"


class _Mending(BaseEntryExtension):  # type: ignore[misc] # feedgen carries no types
    article: Article
    context: EntryContext

    def extend_atom(self, root: Any) -> None:
        """feedgen writes +00:00 for Z, a source without id and date, and links without their title.

        It knows no title in HTML either.
        """
        article = self.article
        for text in (root.find("title"), root.find("summary")):
            if text is not None and 'type="html"' in xml.write_text_element("x", text.text):
                text.set("type", "html")
                text.text = escape(text.text, quote=False)
        if article.language and article.language != self.context.language:
            root.set(_LANG, article.language)
        root.find("updated").text = format_rfc3339(article.updated)
        root.find("published").text = format_rfc3339(article.published)
        for link in root.findall("link"):
            root.remove(link)
        for rel, href in (("alternate", make_content(article, self.context).url), ("via", article.via)):
            if href:
                etree.SubElement(root, "link", rel=rel, href=href)
        if (media := article.media) is not None and media.type:
            etree.SubElement(root, "link", rel="enclosure", href=media.file, type=media.type)
        for piece in article.related:
            etree.SubElement(root, "link", rel="related", href=piece.url, title=piece.title)
        if address := self.context.sources.get(article.provider.domain):
            source = etree.SubElement(root, "source")
            etree.SubElement(source, "id").text = address
            etree.SubElement(source, "title").text = article.provider.name
            etree.SubElement(source, "updated").text = format_rfc3339(article.updated)
            etree.SubElement(source, "link", rel="self", href=address)
        _add_media(root, article)

    def extend_rss(self, root: Any) -> None:
        """feedgen drops an author without e-mail, and formats dates by switching the locale."""
        for name in make_content(self.article, self.context).authors:
            etree.SubElement(root, f"{{{_DC}}}creator").text = name
        etree.SubElement(root, "pubDate").text = format_rfc822(self.article.published)
        _add_media(root, self.article)


def _add_media(root: Any, article: Article) -> None:
    written = "".join(xml.write_media_elements(article))
    root.extend(etree.fromstring(f'<x xmlns:media="{xml.MEDIA}">{written}</x>'))


def whole(module: Any, feed: Feed, articles: list[Article], context: EntryContext) -> bytes:
    """The feed as feedgen writes it with its entries in it, and with the head that the module gives it."""
    written: list[bytes] = []
    name = {atom: "atom_str", rss: "rss_str"}[module]
    original = getattr(FeedGenerator, name)
    add, write_head = {
        atom: (_add_atom, feedgen_heads.write_atom_head),
        rss: (_add_rss, feedgen_heads.write_rss_head),
    }[module]

    def with_entries(self: FeedGenerator) -> bytes:
        self.register_extension("mending", BaseExtension, _Mending)
        for article in articles:
            entry = self.add_entry(order="append")
            entry.mending.article, entry.mending.context = article, context
            add(entry, article, context)
        written.append(original(self))
        return written[-1]

    setattr(FeedGenerator, name, with_entries)
    try:
        write_head(feed)
    finally:
        setattr(FeedGenerator, name, original)
    return written[0]


def _add_atom(entry: FeedEntry, article: Article, context: EntryContext) -> None:
    entry.id(article.id)
    entry.title(article.title)
    entry.published(article.published)
    entry.updated(article.updated)
    entry.author([{"name": name} for name in make_content(article, context).authors])
    if url := make_content(article, context).url:
        entry.link(href=url)
    if article.summary:
        entry.summary(article.summary, type="text")
    if context.content == "full" or not make_content(article, context).url:
        entry.content(make_content(article, context).html or escape(article.title, quote=False), type="html")
    if found := _categories(article, context):
        entry.category(found)


def _categories(article: Article, context: EntryContext) -> list[dict[str, str]]:
    scheme = f"{context.base_url}topics/"
    content = make_content(article, context)
    topics = [{"term": name, "scheme": scheme, "label": name} for name in content.topics]
    return [*topics, *({"term": tag} for tag in content.tags)]


def _add_rss(entry: FeedEntry, article: Article, context: EntryContext) -> None:
    entry.title(article.title)
    entry.guid(article.id, permalink=False)
    if url := make_content(article, context).url:
        entry.link(href=url)
    if article.summary:
        entry.description(escape(article.summary, quote=False))
    if context.content == "full" and (html := make_content(article, context).html):
        entry.content(html)
    if found := _categories(article, context):
        entry.category(found)
    if (media := article.media) is not None and media.type:
        entry.enclosure(media.file, "0", media.type)
    if (address := context.sources.get(article.provider.domain)) is not None:
        entry.source(address, article.provider.name)
