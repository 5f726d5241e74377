"""The commands for the feeds of others: pull what is new, keep it, drop it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from feeds.cli.collecting import explain_collecting
from feeds.cli.options import CONTEXT, FilledText, config_option, load_config
from feeds.cli.terminal import Command, echo
from feeds.errors import FeedsError

if TYPE_CHECKING:
    from feeds.collect.pull import Pulled
    from feeds.config.schema import Config

_EXIT_CODES = "\b\nExit codes:\n  0  fine\n  1  {}\n  2  wrong usage or configuration"


@click.command(cls=Command, context_settings=CONTEXT, epilog=_EXIT_CODES.format("a source failed"))
@click.argument("names", metavar="[NAME]...", type=FilledText(), nargs=-1)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@click.option(
    "--allow-private", is_flag=True, help="Ask servers of this machine and of private networks too."
)
@config_option
@click.pass_context
def pull(context: click.Context, names: tuple[str, ...], *, dry_run: bool, allow_private: bool) -> None:
    """Write what is new in the feeds of [sources.NAME] as drafts.

    With NAME, only of these sources, and also if one is not to be asked yet because it failed.
    """
    with explain_collecting():
        from feeds.collect.fetch import Fetcher
        from feeds.collect.pull import MOST_BYTES, pull_sources

        config = load_config(context)
        fetcher = Fetcher(config.site.base_url, allow_private=allow_private, limit=MOST_BYTES)
        done = []
        for one in pull_sources(config, names, datetime.now(UTC), fetcher, dry_run=dry_run):
            _show(one)
            done.append(one)
        drafts = sum(len(one.written) for one in done)
        if drafts and not dry_run:
            echo("Next: `feeds keep FILE…` publishes a draft, `feeds drop FILE…` forgets it for good.")
        if any(one.failure for one in done):
            context.exit(1)


def _show(one: Pulled) -> None:
    """Print what came of a source."""
    if one.failure:
        echo(one.failure, err=True)
        return
    left_out = {"without a title or an address": one.skipped, "beyond max": one.cut}
    notes = [f"{number:,} {why}" for why, number in left_out.items() if number]
    behind = f" (left out: {', '.join(notes)})" if notes else ""
    echo(f"{one.name}: {len(one.written) or 'nothing'} new{behind}")
    for draft in one.written:
        echo(f"  {os.path.relpath(draft.file)}  {draft.title}")
    if one.moved:
        echo(one.moved, err=True)


@click.command(cls=Command, context_settings=CONTEXT, epilog=_EXIT_CODES.format("a file was not published"))
@click.argument("files", metavar="FILE...", type=FilledText(), nargs=-1, required=True)
@config_option
@click.pass_context
def keep(context: click.Context, files: tuple[str, ...]) -> None:
    """Publish drafts: remove their marks, and move them to the articles."""
    with explain_collecting():
        from feeds.collect.drafts import keep_draft

        _treat_each(context, files, lambda config, name: f"Kept: {os.path.relpath(keep_draft(config, name))}")


@click.command(cls=Command, context_settings=CONTEXT, epilog=_EXIT_CODES.format("a file was not dropped"))
@click.argument("files", metavar="FILE...", type=FilledText(), nargs=-1, required=True)
@config_option
@click.pass_context
def drop(context: click.Context, files: tuple[str, ...]) -> None:
    """Delete drafts, and note them in dropped.txt.

    No pull writes them again.
    """
    with explain_collecting():
        from feeds.collect.drafts import drop_draft

        def treat(config: Config, name: str) -> str:
            drop_draft(config, name)
            return f"Dropped: {name}"

        _treat_each(context, files, treat)


def _treat_each(context: click.Context, files: tuple[str, ...], treat: Callable[[Config, str], str]) -> None:
    """Treat each file, whatever is wrong with others, and print what was done."""
    config = load_config(context)
    failed = False
    for name in files:
        try:
            echo(treat(config, name))
        except FeedsError as error:
            echo(str(error), err=True)
            failed = True
    if failed:
        context.exit(1)
