"""What cleaning takes from an article is named, and what can be shown stays."""

from __future__ import annotations

import pytest

from feeds.articles.reader import Reading, ReadingRules, read
from feeds.lib.text.depth import is_too_deep
from feeds.lib.text.html import sanitise
from feeds.model import Problem

BASE = "https://example.org/a/"
RULES = ReadingRules("UTC", "https://feeds.example.org/", 1_000_000)


def read_body(body: str, path: str = "a.md", matter: str = "webUrl: https://example.org/a/\n") -> Reading:
    text = f"---\ntitle: T\npublishedDateTime: 2024-01-31T10:00:00Z\n{matter}---\n{body}"
    return read(path, text.encode(), RULES)


def show(html: str) -> str:
    return sanitise(html, BASE).html


def tell(html: str) -> list[tuple[str, int, bool]]:
    return [(loss.one, loss.number, loss.faithful) for loss in sanitise(html, BASE).losses]


@pytest.mark.parametrize(
    "name",
    [
        "title",
        "iframe",
        "script",
        "style",
        "textarea",
        "xmp",
        "noembed",
        "noframes",
        "plaintext",
        "noscript",
        "svg",
        "math",
        "template",
        "select",
        "object",
    ],
)
def test_an_element_that_nothing_ends_takes_no_text_along(name: str) -> None:
    found = show(f"<p>Before <{name}> after.</p><p>Later.</p>")
    assert found.startswith("<p>Before ")
    assert "after.</p><p>Later.</p>" in found


def test_what_is_lost_is_one_warning_with_its_line_and_what_was_replaced_one_note() -> None:
    reading = read_body(
        "One.\n\n<p><svg width='400'><text>Up</text></svg></p>\n\n<p><a href='javascript:x'>a</a> "
        "<a href='javascript:y'>b</a></p>\n\n<p><math alttext='x^2'><mi>x</mi></math></p>\n"
    )
    assert reading.problems == (
        Problem(
            "lost-content", "warning", "a.md", "removed: drawing in svg, 2 links with javascript:.",
            "Feeds cannot show it: write it in another way, or link to it.", 8, 4, "text",
        ),
        Problem(
            "replaced-content", "note", "a.md", "replaced: formula as TeX.", "Feeds show it so.", 12, 4, "text"
        ),
    )  # fmt: skip
    assert reading.article is not None
    assert "Up" in reading.article.body
    assert "$x^2$" in reading.article.body


def test_an_ordinary_article_has_no_problem_and_loses_nothing() -> None:
    reading = read_body('# A\n\n*b* [c](https://example.org/) ![d](https://example.org/d.png "e")\n\n- f\n')
    assert reading.problems == ()


def test_the_depth_is_that_of_what_a_parser_sees() -> None:
    links = "".join(f'<li><a href="/{n}">piece {n}</a> by <em>x</em></li>' for n in range(600))
    assert not is_too_deep(f"<!-- was: a > b --><ul>{links}</ul>")
    assert not is_too_deep("<p>a <font color=red>b<p>" * 1200)
    assert not is_too_deep("<ul>" + "<li><b>x<p>y" * 1200)
    assert is_too_deep("<div>" * 1100)
    assert is_too_deep("<div title='</div>'><!--</div>-->" * 1100)


def test_a_message_about_depth_names_the_field_that_it_is_about() -> None:
    deep = "<div>" * 1100
    assert [p.field for p in read_body(deep).problems] == ["text"]
    matter = f"webUrl: https://example.org/a/\nfeaturedContent: '{deep}'\n"
    assert [p.field for p in read_body("x", matter=matter).problems] == ["featuredContent"]


def test_links_inside_an_article_go_to_the_article() -> None:
    body = '[Part](#part) [file](photo.jpg)\n\n<h2 id="part">Part</h2>\n'
    own = read_body(body, "notes/first.md", matter="").article
    linked = read_body(body).article
    assert own is not None
    assert linked is not None
    assert 'href="https://feeds.example.org/articles/notes/first/#part"' in own.body
    assert 'href="https://feeds.example.org/articles/notes/first/photo.jpg"' in own.body
    assert '<h2 id="part">' in own.body
    assert 'href="https://example.org/a/#part"' in linked.body


def test_a_file_of_html_is_html_and_its_head_is_no_text() -> None:
    html = "<html><head><title>W</title><style>p{}\n\ntd{}</style></head><body><table><tr><td>\n\n    <p>Hi.</p></table>"
    article = read_body(html, "a.html").article
    assert article is not None
    assert article.body == "<table><tbody><tr><td>\n\n    <p>Hi.</p></td></tr></tbody></table>"
