"""Builds the channels of a site: their paths and texts, and where old paths lead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from feeds.channels.channel_set import Channels, Collision
from feeds.config.channel_tables import ProviderConfig, TopicConfig
from feeds.config.names import Names
from feeds.config.schema import Config
from feeds.formats import MEDIA_TYPES
from feeds.index.read.overview import ChannelRow
from feeds.lib.text.identifiers import hash_name, make_slug
from feeds.model import Channel, Kind

# The folder of a channel with such a path would be in the place of another one's feed.
_ENDINGS = tuple(f".{name}" for name in MEDIA_TYPES)

_NEVER = datetime.max.replace(tzinfo=UTC)
# Of those that config.toml does not name.
_PLAIN_TOPIC, _PLAIN_PROVIDER = TopicConfig(), ProviderConfig()


def build(config: Config, names: Names, rows: Iterable[ChannelRow]) -> Channels:
    """Arrange the channels that config.toml names, and those that had an article.

    A channel that lost its last article stays, as an empty feed: its readers did not ask for less. So
    its path stays with it, too. A slug follows from the name alone. If two names make the same path, the
    channel whose oldest article is older has it, because that is where its readers are; the path of the
    other gets a hash of its name. The path of an older name is one too. Only a configured slug comes first.
    """
    unmet = dict.fromkeys(names.list_fixed_channels())
    made = []
    for row in rows:
        identity = (row.kind, row.name)
        fixed = identity in unmet
        if fixed or has_feeds(config, names, row):
            listed = fixed or row.emptied is None or row.is_listed
            made.append(make_channel(config, names, *identity, row, listed=listed))
            unmet.pop(identity, None)
    made += (make_channel(config, names, kind, name, None, listed=True) for kind, name in unmet)
    old_names: dict[tuple[Kind, str], list[str]] = {}
    for kind, name, old in names.list_other_spellings():
        old_names.setdefault((kind, name), []).append(old)
    claims = _Claims()
    made.sort(key=_get_precedence)
    chosen = set(names.with_slug)
    for channel in made if chosen else ():
        if channel.kind == "topics" and channel.name in chosen:
            claims.add(channel)
    for channel in made:
        identity = (channel.kind, channel.name)
        if identity not in claims.paths:
            claims.add(channel)
        for old in old_names.get(identity, ()):
            claims.add_old_name(*identity, old)
    found = Channels(
        claims.by_path,
        claims.moved,
        tuple(claims.collisions),
        frozenset(),
        claims.paths,
        config.site.language,
    )
    return _retire(names, found)


class _Claims:
    """Which channel has which path. Whoever claims one first has it."""

    def __init__(self) -> None:
        self.by_path: dict[str, Channel] = {}
        self.paths: dict[tuple[Kind, str], str] = {}
        self.moved: dict[str, str] = {}
        self.collisions: list[Collision] = []

    def add(self, channel: Channel) -> None:
        """Give a channel its path, or another one if that has an owner."""
        if channel.path.endswith(_ENDINGS):
            channel = _move_aside(channel)
        if (first := self._find_owner(channel.path)) is not None:
            # A second time only if somebody chose a name or a slug that ends in the hash of another.
            while self._find_owner(channel.path) is not None:
                channel = _move_aside(channel)
            self.collisions.append(Collision(first, channel))
        self.by_path[channel.path] = channel
        self.paths[channel.kind, channel.name] = channel.path

    def add_old_name(self, kind: Kind, name: str, old: str) -> None:
        """Make the path of a channel's older name, or its claim to one, lead there."""
        new = self.paths[kind, name]
        path = _make_path(kind, old)
        owner = self._find_owner(path)
        if owner is not None and (owner.kind, owner.name) != (kind, name):
            path = _make_path_aside(path, old)
            owner = self._find_owner(path)
        if owner is None:
            self.moved[path] = new

    def _find_owner(self, path: str) -> Channel | None:
        return self.by_path.get(self.moved.get(path, path) if self.moved else path)


def has_feeds(config: Config, names: Names, row: ChannelRow) -> bool:
    """Return whether a channel of the index is one of the site: it had an article.

    A channel whose name became another spelling is the other channel now: its old path leads there.
    """
    kind = row.kind
    if kind == "digests" or names.is_other_spelling(kind, row.name):
        return False
    if kind == "feeds" and row.name not in config.selections:
        # Whoever takes a selection out of config.toml means it; nothing is known of it but its name.
        return False
    if kind == "tags" and not config.tags.feeds:
        return False
    return row.articles > 0 or row.emptied is not None


def _retire(names: Names, channels: Channels) -> Channels:
    """Take the retired channels out, with the old paths that lead to them.

    They take part until here, so that no other channel gets the path of one.
    """
    by_path, moved = channels.by_path, channels.moved
    retired = {path for identity in names.retired if (path := channels.paths.get(identity)) is not None}
    if not retired:
        return channels
    return Channels(
        by_path={path: channel for path, channel in by_path.items() if path not in retired},
        moved={old: new for old, new in moved.items() if new not in retired},
        collisions=tuple(clash for clash in channels.collisions if clash.second.path not in retired),
        retired=frozenset({*retired, *(old for old, new in moved.items() if new in retired)}),
        paths={identity: path for identity, path in channels.paths.items() if path not in retired},
        language=channels.language,
    )


def _move_aside(channel: Channel) -> Channel:
    return msgspec.structs.replace(channel, path=_make_path_aside(channel.path, channel.name))


def _make_path_aside(path: str, name: str) -> str:
    """Return the path of a name whose own path another name has."""
    return f"{path}-{hash_name(name)}"


def _make_path(kind: Kind, name: str) -> str:
    """Return the path that a channel's name makes. Pure."""
    return f"{kind}/{name if kind in ('providers', 'feeds') else make_slug(name)}"


def _get_precedence(channel: Channel) -> tuple[Kind, datetime, str]:
    """Order channels that want one path: the oldest article first, ties by name."""
    return channel.kind, channel.oldest or _NEVER, channel.name


def make_channel(  # noqa: PLR0913 - a channel is what configuration and index say together
    config: Config, names: Names, kind: Kind, name: str, row: ChannelRow | None, *, listed: bool
) -> Channel:
    """Make a channel of its row in the index, if any, and of its configuration."""
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
        emptied=row.emptied if row else None,
        listed=listed,
        label=row.label if row else "",
        oldest=row.oldest if row else None,
    )


def _describe(
    config: Config, names: Names, kind: Kind, name: str, label: str
) -> tuple[str, str, str, int | None]:
    """Return a channel's path, title, description and limit."""
    if kind == "all":
        return "all", config.site.title, config.site.description, None
    if kind == "feeds":
        selection = config.selections[name]
        return _make_path(kind, name), selection.title, selection.description, selection.limit
    if kind == "topics":
        spelling, topic = names.find_topic_config(name) or (label or name, _PLAIN_TOPIC)
        path = f"topics/{topic.slug}" if topic.slug else _make_path(kind, name)
        return path, topic.title or spelling, topic.description, None
    if kind == "providers":
        provider = names.find_provider_config(name) or _PLAIN_PROVIDER
        return _make_path(kind, name), provider.name or label or name, provider.description, None
    label = label or name
    if kind == "tags":
        return _make_path(kind, name), label, "", None
    return _make_path(kind, name), label[:1].upper() + label[1:], "", None
