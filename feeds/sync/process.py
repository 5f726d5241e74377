"""Make of a file what the index keeps: its article, channels and entries.

A sync hands this work out; it can run in another process or on another machine.
"""

from __future__ import annotations

import errno
import hashlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property, partial
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
from msgspec import Struct

from feeds import formats
from feeds.channels.membership import Selector
from feeds.config.names import Names
from feeds.config.schema import ArticlePages, Config
from feeds.config.translation import find_companion_ending, make_translation_rules
from feeds.errors import ProcessError
from feeds.formats.context import keeps_entries, make_entry_context
from feeds.index.rows import Result, Task, find_folder, make_article_row
from feeds.lib.storage.file_names import find_companion
from feeds.lib.storage.files import is_real_folder, locate, read_within
from feeds.model import ARTICLE_PAGES, Article, Membership, Problem, make_internal_problem

if TYPE_CHECKING:
    from feeds.articles.reader import Reader, Reading, ReadingRules
    from feeds.formats.entries import Row
    from feeds.model import FileState

# What a companion begins with: lines of Nikola, YAML or TOML.
_BEGINS = (b"..", b"---", b"+++")
# Files are processed together until they have more bytes than this.
_MOST_BYTES = 1_000_000
# Increase it whenever reading gives another article for the same bytes.
READER_VERSION = 21


class File(Struct, frozen=True):
    """A file as it was opened: at most one byte more than the limit, and the hash.

    It begins with ``added`` lines of its companion.
    """

    path: str
    data: bytes
    hash: bytes
    added: int = 0


class PartialResult(Struct, frozen=True):
    """A result without row and entries, and the article to make them of, if any."""

    result: Result
    article: Article | None = None
    memberships: tuple[Membership, ...] = ()

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.result.path

    @property
    def hash(self) -> bytes:
        """The hash of the bytes of the file."""
        return self.result.hash


# What a step of the processing gets: each has the path and the hash of a file.
Item = TypeVar("Item", File | Result, PartialResult)


class FileProcessor:
    """Reads, classifies and renders files by one configuration, as of one moment."""

    def __init__(self, config: Config, now: datetime, rules: ReadingRules | None = None) -> None:
        """``rules`` are those of reading, without which they follow from config."""
        self.config = config
        self.now = now
        self._rules = rules
        # A string, because joining paths as strings is quicker, and every file needs it.
        self._folder = str(config.articles_path)
        self._real_folders: set[str] = set()
        self._companion = find_companion_ending(config)

    def __call__(self, tasks: Sequence[Task]) -> Sequence[Result]:
        """Open files and process them."""
        return self.process(self.open_files(tasks))

    def process(self, files: Iterable[File | Result]) -> list[Result]:
        """Return the results of files that have been opened, perhaps on another machine.

        Each step handles many files before the next step begins. To take each file through all
        steps would take a quarter longer, because the CPU's cache holds one step at a time.
        """
        return [result for some in group_files(files) for result in self._process_group(some)]

    def open_files(self, tasks: Sequence[Task]) -> Iterable[File | Result]:
        """Open the file of each task, one at a time as the caller asks for them."""
        return map(self.open_file, tasks)

    def open_file(self, task: Task) -> File | Result:
        """Return a task's file, or its result if it is unchanged or unreadable."""
        try:
            data, added = (
                read_with_companion(self._read_bytes, task.path, self._companion)
                if self._companion
                else (self._read_bytes(task.path), 0)
            )
        except OSError as error:
            is_gone = isinstance(error, FileNotFoundError | NotADirectoryError)
            if is_gone and not Path(locate(self._folder, task.path)).is_symlink():
                return Result(task.path, b"", "vanished")
            message = f"cannot be read: {error.strerror}."
            hint = "Look at its permissions." if isinstance(error, PermissionError) else ""
            problem = Problem("unreadable", "error", task.path, message, hint)
            return Result(task.path, b"", "faulty", problems=(problem,))
        file_hash = hashlib.sha256(data).digest()
        if file_hash == task.known:
            return Result(task.path, file_hash, "same")
        return File(task.path, data, file_hash, added)

    def render(self, partial_results: Sequence[PartialResult]) -> list[Result]:
        """Complete results with the rows and entries of their articles."""
        return _isolate_bugs(self._render_articles, partial_results, self._hash_lines)

    def render_again(self, articles: Sequence[Article]) -> list[Result]:
        """Return the results of known articles with their present channels and entries."""
        return self.render(
            [
                PartialResult(
                    Result(article.path, b"", "public"), article, self._selector.find_memberships(article)
                )
                for article in articles
            ]
        )

    def _process_group(self, files: Sequence[File | Result]) -> list[Result]:
        return _isolate_bugs(
            lambda some: self._render_articles(self._read_files(some)), files, self._hash_lines
        )

    def _render_articles(self, partial_results: Sequence[PartialResult]) -> list[Result]:
        entries = self._render_entries([one.article for one in partial_results if one.article is not None])
        return [
            one.result
            if one.article is None
            else _complete(one, one.article, next(entries), self.config.pages.articles)
            for one in partial_results
        ]

    def _render_entries(self, articles: Sequence[Article]) -> Iterator[Row]:
        """Return an article's entries by format, or the problem that prevented them."""
        names = self.config.feeds.formats if keeps_entries(self.config) else ()
        if not articles or not names:
            return repeat({}, len(articles))
        # Loaded when there is something to render, like the formats.
        from feeds.formats.entries import render_in_formats

        return iter(render_in_formats(articles, names, self._context))

    def _read_files(self, files: Sequence[File | Result]) -> list[PartialResult]:
        new = [file for file in files if isinstance(file, File)]
        parsed = [self._reader.parse_matter(file.path, file.data) for file in new]
        readings = [self._reader.interpret(file.path, one) for file, one in zip(new, parsed, strict=True)]
        if self._companion:
            readings = [self._place_problems(*pair) for pair in zip(new, readings, strict=True)]
        partial_results = iter(
            [self._classify(file, reading) for file, reading in zip(new, readings, strict=True)]
        )
        return [PartialResult(file) if isinstance(file, Result) else next(partial_results) for file in files]

    def _place_problems(self, file: File, reading: Reading) -> Reading:
        if not file.added or not reading.problems:
            return reading
        companion = find_companion(file.path, self._companion)
        problems = _move_to_companion(reading.problems, companion, file.added)
        return msgspec.structs.replace(reading, problems=problems)

    def _read_bytes(self, path: str) -> bytes:
        """Read a file, but at most one byte more than the limit. Raises :class:`OSError`."""
        folder = find_folder(path)
        if folder not in self._real_folders:
            if not is_real_folder(self._folder, folder):
                raise OSError(errno.ELOOP, "its folder is a link")
            self._real_folders.add(folder)
        return read_within(self._folder, path, self.config.articles.max_bytes + 1)

    def _classify(self, file: File, reading: Reading) -> PartialResult:
        """Decide whether an article is public, and when to look at its file again."""
        article, due = reading.article, None
        if article is None:
            state = cast("FileState", reading.hidden)
            visibility = self._hash_lines(file.data) if state == "faulty" else b""
            return PartialResult(
                Result(file.path, file.hash, state, problems=reading.problems, visibility=visibility)
            )
        if reading.expires is not None and reading.expires <= self.now:
            return PartialResult(Result(file.path, file.hash, "unpublished", problems=reading.problems))
        if article.published > self.now:
            due = article.published
            return PartialResult(Result(file.path, file.hash, "future", problems=reading.problems, due=due))
        if article.updated > self.now:
            article, due = msgspec.structs.replace(article, updated=article.published), article.updated
        if reading.expires is not None:
            due = min(due, reading.expires) if due else reading.expires
        result = Result(
            file.path,
            file.hash,
            "public",
            problems=reading.problems,
            due=due,
            visibility=self._hash_lines(file.data),
        )
        return PartialResult(result, article, self._selector.find_memberships(article))

    @cached_property
    def _hash_lines(self) -> Callable[[bytes], bytes]:
        # Loaded for the first file that has changed, like the reader.
        from feeds.articles.visibility import hash_visibility_lines

        return partial(hash_visibility_lines, is_foreign=bool(self.config.articles.preset))

    @cached_property
    def _reader(self) -> Reader:
        # Loaded for the first file that has changed: most syncs find none.
        from feeds.articles.reader import Reader

        return Reader(self._rules or make_reading_rules(self.config))

    @cached_property
    def _selector(self) -> Selector:
        return Selector(self.config)

    @cached_property
    def _context(self) -> formats.EntryContext:
        return make_entry_context(self.config, Names(self.config))


def read_with_companion(read: Callable[[str], bytes], path: str, ending: str) -> tuple[bytes, int]:
    """Read a post with its companion's front matter; return it and the added lines.

    The front matter comes before it. With an ``ending`` of "", posts have no companions. ``read`` reads a
    file; what it raises is raised, unless there is no companion.
    """
    text = read(path)
    if not ending:
        return text, 0
    try:
        matter = read(find_companion(path, ending)).removeprefix(BOM_UTF8).strip()
    except FileNotFoundError:
        return text, 0
    if not matter.startswith(_BEGINS):
        return text, 0
    matter = b"\n".join(matter.splitlines()) + b"\n\n"
    return matter + text.removeprefix(BOM_UTF8), matter.count(b"\n")


def _move_to_companion(problems: Sequence[Problem], companion: str, added: int) -> tuple[Problem, ...]:
    """Return problems at the lines of their own file: the post or its companion."""
    return tuple(
        msgspec.structs.replace(one, path=companion)
        if 0 < one.line <= added
        else msgspec.structs.replace(one, line=one.line - added if one.line else 0)
        for one in problems
    )


def make_reading_rules(config: Config, *, drafts: bool = False) -> ReadingRules:
    """Make the rules by which the files of a site are read."""
    from feeds.articles.reader import ReadingRules

    table, site = config.articles, config.site.base_url
    return ReadingRules(
        timezone=table.timezone,
        base_url=table.base_url or site,
        max_bytes=table.max_bytes,
        max_front_matter=table.max_front_matter,
        drafts=drafts,
        pages_url=f"{site}{ARTICLE_PAGES}",
        translation=make_translation_rules(config),
        same_url=table.same_url,
        excerpt_words=table.most_excerpt_words,
    )


def group_files(files: Iterable[File | Result]) -> Iterator[list[File | Result]]:
    """Yield files in groups that fit into memory."""
    group: list[File | Result] = []
    size = 0
    for file in files:
        group.append(file)
        size += len(file.data) if isinstance(file, File) else 0
        if size > _MOST_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _complete(found: PartialResult, article: Article, entries: Row, pages: ArticlePages) -> Result:
    """Return an article's result with its entries, faulty if those failed."""
    result = found.result
    if isinstance(entries, Problem):
        return Result(result.path, result.hash, "faulty", problems=(entries,), visibility=result.visibility)
    return msgspec.structs.replace(
        result, row=make_article_row(article, found.memberships, pages), entries=entries
    )


def _isolate_bugs(
    work: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    hash_lines: Callable[[bytes], bytes],
) -> list[Result]:
    """Process all items at once. If that raises, process them one by one.

    So a bug of ours costs only the article that triggers it.
    """
    # Whatever was raised is raised again below, by the item that causes it.
    with suppress(Exception):
        return work(items)
    results: list[Result] = []
    for item in items:
        try:
            results += work([item])
        except ProcessError:
            # That says something about the machine, not about the article.
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, one article must not cost the others
            problem = make_internal_problem(item.path, error)
            visibility = _find_lines(item, hash_lines)
            results.append(Result(item.path, item.hash, "faulty", problems=(problem,), visibility=visibility))
    return results


def _find_lines(item: File | Result | PartialResult, hash_lines: Callable[[bytes], bytes]) -> bytes:
    """Return the hashes of an item's lines about visibility, at any step."""
    if isinstance(item, File):
        return hash_lines(item.data)
    return (item.result if isinstance(item, PartialResult) else item).visibility


def hash_work(config: Config) -> str:
    """Return a hash of what results depend on beside files: code and configuration."""
    names = Names(config)
    parts = (
        READER_VERSION,
        formats.RENDERER_VERSION,
        config.articles.timezone,
        config.articles.base_url,
        config.articles.same_url,
        config.articles.most_excerpt_words,
        make_translation_rules(config),
        config.articles.max_bytes,
        config.articles.max_front_matter,
        # It may be installed after the files that need it were read. Not imported, because that takes a while.
        any(pattern.endswith(".rst") for pattern in config.articles.include)
        and find_spec("docutils") is None,
        config.feeds.formats,
        keeps_entries(config),
        make_entry_context(config, names),
        names.domains,
        [(name, topic.parent, topic.include_children) for name, topic in config.topics.items()],
        [(name, topic.parent, topic.include_children) for name, topic in config.curated.topics.items()],
        config.tags,
        config.selections,
        config.pages.articles,
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
