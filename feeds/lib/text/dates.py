"""Parses dates as people write them, and formats them for feeds, without a clock."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from dateutil.parser import parser

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 100
# RSS readers take the year 0099 for 1999, because RFC 822 had years of two digits.
_FIRST_YEAR = 1000
# RFC 5322, section 4.3; below, names with one meaning in IANA's data since 2000, and none other in Ruby's table
# (ext/date/zonetab.list). IST, MSK, SST and GST have several.
_ZONES = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MEZ": 1, "MESZ": 2,
    "WAT": 1, "CAT": 2, "SAST": 2, "EAT": 3, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9,
    "AWST": 8, "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "AST": -4, "ADT": -3, "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
_SEASONS = [(year, month) for year in range(1990, 2038) for month in (1, 7)]
_CENTURY, _LAST_OF_2000S = 100, 49
# The forms that "fromisoformat" reads, without those that leave out the day.
_ISO = re.compile(r"[0-9]{4}(?:-[0-9]{2}-[0-9]{2}|[0-9]{4}|-?W[0-9]{2}-?[1-7])(?:[Tt ].*)?", re.DOTALL)
_DAY_OF_YEAR = re.compile(r"([12][0-9]{3})-?([0-9]{3})(?:[Tt ]+(.*))?")
# Nobody writes year, day, month.
_DATE_SIGN = "\\s*[-/.,_\\s\u2010-\u2015\u2212年월月년]\\s*"
_YEAR_FIRST = re.compile(
    # The name of the day or a time may stand before it.
    rf"((?:[^\W\d_]++[.,]*\s++|[0-9]{{1,2}}:[0-9:]++,?\s++)*+)([12][0-9]{{3}})(?:([0-9]{{2}})([0-9]{{2}})(?![0-9](?![0-9]))"
    rf"|{_DATE_SIGN}([0-9]{{1,2}}){_DATE_SIGN}([0-9]{{1,2}})(?![0-9:])\s*[日号일.]?)(.*)"
)
# Either end may be the year.
_TWO_DIGITS = re.compile(r"[0-9]{2}-[0-9]{1,2}-[0-9]{2}(?![0-9])")
_DAY_NAME = re.compile(
    r"^\s*(?:[(\uff08][^()\uff08\uff09]{1,9}[)\uff09]|[月火水木金土日]曜日|(?:星期|周)\w|\w요일)"
)
_CLOCK = re.compile(r"([0-9]{1,2})\s*[時时点시]\s*(?:([0-9]{1,2})\s*[分분])?\s*(?:([0-9]{1,2})\s*[秒초])?")
# To dateutil, UTC+3 is west of UTC, as POSIX has it, and in "UTC +3" it does not see the number.
_UTC_BEFORE_OFFSET = re.compile(r"(?<=[0-9mM.\s])(?:UTC|GMT|UT)\s*(?=[+-][0-9])")
# A program's name for a zone whose offset stands before it.
_AFTER_OFFSET = re.compile(
    r"(?<=:[0-9]{2})(\s*[+-][0-9]{2}:?[0-9]{2})\s*(?:\([^()]*\)|[A-Z]{1,5}|[+-][0-9]{2,4})$"
)
_NAME_AND_OFFSET = re.compile(
    r"(?::[0-9]{2}\s*+(?:[AaPp]\.?[Mm]\.?)?+|[0-9]\s*[AaPp]\.?[Mm]\.?)\s*+[A-Za-z]{1,5}\s*[+-]\s*[0-9]"
)
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_ISO_LENGTH = re.compile(
    r"p(?=.)(?:(?P<d>\d{1,4})d)?(?:t(?:(?P<h>\d{1,5})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,8})(?:[.,]\d+)?s)?)?"
)
_CLOCK_LENGTH = re.compile(
    r"(?:(?P<h>\d{1,5}):(?=\d{1,2}:))?(?P<m>(?(h)[0-5]?|\d{0,5})\d):(?P<s>[0-5]?\d)(?:[.,]\d+)?"
)
# After hours the unit of minutes may be left out, and after minutes that of seconds.
_UNIT_LENGTH = re.compile(
    r"(?=\d)(?:(?P<h>\d{1,5})\s*(?:h|hrs?|hours?)\.?(?:\s*and)?[\s,]*)?"
    r"(?:(?P<m>\d{1,6})\s*(?(h)(?:(?:m|mins?|minutes?)\.?|['\u2019\u2032])?|(?:(?:m|mins?|minutes?)\.?|['\u2019\u2032]))"
    r"(?:\s*and)?[\s,]*)?"
    r"(?:(?P<s>\d{1,8})\s*(?(m)(?:(?:s|secs?|seconds?)\.?|[\"\u201d\u2033]|'')?|(?:s|secs?|seconds?)\.?))?"
)
_SECONDS = re.compile(r"(?P<s>\d{1,10})")
# Two defaults that differ in every part show which parts a text leaves out.
_DEFAULTS = (datetime(2000, 1, 2, 0, 0), datetime(2001, 3, 4, 0, 0))  # noqa: DTZ001 - zone comes later
UNCLEAR_ORDER = "could be read as day-month or as month-day"
_UNCLEAR_ZONE = "names a time zone that is not unique; use an offset such as -05:00, or set articles.timezone"


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
        moment = _read(value.strip(), zone)
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


def parse_length(text: str) -> int | None:
    """Return the seconds of a length as people write it; None if it is not one.

    That is a number of seconds, ISO 8601 (PT14M53S), a clock's form (14:53, 1:02:03) or units (14m53s, 15 min).
    A fraction of a second is left out.
    """
    text = text.strip().lower()
    if not 0 < len(text) <= _LONGEST:
        return None
    for form in (_ISO_LENGTH, _CLOCK_LENGTH, _UNIT_LENGTH, _SECONDS):
        if match := form.fullmatch(text):
            parts = match.groupdict(default="0")
            return sum(int(number) * _UNITS[unit] for unit, number in parts.items())
    return None


def format_rfc3339(moment: datetime) -> str:
    """Format a date for Atom and JSON Feed (RFC 3339), in UTC with ``Z``."""
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def format_rfc822(moment: datetime) -> str:
    """Format a date for RSS (RFC 822 with a four-digit year), in GMT."""
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02} {month} {moment.year:04} {moment.hour:02}:{moment.minute:02}:{moment.second:02} GMT"


def _read(text: str, zone: ZoneInfo) -> datetime:
    if _ISO.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    if not text.isascii():
        text = "".join(map(_unify_digit, unicodedata.normalize("NFKC", text)))
    if _TWO_DIGITS.match(text):
        raise DateError("has a year of two digits; write four")
    if match := _DAY_OF_YEAR.fullmatch(text):
        return _guess(f"{_find_day(match[1], match[2])} {match[3] or ''}", zone)
    if match := _YEAR_FIRST.fullmatch(text):
        before, year, *rest = match.groups(default="")
        day = _name_day(year, rest[0] or rest[2], rest[1] or rest[3])
        return _guess(f"{before}{day} {_unify_time(rest[4])}", zone)
    if text.isdigit() and len(text) > len("2024"):
        raise DateError("cannot be read as a date")
    return _guess(text, zone)


def _unify_digit(sign: str) -> str:
    """Return the digit of any script as one of ASCII, and any other sign as it is."""
    return str(unicodedata.decimal(sign)) if sign.isdecimal() else sign


def _find_day(year: str, number: str) -> str:
    """Return an ordinal day (ISO 8601) in a form that can be read in one way."""
    day = date(int(year), 1, 1) + timedelta(days=int(number) - 1)
    if day.year != int(year):
        raise DateError("cannot be read as a date")
    return _name_day(year, str(day.month), str(day.day))


def _name_day(year: str, month: str, day: str) -> str:
    if not 1 <= int(month) <= len(_MONTHS):
        raise DateError("cannot be read as a date")
    return f"{int(day):02} {_MONTHS[int(month) - 1]} {year}"


def _unify_time(text: str) -> str:
    """Return the time after a date without the name of the day, and with colons."""
    return _CLOCK.sub(lambda part: f" {part[1]}:{part[2] or '00'}:{part[3] or '00'}", _DAY_NAME.sub("", text))


def _guess(text: str, zone: ZoneInfo) -> datetime:
    read = partial(_make_parser().parse, tzinfos=partial(_find_zone, zone))
    text = _AFTER_OFFSET.sub(r"\1", _UTC_BEFORE_OFFSET.sub(" ", text.strip()))
    if _NAME_AND_OFFSET.search(text):
        raise DateError(_UNCLEAR_ZONE)
    try:
        readings = [read(text, default=default) for default in _DEFAULTS]
        other = read(text, default=_DEFAULTS[0], dayfirst=True)
    except DateError:
        raise
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError):
        # dateutil does not catch errors of decimal and of its own tables.
        raise DateError("cannot be read as a date") from None
    if readings[0] != readings[1]:
        raise DateError("leaves out the day, the month or the year")
    if readings[0] != other:
        raise DateError(UNCLEAR_ORDER)
    return readings[0]


def _find_zone(site: ZoneInfo, name: str | None, offset: int | None) -> tzinfo | None:
    """Return a zone for dateutil, which otherwise asks the machine what a name means."""
    if name is None:
        return None if offset is None else timezone(timedelta(seconds=offset))
    if name in _ZONES and not offset:
        return timezone(timedelta(hours=_ZONES[name]))
    if name in _list_names(site) and not offset:
        return site
    raise DateError(_UNCLEAR_ZONE)


@cache
def _list_names(zone: ZoneInfo) -> frozenset[str | None]:
    """Return the names that a zone has had, such as IST and IDT."""
    return frozenset(datetime(year, month, 1, tzinfo=zone).tzname() for year, month in _SEASONS)


@cache
def _make_parser() -> parser:
    # Loaded for the first date in another form than ISO 8601.
    from dateutil.parser import parser, parserinfo

    class _Info(parserinfo):
        def convertyear(self, year: int, century_specified: bool = False) -> int:  # noqa: FBT001, FBT002 - dateutil's signature
            """Return a two-digit year as RFC 5322 reads it (4.3), in whatever year."""
            if year >= _CENTURY or century_specified:
                return year
            return year + (2000 if year <= _LAST_OF_2000S else 1900)

    return parser(_Info())
