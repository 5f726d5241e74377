"""What a sync hands out, and what it gets back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from feeds.model import Article, Membership, Problem


class Task(Struct, frozen=True):
    """A file to look at; ``known`` is the hash of the bytes that the index knows."""

    path: str
    known: bytes | None


class Result(Struct, frozen=True):
    """What the index keeps of a file. ``state`` "same" means that its bytes did not change.

    ``due`` is when the file must be looked at again though it does not change.
    """

    path: str
    hash: bytes
    state: str
    article: Article | None = None
    memberships: tuple[Membership, ...] = ()
    entries: Mapping[str, bytes] = {}
    problems: tuple[Problem, ...] = ()
    due: datetime | None = None


Work = Callable[[Sequence[Task]], Sequence[Result]]
Mapper = Callable[[Work, Sequence[Sequence[Task]]], Iterable[Sequence[Result]]]
