"""Plain text: what is no markup arrives as it was written, and what goes is told."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

import feedparser
import pytest
from bs4 import BeautifulSoup
from effort import examples, for_each, is_quick, stressed
from hypothesis import assume, given
from hypothesis import strategies as st
from lxml import etree
from sites import Workspace

from feeds.articles.reader import Reading, ReadingRules, read
from feeds.check.lint import lint
from feeds.formats import MEDIA_TYPES, atom, jsonfeed, rss
from feeds.formats.context import EntryContext
from feeds.formats.entries import make_content
from feeds.lib.text import plain
from feeds.model import Article, Feed, Link

RULES = ReadingRules(timezone="UTC", base_url="https://feeds.example.org/", max_bytes=1_000_000)
FEED = Feed(
    id="urn:uuid:7d7d3c1c-6a0c-5ab6-8b3e-8e1a1c6d6a01", title="F", subtitle="S", home="https://feeds.example.org/",
    self_url="https://feeds.example.org/all.atom", links=(Link("alternate", "https://feeds.example.org/", "text/html"),),
    updated=datetime(2024, 2, 1, tzinfo=UTC), language="en", author="A", generator="0", ttl=30,
)  # fmt: skip
ATOM = "{http://www.w3.org/2005/Atom}"

AS_WRITTEN = [
    "Prices <half of 2019", "What does <?php do", "<!-- x", "R<D", "1 < 2", "a <- b", "I <3 it", "x << y", "<", "< b >", "-->", "a > b",
    "Cats&notes, Sales&regulation", "https://example.org/?a=1&copy=2&section=3", "R&D at AT&T", "&copy 2024", "fish &chips; &", "&#; &#x;",
    "&NoSuchEntity;", "if a<b: print(a)", "x<y and y<z", "</", "Q&A: &lt",
]  # fmt: skip
# What looks like a whole tag gets other signs, because readers would swallow it.
IN_QUOTES = [
    "Why a<b and c>d", "Mind the <script> element and more", "Write to <desk@example.org>", "List<T>", "a topic <dialog>",
    "Centring a <div> in 2024", "1 < 2 <b>", "Vec<i> and Map<i>", "<b>Bold", "Bold</b>", "<b>x</i>", "Between <b> and </b> stands",
    "The <b></b> tag", "The <p> and </p> tags", "<script> and </script> are tags", "(<i></i>) is empty", "The <img> tag", "<title>x</title>",
    "<button>Go</button>", "<my-tag>x</my-tag>", "What does <?php echo 1 ?> do", "<!DOCTYPE html>", "</>", "<https://example.org/>",
    "Map<String, List<Integer>>", "<b and c=d> x </b>", "std::vector<int>", "<details>: how", "a <br/ b> c",
]  # fmt: skip
MARKUP = [
    ("<b>Bold</b> and <I>italic</I>", "Bold and italic"), ("H<sub>2</sub>O", "H2O"), ("<em>a <strong>b</strong></em>", "a b"),
    ('<a href="https://example.org/?a=1&b=2" title="a > b">link</a>', "link"), ("<a href=x rel='y'>l</a>", "l"), ("<b><i>x</b></i>", "x"),
    ("<code>List<T></code>", "List‹T›"), ("<code><div></code>", "‹div›"), ('<span class="x">s</span>', "s"), ("one<br>two<br />three", "one two three"),
    ("<p>One</p><p>Two</p>", "One Two"), ("<p>\n  One\n</p>\n<p>\n  Two\n</p>", "One Two"), ("<p> One </p> <p> Two </p>", "One Two"),
    ("<p>One</p><p>Two, cut", "One Two, cut"), ("one</p><p>two", "one two"), ("<div><p>a</p><ul><li>b</li><li>c</li></ul></div>", "a b c"),
    ("<b> Title </b>", "Title"), ("Hello<b></b> you", "Hello you"), ("<p></p>x", "x"), ("text<!--more-->more", "text more"),
    ("a <font color=red>b</font>", "a b"), ("<b\n>x</b >", "x"),
]  # fmt: skip
DECODED = [
    ("&AMP;", "&"), ("It&#8217;s", "It’s"), ("It&#x2019;s", "It’s"), ("a&nbsp;b", "a b"), ("Q&amp;A", "Q&A"), ("&lt;div&gt;", "‹div›"),
    ("&lt;b&gt;x&lt;/b&gt;", "‹b›x‹/b›"), ("The &amp;copy keyword", "The &copy keyword"), ("&amp;copy; and &amp;amp;", "&copy; and &amp;"),
    ("&eacute;&Eacute;", "éÉ"), ("&#128512;", "😀"), ("&hellip;", "…"),
    ("Why &lt;marquee&gt; died: Q&A, R&amp;D &copy 1 < 2 <b>", "Why ‹marquee› died: Q&A, R&D &copy 1 < 2 ‹b›"),
]  # fmt: skip
LOST = [
    ("<script>alert(1)</script>Hi", "Hi", "<script> of 25 characters"), ("<STYLE>p {}</STYLE >x", "x", "<style> of 20 characters"),
    ('<iframe src="https://a.example/"></iframe>x', "x", "<iframe> of 42 characters"), ("a <!-- b --> c", "a c", "a comment of 10 characters"),
    ('<img src="a.png" alt="A">x', "x", "a picture"), ("The <br> tag", "The tag", "a <br>"), ("a&#0;b", "ab", "a character that no feed may hold"),
    ("<script><!-- <b>x</b> --></script>y", "y", "<script> of 34 characters"),
]  # fmt: skip


def quoted(text: str) -> str:
    return re.sub(r"<([/!?a-zA-Z][^<>]*)>", "‹\\1›", text)


def reading(**fields: Any) -> Reading:
    matter = {
        "title": "T",
        "publishedDateTime": "2024-01-02T03:04:05Z",
        "originalUrl": "https://example.org/a",
    } | fields
    return read("a.md", f"---\n{json.dumps(matter, ensure_ascii=False)}\n---\n".encode(), RULES)


@for_each("text", AS_WRITTEN)
def test_what_is_no_markup_stays_as_it_is_written(text: str) -> None:
    assert plain.to_plain_text(text) == text
    assert plain.list_lost(text) == ()


@for_each("text", IN_QUOTES)
def test_what_is_no_well_formed_markup_stays_and_a_whole_tag_is_quoted(text: str) -> None:
    found = plain.to_plain_text(text)
    assert found.translate({ord("‹"): "<", ord("›"): ">"}) == text
    assert not re.search(r"<[/!?a-zA-Z][^<>]*>", found)
    assert plain.list_lost(text) == ()


@for_each(("text", "expected"), MARKUP + DECODED)
def test_known_markup_goes_and_entities_are_decoded_once(text: str, expected: str) -> None:
    assert plain.to_plain_text(text) == expected
    assert plain.list_lost(text) == ()


@for_each(("text", "expected", "lost"), LOST)
def test_what_goes_with_its_text_is_told_with_the_field(text: str, expected: str, lost: str) -> None:
    for fields, field in (({"title": text}, "title"), ({"topics": ["A", text]}, "topics[1]"), ({"provider": {"name": text, "domain": "a.example"}}, "provider.name")):  # fmt: skip
        found = reading(**fields)
        assert found.article is not None
        assert expected in (
            found.article.title,
            found.article.topics[-1:] and found.article.topics[-1],
            found.article.provider.name,
        )
        assert [(one.code, one.severity, one.field) for one in found.problems] == [
            ("lost-content", "warning", field)
        ]
        assert lost in found.problems[0].message


def test_topics_that_differ_in_what_looks_like_a_tag_are_different() -> None:
    found = reading(topics=["<dialog>", "List<T>", "List<U>"])
    assert found.article is not None
    assert found.article.topics == ("‹dialog›", "List‹T›", "List‹U›")
    assert found.problems == ()


PIECES = st.sampled_from(
    ["<b>", "</b>", "<p>", "</p>", "<br>", "<script>", "</script>", "<!--", "-->", "<i class='a'>", "</i>", "<", ">", " ", "=", "&lt;", "&amp;",
     "&copy", "&#60;", "<img src=x>", "\n", "é", "'", '"', "/", "<code>", "</code>", "alpha", "beta gamma", "delta", " onload=x"]
)  # fmt: skip


@examples(80, 5000)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_plain_text_holds_no_tag_and_stays_as_it_is(text: str) -> None:
    found = plain.to_plain_text(text)
    assert not re.search(r"<[/!?a-zA-Z](?:[^<>]*>|[^<>]*onload=)", found)
    assert plain.keep_plain_text(found) == found


@examples(200, 5000)
@given(
    st.lists(PIECES | st.sampled_from(["\x00", "\x1b", "\x7f", "\n", "\t", "  ", " "]), max_size=3).map(
        "".join
    )
)
def test_what_is_taken_for_plain_at_once_is_plain_and_loses_nothing(text: str) -> None:
    if plain.is_plain_text(text):
        assert (plain.to_plain_text(text), plain.list_lost(text)) == (text, ())
        assert not plain.has_unwanted(text)


@pytest.mark.parametrize(
    "text", ["\x00", "a\x1bb", "a\x7f", "a\nb", "a\tb", "a  b", " a", "a ", "<b>a</b>", "a &amp; b", "é"]
)
def test_what_may_have_to_be_cleaned_is_not_taken_for_plain(text: str) -> None:
    assert not plain.is_plain_text(text)
    assert plain.is_plain_text('A title of words, 12 numbers and signs: "no"!')


@examples(80, 5000)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_a_parser_of_html_would_show_is_there_unless_it_is_told(text: str) -> None:
    """A reader of HTML may swallow what only looks like a tag. Plain text holds it, so words come on top."""
    assume(not plain.list_lost(text))
    shown = BeautifulSoup(text, "html5lib").get_text(" ")
    found = plain.to_plain_text(text)
    for word in ("alpha", "beta", "gamma", "delta", "é"):
        assert found.count(word) >= shown.count(word)


@pytest.mark.slow
@for_each(
    "piece",
    [
        "<b>",
        "<b>x</b>",
        "<!--",
        "<!-- -->",
        "<b> x </b> ",
        "</p><p>",
        "<p>",
        "<a href='",
        "<script>",
        "&#60;",
        '<i a="b">',
    ],
)
def test_the_time_grows_no_faster_than_the_text(piece: str) -> None:
    import time

    def measure(count: int) -> float:
        text = piece * count
        start = time.process_time()
        plain.to_plain_text(text)
        plain.list_lost(text)
        return time.process_time() - start

    measure(100)
    assert is_quick(measure(20_000), 2) if stressed() else is_quick(measure(10_000), 0.5)


WORDS = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="<>&\u034f"), min_size=1, max_size=6
).map(plain.to_plain_text)
TITLES = st.lists(
    WORDS | st.sampled_from(["R<D", "<half", "a&b", "&copy", "R&D2", "&copy=2", "AT&T", "1", "<", "&", "<div>", "List<T>", "Q&A", "&notes", "&#x"]),
    min_size=1, max_size=6,
).map(" ".join).filter(lambda text: bool(plain.to_plain_text(text)))  # fmt: skip


def make_article(title: str) -> Article:
    found = reading(title=title, excerpt=title)
    assert found.article is not None
    return found.article


def render(article: Article, module: Any) -> bytes:
    context = EntryContext(base_url="https://feeds.example.org/", language="en")
    document: bytes = module.render_feed(FEED, [module.render_entry(make_content(article, context), context)])
    return document


def mend(text: str) -> str:
    """What feedparser makes of a text that could be UTF-8 somebody took for Latin-1, such as "Â¡"."""
    try:
        return text.encode("iso-8859-1").decode()
    except UnicodeError:
        return text


@examples(30, 2000)
@given(TITLES)
def test_a_title_arrives_in_each_format_word_by_word(title: str) -> None:
    article = make_article(title)
    expected = article.title
    assert expected.split() == quoted(title).split()
    entry = etree.fromstring(render(article, atom)).find(f"{ATOM}entry")
    assert entry is not None
    for name in ("title", "summary"):
        element = entry.find(ATOM + name)
        assert element is not None
        text = element.text or ""
        assert (
            BeautifulSoup(text, "html5lib").get_text() if element.get("type") == "html" else text
        ) == expected
    item = etree.fromstring(render(article, rss)).find("channel/item")
    assert item is not None
    assert item.findtext("title") == expected
    assert BeautifulSoup(item.findtext("description") or "", "html5lib").get_text() == expected
    found = json.loads(render(article, jsonfeed))["items"][0]
    assert (found["title"], found["summary"]) == (expected, expected)
    for module in (atom, rss):
        parsed = feedparser.parse(render(article, module)).entries[0]
        shown = parsed.title_detail
        assert (unescape(shown.value) if shown.type == "text/html" else shown.value) == mend(expected)


@examples(30, 2000)
@given(TITLES)
def test_no_title_makes_a_document_that_a_validator_doubts(title: str) -> None:
    assume(not re.search("[\xc2\xc3][\x80-\xbf]", title))
    article = make_article(title)
    for module, name in ((atom, "atom"), (rss, "rss"), (jsonfeed, "json")):
        found = lint(f"all.{name}", MEDIA_TYPES[name], render(article, module))  # type: ignore[index]
        assert [one for one in found if one.entry] == []


@pytest.mark.parametrize(
    ("title", "in_html"),
    [
        ("Q&A", "Q&amp;A"), ("What does <?php do", "What does &lt;?php do"), ("The &amp;copy keyword", "The &amp;copy keyword"),
        ("R<D", "R&lt;D"), ("&lt;marquee&gt; &amp;copy; R&amp;D &copy 1 < 2 <b>", "‹marquee› &amp;copy; R&amp;D &amp;copy 1 &lt; 2 ‹b›"),
        ('"Quoted" it\'s', '"Quoted" it\'s'),
    ],
)  # fmt: skip
def test_a_title_that_serves_as_content_is_escaped_and_no_validator_doubts_it(
    workspace: Workspace, title: str, in_html: str
) -> None:
    workspace.article("a", title=title, topics=None, provider=None)
    workspace.freeze()
    content = etree.fromstring(workspace.read("all.atom")).find(f"{ATOM}entry/{ATOM}content")
    assert content is not None
    assert (content.get("type"), content.text) == ("html", in_html)
    assert json.loads(workspace.read("all.json"))["items"][0]["content_html"] == in_html
    assert BeautifulSoup(in_html, "html5lib").get_text() == unescape(in_html)
    done = workspace.run("check", "--feeds", "--format", "json")
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize(
    ("fields", "body", "field", "line"),
    [
        ({}, "", "title", 2), ({"excerpt": "E"}, "", "excerpt", 5), ({"excerpt": "E"}, "Text", "text", 7), ({"featuredContent": "<p>x</p>"}, "Text", "featuredContent", 5),
    ],
)  # fmt: skip
def test_a_finding_about_content_names_the_field_that_it_comes_from(
    workspace: Workspace, fields: dict[str, str], body: str, field: str, line: int
) -> None:
    from feeds.check.documents import _locate_field

    workspace.article("a", body=body, topics=None, provider=None, **fields)
    for named in ("featuredContent", "excerpt") if "excerpt" not in fields else ("featuredContent",):
        assert _locate_field(workspace.config, "a.md", named) == (field, line, 1)


def test_an_escaped_title_is_written_as_html_only_if_readers_would_decode_it() -> None:
    for title, kind in (
        ("R&D at AT&T", None),
        ("1 < 2", None),
        ("a &copy b", "html"),
        ("a &copyb", "html"),
        ("R&D2", "html"),
    ):
        element = etree.fromstring(render(make_article(title), atom)).find(f"{ATOM}entry/{ATOM}title")
        assert element is not None
        assert element.get("type") == kind
        assert element.text == (escape(title, quote=False) if kind else title)
