"""Keep a served site fresh: notice edits, sync the index, tell what changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.index.index import LeaderLock, is_damage
from feeds.lib.trouble import TroubleLog
from feeds.sync.config_files import ConfigFiles
from feeds.sync.problem_log import ProblemLog
from feeds.sync.syncer import Syncer
from feeds.sync.watch import ChangedPaths, poll_store, watch_folder

__all__ = ["Keeper"]
_PAUSE_SECONDS = 2.0
_RETRY_SECONDS = 0.5
# A sync that changes nothing is noted in the index this often, because to write it costs more than the sync.
_NOTE_SECONDS = 60.0


class Keeper:
    """A thread that syncs; among processes that serve an index, only one does.

    - ``on_change`` gets the generation after which the index changed, no matter which process changed it.
    - ``configure`` is called if a file of the configuration changed. It returns another syncer, or None
      if the one in use stays, and raises if the configuration is at fault.
    - ``say`` gets a sentence about what went wrong, and a line for each new and each mended problem.
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
        self._trouble = TroubleLog(say)
        self._fault = ""
        self._noted_at = -_NOTE_SECONDS
        self._generation = 0
        # When a sync last changed the index, in seconds since 1970: perhaps just now, before this thread began.
        self._changed = int(time.time())
        self._problems = ProblemLog(say)
        self._stop = threading.Event()
        self._config_files = ConfigFiles(self._stop)
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
        is_damaged = False
        while not self._stop.is_set() and self._syncer.config.server.watch != "off":
            try:
                with closing(self._syncer.index.leader_lock()) as lock:
                    if self._wait_for_lock(lock):
                        if is_damaged:
                            # Only a sync replaces the index, which cannot be read before.
                            self._sync_changed(None)
                            is_damaged = False
                        self._keep(lock)
            except FeedsError as error:
                self._trouble.note_failure(str(error))
                is_damaged = is_damage(error)
                if is_damaged:
                    self._syncer.index.doubt()
                self._stop.wait(_PAUSE_SECONDS)
            except Exception as error:  # noqa: BLE001 - without this thread, nothing would be synced any more
                self._trouble.note_failure(
                    f"The articles cannot be synced ({type(error).__name__}: {error}); trying again."
                )
                self._stop.wait(_PAUSE_SECONDS)

    def _wait_for_lock(self, lock: LeaderLock) -> bool:
        """Wait until no other process syncs; return False to begin again.

        The configuration is followed meanwhile: every process serves by its own.
        """
        while not lock.is_held():
            if self._stop.wait(_RETRY_SECONDS) or self._reconfigure():
                return False
        return True

    def _keep(self, lock: LeaderLock) -> None:
        """Sync until stopped, reconfigured, or another process has the lock."""
        # Before anything else, because this replaces an index that cannot be read.
        self._syncer.index.open()
        self._problems.begin(self._syncer.index)
        self._generation = self._syncer.read_generation()
        waiting: set[str] | None = set()
        for change in self._watch(self._syncer.config):
            if not lock.is_held():
                return
            self._await_next_second()
            waiting = self._sync_changed(_merge_changes(waiting, change))
            self._look_for_changes()
            if self._reconfigure():
                self._problems.report(self._syncer.config, self._syncer.index)
                return

    def _reconfigure(self) -> bool:
        """Look at the configuration; return whether another syncer is in use now."""
        if not self._config_files.have_changed(self._syncer.config):
            return False
        try:
            syncer = self._configure()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the new one, the old one works
            self._config_files.note_outcome(at_fault=True)
            text = str(error) if isinstance(error, FeedsError) else f"{type(error).__name__}: {error}"
            if text != self._fault:
                self._fault = text
                self._say(f"The configuration changed, but the old one stays in use:\n{text}")
            return False
        self._config_files.note_outcome(at_fault=False)
        if self._fault and syncer is None:
            self._say("The configuration is in order again; it is the one in use.")
        self._fault = ""
        if syncer is None:
            return False
        self._syncer = syncer
        return True

    def _watch(self, config: Config) -> Iterator[ChangedPaths]:
        if config.articles_address:
            return poll_store(config.server.poll, self._stop)
        return watch_folder(config.articles_path, config.server.watch, self._stop, self._trouble.note_failure)

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
            if time.monotonic() - self._noted_at >= _NOTE_SECONDS:
                self._syncer.note_sync(now)
                self._noted_at = time.monotonic()
        except FeedsError as error:
            self._trouble.note_failure(str(error))
            return waiting
        self._trouble.note_success()
        self._problems.report_listed(self._syncer.config, synced)
        # They may be half saved, so they are read again after the next second.
        return set(synced.changes.unsettled)

    def _await_next_second(self) -> None:
        """Wait until the last change's second is over; changes have whole seconds."""
        now = time.time()
        if int(now) == self._changed:
            self._stop.wait(self._changed + 1 - now)

    def _look_for_changes(self) -> None:
        before, self._generation = self._generation, self._syncer.read_generation()
        if before != self._generation:
            self._changed = int(time.time())
            self._on_change(before)
            self._problems.report(self._syncer.config, self._syncer.index)


def _merge_changes(waiting: set[str] | None, change: ChangedPaths) -> set[str] | None:
    return None if waiting is None or change is None else waiting | change
