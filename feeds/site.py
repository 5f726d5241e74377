"""A site: its index in step with its articles, its documents, freezes, problems.

What the commands do to a site is here, to be called from Python too: nothing here parses options or prints.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from msgspec import Struct

from feeds.config import override
from feeds.config.schema import Config, FormatName
from feeds.index import open_index
from feeds.index.index import INDEX_ERRORS, is_damage
from feeds.index.read import overview
from feeds.index.rows import Mapper
from feeds.model import Channel, Document, Problem, ReportedState
from feeds.publisher.fingerprint import fingerprint
from feeds.publisher.snapshot import Publisher
from feeds.sync.diff import Changes
from feeds.sync.mappers import map_by_size
from feeds.sync.process import FileProcessor
from feeds.sync.syncer import Syncer

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")


class Plan(Struct, frozen=True):
    """What a freeze did or, in a dry run, would do.

    ``written``, ``kept`` and ``deleted`` are files, relative to the output folder. ``problems`` are those of all
    articles, and of entries that could not be made. ``articles`` counts files by state; ``published`` is how many
    articles the site shows, with its digests. A strict freeze that was ``refused`` wrote nothing, because
    there are errors. ``failed_pushes`` waits up to ten seconds for those that are being told, and returns
    a sentence for each that could not be.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]
    deleted: tuple[str, ...]
    problems: tuple[Problem, ...]
    articles: dict[ReportedState, int]
    published: int
    dry_run: bool
    refused: bool
    failed_pushes: Callable[[], list[str]]


def _retry_with_new_index(work: Callable[Concatenate[Site, P], T]) -> Callable[Concatenate[Site, P], T]:
    """Do work once more, with a new index, if somebody damaged the old one."""

    @wraps(work)
    def do(site: Site, /, *arguments: P.args, **options: P.kwargs) -> T:
        try:
            return work(site, *arguments, **options)
        except INDEX_ERRORS as error:
            if not is_damage(error):
                raise
            # A sync does not read every page of the index, which may be too damaged to note the damage.
            site.rebuild()
            return work(site, *arguments, **options)

    return do


class Site:
    """A site whose index agrees with its articles as of its last sync.

    Safe to share between threads, and to use in a process that was forked. A ``with`` block closes it. What it
    shows is what the index holds: after a sync by any process, that is newer.

    ``problems`` are those that are not in the index: files that could not be listed, and problems in the files
    of topics and providers. ``changes`` are those of the last sync.
    """

    def __init__(self, publisher: Publisher, syncer: Syncer, curation_problems: tuple[Problem, ...]) -> None:
        """``syncer`` fills the index that ``publisher`` reads. It has not synced yet."""
        self.publisher = publisher
        self.syncer = syncer
        self.problems: tuple[Problem, ...] = ()
        self.changes = Changes(0, 0, 0)
        self._curation_problems = curation_problems
        self._now = datetime.min.replace(tzinfo=UTC)
        # One sync or freeze at a time; documents are made beside them.
        self._writing = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections to the index."""
        self.syncer.index.close()

    @property
    def config(self) -> Config:
        """The configuration, complete with the curators' files."""
        return self.publisher.config

    @_retry_with_new_index
    def channels(self) -> tuple[Channel, ...]:
        """Return the channels that lists name.

        ``all`` comes first, then selections, topics, providers and others.
        """
        with self._documents.snapshot() as snapshot:
            return tuple(snapshot.channels.find_listed())

    @_retry_with_new_index
    def feed(self, path: str, format: FormatName = "atom") -> Document:  # noqa: A002 - the word of the glossary
        """Make the feed of a channel, such as ``topics/ai``, in a format.

        A former path of the channel is one too. Raises :class:`feeds.errors.MissingFeedError` if the site has
        no such channel, or no feeds in this format.
        """
        with self._documents.snapshot() as snapshot:
            return snapshot.make_feed(snapshot.router.resolve_feed(path, format))

    @_retry_with_new_index
    def document(self, path: str) -> Document | None:
        """Make the document at a path below the base URL, None if there is none.

        It may be a feed, an archive document, a page (``""``, ``topics/ai/``) or a list of feeds
        (``feeds.opml``), as a freeze writes them.
        """
        with self._documents.snapshot() as snapshot:
            return snapshot.document(path)

    def sync(
        self,
        now: datetime | None = None,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> bool:
        """Bring the index up to date; return whether any document may have changed.

        ``now``, with a time zone, decides which articles are in the future; None is the time of this moment.
        Raises :class:`feeds.errors.FeedsError` if the folder or the index cannot be used.
        """
        with self._writing:
            before = self.changes.generation
            self._now = _tell_time(now)
            self.syncer.index.reconnect()
            synced = self.syncer.sync_all(self._now, progress)
            self.problems = (*self._curation_problems, *synced.problems)
            self.changes = synced.changes
            return self.changes.generation != before

    def rebuild(self) -> None:
        """Build the index again, as of the last sync."""
        with self._writing:
            self.syncer.index.recreate()
            self.sync(self._now)

    @_retry_with_new_index
    def check(
        self,
        files: Sequence[str] = (),
        *,
        feeds: bool = False,
        links: bool = False,
        against: str | None = None,
    ) -> tuple[Problem, ...]:
        """Return every problem of the articles as of the last sync, by file and line.

        With ``files``, only those of these files and folders. With ``feeds``, the finished documents are linted
        too; with ``links``, files that articles name are looked for; ``against`` is a folder of an earlier freeze
        whose ids and dates are compared. Paths are relative to the working directory. Raises
        :class:`feeds.errors.FeedsError` for a file or folder that is not there.
        """
        from feeds.check import problems as checking

        self.syncer.index.reconnect()
        with self.publisher.snapshot() as snapshot:
            found = checking.gather_problems(snapshot, (*self.problems, *checking.check_tokens(self.config)))
            if against is not None:
                found += checking.compare_with_build(snapshot, against)
            if feeds:
                found += checking.check_documents(snapshot)
            if links:
                found += checking.check_links(snapshot)
            if files:
                from feeds.check.chosen import choose_problems

                found = choose_problems(found, files, snapshot)
        return tuple(checking.sort_problems(found))

    @_retry_with_new_index
    def freeze(  # noqa: PLR0913 - each is a choice of its own
        self,
        output: Path | str | None = None,
        *,
        dry_run: bool = False,
        strict: bool = False,
        ping: bool = True,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> Plan:
        """Freeze the site as of the last sync, and begin to tell others of what changed.

        ``output`` is a folder, or an address such as ``s3://bucket/folder``, in place of ``output.path``. A
        ``dry_run`` writes nothing. With ``strict``, errors keep it from writing anything. Without ``ping``, it
        is left to later to tell them. ``progress`` is told how many documents are done, and of how many;
        ``say`` is told of requests that are tried again.

        Raises :class:`feeds.errors.FeedsError`, so :class:`feeds.errors.RemovalsError` if too many articles are gone.
        """
        from feeds.check import problems as checking
        from feeds.freeze.freeze import freeze
        from feeds.freeze.plan import Outcome

        with self._writing:
            publisher = self._documents if output is None else self._publish_elsewhere(output)
            with publisher.snapshot() as snapshot:
                problems = checking.gather_problems(snapshot, self.problems)
                articles = overview.count_articles(snapshot.connection)
                published = overview.count_published(snapshot.connection)
            refused = strict and any(problem.severity == "error" for problem in problems)
            outcome = Outcome()
            if not refused:
                outcome = freeze(
                    publisher,
                    publisher.config.output_place,
                    dry_run=dry_run,
                    progress=progress,
                    say=say,
                    remember=partial(self.syncer.add_former_channels, now=self._now),
                )
            problems = checking.merge_problems(problems, outcome.problems, self.config)
            failed_pushes: Callable[[], list[str]] = list
            # Before the first freeze nobody can have subscribed.
            if self.config.has_push and not (refused or dry_run or outcome.first):
                from feeds import push

                changed = [*outcome.written, *outcome.deleted]
                failed_pushes = push.notify_after_freeze(publisher, changed, now=ping)
        return Plan(
            written=tuple(outcome.written),
            kept=tuple(outcome.kept),
            deleted=tuple(outcome.deleted),
            problems=tuple(problems),
            articles=articles,
            published=published,
            dry_run=dry_run,
            refused=refused,
            failed_pushes=failed_pushes,
        )

    def _publish_elsewhere(self, output: Path | str) -> Publisher:
        self.syncer.index.reconnect()
        return Publisher(override(self.config, output=str(output)), self.syncer.index, served=False)

    @property
    def _documents(self) -> Publisher:
        """The publisher of files: it makes what a freeze writes, also in a forked process."""
        self.syncer.index.reconnect()
        return self._for_files

    @cached_property
    def _for_files(self) -> Publisher:
        return self.publisher.for_files()


def open_site(  # noqa: PLR0913 - each is a choice of its own
    config: Config,
    now: datetime | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    record: bool = True,
    search: bool = False,
    mapper: Mapper[FileProcessor] = map_by_size,
) -> Site:
    """Bring the index up to date as of ``now`` and make the site that reads it.

    ``record``, ``search`` and ``mapper`` are those of :class:`feeds.sync.syncer.Syncer`, ``now`` and ``progress``
    those of :meth:`Site.sync`.
    Raises :class:`feeds.errors.FeedsError` if the folder or the index cannot be used.
    """
    config, curation_problems = _add_curation(config)
    _check_templates(config)
    syncer = Syncer(
        config,
        open_index(config),
        fingerprint(config),
        record=record,
        search=search,
        mapper=mapper,
    )
    site = Site(Publisher(config, syncer.index), syncer, curation_problems)
    site.sync(now, progress)
    return site


def find_difference(config: Config, site: Site) -> tuple[Config, tuple[Problem, ...]] | None:
    """Return a configuration with the curators' files, and the problems of these.

    None if a site that it makes is the same as one that is open.
    """
    complete, problems = _add_curation(config)
    is_same = complete == site.config and fingerprint(complete) == site.syncer.site_fingerprint
    return None if is_same else (complete, problems)


def _check_templates(config: Config) -> None:
    """Raise :class:`feeds.errors.SiteTemplateError` if a site's template is unusable."""
    if config.templates_path is not None:
        from feeds.publisher.pages.templates import Templates

        Templates(config).check()


def _add_curation(config: Config) -> tuple[Config, tuple[Problem, ...]]:
    """Add the curators' files of topics and providers to a configuration."""
    if not config.topics_path and not config.providers_path:
        return config, ()
    from feeds.config import curated

    return curated.read_curated(config)


def _tell_time(now: datetime | None) -> datetime:
    """Return a moment with its time zone, this one for None."""
    if now is None:
        return datetime.now(UTC)
    if now.tzinfo is None:
        raise ValueError(f"now needs a time zone: {now!r} has none. datetime.now(UTC) has one.")
    return now
