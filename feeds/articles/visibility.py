"""Decides which articles are public. In doubt, an article is not, and a problem says so."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from feeds.articles.fields import Fields
from feeds.model import Hidden

# The stronger reason first: a removed article is not shown as a draft either.
_HIDING: dict[str, Hidden] = {
    "removed": "removed",
    "deleted": "removed",
    "published": "unpublished",
    "draft": "unpublished",
}
_SWITCHES = tuple(_HIDING)
_LONG = 100


@lru_cache(maxsize=1000)
def _find_switch(name: str) -> str:
    """Return the switch that a name is a spelling of, or the name itself."""
    known = name.strip().lower() if len(name) < _LONG else ""
    return known if known in _SWITCHES else name


def find_hiding_reason(fields: Fields, strange: Iterable[object]) -> Hidden:
    """Return why an article is not public, "" if it is.

    Public is only an article whose ``published`` is absent or a clear yes, and that is neither
    removed, deleted nor a draft by a clear yes. What is unclear makes the article faulty and is
    noted, and so is a ``strange`` name, one that no field has, if it looks like one of these.
    """
    reason: Hidden = ""
    for name in _SWITCHES:
        flag = fields.flag(name, default=name == "published")
        if flag == "unclear":
            fields.note_problem(
                "unclear-switch",
                "error",
                name,
                "is neither a clear yes nor a clear no.",
                "Write true or false.",
            )
            reason = "faulty"
        elif flag is not (name == "published"):
            reason = reason or _HIDING[name]
    for written in map(str, strange):
        if (known := _find_switch(written)) != written:
            fields.note_problem(
                "unclear-switch", "error", written, f'looks like "{known}", which is written in lower case.',
                f'Write "{known}".',
            )  # fmt: skip
            reason = "faulty"
    return reason
