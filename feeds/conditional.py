"""Whether a reader has a document already (RFC 9110, section 13). Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*(?:,|$)')
# Proxies that compress an answer mark its tag, and some pass the mark on to the origin.
_SUFFIX = re.compile(r"(?:-{1,2}|;)(?:gzip|br|zstd|deflate)$")


def not_modified(
    etag: str, modified: datetime, if_none_match: str | None, if_modified_since: str | None
) -> bool:
    """Whether a GET or HEAD with these headers is answered with 304.

    ``If-None-Match`` wins where it is there, with weak comparison (13.1.2). A date that
    cannot be read is as if it were not there (13.1.3).
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or etag in _tags(if_none_match)
    since = _date(if_modified_since)
    return since is not None and modified.replace(microsecond=0) <= since


def _tags(header: str) -> set[str]:
    """The tags of a list; none where it is not a list of tags."""
    tags = []
    position = 0
    while position < len(header):
        match = _TAG.match(header, position)
        if match is None:
            return set()
        tags.append(_SUFFIX.sub("", match[1]))
        position = match.end()
    return set(tags)


def _date(header: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # RFC 9110, 5.6.7: a date of HTTP is in GMT, in its obsolete forms too.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
