"""The entries of a feed: those that were kept with their articles, or written for it from these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from feeds import formats
from feeds.archive import Window
from feeds.config import Config, FormatName
from feeds.formats.context import are_kept, entry_context
from feeds.index import contents, selected
from feeds.index.contents import EntryRow
from feeds.index.places import Place
from feeds.index.sql import Connection
from feeds.model import Article, Problem, Selection, own_fault

if TYPE_CHECKING:
    from feeds.formats.content import Material

Find = Callable[..., list[Article]]


class Found(NamedTuple):
    """Entries in the order of the feed, and why others that should stand there are not among them."""

    rows: Sequence[EntryRow]
    faults: tuple[Problem, ...] = ()


class Entries(Protocol):
    """Gives the entries of feeds, in one format at a time."""

    def of_channel(self, name: FormatName, key: int, take: int, start: Place) -> Found:
        """So many entries of a channel from a place on."""

    def best(self, name: FormatName, key: int, since: datetime | None, limit: int) -> Found:
        """The best entries of a channel."""

    def selected(self, name: FormatName, selection: Selection, window: Window) -> Found:
        """Entries of what a reader selected."""


def entries_by(config: Config) -> Callable[[Connection], Entries]:
    """What gives the entries of one state of the index by a configuration."""
    if are_kept(config):
        return Kept
    context = entry_context(config)
    return lambda connection: Written(connection, context)


class Kept:
    """Entries that were written when their articles were read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_channel(self, name: FormatName, key: int, take: int, start: Place) -> Found:
        """So many entries of a channel from a place on."""
        return Found(contents.channel_entries(self._connection, key, name, start, take))

    def best(self, name: FormatName, key: int, since: datetime | None, limit: int) -> Found:
        """The best entries of a channel."""
        return Found(contents.best_entries(self._connection, key, name, since, limit))

    def selected(self, name: FormatName, selection: Selection, window: Window) -> Found:
        """Entries of what a reader selected."""
        return Found(selected.selected_entries(self._connection, selection, name, window))


class Written:
    """Entries that are written for the feeds that show them."""

    def __init__(self, connection: Connection, context: formats.EntryContext) -> None:
        self._connection = connection
        self._context = context
        # Of the feed that was asked for last: its formats are written one after the other.
        self._asked: object = None
        self._materials: list[Material] = []
        self._faults: list[Problem] = []

    def of_channel(self, name: FormatName, key: int, take: int, start: Place) -> Found:
        """So many entries of a channel from a place on."""
        return self._written(name, contents.channel_articles, key, take, start)

    def best(self, name: FormatName, key: int, since: datetime | None, limit: int) -> Found:
        """The best entries of a channel."""
        return self._written(name, contents.best_articles, key, since, limit)

    def selected(self, name: FormatName, selection: Selection, window: Window) -> Found:
        """Entries of what a reader selected."""
        return self._written(name, selected.selected_articles, selection, window)

    def _written(self, name: FormatName, find: Find, *asked: Any) -> Found:
        if self._asked != (find, asked):
            self._asked = (find, asked)
            self._prepare(find(self._connection, *asked))
        entry = formats.load(name).entry
        rows, faults = [], list(self._faults)
        for one in self._materials:
            try:
                rows.append(_row(one.article, entry(one, self._context)))
            except Exception as error:  # noqa: BLE001 - whatever it is, one article must not cost the others
                faults.append(own_fault(one.article.path, error))
        return Found(rows, tuple(faults))

    def _prepare(self, articles: Sequence[Article]) -> None:
        # Loaded when there is something to write, like the formats.
        from feeds.formats.content import material

        self._materials, self._faults = [], []
        for article in articles:
            try:
                self._materials.append(material(article, self._context))
            except Exception as error:  # noqa: BLE001 - likewise
                self._faults.append(own_fault(article.path, error))


def _row(article: Article, body: bytes) -> EntryRow:
    return EntryRow(-int(article.published.timestamp()), int(article.updated.timestamp()), body)
