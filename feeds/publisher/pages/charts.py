"""Charts of articles per week, as SVG without a style of its own: the page's style sheet paints them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup

from feeds.index.read.weeks import WEEKS, Year

# Steps that a bar can be high. On lists one digit must do, since there are many.
SMALL, LARGE = 9, 40
_A_MONTH = 52 / 12


def chart(year: Year, levels: int = SMALL) -> Markup:
    """The weeks of a year as bars; read aloud, it is the sentence of :func:`spoken`.

    A small one keeps its shape, a large one is stretched to its place.
    """
    stretched = "" if levels == SMALL else Markup(' preserveAspectRatio="none"')
    return Markup('<svg viewBox="0 0 {} {}"{} role="img" aria-label="{}"><path d="{}"/></svg>').format(
        WEEKS, levels, stretched, spoken(year), _outline(year, levels)
    )


def spoken(year: Year) -> str:
    """What a chart shows: "12 articles in the 52 weeks to 2026-11-22"."""
    noun = "article" if year.total == 1 else "articles"
    return f"{year.total:,} {noun} in the {WEEKS} weeks to {year.last.isoformat()}"


def rhythm(year: Year, count: int) -> str:
    """How often a channel with so many articles in all publishes: "about 3 articles a week"."""
    total, lived = year.total, _weeks_lived(year, count)
    if not total:
        return ""
    for weeks, name in ((1, "week"), (_A_MONTH, "month")):
        if (often := round(total / lived * weeks)) >= 1 and total > 1:
            return f"about {often:,} article{'' if often == 1 else 's'} a {name}"
    return "less than one article a month"


def _weeks_lived(year: Year, count: int) -> int:
    """The weeks since the first article, as far as the year shows it."""
    if count > year.total:
        return WEEKS
    first = next((place for place, number in enumerate(year.counts) if number), 0)
    return WEEKS - first


def _outline(year: Year, levels: int) -> str:
    """The path around the bars, from the lower left corner: as few signs as will do."""
    most = max(year.counts, default=0) or 1
    heights = [-(-count * levels // most) for count in year.counts]
    return f"M0 {levels}{''.join(_steps(heights))}V{levels}z"


def _steps(heights: list[int]) -> Iterator[str]:
    before = 0
    for height, same in groupby(heights):
        rise = before - height
        yield f"{f'v{rise}' if rise else ''}h{len(list(same))}"
        before = height
