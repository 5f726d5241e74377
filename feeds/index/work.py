"""What a sync hands out, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from feeds.model import Article, Membership, Problem
from feeds.naming import article_page
from feeds.text.topics import fold

_encode = msgspec.json.Encoder().encode
# Between processes and machines everything travels as MessagePack, in half of pickle's time.
packed = msgspec.msgpack.Encoder().encode


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


unpacked = msgspec.msgpack.Decoder(list[Result]).decode
Work = Callable[[Sequence[Task]], Sequence[Result]]
AnyWork = TypeVar("AnyWork", bound=Work)
Mapper = Callable[[AnyWork, Sequence[Sequence[Task]]], Iterable[Sequence[Result]]]


def article_row(article: Article, memberships: Sequence[Membership]) -> ArticleRow:
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
