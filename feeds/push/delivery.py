"""Tell one receiver of changes, interpret its answer, and describe the result."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

from feeds.lib.exchange import exchange, explain_failure, make_printable, name_status, parse_retry_after
from feeds.push.receivers import Receiver

# Seconds that a receiver has for all of an answer.
TIMEOUT = 10.0
# Bytes of an answer that are read for its first words.
_OPENING = 480

Verdict = Literal["told", "later", "refused", "given up"]


class Notification(NamedTuple):
    """What came of telling a receiver of an address; ``reason`` says why it failed.

    "later" is worth another attempt, "refused" is not. ``retry_after`` is in seconds. If the
    receiver is ``away``, it would accept no other notification now either.
    """

    receiver: str
    url: str
    verdict: Verdict
    reason: str = ""
    retry_after: float = 0
    away: bool = False


def notify(
    receiver: Receiver, urls: Sequence[str], sender: str, timeout: float = TIMEOUT
) -> list[Notification]:
    """Tell a receiver in one request what changed; return the result for each address.

    ``timeout`` is in seconds, from connecting to the end of the answer. Never raises for what the receiver or
    the network does.
    """
    result = _send(receiver, urls, sender, timeout)
    return [result._replace(url=url) for url in urls]


def _send(receiver: Receiver, urls: Sequence[str], sender: str, timeout: float) -> Notification:
    media_type, body = receiver.write_request(urls)
    headers = {"User-Agent": sender, "Content-Type": media_type}
    request = urllib.request.Request(receiver.address, body, headers, method="POST")  # noqa: S310 - the configuration allows http(s) only
    later = Notification(receiver.address, "", "later")
    try:
        with exchange(request, timeout) as send:
            try:
                with send() as response:
                    refusal = receiver.find_refusal(_read_opening(response))
            except urllib.error.HTTPError as error:
                with error:
                    return _interpret(later, error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return later._replace(reason=explain_failure(error), away=True)
    if refusal is None:
        return later._replace(verdict="told")
    return later._replace(
        verdict="refused", reason=make_printable(refusal).rstrip(".") or "it does not say why"
    )


def _interpret(sent: Notification, error: urllib.error.HTTPError) -> Notification:
    """Return what an answer means that is no success."""
    status, headers = error.code, error.headers
    reason = f"it answered {name_status(status)}"
    if status in (301, 308):
        address = make_printable(headers.get("Location", "another address"))
        return sent._replace(verdict="refused", reason=f"it has moved to {address}")
    if 400 <= status < 500 and status not in (408, 429):  # noqa: PLR2004 - the client's fault (RFC 9110, 15.5)
        text = make_printable(_read_opening(error))
        return sent._replace(verdict="refused", reason=f"{reason}: {text}" if text else reason)
    return sent._replace(
        reason=reason,
        retry_after=parse_retry_after(headers.get("Retry-After", ""), time.time()),
        away=status in (429, 503),
    )


class _Readable(Protocol):
    def read(self, amount: int, /) -> bytes: ...


def _read_opening(response: _Readable) -> str:
    """Return the first words of an answer: there receivers say what they did not like."""
    try:
        return response.read(_OPENING).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return ""


_ENDINGS = {
    "later": "could not be told of {what}: {reason}."
    " The next freeze, `feeds ping` or a running server tries again.",
    "refused": "refused to be told of {what}: {reason}.",
    "given up": "could not be told of {what} for three days, and is not any more: {reason}.",
}


def describe_successes(results: Iterable[Notification]) -> list[str]:
    """Return a line for each feed that a receiver was told of, and one for all pages."""
    told = [result for result in results if result.verdict == "told"]
    lines = [f"Told {result.receiver} of {result.url}" for result in told if not result.url.endswith("/")]
    pages: dict[str, list[str]] = {}
    for result in told:
        if result.url.endswith("/"):
            pages.setdefault(result.receiver, []).append(result.url)
    return lines + [f"Told {receiver} of {_name(urls)}" for receiver, urls in pages.items()]


def describe_failures(results: Iterable[Notification]) -> Iterator[str]:
    """Yield a sentence for each receiver and reason."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for result in results:
        if result.verdict != "told":
            groups.setdefault((result.receiver, result.verdict, result.reason), []).append(result.url)
    for (receiver, verdict, reason), urls in groups.items():
        yield f"{receiver} {_ENDINGS[verdict].format(what=_name(urls), reason=reason)}"


def _name(urls: Sequence[str]) -> str:
    """Return what to call addresses in a sentence: one by itself, several by number."""
    if len(urls) == 1:
        return urls[0] or "what changed"
    return f"{len(urls):,} {'pages' if urls[0].endswith('/') else 'feeds'}"
