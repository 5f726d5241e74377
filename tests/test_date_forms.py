"""Dates and lengths as people write them: one answer on every machine, or a problem."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from effort import for_each
from hypothesis import given
from hypothesis import strategies as st
from sites import Workspace

from feeds.articles import frontmatter
from feeds.articles.reader import Reading, ReadingRules, read
from feeds.lib.text import dates

UTC_ZONE = ZoneInfo("UTC")
RULES = ReadingRules(timezone="UTC", base_url="https://feeds.example.org/", max_bytes=1_000_000)
DAY = datetime(2024, 3, 12, tzinfo=UTC)
DAYS = [
    "2024/03/12", "2024/3/12", "2024.03.12", "2024. 3. 12.", "2024-3-12", "2024-03-12", "20240312", "2024 03 12", "2024_03_12", "2024–03–12",
    "2024年3月12日", "2024年03月12日", "2024年3月12日(火)", "2024年3月12日 星期二", "2024년 3월 12일", "２０２４年３月１２日", "2024-072", "2024072", "2024-W11-2", "2024W112",
    "2024/03/12 (Tue)", "Tue, 2024-03-12", "Tuesday 2024/03/12", "2024-03-12th", "2024 March 12", "2024-Mar-12", "12 Mar 2024", "March 12, 2024", "12 Mar 24",
    "٢٠٢٤-٠٣-١٢", "२०२४/०३/१२", "۲۰۲۴.۳.۱۲", "２０２４-０３-１２",
]  # fmt: skip
MOMENTS = [
    ("2024-03-12 17:00 UTC+3", 14, 0), ("2024-03-12 17:00 UTC +3", 14, 0), ("2024/03/12 17:00 UTC+03:00", 14, 0), ("2024.03.12 17:00 GMT-0500", 22, 0),
    ("12 Mar 2024 17:00 UTC+3", 14, 0), ("20240312T101500Z", 10, 15), ("20240312T1015", 10, 15), ("20240312T101500+0300", 7, 15), ("20240312101500", 10, 15),
    ("2024-03-12T10:15", 10, 15), ("10:15 2024/03/12", 10, 15), ("2024-03-12 10:15 Z", 10, 15), ("2024/03/12T10:15:00Z", 10, 15), ("2024/3/12 5pm", 17, 0), ("2024-03-12 5:30 PM +0530", 12, 0),
    ("2024-03-12 17:00:00 +0300", 14, 0), ("2024-03-12 17:00:00 +0000 UTC", 17, 0), ("2024-03-12 17:00:00 +0300 MSK", 14, 0), ("2024年3月12日 17時30分", 17, 30),
    ("2024-072T10:00Z", 10, 0), ("Tue Mar 12 2024 17:00:00 GMT+0300 (Moscow Standard Time)", 14, 0), ("Tue, 12 Mar 2024 17:00 -0300 (BRST)", 20, 0),
]  # fmt: skip
ZONES = {
    "UT": 0,
    "GMT": 0,
    "UTC": 0,
    "Z": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
ONE_MEANING = {
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "SAST": 2, "JST": 9, "KST": 9, "ACST": 9.5, "AEST": 10, "AEDT": 11, "NZDT": 13,
    "AST": -4, "AKDT": -8, "HST": -10,
}  # fmt: skip
UNCLEAR = ["IST", "MSK", "GST", "SST", "XYZ", "CET+1", "EST+3", "BST +1"]
REFUSED = [
    "03/04/2024", "3.4.2024", "2024-03", "2024/3", "202403", "2024", "240312", "1710238500", "1710238500000", "2024-13-12", "2024-25-03", "2024/02/30", "2024-000",
    "2023-366", "10:30", "2024-W11", "2024-03-12 to 2024-03-13", "2024/03/12 3/4/2025", "2024/03/12 17:00 somewhere", "March 2024", "2024年3月",
]  # fmt: skip


@pytest.fixture(params=["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Europe/Berlin"])
def machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """A machine in that zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@for_each("text", DAYS)
def test_the_year_first_is_year_month_and_day_in_every_form(text: str) -> None:
    assert dates.parse(text, UTC_ZONE) == DAY


@for_each(("text", "hour", "minute"), MOMENTS)
def test_a_time_after_such_a_date_has_the_zone_that_is_written(text: str, hour: int, minute: int) -> None:
    assert dates.parse(text, UTC_ZONE) == DAY + timedelta(hours=hour, minutes=minute)


@pytest.mark.usefixtures("machine")
def test_names_of_zones_mean_what_rfc_822_says_or_the_one_thing_they_can_on_every_machine() -> None:
    for name, hours in {**ZONES, **ONE_MEANING}.items():
        for form in (
            "12 Mar 2024 5pm {}",
            "Tue, 12 Mar 2024 17:00:00 {}",
            "2024/03/12 17:00 {}",
            "2024-03-12 5:00 PM {}",
            "Tue Mar 12 17:00:00 {} 2024",
        ):
            assert dates.parse(form.format(name), UTC_ZONE) == DAY + timedelta(hours=17 - hours), name


@pytest.mark.usefixtures("machine")
def test_other_names_of_zones_are_problems_on_every_machine() -> None:
    for name in UNCLEAR:
        for form in ("12 Mar 2024 5pm {}", "Tue, 12 Mar 2024 17:00:00 {}", "2024/03/12 17:00 {}"):
            with pytest.raises(dates.DateError, match="time zone"):
                dates.parse(form.format(name), UTC_ZONE)


@pytest.mark.usefixtures("machine")
def test_a_name_that_is_not_unique_means_what_it_does_in_the_zone_of_the_site() -> None:
    for name, place, day, hours in [
        ("IST", "Asia/Kolkata", DAY, 5.5),
        ("IST", "Asia/Jerusalem", DAY, 2),
        ("MSK", "Europe/Moscow", DAY, 3),
        ("MSK", "Europe/Moscow", DAY.replace(year=2012), 4),
    ]:
        text = f"{day:%Y-%m-%d} 17:00 {name}"
        assert dates.parse(text, ZoneInfo(place)) == day + timedelta(hours=17 - hours), (name, place)
    assert dates.parse("2024-03-12 17:00 CST", ZoneInfo("Asia/Shanghai")) == DAY + timedelta(hours=23)


@for_each("text", REFUSED)
def test_what_leaves_something_out_or_has_two_meanings_is_refused(text: str) -> None:
    with pytest.raises(dates.DateError):
        dates.parse(text, UTC_ZONE)


@pytest.mark.parametrize(
    ("text", "year"), [("12 Mar 00", 2000), ("12 Mar 49", 2049), ("12 Mar 50", 1950), ("12 Mar 99", 1999)]
)
def test_a_year_of_two_digits_does_not_depend_on_this_year(text: str, year: int) -> None:
    assert dates.parse(text, UTC_ZONE).year == year


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.sampled_from(["{0:%Y}{1}{0:%m}{1}{0:%d}", "{0:%Y}{1}{0.month}{1}{0.day}"]), st.sampled_from("-/._ "))  # fmt: skip
def test_any_day_is_read_back_whatever_stands_between_its_parts(day: date, form: str, sign: str) -> None:
    assert dates.parse(form.format(day, sign), UTC_ZONE).date() == day


def reading(matter: str) -> Reading:
    return read("a.md", f"---\ntitle: T\noriginalUrl: https://example.org/a\n{matter}\n---\n".encode(), RULES)


@for_each(
    "written",
    [
        "2024/03/12",
        "20240312",
        '"20240312"',
        "2024-3-12",
        "2024.03.12",
        "2024-03-12",
        "'2024年3月12日'",
        "2024-03-12 00:00 UTC",
    ],
)
def test_the_date_of_an_article_may_be_written_with_and_without_quotes(written: str) -> None:
    found = reading(f"publishedDateTime: {written}")
    assert found.article is not None, found.problems
    assert found.article.published == DAY


@for_each("written", ["1710238500", "202403", "2024", "true", "10:30"])
def test_a_number_that_is_no_day_is_no_date(written: str) -> None:
    assert [one.code for one in reading(f"publishedDateTime: {written}").problems] == ["bad-date"]


LENGTHS = [
    ("14:53", 893), ('"14:53"', 893), ("893", 893), ('"893"', 893), ("PT14M53S", 893), ("pt14m53s", 893), ("14m53s", 893), ("14m 53s", 893), ("15 min", 900),
    ("15 minutes", 900), ("15m", 900), ("1:02:03", 3723), ('"1:02:03"', 3723), ("00:14:53", 893), ('"00:14:53"', 893), ("0:45", 45), ("90:00", 5400), ("14:53.5", 893),
    ("1h30", 5400), ("1 h 15 min", 4500), ("1 hour, 5 minutes and 3 seconds", 3903), ("30 sec", 30), ("P1DT1S", 86401), ("14′53″", 893), ("893 s", 893), ("09:05", 545),
]  # fmt: skip


@for_each(("written", "seconds"), LENGTHS)
def test_a_length_is_read_as_it_is_written(written: str, seconds: int) -> None:
    found = reading(f"publishedDateTime: 2024-03-12\nlength: {written}")
    assert found.problems == ()
    assert found.article is not None
    assert found.article.duration == seconds


@for_each(
    "written",
    [
        "a while",
        "5 min read",
        "1:75",
        "1:60:00",
        "0",
        "-5",
        "14.53",
        "true",
        "[1]",
        "PT",
        '""',
        "10000000000",
        "about 15 min",
    ],
)
def test_what_is_no_length_is_a_problem(written: str) -> None:
    found = reading(f"publishedDateTime: 2024-03-12\nlength: {written}")
    assert [(one.code, one.severity, one.field) for one in found.problems] == [
        ("bad-duration", "warning", "length")
    ]


@for_each(("written", "seconds"), LENGTHS)
def test_the_fast_parser_reads_no_length_in_another_way(written: str, seconds: int) -> None:
    """What it reads at all is what PyYAML reads; there a length with colons is a number in base 60."""
    fast = frontmatter.load_fast(f"length: {written}\n")
    assert fast is None or str(fast["length"]) == written.strip('"')
    assert seconds


def test_toml_has_times_that_are_lengths() -> None:
    text = '+++\ntitle = "T"\noriginalUrl = "https://example.org/a"\npublishedDateTime = 2024-03-12\nlength = 00:14:53\n+++\n'
    found = read("a.md", text.encode(), RULES)
    assert found.article is not None
    assert found.article.duration == 893


def test_days_of_the_first_half_of_a_month_are_published_as_those_of_the_second(workspace: Workspace) -> None:
    for name, written in (
        ("a", "2024/03/12"),
        ("b", "2024/03/13"),
        ("c", "2024-03-12 17:00 UTC+3"),
        ("d", "20240312"),
        ("e", "2024-3-12"),
    ):
        workspace.article(name, publishedDateTime=written)
    assert workspace.problems() == []
    workspace.freeze()
    assert workspace.read("all.atom").count(b"<entry>") == 5


@for_each("written", ["24-03-12", "12-03-24", "24-3-12 10:00", "99-03-12", "31-12-24"])
def test_numbers_of_two_digits_alone_do_not_say_which_is_the_year(written: str) -> None:
    with pytest.raises(dates.DateError, match="year of two digits"):
        dates.parse(written, UTC_ZONE)
