"""Charts of articles per week, as SVG that the page's style sheet paints."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from itertools import groupby

from markupsafe import Markup

from feeds.index.read.weeks import WEEKS, Year
from feeds.words import Words

# A chart of less than an article a month shows nothing.
_LEAST = 12
# How many steps high a bar can be. On lists it must be one digit, because there are many charts.
SMALL, LARGE = 9, 40
_A_MONTH = 52 / 12


def draw_chart(words: Words, year: Year, levels: int = SMALL) -> Markup:
    """Draw the weeks of a year as bars; screen readers read :func:`describe_year`.

    A small chart keeps its shape, a large one is stretched to the space that it has.
    """
    stretched = "" if levels == SMALL else Markup(' preserveAspectRatio="none"')
    return Markup('<svg viewBox="0 0 {} {}"{} role="img" aria-label="{}"><path d="{}"/></svg>').format(
        WEEKS, levels, stretched, describe_year(words, year), _draw_outline(year, levels)
    )


def is_worth_a_chart(year: Year) -> bool:
    """Return whether a chart of a year shows something: an article a month."""
    return year.total >= _LEAST


def describe_year(words: Words, year: Year) -> str:
    """Say what a chart shows: "12 articles in the 52 weeks to 22 Nov 2026"."""
    return words.ngettext(
        "{number} article in the {weeks} weeks to {day}",
        "{number} articles in the {weeks} weeks to {day}",
        year.total,
        weeks=WEEKS,
        day=words.write_day(datetime.combine(year.last, time())),
    )


def describe_rhythm(words: Words, year: Year, count: int) -> str:
    """Say how often a channel publishes: "about 3 articles a week".

    ``count`` is the number of all its articles.
    """
    total, weeks_since_first = year.total, _count_weeks(year, count)
    if not total:
        return ""
    in_a_week, in_a_month = (round(total / weeks_since_first * weeks) for weeks in (1, _A_MONTH))
    if total > 1 and in_a_week >= 1:
        return words.ngettext("about {number} article a week", "about {number} articles a week", in_a_week)
    if total > 1 and in_a_month >= 1:
        return words.ngettext("about {number} article a month", "about {number} articles a month", in_a_month)
    return words.gettext("less than one article a month")


def _count_weeks(year: Year, count: int) -> int:
    """Return the weeks since the first article, a whole year if that is older."""
    if count > year.total:
        return WEEKS
    first = next((place for place, number in enumerate(year.counts) if number), 0)
    return WEEKS - first


def _draw_outline(year: Year, levels: int) -> str:
    """Return the shortest path around the bars, from the lower left corner."""
    most = max(year.counts, default=0) or 1
    heights = [-(-count * levels // most) for count in year.counts]
    return f"M0 {levels}{''.join(_draw_steps(heights))}V{levels}z"


def _draw_steps(heights: list[int]) -> Iterator[str]:
    before = 0
    for height, same in groupby(heights):
        rise = before - height
        yield f"{f'v{rise}' if rise else ''}h{len(list(same))}"
        before = height
