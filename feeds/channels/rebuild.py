"""Builds the channels of a state from those of an earlier one, if only some counts and dates differ.

To build a hundred thousand channels takes seconds, and an edit changes a few of them. What was built last is kept
here between two states of one process, and beside the index for the next freeze: sealed, because paths and titles
are made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import msgspec

from feeds.channels.build import Channels, build, make_channel
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.index.read import overview
from feeds.index.read.overview import ChannelValues
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

    rows: list[ChannelValues]
    channels: list[Channel]
    moved: dict[str, str]
    retired: list[str]


class Built(NamedTuple):
    """The channels of a state, whose name is ``token``, and the rows of the index that they were built from."""

    token: str
    rows: Sequence[ChannelValues]
    channels: Channels

    @classmethod
    def decode(cls, body: bytes, config: Config, seals: Seals, site: str) -> Self | None:
        """Return what :meth:`encode` wrote; None if it is of another site or key, or anything is wrong with it."""
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
        return cls(token, kept.rows, Channels(by_path, kept.moved, (), retired, paths, config.site.language))

    def encode(self, seals: Seals, site: str) -> bytes | None:
        """Return the bytes of the channels with their seals, None if two of them want one path.

        ``site`` is the fingerprint of the configuration with which they were built.
        """
        found = self.channels
        if found.collisions:
            return None
        every = list(found.by_path.values())
        body = msgspec.msgpack.encode(_Kept(list(self.rows), every, found.moved, sorted(found.retired)))
        head = _make_head(seals, site, self.token)
        return head + seals.make("channels", head + body) + body


def is_head_of(head: bytes, seals: Seals, site: str, token: str) -> bool:
    """Return whether a file that begins with these bytes keeps the channels of a state, none of which want one path."""
    return bool(token) and head == _make_head(seals, site, token)


def _make_head(seals: Seals, site: str, token: str) -> bytes:
    named = f"{site}{token}".encode()
    return seals.make("names", named) + named


def rebuild(config: Config, names: Names, connection: Connection, token: str, former: Built | None) -> Built:
    """Build the channels of the state that a transaction sees, from former ones if that makes the same.

    ``token`` is the name of that state: no other has it.
    """
    if former is not None and token and former.token == token:
        return former
    rows, most = overview.read_channel_values(connection)
    changed = None if former is None else _find_changed(former, rows)
    if former is None or changed is None:
        return Built(token, rows, build(config, names, overview.check_channels(rows, most)))
    by_path = dict(former.channels.by_path)
    for row in overview.check_channels(changed, most):
        # A name may have no channel of its own: it is another spelling, or retired.
        if (path := former.channels.paths.get((row.kind, row.name))) is not None:
            made = make_channel(config, names, row.kind, row.name, row, listed=True)
            by_path[path] = msgspec.structs.replace(made, path=path)
    same = former.channels
    return Built(token, rows, Channels(by_path, same.moved, (), same.retired, same.paths, same.language))


def _find_changed(former: Built, rows: Sequence[ChannelValues]) -> Sequence[ChannelValues] | None:
    """Find the rows that differ; None if they could change which channels there are, or who has which path."""
    if former.channels.collisions or len(rows) != len(former.rows):
        return None
    changed = []
    for old, new in zip(former.rows, rows, strict=True):
        if old != new:
            # The same channel with articles before and after, and the same oldest one: so it has the same path.
            if old[:3] != new[:3] or old.oldest != new.oldest or not (old.articles and new.articles):
                return None
            changed.append(new)
    return changed
