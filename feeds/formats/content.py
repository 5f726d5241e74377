"""The HTML of an entry, for readers that show nothing else."""

from __future__ import annotations

from html import escape

from feeds.formats.context import EntryContext
from feeds.model import Article, Image
from feeds.text.days import long_date
from feeds.text.html import tag


def entry_html(article: Article, context: EntryContext) -> str:
    """Picture or film poster, text, source line and related links, all absolute and sanitised."""
    parts = [
        _picture(article),
        article.body or (tag("p", escape(article.summary)) if article.summary else ""),
        _source_line(article, article.language or context.language),
        _related(article),
    ]
    return "\n".join(part for part in parts if part)


def authors(article: Article) -> list[str]:
    """The people who wrote it, then the provider, each once."""
    return list(dict.fromkeys(filter(None, (*article.provider.authors, article.provider.name))))


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
