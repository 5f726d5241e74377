"""Conditional requests (RFC 9110, section 13): each line of the table is one request."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.web.conditional import not_modified

ETAG = "5d6fd111917cd255"
MODIFIED = datetime(2024, 6, 1, 12, 0, 0, 500_000, tzinfo=UTC)
SAME = "Sat, 01 Jun 2024 12:00:00 GMT"
LATER = "Sun, 02 Jun 2024 00:00:00 GMT"
EARLIER = "Sat, 01 Jun 2024 11:59:59 GMT"
HAS, LACKS = True, False

TABLE: list[tuple[str | None, str | None, bool]] = [
    # nothing is asked
    (None, None, LACKS),
    # one tag
    (f'"{ETAG}"', None, HAS), (f'W/"{ETAG}"', None, HAS), (f' "{ETAG}" ', None, HAS),
    (f'\t"{ETAG}"', None, HAS), ('"other"', None, LACKS), ('W/"other"', None, LACKS), ('""', None, LACKS),
    (f'"{ETAG.upper()}"', None, LACKS), (f'"{ETAG[:-1]}"', None, LACKS), (f'"{ETAG}x"', None, LACKS),
    (f'"x{ETAG}"', None, LACKS), (f'" {ETAG}"', None, LACKS),
    # any
    ("*", None, HAS), (" * ", None, HAS), ('"*"', None, LACKS),
    # lists
    (f'"other", "{ETAG}"', None, HAS), (f'"{ETAG}", "other"', None, HAS), (f'"a","b","{ETAG}"', None, HAS),
    (f'W/"a", W/"{ETAG}"', None, HAS), (f'"a",W/"{ETAG}","b"', None, HAS), (f'"a" , "{ETAG}"', None, HAS),
    ('"a", "b"', None, LACKS), ('W/"a", "b", W/"c"', None, LACKS), (f'"a, {ETAG}"', None, LACKS),
    (f'"a,", "{ETAG}"', None, HAS), (f'"{ETAG}",', None, HAS),
    # what proxies add
    (f'"{ETAG}-gzip"', None, HAS), (f'"{ETAG}-br"', None, HAS), (f'"{ETAG}-zstd"', None, HAS),
    (f'"{ETAG}--gzip"', None, HAS), (f'"{ETAG};gzip"', None, HAS), (f'W/"{ETAG}-gzip"', None, HAS),
    (f'"a", W/"{ETAG}-br"', None, HAS), (f'"{ETAG}-deflate"', None, HAS), (f'"{ETAG}-gzip-gzip"', None, LACKS),
    (f'"{ETAG}-other"', None, LACKS), (f'"{ETAG}gzip"', None, LACKS), ('"-gzip"', None, LACKS),
    # no tags at all
    ("", None, LACKS), (ETAG, None, LACKS), (f"'{ETAG}'", None, LACKS), (f'"{ETAG}', None, LACKS), (f'{ETAG}"', None, LACKS),
    (f'w/"{ETAG}"', None, LACKS), (f'"a" "{ETAG}"', None, LACKS), (",", None, LACKS), (f'*, "{ETAG}"', None, LACKS),
    # dates
    (None, SAME, HAS), (None, LATER, HAS), (None, EARLIER, LACKS),
    (None, "Saturday, 01-Jun-24 12:00:00 GMT", HAS), (None, "Sat Jun  1 12:00:00 2024", HAS),
    (None, "Sat, 01 Jun 2024 14:00:00 +0200", HAS), (None, "Sat, 01 Jun 2024 12:00:00 +0200", LACKS),
    (None, "", LACKS), (None, "yesterday", LACKS), (None, "0", LACKS), (None, "1717243200", LACKS),
    (None, "Sat, 99 Jun 2024 12:00:00 GMT", LACKS), (None, "Thu, 01 Jan 1970 00:00:00 GMT", LACKS),
    # the tag wins over the date
    (f'"{ETAG}"', EARLIER, HAS), (f'"{ETAG}"', "yesterday", HAS), ('"other"', LATER, LACKS), ('"other"', SAME, LACKS),
    ("*", EARLIER, HAS), ("", LATER, LACKS), ("nonsense", LATER, LACKS),
]  # fmt: skip


def test_the_table_holds_at_least_60_cases() -> None:
    assert len(set(TABLE)) == len(TABLE) >= 60


@pytest.mark.parametrize(("if_none_match", "if_modified_since", "expected"), TABLE)
def test_a_request_is_answered_as_the_table_says(
    if_none_match: str | None, if_modified_since: str | None, *, expected: bool
) -> None:
    assert not_modified(ETAG, MODIFIED, if_none_match, if_modified_since) is expected


@given(st.text(), st.text())
def test_no_header_raises(if_none_match: str, if_modified_since: str) -> None:
    assert not_modified(ETAG, MODIFIED, if_none_match, None) in (True, False)
    assert not_modified(ETAG, MODIFIED, None, if_modified_since) in (True, False)
