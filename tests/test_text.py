"""Text, URLs, dates and slugs: claims that hold for any input."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from html import escape
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

import pytest
from bs4 import BeautifulSoup
from effort import for_each
from hypothesis import assume, given
from hypothesis import strategies as st

from feeds.lib.text import dates, html, identifiers, plain, urls

UTC_ZONE = ZoneInfo("UTC")
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them bare


@given(st.text())
def test_a_slug_can_be_part_of_an_address_and_depends_on_nothing_else(name: str) -> None:
    assert identifiers.is_slug(identifiers.make_slug(name))
    assert identifiers.make_slug(name) == identifiers.make_slug(name)
    assert len(identifiers.make_slug(name)) <= 90


def test_names_that_people_tell_apart_have_different_slugs() -> None:
    names = [
        "C",
        "C++",
        "C#",
        ".NET",
        "NET",
        "R&D",
        "RD",
        "人工知能",
        "機械学習",
        "AI",
        "A.I.",
        "Übung",
        "%",
        "…",
    ]
    assert len({identifiers.make_slug(identifiers.fold(name)) for name in names}) == len(names)


def test_spellings_of_one_name_are_one() -> None:
    assert len({identifiers.fold(name) for name in ("AI", "ai", " Ai ", "ＡＩ")}) == 1
    assert identifiers.fold("Open  Web") == identifiers.fold("open web")


@pytest.mark.slow
def test_the_quick_look_for_unwanted_characters_finds_each_that_would_be_removed() -> None:
    for number in range(0x110000):
        text = f"a\n{chr(number)} b"
        assert plain.has_unwanted(text) == (plain._UNWANTED.search(text) is not None)  # noqa: SLF001 - the plain path


@given(st.text())
def test_plain_text_is_one_line_without_tags_entities_or_forbidden_characters(text: str) -> None:
    found = plain.to_plain_text(text)
    assert found == found.strip()
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufffd]", found)
    assert not re.search(r"</?[a-zA-Z][^<>]*>", found)


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"], exclude_characters="<>&")))
def test_plain_text_leaves_ordinary_text_alone(text: str) -> None:
    import unicodedata

    assume("\ufffd" not in text)
    assert plain.to_plain_text(text) == unicodedata.normalize("NFC", text)
    assert plain.to_plain_text(escape(text)) == unicodedata.normalize("NFC", text)


@for_each(
    ("text", "expected"),
    [
        ("It&#8217;s", "It’s"),
        ("AT&amp;T", "AT&T"),
        ("R&D at AT&T", "R&D at AT&T"),
        ("<b>Bold</b> and <i>italic</i>", "Bold and italic"),
        ("Why &lt;div&gt; matters", "Why ‹div› matters"),
        ("a&amp;nbsp;b", "a&nbsp;b"),
        ("one<br>two</p><p>three", "one two three"),
        ("x < y > z", "x < y > z"),
        ("a\u00a0b\n c", "a b c"),
        ("<script>alert(1)</script>Hi", "Hi"),
        ("e\u0301", "é"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
    ],
)
def test_plain_text_by_example(text: str, expected: str) -> None:
    assert plain.to_plain_text(text) == expected


@given(st.text())
def test_a_canonical_url_is_ascii_absolute_and_stays_as_it_is(text: str) -> None:
    for url in (urls.canonicalise(text), urls.canonicalise(text, "https://example.org/a/b")):
        if url is not None:
            assert url.isascii()
            assert urlsplit(url).scheme in ("http", "https")
            assert urlsplit(url).hostname
            assert not re.search(r"[\s<>\"{}|\\^`]", url)
            assert urls.canonicalise(url) == url


@for_each(
    ("url", "expected"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("http://example.org:80/a/../b/./c", "http://example.org/b/c"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        (
            "https://bücher.example/größe?q=ü#ä",
            "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe?q=%C3%BC#%C3%A4",
        ),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/[x]?[y]#[z]#q", "https://example.org/%5Bx%5D?%5By%5D#%5Bz%5D%23q"),
        ("https://[::1]/x", "https://[::1]/x"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("/x", "https://base.example/x"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("mailto:a@example.org", None),
        ("https://user:pw@example.org/", None),
        ("https://", None),
        ("http://[::1", None),
        ("https://exa mple.org/", None),
        ("", None),
    ],
)
def test_a_url_by_example(url: str, expected: str | None) -> None:
    assert urls.canonicalise(url, "https://base.example/y") == expected


@given(MOMENTS)
def test_dates_that_are_written_are_read_back(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert dates.parse(dates.format_rfc3339(moment), UTC_ZONE) == whole
    assert dates.parse(dates.format_rfc822(moment), UTC_ZONE) == whole
    assert parsedate_to_datetime(dates.format_rfc822(moment)) == whole
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", dates.format_rfc3339(moment))


@for_each(
    ("value", "expected"),
    [
        ("2023-07-24T09:36:00Z", datetime(2023, 7, 24, 9, 36, tzinfo=UTC)),
        ("2023-07-24T09:36:00.123+02:00", datetime(2023, 7, 24, 7, 36, tzinfo=UTC)),
        ("2023-07-24", datetime(2023, 7, 23, 22, tzinfo=UTC)),
        ("24 July 2023", datetime(2023, 7, 23, 22, tzinfo=UTC)),
        ("July 24, 2023 10:00", datetime(2023, 7, 24, 8, tzinfo=UTC)),
        ("Mon, 24 Jul 2023 09:36:00 GMT", datetime(2023, 7, 24, 9, 36, tzinfo=UTC)),
        (date(2023, 7, 24), datetime(2023, 7, 23, 22, tzinfo=UTC)),
        (datetime(2023, 7, 24, 9, tzinfo=timezone(timedelta(hours=-7))), datetime(2023, 7, 24, 16, tzinfo=UTC)),
        ("25/04/2023", datetime(2023, 4, 24, 22, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_date_without_a_zone_is_in_the_configured_one(value: object, expected: datetime) -> None:
    assert dates.parse(value, ZoneInfo("Europe/Berlin")) == expected


@for_each(
    "value",
    ["2023", "July 2023", "10:30", "03/04/2023", "tomorrow", "2023-13-45", "24 Jul 2023 09:36 IST", "", 20230724, True, None],
)  # fmt: skip
def test_a_date_that_would_have_to_be_guessed_is_refused(value: object) -> None:
    with pytest.raises(dates.DateError):
        dates.parse(value, UTC_ZONE)


@given(st.text(alphabet=st.sampled_from("<>/=\"' abipsrcdvhfoneut:;&#\x00")))
def test_sanitised_html_holds_no_active_content_and_is_stable(text: str) -> None:
    found = html.sanitise(text, "https://example.org/").html
    assert not re.search(r"<(script|iframe|style|object|embed|link|meta|svg|form)\b", found)
    assert not re.search(r"<[^>]*\son\w+=", found)
    assert html.sanitise(found, "https://example.org/").html == found


HOSTILE_VALUES = [
    "> <script>alert(1)</script>", "</title><img src=x onerror=alert(1)>", "--> <b>", "]]> <b>", "/>", "a < b > c", "'>",
    "\n> <i>", "&gt; <u>", "<!--", "&quot; onerror=alert(1) x=&quot;", "`><svg onload=alert(1)>",
]  # fmt: skip


@for_each("value", HOSTILE_VALUES)
@for_each(
    "source",
    [
        '<p>before <img src="/a.png" alt="{}"> after</p>', "<p>before <img alt='{}' SRC=/a.png> after</p>",
        '<p title="{}">before <img src="/a.png" title="{}" alt="{}"> after</p>',
        '<p>before <IMG alt="{}" width="1" src="/a.png"/> after</p>', '<a title="{}" href="/b">before <img src=/a.png> after</a>',
    ],
)  # fmt: skip
def test_no_value_of_an_attribute_becomes_an_element(source: str, value: str) -> None:
    written = source.replace("{}", value.replace("'", "&#39;") if "alt='" in source else value)
    body = BeautifulSoup(html.sanitise(written, "https://example.org/").html, "html5lib").body
    assert body is not None
    elements = body.select("*")
    assert [tag.name for tag in elements] in (["p", "img"], ["a", "img"])
    assert body.get_text(" ", strip=True) == "before after"
    assert elements[1]["src"] == "https://example.org/a.png"
    assert {name for tag in elements for name in tag.attrs} <= {"src", "alt", "title", "width", "href"}


def test_links_and_pictures_in_html_are_absolute_http_or_gone() -> None:
    found = html.sanitise(
        '<a href="javascript:x">a</a><a href="/b">b</a><img src="data:x"><img src="c.png" srcset="d.png 2x">'
        '<p><div>d</div></p><p style="position:fixed" onclick="x">e</p>',
        "https://example.org/f/",
    ).html
    for address in re.findall(r'(?:href|src)="([^"]*)"', found):
        assert address == urljoin("https://example.org/", address)
    assert found == (
        '<a>a</a><a href="https://example.org/b">b</a><img src="https://example.org/f/c.png" alt=""><div>d</div><p>e</p>'
    )


@given(st.text(), st.integers(2, 50))
def test_a_shortened_text_is_no_longer_than_asked(text: str, length: int) -> None:
    assert len(plain.shorten(text, length)) <= max(length, 1)


@given(
    st.lists(
        st.sampled_from(
            [
                "https://",
                "http://",
                "HTTP://",
                "example.org",
                "www.a-b.example",
                "Ex.org",
                "-x.org",
                "a..b",
                "1.2.3.4",
                ":80",
                "/",
                "//",
                ".",
                "..",
                "/..",
                "/.",
                "x",
                "é",
                "%41",
                "%",
                "?",
                "?a=b",
                "&c",
                "#",
                "#f",
                "#/c!",
                "?a=/b,c",
                "%2f",
                "%C3%a9",
                " ",
                ";p",
                "@",
                "user@",
                "'",
                '"',
                "[",
                "\\",
                "\n",
            ]
        ),
        max_size=9,
    ),
    st.sampled_from(["", "https://base.example/deep/page?q#f"]),
)
def test_a_url_that_is_canonical_at_a_glance_is_what_the_long_way_finds(parts: list[str], base: str) -> None:
    for begin in ("", "https://example.org/"):
        url = begin + "".join(parts)
        assert urls.canonicalise(url, base) == urls.resolve(url, base)


@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "b-c",
                "-",
                "example",
                ".",
                "..",
                "org",
                "ORG",
                "www.",
                "https://",
                "é",
                "1",
                "_",
                ":80",
                "/",
                " ",
                "\n",
                "x" * 64,
            ]
        ),
        max_size=7,
    ).map("".join)
)
def test_a_domain_that_is_canonical_at_a_glance_is_what_the_long_way_finds(name: str) -> None:
    for domain in (name, f"{name}.example.org", f"www.{name}.org"):
        assert urls.canonicalise_domain(domain) == urls.resolve_domain(domain)
