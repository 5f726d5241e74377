"""The commands. Each imports what it needs only when it runs: ``--help`` is quick."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from click.core import ParameterSource

from feeds.cli.adding import add
from feeds.cli.beginning import init, new, schema
from feeds.cli.collecting import import_source
from feeds.cli.options import CONTEXT, FilledText, config_option, find_config, load_config, version_option
from feeds.cli.problem_text import count_failures, format_problems
from feeds.cli.pulling import drop, keep, pull
from feeds.cli.terminal import (
    CommandGroup,
    echo,
    echo_json,
    explain_errors,
    find_output_encoding,
    show_progress,
)
from feeds.errors import FeedsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeds.config.schema import Config
    from feeds.model import Problem
    from feeds.site import Site
    from feeds.sync.cluster import Cluster

Style = Literal["text", "json", "github"]

_EXIT_CODES = "\b\nExit codes:\n  0  fine\n  1  errors found\n  2  wrong usage or configuration"
_base_url = click.option(
    "--base-url",
    metavar="URL",
    type=FilledText(),
    help="Publish under this address instead of site.base_url.",
)


@click.group(cls=CommandGroup, context_settings=CONTEXT, epilog=_EXIT_CODES)
@config_option
@version_option
def main() -> None:
    """Publish Atom, RSS and JSON feeds from a folder of articles."""


@main.command(context_settings=CONTEXT, epilog=_EXIT_CODES)
@click.option(
    "--output",
    metavar="DIR",
    type=FilledText(),
    help="Write there instead of output.path: a folder, or an address such as s3://bucket/folder.",
)
@_base_url
@click.option("--dry-run", is_flag=True, help="Write no file of the site; say what would be done.")
@click.option("--strict", is_flag=True, help="If there are errors, write nothing and exit with 1.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--allow-removals", is_flag=True, help="Let more articles go than freeze.max_removed allows.")
@click.option(
    "--cluster",
    "at",
    metavar="ADDRESS",
    type=FilledText(),
    help="Have a Dask cluster read: tcp://HOST:8786, or local:N processes.",
)
@click.option("--no-ping", is_flag=True, help="Leave it to a later `feeds ping` to tell others.")
@config_option
@click.pass_context
def freeze(  # noqa: PLR0913 - a command has as many parameters as options
    context: click.Context,
    output: str | None,
    base_url: str | None,
    at: str | None,
    *,
    dry_run: bool,
    strict: bool,
    as_json: bool,
    allow_removals: bool,
    no_ping: bool,
) -> None:
    """Write every feed and page as a static file, if it changed."""
    started = time.perf_counter()
    _collect_seldom()
    with explain_errors():
        from feeds.cli.report import explain_nothing, format_json, format_text

        config = _load_with_options(context, base_url=base_url, output=output, allow_removals=allow_removals)
        with show_progress(quiet=as_json) as step, _connect_cluster(at) as cluster:
            site = _open(config, step("Reading articles"), cluster)
            plan = site.freeze(
                dry_run=dry_run,
                strict=strict,
                ping=not no_ping,
                progress=step("Writing files"),
                say=_complain,
            )
        seconds = time.perf_counter() - started
        if as_json:
            echo_json(format_json(plan, seconds))
        else:
            echo(format_text(plan, seconds, config))
        for sentence in plan.failed_pushes():
            _complain(sentence)
        if cluster is not None and not cluster.used:
            _complain("The cluster was not asked: there was little to read.")
        nothing = explain_nothing(plan, config)
        if nothing:
            _complain(nothing)
        if plan.refused or nothing or (strict and count_failures(plan.problems)):
            context.exit(1)


@main.command(context_settings=CONTEXT, epilog=_EXIT_CODES)
@click.argument("files", metavar="[FILE]...", type=FilledText(), nargs=-1)
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
@click.option("--feeds", "feeds_too", is_flag=True, help="Lint the finished documents too.")
@click.option("--links", is_flag=True, help="Look whether the files and posts are there that articles name.")
@click.option(
    "--against",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Compare ids and dates with those of an earlier freeze.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.option("--all", "every", is_flag=True, help="Show more than 20 problems of a kind.")
@config_option
@click.pass_context
def check(  # noqa: PLR0913 - a command has as many parameters as options
    context: click.Context,
    files: tuple[str, ...],
    style: Style,
    against: str | None,
    *,
    feeds_too: bool,
    links: bool,
    strict: bool,
    every: bool,
) -> None:
    """Report every problem of the articles, with file, line and field.

    With FILE, only the problems of these files and folders, as they are seen from here or from the
    folder of articles.
    """
    with explain_errors():
        _collect_seldom()
        with show_progress(quiet=style != "text") as step:
            site = _open(config := _load_with_options(context), step("Reading articles"), record=False)
        found = site.check(files, feeds=feeds_too, links=links, against=against)
        _show_problems(found, config, style, every=every)
        if count_failures(found, strict=strict):
            context.exit(1)


def _show_problems(found: Sequence[Problem], config: Config, style: Style, *, every: bool) -> None:
    if style == "text":
        from feeds.check.quotes import Quoter

        echo(format_problems(found, Quoter(config, find_output_encoding()).quote, every=every))
        return
    from feeds.check.problems import format_for_github, format_json

    if style == "json":
        echo_json(format_json(found))
    elif found:
        echo(format_for_github(found), orders=True)


@main.command(context_settings=CONTEXT, epilog=_EXIT_CODES.replace("errors found", "the server gave up"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    help="The port; 0 takes a free one.",
)
@click.option(
    "--socket",
    "unix",
    metavar="PATH",
    type=FilledText(),
    help="Listen on a unix socket instead of --host and --port.",
)
@_base_url
@click.option(
    "--metrics-port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Answer /healthz and /metrics at this port alone.  [default: --port]",
)
@click.option("--open", "browser", is_flag=True, help="Open the site in a browser.")
@click.option(
    "--access-log/--no-access-log", default=True, help="Print a line for each request.  [default: on]"
)
@config_option
@click.pass_context
def run(  # noqa: PLR0913 - a command has as many parameters as options
    context: click.Context,
    host: str,
    port: int,
    unix: str | None,
    base_url: str | None,
    *,
    metrics_port: int | None,
    browser: bool,
    access_log: bool,
) -> None:
    """Serve the feeds and pages over HTTP, and notice every edit."""
    if unix and any(
        context.get_parameter_source(name) is not ParameterSource.DEFAULT for name in ("host", "port")
    ):
        raise click.UsageError("--socket takes the place of --host and --port: name one or the other.")
    if metrics_port and metrics_port == port and not unix:
        raise click.UsageError("--metrics-port is for a port of its own: name another one than --port.")
    with explain_errors():
        from feeds.cli import report
        from feeds.config.tokens import find_problems
        from feeds.web import listening, server
        from feeds.web.starting import StartingServer

        source = server.ConfigSource(str(find_config(context)), base_url)
        config = source.read()
        at = listening.listen_at_socket(Path(unix)) if unix else listening.listen(host, port)
        # Whatever keeps the server from beginning, the ports are given back.
        context.call_on_close(at.close)
        monitored_at = None
        if metrics_port is not None:
            monitored_at = listening.listen(host, metrics_port, "--metrics-port")
            context.call_on_close(monitored_at.close)
        for problem in find_problems(config):
            _complain(problem.text())
        with StartingServer(at, monitored_at) as starting:
            with show_progress(quiet=False) as step:
                site = _open(config, starting.follow(step("Reading articles")), search=True)
            with site.publisher.snapshot() as snapshot:
                welcome = report.format_welcome(
                    snapshot,
                    at.url,
                    at.make_site_url(config.site.base_url),
                    monitored_at.url if monitored_at else "",
                )

            def greet() -> None:
                echo(welcome)
                if browser and not unix:
                    click.launch(at.make_site_url(config.site.base_url))

            reporter = server.Reporter(ready=greet, say=_complain)
            server.serve(site, source, at, reporter, starting, monitored_at=monitored_at, log=access_log)
        echo("Stopped.")


@main.command(
    context_settings=CONTEXT, epilog=_EXIT_CODES.replace("errors found", "somebody could not be told")
)
@click.argument("names", metavar="[FEED]...", type=FilledText(), nargs=-1)
@click.option("--all", "every", is_flag=True, help="Tell of every feed and page.")
@click.option(
    "--base-url", metavar="URL", type=FilledText(), help="Where the feeds are, instead of site.base_url."
)
@config_option
@click.pass_context
def ping(context: click.Context, names: tuple[str, ...], base_url: str | None, *, every: bool) -> None:
    """Tell hubs and search engines of pending changes, or of feeds.

    A FEED is a path or a URL, such as topics/ai (in all formats) or topics/ai.atom. Without FEED, they are
    told of all that is pending.
    """
    with explain_errors():
        config = _load_with_options(context, base_url=base_url)
        if not config.has_push:
            raise FeedsError(
                'There is nobody to tell. Name a hub, for instance: [websub] hubs = ["https://…"].'
            )
        from feeds import push

        if names or every:
            site = _open(config, lambda _done, _total: None, record=False)
            told = push.notify_named(site.publisher, names, every=every)
        else:
            told = push.notify_pending(config)
        for line in push.describe_successes(told) if told else ["Nothing is pending."]:
            echo(line)
        failed = list(push.describe_failures(told))
        for sentence in failed:
            _complain(sentence)
        if failed:
            context.exit(1)


@main.command("help", context_settings=CONTEXT)
@click.argument("command", required=False)
@click.pass_context
def show_help(context: click.Context, command: str | None) -> None:
    """Show the help of a command."""
    parent = context.parent
    assert parent is not None  # noqa: S101 - it is a command of a group
    named = None if command is None else main.get_command(parent, command)
    if command is not None and named is None:
        known = ", ".join(main.list_commands(parent))
        raise click.UsageError(f"There is no command {command}. There are: {known}.")
    if named is None:
        echo(main.get_help(parent))
    else:
        echo(named.get_help(click.Context(named, parent, command)))


for command in (init, new, schema, add, import_source, pull, keep, drop):
    main.add_command(command)


def _load_with_options(context: click.Context, **options: Any) -> Config:
    """Load the configuration, and put what options say in its place."""
    from feeds.config import override

    return override(load_config(context), **options)


def _open(
    config: Config,
    progress: Callable[[int, int], None],
    cluster: Cluster | None = None,
    *,
    record: bool = True,
    search: bool = False,
) -> Site:
    from feeds.site import open_site
    from feeds.sync.mappers import map_sparingly

    return open_site(config, None, progress, record=record, search=search, mapper=cluster or map_sparingly)


def _connect_cluster(address: str | None) -> AbstractContextManager[Cluster | None]:
    if address is None:
        return nullcontext()
    from feeds.sync.cluster import Cluster
    from feeds.sync.cluster.address import Address

    return Cluster(Address.parse(address))


def _complain(text: str) -> None:
    """Print to the standard error."""
    echo(text, err=True)


def _collect_seldom() -> None:
    """Make Python look for cyclic garbage seldom, and never in loaded modules.

    A command ends soon and makes almost no such garbage; looking for it takes a fifth of the time of
    filling an index.
    """
    import gc

    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
