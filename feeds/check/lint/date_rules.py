"""Check the form of dates in feeds, and the order of entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct

from feeds.check.lint.findings import Report

_EARLIEST = 1990
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_ZONES = "UT|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_RFC2822 = re.compile(
    rf"(?:({_DAYS}), )?\d\d? (?:{_MONTHS}) \d{{4}} \d\d:\d\d(?::\d\d)? (?:[+-]\d\d[03]0|{_ZONES}|Z)", re.ASCII
)
_RFC822 = re.compile(
    rf"(?:(?:{_DAYS})\s*,\s*)?\d\d?\s+(?:{_MONTHS})\s+\d\d(?:\d\d)?\s+\d\d:\d\d(?::\d\d)?\s+"
    rf"(?:[+-]\d{{4}}|{_ZONES}|[A-IK-Z])",
    re.ASCII | re.IGNORECASE,
)


class EntryTimes(Struct, frozen=True):
    """When an entry was published and updated; None for a date that cannot be read."""

    report: Report
    published: datetime | None
    updated: datetime | None


def check_rfc3339(report: Report, field: str, value: str) -> datetime | None:
    """Check a date of Atom (RFC 4287, 3.3) or JSON Feed; return it, None if it is bad."""
    # RFC 3339 allows a leap second; Python does not.
    text = re.sub(r"(T\d\d:\d\d):60", r"\1:59", value) if _RFC3339.fullmatch(value) else ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        report.error("bad-date", field, f'"{value}" is not an RFC 3339 date, such as 2024-01-02T03:04:05Z.')
        return None
    return _check_year(report, field, moment)


def check_rfc822(report: Report, field: str, value: str) -> datetime | None:
    """Check a date of RSS (RFC 822, 5, four-digit year); return it, None if it is bad."""
    match = _RFC2822.fullmatch(value)
    if match is None:
        if _RFC822.fullmatch(value):
            report.warning("odd-date", field, f'"{value}" has a form of RFC 822 that not every reader knows.')
        else:
            report.error("bad-date", field, f'"{value}" is not an RFC 822 date.')
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        report.error("bad-date", field, f'"{value}" is not in the calendar.')
        return None
    if match[1] and match[1] != _DAYS.split("|")[moment.weekday()]:
        report.error("wrong-weekday", field, f'"{value}" was not a {match[1]}.')
        return None
    return _check_year(report, field, moment)


def check_order(report: Report, field: str, updated: datetime | None, entries: Sequence[EntryTimes]) -> None:
    """Check that the newest entry comes first, and no entry is newer than the feed."""
    before: datetime | None = None
    for entry in entries:
        if before and entry.published and entry.published > before:
            entry.report.warning("out-of-order", "published", "It is newer than the entry before it.")
        before = entry.published or before
    newest = max((entry.updated for entry in entries if entry.updated), default=None)
    if updated and newest and newest > updated:
        report.warning("stale-updated", field, "The feed's date is older than that of its newest entry.")


def _check_year(report: Report, field: str, moment: datetime) -> datetime | None:
    if moment.year < _EARLIEST:
        report.warning("old-date", field, f"In {moment.year} there were no feeds yet.")
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
