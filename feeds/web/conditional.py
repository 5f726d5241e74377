"""Tell whether a reader has a document already (RFC 9110, section 13), and in which state. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*(?:,|$)')
# Proxies that compress an answer mark its tag, and some pass the mark on to the origin.
_SUFFIX = re.compile(r"(?:-{1,2}|;)(?:gzip|br|zstd|deflate)$")
_BASE = re.compile(r"\.(\d{1,12})\.([0-9a-f]{8})$")


class Base(NamedTuple):
    """The state of the index in which a document was made.

    ``token`` is the beginning of the state's name, ``tag`` the whole entity tag that named it.
    """

    generation: int
    token: str
    tag: str = ""

    def __str__(self) -> str:
        """Return the part of an entity tag that follows the hash of the document."""
        return f".{self.generation}.{self.token}"


def not_modified(
    etag: str, modified: datetime, if_none_match: str | None, if_modified_since: str | None
) -> bool:
    """Return whether a GET or HEAD with these headers is answered with 304.

    ``If-None-Match`` wins if it is present, with weak comparison (13.1.2). A date that cannot
    be read counts as absent (13.1.3).
    """
    if if_none_match is not None:
        tags = {_BASE.sub("", tag) for tag in _parse_tags(if_none_match)}
        return if_none_match.strip() == "*" or etag in tags
    since = _parse_date(if_modified_since)
    return since is not None and modified.replace(microsecond=0) <= since


def find_newest_base(if_none_match: str | None) -> Base | None:
    """Return the newest state that a reader's tags name, for a reader that asks for deltas (RFC 3229)."""
    found = [(match, tag) for tag in _parse_tags(if_none_match or "") if (match := _BASE.search(tag))]
    return max((Base(int(match[1]), match[2], tag) for match, tag in found), default=None)


def _parse_tags(header: str) -> set[str]:
    """Return the tags of a list, without what proxies added; none if it is not a list of tags."""
    tags = []
    position = 0
    while position < len(header):
        match = _TAG.match(header, position)
        if match is None:
            return set()
        tags.append(_SUFFIX.sub("", match[1]))
        position = match.end()
    return set(tags)


def _parse_date(header: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # HTTP dates are in GMT, in their obsolete forms too (RFC 9110, 5.6.7).
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
