"""Builds channels from an earlier state's if only some counts and dates differ.

To build a hundred thousand channels takes seconds, and an edit changes a few of them. What was built last is kept
here between two states of one process, and beside the index for the next freeze: sealed, because paths and titles
are made of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Self

import msgspec

from feeds.channels.build import build, has_feeds, make_channel
from feeds.channels.channel_set import Channels
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.index.read import overview
from feeds.index.read.overview import State
from feeds.index.seals import Seals
from feeds.index.sql import Connection
from feeds.lib.processes import pause_collector
from feeds.model import Channel, Kind

_SEAL_BYTES = 16
_SITE_BYTES, _TOKEN_BYTES = 64, 32
# Of a file that keeps channels: the seal of the names of site and state, and these.
HEAD_BYTES = _SEAL_BYTES + _SITE_BYTES + _TOKEN_BYTES


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """What a file keeps after the names of site and state."""

    generation: int
    rows: int
    doubtful_until: datetime
    channels: list[Channel]
    moved: dict[str, str]
    retired: list[str]


class Built(NamedTuple):
    """The channels of a state, with its number ``generation`` and its name ``token``.

    ``rows`` is how many rows of the index they were built from, ``doubtful_until`` the latest date that a wrong
    clock gave out: to correct it, other dates are written into rows.
    """

    token: str
    generation: int
    rows: int
    doubtful_until: datetime
    channels: Channels

    @classmethod
    def decode(cls, body: bytes, config: Config, seals: Seals, site: str) -> Self | None:
        """Return what :meth:`encode` wrote, None if it is foreign, outdated or damaged."""
        token = body[HEAD_BYTES - _TOKEN_BYTES : HEAD_BYTES].decode("ascii", "replace")
        begin = HEAD_BYTES + _SEAL_BYTES
        if not is_head_of(body[:HEAD_BYTES], seals, site, token):
            return None
        if seals.make("channels", body[:HEAD_BYTES] + body[begin:]) != body[HEAD_BYTES:begin]:
            return None
        try:
            with pause_collector():
                kept = msgspec.msgpack.decode(memoryview(body)[begin:], type=_Kept)
        except msgspec.DecodeError:
            return None
        paths: dict[tuple[Kind, str], str] = {(one.kind, one.name): one.path for one in kept.channels}
        by_path = {one.path: one for one in kept.channels}
        retired = frozenset(kept.retired)
        channels = Channels(by_path, kept.moved, (), retired, paths, config.site.language)
        return cls(token, kept.generation, kept.rows, kept.doubtful_until, channels)

    def encode(self, seals: Seals, site: str) -> bytes | None:
        """Return the bytes of the channels with seals, None if two of them want one path.

        ``site`` is the fingerprint of the configuration with which they were built.
        """
        found = self.channels
        if found.collisions:
            return None
        every = list(found.by_path.values())
        kept = _Kept(
            self.generation, self.rows, self.doubtful_until, every, found.moved, sorted(found.retired)
        )
        body = msgspec.msgpack.encode(kept)
        head = _make_head(seals, site, self.token)
        return head + seals.make("channels", head + body) + body


def is_head_of(head: bytes, seals: Seals, site: str, token: str) -> bool:
    """Return whether a file that begins so keeps a state's channels, all distinct."""
    return bool(token) and head == _make_head(seals, site, token)


def _make_head(seals: Seals, site: str, token: str) -> bytes:
    named = f"{site}{token}".encode()
    return seals.make("names", named) + named


def rebuild(
    config: Config, names: Names, connection: Connection, state: State, former: Built | None
) -> Built:
    """Build the channels of a transaction's state, from former ones if possible."""
    if former is not None and state.token and former.token == state.token:
        return former
    number, most = overview.count_channels(connection)
    channels = (
        None if former is None else _follow(config, names, connection, state, former, size=(number, most))
    )
    if channels is None:
        channels = build(config, names, overview.read_channels(connection))
    return Built(state.token, state.generation, number, state.doubtful_until, channels)


def _follow(  # noqa: PLR0913 - what a state is built from, and what it follows
    config: Config,
    names: Names,
    connection: Connection,
    state: State,
    former: Built,
    *,
    size: tuple[int, int],
) -> Channels | None:
    """Build the channels of a state from those of an earlier one.

    None if it could differ in which channels there are, or who has which path. ``size`` is how many rows there are,
    and the most articles that any may have.
    """
    same, (number, most) = former.channels, size
    if same.collisions or (former.rows, former.doubtful_until) != (number, state.doubtful_until):
        return None
    if not overview.has_been(connection, former.generation, former.token):
        return None
    by_path, changed = dict(same.by_path), set[str]()
    for row in overview.read_changed_channels(connection, former.generation, most):
        path = same.paths.get((row.kind, row.name))
        if path is None:
            # A name may have no channel of its own: it is another spelling, or retired.
            if row.articles and not has_feeds(config, names, row):
                continue
            return None
        old = by_path[path]
        # The same channel with articles before and after, and the same oldest one: so it has the same path.
        if (old.key, old.oldest) != (row.key, row.oldest) or not (old.count and row.articles):
            return None
        made = make_channel(config, names, row.kind, row.name, row, listed=True)
        by_path[path] = msgspec.structs.replace(made, path=path)
        changed.add(path)
    return same.follow(by_path, changed)
