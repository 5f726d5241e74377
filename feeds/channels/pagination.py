"""How a channel's articles are divided into documents (RFC 5005, section 4). Pure.

Archive documents are counted from the oldest article, so that a full one never changes
as new articles come. The subscription document holds the rest: at least ``limit``
articles, and up to a page more. So a reader that walks ``prev-archive`` from it meets
every article exactly once.

A full document names its successor from the beginning, and may not change when that
comes; so the successor is always there: the last document is one that still grows, and
holds the oldest articles of the subscription document again. Nothing links back to it
until it is full and those articles have left the subscription document.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from feeds.index.read.channels import Rank

# A page shows so many articles as cards, at least, and so many more stand on a page of its archive.
CARDS, ROWS = 12, 40
# So many channels stand on a page of a list.
LISTED_ON_A_PAGE = 120


class Window(NamedTuple):
    """Articles of a channel in the order of the feed: so many left out, then so many taken."""

    skip: int
    take: int


class Pagination(NamedTuple):
    """The division of so many articles, at least ``limit`` of them outside of the archive."""

    articles: int
    limit: int
    page_size: int

    @property
    def linked(self) -> int:
        """How many archive documents lie behind the subscription document."""
        return max(0, (self.articles - self.limit) // self.page_size)

    @property
    def last(self) -> int:
        """The number of the document that still grows; 0 where there is no archive."""
        return self.articles // self.page_size + 1 if self.linked else 0

    @property
    def subscription(self) -> Window:
        """The articles of the subscription document."""
        return Window(0, self.articles - self.linked * self.page_size)

    def document(self, number: int) -> Window:
        """The articles of an archive document; documents count from 1, the oldest."""
        oldest = min(number * self.page_size, self.articles)
        return Window(self.articles - oldest, oldest - (number - 1) * self.page_size)

    def documents_with(self, ranks: Iterable[Rank]) -> set[int]:
        """The documents that changed, where something changed at these ranks."""
        found: set[int] = set()
        for rank in ranks:
            first = rank.first // self.page_size + 1
            last = self.last if rank.moved else max(rank.last - 1, rank.first) // self.page_size + 1
            found.update(range(first, last + 1))
        return found
