"""What people are told of the telling of hubs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from feeds.websub.outbox import Told

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
