"""From a file to what the index keeps of it: its article, channels and rendered entries.

This is the work that a sync hands out; it can run in another process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from feeds import formats
from feeds.config import Config, FormatName
from feeds.index.work import Result, Task
from feeds.model import Article, Problem
from feeds.naming import Names
from feeds.selection import Selector

if TYPE_CHECKING:
    from feeds.articles import Rules
    from feeds.formats.content import Material

# Raised whenever reading gives another article for the same bytes.
READER_VERSION = 3
# Most articles are shorter; room for the longest that is allowed takes longer to get than to fill.
_USUAL_BYTES = 1 << 16


class Intake:
    """Reads, classifies and renders files by one configuration, as of one moment."""

    def __init__(self, config: Config, now: datetime) -> None:
        self._config = config
        self._now = now
        self._folder = config.articles_path

    def __call__(self, tasks: Sequence[Task]) -> Sequence[Result]:
        """Look at files."""
        return self.rendered([self._look(task) for task in tasks])

    def rendered(self, results: Sequence[Result]) -> list[Result]:
        """Results with the entries of their articles.

        One step after the other for all of them: to go through all steps with each would take a
        third longer, since a processor's cache holds one of them at a time.
        """
        try:
            made = self._entries([result.article for result in results if result.article is not None])
        except Exception as error:  # noqa: BLE001 - whatever it is, one article must not cost the others
            if len(results) > 1:
                return [whole for result in results for whole in self.rendered([result])]
            return [_broken(result.path, result.hash, error) for result in results]
        return [
            result if result.article is None else msgspec.structs.replace(result, entries=next(made))
            for result in results
        ]

    def _entries(self, articles: Sequence[Article]) -> Iterator[dict[str, bytes]]:
        """The entries of each article by format."""
        if not articles:
            return iter(())
        # Loaded when there is something to render, like the formats.
        from feeds.formats.content import material

        names, context = self._config.feeds.formats, self._context
        materials = [material(article, context) for article in articles]
        columns = [[entry(one, context) for one in materials] for entry in map(_entry, names)]
        return (dict(zip(names, bodies, strict=True)) for bodies in zip(*columns, strict=True))

    def _look(self, task: Task) -> Result:
        try:
            data = self._bytes(task.path)
        except OSError as error:
            message = f"cannot be read: {error.strerror}."
            problem = Problem("unreadable", "error", task.path, message, "Look at its permissions.")
            return Result(task.path, b"", "faulty", problems=(problem,))
        digest = hashlib.sha256(data).digest()
        if digest == task.known:
            return Result(task.path, digest, "same")
        try:
            return self._read(task.path, data, digest)
        except Exception as error:  # noqa: BLE001 - likewise
            return _broken(task.path, digest, error)

    def _bytes(self, path: str) -> bytes:
        """The bytes of a file, one more than the limit at most."""
        full = f"{self._folder}/{path}"
        with open(full, "rb", buffering=0) as stream:  # noqa: PTH123 - a Path takes as long again
            data = stream.read(_USUAL_BYTES)
        if len(data) < _USUAL_BYTES:
            return data
        with open(full, "rb") as stream:  # noqa: PTH123 - likewise
            return stream.read(self._config.articles.max_bytes + 1)

    def _read(self, path: str, data: bytes, digest: bytes) -> Result:
        # Loaded when the first file has changed: most syncs find none.
        from feeds.articles import read

        reading = read(path, data, self._rules)
        article, due = reading.article, None
        if article is None:
            return Result(path, digest, reading.hidden, problems=reading.problems)
        if article.published > self._now:
            return Result(path, digest, "future", problems=reading.problems, due=article.published)
        if article.updated > self._now:
            article, due = msgspec.structs.replace(article, updated=article.published), article.updated
        memberships = self._selector.memberships(article)
        return Result(path, digest, "public", article, memberships, {}, reading.problems, due)

    @cached_property
    def _rules(self) -> Rules:
        from feeds.articles import Rules

        config = self._config
        return Rules(config.articles.timezone, config.site.base_url, config.articles.max_bytes)

    @cached_property
    def _selector(self) -> Selector:
        return Selector(self._config)

    @cached_property
    def _context(self) -> formats.EntryContext:
        return entry_context(self._config)


def _entry(name: FormatName) -> Callable[[Material, formats.EntryContext], bytes]:
    return formats.load(name).entry


def _broken(path: str, digest: bytes, error: Exception) -> Result:
    """What is kept of a file that our own fault keeps from being read: it costs itself only."""
    message = f"cannot be read or written, by a fault of feeds itself ({type(error).__name__})."
    problem = Problem("internal", "error", path, message, "Please report it with the file.")
    return Result(path, digest, "faulty", problems=(problem,))


def entry_context(config: Config) -> formats.EntryContext:
    """The part of the configuration that shows in entries."""
    names = Names(config)
    return formats.EntryContext(
        base_url=config.site.base_url,
        language=config.site.language,
        content=config.feeds.content,
        topics=names.spellings,
        sources=names.provider_feeds(),
    )


def fingerprint(config: Config) -> str:
    """Stands for all that results depend on beside the files: programs and configuration."""
    parts = (
        READER_VERSION,
        formats.RENDERER_VERSION,
        config.articles.timezone,
        config.articles.max_bytes,
        config.feeds.formats,
        entry_context(config),
        Names(config).domains,
        [(name, topic.parent, topic.include_children) for name, topic in config.topics.items()],
        [(name, topic.parent, topic.include_children) for name, topic in config.curated.topics.items()],
        config.custom,
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
