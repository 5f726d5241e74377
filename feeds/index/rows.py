"""What a sync hands out, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from feeds.lib.text.slugs import fold
from feeds.model import Article, Membership, Problem
from feeds.paths import article_page

_encode = msgspec.json.Encoder().encode


class Task(Struct, frozen=True, gc=False):
    """A file to look at; ``known`` is the hash of the bytes that the index knows."""

    path: str
    known: bytes | None


class ArticleRow(NamedTuple):
    """An article as the index keeps it: the columns of its table but the first and the last."""

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
    memberships: bytes
    article: bytes


class Result(Struct, frozen=True):
    """What the index keeps of a file.

    ``state`` "same" means that its bytes did not change, "vanished" that it is not there any more.
    ``due`` is when the file must be looked at again though it does not change.
    """

    path: str
    hash: bytes
    state: str
    row: ArticleRow | None = None
    entries: Mapping[str, bytes] = {}
    problems: tuple[Problem, ...] = ()
    due: datetime | None = None


decode_results = msgspec.msgpack.Decoder(list[Result]).decode
Work = Callable[[Sequence[Task]], Sequence[Result]]
AnyWork = TypeVar("AnyWork", bound=Work)
Mapper = Callable[[AnyWork, Sequence[Sequence[Task]]], Iterable[Sequence[Result]]]


def make_article_row(article: Article, memberships: Sequence[Membership]) -> ArticleRow:
    """The row of an article. Made where it was read: there are more hands."""
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
        page=article_page(article),
        memberships=_encode(memberships),
        article=_encode(article),
    )


class Stamp(NamedTuple):
    """Size in bytes and modification time in nanoseconds: enough to see that a file changed."""

    size: int
    mtime: int


def folder_of(path: str) -> str:
    """The folder of a file; "" is the folder of articles itself."""
    return path.rpartition("/")[0]


class Folder(NamedTuple):
    """One folder: the digest of its files, which are left out where it is the one that is known,
    and their number; what could not be listed, and the paths of the folders in it."""  # noqa: D205, D209 - one sentence

    path: str
    fingerprint: bytes
    number: int
    files: dict[str, Stamp]
    problems: tuple[Problem, ...]
    below: tuple[str, ...]


class Listing(NamedTuple):
    """The files found, by path relative to the folder, and what could not be listed.

    Of a folder that is as it was known, ``files`` has none. ``folders`` has all but these with
    digest and number of files, ``same`` the paths of these.
    """

    files: dict[str, Stamp]
    problems: tuple[Problem, ...]
    folders: dict[str, tuple[bytes, int]]
    same: frozenset[str]
