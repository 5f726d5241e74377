"""Feeds of others, in every format, become the fields of articles: what they say, and nothing more."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from effort import for_each

from feeds.articles.reader import ReadingRules, read
from feeds.collect import source_feeds
from feeds.collect.new import format_fields
from feeds.collect.source_entries import make_fields
from feeds.collect.source_feeds import NoFeedError, parse_feed
from feeds.model import Article

HOME = "https://blog.example.org/"
RULES = ReadingRules("UTC", HOME, 1_000_000)


def rss(*items: str, head: str = "", more: str = "") -> bytes:
    spaces = (
        'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    )
    channel = f"<title>Salt &amp; Light</title><link>{HOME}</link>{head}"
    entries = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0" {spaces} {more}><channel>{channel}{entries}</channel></rss>'.encode()


def fields_of(data: bytes, url: str = f"{HOME}feed") -> list[dict[str, Any]]:
    feed = parse_feed(data, url)
    return [make_fields(entry, feed) for entry in feed.entries]


def article_of(fields: dict[str, Any]) -> Article:
    """The article as `feeds` itself reads it, without any problem."""
    found = read("a.md", format_fields(fields).encode(), RULES)
    assert found.article is not None, found.problems
    assert found.problems == ()
    return found.article


ITEM = f"<title>One</title><link>{HOME}one</link><pubDate>Mon, 01 Jan 2024 10:00:00 +0200</pubDate>"
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Salz</title><link href="{HOME}"/>
<author><name>Ada</name></author><entry><title>Eins</title><id>urn:x:1</id><link href="one"/>
<updated>2024-01-02T10:00:00Z</updated><published>2024-01-01T10:00:00+02:00</published>
<summary>Kurz</summary><category term="a" label="Alpha"/></entry></feed>"""
JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1", "title": "Salt", "home_page_url": HOME, "language": "en",
    "authors": [{"name": "Ada"}],
    "items": [
        {
            "id": "1", "url": f"{HOME}one", "title": "One < two", "content_html": "<p>Text &amp; more</p>",
            "date_published": "2024-01-01T10:00:00+02:00", "tags": ["alpha"], "image": f"{HOME}a.png",
            "attachments": [{"url": f"{HOME}a.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 61}],
        }
    ],
}  # fmt: skip
RDF = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="{HOME}"><title>Salt</title><link>{HOME}</link></channel>
<item rdf:about="{HOME}one"><title>One</title><link>{HOME}one</link><dc:date>2024-01-01T08:00:00Z</dc:date>
<dc:creator>Ada</dc:creator></item></rdf:RDF>"""


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (rss(ITEM), "One"),
        (ATOM.encode(), "Eins"),
        (json.dumps(JSON).encode(), "One < two"),
        (RDF.encode(), "One"),
    ],
    ids=["rss", "atom", "json", "rdf"],
)
def test_every_format_gives_an_article_with_its_title_address_and_time_in_utc(
    data: bytes, title: str
) -> None:
    article = article_of(*fields_of(data))
    assert (article.title, article.url) == (title, f"{HOME}one")
    assert article.published == datetime(2024, 1, 1, 8, 0, tzinfo=UTC)
    assert article.provider.domain == "blog.example.org"


def test_atom_and_json_give_authors_of_the_feed_language_tags_and_files() -> None:
    atom, other = article_of(*fields_of(ATOM.encode())), article_of(*fields_of(json.dumps(JSON).encode()))
    assert (atom.provider.name, atom.provider.authors, atom.language, atom.tags) == (
        "Salz",
        ("Ada",),
        "de",
        ("Alpha",),
    )
    assert (atom.summary, atom.updated) == ("Kurz", datetime(2024, 1, 2, 10, 0, tzinfo=UTC))
    assert (other.summary, other.tags, other.duration) == ("Text & more", ("alpha",), 61)
    assert other.media is not None
    assert (other.media.file, other.media.medium, other.images[0].url) == (
        f"{HOME}a.mp3",
        "audio",
        f"{HOME}a.png",
    )


@for_each(
    ("written", "shown"),
    [
        ("AT&amp;amp;T &lt;em&gt;wins&lt;/em&gt;", "AT&T wins"),
        ("1 &lt; 2", "1 < 2"),
        ("List&amp;lt;T&amp;gt; in C#", "List‹T› in C#"),
        ("<![CDATA[Cats &amp; <b>dogs</b>]]>", "Cats & dogs"),
        ('Say "no": # or \\ ok', 'Say "no": # or \\ ok'),
        ("A\n  line", "A line"),
        ("Tom &amp;amp;amp; Jerry", "Tom &amp; Jerry"),
        ("&#x85;&#x2028;x: - y&#x1F600;", "x: - y\U0001f600"),
    ],
)
def test_a_title_is_what_readers_of_the_feed_see(written: str, shown: str) -> None:
    item = ITEM.replace("<title>One", f"<title>{written}")
    assert article_of(*fields_of(rss(item))).title == shown


@for_each(
    ("item", "address"),
    [
        ("<link>one</link>", f"{HOME}x/one"),
        (f"<guid>{HOME}p</guid>", f"{HOME}p"),
        ("<guid>p/12</guid>", f"{HOME}x/p/12"),
        ('<guid isPermaLink="false">tag:x</guid>', ""),
        ('<enclosure url="a.mp3" type="audio/mpeg" length="1"/>', f"{HOME}x/a.mp3"),
        (
            f"<link>https://proxy.example/1</link><feedburner:origLink>{HOME}real</feedburner:origLink>",
            f"{HOME}real",
        ),
        ("<link>javascript:alert(1)</link>", ""),
        (f"<link>{HOME}a?utm_source=rss&amp;p=7&amp;utm_medium=feed#x</link>", f"{HOME}a?p=7#x"),
    ],
)
def test_an_address_is_whole_and_counts_from_the_base_of_the_feed(item: str, address: str) -> None:
    (fields,) = fields_of(rss(f"<title>One</title>{item}", more=f'xml:base="{HOME}x/"'))
    assert fields.get("originalUrl", "") == address


@for_each(
    ("encoding", "declared", "header"),
    [
        ("utf-8", "", ""),
        ("utf-8", "", "text/xml"),
        ("utf-8", "iso-8859-1", ""),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("iso-8859-2", "iso-8859-2", ""),
        ("windows-1251", "", "application/rss+xml; charset=windows-1251"),
        ("shift_jis", "shift_jis", ""),
        ("utf-16", "utf-16", ""),
    ],
)
def test_a_text_is_read_in_its_own_encoding_whatever_server_or_declaration_say(
    encoding: str, declared: str, header: str
) -> None:
    word = {"iso-8859-2": "žluťoučký", "windows-1251": "новости", "shift_jis": "新聞"}.get(
        encoding, "Grüße 新聞"
    )
    head = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    text = f"{head}<rss version='2.0'><channel><title>x</title><item><title>{word}</title></item></channel></rss>"
    (entry,) = parse_feed(text.encode(encoding), HOME, header).entries
    assert entry["title"] == word


@for_each(
    "date",
    [
        "Thu, 01 Jan 1970 00:00:00 +0000",
        "0001-01-01T00:00:00Z",
        "",
        "soon",
        "Mon, 01 Jan 2024 10:00:00 IST",
        "01/02/2024",
    ],
)
def test_a_date_that_is_missing_or_unclear_is_left_out(date: str) -> None:
    (fields,) = fields_of(rss(f"<title>One</title><link>{HOME}</link><pubDate>{date}</pubDate>"))
    assert "publishedDateTime" not in fields


def test_an_excerpt_is_plain_short_and_says_more_than_the_title() -> None:
    long = "<p>Word &amp; <b>word</b></p>" * 300
    boiler = "<p>Text.</p><p>The post <a href='x'>One</a> appeared first on <a href='y'>Salt</a>.</p>"
    texts = [long, boiler, "One", "Begin [&hellip;]", "<script>x()</script>Hello"]
    found = fields_of(rss(*(f"{ITEM}<description><![CDATA[{text}]]></description>" for text in texts)))
    excerpts = [fields.get("excerpt", "") for fields in found]
    assert excerpts[0].startswith("Word & word Word & word")
    assert len(excerpts[0]) <= 400
    assert excerpts[1:] == ["Text.", "", "Begin…", "Hello"]


def test_who_published_it_is_the_site_of_the_feed_unless_the_entry_leads_elsewhere() -> None:
    own, other, named = fields_of(
        rss(
            f"{ITEM}<author>ada@example.org (Ada)</author>",
            "<title>Two</title><link>https://www.news.example.net/2</link><author>bob@example.org</author>",
            "<title>Three</title><link>https://news.example.net/3</link><dc:creator>Cy</dc:creator>"
            '<source url="https://news.example.net/feed">The News</source>',
        )
    )
    assert own["provider"] == {
        "name": "Salt & Light",
        "domain": "blog.example.org",
        "authors": [{"name": "Ada"}],
    }
    assert other["provider"] == {"domain": "news.example.net"}
    assert named["provider"] == {
        "name": "The News",
        "domain": "news.example.net",
        "authors": [{"name": "Cy"}],
    }


def test_pictures_and_films_are_those_that_the_entry_names_else_the_first_in_its_text() -> None:
    pixel = '&lt;img src="https://count.example/p.gif" width="1"&gt;&lt;img src="/b.png"&gt;'
    named, shown, film, episode, sound = fields_of(
        rss(
            f'{ITEM}<media:content url="{HOME}a.jpg" medium="image" width="640" height="480"/><description>{pixel}</description>',
            f"{ITEM}<description>{pixel}</description>",
            f'{ITEM}<media:content url="{HOME}v.mp4" type="video/mp4"/><itunes:duration>1:02:03</itunes:duration>',
            f'{ITEM}<enclosure url="{HOME}a.mp3" type="audio/mpeg"/><itunes:duration>9</itunes:duration>',
            f'{ITEM}<enclosure url="{HOME}a.mp3" type="audio/mpeg"/>',
        )
    )
    assert named["images"] == [{"url": f"{HOME}a.jpg", "width": 640, "height": 480}]
    assert shown["images"] == [{"url": f"{HOME}b.png"}]
    assert (film["type"], film["length"]) == ("video", 3723)
    assert (episode["type"], sound["type"]) == ("podcast", "audio")
    assert film["featuredContent"] == {"url": f"{HOME}v.mp4", "type": "video/mp4"}
    assert article_of(film).media is not None


def test_a_page_is_no_feed_and_says_which_feeds_it_names() -> None:
    page = b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/f?a=1&amp;b=2"></head>'
    with pytest.raises(NoFeedError, match="is a page, not a feed") as caught:
        parse_feed(page, HOME)
    assert caught.value.feeds == (f"{HOME}f?a=1&b=2",)


@for_each(
    "data",
    [
        b"",
        b"\0\1\2",
        b"{",
        b'{"a": 1}',
        b"<html></html>",
        b"%PDF-1.7",
        b"<x/>",
        b"[" * 100_000,
        b"{" * 100_000,
    ],
)
def test_what_is_no_feed_is_told_and_raises_nothing_else(data: bytes) -> None:
    with pytest.raises(NoFeedError):
        parse_feed(data, HOME)


@pytest.mark.slow
def test_a_feed_that_would_take_for_ever_is_ended_and_the_next_one_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(source_feeds, "_MOST_SECONDS", 1)
    attributes = " ".join(f"a{n}='1'" for n in range(60_000))
    with pytest.raises(NoFeedError, match="takes more than 1 seconds of a processor"):
        parse_feed(rss(f"<title {attributes}>One</title><link>{HOME}</link>"), HOME)
    # Which has the time of a slow machine: it reads it with a new process.
    monkeypatch.setattr(source_feeds, "_MOST_SECONDS", 100)
    long = rss(*[f"{ITEM}<description>{'word ' * 2000}</description>"] * 6)
    assert [fields["title"] for fields in fields_of(long)] == ["One"] * 6


def test_short_and_long_feeds_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    found = parse_feed(rss(ITEM), HOME), parse_feed(ATOM.encode(), HOME)
    monkeypatch.setattr(source_feeds, "_QUICK", 0)
    assert (parse_feed(rss(ITEM), HOME), parse_feed(ATOM.encode(), HOME)) == found
    broken = (
        b'<rss version="2.0"><channel><title>&bogus;</title><item><title>&#xD800;</title></item></channel>'
    )
    with pytest.raises(NoFeedError, match="is not a feed that can be read"):
        parse_feed(broken, HOME)


def test_a_page_is_no_feed_however_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that begin as pages do are not given to feedparser, which takes long for them."""
    monkeypatch.setattr(source_feeds, "_parse_xml", None)
    for begin in (
        "<!DOCTYPE html><html>",
        "<html lang='en'>",
        "\ufeff\n<HTML>",
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">',
    ):
        with pytest.raises(NoFeedError, match="is a page, and names no feed"):
            parse_feed(f"{begin}<head></head><body>x</body>".encode(), HOME)


def test_fields_are_yaml_that_pyyaml_reads_as_the_same_values() -> None:
    fields = {
        "title": 'a "b": # \\ \u00e9', "publishedDateTime": datetime(2024, 1, 1, tzinfo=UTC), "quality": 3, "draft": True,
        "topics": ["AI", "no", "1"], "provider": {"name": "yes", "authors": [{"name": "x"}, {"name": "y: z"}]},
    }  # fmt: skip
    text = format_fields(fields, {"quality": "why"})
    assert yaml.safe_load(text.strip().strip("-")) == fields
    assert "quality: 3   # why" in text
