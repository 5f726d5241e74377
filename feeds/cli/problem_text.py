"""How commands show problems: grouped by file, with the line, a link and totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from feeds.errors import make_page_address
from feeds.model import Problem, Severity

if TYPE_CHECKING:
    from feeds.check.quotes import Quote

# How many problems of one kind are shown without --all.
MOST_OF_A_KIND = 20
_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "note": "blue"}


def count_failures(problems: Sequence[Problem], *, strict: bool = False) -> int:
    """Count what makes a command exit with 1: errors and, if ``strict``, warnings."""
    failing = ("error", "warning") if strict else ("error",)
    return sum(problem.severity in failing for problem in problems)


def format_totals(problems: Sequence[Problem]) -> str:
    """Return one sentence: how many problems there are of each severity and each kind."""
    severities = Counter(problem.severity for problem in problems)
    count = severities["error"] + severities["warning"]
    total = f"{count} problem{'' if count == 1 else 's'}"
    names: tuple[Severity, ...] = ("error", "warning", "note")
    shares = [
        f"{severities[name]} {name}{'' if severities[name] == 1 else 's'}"
        for name in names
        if severities[name]
    ]
    if not shares:
        return f"{total}."
    kinds = Counter(problem.code for problem in problems)
    listed = ", ".join(
        f"{n} {code}" for code, n in sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    )
    return f"{total} ({', '.join(shares)}): {listed}."


def format_problems(
    problems: Sequence[Problem], quote: Callable[[Problem], Quote | None], *, every: bool
) -> str:
    """Return the problems with the lines that they are about, and the totals.

    Unless ``every`` is true, only the first of each kind are shown.
    """
    return "\n".join(_write_lines(problems, quote, every=every))


def _write_lines(
    problems: Sequence[Problem], quote: Callable[[Problem], Quote | None], *, every: bool
) -> Iterator[str]:
    shown = Counter[str]()
    left_out = Counter[str]()
    for problem in problems:
        if shown[problem.code] >= MOST_OF_A_KIND and not every:
            left_out[problem.code] += 1
            continue
        shown[problem.code] += 1
        yield _style_problem(problem)
        if (quoted := quote(problem)) is not None:
            yield from _draw_quote(quoted, problem.severity)
    yield from name_pages(shown)
    if left_out:
        listed = ", ".join(f"{n} {code}" for code, n in left_out.most_common())
        yield f"And {listed}, which `feeds check --all` shows."
    yield click.style(format_totals(problems), bold=True)


def name_pages(codes: Iterable[str]) -> Iterator[str]:
    """Yield a line for each kind of problem that says where to read more about it."""
    for code in sorted(set(codes)):
        yield f"About {code}: {make_page_address(f'problems/{code}')}"


def _style_problem(problem: Problem) -> str:
    """Return the text of a problem with its place and severity in colour."""
    place = problem.place()
    rest = problem.text()[len(place) + len(": ") + len(problem.severity) :]
    severity = click.style(problem.severity, fg=_COLOURS[problem.severity], bold=True)
    return f"{click.style(place, bold=True)}: {severity}{rest}"


def _draw_quote(quote: Quote, severity: Severity) -> Iterator[str]:
    """Draw a line with its number, and a marker beneath it, as compilers do."""
    number = str(quote.line)
    margin = " " * len(number)
    bar = click.style("|", fg="blue", bold=True)
    marker = click.style("^" * quote.width, fg=_COLOURS[severity], bold=True)
    yield f"{margin} {bar}"
    yield f"{click.style(number, fg='blue', bold=True)} {bar} {quote.text}"
    yield f"{margin} {bar} {' ' * quote.start}{marker}"
    yield ""
