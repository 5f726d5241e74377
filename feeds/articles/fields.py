"""Reads typed values from front matter, and notes each problem with its field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from feeds.lib.text.dates import UNCLEAR_ORDER, DateError, parse, parse_length
from feeds.lib.text.mistyped import find_meant
from feeds.lib.text.plain import (
    clean_to_plain_text,
    find_unwanted,
    has_unwanted,
    is_plain_text,
    list_lost,
    remove_unwanted,
    shorten,
    to_plain_text,
)
from feeds.lib.text.urls import canonicalise, place_below
from feeds.model import ProblemCode, Severity

Key = tuple[str | int, ...]
NoteProblem = Callable[[ProblemCode, Severity, Key, str, str], None]
FindSource = Callable[[Key], str]

# The film or sound that entries show above the text.
FEATURED = "featuredContent"
_MOST_PIXELS = 100_000
# Of a number, and of seconds.
_MOST = 10**9
# An address seldom ends like this, but one that was copied with the text after it does.
_DOUBTFUL_ENDS = (",", ";", ")", ".")
# No real article has this many topics, pictures or authors, and each topic costs documents.
_MOST_ITEMS = 200
_LONGEST_NAME = 200
_YEAR_LAST = re.compile(r"\s*\d{1,2}([-/.])\d{1,2}\1\d{4}(?!\d)")
_YES = {"true", "yes", "on"}
_NO = {"false", "no", "off"}


# A comma inside a number does not separate names.
_COMMA = re.compile("[,\uff0c\u3001](?![0-9])\\s*|[,\uff0c\u3001]\\s+|;\\s+|\\s+#(?=\\w)")
# A comma that may belong to an address does not separate addresses.
_COMMA_AND_BLANK = re.compile(r",\s+")
_NEEDS_QUOTES = re.compile(r"""[:#{}\[\]"'&*!|>%@`]""")


@lru_cache(maxsize=4096)
def _is_plain_name(written: str) -> bool:
    """Return whether a name is plain text of a usual length; cached, as names repeat."""
    return 0 < len(written) <= _LONGEST_NAME and is_plain_text(written)


@lru_cache(maxsize=4096)
def _clean_name(written: str) -> tuple[str, str]:
    """Return a name in plain text and its first forbidden character, "" without one.

    Cached, because many articles have the same names.
    """
    place = find_unwanted(written)
    return to_plain_text(written), written[place] if place >= 0 else ""


def _split_names(written: str) -> list[str]:
    """Return the names that a text with commas seems to list."""
    return [name for name in map(str.strip, _COMMA.split(written)) if name]


class Fields:
    """One mapping of front matter, and its position in the file.

    ``source`` returns a value as it is written in the file, because YAML turns much text into
    numbers, dates and truth values.
    """

    def __init__(  # noqa: PLR0913 - a part has all that the whole has
        self,
        values: dict[str, Any],
        note: NoteProblem,
        base: str,
        source: FindSource,
        at: Key = (),
        *,
        beside: str = "",
    ) -> None:
        """``base`` resolves relative addresses; ``beside`` those without a leading ``/``."""
        self.values = values
        self._note = note
        self._base = base
        self._source = source
        self._at = at
        self._beside = beside or base

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def count_from(self, page: str) -> Fields:
        """Return the same fields; relative addresses without a leading ``/`` use a page."""
        return self._make_part(self.values, self._at, page)

    def _make_part(self, values: dict[str, Any], at: Key, beside: str = "") -> Fields:
        return Fields(values, self._note, self._base, self._source, at, beside=beside or self._beside)

    def note_problem(
        self, code: ProblemCode, severity: Severity, name: str, message: str, hint: str = ""
    ) -> None:
        """Note a problem with one field."""
        self._note(code, severity, (*self._at, name), message, hint)

    def get_only(self, *names: str) -> tuple[str, ...] | None:
        """Return these fields' values if all are short texts and there are no others."""
        found = [self.values.get(name) for name in names]
        short = tuple(value for value in found if isinstance(value, str) and len(value) <= _LONGEST_NAME)
        return short if len(short) == len(names) == len(self.values) else None

    def get_raw(self, name: str) -> str:
        """Return a text as it was written, "" if there is none."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def read_text(self, name: str) -> str:
        """Return a value as one line of plain text; numbers and dates as they are written."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, (dict, list)):
            self.note_problem("not-text", "warning", name, "is not text.", "It is left out.")
            return ""
        text = value if isinstance(value, str) else self._source((*self._at, name))
        if is_plain_text(text):
            return text
        if has_unwanted(text):
            self._note_unwanted((*self._at, name), text[find_unwanted(text)])
            text = remove_unwanted(text)
        if "<" in text or "&#" in text:
            self._note_lost((*self._at, name), text)
        return clean_to_plain_text(text)

    def read_texts(self, *names: str) -> tuple[str, ...]:
        """Return plain texts from lists or single values, without repeats."""
        found: dict[str, None] = {}
        for name in names:
            value = self.values.get(name)
            if isinstance(value, list):
                for n, item in enumerate(self._take_first(name, value)):
                    if isinstance(item, str) and _is_plain_name(item):
                        found[item] = None
                    elif item is not None:
                        found[self._read_name(item, (*self._at, name, n))] = None
            elif value is not None:
                found[self._read_name(value, (*self._at, name), single=name)] = None
        found.pop("", None)
        return tuple(found)

    def _read_name(self, item: object, key: Key, single: str = "") -> str:
        """Return a name as plain text, "" if it is not one; ``single`` is not in a list."""
        if isinstance(item, (dict, list)):
            self._note("not-text", "warning", key, "is not text.", "It is left out.")
            return ""
        written = self._find_text(item, key)
        is_short = len(written) <= _LONGEST_NAME
        text, sign = _clean_name(written) if is_short else (to_plain_text(written), "")
        if "<" in written or "&#" in written:
            self._note_lost(key, written)
        if sign:
            self._note_unwanted(key, sign)
        if single:
            self._note_commas(single, _split_names(text), text)
        if len(text) > _LONGEST_NAME:
            message = f"is longer than {_LONGEST_NAME} characters."
            self._note("too-long", "warning", key, message, "It is left out.")
            return ""
        return text

    def _note_unwanted(self, key: Key, sign: str) -> None:
        message = f"holds U+{ord(sign):04X}, which no feed may hold."
        self._note("control-character", "warning", key, message, "It is removed; retype the text.")

    def _note_commas(self, name: str, names: Sequence[str], written: str) -> None:
        """Note that a text was probably meant as a list."""
        if len(names) > 1:
            listed = ", ".join(f'"{one}"' if _NEEDS_QUOTES.search(one) else one for one in names)
            self.note_problem(
                "not-a-list", "warning", name, "is one text, not a list.",
                f'Write [{listed}], or ["{written}"] if it is one.',
            )  # fmt: skip

    def require(self, *names: str) -> None:
        """Note a part that has none of some fields, because it is left out."""
        values = self.values
        for name in names:
            if values.get(name) not in (None, ""):
                return
        hint = f"Write {' or '.join(names)}, or take it out."
        self.note_problem("incomplete", "warning", names[0], "is missing, so this item is left out.", hint)

    def read_url(self, name: str) -> str:
        """Return an absolute http(s) URL, "" if there is none.

        A relative one counts from the base, and so does one that begins with ``/``.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return ""
        if not isinstance(value, str):
            url = None
        elif value.startswith("http"):
            url = canonicalise(value, self._base)
        else:
            url = canonicalise(place_below(value, self._base), self._beside)
        if url is not None and url == value and not url.endswith(_DOUBTFUL_ENDS) and "//" not in url[8:]:
            return url
        meant = find_meant(value) if isinstance(value, str) else None
        if url is None or meant is not None:
            hint = f"Write {meant}." if meant else "It is left out."
            self.note_problem("bad-url", "warning", name, "is not an http(s) address.", hint)
            return ""
        if len(value.split()) > 1:
            message = f"holds white space; it is read as {url}."
            self.note_problem("bad-url", "note", name, message, "Write it without white space.")
        return url

    def read_number(self, name: str) -> int | None:
        """Return a whole number; a decimal number is rounded."""
        value = self.values.get(name)
        if value is None or (type(value) is int and 0 <= value <= _MOST):
            return value
        try:
            number = round(float(value)) if not isinstance(value, bool) else None
        except (TypeError, ValueError, OverflowError):
            number = None
        if number is None or abs(number) > _MOST:
            self.note_problem("bad-number", "warning", name, "is not a number.", "It is left out.")
            return None
        return number

    def read_size(self, name: str) -> int | None:
        """Return a size in pixels, None if it is unknown or not a positive number."""
        number = self.read_number(name)
        return number if number and 0 < number <= _MOST_PIXELS else None

    def read_date(self, name: str, zone: ZoneInfo, severity: Severity) -> datetime | None:
        """Return a date in UTC; an unreadable one is a problem of the given severity."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            value = self._find_text(value, (*self._at, name))
        try:
            return parse(value, zone)
        except DateError as error:
            hint = "Write it like 2023-07-24T09:36:00Z."
            if str(error) == UNCLEAR_ORDER and _YEAR_LAST.match(str(value)):
                hint = "Write it like 2023-07-24T09:36:00Z, or say by articles.date_order which comes first."
            self.note_problem("bad-date", severity, name, f"{self._quote(name)} {error}.", hint)
            return None

    def _note_lost(self, key: Key, text: str) -> None:
        """Note what is taken from a text that has to be plain."""
        if lost := list_lost(text):
            message = f"is plain text; removed: {', '.join(lost)}."
            self._note("lost-content", "warning", key, message, 'Write "&lt;" for a "<" that is to be seen.')

    def _take_first(self, name: str, items: list[Any]) -> list[Any]:
        """Return the items that count; more are a problem."""
        if len(items) > _MOST_ITEMS:
            message = f"has {len(items)} items; only the first {_MOST_ITEMS} count."
            self.note_problem("too-many", "warning", name, message, "Shorten the list.")
        return items[:_MOST_ITEMS]

    def _find_text(self, value: object, key: Key) -> str:
        """Return a value as it is written in the file."""
        return value if isinstance(value, str) else self._source(key)

    def _quote(self, name: str) -> str:
        """Return a value in quotes for a message."""
        value = self.values[name]
        if isinstance(value, (dict, list)):
            return "the list or mapping"
        text = self._find_text(value, (*self._at, name))
        return f'"{shorten(text, 40)}"'

    def read_flag(self, name: str, default: bool) -> bool | Literal["unclear"]:  # noqa: FBT001 - the default is the point
        """Return a clear yes or no, "unclear" for any other value."""
        if name not in self.values:
            return default
        value = self.values[name]
        if isinstance(value, bool):
            return value
        word = value.strip().lower() if isinstance(value, str) else ""
        if word in _YES:
            return True
        return False if word in _NO else "unclear"

    def read_duration(self, name: str) -> int | None:
        """Return the seconds of a length such as 14:53, PT14M53S, 15 min or 893."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST:
            return value
        known = not isinstance(value, (bool, dict, list))
        seconds = parse_length(self._find_text(value, (*self._at, name))) if known else None
        if not seconds or seconds > _MOST:
            self.note_problem(
                "bad-duration", "warning", name, f"{self._quote(name)} is not a duration.",
                "Write it like 14:53 or PT14M53S; it is left out.",
            )  # fmt: skip
            return None
        return seconds

    def read_part(self, name: str) -> Fields | None:
        """Return a mapping inside this one."""
        value = self.values.get(name)
        if isinstance(value, dict):
            return self._make_part(value, (*self._at, name))
        if value is not None:
            self.note_problem("not-a-mapping", "warning", name, "is not a mapping.", "It is left out.")
        return None

    def read_parts(self, name: str, single: str) -> Iterator[Fields]:
        """Yield the mappings of a list; a text counts as ``{single: text}``."""
        value = self.values.get(name)
        items = self._take_first(name, value) if isinstance(value, list) else [] if value is None else [value]
        if isinstance(value, str):
            self._note_commas(
                name, [one for one in _COMMA_AND_BLANK.split(value) if one.strip()], value.strip()
            )
        for n, item in enumerate(items):
            at = (*self._at, name, n)
            if isinstance(item, dict):
                yield self._make_part(item, at)
            elif isinstance(item, str):
                yield self._make_part({single: item}, at)
            elif item is not None:
                self._note("not-a-mapping", "warning", at, "is not a mapping.", "It is left out.")
