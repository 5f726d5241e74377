"""What hubs have still to be told, in a small file beside the index, and when they are told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.lib.storage.files import (
    PRIVATE_FILE,
    keep_private,
    make_private_folder,
    read_own_file,
    refuse_strange,
    replace_file,
    try_lock,
    wait_for_lock,
)
from feeds.websub.delivery import Notification

_FIRST_DELAY, _LONGEST_DELAY = 30.0, 6 * 3600.0
# Readers that poll have seen a change long before.
_GIVE_UP_AFTER = 3 * 86400.0
_LOCK_SECONDS = 5.0


class Pending(msgspec.Struct):
    """What a hub has still to be told: feeds with the times of their changes, in epoch seconds.

    ``due`` is when the hub is told next, ``attempts`` how often in a row that failed.
    """

    urls: dict[str, float] = {}
    due: float = 0.0
    attempts: int = 0


class Outbox:
    """What the hubs of a site have still to be told. Safe to share between threads and processes.

    It can be lost: if its file is broken or missing, nothing is pending. The methods that
    change it raise :class:`StorageError` if the file cannot be written.
    """

    def __init__(self, path: Path, hubs: Sequence[str]) -> None:
        self._path = path
        self.hubs = tuple(hubs)

    @classmethod
    def of(cls, config: Config) -> Outbox:
        """Return the outbox of a site."""
        return cls(config.outbox_path, config.websub.hubs)

    def read(self, hub: str) -> Pending:
        """Return what a hub has still to be told."""
        return self._load()[hub]

    def add(self, urls: Iterable[str], now: float, delay: float = 0) -> None:
        """Note that feeds changed now, and that every hub is to be told ``delay`` seconds later.

        A change earns a hub an attempt, however often the last ones failed.
        """
        changed = dict.fromkeys(urls, now)
        if changed:
            with self._change() as hubs:
                for pending in hubs.values():
                    pending.urls |= changed
                    pending.due = now + delay

    def settle(self, results: Sequence[Notification], tried: Pending, now: float) -> list[Notification]:
        """Note what came of telling one hub of feeds that were pending as ``tried`` says.

        Return the results; they say "given up" if the hub is not told of a feed any more.
        """
        with self._change() as hubs:
            pending = hubs[results[0].hub]
            failures = [result for result in results if result.verdict == "later"]
            pending.attempts = pending.attempts + 1 if failures else 0
            if failures:
                pending.due = now + compute_delay(pending.attempts, max(one.retry_after for one in failures))
            settled = [_give_up_late(result, pending.due - tried.urls[result.url]) for result in results]
            for result in settled:
                # A feed that changed again meanwhile stays: the hub may have fetched what was before.
                if result.verdict != "later" and pending.urls.get(result.url) == tried.urls[result.url]:
                    del pending.urls[result.url]
        return settled

    @contextmanager
    def _change(self) -> Iterator[dict[str, Pending]]:
        """Lend what is pending by hub, to be changed while no other process changes it."""
        try:
            make_private_folder(self._path.parent)
            refuse_strange(self._path, self._path.with_suffix(".lock"))
            with self._path.with_suffix(".lock").open("wb") as lock:
                keep_private(Path(lock.name))
                if not wait_for_lock(partial(try_lock, lock.fileno()), step=0.01, seconds=_LOCK_SECONDS):
                    raise StorageError(f"{self._path}: another process is using it.")
                hubs = self._load()
                yield hubs
                replace_file(self._path, msgspec.json.encode(hubs), mode=PRIVATE_FILE)
        except OSError as error:
            raise StorageError(f"{self._path}: cannot be written: {error.strerror}.") from None

    def _load(self) -> dict[str, Pending]:
        """Read what is pending for the hubs of the configuration; others are forgotten."""
        try:
            found = msgspec.json.decode(read_own_file(self._path), type=dict[str, Pending])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            found = {}
        return {hub: found.get(hub) or Pending() for hub in self.hubs}


def compute_delay(attempts: int, retry_after: float = 0) -> float:
    """Return the seconds to wait after so many failures: doubled each time, up to six hours.

    A hub may ask for more by ``Retry-After`` (RFC 9110, section 10.2.3), up to six hours too.
    """
    # A larger power is never needed, and in the end no float holds it.
    doubled = _FIRST_DELAY * 2.0 ** min(attempts - 1, 20)
    return min(max(doubled, retry_after), _LONGEST_DELAY)


def _give_up_late(result: Notification, age: float) -> Notification:
    """Return a result, "given up" if the next attempt would come too late after the change."""
    late = result.verdict == "later" and age > _GIVE_UP_AFTER
    return result._replace(verdict="given up") if late else result
