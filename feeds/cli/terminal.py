"""How commands meet a terminal: errors as sentences, progress as a bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from feeds.errors import FeedsError


class ExplainedError(click.ClickException):
    """An error of ours as Click shows errors: its text, with exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print it to the standard error."""
        click.echo(self.message, err=True, file=file)


@contextmanager
def explain_errors() -> Iterator[None]:
    """Show errors as sentences. A reader that closes the pipe is no error."""
    import sqlite3

    try:
        yield
    except FeedsError as error:
        raise ExplainedError(str(error)) from None
    except BrokenPipeError:
        raise
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

        def step(text: str) -> Callable[[int, int], None]:
            task = bar.add_task(text, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total, refresh=True)

        yield step
