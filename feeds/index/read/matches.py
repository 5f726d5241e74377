"""What readers select with parameters. Each function works within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from feeds.config.schema import FormatName
from feeds.index.read.channels import EntryRow
from feeds.index.sql import Connection, placeholders
from feeds.model import Article, Query

_article = msgspec.json.Decoder(Article).decode


class _Part(NamedTuple):
    """A part of a statement, and the values of its parameters."""

    sql: str
    values: Sequence[Any] = ()


def count_articles(connection: Connection, selection: Query) -> int:
    """How many articles a selection has."""
    found = _found(connection, selection)
    (number,) = connection.execute(f"SELECT count(*) FROM ({found.sql}) AS found", found.values).fetchone()
    return int(number)


def read_selected_entries(
    connection: Connection, selection: Query, name: FormatName, window: tuple[int, int]
) -> list[EntryRow]:
    """Entries of a selection in one format, newest first: so many skipped, so many taken."""
    skip, take = window
    found = _found(connection, selection)
    rows = connection.execute(
        f"SELECT age, article, updated, {name} FROM ({found.sql} ORDER BY age, base.id LIMIT ? OFFSET ?) AS found"
        " LEFT JOIN entries USING (article) ORDER BY age, found.id",
        (*found.values, take, skip),
    )
    return list(map(EntryRow._make, rows))


def read_selected_articles(connection: Connection, selection: Query, limit: int) -> list[Article]:
    """The newest articles of a selection."""
    found = _found(connection, selection)
    rows = connection.execute(
        f"SELECT articles.article FROM ({found.sql} ORDER BY age, base.id LIMIT ?) AS found"
        " JOIN articles ON articles.key = found.article ORDER BY age, found.id",
        (*found.values, limit),
    )
    return [_article(body) for (body,) in rows]


def _found(connection: Connection, selection: Query) -> _Part:
    """Place and key of each article that is selected. The first group, which is the smallest,
    is gone through; of the others it is only asked whether an article is in them."""  # noqa: D205, D209 - two sentences
    base, places, fields = (
        _in_any(selection.groups[0]),
        list(_places(connection, selection)),
        list(_fields(selection)),
    )
    conditions = [*places, *fields]
    # To look at each article takes six times as long as to look at its place.
    join = " JOIN articles ON articles.key = base.article" if fields else ""
    where = " WHERE " + " AND ".join(part.sql for part in conditions) if conditions else ""
    return _Part(
        f"SELECT base.age, base.id, base.article FROM ({base.sql}) AS base{join}{where}",
        [*base.values, *(value for part in conditions for value in part.values)],
    )


def _in_any(keys: Sequence[int]) -> _Part:
    """The members of some channels, each once."""
    once = "DISTINCT " if len(keys) > 1 else ""
    return _Part(
        f"SELECT {once}age, id, article FROM members WHERE channel IN {placeholders(len(keys))}", keys
    )


def _places(connection: Connection, selection: Query) -> Iterator[_Part]:
    """What the place of an article has to meet, and its words."""
    yield from (_is_in(keys) for keys in selection.groups[1:])
    if selection.without:
        found = _is_in(selection.without)
        yield _Part(f"NOT {found.sql}", found.values)
    if selection.since is not None:
        yield _Part("base.age <= ?", [-selection.since])
    if selection.match:
        keys, words = connection.full_text.build_match(selection.match)
        yield _Part(f"base.article IN ({keys})", words)


def _fields(selection: Query) -> Iterator[_Part]:
    """What the fields of an article have to meet."""
    if selection.types:
        yield _Part(f"articles.type IN {placeholders(len(selection.types))}", selection.types)
    if selection.languages:
        spoken = [_speaks(language) for language in selection.languages]
        any_of = " OR ".join(part.sql for part in spoken)
        yield _Part(f"({any_of})", [value for part in spoken for value in part.values])
    if selection.min_quality is not None:
        yield _Part("articles.quality >= ?", [selection.min_quality])
    if selection.min_heat is not None:
        yield _Part("articles.heat >= ?", [selection.min_heat])


def _is_in(keys: Sequence[int]) -> _Part:
    here = f"channel IN {placeholders(len(keys))} AND age = base.age AND id = base.id"
    return _Part(f"EXISTS (SELECT 1 FROM members WHERE {here})", keys)


def _speaks(language: str) -> _Part:
    """Basic filtering of language ranges (RFC 4647, section 3.3.1); the empty one stands for itself."""
    if not language:
        return _Part("articles.language = ''")
    # "." is the character after "-": between them lies what begins with the language and a hyphen.
    longer = "(articles.language >= ? AND articles.language < ?)"
    return _Part(f"(articles.language = ? OR {longer})", [language, f"{language}-", f"{language}."])
