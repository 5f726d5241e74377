"""Tells one hub of one feed."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode

from feeds.config.schema import Config
from feeds.version import __version__

# Seconds that a hub has for an answer.
TIMEOUT = 10.0
_LONGEST_REASON = 120

Verdict = Literal["told", "later", "refused", "given up"]


class HubAnswer(NamedTuple):
    """What a hub made of a notification. ``later`` is worth another attempt, ``refused`` is not.

    ``retry_after`` is in seconds. ``away`` means that the hub would take no other one now either.
    """

    verdict: Verdict
    reason: str = ""
    retry_after: float = 0
    away: bool = False


def introduction(config: Config) -> str:
    """How a site introduces itself to a hub."""
    return f"feeds/{__version__} (+{config.site.base_url})"


def tell(hub: str, url: str, sender: str, *, now: float, timeout: float = TIMEOUT) -> HubAnswer:
    """Tell a hub that a feed changed; ``now`` in epoch seconds, ``timeout`` in seconds.

    WebSub (section 2) leaves to hub and publisher how; this is the request that hubs
    have in common: ``hub.mode=publish`` with the feed as ``hub.url``, which some call
    ``hub.topic``. Never raises for what the hub or the network does.
    """
    form = urlencode({"hub.mode": "publish", "hub.url": url, "hub.topic": url}).encode()
    request = urllib.request.Request(hub, form, {"User-Agent": sender}, method="POST")  # noqa: S310 - the configuration allows http(s) only
    try:
        with _OPENER.open(request, timeout=timeout):
            return HubAnswer("told")
    except urllib.error.HTTPError as error:
        with error:
            return _answered(error.code, error.headers, _opening(error), now)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return HubAnswer("later", _unreached(error), away=True)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: following it would turn the POST into a GET."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _answered(status: int, headers: Message, text: str, now: float) -> HubAnswer:
    """What an answer that is no success means."""
    known = status in HTTPStatus.__members__.values()
    reason = f"it answered {status} {HTTPStatus(status).phrase}" if known else f"it answered {status}"
    if status in (301, 308):
        return HubAnswer(
            "refused", f"it has moved to {_printable(headers.get('Location', 'another address'))}"
        )
    if 400 <= status < 500 and status not in (408, 429):  # noqa: PLR2004 - the client's fault (RFC 9110, 15.5)
        return HubAnswer("refused", f"{reason}: {text}" if text else reason)
    return HubAnswer("later", reason, _seconds(headers.get("Retry-After", ""), now), status in (429, 503))


def _seconds(retry_after: str, now: float) -> float:
    """The seconds that Retry-After asks for, as a number or as a date (RFC 9110, section 10.2.3)."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, (aware - datetime.fromtimestamp(now, UTC)).total_seconds())


def _opening(error: urllib.error.HTTPError) -> str:
    """The first words of an answer: hubs say there what they did not like."""
    try:
        return _printable(error.read(4 * _LONGEST_REASON).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException):
        return ""


def _printable(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:_LONGEST_REASON]


def _unreached(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "it did not answer in time"
    return f"it cannot be reached ({getattr(cause, 'strerror', None) or str(cause) or type(cause).__name__})"
