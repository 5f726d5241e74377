"""Parses dates as people write them, and formats them for feeds. Nothing here reads a clock."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 100
# RSS readers take the year 0099 for 1999, because RFC 822 had years of two digits.
_FIRST_YEAR = 1000
# Two defaults that differ in every part show which parts a text leaves out.
_DEFAULTS = (datetime(2000, 1, 2, 0, 0), datetime(2001, 3, 4, 0, 0))  # noqa: DTZ001 - zone comes later


class DateError(ValueError):
    """A date cannot be read; the text says why."""


def parse(value: object, zone: ZoneInfo) -> datetime:
    """Return a date in UTC, to the second; a time without a zone is in ``zone``.

    Accepts the types of YAML and TOML (date, datetime) and text in the usual forms
    (RFC 3339, RFC 822, "24 July 2023"). Raises :class:`DateError` for anything
    that leaves out the day, month or year, or could be read in two ways.
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - zone comes below
    elif isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST:
        moment = _read(value.strip())
    else:
        raise DateError("is not a date")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        moment = moment.astimezone(UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        raise DateError("is out of range") from None
    if moment.year < _FIRST_YEAR:
        raise DateError("is out of range")
    return moment


def format_rfc3339(moment: datetime) -> str:
    """Format a date for Atom and JSON Feed (RFC 3339), in UTC with ``Z``."""
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def format_rfc822(moment: datetime) -> str:
    """Format a date for RSS (RFC 822 with a four-digit year), in GMT."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment.hour:02}:{moment.minute:02}:{moment.second:02} GMT"


def _read(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text) if text[:4].isdigit() and "-" in text else _guess(text)
    except ValueError:
        return _guess(text)


def _guess(text: str) -> datetime:
    # Loaded for the first date in another form than ISO 8601.
    from dateutil import parser
    from dateutil.parser import UnknownTimezoneWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", UnknownTimezoneWarning)
        try:
            readings = [parser.parse(text, default=default) for default in _DEFAULTS]
            other = parser.parse(text, default=_DEFAULTS[0], dayfirst=True)
        except UnknownTimezoneWarning:
            raise DateError("names a time zone that is not unique; use an offset such as -05:00") from None
        except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError):
            # dateutil does not catch errors of decimal and of its own tables.
            raise DateError("cannot be read as a date") from None
    if readings[0] != readings[1]:
        raise DateError("leaves out the day, the month or the year")
    if readings[0] != other:
        raise DateError("could be read as day-month or as month-day")
    return readings[0]
