"""Nothing that an author wrote vanishes in silence: the text of a body as it is written is what each format publishes.

As an HTML parser of others sees it, word by word, and in code sign by sign; but for what a problem of the file names.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import html5lib
import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.articles.frontmatter import parse
from feeds.articles.reader import ReadingRules, read
from feeds.config.schema import FormatName
from feeds.formats.context import EntryContext
from feeds.formats.entries import make_contents, render_entries
from feeds.lib.text.html import Cleaned, TooDeepError, sanitise
from feeds.lib.text.markdown import render_markdown
from feeds.model import Problem

RULES = ReadingRules("UTC", "https://feeds.example.org/", 1_000_000)
CONTEXT = EntryContext("https://feeds.example.org/", "en")
MATTER = "---\ntitle: T\npublishedDateTime: 2024-01-31T10:00:00Z\nwebUrl: https://example.org/a/\n---\n"
UNSEEN = frozenset(("head", "iframe", "noembed", "noframes", "script", "style", "template", "title"))
# What keeps words apart.
BLOCKS = frozenset(
    [
        "article", "aside", "blockquote", "br", "button", "caption", "center", "dd", "details", "dir", "div", "dl", "dt",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
        "ol", "option", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    ]
)  # fmt: skip
# White space in code, as letters.
AS_LETTERS = {ord(blank): 0xE000 + number for number, blank in enumerate(" \t\n\r\f")}
WORDS = st.sampled_from(
    [
        "alpha",
        "beta",
        "Γάμμα",
        "δ",
        "12",
        "%",
        ".",
        "&",
        "<",
        ">",
        "R<D",
        "a>b",
        "x_y",
        "日本",
        "'q'",
        '"r"',
        "&amp;",
        "&copy;",
        "&nope;",
        "*",
        "**",
        "_",
        "~",
        "`",
        "[",
        "]",
        "!",
        "|",
        "#",
        "-",
        "+",
        "=",
        ":",
        ";",
    ]
)
INLINE_PIECES = st.sampled_from([
    "*em*", "**strong**", "~~gone~~", "`code  span`", "``a ` <b>``", "[link](https://example.org/x)", "[^1]", "$a_b < c$",
    "![alt](https://example.org/p.png)", "https://example.org/a_b", "me@example.org", "<https://example.org/>", "List<String>",
    "Vec<T>", "<b>bold</b>", "<b>", "</b>", "<span> </span>", "<code>x  y</code>", "<title>", "<script>", "</script>",
    "<style>", "<iframe>", "<textarea>", "<noscript>", "<svg>", "<math>", "<template>", "<!-- note -->", "<br>", "<hr>",
    "<div>", "</div>", "<p>", "<kbd>K</kbd>", "<user-name>", "<a href='https://example.org/'>", "</a>", "<?php x ?>", "<plaintext>",
    "H<sub>2</sub>O", "a\\*b", "line  \nbreak", "<xmp>", "<o:p></o:p>", "<std::string>",
])  # fmt: skip
BLOCK_PIECES = st.sampled_from([
    "# Heading {#own}\n", "## Heading {a}\n", "- [x] done\n- [ ] open\n", "1. one\n2.\n3. three\n", "> [!NOTE]\n> noted\n",
    "> quoted\n", "```js\n  let  a;\n\n\tb <T>\n```\n", "    indented  code\n", "| a | b |\n|:--|--:|\n| 1 | <T> |\n",
    "Term\n: Meaning\n", "[^1]: Footnote\n", "***\n", "<div>\n\n*inside*\n\n</div>\n", "<pre>\n  kept  so\n</pre>\n",
    "<ul><li>one<li>two</ul>\n", "<table><tr><td>cell</td></tr></table>\n", "$$\na_b\n$$\n", "<!-- block -->\n",
    "<details>\n<summary>More</summary>\n\nText\n\n</details>\n", "<p>one <em>two</em>\n", "<script>\nlet a;\n</script>\n",
    "<script> at the begin\n", "<!-- without an end\n", "<T>\n", "<title> at the begin\n", "<style>\np { a: b }\n</style>\n",
    "<dl><dt>a<dd>b</dl>\n", "<figure><figcaption>cap</figcaption></figure>\n", "<h2>Raw</h2>\n", "<center>mid</center>\n",
])  # fmt: skip
SENTENCES = st.lists(WORDS | INLINE_PIECES, min_size=1, max_size=8).map(" ".join)
MARKDOWN = st.lists(BLOCK_PIECES | SENTENCES, min_size=1, max_size=6).map("\n".join) | st.lists(
    BLOCK_PIECES | SENTENCES, min_size=1, max_size=6
).map("\n\n".join)
LETTERS = WORDS.map(lambda word: word.replace("&", "&amp;").replace("<", "&lt;"))
CODE = st.builds(
    "<{0}>{1}</{0}>".format,
    st.sampled_from(["code", "pre", "pre><code"]),
    st.lists(
        LETTERS
        | st.sampled_from(["  ", "\n", "\t", "<b>x</b>", "<span> </span>", "<span></span>", "List<T>"])
    ).map("".join),
).map(lambda html: html.replace("</pre><code>", "</code></pre>"))
HTML = st.recursive(
    LETTERS | INLINE_PIECES | CODE | st.sampled_from([" ", "\n", "  "]),
    lambda inner: st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from(
            [
                "p",
                "div",
                "span",
                "b",
                "em",
                "a",
                "li",
                "ul",
                "ol",
                "blockquote",
                "section",
                "h2",
                "font",
                "dl",
                "q",
            ]
        ),
        st.lists(inner, max_size=4).map("".join),
    ),
    max_leaves=12,
)


class Published(NamedTuple):
    """The HTML that all formats publish, and the problems of the file."""

    html: str
    problems: tuple[Problem, ...]


def list_words(html: str) -> list[str]:
    """Return the visible words of HTML; code is one word for each stretch without an element."""
    return "".join(list_texts(html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False))).split()


def list_texts(element: Any, *, in_code: bool = False) -> Iterator[str]:
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if name and name not in UNSEEN:
        apart = "\n" if name in BLOCKS else ""
        in_code = in_code or name in ("code", "pre")
        yield apart
        yield (element.text or "").translate(AS_LETTERS if in_code else {})
        for child in element:
            yield from list_texts(child, in_code=in_code)
            yield (child.tail or "").translate(AS_LETTERS if in_code else {})
        yield apart


def publish(path: str, body: str, matter: str = MATTER) -> Published:
    """Read a file and render its entry in each format; all have the same HTML."""
    reading = read(path, f"{matter}{body}".encode(), RULES)
    # An entry without a text shows the title.
    if reading.article is None or not reading.article.body:
        return Published("", reading.problems)
    contents = make_contents([reading.article], CONTEXT)
    names: tuple[FormatName, ...] = ("atom", "rss", "json")
    (atom,), (rss,), (item,) = (render_entries(contents, name, CONTEXT) for name in names)
    assert isinstance(atom, bytes)
    assert isinstance(rss, bytes)
    assert isinstance(item, bytes)
    head = b'<x xmlns:media="urn:m" xmlns:content="urn:c" xmlns:dc="urn:d" xmlns:atom="urn:a">'
    of_rss = etree.fromstring(head + rss + b"</x>")
    shown = [
        etree.fromstring(head + atom + b"</x>").findtext(".//content") or "",
        of_rss.findtext(".//{urn:c}encoded") or of_rss.findtext(".//description") or "",
        json.loads(item).get("content_html", ""),
    ]
    assert shown == [shown[0]] * 3
    # The line that names the source is not the author's.
    assert reading.article.body in shown[0]
    return Published(reading.article.body, reading.problems)


def find_unnamed_loss(written: str, published: Published) -> str:
    """Return what is not as it was written and in no problem, "" if there is nothing."""
    before, after = list_words(written), list_words(published.html)
    if before == after:
        return ""
    codes = {problem.code for problem in published.problems}
    if codes & {"lost-content", "too-deep", "control-character"} or not published.html:
        return "" if codes else f"nothing is published of {before}"
    if "replaced-content" in codes:
        lost = count_letters(before) - count_letters(after)
        if "as text" in str(published.problems):
            # A parser takes the tags after "<title>" for text, the article has them as tags.
            lost -= count_letters(re.findall(r"<[^>]*>?|&#?\w+;", written))
        return f"lost {dict(lost)}" if lost and "formula" not in str(published.problems) else ""
    return f"{before}\n{after}"


def trim(body: str) -> str:
    """Leave out blank lines around a text, as the reader does."""
    return re.sub(r"\A(?:[ \t]*\n)+", "", body).rstrip()


def count_letters(words: Iterable[str]) -> Counter[str]:
    return Counter(letter for word in words for letter in word if letter.isalnum())


@examples(50, 20_000)
@given(MARKDOWN)
def test_whatever_markdown_is_written_is_published_or_named(body: str) -> None:
    assert not find_unnamed_loss(render_markdown(trim(body)).html, publish("a.md", body))


@examples(40, 20_000)
@given(HTML)
def test_whatever_html_is_written_is_published_or_named(body: str) -> None:
    assert not find_unnamed_loss(trim(body), publish("a.html", body))


@examples(100, 20_000)
@given(st.text("ab <>/!?&;-=\"'\n\t`*_[](){}#:|$~", max_size=40))
def test_whatever_signs_are_written_are_published_or_named(body: str) -> None:
    assert not find_unnamed_loss(render_markdown(trim(body)).html, publish("a.md", body))


@examples(80, 20_000)
@given(MARKDOWN | st.text("ab <>/!?&;-=\"'\n\t`*_[](){}#:|$~^.1>", max_size=60))
def test_without_a_parser_the_html_of_the_engine_is_cleaned_as_with_one(body: str) -> None:
    html, is_sound = render_markdown(body)
    assert not is_sound or clean(html, sound=True) == clean(html, sound=False)


def clean(html: str, *, sound: bool) -> Cleaned | None:
    try:
        return sanitise(html, RULES.base_url, is_sound=sound)
    except TooDeepError:
        return None


@pytest.mark.slow
def test_the_text_of_real_articles_is_published_or_named(corpus: Path) -> None:
    seen = 0
    for path in sorted(corpus.rglob("*.md")):
        text = path.read_bytes().decode("utf-8-sig")
        if "---" not in text[:10] or not (body := parse(text, 64_000).body):
            continue
        matter = text[: text.rindex(body)]
        written = body if re.match(r"\s*<html", body) else render_markdown(body).html
        assert not find_unnamed_loss(written, publish(path.name, body, matter)), path
        seen += 1
    assert seen
