"""What every format shows of an article: its HTML, the people and the topics."""

from __future__ import annotations

from html import escape

from msgspec import Struct

from feeds.formats.context import EntryContext
from feeds.formats.media_rss import media
from feeds.formats.xml import text
from feeds.lib.text.localised_dates import long_date
from feeds.lib.text.slugs import fold
from feeds.model import Article, Image
from feeds.paths import article_page


class EntryContent(Struct, frozen=True):
    """An article, and what all formats make of it alike.

    ``html`` is for readers that show nothing else; ``markup`` is the same as it stands in XML, ``media``
    the elements of its pictures and film. ``authors`` are the people who wrote it and the provider,
    ``topics`` its topics as the configuration spells them: each once. ``url`` is where to read it: its
    link, else its page on the site.
    """

    article: Article
    url: str
    html: str
    markup: str
    media: str
    authors: tuple[str, ...]
    topics: tuple[str, ...]


def material(article: Article, context: EntryContext) -> EntryContent:
    """What the formats need to write the entry of an article."""
    page = article_page(article) if context.pages else ""
    url = context.base_url + page if page else article.url
    html = _html(article, context)
    topics = _topics(article, context)
    return EntryContent(article, url, html, text(html), "".join(media(article)), _authors(article), topics)


def _html(article: Article, context: EntryContext) -> str:
    """Picture or film poster, text, source line and related links, all absolute and sanitised."""
    parts = [
        _picture(article),
        article.body or (f"<p>{escape(article.summary)}</p>" if article.summary else ""),
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
        shown = f"▶ {escape(article.title)}"
        return f'<p><a href="{escape(target)}">{shown}</a></p>' if article.video else ""
    first = article.images[0]
    if first.url in article.body:
        return ""
    shown = img(first, first.title or article.title)
    return f'<p><a href="{escape(target)}">{shown}</a></p>' if target else f"<p>{shown}</p>"


def img(image: Image, alt: str) -> str:
    """A picture in HTML, with its size where that is known."""
    width = "" if image.width is None else f' width="{image.width}"'
    height = "" if image.height is None else f' height="{image.height}"'
    return f'<img src="{escape(image.url)}" alt="{escape(alt)}"{width}{height}>'


def _source_line(article: Article, language: str) -> str:
    if not article.provider.name:
        return ""
    name = escape(article.provider.name)
    linked = f'<a href="{escape(article.url)}">{name}</a>' if article.url else name
    return f"<p><small>{linked} · {escape(long_date(article.published, language))}</small></p>"


def _related(article: Article) -> str:
    items = [
        f'<li><a href="{escape(piece.url)}">{escape(piece.title)}</a>{_of(piece.provider)}</li>'
        for piece in article.related
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _of(provider: str) -> str:
    return f" ({escape(provider)})" if provider else ""
