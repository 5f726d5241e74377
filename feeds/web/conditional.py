"""Whether a reader has a document already (RFC 9110, section 13), or needs a part.

Pure. A tag is the hash of the document, so it is always right. A date has whole seconds and comes from a
clock, so it proves less (RFC 9110, section 8.8.2.2: it is strong only if it is sure that the document did
not change again in that second). These rules keep it from lying:

- Each change of a document has a later date than every change before it (:mod:`feeds.index.write.change_dates`).
  So whoever sends the document's own date has the document.
- Any other date says when somebody asked, and for a while after a change the older document may have been
  the answer. So it must be a minute later than the change, and later than every date that a wrong clock
  gave out.
- A date in the future proves nothing: a clock that was ahead gave it out. Nor does it prove anything that a
  document's own date has not come.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# An entity tag and what follows it (8.8.3): no space or control character is inside the quotes.
_TAG = re.compile(r'[ \t]*(?:(?:W/)?"([\x21\x23-\x7e\x80-\U0010ffff]*)"[ \t]*)?(?:,|\Z)')
# Proxies that compress an answer mark its tag, and some pass the mark on to the origin.
_SUFFIX = re.compile(r"(?:-{1,2}|;)(?:gzip|br|zstd|deflate)$")
# The end of a tag that names a state, and the whole of one.
_BASE = re.compile(r"\.[0-9]{1,12}\.[0-9a-f]{16}$")
_BASED = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{16})")
# Numbers of more digits are beyond any document, and long ones take long to read.
_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,18})[ \t]*-[ \t]*([0-9]{0,18})[ \t]*", re.IGNORECASE)
# How long after a change the older document may still have been answered: by a sync that takes its time, or
# by another process.
_MINUTE = timedelta(minutes=1)
_SEAL_LENGTH, _LONGEST = 16, 4000
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH, _TIME = f"(?P<month>{'|'.join(_MONTHS)})", r"(?P<h>[0-9]{2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})"
_DAY, _LONG_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)", "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
# The three forms of a date (5.6.7); the last two are obsolete, but must be understood.
_DATES = tuple(
    re.compile(form)
    for form in (
        rf"{_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
        rf"{_LONG_DAY}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT",
        rf"{_DAY} {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
)


class DeltaBase(NamedTuple):
    """A document as it was in a state of the index: the state's number and its hash.

    ``seal`` proves that this site gave the two out together: nobody else knows the name of the state.
    """

    generation: int
    etag: str
    seal: str

    @property
    def tag(self) -> str:
        """The tag that names it, without quotes and coding."""
        return f"{self.etag}.{self.generation}.{self.seal}"


def seal_base(generation: int, name: str, path: str, etag: str) -> DeltaBase:
    """Return the base of a document at a path; ``name`` is the name of the state."""
    told = hmac.digest(name.encode(), f"{path}\n{etag}".encode(), "sha256").hex()
    return DeltaBase(generation, etag, told[:_SEAL_LENGTH])


class Dates(NamedTuple):
    """When a document was modified, the time now, and until when dates are doubtful."""

    modified: datetime
    now: datetime
    doubtful_until: datetime = LONG_AGO


def not_modified(etag: str, dates: Dates, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Return whether a GET or HEAD with these headers is answered with 304.

    ``If-None-Match`` wins if it is there (13.1.2), even if it cannot be read. A date that is not valid is
    ignored (13.1.3).
    """
    if if_none_match is not None:
        return has_tag(etag, if_none_match)
    since = _parse_date(if_modified_since or "", dates.now)
    return since is not None and _is_unchanged(since, dates)


def has_tag(etag: str, if_none_match: str) -> bool:
    """Return whether ``If-None-Match`` names a tag, with weak comparison, or any tag."""
    tags = {_BASE.sub("", tag) for tag in _parse_tags(if_none_match)}
    return if_none_match.strip(" \t") == "*" or etag in tags


def find_newest_base(if_none_match: str | None) -> DeltaBase | None:
    """Return what a reader of deltas has: the newest of its tags (RFC 3229).

    Anybody can write such a tag: compare it with what :func:`seal_base` makes.
    """
    found = (_BASED.fullmatch(tag) for tag in _parse_tags(if_none_match or ""))
    return max((DeltaBase(int(match[2]), match[1], match[3]) for match in found if match), default=None)


def find_range(wanted: str | None, if_range: str | None, tag: str, length: int) -> range | None:
    """Return the bytes that a GET asks for (14), None for the whole document.

    An empty range says that there are no such bytes. Players of sounds ask for parts, and some play nothing
    from a server that has none. One part is answered; a request for several gets the whole document, as a
    server may do (14.2). ``tag`` is that of the document, without quotes, and ``length`` its bytes.
    """
    if wanted is None or not _is_wanted(if_range, tag):
        return None
    found = _RANGE.fullmatch(wanted.strip(" \t"))
    if found is None or not (found[1] or found[2]):
        # A header that is not understood is ignored (14.2).
        return None
    if not found[1]:
        # The last N bytes. With N = 0 there is no such part (14.1.2).
        count = int(found[2])
        return range(max(0, length - count), length) if count else range(0)
    first = int(found[1])
    if not found[2]:
        return range(first, length)
    last = int(found[2])
    # An end before the beginning makes the range invalid (14.1.1).
    return None if last < first else range(first, min(last + 1, length))


def _is_wanted(if_range: str | None, tag: str) -> bool:
    """Return whether a client can use a part: its other parts are of this document.

    See 13.1.5. Only a strong tag tells that. A date does not, for a file may be replaced by one of the same
    second.
    """
    return if_range is None or if_range.strip(" \t") == f'"{tag}"'


def _is_unchanged(since: datetime, dates: Dates) -> bool:
    """Return whether a reader that names this date has the document."""
    modified = dates.modified.replace(microsecond=0)
    if max(since, modified) > dates.now:
        return False
    return since == modified or (since >= modified + _MINUTE and since > dates.doubtful_until)


def _parse_tags(header: str) -> set[str]:
    """Return the tags in a header, without what proxies added; none if it is no list.

    Elements of the list may be empty (5.6.1.2). Those that begin beyond a length are not read: what they
    name is sent again.
    """
    tags = set()
    position = 0
    while position < min(len(header), _LONGEST):
        match = _TAG.match(header, position)
        if match is None:
            return set()
        if match[1] is not None:
            tags.add(_SUFFIX.sub("", match[1]))
        position = match.end()
    return tags


def _parse_date(header: str, now: datetime) -> datetime | None:
    """Parse an HTTP date; None if it has none of the three forms or does not exist."""
    text = header.strip(" \t")
    match = next((match for form in _DATES if (match := form.fullmatch(text))), None)
    if match is None:
        return None
    year = int(match["year"])
    if len(match["year"]) == len("94"):
        # A two-digit year that seems more than 50 years ahead is in the past (5.6.7).
        year += now.year - now.year % 100
        year -= 100 if year > now.year + 50 else 0
    # A leap second counts as the second before it.
    second = min(int(match["s"]), 59) if match["s"] == "60" else int(match["s"])
    month = _MONTHS.index(match["month"]) + 1
    try:
        return datetime(year, month, int(match["day"]), int(match["h"]), int(match["m"]), second, tzinfo=UTC)
    except ValueError:
        return None
