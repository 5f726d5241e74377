"""What a year of half-hourly polls of a busy feed costs one reader and us, in bytes.

    python benchmarks/polling.py [DAYS]

Ten articles a day come at random times; the feed is polled every thirty minutes. Requests and
answers are counted whole: lines, headers and bodies, as HTTP/1.1 sends them.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import corpus

from feeds.config import load
from feeds.site import open_site
from feeds.web.app import create

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

_A_DAY = 10
_POLLS = 48
_FEED = "/all.atom"
_HOST = "feeds.example.org"
_AGENT = "NetNewsWire (RSS Reader; https://netnewswire.com/)"
# What granian adds to each answer.
_ADDED = {"Server": "granian", "Date": "Tue, 24 Nov 2026 12:00:00 GMT"}


class Poller:
    """A reader of one habit; ``sent`` counts the bytes of its requests, ``got`` those of the answers."""

    def __init__(self, name: str, *, packed: bool, conditional: bool, delta: bool) -> None:
        self.name = name
        self._conditional = conditional
        self._headers = {"Host": _HOST, "User-Agent": _AGENT, "Accept": "*/*"}
        if packed:
            self._headers["Accept-Encoding"] = "gzip, deflate, br"
        if delta:
            self._headers["A-IM"] = "feed"
        self.sent = self.got = 0
        self.statuses: dict[int, int] = {}

    def poll(self, client: FlaskClient) -> None:
        """Ask once, and keep the tag and date of an answer with a body."""
        response = client.get(_FEED, headers=self._headers)
        self.sent += len(f"GET {_FEED} HTTP/1.1\r\n\r\n") + _size(self._headers.items())
        self.got += _answer_size(response)
        self.statuses[response.status_code] = self.statuses.get(response.status_code, 0) + 1
        if self._conditional and response.status_code != 304:  # noqa: PLR2004 - not modified
            self._headers["If-None-Match"] = response.headers["ETag"]
            self._headers["If-Modified-Since"] = response.headers["Last-Modified"]


def main() -> None:
    """Simulate and print a table."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 365
    pollers = [
        Poller("nothing", packed=False, conditional=False, delta=False),
        Poller("compression", packed=True, conditional=False, delta=False),
        Poller("304", packed=False, conditional=True, delta=False),
        Poller("304 and compression", packed=True, conditional=True, delta=False),
        Poller("304, compression, deltas", packed=True, conditional=True, delta=True),
    ]
    with tempfile.TemporaryDirectory() as name:
        for client in _half_hours(Path(name), days):
            for poller in pollers:
                poller.poll(client)
    print(f"{days} days, {days * _POLLS:,} polls, {days * _A_DAY:,} articles")
    for poller in pollers:
        total = poller.sent + poller.got
        print(
            f"{poller.name:26}{total / 1e6:10.1f} MB  {poller.got / 1e6:10.1f} MB received  {poller.statuses}"
        )


def _half_hours(folder: Path, days: int) -> Iterator[FlaskClient]:
    """The application as it is at each half hour."""
    chance = random.Random(days)
    number = days * _A_DAY
    config = load(corpus.configure(folder, 200))
    corpus.write(folder / "waiting", number)
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    moments = sorted(chance.randrange(days * _POLLS) for _ in range(number))
    waiting = sorted((folder / "waiting").rglob("*.md"))
    site = open_site(config, begin)
    client = create(site.publisher).test_client()
    for half_hour in range(days * _POLLS):
        now = begin + timedelta(minutes=30 * half_hour)
        come = []
        while moments and moments[0] == half_hour:
            moments.pop(0)
            come.append(_publish(waiting.pop(), folder / "articles", now))
        if come:
            site.syncer.sync_below(come, now)
            site.publisher.refresh()
        yield client


def _publish(waiting: Path, articles: Path, now: datetime) -> str:
    """Put an article in place, dated now; its path below the folder."""
    lines = waiting.read_text().splitlines()
    text = "\n".join(
        f"publishedDateTime: {now.isoformat()}" if line.startswith("publishedDateTime")
        else "published: true" if line.startswith("published:") else line.replace("/articles/", "/new/")
        for line in lines
    )  # fmt: skip
    (articles / f"new-{waiting.name}").write_text(text)
    return f"new-{waiting.name}"


def _answer_size(response: TestResponse) -> int:
    head = len(f"HTTP/1.1 {response.status}\r\n\r\n")
    return head + _size(response.headers.items()) + _size(_ADDED.items()) + len(response.data)


def _size(headers: Iterable[tuple[str, str]]) -> int:
    return sum(len(f"{name}: {value}\r\n") for name, value in headers)


if __name__ == "__main__":
    main()
