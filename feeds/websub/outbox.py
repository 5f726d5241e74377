"""What hubs have still to be told, in a small file that processes share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.lib.storage.file_lock import try_lock, wait_for_lock
from feeds.lib.storage.files import replace_file
from feeds.websub.backoff import Pending, again
from feeds.websub.delivery import HubAnswer, Verdict

# So long, in seconds, an attempt belongs to the process that took it; then to any.
_LEASE = 600.0
_LOCK_SECONDS = 5.0
_LOCK_STEP = 0.01


class Told(NamedTuple):
    """What came of telling a hub of a feed; ``reason`` says why where it came to nothing."""

    hub: str
    url: str
    verdict: Verdict
    reason: str = ""


class _Contents(msgspec.Struct):
    """The file: the number of the last change, and what is pending by hub."""

    serial: int = 0
    hubs: dict[str, list[Pending]] = {}


class Outbox:
    """The pending notifications of some hubs. Safe to share between threads and processes.

    It is a cache of sorts: where the file is broken or gone, nothing is pending.
    Every method that changes it raises :class:`StorageError` where it cannot be written.
    """

    def __init__(self, path: Path, hubs: Sequence[str]) -> None:
        self._path = path
        self.hubs = tuple(hubs)

    @classmethod
    def of(cls, config: Config) -> Outbox:
        """The outbox of a site."""
        return cls(config.outbox_path, config.websub.hubs)

    def add(self, urls: Iterable[str], now: float) -> None:
        """Note that every hub is to be told of these feeds, at the next opportunity.

        How often a hub has failed for a feed is remembered: a new change earns one attempt.
        """
        urls = tuple(urls)
        if not urls:
            return
        with self._changing() as contents:
            contents.serial += 1
            for hub in self.hubs:
                known = {pending.url: pending for pending in contents.hubs[hub]}
                for url in urls:
                    attempts = known[url].attempts if url in known else 0
                    known[url] = Pending(url, contents.serial, now, now, attempts)
                contents.hubs[hub] = list(known.values())

    def waiting(self, hub: str) -> list[Pending]:
        """What a hub has still to be told."""
        return self._load().hubs[hub]

    def take(self, hub: str, now: float, choose: Callable[[Pending], bool]) -> list[Pending]:
        """Those that ``choose`` picks, as they were; for ten minutes no other process finds them due."""
        if not any(map(choose, self.waiting(hub))):
            return []
        with self._changing() as contents:
            taken = [pending for pending in contents.hubs[hub] if choose(pending)]
            lent = {id(pending): msgspec.structs.replace(pending, due=now + _LEASE) for pending in taken}
            contents.hubs[hub] = [lent.get(id(pending), pending) for pending in contents.hubs[hub]]
        return taken

    def settle(self, hub: str, answers: Sequence[tuple[Pending, HubAnswer]], now: float) -> list[Told]:
        """Note what came of those that were taken, and tell it."""
        told = []
        with self._changing() as contents:
            waiting = {pending.url: pending for pending in contents.hubs[hub]}
            for pending, answer in answers:
                verdict, kept = _settled(waiting.get(pending.url), pending, answer, now)
                waiting.pop(pending.url, None)
                if kept is not None:
                    waiting[kept.url] = kept
                told.append(Told(hub, pending.url, verdict, answer.reason))
            contents.hubs[hub] = list(waiting.values())
        return told

    def give_back(self, hub: str, untried: Sequence[Pending]) -> None:
        """Undo the taking of what was not tried."""
        times = {(pending.url, pending.serial): pending.due for pending in untried}
        with self._changing() as contents:
            contents.hubs[hub] = [
                msgspec.structs.replace(pending, due=times.get((pending.url, pending.serial), pending.due))
                for pending in contents.hubs[hub]
            ]

    @contextmanager
    def _changing(self) -> Iterator[_Contents]:
        """The contents, to be changed while no other process reads them for that."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            stream = self._path.with_suffix(".lock").open("wb")
        except OSError as error:
            raise StorageError(f"{self._path}: cannot be written: {error.strerror}.") from None
        with stream:
            if not wait_for_lock(partial(try_lock, stream.fileno()), step=_LOCK_STEP, seconds=_LOCK_SECONDS):
                raise StorageError(f"{self._path}: another process is using it.")
            contents = self._load()
            before = msgspec.json.encode(contents)
            yield contents
            if (after := msgspec.json.encode(contents)) != before:
                replace_file(self._path, after)

    def _load(self) -> _Contents:
        """The contents for the hubs of the configuration; others are forgotten."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=_Contents)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            found = _Contents()
        return _Contents(found.serial, {hub: found.hubs.get(hub, []) for hub in self.hubs})


def _settled(
    current: Pending | None, tried: Pending, answer: HubAnswer, now: float
) -> tuple[Verdict, Pending | None]:
    """What became of an attempt, and what is pending after it."""
    if current is None:
        return answer.verdict, None
    if answer.verdict == "later":
        kept = again(current, now, answer.retry_after)
        return ("later", kept) if kept is not None else ("given up", None)
    # The feed changed again meanwhile: the hub may have fetched what was there before.
    return answer.verdict, None if current.serial == tried.serial else current
