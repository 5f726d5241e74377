"""What the commands tell others, and about which documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.paths import is_article_page
from feeds.publisher.snapshot import Publisher, Snapshot
from feeds.publisher.targets import ChannelPage, Target
from feeds.push.delivery import Notification, describe_failures
from feeds.push.outbox import Outbox
from feeds.push.rounds import Round, choose_all

# Seconds that a freeze waits; the rest is told later.
_SECONDS = 10.0


def notify_after_freeze(
    publisher: Publisher, changed: Iterable[str], *, now: bool
) -> Callable[[], list[str]]:
    """Note the ``changed`` documents and, if ``now``, begin to tell the receivers.

    The function returned waits for that, ten seconds at most, and says in sentences what failed.
    """
    config = publisher.config
    # The file of a page is in a folder of its own.
    base, paths = config.site.base_url, {_name_path(file) for file in changed}
    with publisher.snapshot() as site:
        urls = [url for url in list_urls(site) if url.removeprefix(base) in paths]
    # A search engine forgets what is gone when it hears of it.
    urls += sorted({base + path for path in paths if is_article_page(path)}.difference(urls))
    try:
        Outbox.of(config).add(urls, time.time())
    except StorageError as error:
        sentence = f"Nobody was told of the changes. {error}"
        return lambda: [sentence]
    if not now:
        return list
    running = Round(config, seconds=_SECONDS)
    return lambda: list(describe_failures(running.wait()))


def notify_pending(config: Config) -> list[Notification]:
    """Tell all that is pending, and return what came of it."""
    return Round(config, choose_all).wait()


def notify_named(publisher: Publisher, names: Sequence[str], *, every: bool) -> list[Notification]:
    """Tell of the named feeds, or of ``every`` feed and page; return the results.

    Raises :class:`feeds.errors.MissingFeedError` for a name that is no feed's.
    """
    with publisher.snapshot() as site:
        urls = frozenset(list_urls(site) if every else _find_named(site, names))
    Outbox.of(publisher.config).add(urls, time.time())
    return Round(publisher.config, lambda pending: urls & pending.urls.keys()).wait()


def list_urls(site: Snapshot, since: int = -1) -> list[str]:
    """Return the addresses that receivers are told of, if changed since a generation.

    Without one, return all. These are the feeds that readers subscribe to and, if search engines are told,
    pages: of articles, of channels and the first one. Archives and lists only follow from these.
    """
    base, channels = site.config.site.base_url, site.channels.by_path.values()
    changed = (channel for channel in channels if channel.generation > since)
    urls = [base + path for channel in changed for path in _list_paths(site, channel.path)]
    return urls + [base + path for path in _list_pages(site, since)] if site.config.indexnow.key else urls


def _list_pages(site: Snapshot, since: int) -> list[str]:
    return [
        place.path
        for place in site.list_places(since)
        if place.changed
        and (is_article_page(place.path) or place.path == "" or _is_channel_page(place.target))
    ]


def _is_channel_page(target: Target) -> bool:
    return isinstance(target, ChannelPage) and not target.number


def _name_path(file: str) -> str:
    return file.removesuffix("index.html") if f"/{file}".endswith("/index.html") else file


def _find_named(site: Snapshot, names: Iterable[str]) -> list[str]:
    """Return the feeds of some names: paths or URLs, with or without a format."""
    base = site.config.site.base_url
    return [base + path for name in names for path in _find_paths(site, name)]


def _find_paths(site: Snapshot, name: str) -> list[str]:
    path = name.removeprefix(site.config.site.base_url).strip("/")
    stem, _, ending = path.rpartition(".")
    if ending in site.config.feeds.formats:
        return [f"{site.router.find_channel(stem, name).path}.{ending}"]
    return _list_paths(site, site.router.find_channel(path, name).path)


def _list_paths(site: Snapshot, stem: str) -> list[str]:
    return [f"{stem}.{name}" for name in site.config.feeds.formats]
