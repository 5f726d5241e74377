"""Charts of articles per week, as SVG that the page's style sheet paints."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup

from feeds.index.read.weeks import WEEKS, Year

# How many steps high a bar can be. On lists it must be one digit, because there are many charts.
SMALL, LARGE = 9, 40
_A_MONTH = 52 / 12


def chart(year: Year, levels: int = SMALL) -> Markup:
    """Draw the weeks of a year as bars; screen readers read :func:`describe_year`.

    A small chart keeps its shape, a large one is stretched to the space that it has.
    """
    stretched = "" if levels == SMALL else Markup(' preserveAspectRatio="none"')
    return Markup('<svg viewBox="0 0 {} {}"{} role="img" aria-label="{}"><path d="{}"/></svg>').format(
        WEEKS, levels, stretched, describe_year(year), _outline(year, levels)
    )


def describe_year(year: Year) -> str:
    """Say what a chart shows: "12 articles in the 52 weeks to 2026-11-22"."""
    noun = "article" if year.total == 1 else "articles"
    return f"{year.total:,} {noun} in the {WEEKS} weeks to {year.last.isoformat()}"


def describe_rhythm(year: Year, count: int) -> str:
    """Say how often a channel publishes: "about 3 articles a week".

    ``count`` is the number of all its articles.
    """
    total, weeks_since_first = year.total, _weeks_since_first(year, count)
    if not total:
        return ""
    for weeks, name in ((1, "week"), (_A_MONTH, "month")):
        if (often := round(total / weeks_since_first * weeks)) >= 1 and total > 1:
            return f"about {often:,} article{'' if often == 1 else 's'} a {name}"
    return "less than one article a month"


def _weeks_since_first(year: Year, count: int) -> int:
    """Return the weeks since the first article, a whole year if that is older."""
    if count > year.total:
        return WEEKS
    first = next((place for place, number in enumerate(year.counts) if number), 0)
    return WEEKS - first


def _outline(year: Year, levels: int) -> str:
    """Return the shortest path around the bars, from the lower left corner."""
    most = max(year.counts, default=0) or 1
    heights = [-(-count * levels // most) for count in year.counts]
    return f"M0 {levels}{''.join(_steps(heights))}V{levels}z"


def _steps(heights: list[int]) -> Iterator[str]:
    before = 0
    for height, same in groupby(heights):
        rise = before - height
        yield f"{f'v{rise}' if rise else ''}h{len(list(same))}"
        before = height
