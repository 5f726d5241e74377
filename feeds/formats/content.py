"""What every format shows of an article: its HTML, the people and the topics."""

from __future__ import annotations

from html import escape

from msgspec import Struct

from feeds.formats.context import EntryContext
from feeds.formats.elements import text
from feeds.model import Article, Image
from feeds.naming import article_page
from feeds.text.days import long_date
from feeds.text.html import tag
from feeds.text.topics import fold


class Material(Struct, frozen=True):
    """An article, and what all formats make of it alike.

    ``html`` is for readers that show nothing else, ``markup`` the same as it stands in XML. ``authors`` are the people who wrote it and
    the provider, ``topics`` its topics as the configuration spells them: each once. ``url`` is
    where to read it: its link, else its page on the site.
    """

    article: Article
    url: str
    html: str
    markup: str
    authors: tuple[str, ...]
    topics: tuple[str, ...]


def material(article: Article, context: EntryContext) -> Material:
    """What the formats need to write the entry of an article."""
    page = article_page(article) if context.pages else ""
    url = context.base_url + page if page else article.url
    html = _html(article, context)
    return Material(article, url, html, text(html), _authors(article), _topics(article, context))


def _html(article: Article, context: EntryContext) -> str:
    """Picture or film poster, text, source line and related links, all absolute and sanitised."""
    parts = [
        _picture(article),
        article.body or (tag("p", escape(article.summary)) if article.summary else ""),
        _source_line(article, article.language or context.language),
        _related(article),
    ]
    return "\n".join(part for part in parts if part)


def _authors(article: Article) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (*article.provider.authors, article.provider.name))))


def _topics(article: Article, context: EntryContext) -> tuple[str, ...]:
    names = {fold(name): name for name in reversed(article.topics)}
    named = {context.topics.get(folded, name): None for folded, name in reversed(names.items())}
    return tuple(named)


def _picture(article: Article) -> str:
    target = article.video.page if article.video else article.url
    if not article.images:
        return tag("p", tag("a", "▶ " + escape(article.title), href=target)) if article.video else ""
    first = article.images[0]
    if first.url in article.body:
        return ""
    img = _img(first, article.title)
    return tag("p", tag("a", img, href=target) if target else img)


def _img(image: Image, title: str) -> str:
    return tag("img", src=image.url, alt=image.title or title, width=image.width, height=image.height)


def _source_line(article: Article, language: str) -> str:
    day = long_date(article.published, language)
    if not article.provider.name:
        return ""
    name = escape(article.provider.name)
    line = f"{tag('a', name, href=article.url) if article.url else name} · {escape(day)}"
    return tag("p", tag("small", line))


def _related(article: Article) -> str:
    items = [
        tag(
            "li",
            tag("a", escape(piece.title), href=piece.url)
            + (f" ({escape(piece.provider)})" if piece.provider else ""),
        )
        for piece in article.related
    ]
    return tag("ul", "".join(items)) if items else ""
