"""The errors that users see: each says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from feeds.model import Problem

# Where the documentation is published. Until the project has a home, this is an address that nobody can own (RFC 2606).
DOCUMENTATION = "https://docs.feeds.example/"


def make_page_address(page: str) -> str:
    """Return the address of a documentation page, such as "guides/postgres"."""
    return f"{DOCUMENTATION}{page}.html"


class FeedsError(Exception):
    """An error that the user can fix; its text is shown as it is."""


class ConfigError(FeedsError):
    """The configuration cannot be used; ``problems`` holds everything that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))


class IndexBusyError(FeedsError):
    """Another process is writing the index."""


class StorageError(FeedsError):
    """A file or folder cannot be read or written."""


class IndexUnavailableError(StorageError):
    """The database of the index cannot be used right now."""


class IndexLostError(IndexUnavailableError):
    """The tables of the index are gone; they can be built again."""


class IndexDamagedError(IndexLostError):
    """The index holds what no sync has written."""

    def __init__(self, text: str = "") -> None:
        super().__init__(
            text
            or "The index holds what no sync has written: it is damaged, or somebody changed it."
            " The next sync builds it again."
        )


class TimeLimitError(IndexUnavailableError):
    """A query of the index takes too long."""


class RemovalsError(FeedsError):
    """More articles are gone than the configuration lets go without asking."""


class ParameterError(FeedsError):
    """A request parameter cannot be used; the message names it and what is allowed."""


class MissingFeedError(FeedsError):
    """The site has no feed of this path and format; the message names the nearest."""


class ProcessError(FeedsError):
    """A worker process died."""


class ClusterError(FeedsError):
    """A cluster cannot do the work; the message names its address and what to do."""


class FetchError(FeedsError):
    """A page or feed of another site cannot be fetched.

    The message names its address and what to do. ``status`` is what the server answered, 0 if it did not.
    ``retry_after`` is in seconds, if it said so.
    """

    def __init__(self, text: str, *, status: int = 0, retry_after: float = 0) -> None:
        self.status = status
        self.retry_after = retry_after
        super().__init__(text)


class SiteTemplateError(FeedsError):
    """A template of the site cannot be used; the message names its file and line."""
