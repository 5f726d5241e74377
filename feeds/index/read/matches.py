"""Finds what readers select with parameters. Each function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from feeds.config.schema import FormatName
from feeds.index.read.channels import EntryRow
from feeds.index.seals import open_articles
from feeds.index.sql import Connection, placeholders
from feeds.model import Article, Query


class _Part(NamedTuple):
    """A part of a statement, and the values of its parameters."""

    sql: str
    values: Sequence[Any] = ()


def count_articles(connection: Connection, query: Query) -> int:
    """Count the articles of a query."""
    found = _build_select(connection, query)
    (number,) = connection.execute(f"SELECT count(*) FROM ({found.sql}) AS found", found.values).fetchone()
    return int(number)


def read_selected_entries(
    connection: Connection, query: Query, name: FormatName, window: tuple[int, int]
) -> list[EntryRow]:
    """Read entries of a query in one format, newest first; ``window`` is how many to skip and to take."""
    skip, take = window
    found = _build_select(connection, query)
    rows = connection.execute(
        f"SELECT age, article, updated, {name} FROM ({found.sql} ORDER BY age, base.id LIMIT ? OFFSET ?) AS found"
        " LEFT JOIN entries USING (article) ORDER BY age, found.id",
        (*found.values, take, skip),
    )
    return list(map(EntryRow._make, rows))


def read_selected_articles(connection: Connection, query: Query, limit: int) -> list[Article]:
    """Read the newest articles of a query."""
    found = _build_select(connection, query)
    rows = connection.execute(
        f"SELECT articles.article, seal FROM ({found.sql} ORDER BY age, base.id LIMIT ?) AS found"
        " JOIN articles ON articles.key = found.article ORDER BY age, found.id",
        (*found.values, limit),
    )
    return open_articles(connection, rows)


def _build_select(connection: Connection, query: Query) -> _Part:
    """Build the SELECT for the place and key of each selected article.

    It goes through the first group, which is the smallest. Of the others it only asks whether they have
    an article.
    """
    base = _select_members(query.groups[0])
    places, fields = list(_place_conditions(connection, query)), list(_field_conditions(query))
    conditions = [*places, *fields]
    # Only if needed: to look at each article takes six times as long as to look at its place.
    join = " JOIN articles ON articles.key = base.article" if fields else ""
    where = " WHERE " + " AND ".join(part.sql for part in conditions) if conditions else ""
    return _Part(
        f"SELECT base.age, base.id, base.article FROM ({base.sql}) AS base{join}{where}",
        [*base.values, *(value for part in conditions for value in part.values)],
    )


def _select_members(keys: Sequence[int]) -> _Part:
    """Select the members of some channels, each once."""
    once = "DISTINCT " if len(keys) > 1 else ""
    return _Part(
        f"SELECT {once}age, id, article FROM members WHERE channel IN {placeholders(len(keys))}", keys
    )


def _place_conditions(connection: Connection, query: Query) -> Iterator[_Part]:
    """Yield the conditions for the place of an article and for its words."""
    yield from (_is_in(keys) for keys in query.groups[1:])
    if query.without:
        found = _is_in(query.without)
        yield _Part(f"NOT {found.sql}", found.values)
    if query.since is not None:
        yield _Part("base.age <= ?", [-query.since])
    if query.match:
        keys, words = connection.full_text.build_match(query.match)
        yield _Part(f"base.article IN ({keys})", words)


def _field_conditions(query: Query) -> Iterator[_Part]:
    """Yield the conditions for the fields of an article."""
    if query.types:
        yield _Part(f"articles.type IN {placeholders(len(query.types))}", query.types)
    if query.languages:
        spoken = [_speaks(language) for language in query.languages]
        any_of = " OR ".join(part.sql for part in spoken)
        yield _Part(f"({any_of})", [value for part in spoken for value in part.values])
    if query.min_quality is not None:
        yield _Part("articles.quality >= ?", [query.min_quality])
    if query.min_heat is not None:
        yield _Part("articles.heat >= ?", [query.min_heat])


def _is_in(keys: Sequence[int]) -> _Part:
    here = f"channel IN {placeholders(len(keys))} AND age = base.age AND id = base.id"
    return _Part(f"EXISTS (SELECT 1 FROM members WHERE {here})", keys)


def _speaks(language: str) -> _Part:
    """Match a language range by basic filtering (RFC 4647, section 3.3.1); the empty one matches itself."""
    if not language:
        return _Part("articles.language = ''")
    # "." is the character after "-": between them lies what begins with the language and a hyphen.
    longer = "(articles.language >= ? AND articles.language < ?)"
    return _Part(f"(articles.language = ? OR {longer})", [language, f"{language}-", f"{language}."])
