"""Reads articles for pages, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from feeds.errors import IndexDamagedError
from feeds.index.read.channels import NEWEST, Offset, read_articles
from feeds.index.sql import Connection, placeholders
from feeds.index.stored_articles import open_article, open_articles
from feeds.model import Article
from feeds.paths import is_article_page

# Bytes of articles that a reader keeps in memory, about: their texts, and what an article takes beside its text.
_MOST_KEPT, _WITHOUT_TEXT = 16_000_000, 2_000

_BEFORE, _AFTER = 0, 1
_NEIGHBOURS = " UNION ALL ".join(
    f"SELECT * FROM (SELECT {side}, key FROM articles WHERE page != '' AND shown = 1 AND (published, id) {sign} (?, ?)"
    f" ORDER BY published {order}, id {order} LIMIT 1) AS side{side}"
    for side, sign, order in ((_BEFORE, "<", "DESC"), (_AFTER, ">", "ASC"))
)


class ArticleReader:
    """Reads articles for one page after another, each once if there is room.

    The pages of a site show an article in several channels and beside others, and its text is most of what is read.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[int, Article] = {}
        self._room = _MOST_KEPT

    def read(self, key: int, take: int, start: Offset = NEWEST) -> list[Article]:
        """Return what :func:`read_channel_articles` does."""
        found = self._connection.execute(
            "SELECT article FROM members WHERE channel = ? AND (age, id) >= (?, ?) ORDER BY age, id LIMIT ?",
            (key, *start, take),
        ).fetchall()
        keys = [article for (article,) in found]
        articles = self._read(keys)
        return [articles[one] for one in keys if one in articles]

    def find_page(self, page: str) -> Article | None:
        """Return the article that has a page, None if there is no such page."""
        row = self._connection.execute(
            "SELECT key, article, seal FROM articles WHERE page != '' AND shown = 1 AND page = ?", (page,)
        ).fetchone()
        return None if row is None else self._open(*row)

    def find_neighbours(self, article: Article) -> tuple[Article | None, Article | None]:
        """Return the articles with a page that were published just before and after one."""
        place = (int(article.published.timestamp()), article.id)
        found = dict(self._connection.execute(_NEIGHBOURS, (*place, *place)).fetchall())
        articles = self._read(list(found.values()))
        before, after = (articles.get(found.get(side, 0)) for side in (_BEFORE, _AFTER))
        return before, after

    def _read(self, keys: Sequence[int]) -> dict[int, Article]:
        """Return the articles of some keys, without those that are gone."""
        known = {key: self._known[key] for key in keys if key in self._known}
        new = read_articles(self._connection, [key for key in keys if key not in known])
        self._keep(new)
        return known | new

    def _open(self, key: int, body: object, seal: object) -> Article:
        if key not in self._known:
            self._keep({key: open_article(self._connection, body, seal)})
        return self._known[key]

    def _keep(self, new: Mapping[int, Article]) -> None:
        size = sum(_WITHOUT_TEXT + len(article.body) for article in new.values())
        if size > self._room:
            self._known, self._room = {}, _MOST_KEPT
        self._known.update(new)
        self._room -= size


def read_article_pages(connection: Connection) -> list[tuple[str, int]]:
    """Read the page of each article that has one, by path, and the age of the article."""
    rows: list[tuple[str, int]] = connection.execute(
        "SELECT page, -published FROM articles WHERE page != '' AND shown = 1 ORDER BY page"
    ).fetchall()
    if not all(is_article_page(page) for page, _ in rows):
        raise IndexDamagedError
    return rows


def read_articles_with_files(connection: Connection, pages: Sequence[str] | None = None) -> list[Article]:
    """Read the articles whose pages have files, by page; of some pages alone if given."""
    which = "" if pages is None else f"AND page IN {placeholders(len(pages))}"
    rows = connection.execute(
        f"SELECT article, seal FROM articles WHERE has_files > 0 AND shown = 1 {which} ORDER BY page",
        pages or (),
    )
    return open_articles(connection, rows)


def read_articles_with_own_media(connection: Connection) -> list[Article]:
    """Read the articles whose film or sound is a file published with their page."""
    rows = connection.execute(
        "SELECT article, seal FROM articles WHERE has_files > 0 AND shown = 1 AND has_files = 2 ORDER BY page"
    )
    return open_articles(connection, rows)
