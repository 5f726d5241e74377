"""Renders the entries of articles: the one way from an article to its entry.

All formats show the same of an article: its :class:`EntryContent`.
Each function takes many articles, one step after the other: it takes a quarter longer to go
through all steps with each article, because the processor's cache holds one step at a time.
A bug of ours becomes a problem of the one article that triggered it, in place of its entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape, unescape
from urllib.parse import unquote

from msgspec import Struct

from feeds.config.schema import FormatName
from feeds.formats import load
from feeds.formats.context import EntryContext
from feeds.formats.xml import encode_xml, write_media_elements
from feeds.lib.text.identifiers import fold
from feeds.lib.text.languages import format_long_date
from feeds.lib.text.media_types import find_media_type
from feeds.model import Article, Image, Problem, make_internal_problem
from feeds.paths import make_article_path


class EntryContent(Struct, frozen=True):
    """An article with everything that all formats derive from it in the same way.

    ``html`` is complete for readers that show nothing else. ``encoded`` is the same HTML in UTF-8, ``media`` the
    XML elements of the pictures and the film. ``authors`` are the people who wrote the article, then the provider.
    ``topics`` are spelt as the configuration spells them, ``tags`` are those that are no topics. Authors, topics and
    tags are listed once each. ``url`` is where to read the article: its link, otherwise its page on the site.
    """

    article: Article
    url: str
    html: str
    encoded: bytes
    media: str
    authors: tuple[str, ...]
    topics: tuple[str, ...]
    tags: tuple[str, ...]


# What services for pictures call size and quality.
_SIZES = frozenset((
    "auto", "crop", "dpr", "fit", "fm", "format", "h", "height", "q", "quality", "resize", "s", "size", "sharp", "ssl",
    "strip", "w", "width", "zoom",
))  # fmt: skip
# The sanitiser writes the address first, and no "<" that begins no tag.
_PICTURE = re.compile(r'<img src="([^"]*)"')
Content = EntryContent | Problem
# The entries of one article, by format.
Row = dict[FormatName, bytes] | Problem
Renderer = Callable[[EntryContent, EntryContext], bytes]


def make_contents(articles: Iterable[Article], context: EntryContext) -> list[Content]:
    """Derive from each article what all formats need to render its entry."""
    return [_make_content_or_problem(article, context) for article in articles]


def render_entries(
    contents: Sequence[Content], name: FormatName, context: EntryContext
) -> list[bytes | Problem]:
    """Render the entry of each content in one format; a problem stays as it is."""
    render = load(name).render_entry
    return [one if isinstance(one, Problem) else _render_or_problem(one, context, render) for one in contents]


def render_in_formats(
    articles: Sequence[Article], names: Sequence[FormatName], context: EntryContext
) -> list[Row]:
    """Render the entries of each article in some formats."""
    contents = make_contents(articles, context)
    columns = [render_entries(contents, name, context) for name in names]
    return [_make_row(names, bodies) for bodies in zip(*columns, strict=True)]


def make_content(article: Article, context: EntryContext) -> EntryContent:
    """Derive from an article what all formats need to render its entry."""
    page = make_article_path(article) if context.pages else ""
    url = context.base_url + page if page else article.url
    html = _join_html(article, context)
    topics = _list_topics(article, context)
    return EntryContent(
        article=article,
        url=url,
        html=html,
        encoded=encode_xml(html),
        media="".join(write_media_elements(article)),
        authors=_list_authors(article),
        topics=topics,
        tags=_list_tags(article, topics),
    )


def _make_row(names: Sequence[FormatName], bodies: Sequence[bytes | Problem]) -> Row:
    row: dict[FormatName, bytes] = {}
    for name, body in zip(names, bodies, strict=True):
        if isinstance(body, Problem):
            return body
        row[name] = body
    return row


def _make_content_or_problem(article: Article, context: EntryContext) -> Content:
    try:
        return make_content(article, context)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost other articles
        return make_internal_problem(article.path, error)


def _render_or_problem(content: EntryContent, context: EntryContext, render: Renderer) -> bytes | Problem:
    try:
        return render(content, context)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost other articles
        return make_internal_problem(content.article.path, error)


def _join_html(article: Article, context: EntryContext) -> str:
    """Join picture, text, source line and related links: absolute and sanitised."""
    parts = [
        _write_picture(article),
        article.body or (f"<p>{escape(article.summary)}</p>" if article.summary else ""),
        _write_source_line(article, article.language or context.language),
        _write_related(article),
    ]
    return "\n".join(part for part in parts if part)


def _list_authors(article: Article) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (*article.provider.authors, article.provider.name))))


def _list_topics(article: Article, context: EntryContext) -> tuple[str, ...]:
    names = {fold(name): name for name in reversed(article.topics)}
    named = {context.topics.get(folded, name): None for folded, name in reversed(names.items())}
    return tuple(named)


def _list_tags(article: Article, topics: Sequence[str]) -> tuple[str, ...]:
    if not article.tags:
        return ()
    seen = {fold(name) for name in (*article.topics, *topics)}
    found = []
    for tag in article.tags:
        if (folded := fold(tag)) not in seen:
            seen.add(folded)
            found.append(tag)
    return tuple(found)


def _write_picture(article: Article) -> str:
    # A sound or film that the text links to is not shown above it.
    page = article.media.page if article.media else ""
    page = "" if page and f'href="{escape(page)}"' in article.body else page
    if not article.images or has_picture(article.body, article.images[0].url):
        return f'<p><a href="{escape(page)}">▶ {escape(article.title)}</a></p>' if page else ""
    first, target = article.images[0], page or article.url
    shown = write_img(first, first.title or article.title)
    return f'<p><a href="{escape(target)}">{shown}</a></p>' if target else f"<p>{shown}</p>"


def has_picture(html: str, url: str) -> bool:
    """Return whether sanitised HTML shows a picture, in any size or spelling."""
    # Most texts do not even hold the name of the file.
    name = unquote(url.partition("?")[0].rpartition("/")[2])
    if "<img" not in html or (name.isascii() and " " not in name and escape(name) not in html):
        return False
    if f'src="{escape(url)}"' in html:
        return True
    key = _make_picture_key(url)
    return any(_make_picture_key(unescape(source)) == key for source in _PICTURE.findall(html))


def _make_picture_key(url: str) -> tuple[str, list[str]]:
    """Return a key that ignores the scheme, www. and size in a picture's address."""
    path, _, query = url.partition("#")[0].partition("?")
    parameters = [part for part in query.split("&") if part]
    if find_media_type(url):
        parameters = [part for part in parameters if part.partition("=")[0].lower() not in _SIZES]
    return unquote(path.partition("://")[2].removeprefix("www.")), sorted(parameters)


def write_img(image: Image, alt: str) -> str:
    """Write a picture in HTML, with its size if that is known."""
    width = "" if image.width is None else f' width="{image.width}"'
    height = "" if image.height is None else f' height="{image.height}"'
    return f'<img src="{escape(image.url)}" alt="{escape(alt)}"{width}{height}>'


def _write_source_line(article: Article, language: str) -> str:
    if not article.provider.name:
        return ""
    name = escape(article.provider.name)
    linked = f'<a href="{escape(article.url)}">{name}</a>' if article.url else name
    return f"<p><small>{linked} · {escape(format_long_date(article.published, language))}</small></p>"


def _write_related(article: Article) -> str:
    items = [
        f'<li><a href="{escape(piece.url)}">{escape(piece.title)}</a>{_write_in_brackets(piece.provider)}</li>'
        for piece in article.related
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _write_in_brackets(provider: str) -> str:
    return f" ({escape(provider)})" if provider else ""
