"""Keep the index in agreement with the articles, by one configuration."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING

from msgspec import Struct

from feeds.config import safeguards
from feeds.config.schema import Config
from feeds.errors import IndexDamagedError
from feeds.index.index import DOUBTED, INDEX_ERRORS, Index, is_damage
from feeds.index.read import overview
from feeds.index.rows import FormerChannel, Listing, Mapper
from feeds.index.sql import set_meta
from feeds.index.write import known_files
from feeds.index.write.change_dates import correct_dates
from feeds.index.write.search_words import erase_words, update_search_words
from feeds.index.write.withdrawn import add_former_channels
from feeds.index.write.word_parts import update_word_parts
from feeds.lib.processes import can_fork
from feeds.model import Problem
from feeds.sync.diff import Changes, Fingerprints, Job, sync
from feeds.sync.mappers import map_by_size, map_folders_by_size
from feeds.sync.media_files import MediaFiles
from feeds.sync.process import FileProcessor, hash_work
from feeds.sync.scan import ScanRules, scan, scan_below

if TYPE_CHECKING:
    from feeds.lib.storage.objects import Objects

# A store does not tell which objects changed, so single paths of it are never looked at.
_NOTHING = Listing({}, (), {}, frozenset())
# For more paths than this, looking at the whole folder is quicker.
_MOST_PATHS = 200
# Seconds that a server waits before it takes a missing file for gone.
_SAVING_SECONDS = 0.2


class Synced(Struct, frozen=True):
    """What a sync did, and the problems of files that could not be listed.

    ``whole``: every file was listed, so there are no other such problems.
    """

    changes: Changes
    problems: tuple[Problem, ...]
    whole: bool


class Syncer:
    """Syncs one index.

    - ``site_fingerprint`` is a hash of all that documents depend on beside the index.
    - ``record``: close the digests that are due, and record them. What comes next is published.
    - ``search``: keep the words of articles for a server's search. Without it, and with ``record``, those of the
      search of a frozen site are kept.
    - ``mapper`` decides where files are read.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own
        self,
        config: Config,
        index: Index,
        site_fingerprint: str,
        *,
        record: bool = True,
        search: bool = False,
        mapper: Mapper[FileProcessor] = map_by_size,
    ) -> None:
        self.config = config
        self.index = index
        self.site_fingerprint = site_fingerprint
        self._record = record
        self._search = search
        self._mapper = mapper
        # Another key of the seals is a reason to read all again, too.
        work = f"{hash_work(config)} {index.seals.name}"
        self._fingerprints = Fingerprints(work, site_fingerprint)
        self._windows = {name: c.window_seconds for name, c in config.selections.items() if c.window_seconds}

    def sync_all(
        self,
        now: datetime,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        *,
        settle: bool = False,
    ) -> Synced:
        """Look at every file. If the index is damaged, make a new one.

        ``settle``: write nothing of faulty files that may be half saved. Whoever asks for that looks at
        them again.
        Raises :class:`feeds.errors.FeedsError` if the folder or the index cannot be used.
        """
        try:
            self._refuse_doubted()
            return self._sync(now, None, progress, settle=settle)
        except INDEX_ERRORS as error:
            if not is_damage(error):
                raise
            self.index.recreate()
            return self._sync(now, None, progress, settle=settle)

    def sync_below(self, paths: Iterable[str], now: datetime, *, settle: bool = False) -> Synced:
        """Look at the files at or below some paths, and at those that are due.

        ``settle`` as in :meth:`sync_all`.
        Raises :class:`feeds.errors.FeedsError` if the folder or the index cannot be used.
        """
        wanted = tuple(sorted(self._rules.name_articles(paths)))
        try:
            with self.index.reading() as connection:
                known = overview.read_fingerprints(connection)
            if len(wanted) <= _MOST_PATHS and known == (self._fingerprints.work, self._fingerprints.site):
                return self._sync(now, wanted, settle=settle)
        except INDEX_ERRORS as error:
            if not is_damage(error):
                raise
        return self.sync_all(now, settle=settle)

    def note_sync(self, now: datetime) -> None:
        """Note in the index that all was in agreement now, for those who watch the site."""
        with self.index.writing() as connection:
            set_meta(connection, "synced", str(int(now.timestamp())))

    def add_former_channels(self, former: Sequence[FormerChannel], now: datetime) -> None:
        """Add channels of a frozen tree that the index does not know, without articles."""
        add_former_channels(self.index, former, now)

    def read_generation(self) -> int:
        """Return the generation of the index."""
        with self.index.reading() as connection:
            return overview.read_state(connection).generation

    def _sync(
        self,
        now: datetime,
        below: tuple[str, ...] | None,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        *,
        settle: bool,
    ) -> Synced:
        config = self.config
        correct_dates(self.index, now)
        listing = self._list_files(below)
        work, mapper = self._choose_work(now)
        media = MediaFiles(config, FileProcessor(config, now), self._objects)
        job = Job(
            listing=listing,
            work=work,
            fingerprints=self._fingerprints,
            now=now,
            windows=self._windows,
            mapper=mapper,
            guard=partial(safeguards.refuse_removals, config, config.articles_place),
            render=FileProcessor(config, now).render_again,
            complete=media.measure,
            find_stale=media.find_stale,
            settle=settle,
            progress=progress,
            below=below,
            look_again=partial(self._look_again, _SAVING_SECONDS if settle else 0.0),
        )
        changes = sync(self.index, job)
        # Readers see the articles now, and the words later.
        self.index.update_statistics()
        from feeds.sync import digests

        digests.update(config, self.index, now, record=self._record)
        if self._search:
            update_search_words(self.index)
        elif self._record and config.output.pages and config.pages.search:
            update_word_parts(self.index)
        erase_words(self.index)
        self.index.erase_deleted()
        self.index.update_statistics()
        return Synced(changes, listing.problems, below is None)

    def _refuse_doubted(self) -> None:
        """Raise if a reader of the index found it damaged."""
        with self.index.reading() as connection:
            if overview.read_fingerprints(connection)[0] == DOUBTED:
                raise IndexDamagedError

    def _list_files(self, below: tuple[str, ...] | None) -> Listing:
        folder = self.config.articles_path
        if below is not None:
            return _NOTHING if self._objects else scan_below(folder, self._rules, below)
        with self.index.reading() as connection:
            known = known_files.read_known_folders(connection)
            if overview.read_fingerprints(connection)[0] != self._fingerprints.work:
                # Every file is read again, so every folder must be listed with its files.
                known = {}
        if self._objects:
            from feeds.sync.object_articles import list_objects

            return list_objects(self._objects, self._rules, known)
        return scan(folder, self._rules, known, map_folders_by_size if can_fork() else map)

    def _look_again(self, seconds: float) -> Listing:
        """List everything again, after the time in which editors write a renamed file."""
        time.sleep(seconds)
        return self._list_files(None)

    def _choose_work(self, now: datetime) -> tuple[FileProcessor, Mapper[FileProcessor]]:
        """Choose what reads articles, and what decides where they are read."""
        if self._objects is None:
            return FileProcessor(self.config, now), self._mapper
        from feeds.sync.object_articles import ObjectProcessor

        processor = ObjectProcessor(self.config, now, self._objects)
        return processor, self._mapper if self._objects.is_shared else map

    @cached_property
    def _rules(self) -> ScanRules:
        return ScanRules.of(self.config)

    @cached_property
    def _objects(self) -> Objects | None:
        """The articles in an object store, or None if they are in a folder."""
        if self.config.articles_address is None:
            return None
        from feeds.lib.storage.objects import Objects

        return Objects(self.config.articles_address)
