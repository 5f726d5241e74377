"""Conditional requests (RFC 9110, section 13): each line of the table is one request."""

from __future__ import annotations

from datetime import UTC, datetime

from effort import for_each
from hypothesis import given
from hypothesis import strategies as st

from feeds.web.conditional import Dates, not_modified

ETAG = "5d6fd111917cd255"
MODIFIED = datetime(2024, 6, 1, 12, 0, 0, 500_000, tzinfo=UTC)
SAME = "Sat, 01 Jun 2024 12:00:00 GMT"
LATER = "Sun, 02 Jun 2024 00:00:00 GMT"
EARLIER = "Sat, 01 Jun 2024 11:59:59 GMT"
NOW = datetime(2024, 7, 1, 12, 0, 0, tzinfo=UTC)
DATES = Dates(MODIFIED, NOW)
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
    # empty elements of lists, and commas inside of tags
    (f',"{ETAG}"', None, HAS), (f', ,"a",, "{ETAG}" , ', None, HAS), (",,", None, LACKS), ('"a",,"b"', None, LACKS),
    (f'"a,b", "{ETAG}"', None, HAS), (f'"a,{ETAG},b"', None, LACKS), (f'W/"a,", W/"{ETAG}"', None, HAS),
    (f'"a,W/", "{ETAG}"', None, HAS), (f'"\x80\xff", "{ETAG}"', None, HAS),
    # tags that are none: a space, a control character inside; a mark that is written otherwise
    (f'"a b", "{ETAG}"', None, LACKS), (f'"a\x7f", "{ETAG}"', None, LACKS), (f'"{ETAG}"\n', None, LACKS),
    (f'W /"{ETAG}"', None, LACKS), (f'W/ "{ETAG}"', None, LACKS), (f'"{ETAG}";q=1', None, LACKS),
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
    (None, "Saturday, 01-Jun-24 11:59:59 GMT", LACKS), (None, "Sat Jun 01 12:00:00 2024", HAS),
    (None, f" {SAME}\t", HAS),
    # another date than the document's own: only a minute later, and not in the future
    (None, "Sat, 01 Jun 2024 12:00:01 GMT", LACKS), (None, "Sat, 01 Jun 2024 12:00:59 GMT", LACKS),
    (None, "Sat, 01 Jun 2024 12:01:00 GMT", HAS), (None, "Mon, 01 Jul 2024 12:00:00 GMT", HAS),
    (None, "Mon, 01 Jul 2024 12:00:01 GMT", LACKS), (None, "Fri, 01 Jan 2100 00:00:00 GMT", LACKS),
    (None, "Friday, 01-Jan-99 00:00:00 GMT", LACKS),
    # no date in one of the three forms of HTTP
    (None, "Sat, 01 Jun 2024 14:00:00 +0200", LACKS), (None, "Sat, 01 Jun 2024 12:00:00 +0000", LACKS),
    (None, "Sat, 01 Jun 2024 12:00:00 UTC", LACKS), (None, "Sat, 01 Jun 2024 12:00:00 gmt", LACKS),
    (None, "Sat, 01 Jun 2024 12:00:00", LACKS), (None, "Sat, 1 Jun 2024 12:00:00 GMT", LACKS),
    (None, "01 Jun 2024 12:00:00 GMT", LACKS), (None, "sat, 01 jun 2024 12:00:00 GMT", LACKS),
    (None, "2024-06-01T12:00:00Z", LACKS), (None, f'"{SAME}"', LACKS), (None, f"{SAME}, {SAME}", LACKS),
    (None, f"{SAME}; length=100", LACKS), (None, "Sat, 01-Jun-24 12:00:00 GMT", LACKS),
    (None, "Sat, 31 Jun 2024 12:00:00 GMT", LACKS), (None, "Sat, 01 Jun 2024 24:00:00 GMT", LACKS),
    (None, "Sat, 01 Jun 2024 12:00:61 GMT", LACKS), (None, "Sat, 01 Jun 2024 12:01:60 GMT", HAS),
    (None, "Sat, 01 Jun ٢٠٢٤ 12:00:00 GMT", LACKS),
    (None, "", LACKS), (None, "yesterday", LACKS), (None, "0", LACKS), (None, "1717243200", LACKS),
    (None, "Sat, 99 Jun 2024 12:00:00 GMT", LACKS), (None, "Thu, 01 Jan 1970 00:00:00 GMT", LACKS),
    # the tag wins over the date
    (f'"{ETAG}"', EARLIER, HAS), (f'"{ETAG}"', "yesterday", HAS), ('"other"', LATER, LACKS), ('"other"', SAME, LACKS),
    ("*", EARLIER, HAS), ("", LATER, LACKS), ("nonsense", LATER, LACKS),
    (",", SAME, LACKS), (f'"a b", "{ETAG}"', SAME, LACKS),
]  # fmt: skip


def test_the_table_holds_at_least_60_cases() -> None:
    assert len(set(TABLE)) == len(TABLE) >= 60


@for_each(("if_none_match", "if_modified_since", "expected"), TABLE)
def test_a_request_is_answered_as_the_table_says(
    if_none_match: str | None, if_modified_since: str | None, *, expected: bool
) -> None:
    assert not_modified(ETAG, DATES, if_none_match, if_modified_since) is expected


@given(st.text(), st.text())
def test_no_header_raises(if_none_match: str, if_modified_since: str) -> None:
    assert not_modified(ETAG, DATES, if_none_match, None) in (True, False)
    assert not_modified(ETAG, DATES, None, if_modified_since) in (True, False)


def test_a_date_that_has_not_come_proves_nothing() -> None:
    ahead = Dates(datetime(2024, 8, 1, tzinfo=UTC), NOW)
    for date in ("Thu, 01 Aug 2024 00:00:00 GMT", "Mon, 01 Jul 2024 12:00:00 GMT", LATER):
        assert not not_modified(ETAG, ahead, None, date)


def test_after_the_clock_was_wrong_only_the_documents_own_date_is_trusted_until_it_is_right() -> None:
    dates = Dates(MODIFIED, NOW, doubtful_until=datetime(2024, 6, 20, tzinfo=UTC))
    assert not_modified(ETAG, dates, None, SAME)
    assert not not_modified(ETAG, dates, None, LATER)
    assert not_modified(ETAG, dates, None, "Thu, 20 Jun 2024 00:00:01 GMT")
