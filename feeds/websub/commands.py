"""What the commands do for hubs: after a freeze, and by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.publisher.snapshot import Publisher
from feeds.websub.feed_urls import changed_urls, named_urls, written_urls
from feeds.websub.outbox import Outbox, Told
from feeds.websub.round import Round, everything, only

# A freeze waits so long for hubs; what they were not told then is told later.
_SECONDS = 10.0


def after_freeze(publisher: Publisher, written: Iterable[str], *, now: bool) -> Callable[[], list[str]]:
    """Note which feeds are among the ``written`` files and, if ``now``, begin to tell the hubs.

    What it gives waits for that, ten seconds at most, and says in sentences what failed.
    """
    config = publisher.config
    with publisher.snapshot() as site:
        urls = written_urls(site, frozenset(written))
    try:
        Outbox.of(config).add(urls, time.time())
    except StorageError as error:
        sentence = f"No hub was told. {error}"
        return lambda: [sentence]
    if not now:
        return list
    running = Round(config, seconds=_SECONDS)
    return lambda: list(failures(running.results()))


def pending(config: Config) -> list[Told]:
    """Tell the hubs all that is pending, and what came of it."""
    return Round(config, everything).results()


def by_hand(publisher: Publisher, names: Sequence[str], *, every: bool) -> list[Told]:
    """Tell the hubs of the feeds named, or of ``every`` feed, and what came of it.

    Raises :class:`feeds.errors.FeedsError` for a name that is no feed's.
    """
    with publisher.snapshot() as site:
        urls = changed_urls(site) if every else named_urls(site, names)
    Outbox.of(publisher.config).add(urls, time.time())
    return Round(publisher.config, only(frozenset(urls))).results()


_ENDINGS = {
    "later": "could not be told of {feeds}: {reason}."
    " The next freeze, `feeds ping` or a running server tries again.",
    "refused": "refused to be told of {feeds}: {reason}.",
    "given up": "could not be told of {feeds} for three days, and is not any more: {reason}.",
}


def successes(told: Iterable[Told]) -> list[str]:
    """A line for each feed that a hub was told of."""
    return [f"Told {one.hub} of {one.url}" for one in told if one.verdict == "told"]


def failures(told: Iterable[Told]) -> Iterator[str]:
    """A sentence for each hub and reason."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in told:
        if one.verdict != "told":
            groups.setdefault((one.hub, one.verdict, one.reason), []).append(one.url)
    for (hub, verdict, reason), urls in groups.items():
        feeds = (urls[0] or "what changed") if len(urls) == 1 else f"{len(urls)} feeds"
        yield f"{hub} {_ENDINGS[verdict].format(feeds=feeds, reason=reason)}"
