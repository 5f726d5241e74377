"""What lists say of channels, as hashes: an equal list need not be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property

import msgspec

from feeds.channels.channel_set import KINDS, Channels
from feeds.channels.pagination import LISTED_ON_A_PAGE
from feeds.model import Channel, Kind

# How many feeds a part of the list for programs has.
FEEDS_IN_A_PART = 1000
_encode = msgspec.msgpack.Encoder().encode


class Listings:
    """What lists say of the channels of one state, hashed at the first use."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    def hash_page(self, kind: Kind, number: int) -> str:
        """Return the hash of all that a page of the list of a kind says of channels."""
        every = self._channels.list_sorted(kind)
        here = every[(number - 1) * LISTED_ON_A_PAGE : number * LISTED_ON_A_PAGE]
        firsts = [channel.title for channel in every[::LISTED_ON_A_PAGE]]
        return hash_parts([_encode((len(every), firsts)), *self._say(here)])

    def hash_part(self, number: int) -> str:
        """Return the hash of all that a part of the list for programs says of channels."""
        here = self.list_part(number)
        titles = self._channels.shared_titles
        shared = [(one.path, titles[one.title][one.kind] == 1) for one in here if one.title in titles]
        last = number * FEEDS_IN_A_PART >= len(self._every)
        return hash_parts([_encode((shared, last)), *self._say(here)])

    def list_part(self, number: int) -> Sequence[Channel]:
        """Return the channels of a part of the list for programs."""
        return self._every[(number - 1) * FEEDS_IN_A_PART : number * FEEDS_IN_A_PART]

    @cached_property
    def hash_all(self) -> str:
        """The hash of all that lists of all feeds say of channels."""
        return hash_parts(self._say(self._every))

    @cached_property
    def _every(self) -> Sequence[Channel]:
        return [channel for kind in KINDS for channel in self._channels.list_sorted(kind)]

    @cached_property
    def _said(self) -> dict[str, bytes]:
        return {one.path: _encode(_describe(one)) for one in self._every}

    def _say(self, channels: Iterable[Channel]) -> list[bytes]:
        return [self._said[channel.path] for channel in channels]


def lists_say_the_same(former: Channels, channels: Channels) -> bool:
    """Return whether lists say the same of the channels of two states.

    This is quick if one was built from the other.
    """
    if former.paths is not channels.paths:
        return False
    before = former.by_path
    return all(
        one is (other := before[path]) or (_describe(one), one.label) == (_describe(other), other.label)
        for path, one in channels.by_path.items()
    )


def _describe(channel: Channel) -> tuple[object, ...]:
    one = channel
    return one.kind, one.name, one.path, one.title, one.description, one.count, one.newest


def hash_parts(parts: Iterable[bytes]) -> str:
    """Return the hash of parts of a text in their order."""
    return hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()
