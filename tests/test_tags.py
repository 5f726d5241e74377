"""Tags are found as a parser finds them: no value of an attribute is an element, in whatever is published."""

from __future__ import annotations

import json
import secrets
import time
from html import escape
from pathlib import Path
from typing import Any

import html5lib
import pytest
from bs4 import BeautifulSoup
from effort import for_each, is_quick
from html5lib._tokenizer import HTMLTokenizer
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sites import NOW, Workspace, tree

from feeds.articles.embeds import replace_embeds
from feeds.articles.pictures import Base
from feeds.lib.text.html import sanitise
from feeds.lib.text.plain import remove_unwanted
from feeds.lib.text.tags import decode_value, list_tags, replace_tags
from feeds.publisher.pages.prose import load_lazily
from feeds.site import open_site
from feeds.web.app import create

BASE = "https://example.org/"
SCRIPT = "<script>alert(1)</script>"
VALUES = [
    f"> {SCRIPT}", f"'> {SCRIPT}", f'"> {SCRIPT}', f"'\"> {SCRIPT} \"'", f"--> {SCRIPT}", f"]]> {SCRIPT}", f"/> {SCRIPT}",
    f"\n>\n{SCRIPT}\n", f"<!-- {SCRIPT}", f"<![CDATA[ {SCRIPT} ]]>", "</title></textarea></style><img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)>", '<img src="x" alt="> y">', "<IMG SRC=x>", "<p></p>", "<p> <b></b></p>", "a < b > c & d",
    "&gt;&lt;i&gt;", "&amp;lt;i&amp;gt;", "&region=1&copy", "x\x00>\x00<i>", "<plaintext>", "<svg onload=alert(1)>", "<", ">",
    "<iframe src=https://www.youtube.com/embed/WJk-Y8LQlfE></iframe>", "<video src=https://a.example/f.mp4></video>",
    "\u00a0\u2028<i>", "<img ", 'x" onerror="alert(1)', "x' onerror='alert(1)", "=", "/", "`<i>`",
]  # fmt: skip
# Each has an element with a title, and a picture with an alternative text.
SOURCES = [
    '<p title="{}">before <img src="/a.png" alt="{}"> after</p>',
    "<P TITLE='{}'>before <IMG ALT='{}' WIDTH=1 SRC='/a.png'/> after</P>",
    '<p title = "{}">before <img alt\n=\n"{}" src=/a.png srcset="{} 2x" onerror="{}"> after</p>',
    '<p title="{}">before <picture title="{}"><source srcset="{}" alt="{}"><img data-src=/a.png alt="{}"></picture> after</p>',
]
texts = st.lists(st.sampled_from([*VALUES, *"<>\"'/=& \nab-!", "img", "<p>", "</p>"]), max_size=5).map(
    "".join
)


def meant(value: str) -> str:
    """What a parser makes of a value that was written with its quotes and ampersands escaped."""
    return remove_unwanted(value)


def assert_meant(html: str, value: str) -> None:
    """HTML is the element and the picture of SOURCES, with this value."""
    body = BeautifulSoup(html, "html5lib").body
    assert body is not None
    assert [tag.name for tag in body.select("*")] == ["p", "img"], html
    assert body.get_text(" ", strip=True) == "before after", html
    paragraph, image = body.select("*")
    assert paragraph.attrs == {"title": meant(value)}
    assert {name: text for name, text in image.attrs.items() if name in ("src", "alt")} == {
        "src": "https://example.org/a.png",
        "alt": meant(value),
    }
    assert set(image.attrs) <= {"src", "alt", "width", "loading", "decoding", "referrerpolicy"}


@for_each("value", VALUES)
@for_each("source", SOURCES)
def test_no_value_of_an_attribute_becomes_an_element_and_each_is_kept(source: str, value: str) -> None:
    clean = sanitise(replace_embeds(source.replace("{}", escape(value)), Base(BASE)).html, BASE).html
    assert_meant(clean, value)
    assert_meant(load_lazily(clean), value)


@pytest.mark.parametrize("source", SOURCES)
@given(value=texts)
def test_whatever_an_attribute_holds_the_elements_are_those_that_were_written(
    source: str, value: str
) -> None:
    """Also if the writer escapes only what ends the value: parsers need no more."""
    quote = "'" if "TITLE='" in source else '"'
    brief = value.replace("&", "&amp;").replace(quote, f"&#{ord(quote)};")
    for written in (escape(value), brief):
        clean = sanitise(replace_embeds(source.replace("{}", written), Base(BASE)).html, BASE).html
        assert_meant(clean, value)
        assert_meant(load_lazily(clean), value)
        assert sanitise(clean, BASE).html == clean


@given(value=texts)
def test_what_a_sanitiser_leaves_in_attributes_makes_no_element_of_a_page(value: str) -> None:
    """The sanitiser escapes < and > since nh3 0.3.7; whoever goes over its HTML does not rely on that."""
    written = value.replace("&", "&amp;").replace('"', "&quot;")
    html = f'<p title="{written}">before <img src="https://example.org/a.png" alt="{written}"> after</p>'
    assert_meant(load_lazily(html.replace("\x00", "")), value)


@pytest.mark.slow
def test_no_value_becomes_an_element_in_any_document(workspace: Workspace) -> None:
    token = secrets.token_urlsafe(32)
    tokens = workspace.folder / "tokens"
    tokens.write_text(token)
    tokens.chmod(0o600)
    workspace.configure('[private.editorial]\ninclude_unpublished = true\ntoken_file = "tokens"\n')
    for n, value in enumerate(VALUES):
        source = SOURCES[n % len(SOURCES)]
        quote = "'" if "TITLE='" in source else '"'
        brief = value.replace("&", "&amp;").replace(quote, f"&#{ord(quote)};")
        html = source.replace("/a.png", "https://example.org/a.png").replace("{}", brief)
        # Without a link of its own an article has a page. HTML may be in a field or in the text.
        fields = {"featuredContent": html} if n % 2 else {}
        workspace.article(f"n{n}", html if not fields else "End.", originalUrl=None, **fields)
    workspace.freeze(NOW)
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    private = {
        f"private.{ending}": client.get(f"/private/editorial/{token}/feed.{ending}").data
        for ending in ("atom", "rss", "json")
    }
    seen = dict.fromkeys(("atom", "rss", "json", "html"), 0)
    for path, body in (tree(workspace.output) | private).items():
        kind = Path(path).suffix[1:]
        if "archive" in path or kind not in seen:
            continue
        for number, html in bodies(kind, body):
            element = BeautifulSoup(html, "html5lib").select_one("p[title]")
            assert element is not None
            assert element.parent is not None
            assert not element.parent.select("script, [onerror], [onload]"), (path, html)
            assert_meant(str(element), VALUES[number])
            seen[kind] += 1
    # All articles, a topic, a provider, a private feed; and an article has one page.
    assert all(count >= len(VALUES) for count in seen.values()), seen


def bodies(kind: str, document: bytes) -> list[tuple[int, str]]:
    """The HTML of each article in a document, with the number of the article."""
    if kind == "json":
        found: list[dict[str, Any]] = json.loads(document).get("items", [])
        return [(int(item["title"].rpartition("n")[2]), item["content_html"]) for item in found]
    if kind == "html":
        text = document.decode()
        heading = BeautifulSoup(document, "html5lib").find("h1")
        title = heading.get_text(strip=True) if heading else ""
        return [(int(title.rpartition("n")[2]), text)] if title.startswith("About n") else []
    entries = etree.fromstring(document).iter("{*}entry", "{*}item")
    return [
        (
            int((entry.findtext("{*}title") or "").rpartition("n")[2]),
            entry.findtext("{*}content") or entry.findtext("{*}description") or "",
        )
        for entry in entries
    ]


PIECES = [
    *"<>/=\"' !-?ab1&;\n\t",
    "<a",
    "</a",
    "<!--",
    "-->",
    "--!>",
    "<b ",
    "c=d",
    'e="',
    "<p>",
    "</p>",
    "<?",
    "<!",
    "AB=",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_tags_and_attributes_are_those_that_a_parser_finds(html: str) -> None:
    tokens = HTMLTokenizer(html)
    start, end, empty = (html5lib.constants.tokenTypes[name] for name in ("StartTag", "EndTag", "EmptyTag"))
    parsed = [
        (token["name"], token["type"] == end, dict(token["data"]) if token["type"] != end else {})
        for token in tokens
        if token["type"] in (start, end, empty)
    ]
    ours = [
        (
            tag.name,
            tag.is_end,
            {} if tag.is_end else {k: decode_value(v) for k, v in tag.list_attributes().items()},
        )
        for tag in list_tags(html)
    ]
    assert ours == parsed
    assert (
        replace_tags(html, {tag.name for tag in list_tags(html)}, lambda tag: html[tag.start : tag.end])
        == html
    )


WHOLE = [
    "<a>", "</a>", '<a b="c">', '<b c="d" e="">', "</b>", '<b c="', '">', "<b c>", "<A>", "<abc>", '<b c="<a>">', "<b c=>",
    "<b/>", "<script>", "</script>", "<style x>", "<title", "<!--", "-->", "a < b", "text", "<p>\n",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(WHOLE), max_size=15).map("".join),
    st.sets(st.sampled_from(["a", "b", "p", "script"])),
)
def test_the_tags_of_some_names_are_those_among_all(html: str, names: set[str]) -> None:
    assert list(list_tags(html, names)) == [tag for tag in list_tags(html) if tag.name in names]


@for_each(
    ("html", "names"),
    [
        ("<!-- <i> --><b>", ["b"]), ("<!--><b>", ["b"]), ("<!--->--><b>", ["b"]), ("<!-- <i> --!><b>", ["b"]),
        ("<!-- <i>", []), ("<! <i><b>", ["b"]), ("<?x <i><b>", ["b"]), ("</ <i><b>", ["b"]), ("a < b <b>", ["b"]),
        ("<script><i></scripts></SCRIPT ><b>", ["script", "/script", "b"]), ("<style><i>", ["style"]),
        ("<title><i></title><b>", ["title", "/title", "b"]), ("<textarea></textarea/><b>", ["textarea", "/textarea", "b"]),
        ("<iframe/src=x><b></iframe><i>", ["iframe", "/iframe", "i"]), ("<plaintext><i></plaintext>", ["plaintext"]),
        ("<a b='><i>'><b>", ["a", "b"]), ('<a b="><i>', []), ("<a b=><i>", ["a", "i"]), ('<a b=c"d><i>', ["a", "i"]),
        ("<A\nB\n=\n'>'\n/><i>", ["a", "i"]), ('<a ="><i>', ["a", "i"]), ("<b", []), ("<1><b>", ["b"]),
    ],
)  # fmt: skip
def test_comments_scripts_and_values_hold_no_tags(html: str, names: list[str]) -> None:
    assert ["/" * tag.is_end + tag.name for tag in list_tags(html)] == names


@for_each(
    ("written", "value"),
    [
        ("a&amp;b", "a&b"), ("?a=1&region=2", "?a=1&region=2"), ("?a=1&copy=2", "?a=1&copy=2"), ("&copy", "©"),
        ("&copy;=", "©="), ("&#38;&#x26;&#38", "&&&"), ("&ampx&amp-", "&ampx&-"), ("&unknown;", "&unknown;"), ("&", "&"),
    ],
)  # fmt: skip
def test_a_reference_in_a_value_is_decoded_as_a_parser_does(written: str, value: str) -> None:
    assert decode_value(written) == value
    assert html5lib.parse(f'<p title="{written}">')[1][0].get("title") == value


@for_each(
    ("html", "clean"),
    [
        ("<p><b></b></p>", "<p><b></b></p>"), ("<p><span></span></p>x", "x"), ("<p> <span>\n</span> </p>x", "<p> <span>\n</span> </p>x"), ("<p dir=rtl></p>x", '<p dir="rtl"></p>x'),
        ("<div>" * 12 + "</div>" * 12 + "x", "x"), ("<ul><li></li><li>a</li></ul>", "<ul><li></li><li>a</li></ul>"),
        ("a<p></p>b", "a\nb"), ("<p id=x></p>", '<p id="x"></p>'), ("<a id=x></a>b", '<a id="x"></a>b'),
        ("<p><img></p>x", "x"), ("<p>&nbsp;</p>", "<p>&nbsp;</p>"), ('<p title="<p></p>">a</p><p></p>', None),
        ("<a><br></a>", "<a><br></a>"), ("<p></p><div><p></p>a</div>", "<div>a</div>"),
    ],
)  # fmt: skip
def test_elements_that_hold_nothing_are_left_out(html: str, clean: str | None) -> None:
    found = sanitise(html, BASE).html
    if clean is None:
        assert BeautifulSoup(found, "html5lib").select("p[title='<p></p>']")
        assert found.count("</p>") - found.count("<p></p>") == 1
    else:
        assert found == clean


@pytest.mark.slow
@for_each(
    "piece",
    [
        "<a b=",
        '<a b="',
        "<a b='",
        "<a ",
        "<a b ",
        "<!--",
        "<!",
        "<",
        "</",
        "<iframe>",
        "<iframe ",
        "<video>",
        "</video>",
        "<xmp></xm",
    ],
)
def test_the_time_to_find_tags_grows_with_the_length_of_a_text_only(piece: str) -> None:
    html = piece * (100_000 // len(piece))
    begin = time.process_time()
    list(list_tags(html))
    replace_embeds(html, Base(BASE))
    assert is_quick(time.process_time() - begin, 0.5)
