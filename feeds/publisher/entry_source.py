"""The entries of a feed: kept by the index, or rendered from their articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, NamedTuple

from feeds import formats
from feeds.config.schema import FormatName
from feeds.index.read import channels
from feeds.index.read.channels import EntryRow
from feeds.index.sql import Connection
from feeds.model import Article, Problem

if TYPE_CHECKING:
    from feeds.formats.entries import Content


# Bytes of rendered entries that a source keeps in memory.
_MOST_KEPT = 16_000_000


class Entry(NamedTuple):
    """A rendered entry, when it was updated (seconds since 1970), and its ``age``.

    The age is the entry's place in the order of the feed.
    """

    age: int
    updated: int
    body: bytes


# When the article was updated, and its entry; or why there is none.
_Rendered = tuple[int, bytes] | Problem


class FeedEntries(NamedTuple):
    """Entries in the order of the feed, and a problem for each one that is missing."""

    rows: Sequence[Entry] = ()
    problems: tuple[Problem, ...] = ()


class EntrySource:
    """Completes the entries that the index has, in one of its states."""

    def __init__(
        self,
        connection: Connection,
        context: formats.EntryContext,
        adapt: Callable[[Article], Article] | None = None,
    ) -> None:
        """``adapt`` changes articles before they are rendered; stored entries are unused."""
        self._adapt = adapt
        self._connection = connection
        self._context = context
        # By article, for the last feed asked for: its formats are written one after the other.
        self._contents: dict[int, Content] = {}
        # By format and article, what was rendered, while there is room: most articles are in several feeds.
        self._rendered: dict[FormatName, dict[int, _Rendered]] = {}
        self._room = _MOST_KEPT
        # By format, the articles whose entries are as they were stored: in one state, they stay so.
        self._sound: dict[FormatName, set[int]] = {}

    def complete(self, rows: Sequence[EntryRow], name: FormatName) -> FeedEntries:
        """Return the entries of a feed; render those that the index does not keep.

        None are kept if the configuration says so. Some are while an index is being brought to
        a configuration that keeps entries, or to one that does not.
        """
        sound = self._find_sound(rows, name)
        rendered = self._render([row.article for row in rows if row.article not in sound], name)
        entries: list[Entry] = []
        problems: list[Problem] = []
        for row in rows:
            if row.article in sound and row.updated is not None and row.body is not None:
                entries.append(Entry(row.age, row.updated, row.body))
            elif isinstance(one := rendered[row.article], Problem):
                problems.append(one)
            else:
                updated, body = one
                entries.append(Entry(row.age, updated, body))
        return FeedEntries(entries, tuple(problems))

    def _find_sound(self, rows: Sequence[EntryRow], name: FormatName) -> AbstractSet[int]:
        """Return the articles whose entries can be used, among others."""
        if self._adapt is not None:
            return frozenset()
        sound = self._sound.setdefault(name, set())
        new = [row for row in rows if row.body is not None and row.article not in sound]
        if new:
            sound.update(channels.find_sound_entries(self._connection, name, new))
        return sound

    def _render(self, keys: Sequence[int], name: FormatName) -> dict[int, _Rendered]:
        """Return the rendered entries of articles, each with when its article was updated."""
        known = self._rendered.get(name, {})
        new = self._render_new([key for key in keys if key not in known], name)
        rendered = {key: known[key] if key in known else new[key] for key in keys}
        self._keep(new, name)
        return rendered

    def _keep(self, new: Mapping[int, _Rendered], name: FormatName) -> None:
        size = sum(len(one[1]) for one in new.values() if not isinstance(one, Problem))
        if size > self._room:
            self._rendered, self._room = {}, _MOST_KEPT
        self._rendered.setdefault(name, {}).update(new)
        self._room -= size

    def _render_new(self, keys: Sequence[int], name: FormatName) -> dict[int, _Rendered]:
        if not keys:
            return {}
        # Loaded when there is something to render, like the formats.
        from feeds.formats.entries import render_entries

        self._prepare(keys)
        contents = [self._contents[key] for key in keys]
        bodies = render_entries(contents, name, self._context)
        return {
            key: _add_update(content, body) for key, content, body in zip(keys, contents, bodies, strict=True)
        }

    def _prepare(self, keys: Sequence[int]) -> None:
        from feeds.formats.entries import make_contents

        known = self._contents
        new = [key for key in keys if key not in known]
        articles = channels.read_articles(self._connection, new)
        if self._adapt is not None:
            articles = {key: self._adapt(article) for key, article in articles.items()}
        made = make_contents([articles[key] for key in new], self._context)
        found = dict(zip(new, made, strict=True))
        self._contents = {key: known[key] if key in known else found[key] for key in keys}


def _add_update(content: Content, body: bytes | Problem) -> _Rendered:
    if isinstance(content, Problem):
        return content
    if isinstance(body, Problem):
        return body
    return int(content.article.updated.timestamp()), body
