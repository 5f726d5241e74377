"""Which feeds hubs are told of: the documents that readers subscribe to, not archives or pages."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable

from feeds.errors import FeedsError
from feeds.publisher.snapshot import Snapshot


def changed_urls(site: Snapshot, since: int = -1) -> list[str]:
    """The subscription documents that may have changed since a generation; all of them without one."""
    base = site.config.site.base_url
    channels = site.channels.by_path.values()
    return [
        base + path
        for channel in channels
        if channel.generation > since
        for path in _paths(site, channel.path)
    ]


def written_urls(site: Snapshot, files: Container[str]) -> list[str]:
    """The subscription documents among some frozen files."""
    base = site.config.site.base_url
    return [base + path for stem in site.channels.by_path for path in _paths(site, stem) if path in files]


def named_urls(site: Snapshot, names: Iterable[str]) -> list[str]:
    """The subscription documents that people name: by path or URL, with or without a format.

    Raises :class:`FeedsError` for a name that is no feed's.
    """
    return [site.config.site.base_url + path for name in names for path in _named(site, name)]


def _named(site: Snapshot, name: str) -> list[str]:
    stem = name.removeprefix(site.config.site.base_url).strip("/")
    if (channel := _channel(site, stem)) is not None:
        return _paths(site, channel)
    before, _, ending = stem.rpartition(".")
    if ending in site.config.feeds.formats and (channel := _channel(site, before)) is not None:
        return [f"{channel}.{ending}"]
    near = difflib.get_close_matches(stem, site.channels.by_path, n=1, cutoff=0.6)
    hint = f'Did you mean "{near[0]}"?' if near else "Name one such as topics/ai or topics/ai.atom."
    raise FeedsError(f'"{name}" is no feed of this site. {hint}')


def _channel(site: Snapshot, stem: str) -> str | None:
    """The path of a channel by its own or an old one."""
    path = site.channels.moved.get(stem, stem)
    return path if path in site.channels.by_path else None


def _paths(site: Snapshot, stem: str) -> list[str]:
    return [f"{stem}.{name}" for name in site.config.feeds.formats]
