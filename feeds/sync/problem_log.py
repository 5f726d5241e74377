"""Report each new problem of the articles, and each mended one, in a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from feeds.config.schema import Config
from feeds.index.index import Index
from feeds.index.read import overview
from feeds.model import Problem, escape_unprintable
from feeds.sync.syncer import Synced

# A problem without its place in the file, which moves with the lines above it.
_Key = tuple[str, str, str, str]
_Problems = dict[_Key, Problem]
# A change of thousands of files does not hide what else is said.
_MOST_LINES = 100


class ProblemLog:
    """What is known of the problems of a site, in the process that syncs it.

    What was wrong at the beginning is not reported: a server says how much that is in one line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._known: _Problems = {}
        self._listed: _Problems | None = None

    def begin(self, index: Index) -> None:
        """Take the problems in the index as known, and those of the first list of files."""
        with index.reading() as connection:
            self._known = _index_by_content(overview.read_problems(connection))
        self._listed = None

    def report(self, config: Config, index: Index) -> None:
        """Report how the problems in the index differ from those that were known."""
        before = self._known
        with index.reading() as connection:
            self._known = _index_by_content(overview.read_problems(connection))
            ended = _subtract(before, self._known)
            there = overview.find_known_paths(connection, sorted({problem.path for problem in ended}))
        gone = dict.fromkeys(config.show_path(p.path) for p in ended if p.path not in there)
        self._report(
            [
                *(_locate(config, problem).text() for problem in _subtract(self._known, before)),
                *(_describe_mended(config, problem) for problem in ended if problem.path in there),
                *(f"gone: {escape_unprintable(path)}" for path in gone),
            ]
        )

    def report_listed(self, config: Config, synced: Synced) -> None:
        """Report how the unlistable files and folders differ from the known ones."""
        before, found = self._listed, _index_by_content(synced.problems)
        # A sync of some paths says nothing of the others.
        self._listed = found if synced.whole else {**(before or {}), **found}
        if before is not None:
            self._report(
                [
                    *(_locate(config, problem).text() for problem in _subtract(self._listed, before)),
                    *(_describe_mended(config, problem) for problem in _subtract(before, self._listed)),
                ]
            )

    def _report(self, lines: list[str]) -> None:
        for line in lines[:_MOST_LINES]:
            self._say(line)
        if len(lines) > _MOST_LINES:
            self._say(f"… and {len(lines) - _MOST_LINES} more; `feeds check` shows all problems.")


def _index_by_content(problems: Iterable[Problem]) -> _Problems:
    return {(found.path, found.code, found.field, found.message): found for found in problems}


def _subtract(some: _Problems, others: _Problems) -> list[Problem]:
    return [problem for key, problem in some.items() if key not in others]


def _locate(config: Config, problem: Problem) -> Problem:
    return msgspec.structs.replace(problem, path=config.show_path(problem.path))


def _describe_mended(config: Config, problem: Problem) -> str:
    field = f" {problem.field}:" if problem.field else ""
    path = config.show_path(problem.path)
    return escape_unprintable(f"mended: {path}:{field} {problem.message} [{problem.code}]")
