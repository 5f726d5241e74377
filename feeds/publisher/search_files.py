"""The index of articles that a frozen site's search loads in parts while typing.

``search/index/start.txt`` says how many articles there are, and which files. A file of words has those that begin
with the same letters. Each line is a word, the articles that have it in their titles, and those that have it in
summary, topics or provider. A file of articles has what a result shows of some of them. Articles are numbered from
the oldest, as in archives, so a new one changes the files of its own words, and the last one of articles.
The script that reads them is ``pages/static/search.js``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from operator import sub
from typing import NamedTuple

import msgspec

from feeds.channels.pagination import Pagination
from feeds.index import word_index
from feeds.index.read import channels
from feeds.index.read.article_pages import ArticleReader
from feeds.index.sql import Connection
from feeds.index.word_index import CELL_LETTERS, LEAF_LETTERS, Cell, Words
from feeds.lib.text.folding import divide_for_search, is_unspaced, take_letters
from feeds.lib.text.languages import find_direction, format_short_date
from feeds.lib.text.plain import shorten
from feeds.model import Article
from feeds.paths import SEARCH_INDEX, make_article_path
from feeds.publisher.marks import add_mark
from feeds.publisher.routes import Router

# How many articles are in a file of them: a page of results needs a file for each result at most.
ARTICLES = 32
# The length of a summary, as in lists without pictures.
_SUMMARY = 140
# Up to the first number of articles, all words are in one file; from the second on, in files by two letters;
# between them by one.
_FEW, _MANY = 200, 5000
# Letters of scripts without spaces that are in one file, if words are in files by one letter.
_BLOCK = 64
# If an article came or went and more than this many are newer, the files of all words may have changed.
_MOST_NEWER = 64
_START = f"{SEARCH_INDEX}start.txt"
_ARTICLE_FILE = re.compile(rf"{SEARCH_INDEX}a-([1-9][0-9]{{0,7}})\.txt")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
_BITS = 5


class WordFile(NamedTuple):
    """A file of words: its cells, and the generation in which they last changed.

    If it has only a part of the words of its one cell, ``letters`` are those with which they begin.
    """

    cells: tuple[str, ...]
    generation: int
    letters: str


class WordFiles:
    """How the words of one state of the site are divided into files."""

    def __init__(self, cells: Sequence[Cell], articles: int) -> None:
        self.depth = 0 if articles <= _FEW else 1 if articles <= _MANY else CELL_LETTERS
        self.divided = {cell.letters for cell in cells if cell.divided and self.depth == CELL_LETTERS}
        self.by_path: dict[str, WordFile] = {}
        for cell in cells:
            is_part = cell.letters in self.divided
            for word, generation in (cell.divided if is_part else {cell.letters: cell.generation}).items():
                path = self.find_path(word)
                there = self.by_path.get(path, WordFile((), -1, ""))
                self.by_path[path] = WordFile(
                    (*there.cells, cell.letters),
                    max(there.generation, generation),
                    word if is_part else "",
                )

    def find_path(self, word: str) -> str:
        """Return the path of the file of a word."""
        is_part = take_letters(word, CELL_LETTERS) in self.divided
        return f"{SEARCH_INDEX}{_name_words(word, LEAF_LETTERS if is_part else self.depth)}.txt"


class SearchIndex:
    """Lists and writes the files of the index for one state of the site."""

    def __init__(self, router: Router, connection: Connection, articles: ArticleReader | None = None) -> None:
        """``articles`` may have read for pages what the index is made of."""
        self._router = router
        self._connection = connection
        self._articles = articles or ArticleReader(connection)
        self._everything = router.channels.by_path["all"]
        self._pagination = Pagination(self._everything.count, 0, ARTICLES)
        self._offsets = channels.Offsets(connection)
        # The words that were read last, and the cells that they are of.
        self._last: tuple[tuple[str, ...], list[tuple[int, Words]]] = ((), [])

    def list_files(self, since: int) -> Iterator[tuple[str, str, bool]]:
        """Yield each file's path, what it is made of, and whether it may have changed.

        Files that are made of the same are best made one after the other.
        """
        everything = self._everything
        ranks = []
        if -1 < since < everything.generation:
            ranks = channels.find_changed_ranks(self._connection, everything.key, since)
        moved = min((rank.first for rank in ranks if rank.moved), default=everything.count)
        renumbered = self._find_renumbered(moved)
        for path, file in self._files.by_path.items():
            changed = file.generation > since or renumbered is None or path in renumbered
            yield path, f"{SEARCH_INDEX}{file.cells[0]}", changed
        pages = self._pagination.find_changed_documents(ranks)
        for number in range(1, self._count_article_files() + 1):
            yield f"{SEARCH_INDEX}a-{number}.txt", SEARCH_INDEX, since < 0 or number in pages
        yield _START, SEARCH_INDEX, everything.generation > since

    def write(self, path: str) -> bytes | None:
        """Write a file; None if there is none of this path."""
        if path == _START:
            return self._write_start()
        if (file := self._files.by_path.get(path)) is not None:
            return add_mark(path, "".join(self._write_words(file)).encode())
        found = _ARTICLE_FILE.fullmatch(path)
        if found is None or int(found[1]) > self._count_article_files():
            return None
        return add_mark(path, msgspec.json.encode([*map(self._describe, self._read_articles(int(found[1])))]))

    def _find_renumbered(self, moved: int) -> frozenset[str] | None:
        """Find the word files of renumbered articles, None if these may be all files.

        ``moved`` is the first number at which an article came or went.
        """
        newer = self._everything.count - moved
        if newer > _MOST_NEWER:
            return None
        articles = channels.read_channel_articles(self._connection, self._everything.key, newer)
        return frozenset(self._files.find_path(word) for one in articles for word in _list_search_words(one))

    def _write_start(self) -> bytes:
        files = self._files
        names = (path.removeprefix(SEARCH_INDEX).removesuffix(".txt") for path in sorted(files.by_path))
        start = {
            "articles": self._everything.count,
            "size": ARTICLES,
            "depth": files.depth,
            "divided": sorted(files.divided),
            "files": " ".join(names),
        }
        return add_mark(_START, msgspec.json.encode(start))

    def _write_words(self, file: WordFile) -> Iterator[str]:
        titles, others = self._read_numbers(file)
        for word in sorted(titles.keys() | others.keys()):
            yield f"{word} {_encode(titles.get(word, ()))} {_encode(others.get(word, ()))}\n"

    def _read_numbers(self, file: WordFile) -> tuple[_Numbers, _Numbers]:
        """Read the numbers of the articles of each word, in titles and elsewhere."""
        if self._last[0] != file.cells:
            # The files of a divided cell follow each other.
            self._last = file.cells, list(word_index.read_words(self._connection, file.cells))
        numbers: tuple[_Numbers, _Numbers] = (defaultdict(list), defaultdict(list))
        letters, places = file.letters, self._places
        for first, words in self._last[1]:
            place = places[first].__getitem__
            for found, there in zip(numbers, words, strict=True):
                for word, keys in there.items():
                    if not letters or word[:LEAF_LETTERS] == letters:
                        found[word] += map(place, keys)
        return numbers

    def _read_articles(self, number: int) -> list[Article]:
        """Read the articles of a file, the oldest first."""
        window = self._pagination.find_archive_window(number)
        start = self._offsets.find(self._everything.key, window.skip)
        if start is None:
            return []
        return self._articles.read(self._everything.key, window.take, start)[::-1]

    def _describe(self, article: Article) -> list[str]:
        """Return what a result shows: without what is empty at the end."""
        config, names = self._router.config, self._router.names
        domain, name = article.provider.domain, article.provider.name
        path = (
            self._router.channels.paths.get(("providers", names.identify_provider(domain)), "")
            if domain
            else ""
        )
        own = article.language
        shown = [
            article.title,
            make_article_path(article, config.pages.articles) or article.url,
            article.published.strftime("%Y-%m-%dT%H:%M:%SZ"),
            format_short_date(article.published, own or config.site.language),
            shorten(article.summary, _SUMMARY),
            (name or domain) if path else name,
            path,
            *((own, find_direction(own)) if own else ()),
        ]
        while not shown[-1]:
            shown.pop()
        return shown

    def _count_article_files(self) -> int:
        return -(-self._everything.count // ARTICLES)

    @cached_property
    def _files(self) -> WordFiles:
        return WordFiles(word_index.read_cells(self._connection), self._everything.count)

    @cached_property
    def _places(self) -> dict[int, list[int]]:
        return word_index.read_places(self._connection, self._everything.key)


_Numbers = dict[str, list[int]]


def _list_search_words(article: Article) -> set[str]:
    """Return the words by which the index finds an article."""
    provider = article.provider
    texts = (article.title, article.summary, provider.name, provider.domain, *article.topics)
    return set(divide_for_search("\n".join(texts)))


def _name_words(word: str, depth: int) -> str:
    """Return the name of the file of the words that begin as one does."""
    if depth == 0:
        return "w0-all"
    if depth == 1 and is_unspaced(word):
        return f"w1-_{ord(word[0]) // _BLOCK:x}_"
    letters = (letter if letter.isascii() else f"_{ord(letter):x}_" for letter in take_letters(word, depth))
    return f"w{depth}-{''.join(letters)}"


def _encode(numbers: Iterable[int]) -> str:
    """Encode numbers as their differences, in digits of five bits, the lowest first.

    All digits but the last of a number have a sixth bit. An article that is not in the channel has a number
    below 0.
    """
    ordered = sorted(numbers)
    if ordered and ordered[0] < 0:
        ordered = [number for number in ordered if number >= 0]
    return "".join(map(_codes.__getitem__, [*ordered[:1], *map(sub, ordered[1:], ordered)]))


class _Codes(dict[int, str]):
    """The digits of each number; computed when it is first met."""

    def __missing__(self, number: int) -> str:
        digits, rest = "", number
        while rest >= 1 << _BITS:
            digits += _DIGITS[rest % (1 << _BITS) + (1 << _BITS)]
            rest >>= _BITS
        self[number] = digits + _DIGITS[rest]
        return self[number]


_codes = _Codes()
