"""Builds the channels of a site: their paths and texts, and where old paths lead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from feeds.config.names import Names
from feeds.config.schema import Config, ProviderConfig, TopicConfig
from feeds.formats import MEDIA_TYPES
from feeds.index.read.overview import ChannelRow
from feeds.lib.text.identifiers import fold, hash_name, make_slug
from feeds.model import Channel, Kind

# The folder of a channel with such a path would be in the place of another one's feed.
_ENDINGS = tuple(f".{name}" for name in MEDIA_TYPES)

KINDS: tuple[Kind, ...] = ("feeds", "all", "topics", "providers", "categories")
# Kinds that can have several channels, and so a list.
LISTED: tuple[Kind, ...] = ("feeds", "topics", "providers", "categories")


class Collision(NamedTuple):
    """Two channels whose names make the same path; the second one got another path."""

    first: Channel
    second: Channel


class Channels(NamedTuple):
    """Every channel by its path, and what became of other paths.

    ``moved`` maps old paths to new ones. ``gone`` are the paths of channels that had articles
    once. ``paths`` has the path of each channel by kind and name.
    """

    by_path: dict[str, Channel]
    moved: dict[str, str]
    collisions: tuple[Collision, ...]
    gone: frozenset[str]
    paths: dict[tuple[Kind, str], str]

    def layout(self) -> list[str]:
        """List the paths that do not follow from a channel's name alone.

        These are paths that collided, and old paths with the new ones.
        """
        return [clash.second.path for clash in self.collisions] + [
            f"{old} {new}" for old, new in self.moved.items()
        ]

    def of(self, kind: Kind) -> list[Channel]:
        """Return the channels of a kind, sorted by title."""
        found = [channel for channel in self.by_path.values() if channel.kind == kind]
        return sorted(found, key=lambda channel: (fold(channel.title), channel.path))


def build(config: Config, names: Names, rows: Iterable[ChannelRow]) -> Channels:
    """Arrange the channels that config.toml names or that have an article.

    A slug follows from the name alone. If two names make the same slug, a configured slug
    comes first, then the first name by code points; the path of the other gets a hash of its name.
    """
    known = {(row.kind, row.name): row for row in rows}
    # A selection exists as long as config.toml names it, whatever the index still holds.
    filled = {
        (kind, name)
        for (kind, name), row in known.items()
        if row.articles and kind not in ("digests", "feeds")
    }
    wanted = filled | set(names.list_fixed_channels())
    by_path: dict[str, Channel] = {}
    collisions: list[Collision] = []
    for kind, name in sorted(wanted, key=lambda identity: _precedence(names, *identity)):
        channel = _make_channel(config, names, kind, name, known.get((kind, name)))
        if channel.path.endswith(_ENDINGS):
            channel = _move_aside(channel)
        if (first := by_path.get(channel.path)) is not None:
            channel = _move_aside(channel)
            collisions.append(Collision(first, channel))
        by_path[channel.path] = channel
    paths = {(channel.kind, channel.name): channel.path for channel in by_path.values()}
    old = ((path, paths[kind, name]) for path, kind, name in names.list_old_paths() if (kind, name) in paths)
    moved = {path: new for path, new in old if path not in by_path}
    empty = [
        identity for identity in known if identity not in wanted and identity[0] not in ("digests", "feeds")
    ]
    gone = {_describe(config, names, *identity, "")[0] for identity in empty} - set(by_path) - set(moved)
    return Channels(by_path, moved, tuple(collisions), frozenset(gone), paths)


def _move_aside(channel: Channel) -> Channel:
    return msgspec.structs.replace(channel, path=f"{channel.path}-{hash_name(channel.name)}")


def _precedence(names: Names, kind: Kind, name: str) -> tuple[bool, Kind, str]:
    known = names.topic_config(name) if kind == "topics" else None
    return not (known and known[1].slug), kind, name


def _make_channel(config: Config, names: Names, kind: Kind, name: str, row: ChannelRow | None) -> Channel:
    selection = config.selections[name] if kind == "feeds" else None
    path, title, description, limit = _describe(config, names, kind, name, row.label if row else "")
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
        by_quality=selection is not None and selection.sort == "quality",
        window=selection.window_seconds if selection else None,
    )


def _describe(
    config: Config, names: Names, kind: Kind, name: str, label: str
) -> tuple[str, str, str, int | None]:
    """Return a channel's path, title, description and limit."""
    if kind == "all":
        return "all", config.site.title, config.site.description, None
    if kind == "feeds":
        selection = config.selections[name]
        return f"feeds/{name}", selection.title, selection.description, selection.limit
    if kind == "topics":
        spelling, topic = names.topic_config(name) or (label, TopicConfig())
        return f"topics/{topic.slug or make_slug(name)}", topic.title or spelling, topic.description, None
    if kind == "providers":
        provider = names.provider_config(name) or ProviderConfig()
        return f"providers/{name}", provider.name or label or name, provider.description, None
    return f"categories/{make_slug(name)}", label[:1].upper() + label[1:], "", None
