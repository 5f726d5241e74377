"""The commands. Each imports what it needs when it runs, so that ``--help`` is quick."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from feeds.cli.terminal import explain_errors, show_progress
from feeds.errors import FeedsError
from feeds.version import __version__

if TYPE_CHECKING:
    from feeds.config.schema import Config
    from feeds.site import Site

_EXIT_CODES = "\b\nExit codes:\n  0  fine\n  1  problems found\n  2  wrong usage or configuration"
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


@click.group(context_settings=_CONTEXT, epilog=_EXIT_CODES)
@click.option(
    "--config", metavar="FILE", envvar="FEEDS_CONFIG", help="The configuration.  [default: config.toml]"
)
@click.version_option(__version__, prog_name="feeds")
@click.pass_context
def main(context: click.Context, config: str | None) -> None:
    """Publish RSS and Atom feeds from a folder of articles."""
    context.obj = config


@main.command(context_settings=_CONTEXT, epilog=_EXIT_CODES)
@click.option(
    "--output",
    metavar="DIR",
    help="Write there instead of output.path: a folder, or an address such as s3://bucket/folder.",
)
@click.option("--base-url", metavar="URL", help="Publish under this address instead of site.base_url.")
@click.option("--dry-run", is_flag=True, help="Write no file of the site; say what would be done.")
@click.option("--strict", is_flag=True, help="If there are problems, write nothing and exit with 1.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--allow-removals", is_flag=True, help="Let more articles go than freeze.max_removed allows.")
@click.option(
    "--cluster",
    "at",
    metavar="ADDRESS",
    help="Have a Dask cluster read: tcp://HOST:8786, or local:N processes.",
)
@click.option("--no-ping", is_flag=True, help="Leave it to a later `feeds ping` to tell hubs.")
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
    with explain_errors():
        from feeds.cli.freeze_site import freeze_site
        from feeds.cli.report import format_json, format_text

        _collect_seldom()
        config = _load_config(context, base_url=base_url, output=output, allow_removals=allow_removals)
        with show_progress(quiet=as_json) as step:
            report = freeze_site(
                config,
                _now(),
                dry_run=dry_run,
                strict=strict,
                ping=not no_ping,
                cluster=at,
                step=step,
                say=_complain,
            )
        seconds = time.perf_counter() - started
        click.echo(format_json(report, seconds) if as_json else format_text(report, seconds, config))
        for sentence in report.failed_pushes():
            _complain(sentence)
        if report.idle_cluster:
            _complain("The cluster was not asked: there was little to read.")
        if report.refused or (strict and report.outcome.problems):
            context.exit(1)


@main.command(context_settings=_CONTEXT, epilog=_EXIT_CODES)
@click.option(
    "--format", "style", type=click.Choice(["text", "json", "github"]), default="text", show_default=True
)
@click.option("--feeds", "feeds_too", is_flag=True, help="Lint the finished documents too.")
@click.option(
    "--against",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Compare ids and dates with those of an earlier freeze.",
)
@click.pass_context
def check(context: click.Context, style: Any, against: str | None, *, feeds_too: bool) -> None:
    """Report every problem of the articles, with file, line and field."""
    with explain_errors():
        from feeds.check import problems as checking

        _collect_seldom()
        with show_progress(quiet=style != "text") as step:
            site = _open(config := _load_config(context), step("Reading articles"), record=False)
        wrong_tokens, absent_tokens = checking.check_tokens(config)
        with site.publisher.snapshot() as snapshot:
            found = checking.gather_problems(snapshot, (*site.problems, *wrong_tokens))
            if against is not None:
                found = checking.sort_problems([*found, *checking.compare_with_build(snapshot, against)])
            if feeds_too:
                found = checking.sort_problems([*found, *checking.check_documents(snapshot)])
        for problem in absent_tokens:
            # The machine that checks articles need not have the tokens of the server.
            _complain(problem.text())
        if found or style == "json":
            click.echo(checking.format_problems(found, style))
        if style == "text":
            click.echo(f"{len(found)} problem{'' if len(found) == 1 else 's'}.", err=bool(found))
        if found:
            context.exit(1)


@main.command(context_settings=_CONTEXT, epilog=_EXIT_CODES)
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
    type=click.Path(path_type=Path),
    help="Listen on a unix socket instead of --host and --port.",
)
@click.option("--base-url", metavar="URL", help="Publish under this address instead of site.base_url.")
@click.option(
    "--access-log/--no-access-log", default=True, help="Print a line for each request.  [default: on]"
)
@click.pass_context
def run(  # noqa: PLR0913 - a command has as many parameters as options
    context: click.Context, host: str, port: int, unix: Path | None, base_url: str | None, *, access_log: bool
) -> None:
    """Serve the feeds and pages over HTTP, and notice every edit."""
    if unix and any(
        context.get_parameter_source(name) is not ParameterSource.DEFAULT for name in ("host", "port")
    ):
        raise click.UsageError("--socket stands instead of --host and --port: name one or the other.")
    with explain_errors():
        from feeds.cli import report
        from feeds.config import find_config_path
        from feeds.web import listening, server

        source = server.Source(str(find_config_path(_config_file(context))), base_url)
        config = source.read()
        at = listening.listen_at_socket(Path(unix)) if unix else listening.listen(host, port)
        with show_progress(quiet=False) as step:
            site = _open(config, step("Reading articles"), search=True)
        with site.publisher.snapshot() as snapshot:
            welcome = report.format_welcome(snapshot, at.url, at.site_url(config.site.base_url))
        reporter = server.Reporter(ready=lambda: click.echo(welcome), say=_complain)
        server.serve(site, source, at, reporter, log=access_log)
        click.echo("Stopped.")


@main.command(
    context_settings=_CONTEXT, epilog=_EXIT_CODES.replace("problems found", "a hub could not be told")
)
@click.argument("names", metavar="[FEED]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Tell them of every feed.")
@click.option("--base-url", metavar="URL", help="Where the feeds are, instead of site.base_url.")
@click.pass_context
def ping(context: click.Context, names: tuple[str, ...], base_url: str | None, *, every: bool) -> None:
    """Tell the hubs now: of what is pending, or of the feeds named.

    A FEED is a path or a URL, such as topics/ai (in all formats) or topics/ai.atom.
    """
    with explain_errors():
        config = _load_config(context, base_url=base_url)
        if not config.websub.hubs:
            raise FeedsError('There is no hub to tell. Name one: [websub] hubs = ["https://…"].')
        from feeds import websub

        if names or every:
            site = _open(config, lambda _done, _total: None, record=False)
            told = websub.notify_named(site.publisher, names, every=every)
        else:
            told = websub.notify_pending(config)
        for line in websub.describe_successes(told) if told else ["Nothing is pending."]:
            click.echo(line)
        failed = list(websub.describe_failures(told))
        for sentence in failed:
            _complain(sentence)
        if failed:
            context.exit(1)


def _load_config(context: click.Context, **options: Any) -> Config:
    """Load the configuration, and put what options say in its place."""
    from feeds.config import find_config_path, load, override

    return override(load(find_config_path(_config_file(context))), **options)


def _config_file(context: click.Context) -> str | None:
    """Return the configuration file that was named; None if none was, or if Flask runs the command."""
    return context.obj if isinstance(context.obj, str) else None


def _open(
    config: Config, progress: Callable[[int, int], None], *, record: bool = True, search: bool = False
) -> Site:
    from feeds.site import open_site
    from feeds.sync.mappers import map_sparingly

    return open_site(config, _now(), progress, record=record, search=search, mapper=map_sparingly)


def _now() -> datetime:
    return datetime.now(UTC)


def _complain(text: str) -> None:
    """Print to the standard error."""
    click.echo(text, err=True)


def _collect_seldom() -> None:
    """Have Python look for garbage in cycles seldom, and never in the modules that are loaded.

    A command ends soon and makes almost no such garbage; looking for it takes a fifth of the time of
    filling an index.
    """
    import gc

    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
