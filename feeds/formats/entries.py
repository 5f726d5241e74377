"""Renders the entries of articles: the one way from an article to its entry.

Each function takes many articles, one step after the other: it takes a quarter longer to go
through all steps with each article, because the processor's cache holds one step at a time.
A bug of ours becomes a problem of the one article that triggered it, in place of its entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from feeds.config.schema import FormatName
from feeds.formats import EntryContext, load
from feeds.formats.content import EntryContent, make_content
from feeds.model import Article, Problem, make_internal_problem

Content = EntryContent | Problem
# The entries of one article, by format.
Row = dict[FormatName, bytes] | Problem
Renderer = Callable[[EntryContent, EntryContext], bytes]


def make_contents(articles: Iterable[Article], context: EntryContext) -> list[Content]:
    """Derive from each article what all formats need to render its entry."""
    return [_make_content(article, context) for article in articles]


def render_entries(
    contents: Sequence[Content], name: FormatName, context: EntryContext
) -> list[bytes | Problem]:
    """Render the entry of each content in one format; a problem stays as it is."""
    render = load(name).render_entry
    return [one if isinstance(one, Problem) else _render(one, context, render) for one in contents]


def render_in_formats(
    articles: Sequence[Article], names: Sequence[FormatName], context: EntryContext
) -> list[Row]:
    """Render the entries of each article in some formats."""
    contents = make_contents(articles, context)
    columns = [render_entries(contents, name, context) for name in names]
    return [_make_row(names, bodies) for bodies in zip(*columns, strict=True)]


def _make_row(names: Sequence[FormatName], bodies: Sequence[bytes | Problem]) -> Row:
    row: dict[FormatName, bytes] = {}
    for name, body in zip(names, bodies, strict=True):
        if isinstance(body, Problem):
            return body
        row[name] = body
    return row


def _make_content(article: Article, context: EntryContext) -> Content:
    try:
        return make_content(article, context)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost other articles
        return make_internal_problem(article.path, error)


def _render(content: EntryContent, context: EntryContext, render: Renderer) -> bytes | Problem:
    try:
        return render(content, context)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost other articles
        return make_internal_problem(content.article.path, error)
