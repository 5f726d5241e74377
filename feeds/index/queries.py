"""What can be asked of the index about itself, its channels and its files. Each function works within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, select

from feeds.index.schema import (
    SHADOWED,
    articles,
    channels,
    files,
    generations,
    members,
)
from feeds.index.search import searched
from feeds.index.store import get_meta
from feeds.model import Kind, Problem

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


class State(NamedTuple):
    """A state of the index: its number, and the random name that no other state has; when the
    documents last changed for another reason than an article; how far the search has come; and
    which index this is, since one that is made anew counts from the beginning again."""  # noqa: D205, D209 - one sentence

    generation: int
    token: str
    site_changed: datetime
    searched: int
    birth: str


def state(connection: Connection) -> State:
    """The state of the index that this transaction sees."""
    generation = int(get_meta(connection, "generation") or 0)
    site_changed = moment(int(get_meta(connection, "site_changed") or 0))
    birth = get_meta(connection, "birth") or ""
    return State(generation, token(connection, generation) or "", site_changed, searched(connection), birth)


def token(connection: Connection, generation: int) -> str | None:
    """The name of a state that the index has been in; None where it is not known."""
    statement = select(generations.c.token).where(generations.c.generation == generation)
    return connection.execute(statement).scalar()


def fingerprints(connection: Connection) -> tuple[str | None, str | None]:
    """The fingerprints of work and site that the index was last synced with."""
    return get_meta(connection, "work"), get_meta(connection, "site")


def all_channels(connection: Connection) -> list[ChannelRow]:
    """Every channel that has or had an article."""
    c = channels.c
    rows = connection.execute(
        select(c.key, c.kind, c.name, c.label, c.count, c.newest, c.changed, c.generation).order_by(
            c.kind, c.name
        )
    )
    return [
        ChannelRow(key, kind, name, label, count, None if newest is None else moment(newest), moment(changed), made)
        for key, kind, name, label, count, newest, changed, made in rows
    ]  # fmt: skip


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
    counts: dict[str, int] = {state: number for state, number in rows}  # noqa: C416 - rows are no pairs to dict()
    shadowed = connection.execute(select(func.count()).select_from(articles).where(SHADOWED)).scalar_one()
    counts["public"] = counts.get("public", 0) - shadowed
    return {**counts, "shadowed": shadowed}


def shadowed(connection: Connection) -> list[tuple[str, str, str]]:
    """Files whose id another file has too: path, the path that is shown, the URL."""
    shown = articles.alias()
    rows = connection.execute(
        select(articles.c.path, shown.c.path, articles.c.url)
        .join(shown, (shown.c.id == articles.c.id) & (shown.c.shown == 1))
        .where(SHADOWED)
        .order_by(articles.c.path)
    )
    return [tuple(row) for row in rows]


def same_links(connection: Connection) -> list[Sequence[str]]:
    """The paths of shown articles that share a link though their ids differ."""
    shared = select(articles.c.url).group_by(articles.c.url).having(func.count() > 1)
    rows = connection.execute(
        select(articles.c.url, articles.c.path)
        .where(articles.c.shown == 1, articles.c.url != "", articles.c.url.in_(shared))
        .order_by(articles.c.url, articles.c.path)
    )
    groups: dict[str, list[str]] = {}
    for url, path in rows:
        groups.setdefault(url, []).append(path)
    return [paths for paths in groups.values() if len(paths) > 1]


def member_path(connection: Connection, key: int) -> str:
    """The path of one file of a channel: the first by path."""
    rows = connection.execute(
        select(func.min(articles.c.path))
        .join(members, members.c.article == articles.c.key)
        .where(members.c.channel == key)
    )
    return rows.scalar() or ""


def moment(seconds: int) -> datetime:
    """A time as the index keeps it."""
    return datetime.fromtimestamp(seconds, UTC)
