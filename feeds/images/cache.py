"""Fetches the pictures that pages show, within bounds, and keeps small copies.

Nothing waits for a picture and nothing fails by one: what is not there yet, or cannot be had, is shown from its own
site.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from re import compile as compile_pattern
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from feeds.collect.fetch import Fetcher
from feeds.config.schema import Config
from feeds.errors import FetchError, ProcessError
from feeds.images.shrink import SmallCopy, can_shrink, shrink
from feeds.images.store import Picture, PictureCopy, Pictures, PictureStore
from feeds.model import Article, Problem
from feeds.paths import make_article_path

# What one run may cost at most: seconds, pictures, and how many hosts are asked at the same time.
RUN_SECONDS, RUN_PICTURES = 60.0, 500
_SIDE_BY_SIDE = 4
_FETCH_SECONDS, _LARGEST = 10.0, 10_000_000
# A picture is fetched again after a month; a failed one after an hour, and then at growing intervals.
_FRESH_SECONDS = 30 * 86_400.0
_FIRST_DELAY, _LONGEST_DELAY, _MOST_DOUBLINGS = 3600.0, 30 * 86_400.0, 12
# The list is written after this many pictures, so that an interrupted run is not in vain.
_NOTED = 50
_ACCEPT = "image/webp,image/jpeg,image/png,image/gif,image/*;q=0.5"
# The sanitiser writes the address first.
_IMAGE = compile_pattern(r'<img src="([^"]*)"')


class Bounds(Struct, frozen=True):
    """What a run may cost at most: seconds of wall time, and pictures to request."""

    seconds: float = RUN_SECONDS
    pictures: int = RUN_PICTURES


_USUAL = Bounds()


class _Outcome(Struct, frozen=True):
    """What became of a picture, its new copies, and whether its host did not answer."""

    url: str
    picture: Picture
    copies: tuple[SmallCopy, ...] = ()
    is_silent: bool = False


def list_pictures(articles: Iterable[Article], config: Config) -> dict[str, None]:
    """List the pictures of other sites that pages show, each once, in order."""
    own, found = config.site.base_url, dict[str, None]()
    for article in articles:
        urls = [article.images[0].url] if article.images else []
        if "<img" in article.body and make_article_path(article, config.pages.articles):
            urls += map(unescape, _IMAGE.findall(article.body))
        found |= dict.fromkeys(url for url in urls if not url.startswith(own))
    return found


def describe_missing_library(config: Config) -> tuple[Problem, ...]:
    """Return a problem if pictures are to be cached and no library can read them."""
    if not config.images.cache or can_shrink():
        return ()
    message = (
        "is on, and Pillow, which reads pictures, is not installed. They are shown from their own sites."
    )
    return (
        Problem(
            "no-pillow", "warning", config.file, message, 'Install it: pip install "feeds[images]"',
            field="images.cache",
        ),
    )  # fmt: skip


def make_fetcher(config: Config) -> Fetcher:
    """Make what fetches pictures. It refuses private networks and this machine."""
    return Fetcher(config.site.base_url, seconds=_FETCH_SECONDS, limit=_LARGEST, accept=_ACCEPT)


class PictureCache:
    """Keeps the copies of a site's pictures up to date, one run after the other."""

    def __init__(
        self, config: Config, store: PictureStore, fetcher: Fetcher | None = None, bounds: Bounds = _USUAL
    ) -> None:
        """``fetcher`` fetches the pictures; by default :func:`make_fetcher` makes it."""
        self._config = config
        self._store = store
        self._bounds = bounds
        self._fetcher = fetcher or make_fetcher(config)

    def run(
        self,
        articles: Iterable[Article],
        stop: threading.Event | None = None,
    ) -> int:
        """Fetch what is due, forget what no article shows, and return how many are due.

        If another process does it already, there is nothing to do. Raises :class:`feeds.errors.StorageError`.
        """
        if not self._config.images.cache or not can_shrink():
            return 0
        with self._store.lock() as is_ours:
            return self._run(articles, stop or threading.Event()) if is_ours else 0

    def _run(self, articles: Iterable[Article], stop: threading.Event) -> int:
        wanted = list_pictures(articles, self._config)
        before = self._store.read()
        run = _Run(self._store, before, {url: before.pictures.get(url, Picture()) for url in wanted})
        now = time.time()
        due = [url for url, one in run.pictures.items() if one.due <= now]
        # Those that were never asked for come first.
        due.sort(key=lambda url: run.pictures[url].due)
        chosen = due[: self._bounds.pictures]
        deadline = time.monotonic() + self._bounds.seconds
        asked = 0
        for outcome in self._ask_hosts(run.pictures, chosen, deadline, stop):
            run.add(outcome)
            asked += 1
            if asked % _NOTED == 0:
                run.note()
        run.finish()
        return len(due) - asked

    def _ask_hosts(
        self, known: Mapping[str, Picture], urls: Sequence[str], deadline: float, stop: threading.Event
    ) -> Iterator[_Outcome]:
        """Ask for pictures, those of a host one after the other, until the time is over."""
        hosts: defaultdict[str, list[str]] = defaultdict(list)
        for url in urls:
            hosts[urlsplit(url).netloc].append(url)
        done: list[_Outcome] = []
        ready = threading.Condition()

        def ask(host: str) -> None:
            for url in hosts[host]:
                if stop.is_set() or time.monotonic() >= deadline:
                    return
                outcome = self._ask(url, known[url])
                with ready:
                    done.append(outcome)
                    ready.notify()
                if outcome.is_silent:
                    # The others would wait in vain as well. The next run asks for them.
                    return

        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            running = [pool.submit(ask, host) for host in hosts]
            while True:
                over = all(one.done() for one in running)
                with ready:
                    if not done and not over:
                        ready.wait(0.2)
                    batch, done[:] = list(done), []
                yield from batch
                if over and not batch:
                    break
            for one in running:
                one.result()

    def _ask(self, url: str, known: Picture) -> _Outcome:
        """Ask for one picture, and make its copies."""
        now = time.time()
        try:
            answer = self._fetcher.fetch(url, etag=known.etag, last_modified=known.last_modified)
        except FetchError as error:
            return _Outcome(url, _fail(known, now, error.retry_after), is_silent=not error.status)
        seen = replace(
            known, due=now + _FRESH_SECONDS, failures=0, etag=answer.etag, last_modified=answer.last_modified
        )
        if answer.status == 304:  # noqa: PLR2004 - a status says it best
            return _Outcome(url, replace(seen, etag=known.etag, last_modified=known.last_modified))
        name = hashlib.sha256(answer.body).hexdigest()[:20]
        if name == known.hash and known.copies:
            return _Outcome(url, seen)
        try:
            copies = shrink(answer.body)
        except ProcessError:
            return _Outcome(url, _fail(known, now, 0))
        if not copies:
            return _Outcome(url, replace(_fail(known, now, 0), hash="", copies=()))
        sizes = tuple(PictureCopy(one.width, one.height) for one in copies)
        return _Outcome(url, replace(seen, hash=name, copies=sizes), tuple(copies))


def _fail(known: Picture, now: float, retry_after: float) -> Picture:
    """Return what is known of a picture after one more failure. Its copies stay."""
    delay = min(_FIRST_DELAY * 2.0 ** min(known.failures, _MOST_DOUBLINGS), _LONGEST_DELAY)
    wait = max(delay, min(retry_after, _LONGEST_DELAY))
    return replace(known, failures=known.failures + 1, due=now + wait)


class _Run:
    """What a run has found out so far."""

    def __init__(self, store: PictureStore, before: Pictures, pictures: dict[str, Picture]) -> None:
        self.pictures = pictures
        self._store = store
        self._before = before

    def add(self, outcome: _Outcome) -> None:
        """Write the copies of a picture, then note it: no page names a missing copy."""
        known = self.pictures[outcome.url]
        picture = outcome.picture
        for copy, size in zip(outcome.copies, picture.copies, strict=False):
            self._store.write_copy(picture.make_path(size, "webp"), copy.webp)
            self._store.write_copy(picture.make_path(size, "jpg"), copy.jpg)
        if (picture.hash, picture.copies) != (known.hash, known.copies):
            picture = replace(picture, changed=self._before.generation + 1)
        self.pictures[outcome.url] = picture

    def note(self) -> Pictures:
        """Write the list, if anything is different."""
        before = self._before
        shown = {url: (one.hash, one.copies) for url, one in before.pictures.items() if one.copies}
        now_shown = {url: (one.hash, one.copies) for url, one in self.pictures.items() if one.copies}
        generation = before.generation + (shown != now_shown)
        after = Pictures(before.birth, generation, dict(self.pictures))
        if after != before or not self._store.pictures.birth:
            self._store.write(after)
        return after

    def finish(self) -> None:
        """Write the list, and delete the copies that it does not name."""
        self._store.remove_others(self.note())
