"""Keep a served site fresh: notice edits, sync the index, tell what changed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.index.index import LeaderLock
from feeds.lib.storage.file_lock import wait_for_lock
from feeds.sync.syncer import Syncer
from feeds.sync.watch import ChangedPaths, poll_store, watch_folder

__all__ = ["Keeper"]
_PAUSE_SECONDS = 2.0
_RETRY_SECONDS = 0.5
ConfigurationStamps = dict[str, tuple[int, ...]]


class Keeper:
    """A thread that syncs; of all processes that serve an index, only one does so at a time.

    - ``on_change`` gets the generation after which the index changed, no matter which process changed it.
    - ``configure`` makes another syncer when the configuration, a curator's file or a template changed.
      It returns None if the old syncer stays in use.
    - ``say`` gets a sentence about what went wrong.
    """

    def __init__(
        self,
        syncer: Syncer,
        *,
        on_change: Callable[[int], None] = lambda _since: None,
        configure: Callable[[], Syncer | None] = lambda: None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._syncer = syncer
        self._on_change = on_change
        self._configure = configure
        self._say = say
        self._said = ""
        self._generation = 0
        # When a sync last changed the index, in seconds since 1970: perhaps just now, before this thread began.
        self._changed = int(time.time())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, after a sync that is running."""
        self._stop.set()
        self._thread.join()

    def sync_now(self) -> None:
        """Sync once, in the thread of the caller, unless another process is the leader."""
        if self._syncer.config.server.watch == "off":
            return
        with closing(self._syncer.index.leader_lock()) as lock:
            if lock.is_held():
                self._sync_changed(None)

    def _run(self) -> None:
        while not self._stop.is_set() and self._syncer.config.server.watch != "off":
            try:
                with closing(self._syncer.index.leader_lock()) as lock:
                    if wait_for_lock(lock.is_held, step=_RETRY_SECONDS, stop=self._stop):
                        self._keep(lock)
            except FeedsError as error:
                self._say_once(str(error))
                self._stop.wait(_PAUSE_SECONDS)
            except Exception as error:  # noqa: BLE001 - without this thread, nothing would be synced any more
                self._say_once(
                    f"The articles cannot be synced ({type(error).__name__}: {error}); trying again."
                )
                self._stop.wait(_PAUSE_SECONDS)

    def _keep(self, lock: LeaderLock) -> None:
        """Sync until the thread is stopped, the configuration changes, or another process has the lock."""
        config = self._syncer.config
        self._syncer.index.open()
        self._generation = self._syncer.generation()
        configured = _stamp_configuration(config)
        waiting: set[str] | None = set()
        for change in self._watch(config):
            if not lock.is_held():
                return
            self._await_next_second()
            waiting = self._sync_changed(_merge_changes(waiting, change))
            self._look_for_changes()
            if (stamps := _stamp_configuration(config)) != configured:
                configured = stamps
                if (syncer := self._configure()) is not None:
                    self._syncer = syncer
                    return

    def _watch(self, config: Config) -> Iterator[ChangedPaths]:
        if config.articles_address:
            return poll_store(config.server.poll, self._stop)
        return watch_folder(config.articles_path, config.server.watch, self._stop, self._say_once)

    def _sync_changed(self, waiting: set[str] | None) -> set[str] | None:
        """Sync paths, or everything for None; return what could not be synced yet."""
        now = datetime.now(UTC)
        try:
            if not self._syncer.index.is_there():
                self._syncer.index.open()
                waiting = None
            if waiting is None:
                synced = self._syncer.sync_all(now, settle=True)
            else:
                synced = self._syncer.sync_below(waiting, now, settle=True)
        except FeedsError as error:
            self._say_once(str(error))
            return waiting
        self._said = ""
        # They may be half saved, so they are read again after the next second.
        return set(synced.changes.unsettled)

    def _await_next_second(self) -> None:
        """Wait until the second of the last change is over: each change has a date in whole seconds."""
        now = time.time()
        if int(now) == self._changed:
            self._stop.wait(self._changed + 1 - now)

    def _look_for_changes(self) -> None:
        before, self._generation = self._generation, self._syncer.generation()
        if before != self._generation:
            self._changed = int(time.time())
            self._on_change(before)

    def _say_once(self, text: str) -> None:
        """Say something, but not the same again with every look."""
        if text != self._said:
            self._said = text
            self._say(text)


def _merge_changes(waiting: set[str] | None, change: ChangedPaths) -> set[str] | None:
    return None if waiting is None or change is None else waiting | change


def _stamp_configuration(config: Config) -> ConfigurationStamps:
    """Return stamps that change with the configuration, a curator's file or a template."""
    return {str(path): _stamp_file(path) for path in _configuration_files(config)}


def _configuration_files(config: Config) -> Iterator[Path]:
    yield config.locate(config.file)
    for folder in filter(None, (config.topics_path, config.providers_path, config.pages.templates)):
        try:
            yield from (Path(entry.path) for entry in os.scandir(config.locate(folder)))
        except OSError:
            continue


def _stamp_file(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
