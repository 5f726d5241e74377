"""The entries of a feed: as they were kept with their articles, or written from these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from feeds import formats
from feeds.config.schema import FormatName
from feeds.index.read import channels
from feeds.index.read.channels import EntryRow
from feeds.index.sql import Connection
from feeds.model import Article, Problem, own_fault

if TYPE_CHECKING:
    from feeds.formats.content import EntryContent


class Entry(NamedTuple):
    """A rendered entry, when its article was updated (in seconds since 1970), and the ``age`` that is its place."""

    age: int
    updated: int
    body: bytes


class Found(NamedTuple):
    """Entries in the order of the feed, and why others that should stand there are not among them."""

    rows: Sequence[Entry] = ()
    faults: tuple[Problem, ...] = ()


class Entries:
    """Completes what the index has of the entries of one state of it."""

    def __init__(self, connection: Connection, context: formats.EntryContext) -> None:
        self._connection = connection
        self._context = context
        # Of the feed that was asked for last, by article: its formats are written one after the other.
        self._prepared: dict[int, EntryContent | Problem] = {}

    def whole(self, rows: Sequence[EntryRow], name: FormatName) -> Found:
        """Entries of a feed in one format: those that were not kept are written from their articles.

        So it is where entries are not kept at all, and while an index is brought to a configuration by
        which they are not, or are again.
        """
        self._prepare([row.article for row in rows if row.body is None])
        entry = formats.load(name).entry
        entries: list[Entry] = []
        faults: list[Problem] = []
        for row in rows:
            updated, body = row.updated, row.body
            if updated is None or body is None:
                one = self._prepared[row.article]
                written = rendered(one, entry, self._context)
                if isinstance(written, Problem):
                    faults.append(written)
                elif not isinstance(one, Problem):
                    entries.append(Entry(row.age, int(one.article.updated.timestamp()), written))
            else:
                entries.append(Entry(row.age, updated, body))
        return Found(entries, tuple(faults))

    def _prepare(self, keys: Sequence[int]) -> None:
        if not keys:
            return
        known = self._prepared
        articles = channels.read_articles(self._connection, [key for key in keys if key not in known])
        self._prepared = {
            key: known[key] if key in known else prepared(articles[key], self._context) for key in keys
        }


def prepared(article: Article, context: formats.EntryContext) -> EntryContent | Problem:
    """What all formats need of an article; whatever fails is one problem, and costs no other article."""
    # Loaded when there is something to write, like the formats.
    from feeds.formats.content import material

    try:
        return material(article, context)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return own_fault(article.path, error)


def rendered(
    one: EntryContent | Problem,
    entry: Callable[[EntryContent, formats.EntryContext], bytes],
    context: formats.EntryContext,
) -> bytes | Problem:
    """The entry of what was prepared, as a format writes it, likewise."""
    if isinstance(one, Problem):
        return one
    try:
        return entry(one, context)
    except Exception as error:  # noqa: BLE001 - likewise
        return own_fault(one.article.path, error)
