"""Tell one hub of one feed, understand its answer, and say in sentences what came of it."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple
from urllib.parse import urlencode

from feeds.lib.exchange import exchange, explain_failure, make_printable, name_status, parse_retry_after

# Seconds that a hub has for all of an answer.
TIMEOUT = 10.0
# Bytes of an answer that are read for its first words.
_OPENING = 480

Verdict = Literal["told", "later", "refused", "given up"]


class Notification(NamedTuple):
    """What came of telling a hub of a feed; ``reason`` says why, unless the hub was told.

    "later" is worth another attempt, "refused" is not. ``retry_after`` is in seconds. If the
    hub is ``away``, it would accept no other notification now either.
    """

    hub: str
    url: str
    verdict: Verdict
    reason: str = ""
    retry_after: float = 0
    away: bool = False


def notify_hub(hub: str, url: str, sender: str, timeout: float = TIMEOUT) -> Notification:
    """Tell a hub that a feed changed; ``timeout`` is in seconds, from connecting to the end of the answer.

    WebSub (section 2) leaves to hub and publisher how. This is the request that hubs have in
    common: ``hub.mode=publish`` with the feed as ``hub.url``, which some call ``hub.topic``.
    Never raises for what the hub or the network does.
    """
    form = urlencode({"hub.mode": "publish", "hub.url": url, "hub.topic": url}).encode()
    request = urllib.request.Request(hub, form, {"User-Agent": sender}, method="POST")  # noqa: S310 - the configuration allows http(s) only
    try:
        with exchange(request, timeout) as send:
            try:
                with send():
                    return Notification(hub, url, "told")
            except urllib.error.HTTPError as error:
                with error:
                    return _interpret(Notification(hub, url, "later"), error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Notification(hub, url, "later", explain_failure(error), away=True)


def _interpret(sent: Notification, error: urllib.error.HTTPError) -> Notification:
    """Return what an answer means that is no success."""
    status, headers = error.code, error.headers
    reason = f"it answered {name_status(status)}"
    if status in (301, 308):
        address = make_printable(headers.get("Location", "another address"))
        return sent._replace(verdict="refused", reason=f"it has moved to {address}")
    if 400 <= status < 500 and status not in (408, 429):  # noqa: PLR2004 - the client's fault (RFC 9110, 15.5)
        text = _read_opening(error)
        return sent._replace(verdict="refused", reason=f"{reason}: {text}" if text else reason)
    return sent._replace(
        reason=reason,
        retry_after=parse_retry_after(headers.get("Retry-After", ""), time.time()),
        away=status in (429, 503),
    )


def _read_opening(error: urllib.error.HTTPError) -> str:
    """Return the first words of an answer: there hubs say what they did not like."""
    try:
        return make_printable(error.read(_OPENING).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException):
        return ""


_ENDINGS = {
    "later": "could not be told of {feeds}: {reason}."
    " The next freeze, `feeds ping` or a running server tries again.",
    "refused": "refused to be told of {feeds}: {reason}.",
    "given up": "could not be told of {feeds} for three days, and is not any more: {reason}.",
}


def describe_successes(results: Iterable[Notification]) -> list[str]:
    """Return a line for each feed that a hub was told of."""
    return [f"Told {result.hub} of {result.url}" for result in results if result.verdict == "told"]


def describe_failures(results: Iterable[Notification]) -> Iterator[str]:
    """Yield a sentence for each hub and reason."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for result in results:
        if result.verdict != "told":
            groups.setdefault((result.hub, result.verdict, result.reason), []).append(result.url)
    for (hub, verdict, reason), urls in groups.items():
        feeds = (urls[0] or "what changed") if len(urls) == 1 else f"{len(urls)} feeds"
        yield f"{hub} {_ENDINGS[verdict].format(feeds=feeds, reason=reason)}"
