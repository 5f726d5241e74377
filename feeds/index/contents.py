"""What stands in the channels of the index. Each function works within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from feeds.index import bulk
from feeds.index.queries import moment
from feeds.index.schema import (
    CAME,
    DIGEST_PATH,
    EDITED,
    LEFT,
    PAGED,
    articles,
    channels,
    entries,
    members,
    tombstones,
    touches,
)
from feeds.model import Article, Deleted

_article = msgspec.json.Decoder(Article).decode

# Made once: to put a statement together takes as long as to run it, and these run for every feed.
_CHANNEL_ENTRIES = (
    select(members.c.age, articles.c.updated, entries.c.body)
    .select_from(members)
    .join(articles, articles.c.key == members.c.article)
    .join(entries, entries.c.article == members.c.article)
    .where(members.c.channel == bindparam("key"), entries.c.format == bindparam("format"))
    .order_by(members.c.age, members.c.id)
    .limit(bindparam("take"))
    .offset(bindparam("skip"))
)
_CHANNEL_ARTICLES = (
    select(articles.c.article)
    .select_from(members)
    .join(articles, articles.c.key == members.c.article)
    .where(members.c.channel == bindparam("key"))
    .order_by(members.c.age, members.c.id)
    .limit(bindparam("take"))
    .offset(bindparam("skip"))
)
_VOCABULARY = (
    select(articles.c.type, articles.c.language)
    .select_from(members)
    .join(articles, articles.c.key == members.c.article)
    .where(members.c.channel == bindparam("key"))
    .order_by(members.c.age, members.c.id)
    .limit(bindparam("take"))
)


class EntryRow(NamedTuple):
    """A rendered entry, when its article was updated (in seconds since 1970), and the ``age`` that is its place."""

    age: int
    updated: int
    body: bytes


class Rank(NamedTuple):
    """Places in a channel: ``first`` articles are older, ``last`` not newer. Where ``moved``,
    an article came or went there, and all newer ones have another place."""  # noqa: D205, D209 - one sentence

    first: int
    last: int
    moved: bool


class News(NamedTuple):
    """Places of a channel whose articles were edited, and the oldest one at which one came or went."""

    edited: frozenset[int]
    came: int | None

    def has(self, age: int) -> bool:
        """Whether the article at a place may be new or changed: all that are newer than a new one count."""
        return age in self.edited or (self.came is not None and age <= self.came)


def channel_entries(
    connection: Connection, key: int, format_name: str, window: tuple[int, int]
) -> list[EntryRow]:
    """Entries of a channel in one format, in the order of the feed: so many skipped, so many taken."""
    skip, take = window
    values = {"key": key, "format": format_name, "take": take, "skip": skip}
    return [EntryRow(*row) for row in bulk.fetch(connection, _CHANNEL_ENTRIES, values)]


def shown_articles(connection: Connection) -> Iterator[Article]:
    """Every article that readers get, by path."""
    rows = connection.execute(
        select(articles.c.article)
        .where(articles.c.shown == 1, articles.c.path.not_like(f"{DIGEST_PATH}%"))
        .order_by(articles.c.path)
    )
    return (_article(body) for body in rows.scalars())


def best_entries(
    connection: Connection, key: int, format_name: str, since: datetime | None, limit: int
) -> list[EntryRow]:
    """The best entries of a channel: by quality, then heat, then newness."""
    rows = connection.execute(
        _best(select(members.c.age, articles.c.updated, entries.c.body), key, since)
        .join(entries, entries.c.article == members.c.article)
        .where(entries.c.format == format_name)
        .limit(limit)
    )
    return [EntryRow(*row) for row in rows]


def best_articles(connection: Connection, key: int, since: datetime | None, limit: int) -> list[Article]:
    """The best articles of a channel, in the order of :func:`best_entries`."""
    rows = connection.execute(_best(select(articles.c.article), key, since).limit(limit))
    return [_article(body) for body in rows.scalars()]


def _best(statement: Select[Any], key: int, since: datetime | None) -> Select[Any]:
    statement = (
        statement.select_from(members)
        .join(articles, articles.c.key == members.c.article)
        .where(members.c.channel == key)
        .order_by(
            func.coalesce(articles.c.quality, 0).desc(),
            func.coalesce(articles.c.heat, 0).desc(),
            members.c.age,
            members.c.id,
        )
    )
    return statement if since is None else statement.where(members.c.age < -int(since.timestamp()))


def digest_candidates(connection: Connection, name: str) -> list[Article]:
    """The articles that a digest chooses from, oldest first."""
    rows = connection.execute(
        select(articles.c.article)
        .select_from(members)
        .join(channels, channels.c.key == members.c.channel)
        .join(articles, articles.c.key == members.c.article)
        .where(channels.c.kind == "digests", channels.c.name == name)
        .order_by(members.c.age.desc(), members.c.id)
    )
    return [_article(body) for body in rows.scalars()]


def deleted_entries(connection: Connection, key: int) -> tuple[Deleted, ...]:
    """What was withdrawn from a channel, newest first."""
    t = tombstones.c
    rows = connection.execute(
        select(t.id, t.withdrawn).where(t.channel == key).order_by(t.withdrawn.desc(), t.id)
    )
    return tuple(Deleted(entry_id, moment(withdrawn)) for entry_id, withdrawn in rows)


def changed_ranks(connection: Connection, key: int, since: int) -> list[Rank]:
    """Where a channel changed after a generation, counted from its oldest article."""
    rows = connection.execute(
        select(touches.c.age, touches.c.moved).where(touches.c.channel == key, touches.c.generation > since)
    ).all()
    return [
        Rank(
            _count(connection, key, members.c.age > age),
            _count(connection, key, members.c.age >= age),
            bool(moved),
        )
        for age, moved in rows
    ]


def news(connection: Connection, key: int, since: int) -> News | None:
    """What is new in a channel after a generation; None where an article left it, so that
    older ones may have come into its feeds."""  # noqa: D205, D209 - one sentence
    rows = connection.execute(
        select(touches.c.age, touches.c.moved).where(touches.c.channel == key, touches.c.generation > since)
    ).all()
    if any(moved == LEFT for _, moved in rows):
        return None
    edited = frozenset(age for age, moved in rows if moved == EDITED)
    return News(edited, max((age for age, moved in rows if moved == CAME), default=None))


def touched(connection: Connection, key: int, since: int) -> News:
    """The places of a channel whose articles may be other ones than at a generation."""
    rows = connection.execute(
        select(touches.c.age, touches.c.moved).where(touches.c.channel == key, touches.c.generation > since)
    ).all()
    moved = [age for age, kind in rows if kind != EDITED]
    return News(frozenset(age for age, kind in rows if kind == EDITED), max(moved, default=None))


def _count(connection: Connection, key: int, condition: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(members).where(members.c.channel == key, condition)
    return connection.execute(statement).scalar_one()


def channel_articles(connection: Connection, key: int, take: int, skip: int = 0) -> list[Article]:
    """The newest articles of a channel, in the order of the feed: so many taken after so many skipped."""
    rows = bulk.fetch(connection, _CHANNEL_ARTICLES, {"key": key, "take": take, "skip": skip})
    return [_article(body) for (body,) in rows]


def paged_articles(connection: Connection) -> list[tuple[str, int]]:
    """The page of each article without a link, by path, and the age of the article."""
    rows = connection.execute(
        select(articles.c.page, -articles.c.published).where(PAGED).order_by(articles.c.page)
    )
    return [(page, age) for page, age in rows]


def paged_article(connection: Connection, page: str) -> Article | None:
    """The article that has a page; None where there is no such page."""
    body = connection.execute(select(articles.c.article).where(PAGED, articles.c.page == page)).scalar()
    return None if body is None else _article(body)


def vocabulary(connection: Connection, key: int, limit: int) -> tuple[set[str], set[str]]:
    """The types and the languages of the newest articles of a channel; the empty language is the site's."""
    rows = bulk.fetch(connection, _VOCABULARY, {"key": key, "take": limit})
    return {kind for kind, _ in rows if kind}, {language for _, language in rows}
