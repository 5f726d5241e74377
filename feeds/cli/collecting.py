"""The commands that collect what others publish: pages, feeds, bookmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from feeds.cli.terminal import explain_errors
from feeds.errors import FeedsError

_OF_THE_EXTRA = {"courlan", "extruct", "feedparser", "htmldate", "listparser", "mf2py", "w3lib"}


@contextmanager
def explain_collecting() -> Iterator[None]:
    """Show errors as sentences, and say what to install if the extra `collect` is missing."""
    with explain_errors():
        try:
            yield
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in _OF_THE_EXTRA:
                raise
            raise FeedsError(f'This needs {package}. Install it: pip install "feeds[collect]".') from None
