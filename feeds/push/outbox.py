"""What receivers are still to be told, and when: a small file beside the index."""

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
from feeds.push.delivery import Notification
from feeds.push.receivers import Receiver, list_receivers

_FIRST_DELAY, _LONGEST_DELAY = 30.0, 6 * 3600.0
# By then, readers that poll have long seen the change.
_GIVE_UP_AFTER = 3 * 86400.0
# As long as for the lock of a tree: a machine that stands still for a moment costs nobody a notification.
_LOCK_SECONDS = 60.0


class Pending(msgspec.Struct):
    """What a receiver is still to be told: addresses with the epoch times of changes.

    ``due`` is when it is told next, ``attempts`` how often in a row that failed.
    """

    urls: dict[str, float] = {}
    due: float = 0.0
    attempts: int = 0


class Outbox:
    """What a site's receivers are still to be told.

    Safe to share between threads and processes. It can be lost: if its file is broken or missing, nothing
    is pending. The methods that change it raise :class:`StorageError` if the file cannot be written.
    """

    def __init__(self, path: Path, receivers: Sequence[Receiver]) -> None:
        self._path = path
        self.receivers = tuple(receivers)

    @classmethod
    def of(cls, config: Config) -> Outbox:
        """Return the outbox of a site."""
        return cls(config.outbox_path, list_receivers(config))

    def read(self, address: str) -> Pending:
        """Return what the receiver at an address has still to be told."""
        return self._load()[address]

    def add(self, urls: Iterable[str], now: float, delay: float = 0) -> None:
        """Note that addresses changed; tell the receivers ``delay`` seconds later.

        A change earns a receiver an attempt, however often the last ones failed.
        """
        changed = list(urls)
        news = {one.address: dict.fromkeys(filter(one.takes, changed), now) for one in self.receivers}
        if any(news.values()):
            with self._change() as found:
                for address, wanted in news.items():
                    if wanted:
                        found[address].urls |= wanted
                        found[address].due = now + delay

    def settle(self, results: Sequence[Notification], tried: Pending, now: float) -> list[Notification]:
        """Note the results of telling one receiver what was pending as ``tried``.

        All of them have the same receiver. Return the results; they say "given up" if it is not told of an
        address any more.
        """
        with self._change() as found:
            pending = found[results[0].receiver]
            failures = [result for result in results if result.verdict == "later"]
            pending.attempts = pending.attempts + 1 if failures else 0
            if failures:
                pending.due = now + compute_delay(pending.attempts, max(one.retry_after for one in failures))
            settled = [_give_up_late(result, pending.due - tried.urls[result.url]) for result in results]
            for result in settled:
                # What changed again meanwhile stays: the receiver may have fetched what was before.
                if result.verdict != "later" and pending.urls.get(result.url) == tried.urls[result.url]:
                    del pending.urls[result.url]
        return settled

    @contextmanager
    def _change(self) -> Iterator[dict[str, Pending]]:
        """Lend what is pending by receiver; no other process can change it meanwhile."""
        try:
            make_private_folder(self._path.parent)
            refuse_strange(self._path, self._path.with_suffix(".lock"))
            with self._path.with_suffix(".lock").open("wb") as lock:
                keep_private(Path(lock.name))
                if not wait_for_lock(partial(try_lock, lock.fileno()), step=0.01, seconds=_LOCK_SECONDS):
                    raise StorageError(f"{self._path}: another process is using it.")
                found = self._load()
                yield found
                replace_file(self._path, msgspec.json.encode(found), mode=PRIVATE_FILE)
        except OSError as error:
            raise StorageError(f"{self._path}: cannot be written: {error.strerror}.") from None

    def _load(self) -> dict[str, Pending]:
        """Read what is pending for configured receivers, and forget all others."""
        try:
            found = msgspec.json.decode(read_own_file(self._path), type=dict[str, Pending])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            found = {}
        return {one.address: found.get(one.address) or Pending() for one in self.receivers}


def compute_delay(attempts: int, retry_after: float = 0) -> float:
    """Return the seconds to wait after failures: doubled each time, up to six hours.

    A receiver may ask for more by ``Retry-After`` (RFC 9110, section 10.2.3), up to six hours too.
    """
    # A larger power is never needed, and in the end no float holds it.
    doubled = _FIRST_DELAY * 2.0 ** min(attempts - 1, 20)
    return min(max(doubled, retry_after), _LONGEST_DELAY)


def _give_up_late(result: Notification, age: float) -> Notification:
    """Return a result: "given up" if the next attempt would come too late."""
    late = result.verdict == "later" and age > _GIVE_UP_AFTER
    return result._replace(verdict="given up") if late else result
