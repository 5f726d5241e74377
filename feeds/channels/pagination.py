"""How a channel's articles are divided into documents (RFC 5005, section 4). Pure.

The subscription document holds exactly the newest ``limit`` articles. Archive documents count
from the oldest article, so that a full one never changes as new articles come. The subscription
document names the newest archive document that it needs: the one with the first article that it
does not hold itself. So a reader that follows ``prev-archive`` from it meets every article at
least once. Articles that are in both documents are the same there, by id and bytes.

If ``limit`` is smaller than a page, that document may be the one that still grows. Like every
document that may change, it is not ``final``, and caches keep it no longer than the feed.

A full document names its successor from the beginning, and may not change when that comes. So the
successor always exists: the last document is the one that still grows, and may be empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from feeds.index.read.channels import Rank

# The page of a channel shows at least CARDS articles, that many of them as cards; an archive page shows ROWS.
CARDS, ROWS = 12, 40
# How many channels a page of a list shows.
LISTED_ON_A_PAGE = 120


class Window(NamedTuple):
    """Articles in the order of the feed: ``take`` of them, after ``skip`` others."""

    skip: int
    take: int


class Pagination(NamedTuple):
    """The division of a number of articles.

    The newest ``limit`` are in the subscription document.
    """

    articles: int
    limit: int
    page_size: int

    @classmethod
    def without_overlap(cls, articles: int, least: int, page_size: int) -> Pagination:
        """Divide articles so that the first document ends where an archive one begins.

        It holds at least ``least`` articles, and less than a page more. Nothing is shown twice.
        """
        older = max(0, (articles - least) // page_size) * page_size
        return cls(articles, articles - older, page_size)

    @property
    def linked(self) -> int:
        """The number of the archive document that the subscription names, 0 for none."""
        return -(-max(0, self.articles - self.limit) // self.page_size)

    @property
    def last(self) -> int:
        """The number of the document that still grows; 0 if there is no archive."""
        return self.articles // self.page_size + 1 if self.linked else 0

    @property
    def subscription_window(self) -> Window:
        """The articles of the subscription document."""
        return Window(0, min(self.articles, self.limit))

    def find_archive_window(self, number: int) -> Window:
        """Return the articles of an archive document; documents count from 1, the oldest."""
        oldest = min(number * self.page_size, self.articles)
        return Window(self.articles - oldest, oldest - (number - 1) * self.page_size)

    def find_changed_documents(self, ranks: Iterable[Rank]) -> set[int]:
        """Return the numbers of the documents that changes at these ranks affect."""
        found: set[int] = set()
        for rank in ranks:
            first = rank.first // self.page_size + 1
            last = self.last if rank.moved else max(rank.last - 1, rank.first) // self.page_size + 1
            found.update(range(first, last + 1))
        return found
