"""Decide which faulty files keep the last good version of their articles.

What cannot be read right now is faulty, not withdrawn: nobody meant to take it back. So an article that
was public stays as it was, unless the text of its file changed a line about visibility.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from feeds.articles.visibility import has_changed_line
from feeds.index.rows import Result, Stamp
from feeds.index.sql import Connection
from feeds.index.write.known_files import KnownFile, read_articles, read_known_files
from feeds.model import Article

# A file that changed this recently may be half saved.
_SAVING_NANOSECONDS = 1_500_000_000
_KEPT = "The version of {:%Y-%m-%d %H:%M} UTC stays published until it is mended."
_MISSING = "The article is missing until it is mended."
_HIDDEN = (
    "The article is hidden until it is mended, because a line that begins with published, removed, deleted"
    " or draft changed."
)


class Decisions(Struct, frozen=True):
    """What to write of some results.

    ``lost`` is how many articles vanish though nobody withdrew them. ``unsettled`` has the paths of files
    that may be half saved; nothing is written of them.
    """

    results: Sequence[Result]
    lost: int
    unsettled: Sequence[str]


class LastGood:
    """Decides for the results of one sync.

    - ``is_new``: the index is empty, so nothing can be kept.
    - ``render``: read everything again, and render kept articles again by this.
    - ``stamps`` are those of the files in the listing, if files that may be half saved must wait.
    """

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        *,
        is_new: bool,
        render: Callable[[Sequence[Article]], Sequence[Result]] | None,
        stamps: Mapping[str, Stamp] | None,
    ) -> None:
        self._connection = connection
        self._now = now
        self._seconds = int(now.timestamp())
        self._is_new = is_new
        self._render = render
        self._stamps = stamps or {}

    def decide(self, results: Sequence[Result]) -> Decisions:
        """Decide what to write of the results of one batch."""
        changed = [result for result in results if result.state not in ("same", "vanished")]
        known = (
            {} if self._is_new else read_known_files(self._connection, [result.path for result in changed])
        )
        decided = [self._decide(result, known.get(result.path)) for result in results]
        if self._render is not None:
            decided = self._render_kept(decided, results)
        return Decisions(
            decided,
            sum(_is_lost(result, known.get(result.path)) for result in decided) if known else 0,
            [
                new.path
                for new, old in zip(decided, results, strict=True)
                if new.state == "vanished" != old.state
            ],
        )

    def _decide(self, result: Result, known: KnownFile | None) -> Result:
        if result.state == "public":
            is_same = known is not None and known.since is not None and known.hash == result.hash
            since = known.since if known is not None and is_same else self._seconds
            return replace(result, since=since)
        if result.state != "faulty":
            return result
        result = self._decide_faulty(result, known)
        is_hidden_now = known is not None and known.is_published and result.since is None
        if not is_hidden_now and self._may_be_half_saved(result.path):
            # As a file that vanished after it was listed: the index keeps what it knows of it.
            return Result(result.path, result.hash, "vanished")
        if self._render is None and known is not None and _is_known(result, known):
            return Result(result.path, result.hash, "same")
        return result

    def _decide_faulty(self, result: Result, known: KnownFile | None) -> Result:
        """Return a faulty file's result with its problems; ``since`` if its article stays."""
        if known is None or not known.is_published:
            return _add_note(result, _MISSING)
        is_unclear = any(problem.code == "unclear-switch" for problem in result.problems)
        if is_unclear or has_changed_line(result.visibility, known.visibility):
            return _add_note(result, _HIDDEN)
        since = self._seconds if known.since is None else known.since
        note = _KEPT.format(datetime.fromtimestamp(since, UTC))
        return replace(_add_note(result, note), since=since, visibility=known.visibility)

    def _may_be_half_saved(self, path: str) -> bool:
        stamp = self._stamps.get(path)
        return stamp is not None and abs(self._now.timestamp() * 1e9 - stamp.mtime) < _SAVING_NANOSECONDS

    def _render_kept(self, decided: Sequence[Result], results: Sequence[Result]) -> list[Result]:
        """Render the articles of faulty files again; those that fail do not stay."""
        kept = {result.path for result in decided if result.state == "faulty" and result.since is not None}
        if not kept or self._render is None:
            return list(decided)
        rendered = {one.path: one for one in self._render(read_articles(self._connection, sorted(kept)))}
        return [
            _complete(one, result, rendered.get(one.path)) if one.path in kept else one
            for one, result in zip(decided, results, strict=True)
        ]


def _complete(decided: Result, result: Result, rendered: Result | None) -> Result:
    if rendered is None or rendered.row is None:
        return _add_note(result, _MISSING)
    return replace(decided, row=rendered.row, entries=rendered.entries)


def _is_known(result: Result, known: KnownFile) -> bool:
    """Return whether the index knows a faulty file just so."""
    return (
        known.state == "faulty"
        and (known.hash, known.since) == (result.hash, result.since)
        and known.problems == result.problems
    )


def _is_lost(result: Result, known: KnownFile | None) -> bool:
    """Return whether a published article vanishes though nobody withdrew it."""
    if known is None or not known.is_published:
        return False
    return result.state == "future" or (result.state == "faulty" and result.since is None)


def _add_note(result: Result, note: str) -> Result:
    """Add what became of the article to the first error of its file.

    A file without one may be no article at all, so nothing need be missing.
    """
    problems = list(result.problems)
    errors = [n for n, problem in enumerate(problems) if problem.severity == "error"]
    if not errors and note == _MISSING:
        return result
    place = errors[0] if errors else 0
    problems[place] = replace(problems[place], hint=f"{problems[place].hint} {note}".lstrip())
    return replace(result, problems=tuple(problems))
