"""How commands meet a terminal or a pipe: readable text, errors, progress bars."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from feeds.cli.problem_text import name_pages
from feeds.errors import ConfigError, FeedsError

# Lines by which text in a log gives orders to a runner: GitHub's begin with "::", older ones have "##[" anywhere,
# those of Azure "##vso[". Styles and blanks before them count as nothing.
_ORDER = re.compile(r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=(?:\x1b\[[0-9;]*m)*:)", re.MULTILINE)
_OLD_ORDER = re.compile(r"#(?=\[|vso\[)")


class Command(click.Command):
    """A command that prepares the output before it reads its arguments.

    Under Flask too.
    """

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Parse the arguments, as Click does."""
        _escape_what_cannot_be_shown()
        return super().make_context(*arguments, **options)


class CommandGroup(Command, click.Group):
    """The command that has the others."""

    command_class = Command


class ExplainedError(click.ClickException):
    """An error of ours as Click shows errors: its text, with exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:  # noqa: ARG002 - Click's signature
        """Print it to the standard error."""
        echo(self.message, err=True)


def echo(text: str, *, err: bool = False, orders: bool = False) -> None:
    """Print a line to the standard output or error; styles reach terminals only.

    Unless ``orders`` is true, no line is an order to the runner of a forge, whatever files are called.
    If the reader has closed the pipe, this and all that follows is dropped: the work goes on, and so
    the exit code is that of the work.
    """
    stream = sys.stderr if err else sys.stdout
    if stream is None:
        return
    try:
        # Click would take another encoding if the stream's is ASCII.
        click.echo(text if orders else _disarm(text), file=stream, color=_wants_colour(stream))
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def echo_json(text: str) -> None:
    """Print JSON to the standard output; JSON escapes replace what it cannot show."""
    encoding = find_output_encoding()
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        import json

        text = json.dumps(json.loads(text), indent=2)
    # Its lines begin with quotes; within them, JSON's escape is the same text.
    echo(_OLD_ORDER.sub(r"\\u0023", text), orders=True)


def _disarm(text: str) -> str:
    """Escape what a runner would take for an order."""
    return _OLD_ORDER.sub(r"\\x23", _ORDER.sub(r"\1\\x3a", text))


def find_output_encoding() -> str:
    """Return the encoding of the standard output."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def _wants_colour(stream: Any) -> bool:
    """Return whether to print colours. NO_COLOR and FORCE_COLOR overrule the stream."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _escape_what_cannot_be_shown() -> None:
    """Escape characters that the encoding of a stream lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def explain_errors() -> Iterator[None]:
    """Show errors as sentences."""
    import sqlite3

    try:
        yield
    except ConfigError as error:
        pages = name_pages(problem.code for problem in error.problems)
        raise ExplainedError("\n".join([str(error), *pages])) from None
    except FeedsError as error:
        raise ExplainedError(str(error)) from None
    except OSError as error:
        raise ExplainedError(f"{error.filename or 'The output'}: {error.strerror}.") from None
    except sqlite3.Error as error:
        raise ExplainedError(f"The index cannot be used: {error}. It can be deleted.") from None


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Show a progress bar on a terminal, and nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda _text: lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # Drawn as progress is reported, not by a thread: a process with threads cannot be forked.
    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:

        def begin_step(text: str) -> Callable[[int, int], None]:
            task = bar.add_task(text, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total, refresh=True)

        yield begin_step
