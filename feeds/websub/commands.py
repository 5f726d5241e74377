"""What the commands tell hubs, and of which feeds: those that readers subscribe to, no archives or pages."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterable, Sequence

from feeds.config.schema import Config
from feeds.errors import FeedsError, StorageError
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.websub.delivery import Notification, describe_failures
from feeds.websub.outbox import Outbox
from feeds.websub.rounds import Round, choose_all

# How long a freeze waits for hubs; what they were not told then is told later.
_SECONDS = 10.0


def notify_after_freeze(
    publisher: Publisher, written: Iterable[str], *, now: bool
) -> Callable[[], list[str]]:
    """Note which feeds are among the ``written`` files and, if ``now``, begin to tell the hubs.

    The function returned waits for that, ten seconds at most, and says in sentences what failed.
    """
    config = publisher.config
    files = frozenset(written)
    with publisher.snapshot() as site:
        urls = [url for url in list_urls(site) if url.removeprefix(config.site.base_url) in files]
    try:
        Outbox.of(config).add(urls, time.time())
    except StorageError as error:
        sentence = f"No hub was told. {error}"
        return lambda: [sentence]
    if not now:
        return list
    running = Round(config, seconds=_SECONDS)
    return lambda: list(describe_failures(running.wait()))


def notify_pending(config: Config) -> list[Notification]:
    """Tell the hubs all that is pending, and return what came of it."""
    return Round(config, choose_all).wait()


def notify_named(publisher: Publisher, names: Sequence[str], *, every: bool) -> list[Notification]:
    """Tell the hubs of the feeds named, or of ``every`` feed, and return what came of it.

    Raises :class:`feeds.errors.FeedsError` for a name that is no feed's.
    """
    with publisher.snapshot() as site:
        urls = frozenset(list_urls(site) if every else _find_named(site, names))
    Outbox.of(publisher.config).add(urls, time.time())
    return Round(publisher.config, lambda pending: urls & pending.urls.keys()).wait()


def list_urls(site: Snapshot, since: int = -1) -> list[str]:
    """Return the subscription documents that may have changed since a generation; all without one."""
    base, channels = site.config.site.base_url, site.channels.by_path.values()
    changed = (channel for channel in channels if channel.generation > since)
    return [base + path for channel in changed for path in _list_paths(site, channel.path)]


def _find_named(site: Snapshot, names: Iterable[str]) -> list[str]:
    """Return the subscription documents of names: paths or URLs, with or without a format."""
    base = site.config.site.base_url
    return [
        base + path for name in names for path in _find_paths(site, name.removeprefix(base).strip("/"), name)
    ]


def _find_paths(site: Snapshot, stem: str, name: str) -> list[str]:
    if (channel := _find_channel(site, stem)) is not None:
        return _list_paths(site, channel)
    before, _, ending = stem.rpartition(".")
    if ending in site.config.feeds.formats and (channel := _find_channel(site, before)) is not None:
        return [f"{channel}.{ending}"]
    near = difflib.get_close_matches(stem, site.channels.by_path, n=1, cutoff=0.6)
    hint = f'Did you mean "{near[0]}"?' if near else "Name one such as topics/ai or topics/ai.atom."
    raise FeedsError(f'"{name}" is no feed of this site. {hint}')


def _find_channel(site: Snapshot, stem: str) -> str | None:
    """Return the path of a channel by its own path or an old one."""
    path = site.channels.moved.get(stem, stem)
    return path if path in site.channels.by_path else None


def _list_paths(site: Snapshot, stem: str) -> list[str]:
    return [f"{stem}.{name}" for name in site.config.feeds.formats]
