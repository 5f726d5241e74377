"""Choose the content coding that a client wants (RFC 9110, section 12.5.3). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feeds.lib.compression import CODINGS

IDENTITY = "identity"
_ITEM = re.compile(
    r"\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:;\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)
# Characters that are read; nobody needs more for a list of codings.
_LONGEST = 1000
_ALIASES = {"x-gzip": "gzip"}
# What ``*`` stands for: the coding that every client can read.
_ANY = "gzip"


def rank_codings(header: str | None) -> tuple[str, ...]:
    """Return the codings of ours that a client accepts, the best first.

    Without the header that is ``identity`` alone: some clients that send none can read nothing
    else. Elements that are not a coding with a weight are ignored.
    """
    if header is None:
        return (IDENTITY,)
    if len(header) > _LONGEST:
        header = header[:_LONGEST].rpartition(",")[0]
    weights = dict(_parse_weights(header))
    rest = weights.pop("*", None)
    if rest is not None:
        weights.setdefault(_ANY, rest)
    # A client that does not mention identity accepts it, but last.
    identity = weights.get(IDENTITY, 0.0001 if rest is None else rest)
    ranked = [
        (-weights[coding], place, coding)
        for place, coding in enumerate(CODINGS)
        if weights.get(coding, 0) > 0
    ]
    if identity > 0:
        ranked.append((-identity, len(CODINGS), IDENTITY))
    return tuple(coding for _, _, coding in sorted(ranked))


def _parse_weights(header: str) -> Iterator[tuple[str, float]]:
    for item in header.split(","):
        if (match := _ITEM.fullmatch(item)) is not None:
            name = match[1].lower()
            yield _ALIASES.get(name, name), float(match[2] or 1)
