"""A program's own entries become feeds that validators and readers accept, whatever is in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import feedparser
import msgspec
import pytest
from effort import examples, for_each
from hypothesis import given
from hypothesis import strategies as st
from sites import CONFIG, NOW, Workspace

import feeds
from feeds import formats
from feeds.check.lint import Finding, lint
from feeds.config.schema import FormatName
from feeds.model import Article, Feed

FORMATS: tuple[FormatName, ...] = ("atom", "rss", "json")
HOME = "https://example.org/news/"


def own_feed(**values: Any) -> Feed:
    return formats.make_feed("Example news", HOME, **values)


def own_article(name: str = "one", **values: Any) -> Article:
    return formats.make_article(f"About {name}", NOW, **{"url": f"{HOME}{name}", **values})


def findings(feed: Feed, articles: list[Article]) -> list[Finding]:
    """What a validator says of the feed in each format; a parser of readers has to take it, too."""
    found = []
    for name in FORMATS:
        body = formats.render(feed, articles, name, f"{HOME}feed.{name}")
        found += lint(f"feed.{name}", formats.MEDIA_TYPES[name], body)
        if name != "json":
            assert not feedparser.parse(body).bozo
    return found


def test_a_feed_with_everything_is_valid_in_each_format_and_shows_it() -> None:
    feed = own_feed(
        subtitle="What is new",
        language="en-GB",
        author="Example Ltd",
        rights="CC BY 4.0",
        icon="https://example.org/icon.png",
        hubs=["https://hub.example.org/"],
    )
    article = own_article(
        html='<p>See <a href="../about">about</a></p>',
        summary="A & B",
        authors=["Ada", "Ada", ""],
        topics=["Releases"],
        tags=["news"],
        image="https://example.org/a.png",
        updated=NOW + timedelta(days=1),
        language="de",
    )
    assert findings(feed, [article, own_article("two")]) == []
    (entry, _) = feedparser.parse(formats.render(feed, [article, own_article("two")], "atom", HOME)).entries
    assert (entry.title, entry.link, entry.summary) == ("About one", f"{HOME}one", "A & B")
    assert [one.name for one in entry.authors] == ["Ada"]
    assert [one.term for one in entry.tags] == ["Releases", "news"]
    assert 'href="https://example.org/about"' in entry.content[0].value
    shown = msgspec.json.decode(formats.render(feed, [article], "json", f"{HOME}feed.json"))
    assert (shown["feed_url"], shown["hubs"][0]["url"]) == (f"{HOME}feed.json", "https://hub.example.org/")
    assert shown["items"][0]["image"] == "https://example.org/a.png"


def test_a_feed_without_entries_is_valid() -> None:
    assert findings(own_feed(), []) == []


def test_a_feed_is_as_old_as_the_last_change_of_its_entries() -> None:
    late = own_article("two", updated=NOW + timedelta(hours=2))
    body = formats.render(own_feed(), [own_article(), late], "atom", f"{HOME}feed.atom")
    assert feedparser.parse(body).feed.updated == "2024-06-01T14:00:00Z"


def test_ids_are_those_that_a_site_with_the_same_addresses_has(workspace: Workspace) -> None:
    workspace.configure(base=CONFIG.replace("https://feeds.example.org/", HOME))
    workspace.article("one", originalUrl=f"{HOME}one")
    with feeds.open(workspace.config, now=NOW) as site:
        kept = feedparser.parse(site.feed("all").body)
    body = formats.render(own_feed(), [own_article()], "atom", f"{HOME}all.atom")
    made = feedparser.parse(body)
    assert (made.feed.id, made.entries[0].id) == (kept.feed.id, kept.entries[0].id)


def test_an_id_of_ones_own_stays_and_needs_no_address() -> None:
    article = formats.make_article("x", NOW, id="tag:example.org,2024:1", html="<p>y</p>")
    assert article.id == "tag:example.org,2024:1"
    odd = formats.make_article("x", NOW, id="no uri", html="<p>y</p>")
    assert findings(own_feed(), [article, odd]) == []
    assert b">no uri</guid>" in formats.render(own_feed(), [odd], "rss", HOME)


def test_html_is_sanitised_and_a_time_of_any_zone_is_the_same_moment() -> None:
    there = datetime(2024, 6, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    article = formats.make_article(
        "x", there, url=f"{HOME}x", html="<p onclick=a()>y<script>z()</script></p>"
    )
    assert article.body == "<p>y</p>"
    assert article.published == datetime(2024, 6, 1, 12, tzinfo=UTC)
    assert b"2024-06-01T12:00:00Z" in formats.render(own_feed(), [article], "atom", HOME)


@for_each(
    ("values", "said"),
    [
        ({"title": " \x00 "}, "title is empty"),
        ({"published": datetime(2024, 6, 1)}, "published needs a time zone"),  # noqa: DTZ001 - it is what is refused
        ({"updated": datetime(2024, 6, 1)}, "updated needs a time zone"),  # noqa: DTZ001
        ({"updated": NOW - timedelta(seconds=1)}, "updated is before published"),
        ({"url": "/one"}, "url is not an address"),
        ({"url": "https://me:secret@example.org/"}, "url is not an address"),
        ({"url": "", "html": "<p>x</p>"}, "needs a url, or else an id and html"),
        ({"image": "a.png"}, "image is not an address"),
        ({"language": "english language"}, "language is not a language tag"),
    ],
)
def test_what_no_entry_can_have_is_refused_by_name(values: dict[str, Any], said: str) -> None:
    given_values = {"title": "x", "published": NOW, "url": f"{HOME}x", **values}
    with pytest.raises(ValueError, match=said):
        formats.make_article(**given_values)


def test_what_no_feed_can_have_is_refused_by_name() -> None:
    article = own_article()
    for call, said in (
        (lambda: formats.make_feed("", HOME), "title is empty"),
        (lambda: formats.make_feed("x", "news/"), "home is not an address"),
        (lambda: own_feed(hubs=["hub"]), "hubs is not an address"),
        (lambda: formats.render(own_feed(), [article], "xml", HOME), 'no format "xml"'),  # type: ignore[arg-type]
        (lambda: formats.render(own_feed(), [article], "rss", "feed.rss"), "url is not an address"),
        (lambda: formats.render(own_feed(), [article, own_article()], "rss", HOME), "have one id"),
    ):
        with pytest.raises(ValueError, match=said):
            call()


@examples(15, 1000)
@given(
    st.text(max_size=40),
    st.text(max_size=60),
    st.text(max_size=60),
    st.lists(st.text(max_size=10), max_size=3),
)
def test_whatever_texts_a_program_gives_the_documents_have_no_errors(
    title: str, summary: str, html: str, names: list[str]
) -> None:
    values: dict[str, Any] = {"summary": summary, "html": html, "authors": names, "tags": names}
    article = formats.make_article(f"x{title}", NOW, url=f"{HOME}x", **values)
    feed = formats.make_feed(f"x{title}", HOME, subtitle=summary)
    assert [one for one in findings(feed, [article]) if one.severity == "error"] == []
