"""The values of a sync: work for its workers, their results, and listings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from feeds.config.schema import ArticlePages
from feeds.lib.text.identifiers import fold
from feeds.model import Article, FoundState, Kind, Membership, Problem
from feeds.paths import make_article_path

_encode = msgspec.json.Encoder().encode


class Task(Struct, frozen=True, gc=False):
    """A file to process; ``known`` is the hash in the index, ``size`` is in bytes."""

    path: str
    known: bytes | None
    size: int = 0


class ArticleRow(NamedTuple):
    """An article for the index: its columns but the key, and who gets it.

    ``has_files`` is 1 if files are published with its page, 2 if one of them is its film or sound. Its memberships are
    encoded only when they are written, because the members are written too.
    """

    path: str
    id: str
    url: str
    published: int
    updated: int
    quality: int | None
    heat: int | None
    type: str
    language: str
    page: str
    memberships: tuple[Membership, ...]
    article: bytes
    has_files: int = 0


class Result(Struct, frozen=True):
    """What the index keeps of a file.

    The state "same" means that its bytes did not change, "vanished" that it does not exist any more.
    ``due`` is when the file must be processed again even if it does not change. ``visibility`` has the
    hashes of its lines about visibility. ``since`` is when the version that is published was read, in
    seconds; if a faulty file has it, its article stays as the index knows it, or as ``row`` has it.
    """

    path: str
    hash: bytes
    state: FoundState
    row: ArticleRow | None = None
    entries: Mapping[str, bytes] = {}
    problems: tuple[Problem, ...] = ()
    due: datetime | None = None
    visibility: bytes = b""
    since: int | None = None


decode_results = msgspec.msgpack.Decoder(list[Result]).decode
Work = Callable[[Sequence[Task]], Sequence[Result]]
AnyWork = TypeVar("AnyWork", bound=Work)
Mapper = Callable[[AnyWork, Sequence[Sequence[Task]]], Iterable[Sequence[Result]]]


def make_article_row(
    article: Article, memberships: tuple[Membership, ...], pages: ArticlePages
) -> ArticleRow:
    """Make the row of an article; ``pages`` says which articles have a page.

    Done in the worker process, because workers run in parallel.
    """
    page = make_article_path(article, pages)
    return ArticleRow(
        path=article.path,
        id=article.id,
        url=article.url,
        published=int(article.published.timestamp()),
        updated=int(article.updated.timestamp()),
        quality=article.quality,
        heat=article.heat,
        type=fold(article.type),
        language=article.language.lower(),
        page=page,
        memberships=memberships,
        article=_encode(article),
        has_files=_rate_files(article) if page else 0,
    )


def _rate_files(article: Article) -> int:
    if not article.files:
        return 0
    file = article.media.file if article.media else ""
    return 2 if file and any(file.endswith(f"/{name}") for name in article.files) else 1


class Stamp(NamedTuple):
    """What tells a file from an earlier state of it, without reading it.

    Programs can set the modification time: restored backups, package stores and builds of images do.
    The time of the last change of the status is set by the system alone, and a file that is moved
    into the place of another one has its own inode. Times are in nanoseconds. An object of a store
    has only a size, and a hash of the store's mark in place of the time.
    """

    size: int
    mtime: int
    ctime: int = 0
    inode: int = 0


def find_folder(path: str) -> str:
    """Return the folder of a file; "" is the folder of articles itself."""
    return path.rpartition("/")[0]


class Folder(NamedTuple):
    """A folder: its files, what could not be listed, and its folders' paths.

    ``fingerprint`` is that of the names and stamps of its files, ``number`` how many there are. If the
    fingerprint is the known one, ``files`` is empty. ``unreadable`` has the paths at which there is
    something that cannot be read; the path of a folder that cannot be listed ends with "/".
    """

    path: str
    fingerprint: bytes
    number: int
    files: dict[str, Stamp]
    problems: tuple[Problem, ...]
    below: tuple[str, ...]
    unreadable: tuple[str, ...] = ()


class FormerChannel(NamedTuple):
    """A channel of a frozen tree, as an index needs it to keep its feed when empty.

    ``emptied`` is when its last article left it, ``oldest`` when its oldest article was published, in seconds
    since 1970. ``emptied`` is None if the tree has an article of it, ``oldest`` if that is not known.
    """

    kind: Kind
    name: str
    label: str
    emptied: int | None
    oldest: int | None = None


class Listing(NamedTuple):
    """The files found, by path from the folder of articles, and the failures.

    ``same`` has the paths of the folders whose fingerprint is the known one; ``files`` has none of their
    files. ``folders`` has the fingerprint and the number of files of each other folder. Nobody can say of
    the files at the paths of ``unreadable``, or below those that end with "/", that they are gone.
    """

    files: dict[str, Stamp]
    problems: tuple[Problem, ...]
    folders: dict[str, tuple[bytes, int]]
    same: frozenset[str]
    unreadable: frozenset[str] = frozenset()

    def can_tell(self, path: str) -> bool:
        """Return whether a file that is not listed is gone, as far as anybody can tell."""
        if not self.unreadable:
            return True
        return path not in self.unreadable and not any(
            sign == "/" and path[: place + 1] in self.unreadable for place, sign in enumerate(path)
        )
