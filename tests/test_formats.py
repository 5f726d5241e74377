"""Documents: spliced equals whole, golden documents hold, ids and dates agree between formats."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import feedparser
import msgspec
import pytest
from effort import examples, for_each
from feedgen_entries import whole
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree
from sites import Workspace

from feeds import formats
from feeds.config.schema import FormatName
from feeds.formats import atom, feedgen_heads, jsonfeed, rss
from feeds.formats import xml as elements
from feeds.formats.context import EntryContext
from feeds.formats.entries import make_content
from feeds.lib.text import media_types
from feeds.model import Article, Feed, Image, Link, Media, Provider, Related

GOLDEN = Path(__file__).parent / "golden"
CONTEXT = EntryContext("https://feeds.example.org/", "en")
NAMES: tuple[FormatName, ...] = ("atom", "rss", "json")
WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30).filter(str.strip)
FEED = Feed(
    id="urn:uuid:7d7d3c1c-6a0c-5ab6-8b3e-8e1a1c6d6a01",
    title="AI & <robots> · Example",
    subtitle="What's new",
    home="https://feeds.example.org/topics/ai/",
    self_url="https://feeds.example.org/topics/ai.atom",
    links=(
        Link("alternate", "https://feeds.example.org/topics/ai/", "text/html"),
        Link("self", "https://feeds.example.org/topics/ai.atom", "application/atom+xml"),
    ),
    updated=datetime(2024, 2, 1, tzinfo=UTC),
    language="en",
    author="Example",
    generator="0",
    ttl=30,
    rights="© Example",
    icon="https://feeds.example.org/icon.png",
    logo=Image("https://feeds.example.org/logo.png", 144, 72),
)


def article(number: int = 0, title: str = "A title", summary: str = "", body: str = "") -> Article:
    moment = datetime(2024, 1, 1, number // 60 % 24, number % 60, tzinfo=UTC)
    return Article(
        path=f"{number}.md",
        id=f"urn:uuid:00000000-0000-5000-8000-{number:012}",
        title=title.strip(),
        published=moment,
        updated=moment,
        url=f"https://example.org/{number}",
        summary=summary.strip(),
        body=body,
        provider=Provider("example.org", "Example"),
        topics=("AI", "Robots"),
    )


def entries(module: Any, articles: list[Article], context: EntryContext = CONTEXT) -> list[bytes]:
    return [module.render_entry(make_content(one, context), context) for one in articles]


@given(st.text())
def test_text_comes_out_of_xml_as_it_went_in_or_is_refused(value: str) -> None:
    xml = f'<x a="{elements.escape_attribute(value)}">{elements.escape_text(value)}</x>'
    try:
        parsed = etree.fromstring(elements.encode_xml(xml))
    except ValueError:
        with pytest.raises(ValueError, match=r"XML|codec"):
            etree.Element("x").text = value
    else:
        assert (parsed.get("a"), parsed.text or "") == (value, value)


@given(st.text(st.characters(codec="utf-8")))
def test_html_that_is_encoded_is_escaped_as_text_is(value: str) -> None:
    assert elements.escape_html(value.encode()).decode() == elements.escape_text(value)
    profile = rss.apply_profile(elements.escape_text(value))
    assert elements.escape_html(value.encode(), b"&#x26;", b"&#x3C;").decode() == profile


def test_what_no_xml_may_hold_is_refused_in_a_title_and_in_html() -> None:
    contexts = CONTEXT, msgspec.structs.replace(CONTEXT, content="summary")
    for title, body in (("a\0", ""), ("a\0", "<p>b</p>"), ("a", "<p>\0</p>")):
        for module, context in product((atom, rss), contexts):
            with pytest.raises(ValueError, match="XML forbids"):
                entries(module, [article(1, title, "", body)], context)


@examples(20, 400)
@given(st.lists(st.tuples(WORDS, WORDS), max_size=4))
def test_a_spliced_document_equals_what_feedgen_writes_for_the_whole_feed(
    texts: list[tuple[str, str]],
) -> None:
    articles = [article(n, title, summary) for n, (title, summary) in enumerate(texts)]
    for module, root, name in ((atom, "feed", "entry"), (rss, "rss", "item")):
        spliced = module.render_feed(FEED, entries(module, articles))
        assert canonical(spliced) == canonical(whole(module, FEED, articles, CONTEXT))
        parsed = etree.fromstring(spliced)
        assert etree.QName(parsed).localname == root
        assert len([e for e in parsed.iter() if etree.QName(e).localname == name]) == len(articles)


PICTURES = st.sampled_from(
    [
        None,
        Image("https://example.org/a.png?v=2", 100, 100),
        Image("https://example.org/a.jpg"),
        Image("https://example.org/a"),
    ]
)


@given(st.tuples(*[WORDS] * 4), PICTURES, st.datetimes(datetime(1, 1, 1)))  # noqa: DTZ001 - a zone comes below
def test_a_head_that_is_filled_has_the_bytes_that_feedgen_writes(
    texts: tuple[str, ...], picture: Image | None, updated: datetime
) -> None:
    title, subtitle, author, query = texts
    address = f"https://feeds.example.org/?{query}"
    feed = msgspec.structs.replace(
        FEED, title=title, subtitle=subtitle, author=author, self_url=address, logo=picture,
        links=(FEED.links[0], Link("self", address)), updated=updated.replace(microsecond=0, tzinfo=UTC),
    )  # fmt: skip
    assert atom.render_feed(feed, []) == feedgen_heads.write_atom_head(feed) + b"</feed>"
    head = rss.apply_profile(feedgen_heads.write_rss_head(feed).decode())
    assert rss.render_feed(feed, []).decode() == f"{head}</channel></rss>"


@examples(20, 400)
@given(st.lists(st.tuples(WORDS, WORDS), max_size=4))
def test_a_spliced_json_document_is_the_feed_with_its_items_in_order(texts: list[tuple[str, str]]) -> None:
    articles = [article(n, title, summary) for n, (title, summary) in enumerate(texts)]
    items = entries(jsonfeed, articles)
    feed = msgspec.json.decode(jsonfeed.render_feed(FEED, items))
    assert feed["items"] == [msgspec.json.decode(item) for item in items]
    assert [(item["id"], item["title"]) for item in feed["items"]] == [(a.id, a.title) for a in articles]
    assert feed | {"items": []} == msgspec.json.decode(jsonfeed.render_feed(FEED, []))


def canonical(document: bytes) -> bytes:
    text: bytes = etree.tostring(etree.fromstring(document), method="c14n")
    return text


def readable(document: bytes) -> bytes:
    """A document with its structure in lines and indents."""
    if document.startswith(b"{"):
        return msgspec.json.format(document, indent=2) + b"\n"
    tree = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
    pretty: bytes = etree.tostring(tree, pretty_print=True, encoding="UTF-8", xml_declaration=True)
    return pretty


KINDS: dict[str, Article] = {
    "file": Article(
        path="d.md",
        id="urn:uuid:33333333-3333-5333-8333-333333333333",
        title="A film to download",
        published=datetime(2024, 1, 6, tzinfo=UTC),
        updated=datetime(2024, 1, 6, tzinfo=UTC),
        url="https://example.org/d",
        summary="Three minutes.",
        type="download",
        quality=80,
        heat=5,
        duration=180,
        provider=Provider("example.org", "Example"),
        topics=("AI",),
        tags=("birds", "ai", "R&D", "Birds"),
        images=(Image("https://example.org/1.jpg"), Image("https://example.org/2.png", 10, 20, "Second")),
        media=Media(
            "video",
            page="https://example.org/film.mp4",
            file="https://example.org/film.mp4",
            type="video/mp4",
        ),
    ),
    "plain": article(1, "Plain", "A summary."),
    "text": article(2, 'Tags & "quotes" ‹b›', "1 < 2 & 3 > 2", "<p>Body &amp; <em>more</em></p>"),
    "video": Article(
        path="v.md",
        id="tag:example.org,2024:video",
        title="A film",
        published=datetime(2024, 1, 2, tzinfo=UTC),
        updated=datetime(2024, 1, 3, tzinfo=UTC),
        url="https://example.org/v",
        via="https://source.example/v",
        type="video",
        duration=893,
        provider=Provider("example.org", "Example", ("Ann", "Bob")),
        images=(Image("https://example.org/p.png", 1280, 720, "Poster", "© Ann"),),
        media=Media(
            "video", "https://www.youtube.com/watch?v=abcdefg", "https://www.youtube.com/embed/abcdefg"
        ),
    ),
    "audio": Article(
        path="s.md",
        id="urn:uuid:44444444-4444-5444-8444-444444444444",
        title="An episode",
        published=datetime(2024, 1, 7, tzinfo=UTC),
        updated=datetime(2024, 1, 7, tzinfo=UTC),
        url="https://example.org/s",
        duration=600,
        provider=Provider("example.org", "Example"),
        media=Media(
            "audio",
            page="https://example.org/s?a=1&b=2",
            file="https://example.org/s?a=1&b=2",
            type="audio/mpeg",
        ),
    ),
    "linkless": Article(
        path="n.md",
        id="urn:uuid:11111111-1111-5111-8111-111111111111",
        title="A note without a link",
        published=datetime(2024, 1, 4, tzinfo=UTC),
        updated=datetime(2024, 1, 4, tzinfo=UTC),
        body="<p>Only text.</p>",
    ),
    "foreign": Article(
        path="f.md",
        id="urn:uuid:22222222-2222-5222-8222-222222222222",
        title="العربية 日本語 🎉",
        published=datetime(2024, 1, 5, tzinfo=UTC),
        updated=datetime(2024, 1, 5, tzinfo=UTC),
        url="https://example.org/%D8%B9",
        summary="نص",
        language="ar",
        provider=Provider("example.org", "مثال"),
        related=(Related("https://example.org/r", "Related & more", "Q"),),
    ),
}


@given(st.text("h:/.?#jpgmovPNG", max_size=20))
def test_the_ending_of_an_address_is_that_of_its_path(rest: str) -> None:
    url = f"https://{rest}"
    assume(rest.strip("/")[:1].isalpha() and not rest.startswith("/") and ":" not in rest)
    ending = urlsplit(url).path.rpartition(".")[2].lower()
    assert media_types.find_media_type(url) == media_types._TYPES.get(ending)  # noqa: SLF001 - the plain path


@for_each("kind", KINDS)
@for_each("name", NAMES)
def test_each_kind_of_article_is_written_as_its_golden_document(name: FormatName, kind: str) -> None:
    """To accept a change, run with GOLDEN=write and look at the difference."""
    module = formats.load(name)
    written = module.render_feed(FEED, entries(module, [KINDS[kind]]))
    pretty = readable(written)
    path = GOLDEN / f"{kind}.{name}"
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(pretty)
    assert path.read_bytes() == pretty


@pytest.mark.parametrize("content", ["full", "summary"])
@pytest.mark.parametrize("module", [atom, rss], ids=["atom", "rss"])
def test_each_kind_of_article_is_written_as_feedgen_writes_it(module: ModuleType, content: Any) -> None:
    context = msgspec.structs.replace(
        CONTEXT, content=content, sources={"example.org": "https://example.org/feed"}
    )
    articles = list(KINDS.values())
    spliced = module.render_feed(FEED, entries(module, articles, context))
    assert canonical(spliced) == canonical(whole(module, FEED, articles, context))


@pytest.mark.slow
def test_the_sample_is_read_alike_from_atom_and_rss(sample: Workspace) -> None:
    checked = 0
    for path in sample.output.rglob("*.atom"):
        one = feedparser.parse(path.read_bytes())
        two = feedparser.parse(path.with_suffix(".rss").read_bytes())
        assert not one.bozo
        assert not two.bozo
        pairs = zip(one.entries, two.entries, strict=True)
        for a, b in pairs:
            assert (a.id, a.title, a.published_parsed) == (b.id, b.title, b.published_parsed)
            # feedparser takes the id for the link of an Atom entry that has none.
            assert a.link == b.get("link", b.id)
            checked += 1
        assert one.feed.title == two.feed.title
        assert one.feed.updated_parsed == max(
            (e.updated_parsed for e in one.entries), default=one.feed.updated_parsed
        )
    assert checked > 100


def test_an_unpublished_seed_is_in_no_document(sample: Workspace) -> None:
    for path in sample.folder.rglob("*"):
        if path.is_file():
            assert b"Generative AI Rules" not in path.read_bytes(), path
