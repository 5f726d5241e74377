"""The commands that collect what others publish: pages, feeds, bookmarks."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from feeds.cli.options import CONTEXT, FilledText, config_option, load_config
from feeds.cli.terminal import Command, echo, explain_errors, show_progress
from feeds.errors import FeedsError, FetchError, StorageError

if TYPE_CHECKING:
    from feeds.collect.imports.writing import Importer, ImportPlan
    from feeds.config.schema import Config

_SHOWN_EACH = 100
_OF_THE_EXTRA = {
    "charset_normalizer",
    "courlan",
    "extruct",
    "feedparser",
    "htmldate",
    "listparser",
    "mf2py",
    "w3lib",
}


@contextmanager
def explain_collecting() -> Iterator[None]:
    """Show errors as sentences, and say if the extra `collect` must be installed."""
    with explain_errors():
        try:
            yield
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in _OF_THE_EXTRA:
                raise
            raise FeedsError(f'This needs {package}. Install it: pip install "feeds[collect]".') from None


@click.command("import", cls=Command, context_settings=CONTEXT)
@click.argument("source", type=FilledText())
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be written.")
@click.option("--full", is_flag=True, help="Take whole texts: the source is your own.")
@click.option("--draft", is_flag=True, help="Write drafts.")
@click.option("--private", is_flag=True, help="Publish what is private in the source, too.")
@click.option("--topic", "topics", metavar="NAME", multiple=True, help="Give all articles this topic.")
@click.option("--as-topics", is_flag=True, help="Make a topic of each category and tag.")
@click.option("--folder", metavar="NAME", default="", help="Write into this folder of the articles.")
@click.option(
    "--map",
    "mapping",
    metavar="FIELD=COLUMN,…",
    multiple=True,
    help="Which column of a table is which field: title=Titel,originalUrl=Link.",
)
@click.option("--allow-private", is_flag=True, help="Fetch from private networks and this machine, too.")
@config_option
@click.pass_context
def import_source(  # noqa: PLR0913 - a command has as many parameters as options
    context: click.Context,
    source: str,
    *,
    dry_run: bool,
    full: bool,
    draft: bool,
    private: bool,
    topics: tuple[str, ...],
    as_topics: bool,
    folder: str,
    mapping: tuple[str, ...],
    allow_private: bool,
) -> None:
    """Write articles from a feed, bookmarks, an export or a table.

    SOURCE is a file, an address, or - for the standard input; its content tells what it is. For a list of
    feeds (OPML), the tables for config.toml are printed. No article is written twice, and no file replaced.
    """
    with explain_collecting():
        from feeds.cli.import_report import describe_import, format_plans, name_unusual
        from feeds.collect.imports import sources
        from feeds.collect.imports.spreadsheets import TableReading
        from feeds.collect.imports.writing import Choices, Importer, find_ending_problem
        from feeds.collect.known import find_known
        from feeds.collect.new import list_topics

        config = load_config(context)
        known_topics = list_topics(config)
        try:
            content = sources.recognise(*_read_source(source, config, allow_private=allow_private))
            if content.family == "list":
                _print_sources(content.text, config, known_topics, dry_run=dry_run)
                return
            how = TableReading(mapping, ZoneInfo(config.articles.timezone), full)
            found = sources.read_records(content, how)
        except (StorageError, FetchError):
            raise
        except FeedsError as error:
            raise FeedsError(f"{source}: {error}") from None
        echo(
            f"This is {found.kind}: {len(found.records):,} {'entry' if len(found.records) == 1 else 'entries'}."
        )
        if content.encoding:
            echo(f"It is not UTF-8, and was read as {content.encoding}.")
        importer = Importer(config, known_topics, Choices(topics, as_topics, draft, private, folder))
        plans = list(importer.plan(found.records, find_known(config)))
        if any(plan.file and plan.file.suffix == ".html" for plan in plans) and (
            problem := find_ending_problem(config)
        ):
            raise FeedsError(problem)
        if dry_run:
            echo(format_plans(plans, _find_width()))
            lines = name_unusual(plans)
        else:
            lines = describe_import(plans, _write_articles(importer, plans), config)
        for line in lines:
            echo(line)


def _write_articles(importer: Importer, plans: Sequence[ImportPlan]) -> int:
    """Write what is new and return how many articles were written.

    Raises :class:`StorageError`.
    """
    new = [plan for plan in plans if plan.file]
    written = 0
    importer.make_folder()
    with show_progress(quiet=not new) as step:
        show = step("Writing articles")
        for number, plan in enumerate(new, start=1):
            written += importer.write(plan)
            if number % _SHOWN_EACH == 0:
                show(number, len(new))
    return written


def _read_source(source: str, config: Config, *, allow_private: bool) -> tuple[bytes, str, str]:
    """Return the bytes of a source, its address and its media type ("" for a file).

    Raises :class:`FeedsError`.
    """
    from feeds.collect.imports.sources import MOST_BYTES, read_bounded

    if source.startswith(("http://", "https://")):
        from feeds.collect.fetch import Fetcher

        fetcher = Fetcher(config.site.base_url, allow_private=allow_private, seconds=60, limit=MOST_BYTES)
        found = fetcher.fetch(source)
        return found.body, found.url, found.content_type
    if source == "-":
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise StorageError(f"-: is larger than {MOST_BYTES // 10**6} MB. Divide it.")
        return data, "", ""
    return read_bounded(Path(source)), "", ""


def _print_sources(text: str, config: Config, topics: Collection[str], *, dry_run: bool) -> None:
    """Print the tables of a list of feeds, or show them as a table in a dry run.

    All other messages go to the standard error.
    """
    from feeds.cli.import_report import format_listed_feeds
    from feeds.collect.imports.opml import format_sources, read_opml

    found = read_opml(text, config, topics)
    if found.feeds:
        echo(
            format_listed_feeds(found, _find_width()) if dry_run else format_sources(found.feeds).rstrip("\n")
        )
    there = f" {found.there:,} are in the configuration already." if found.there else ""
    echo(f"This is a list of feeds: {len(found.feeds):,} are new.{there}", err=True)
    for problem in found.problems:
        echo(f"Not read: {problem}", err=True)
    if found.feeds and not dry_run:
        named = os.path.relpath(config.file)
        echo(f"Add these tables to {named}, for `feeds pull`: feeds import FILE >> {named}", err=True)


def _find_width() -> int:
    """Return the columns of the terminal, 0 if the output is not one."""
    if not sys.stdout.isatty():
        return 0
    # Loaded for a terminal alone, because it loads every way to compress.
    from shutil import get_terminal_size

    return get_terminal_size().columns
