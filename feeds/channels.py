"""Which channels there are: their names, addresses, texts, and where old addresses lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from feeds.config import Config
from feeds.index.queries import ChannelRow
from feeds.model import Channel, Kind
from feeds.text.slugs import name_hash, slug
from feeds.text.topics import fold
from feeds.text.urls import domain

KINDS: tuple[Kind, ...] = ("feeds", "all", "topics", "providers", "categories")


class Collision(NamedTuple):
    """Two channels whose names make the same address; the second one got another."""

    first: Channel
    second: Channel


class Channels(NamedTuple):
    """Every channel, by the path of its feeds; old paths and where they lead; collisions."""

    by_path: dict[str, Channel]
    moved: dict[str, str]
    collisions: tuple[Collision, ...]

    def of(self, kind: Kind) -> list[Channel]:
        """The channels of a kind, by title."""
        found = [channel for channel in self.by_path.values() if channel.kind == kind]
        return sorted(found, key=lambda channel: (fold(channel.title), channel.path))


def build(config: Config, rows: Iterable[ChannelRow]) -> Channels:
    """Arrange the channels that config.toml names or that have an article.

    A slug is a function of the name alone; where two names still make the same one,
    a configured slug comes first, then the first name by code points, and the other
    gets a hash of its name.
    """
    known = {(row.kind, row.name): row for row in rows}
    wanted = {identity for identity, row in known.items() if row.articles} | set(_configured(config))
    by_path: dict[str, Channel] = {}
    collisions: list[Collision] = []
    for kind, name in sorted(wanted, key=lambda identity: _precedence(config, identity)):
        channel = _channel(config, kind, name, known.get((kind, name)))
        if (first := by_path.get(channel.path)) is not None:
            channel = _moved_aside(channel)
            collisions.append(Collision(first, channel))
        by_path[channel.path] = channel
    moved = {old: new for old, new in _old_paths(config, by_path.values()) if old not in by_path}
    return Channels(by_path, moved, tuple(collisions))


def _configured(config: Config) -> Iterator[tuple[Kind, str]]:
    yield "all", ""
    for topic in config.topics:
        yield "topics", fold(topic)
    for provider in config.providers:
        yield "providers", domain(provider) or provider
    for custom in config.custom:
        yield "feeds", custom


def _precedence(config: Config, identity: tuple[Kind, str]) -> tuple[bool, Kind, str]:
    kind, name = identity
    explicit = kind == "topics" and any(fold(n) == name and t.slug for n, t in config.topics.items())
    return not explicit, kind, name


def _channel(config: Config, kind: Kind, name: str, row: ChannelRow | None) -> Channel:
    path, title, description, limit = _described(config, kind, name, row.label if row else "")
    return Channel(
        kind=kind,
        name=name,
        path=path,
        title=title,
        description=description,
        limit=limit or config.feeds.limit,
        key=row.key if row else 0,
        count=row.articles if row else 0,
        newest=row.newest if row else None,
        changed=row.changed if row else None,
        generation=row.generation if row else 0,
    )


def _described(config: Config, kind: Kind, name: str, label: str) -> tuple[str, str, str, int | None]:
    """A channel's path, title, description and limit."""
    if kind == "all":
        return "all", config.site.title, config.site.description, None
    if kind == "feeds":
        custom = config.custom[name]
        return f"feeds/{name}", custom.title, custom.description, custom.limit
    if kind == "topics":
        spelling, topic = next(((n, t) for n, t in config.topics.items() if fold(n) == name), (label, None))
        path = f"topics/{topic.slug if topic and topic.slug else slug(name)}"
        return path, (topic.title if topic else "") or spelling, topic.description if topic else "", None
    if kind == "providers":
        provider = next((p for n, p in config.providers.items() if (domain(n) or n) == name), None)
        title = (provider.name if provider else "") or label or name
        return f"providers/{name}", title, provider.description if provider else "", None
    return f"categories/{slug(name)}", label[:1].upper() + label[1:], "", None


def _moved_aside(channel: Channel) -> Channel:
    return msgspec.structs.replace(channel, path=f"{channel.path}-{name_hash(channel.name)}")


def _old_paths(config: Config, channels: Iterable[Channel]) -> Iterator[tuple[str, str]]:
    paths = {(channel.kind, channel.name): channel.path for channel in channels}
    for name, topic in config.topics.items():
        for spelling in (name, *topic.aliases):
            yield from _lead(f"topics/{slug(fold(spelling))}", paths["topics", fold(name)])
    for name, provider in config.providers.items():
        path = paths["providers", domain(name) or name]
        for alias in provider.aliases:
            yield from _lead(f"providers/{domain(alias) or alias}", path)


def _lead(old: str, new: str) -> Sequence[tuple[str, str]]:
    return [(old, new)] if old != new else []
