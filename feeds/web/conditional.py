"""Whether a reader has a document already (RFC 9110, section 13), and which state of it. Pure."""

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
    """A state of the index in which a document was made: its number, the beginning of its name,
    and the whole tag that named it."""  # noqa: D205, D209 - one sentence

    generation: int
    token: str
    tag: str = ""

    def __str__(self) -> str:
        """As it stands in a tag, behind the hash of the document."""
        return f".{self.generation}.{self.token}"


def not_modified(
    etag: str, modified: datetime, if_none_match: str | None, if_modified_since: str | None
) -> bool:
    """Whether a GET or HEAD with these headers is answered with 304.

    ``If-None-Match`` wins where it is there, with weak comparison (13.1.2). A date that
    cannot be read is as if it were not there (13.1.3).
    """
    if if_none_match is not None:
        tags = {_BASE.sub("", tag) for tag in _parse_tags(if_none_match)}
        return if_none_match.strip() == "*" or etag in tags
    since = _parse_date(if_modified_since)
    return since is not None and modified.replace(microsecond=0) <= since


def find_newest_base(if_none_match: str | None) -> Base | None:
    """The newest state named by the tags of a reader that asks for deltas (RFC 3229)."""
    found = [(match, tag) for tag in _parse_tags(if_none_match or "") if (match := _BASE.search(tag))]
    return max((Base(int(match[1]), match[2], tag) for match, tag in found), default=None)


def _parse_tags(header: str) -> set[str]:
    """The tags of a list, without what proxies added; none where it is not a list of tags."""
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
    # RFC 9110, 5.6.7: a date of HTTP is in GMT, in its obsolete forms too.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
