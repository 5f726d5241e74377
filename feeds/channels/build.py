"""Which channels there are: their names, addresses, texts, and where old addresses lead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from feeds.config.names import Names
from feeds.config.schema import Config, ProviderConfig, TopicConfig
from feeds.formats import MEDIA_TYPES
from feeds.index.read.overview import ChannelRow
from feeds.lib.text.slugs import fold, name_hash, slug
from feeds.model import Channel, Kind

# A channel with such a path would have its folder where another has its feed.
_ENDINGS = tuple(f".{name}" for name in MEDIA_TYPES)

KINDS: tuple[Kind, ...] = ("feeds", "all", "topics", "providers", "categories")
# Those of which there are several, and so a list.
LISTED: tuple[Kind, ...] = ("feeds", "topics", "providers", "categories")


class Collision(NamedTuple):
    """Two channels whose names make the same address; the second one got another."""

    first: Channel
    second: Channel


class Channels(NamedTuple):
    """Every channel, by the path of its feeds; old paths and where they lead; collisions; and
    the paths of channels that had articles once. ``paths`` finds a channel's by kind and name."""  # noqa: D205, D209 - one sentence

    by_path: dict[str, Channel]
    moved: dict[str, str]
    collisions: tuple[Collision, ...]
    gone: frozenset[str]
    paths: dict[tuple[Kind, str], str]

    def layout(self) -> list[str]:
        """The addresses that do not follow from a channel's name alone: those that were moved
        aside, and old ones with where they lead."""  # noqa: D205, D209 - one sentence
        return [clash.second.path for clash in self.collisions] + [
            f"{old} {new}" for old, new in self.moved.items()
        ]

    def of(self, kind: Kind) -> list[Channel]:
        """The channels of a kind, by title."""
        found = [channel for channel in self.by_path.values() if channel.kind == kind]
        return sorted(found, key=lambda channel: (fold(channel.title), channel.path))


def build(config: Config, names: Names, rows: Iterable[ChannelRow]) -> Channels:
    """Arrange the channels that config.toml names or that have an article.

    A slug is a function of the name alone; where two names still make the same one,
    a configured slug comes first, then the first name by code points, and the other
    gets a hash of its name.
    """
    known = {(row.kind, row.name): row for row in rows}
    # A named feed is there while config.toml names it, whatever the index still holds.
    filled = {
        (kind, name)
        for (kind, name), row in known.items()
        if row.articles and kind not in ("digests", "feeds")
    }
    wanted = filled | set(names.standing())
    by_path: dict[str, Channel] = {}
    collisions: list[Collision] = []
    for kind, name in sorted(wanted, key=lambda identity: _precedence(names, *identity)):
        channel = _channel(config, names, kind, name, known.get((kind, name)))
        if channel.path.endswith(_ENDINGS):
            channel = _moved_aside(channel)
        if (first := by_path.get(channel.path)) is not None:
            channel = _moved_aside(channel)
            collisions.append(Collision(first, channel))
        by_path[channel.path] = channel
    paths = {(channel.kind, channel.name): channel.path for channel in by_path.values()}
    old = ((path, paths[kind, name]) for path, kind, name in names.old_paths() if (kind, name) in paths)
    moved = {path: new for path, new in old if path not in by_path}
    empty = [
        identity for identity in known if identity not in wanted and identity[0] not in ("digests", "feeds")
    ]
    gone = {_described(config, names, *identity, "")[0] for identity in empty} - set(by_path) - set(moved)
    return Channels(by_path, moved, tuple(collisions), frozenset(gone), paths)


def _moved_aside(channel: Channel) -> Channel:
    return msgspec.structs.replace(channel, path=f"{channel.path}-{name_hash(channel.name)}")


def _precedence(names: Names, kind: Kind, name: str) -> tuple[bool, Kind, str]:
    known = names.topic_config(name) if kind == "topics" else None
    return not (known and known[1].slug), kind, name


def _channel(config: Config, names: Names, kind: Kind, name: str, row: ChannelRow | None) -> Channel:
    custom = config.custom[name] if kind == "feeds" else None
    path, title, description, limit = _described(config, names, kind, name, row.label if row else "")
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
        by_quality=custom is not None and custom.sort == "quality",
        window=custom.window_seconds if custom else None,
    )


def _described(
    config: Config, names: Names, kind: Kind, name: str, label: str
) -> tuple[str, str, str, int | None]:
    """A channel's path, title, description and limit."""
    if kind == "all":
        return "all", config.site.title, config.site.description, None
    if kind == "feeds":
        custom = config.custom[name]
        return f"feeds/{name}", custom.title, custom.description, custom.limit
    if kind == "topics":
        spelling, topic = names.topic_config(name) or (label, TopicConfig())
        return f"topics/{topic.slug or slug(name)}", topic.title or spelling, topic.description, None
    if kind == "providers":
        provider = names.provider_config(name) or ProviderConfig()
        return f"providers/{name}", provider.name or label or name, provider.description, None
    return f"categories/{slug(name)}", label[:1].upper() + label[1:], "", None
