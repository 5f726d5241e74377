"""How a channel's articles are divided into documents (RFC 5005, section 4). Pure.

Archive documents count from the oldest article, so that a full one never changes as new
articles come. The subscription document holds the rest: at least ``limit`` articles, and up
to one page more. So a reader that follows ``prev-archive`` from it meets every article
exactly once.

A full document names its successor from the beginning, and may not change when that
comes. So the successor always exists: the last document is one that still grows, and
repeats the oldest articles of the subscription document. Nothing links back to it until it
is full and those articles have left the subscription document.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from feeds.index.read.channels import Rank

# The page of a channel shows at least CARDS articles, so many of them as cards; an archive page shows ROWS.
CARDS, ROWS = 12, 40
# How many channels a page of a list shows.
LISTED_ON_A_PAGE = 120


class Window(NamedTuple):
    """Articles in the order of the feed: ``take`` of them, after ``skip`` others."""

    skip: int
    take: int


class Pagination(NamedTuple):
    """The division of a number of articles; at least ``limit`` are not archived."""

    articles: int
    limit: int
    page_size: int

    @property
    def linked(self) -> int:
        """How many archive documents come before the subscription document."""
        return max(0, (self.articles - self.limit) // self.page_size)

    @property
    def last(self) -> int:
        """The number of the document that still grows; 0 if there is no archive."""
        return self.articles // self.page_size + 1 if self.linked else 0

    @property
    def subscription_window(self) -> Window:
        """The articles of the subscription document."""
        return Window(0, self.articles - self.linked * self.page_size)

    def archive_window(self, number: int) -> Window:
        """Return the articles of an archive document; documents count from 1, the oldest."""
        oldest = min(number * self.page_size, self.articles)
        return Window(self.articles - oldest, oldest - (number - 1) * self.page_size)

    def changed_documents(self, ranks: Iterable[Rank]) -> set[int]:
        """Return the numbers of the documents that changes at these ranks affect."""
        found: set[int] = set()
        for rank in ranks:
            first = rank.first // self.page_size + 1
            last = self.last if rank.moved else max(rank.last - 1, rank.first) // self.page_size + 1
            found.update(range(first, last + 1))
        return found
