"""What readers select with parameters. Each function works within the caller's transaction."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, Select, exists, func, or_, select, text

from feeds.index.contents import EntryRow
from feeds.index.schema import articles, entries, members
from feeds.model import Article, Selection

_article = msgspec.json.Decoder(Article).decode


def count(connection: Connection, selection: Selection) -> int:
    """How many articles a selection has."""
    found = _found(selection)
    return connection.execute(select(func.count()).select_from(found.subquery())).scalar_one()


def selected_entries(
    connection: Connection, selection: Selection, format_name: str, window: tuple[int, int]
) -> list[EntryRow]:
    """Entries of a selection in one format, newest first: so many skipped, so many taken."""
    skip, take = window
    found = _found(selection).order_by(text("age"), text("id")).limit(take).offset(skip).subquery()
    rows = connection.execute(
        select(found.c.age, found.c.updated, entries.c.body)
        .join(entries, entries.c.article == found.c.article)
        .where(entries.c.format == format_name)
        .order_by(found.c.age, found.c.id)
    )
    return [EntryRow(*row) for row in rows]


def selected_articles(connection: Connection, selection: Selection, limit: int) -> list[Article]:
    """The newest articles of a selection."""
    found = _found(selection).order_by(text("age"), text("id")).limit(limit).subquery()
    rows = connection.execute(
        select(articles.c.article)
        .join(found, found.c.article == articles.c.key)
        .order_by(found.c.age, found.c.id)
    )
    return [_article(body) for body in rows.scalars()]


def _found(selection: Selection) -> Select[Any]:
    """Place and key of each article that is selected. The first group, which is the smallest,
    is gone through; of the others it is only asked whether an article is in them."""  # noqa: D205, D209 - two sentences
    first, *others = selection.groups
    base = _in_any(first)
    statement = select(base.c.age, base.c.id, base.c.article, articles.c.updated).join(
        articles, articles.c.key == base.c.article
    )
    statement = statement.where(*(_is_in(base, keys) for keys in others))
    if selection.without:
        statement = statement.where(~_is_in(base, selection.without))
    if selection.since is not None:
        statement = statement.where(base.c.age <= -selection.since)
    if selection.match:
        matching = text("SELECT rowid FROM words WHERE words MATCH :match").bindparams(match=selection.match)
        statement = statement.where(base.c.article.in_(matching.columns(articles.c.key)))
    return statement.where(*_conditions(selection))


def _in_any(keys: tuple[int, ...]) -> FromClause:
    """The members of some channels, each once."""
    statement = select(members.c.age, members.c.id, members.c.article).where(members.c.channel.in_(keys))
    return (statement.distinct() if len(keys) > 1 else statement).subquery()


def _is_in(base: FromClause, keys: tuple[int, ...]) -> ColumnElement[bool]:
    here = (members.c.channel.in_(keys), members.c.age == base.c.age, members.c.id == base.c.id)
    return exists(select(members.c.article).where(*here))


def _conditions(selection: Selection) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if selection.types:
        found.append(articles.c.type.in_(selection.types))
    if selection.languages:
        found.append(or_(*map(_speaks, selection.languages)))
    if selection.min_quality is not None:
        found.append(articles.c.quality >= selection.min_quality)
    if selection.min_heat is not None:
        found.append(articles.c.heat >= selection.min_heat)
    return found


def _speaks(language: str) -> ColumnElement[bool]:
    """Basic filtering of language ranges (RFC 4647, section 3.3.1); the empty one stands for itself."""
    exact: ColumnElement[bool] = articles.c.language == language
    return or_(exact, articles.c.language.startswith(f"{language}-", autoescape=True)) if language else exact
