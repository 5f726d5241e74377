"""What can be asked of the index. Each function works within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, select

from feeds.index.schema import DIGEST_PATH, articles, channels, entries, files, members, tombstones, touches
from feeds.index.store import get_meta
from feeds.index.touched import KEPT_GENERATIONS as KEPT_GENERATIONS  # noqa: PLC0414 - part of what can be asked
from feeds.model import Article, Deleted, Kind, Problem

_article = msgspec.json.Decoder(Article).decode
_problems = msgspec.json.Decoder(tuple[Problem, ...]).decode


class ChannelRow(NamedTuple):
    """A channel as the index knows it; ``label`` is the prevailing spelling of its name."""

    key: int
    kind: Kind
    name: str
    label: str
    articles: int
    newest: datetime | None
    changed: datetime
    generation: int


class EntryRow(NamedTuple):
    """A rendered entry, and when its article was updated."""

    updated: datetime
    body: bytes


class Rank(NamedTuple):
    """Places in a channel: ``first`` articles are older, ``last`` not newer. Where ``moved``,
    an article came or went there, and all newer ones have another place."""  # noqa: D205, D209 - one sentence

    first: int
    last: int
    moved: bool


class State(NamedTuple):
    """Which index this is, and which of its states."""

    history: str
    generation: int


def state(connection: Connection) -> State:
    """The state of the index that this transaction sees."""
    return State(get_meta(connection, "history") or "", int(get_meta(connection, "generation") or 0))


def site_changed(connection: Connection) -> datetime:
    """When the documents last changed for another reason than an article."""
    return _moment(int(get_meta(connection, "site_changed") or 0))


def all_channels(connection: Connection) -> list[ChannelRow]:
    """Every channel that has or had an article."""
    c = channels.c
    rows = connection.execute(
        select(c.key, c.kind, c.name, c.label, c.count, c.newest, c.changed, c.generation).order_by(
            c.kind, c.name
        )
    )
    return [
        ChannelRow(key, kind, name, label, count, None if newest is None else _moment(newest), _moment(changed), made)
        for key, kind, name, label, count, newest, changed, made in rows
    ]  # fmt: skip


def channel_entries(
    connection: Connection, key: int, format_name: str, window: tuple[int, int]
) -> list[EntryRow]:
    """Entries of a channel in one format, in the order of the feed: so many skipped, so many taken."""
    skip, take = window
    rows = connection.execute(
        select(articles.c.updated, entries.c.body)
        .select_from(members)
        .join(articles, articles.c.key == members.c.article)
        .join(entries, entries.c.article == members.c.article)
        .where(members.c.channel == key, entries.c.format == format_name)
        .order_by(members.c.age, members.c.id)
        .limit(take)
        .offset(skip)
    )
    return [EntryRow(_moment(updated), body) for updated, body in rows]


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
        _best(select(articles.c.updated, entries.c.body), key, since)
        .join(entries, entries.c.article == members.c.article)
        .where(entries.c.format == format_name)
        .limit(limit)
    )
    return [EntryRow(_moment(updated), body) for updated, body in rows]


def best_articles(connection: Connection, key: int, since: datetime | None, limit: int) -> list[Article]:
    """The best articles of a channel, in the order of :func:`best_entries`."""
    rows = connection.execute(_best(select(articles.c.article), key, since).limit(limit))
    return [_article(body) for body in rows.scalars()]


def _best(statement: Select[Any], key: int, since: datetime | None) -> Select[Any]:
    statement = (
        statement.select_from(members)
        .join(articles, articles.c.key == members.c.article)
        .where(members.c.channel == key)
        .order_by(articles.c.quality.desc(), articles.c.heat.desc(), members.c.age, members.c.id)
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
    return tuple(Deleted(entry_id, _moment(withdrawn)) for entry_id, withdrawn in rows)


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


def _count(connection: Connection, key: int, condition: ColumnElement[bool]) -> int:
    statement = select(func.count()).select_from(members).where(members.c.channel == key, condition)
    return connection.execute(statement).scalar_one()


def channel_articles(connection: Connection, key: int, limit: int) -> list[Article]:
    """The newest articles of a channel, in the order of the feed."""
    rows = connection.execute(
        select(articles.c.article)
        .select_from(members)
        .join(articles, articles.c.key == members.c.article)
        .where(members.c.channel == key)
        .order_by(members.c.age, members.c.id)
        .limit(limit)
    )
    return [_article(body) for body in rows.scalars()]


def file_problems(connection: Connection) -> Iterator[Problem]:
    """What is wrong with each file, by path."""
    rows = connection.execute(
        select(files.c.problems).where(files.c.problems.is_not(None)).order_by(files.c.path)
    )
    for body in rows.scalars():
        yield from _problems(body)


def file_states(connection: Connection) -> dict[str, int]:
    """How many files are public, future, unpublished, removed, faulty, and shadowed.

    A shadowed file is one whose URL another file has too.
    """
    rows = connection.execute(select(files.c.state, func.count()).group_by(files.c.state))
    counts: dict[str, int] = dict(rows.tuples().all())
    shadowed = connection.execute(select(func.count()).where(articles.c.shown == 0)).scalar_one()
    counts["public"] = counts.get("public", 0) - shadowed
    return {**counts, "shadowed": shadowed}


def shadowed(connection: Connection) -> list[tuple[str, str, str]]:
    """Files whose id another file has too: path, the path that is shown, the URL."""
    shown = articles.alias()
    rows = connection.execute(
        select(articles.c.path, shown.c.path, articles.c.url)
        .join(shown, (shown.c.id == articles.c.id) & (shown.c.shown == 1))
        .where(articles.c.shown == 0)
        .order_by(articles.c.path)
    )
    return [tuple(row) for row in rows]


def same_links(connection: Connection) -> list[Sequence[str]]:
    """The paths of shown articles that share a link though their ids differ."""
    shared = (
        select(articles.c.url)
        .where(articles.c.shown == 1, articles.c.url != "")
        .group_by(articles.c.url)
        .having(func.count() > 1)
    )
    rows = connection.execute(
        select(articles.c.url, articles.c.path)
        .where(articles.c.shown == 1, articles.c.url.in_(shared))
        .order_by(articles.c.url, articles.c.path)
    )
    groups: dict[str, list[str]] = {}
    for url, path in rows:
        groups.setdefault(url, []).append(path)
    return list(groups.values())


def member_path(connection: Connection, key: int) -> str:
    """The path of one file of a channel: the first by path."""
    rows = connection.execute(
        select(func.min(articles.c.path))
        .join(members, members.c.article == articles.c.key)
        .where(members.c.channel == key)
    )
    return rows.scalar() or ""


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
