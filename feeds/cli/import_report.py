"""What `feeds import` says: a table of what it would write, and what it wrote."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from html import unescape
from typing import TYPE_CHECKING

from feeds.model import escape_unprintable

if TYPE_CHECKING:
    from feeds.collect.imports.opml import FeedList
    from feeds.collect.imports.writing import ImportPlan, Outcome
    from feeds.config.schema import Config

_MOST_ROWS, _MOST_NAMED = 50, 10
_WIDTH = 120
# If the table is too wide, cells of these columns are cut. The numbers are their shares of the room.
_CUT = {"title": 3, "file": 2, "name": 1, "address": 2, "topics": 1}
_WORDS: dict[Outcome, str] = {
    "new": "new",
    "draft": "draft",
    "there": "there already",
    "twice": "twice",
    "unreadable": "not read",
}


def format_plans(plans: Sequence[ImportPlan], width: int = 0) -> str:
    """Return what an import would do as a table, ``width`` columns wide (0: unknown)."""
    rows = [
        (
            str(plan.record.number),
            str(plan.record.fields.get("publishedDateTime", ""))[:10],
            unescape(plan.record.fields.get("title", "")),
            plan.file.name if plan.file else "",
            _WORDS[plan.outcome] + (f": {plan.why}" if plan.why else ""),
        )
        for plan in plans[:_MOST_ROWS]
    ]
    text = _draw_table(("", "date", "title", "file", ""), rows, width)
    more = len(plans) - _MOST_ROWS
    return f"{text}\n… and {more:,} more." if more > 0 else text


def format_listed_feeds(found: FeedList, width: int = 0) -> str:
    """Return the feeds of a list as a table."""
    rows = [(feed.name, feed.url, ", ".join(feed.topics)) for feed in found.feeds[:_MOST_ROWS]]
    text = _draw_table(("name", "address", "topics"), rows, width)
    more = len(found.feeds) - _MOST_ROWS
    return f"{text}\n… and {more:,} more." if more > 0 else text


def _draw_table(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    room = width or _WIDTH
    longest = [max(map(len, cells)) for cells in zip(header, *rows, strict=True)]
    table = Table(box=None, pad_edge=False, expand=sum(longest) + 2 * len(header) > room)
    for name in header:
        table.add_column(name, overflow="ellipsis", no_wrap=True, ratio=_CUT.get(name))
    for row in rows:
        # As text, because "[red]" in a title must not colour it.
        table.add_row(*(Text(escape_unprintable(cell)) for cell in row))
    drawn = io.StringIO()
    Console(file=drawn, width=room, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in drawn.getvalue().splitlines())


def describe_import(plans: Sequence[ImportPlan], written: int, config: Config) -> Iterator[str]:
    """Yield what was written, and how many records were not."""
    counts = Counter(plan.outcome for plan in plans)
    place = os.path.relpath(config.articles_path)
    yield f"Written: {_count(written, 'article')} into {place}/" + (
        f", of which {counts['draft']:,} {'is a draft' if counts['draft'] == 1 else 'are drafts'}."
        if counts["draft"] and written
        else "."
    )
    if counts["there"]:
        yield f"There already, and left as they are: {counts['there']:,}."
    if counts["twice"]:
        yield f"Twice in the source, and written once: {counts['twice']:,}."
    yield from name_unusual(plans)


def name_unusual(plans: Sequence[ImportPlan]) -> Iterator[str]:
    """Yield the records that were not read or are unusual, each with its number."""
    for outcome, heading in (
        ("unreadable", "Not read"),
        ("draft", "Drafts"),
        ("new", "With less than the source"),
    ):
        named = [plan for plan in plans if plan.outcome == outcome and plan.why]
        if not named:
            continue
        yield f"{heading}: {len(named):,}"
        for plan in named[:_MOST_NAMED]:
            title = escape_unprintable(unescape(plan.record.fields.get("title", "")))
            about = f', "{title}"' if title else ""
            yield f"  entry {plan.record.number}{about}: {escape_unprintable(plan.why)}"
        if len(named) > _MOST_NAMED:
            yield f"  and {len(named) - _MOST_NAMED:,} more"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
