"""Remember what the last pull found out about each source, beside the index.

It can be deleted at any time: then each source is asked for all of its feed again, and nothing is written twice,
because articles and dropped addresses are known by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec

from feeds.config.channel_tables import SourceConfig
from feeds.config.schema import Config
from feeds.errors import FeedsError, StorageError
from feeds.lib.storage.files import (
    PRIVATE_FILE,
    keep_private,
    make_private_folder,
    read_own_file,
    refuse_strange,
    remove_leftovers,
    replace_file,
    try_lock_if_known,
)

# The first failure may be a moment's; a server that is away for days is asked every other day.
_FIRST_DELAY, _LONGEST_DELAY = 3600.0, 2 * 86400.0
_LONGEST_RETRY_AFTER = 30 * 86400.0
_MOST_DOUBLINGS = 20


class SourceState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a source; times are in seconds since 1970.

    ``rules`` is the hash of its table in config.toml, ``moved`` where its feed has moved for good. ``due`` is when it
    is asked next, after ``failures`` in a row of which the first was at ``since`` and the last had this ``reason``.
    ``ids`` has the keys of addresses by the ids of the entries that the feed has now.
    """

    url: str = ""
    rules: str = ""
    etag: str = ""
    last_modified: str = ""
    moved: str = ""
    gone: bool = False
    failures: int = 0
    since: float = 0
    due: float = 0
    reason: str = ""
    ids: dict[str, str] = {}

    def fail(self, reason: str, now: float, retry_after: float = 0, *, gone: bool = False) -> SourceState:
        """Return the state after one more failure; ``retry_after`` is in seconds.

        The source is asked at its first address again, for all that it has.
        """
        failures = self.failures + 1
        delay = max(compute_delay(failures), min(retry_after, _LONGEST_RETRY_AFTER))
        return msgspec.structs.replace(
            self, etag="", last_modified="", moved="", gone=gone,
            failures=failures, since=self.since or now, due=now + delay, reason=reason,
        )  # fmt: skip


def compute_delay(failures: int) -> float:
    """Return the seconds to wait after failures in a row: none after the first one."""
    if failures <= 1:
        return 0
    return min(_FIRST_DELAY * 2.0 ** min(failures - 2, _MOST_DOUBLINGS), _LONGEST_DELAY)


def hash_rules(source: SourceConfig) -> str:
    """Return a hash of a source's rules: if they change, its whole feed is read again."""
    return blake2b(msgspec.json.encode(source), digest_size=8).hexdigest()


class SourceStates:
    """The states of all sources, by name. One process at a time changes them."""

    def __init__(self, config: Config) -> None:
        self._path = config.pulled_path
        self._states = {name: state for name, state in _load(self._path).items() if name in config.sources}

    def get(self, name: str, source: SourceConfig) -> SourceState:
        """Return the state of a source, an empty one if its address is another one now."""
        found = self._states.get(name, SourceState())
        return found if found.url == source.url else SourceState(url=source.url)

    def put(self, name: str, state: SourceState) -> None:
        """Write the state of a source. Raises :class:`StorageError`."""
        self._states[name] = state
        replace_file(self._path, msgspec.json.encode(self._states), mode=PRIVATE_FILE)


@contextmanager
def change_states(config: Config) -> Iterator[SourceStates]:
    """Lend the states to the only process that may change them.

    Raises :class:`FeedsError` if another process has them, and :class:`StorageError`.
    """
    path = config.pulled_path
    lock_path = path.with_suffix(".lock")
    try:
        make_private_folder(path.parent)
        refuse_strange(path, lock_path)
        with lock_path.open("wb") as lock:
            keep_private(lock_path)
            if not try_lock_if_known(lock.fileno()):
                raise FeedsError("Another `feeds pull` is at work on this site. Wait until it is done.")
            remove_leftovers(path.parent)
            yield SourceStates(config)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}.") from None


def _load(path: Path) -> dict[str, SourceState]:
    try:
        return msgspec.json.decode(read_own_file(path), type=dict[str, SourceState])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
