"""The files that are published with an article's page: pictures, sounds and PDFs.

An article is what somebody sent in, perhaps a stranger. So its files are of kinds that nothing runs, below the folder
of the article, and never what no article names. They can change without the article: each is looked at when it is
frozen or asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from feeds.config.schema import Config
from feeds.index.read import article_pages
from feeds.index.sql import Connection
from feeds.lib.picture_sizes import HEAD_BYTES, read_picture_size
from feeds.lib.storage.files import find_within, read_within
from feeds.lib.text.media_types import find_safe_file_type
from feeds.model import Article, Document, Problem, ProblemCode
from feeds.paths import is_document_path, make_article_path
from feeds.publisher.feed_documents import make_document
from feeds.publisher.routes import UNDATED

if TYPE_CHECKING:
    from feeds.lib.storage.objects import Objects

# No article's page has a path of more parts.
_MOST_PARTS = 40
_MEGABYTE = 1_000_000
# Size in bytes, and what else tells a file from an earlier state of it.
Stamp = tuple[int, str]


class _Error(NamedTuple):
    """Why a file is not published: the code, the end of a sentence, and what to do.

    The sentence begins with the name of the file.
    """

    code: ProblemCode
    message: str
    hint: str


_OUTSIDE = _Error(
    "outside-file", "which is not beside the article.",
    "Put the file into the folder of the article, or below it.",
)  # fmt: skip
_UNUSABLE = _Error(
    "file-name", "whose name cannot stand in an address, so it is not published.",
    "Rename it: letters from a to z, digits, hyphens, dots and underscores.",
)  # fmt: skip
_STRANGE = _Error(
    "file-kind", "which is of no kind that is published.",
    "Published are pictures but SVG, sounds, films and PDF. Put it below pages.static, or link to it elsewhere.",
)  # fmt: skip
_MISSING = _Error("missing-file", "and there is no such file.", "Add the file, or mend the name.")
_SAME = _Error("same-address", "and there is a page at its address.", "Rename the file.")


class ArticleFile(NamedTuple):
    """A published file: its path on the site, its article, its place, its stamp.

    ``file`` is its path below the folder of articles.
    """

    path: str
    article: Article
    file: str
    stamp: Stamp


class Findings(NamedTuple):
    """The published files by their paths on the site, and the problems of the others."""

    files: Mapping[str, ArticleFile]
    problems: tuple[Problem, ...]

    def stamp_pages(self, config: Config) -> dict[str, Stamp]:
        """Return a stamp of the files of each page that has some.

        A page shows how large its pictures are.
        """
        found: dict[str, Stamp] = {}
        for one in self.files.values():
            page = make_article_path(one.article, config.pages.articles)
            size, marks = found.get(page, (0, ""))
            found[page] = size + one.stamp[0], f"{marks} {one.stamp[1]}"
        return found


class ArticleFiles:
    """The files of one state of the site."""

    def __init__(self, config: Config, connection: Connection) -> None:
        self._config = config
        self._connection = connection
        self._store = _Store(config)

    @cached_property
    def findings(self) -> Findings:
        """Look at each file that an article names."""
        config = self._config
        articles = article_pages.read_articles_with_files(self._connection) if config.articles.assets else []
        if not articles:
            return Findings({}, ())
        pages = [page for page, _ in article_pages.read_article_pages(self._connection)]
        found: dict[str, ArticleFile] = {}
        problems: list[tuple[str, Problem]] = []
        # If an address is below two pages, the nearer page has it.
        for page, article in _sort_nearest(articles, config):
            for name in article.files:
                path = normpath(page + name)
                stamp = self._look_at(article, name, path, pages)
                if isinstance(stamp, Problem):
                    problems.append((path, stamp))
                elif stamp is not None and path not in found:
                    found[path] = ArticleFile(path, article, _locate(article, name), stamp)
        # A file outside one article's folder may still have an address through another article.
        named = [
            self._add_place(one) for path, one in problems if one.code != "outside-file" or path not in found
        ]
        return Findings(found, tuple(named))

    def make(self, path: str) -> Document | None:
        """Make the document of a path, None if it is no publishable file of an article."""
        found = self._find(path)
        if found is None:
            return None
        kind, most = find_safe_file_type(path), self._config.articles.max_asset_bytes
        body = self._store.read(found, most + 1)
        if body is None or kind is None or len(body) > most:
            return None
        # No date: a file may be replaced by one that is older.
        return make_document(path, kind, body, UNDATED)

    def measure(self, article: Article) -> dict[str, tuple[int, int]]:
        """Return the sizes of an article's pictures by address.

        In a store there are none, because each would be a request.
        """
        config = self._config
        if not article.files or not config.articles.assets or config.articles_address is not None:
            return {}
        page = make_article_path(article, self._config.pages.articles)
        found = {}
        for name in article.files:
            if (find_safe_file_type(name) or "").startswith("image/") and _is_safe(page, name):
                head = self._store.read(_locate(article, name), HEAD_BYTES)
                if head and (size := read_picture_size(head)):
                    found[f"{self._config.site.base_url}{page}{name}"] = size
        return found

    def _find(self, path: str) -> str | None:
        """Return where a file is below the articles, if one of them names it."""
        parts = path.split("/")
        if not self._config.articles.assets or not is_document_path(path) or len(parts) > _MOST_PARTS:
            return None
        pages = ["/".join(parts[:end]) + "/" for end in range(2, len(parts))]
        articles = article_pages.read_articles_with_files(self._connection, pages)
        for page, article in _sort_nearest(articles, self._config):
            name = path.removeprefix(page)
            if name in article.files and _is_safe(page, name):
                return _locate(article, name)
        return None

    def _look_at(
        self, article: Article, name: str, path: str, pages: Sequence[str]
    ) -> Stamp | Problem | None:
        """Return the stamp of a file, or why it is not published; None if it is no file."""
        error, found = _find_name_error(name, path), None
        if error is None:
            found = self._store.stamp(_locate(article, name))
            if found is None and find_safe_file_type(name) is None:
                return None
            error = self._find_file_error(name, found, path, pages)
        if error is None:
            return found
        return Problem(
            error.code, "warning", article.path, f'names "{name}", {error.message}', error.hint, field="text"
        )

    def _find_file_error(
        self, name: str, found: Stamp | None, path: str, pages: Sequence[str]
    ) -> _Error | None:
        """Return why a file cannot be published that has a name which can."""
        if find_safe_file_type(name) is None:
            return _STRANGE
        if found is None:
            return _MISSING
        if found[0] > (most := self._config.articles.max_asset_bytes):
            message = f"which is larger than {most / _MEGABYTE:g} MB, so it is not published."
            hint = "Make it smaller, raise articles.max_asset_bytes, or link to it elsewhere."
            return _Error("large-file", message, hint)
        after = bisect_left(pages, f"{path}/")
        is_page = after < len(pages) and pages[after].startswith(f"{path}/")
        return _SAME if is_page else None

    def _add_place(self, problem: Problem) -> Problem:
        """Add the line on which a file is named."""
        name = problem.message.split('"')[1].encode()
        data = self._store.read(problem.path, self._config.articles.max_bytes) or b""
        place = next((at for one in (name, name.rpartition(b"/")[2]) if (at := data.find(one)) >= 0), -1)
        if place < 0:
            return problem
        line, begin = data.count(b"\n", 0, place) + 1, data.rfind(b"\n", 0, place)
        return replace(problem, line=line, column=len(data[begin + 1 : place].decode("utf-8", "replace")) + 1)


def _sort_nearest(articles: Sequence[Article], config: Config) -> list[tuple[str, Article]]:
    """Return articles with their pages, the longest path first.

    Of two, that is the one below the other.
    """
    paged = [(make_article_path(article, config.pages.articles), article) for article in articles]
    return sorted(paged, key=lambda one: (-len(one[0]), one[0]))


def _find_name_error(name: str, path: str) -> _Error | None:
    if name.startswith("../"):
        return _OUTSIDE
    return None if is_document_path(path) else _UNUSABLE


def _is_safe(page: str, name: str) -> bool:
    """Return whether a file is of a kind that nothing runs, and below the page."""
    return find_safe_file_type(name) is not None and is_document_path(page + name)


def _locate(article: Article, name: str) -> str:
    """Return where a file that an article names is, below the folder of articles."""
    return join(dirname(article.path), name)


class _Store:
    """Reads files below the folder of articles, or objects below their address."""

    def __init__(self, config: Config) -> None:
        self._config = config

    @cached_property
    def _objects(self) -> Objects | None:
        if self._config.articles_address is None:
            return None
        from feeds.lib.storage.objects import Objects

        return Objects(self._config.articles_address)

    @cached_property
    def _listed(self) -> Mapping[str, Stamp]:
        found = self._objects.list_objects() if self._objects else {}
        return {name: (one.size, one.mark) for name, one in found.items()}

    def stamp(self, file: str) -> Stamp | None:
        """Return the stamp of a file, None if there is none in the folder."""
        if self._config.articles_address is not None:
            return self._listed.get(file)
        try:
            real, status = find_within(self._config.articles_path, file)
        except OSError:
            return None
        # A link within the folder must not publish what is hidden there, or an article that nobody published.
        if real != file and not _is_safe("", real):
            return None
        return status.st_size, f"{status.st_mtime_ns}.{status.st_ctime_ns}.{status.st_ino}"

    def read(self, file: str, most: int) -> bytes | None:
        """Return the first bytes of a file, None if unreadable.

        Raises :class:`StorageError`.
        """
        try:
            if self._objects is not None:
                return self._objects.read(file, most)
            return None if self.stamp(file) is None else read_within(self._config.articles_path, file, most)
        except OSError:
            return None
