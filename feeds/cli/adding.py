"""The command that writes articles about the pages of others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from feeds.cli.collecting import explain_collecting
from feeds.cli.options import CONTEXT, FilledText, config_option, load_config
from feeds.cli.terminal import Command, echo, echo_json
from feeds.errors import FeedsError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from feeds.collect.add import Adder, FoundPage, Wishes


@click.command(
    cls=Command,
    context_settings=CONTEXT,
    epilog="\b\nExit codes:\n  0  fine\n  1  a page could not be added\n  2  wrong usage or configuration",
)
@click.argument("urls", metavar="[URL]...", type=FilledText(), nargs=-1)
@click.option(
    "--topic",
    "topics",
    metavar="NAME",
    type=FilledText(),
    multiple=True,
    help="A topic of it, instead of those that fit.",
)
@click.option(
    "--note", metavar="TEXT", type=FilledText(), help="Why it is worth reading: the beginning of the excerpt."
)
@click.option("--draft", is_flag=True, help="Mark it as a draft.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show the article.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option("--edit", is_flag=True, help="Open the article in $EDITOR.")
@click.option("--allow-private", is_flag=True, help="Read pages of this machine and of private networks too.")
@config_option
@click.pass_context
def add(  # noqa: PLR0913 - a command has as many parameters as options
    context: click.Context,
    urls: tuple[str, ...],
    topics: tuple[str, ...],
    note: str | None,
    *,
    draft: bool,
    dry_run: bool,
    as_json: bool,
    edit: bool,
    allow_private: bool,
) -> None:
    """Write an article about each page, from what it says about itself.

    Without URL, the addresses are read from the standard input, one per line.
    """
    urls = urls or tuple(_read_lines())
    with explain_collecting():
        from feeds.collect.add import Adder, Wishes
        from feeds.collect.fetch import Fetcher

        config = load_config(context)
        adder = Adder(config, Fetcher(config.site.base_url, allow_private=allow_private))
        wishes = Wishes(topics, note or "", draft)
        results = [_add_one(adder, url, wishes, dry_run=dry_run, quiet=as_json) for url in urls]
        if as_json:
            import json
            from datetime import datetime

            echo_json(json.dumps(results, ensure_ascii=False, indent=2, default=datetime.isoformat))
        for result in results:
            if edit and "file" in result:
                click.edit(filename=result["file"])
        if any("problem" in result for result in results):
            context.exit(1)


def _read_lines() -> Iterator[str]:
    """Yield the addresses on the standard input, without empty lines and comments."""
    if sys.stdin is None or sys.stdin.isatty():
        raise click.UsageError("Name an address: feeds add https://example.org/page")
    for line in sys.stdin:
        if (text := line.strip()) and not text.startswith("#"):
            yield text


def _add_one(adder: Adder, url: str, wishes: Wishes, *, dry_run: bool, quiet: bool) -> dict[str, Any]:
    """Add a page and say so; return what was found, or the problem."""
    try:
        page = adder.read(url)
        if not quiet:
            page = _ask(page, adder.zone)
        if dry_run:
            text = adder.format(page, wishes)
            if not quiet:
                echo(text)
            return {"url": url, "fields": page.fields, "topics": page.topics}
        file = os.path.relpath(adder.write(page, wishes))
    except FeedsError as error:
        if not quiet:
            echo(str(error), err=True)
        return {"url": url, "problem": str(error)}
    if not quiet:
        echo(f"Written: {file}")
        if page.day:
            echo(f"Its day is the only one in the text of the page ({page.day}): look whether it is right.")
        if page.lacks:
            echo(f"It is a draft, because the page does not say: {', '.join(page.lacks)}.")
    return {"url": url, "file": file, "fields": page.fields, "topics": page.topics}


def is_interactive() -> bool:
    """Return whether there is somebody to ask."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def _ask(page: FoundPage, zone: ZoneInfo) -> FoundPage:
    """Ask on a terminal for what a page lacks; without answers it becomes a draft."""
    if not is_interactive():
        return page
    from feeds.collect.page import read_date

    given: dict[str, Any] = {}
    if "title" in page.lacks:
        question = f"{page.asked} does not say what it is called. What is its title?"
        given["title"] = click.prompt(question, default="", show_default=False).strip()
    if page.day or "publishedDateTime" in page.lacks:
        question = f"{page.asked} does not say when it was published. On which day (2024-05-31)?"
        answer = click.prompt(question, default=page.day, show_default=bool(page.day))
        given["publishedDateTime"] = read_date(answer, zone)
    fields = {name: value for name, value in (page.fields | given).items() if value}
    return page._replace(fields=fields, day="")
