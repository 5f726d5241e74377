"""Which articles are public: fail closed, and say so."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from feeds.articles.fields import Fields

# The stronger reason first: what is removed is so in drafts too.
_HIDING = {"removed": "removed", "deleted": "removed", "published": "unpublished", "draft": "unpublished"}
_SWITCHES = tuple(_HIDING)
_LONG = 100


@lru_cache(maxsize=1000)
def _meant(name: str) -> str:
    """The switch that a name looks like, the name itself where it is none."""
    known = name.strip().lower() if len(name) < _LONG else ""
    return known if known in _SWITCHES else name


def hidden(fields: Fields, strange: Iterable[object]) -> str:
    """Why an article is not public: "unpublished", "removed", "unclear"; "" if it is.

    Public is only what is published by absence or a clear yes, and neither removed,
    deleted nor a draft by a clear yes. What is unclear hides the article and is noted,
    and so is a ``strange`` name, one that no field has, where it looks like one of these.
    """
    reason = ""
    for name in _SWITCHES:
        flag = fields.flag(name, default=name == "published")
        if flag == "unclear":
            fields.fault(
                "unclear-switch",
                "error",
                name,
                "is neither a clear yes nor a clear no.",
                "Write true or false.",
            )
            reason = "unclear"
        elif flag is not (name == "published"):
            reason = reason or _HIDING[name]
    for written in map(str, strange):
        if (known := _meant(written)) != written:
            fields.fault(
                "unclear-switch", "error", written, f'looks like "{known}", which is written in lower case.',
                f'Write "{known}".',
            )  # fmt: skip
            reason = "unclear"
    return reason
