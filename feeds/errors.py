"""The errors that people meet: each says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from feeds.model import Problem


class FeedsError(Exception):
    """Something that the user can mend; its text is shown as it is."""


class ConfigError(FeedsError):
    """The configuration cannot be used; ``problems`` holds every fault found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))


class IndexBusyError(FeedsError):
    """Another process is writing the index."""


class StorageError(FeedsError):
    """A file or folder cannot be read or written."""


class IndexUnavailableError(StorageError):
    """The database of the index cannot be used just now."""


class IndexLostError(IndexUnavailableError):
    """The tables of the index are not there any more; they can be made anew."""


class TimeLimitError(IndexUnavailableError):
    """A question to the index takes too long."""


class RemovalsError(FeedsError):
    """More articles are gone than may go unasked."""


class ParameterError(FeedsError):
    """A parameter of a request that cannot be used; the message says which, and what is allowed."""


class ProcessError(FeedsError):
    """A process that did a part of the work is no more."""


class ClusterError(FeedsError):
    """A cluster that cannot do the work; the message names its address, and what to do."""


class SiteTemplateError(FeedsError):
    """A template of the site's own cannot be used; the message names its file and line."""
