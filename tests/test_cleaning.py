"""What cleaning takes from an article is named, and what can be shown stays."""

from __future__ import annotations

import html5lib
from effort import for_each
from sites import Workspace

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


LOST = [
    ('<p><a href="javascript:void(0)">a</a></p>', "<p><a>a</a></p>", [("link with javascript:", 1)]),
    ("<p><a href=' java\tscript:x'>a</a></p>", "<p><a>a</a></p>", [("link with javascript:", 1)]),
    ("<p><a href='&#106;avascript:x'>a</a></p>", "<p><a>a</a></p>", [("link with javascript:", 1)]),
    ('<p><a href="file:///C:/a.pdf">a</a></p>', "<p><a>a</a></p>", [("link with file:", 1)]),
    ('<p><a href="https://user:word@example.org/">a</a></p>', "<p><a>a</a></p>", [("link without a usable address", 1)]),
    ('<p><a href="https://">a</a></p>', "<p><a>a</a></p>", [("link without a usable address", 1)]),
    ('<p><img src="data:image/png;base64,AA" alt="A &quot;map&quot;"></p>', '<p>A "map"</p>', [("picture with data:", 1)]),
    ('<p><img src="cid:a" alt="b"></p>', "<p>b</p>", [("picture with cid:", 1)]),
    ('<p><img alt="b"></p>', "<p>b</p>", [("picture without a usable address", 1)]),
    ('<p><iframe src="https://www.example.com/x"></iframe>a</p>', "<p>a</p>", [("iframe of example.com", 1)]),
    ("<iframe>Not <b>shown</b></iframe>", "Not shown", [("iframe", 1)]),
    ('<object data="https://example.com/x"><p>a</p></object>', "<p>a</p>", [("object of example.com", 1)]),
    ("<p><video>a</video><audio></audio><canvas>b</canvas></p>", "<p>ab</p>", [("video", 1), ("audio", 1), ("canvas", 1)]),
    ("<template><p>one <b>two</b></p></template>a", "a", [("1 character in template", 7)]),
    ("<p>a</p><!-- b c", "<p>a</p>", [("1 character in a comment without an end", 3)]),
    ('<p>a <tweet id="1"/> b</p>', "<p>a  b</p>", [("element tweet", 1)]),
    ('<script>x()</script><style>p {}</style><p onclick="x()" class="a" style="color: red">a</p><!-- b -->', "<p>a</p>", []),
    ("<div hidden>a</div><link rel=x href=y><meta charset=utf-8>", "<div>a</div>", []),
]  # fmt: skip


@for_each(("written", "shown", "lost"), LOST)
def test_what_nobody_can_show_is_told_and_what_has_a_text_leaves_it(
    written: str, shown: str, lost: list[tuple[str, int]]
) -> None:
    found = sanitise(written, BASE)
    assert found.html == shown
    assert [(loss.one, loss.number) for loss in found.losses if not loss.faithful] == lost


NO_TAGS = ["Vec<u8>", "List<T>", "a<b and c>d", "<desk@example.org>", "<https://example.org/>", "I </3 you", "1 <2", "if a <b or", "<b", "a <i and <b>c</b>", "<title>", "<script>", "<plaintext>"]  # fmt: skip


@for_each("written", NO_TAGS)
def test_what_only_looks_like_a_tag_is_text(written: str) -> None:
    text = html5lib.parse(show(f"<p>One {written}</p><p>two</p>"), namespaceHTMLElements=False)
    assert ["".join(p.itertext()) for p in text.iter("p")] == [
        f"One {written.replace('<b>c</b>', 'c')}", "two",
    ]  # fmt: skip


def test_text_in_place_of_a_tag_is_a_note_and_an_element_that_ends_is_none() -> None:
    assert [loss[:1] for loss in sanitise("<p>Vec<u8></p>", BASE).losses] == [("<u8> as text",)]
    assert sanitise("<p><card>a</card> <my-card>b</my-card> <o:p></o:p></p>", BASE) == ("<p>a b </p>", ())


@for_each(("written", "shown"), [
    ("<p>a<!-- b > c -->d</p><!---->", "<p>ad</p>"), ('<p title="<!-- b -->">a</p>', '<p title="&lt;!-- b --&gt;">a</p>'),
    ("<p>a<!--> b --></p>", "<p>a b --&gt;</p>"), ("<p>a<!-- b --!> c --></p>", "<p>a c --&gt;</p>"),
    ("<pre><!-- a -->\nb</pre>", "<pre>b</pre>"), ("<!-- a --><title>b</title><p>c</p>", "<p>c</p>"),
])  # fmt: skip
def test_a_comment_goes_and_takes_nothing_along(written: str, shown: str) -> None:
    assert sanitise(written, BASE) == (shown, ())


@for_each("name", ["title", "iframe", "script", "style", "textarea", "xmp", "noembed", "noframes", "plaintext", "noscript", "svg", "math", "template", "select", "object"])  # fmt: skip
@for_each("place", ["text", "html", "featuredContent"])
def test_an_element_that_nothing_ends_takes_no_text_along(name: str, place: str) -> None:
    html = f"<p>Before <{name}> after.</p><p>Later.</p>"
    path = "a.html" if place == "html" else "a.md"
    matter = (
        f"featuredContent: '{html}'\nwebUrl: {BASE}\n" if place == "featuredContent" else f"webUrl: {BASE}\n"
    )
    article = read_body("" if place == "featuredContent" else html, path, matter).article
    assert article is not None
    assert article.body.startswith("<p>Before ")
    assert "after.</p><p>Later.</p>" in article.body


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
            "replaced-content", "note", "a.md", "replaced: formula as TeX.",
            "Feeds show a link, a picture or text in its place.", 12, 4, "text",
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
    # Each element ends, but bold text is opened again in each paragraph.
    assert is_too_deep("<p>" + "".join(f'<b id="{n}">' for n in range(25)) + "<p>x</p>" * 20_000)
    assert not is_too_deep("<ul><li><p><b>x</b> y</p></li></ul>" * 20_000)
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


@for_each("head", ["<html><head><title>W</title><style>p{}\n\ntd{}</style></head><body>", "<!DOCTYPE html>\n<HTML>\n<HEAD><TITLE>W</TITLE></HEAD>\n<BODY bgcolor=red>", "<!doctype html><title>W</title><meta charset=utf-8><style>p{}</style>", "<?xml version='1.0'?><!-- x --><html><body>", "<title>W</title>", ""])  # fmt: skip
def test_a_file_of_html_is_html_and_its_head_is_no_text(head: str) -> None:
    html = f"{head}<table><tr><td>\n\n    <p>Hi *you*.</p></table>"
    for path in ("a.html", "b/C.HTM"):
        reading = read_body(html, path)
        assert reading.article is not None
        assert (
            reading.article.body == "<table><tbody><tr><td>\n\n    <p>Hi *you*.</p></td></tr></tbody></table>"
        )
        assert reading.problems == ()


def test_the_base_of_a_document_is_what_its_addresses_count_from() -> None:
    html = "<html><head><base href='https://example.com/x/'></head><body><a href='y'>z</a>"
    article = read_body(html, "a.html").article
    assert article is not None
    assert article.body == '<a href="https://example.com/x/y">z</a>'


def test_a_title_or_a_body_in_a_text_is_no_head() -> None:
    assert show("<p>a</p><title>b</title><p>c</p>") == "<p>a</p>b<p>c</p>"
    assert show("<p>a</p><body><p>b</p></body><head></head>c") == "<p>a</p><p>b</p>c"


def test_a_first_line_that_is_indented_is_code() -> None:
    article = read_body("\n\n    first\n      second\n").article
    assert article is not None
    assert article.body == "<pre><code>first\n  second</code></pre>"


def test_contents_lists_and_footnotes_work_on_the_page_of_an_article(workspace: Workspace) -> None:
    body = (
        '<p><a href="#related">Part</a> <a href="#fn">1</a></p><h2 id="related">Part</h2><p id="fn">Note</p>'
    )
    related = [{"title": "R", "webUrl": "https://example.org/r"}]
    workspace.article("deep/own", body=body, originalUrl=None, related=related)
    workspace.freeze()
    page = html5lib.parse(workspace.read("articles/deep/own/index.html"), namespaceHTMLElements=False)
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    prose = page.find(".//div[@class='prose']")
    assert [a.get("href") for a in prose.iter("a")] == ["#related", "#fn"]
    assert [a.get("id") for a in prose.iter() if a.get("id")] == ["related", "fn"]
    assert b"https://feeds.example.org/articles/deep/own/#fn" in workspace.read("all.json")


def test_an_address_of_its_own_page_in_a_text_stays_as_written(workspace: Workspace) -> None:
    """Only links are shortened on the page."""
    written = 'href="https://feeds.example.org/articles/own/#x"'
    workspace.article("own", body=f"<p>{written}</p><p><a {written}>a</a></p>", originalUrl=None)
    workspace.freeze()
    page = workspace.read("articles/own/index.html").decode()
    assert f"<p>{written}</p>" in page
    assert '<a href="#x">a</a>' in page


def test_a_blank_line_at_the_begin_of_code_stays_where_an_empty_element_was_before_it() -> None:
    assert show("<pre><span></span>\nx</pre>") == "<pre>\n\nx</pre>"
    assert show("<pre><span></span>x</pre>") == "<pre>x</pre>"


@for_each(("address", "fault"), [
    ("www.example.com/post", "without a usable address (https://www.example.com/post is meant)"),
    ("example.com/post", "without a usable address (https://example.com/post is meant)"),
    ("example.com", "without a usable address (https://example.com/ is meant)"),
    ("https//example.com/post", "without a usable address (https://example.com/post is meant)"),
    ("https:///example.com/post", "without a usable address (https://example.com/post is meant)"),
    ("https://https://example.com/post", "without a usable address (https://example.com/post is meant)"),
    ("https：//example.com/post", "without a usable address (https://example.com/post is meant)"),
    ("“https://example.com/post”", "without a usable address (https://example.com/post is meant)"),
    ("ttps://example.com/post", "with ttps: (https://example.com/post is meant)"),
    ("sms:+123", "with sms:"), ("mail-to:a@example.com", "with mail-to:"), ("magnet:?xt=1", "with magnet:"),
])  # fmt: skip
@for_each("form", ["One [a]({})", "One ![a]({})", "One [a][1]\n\n[1]: {}", '<p>One <a href="{}">a</a></p>'])
def test_a_mistyped_address_in_a_text_is_told_with_its_place_and_what_was_meant(
    address: str, fault: str, form: str
) -> None:
    (problem,) = read_body(form.replace("{}", address)).problems
    what = "picture" if "!" in form else "link"
    assert (problem.code, problem.severity, problem.message) == (
        "lost-content",
        "warning",
        f"removed: {what} {fault}.",
    )
    line, start = (
        form.replace("{}", address)[: form.index("{}")].count("\n"),
        form[: form.index("{}")].rfind("\n") + 1,
    )
    assert (problem.line, problem.column) == (6 + line, form.index("{}") - start + 1)


@for_each("address", [
    "notes.md", "photo.jpg", "../x.html", "a/b.c/d", "main.rs", "docs/v1.2/x", "x.html#a.com", "?u=www.example.com", "page.php?x=1",
    "feed.xml?y", "/www.example.com/b", "http-basics", "https-everywhere.html", "Über/x", "./www.a.org", "#www.a.org", "foo.tar.gz",
    "http://localhost:8000/", "http://127.0.0.1/x", "https://example.com:8080/a", "https://example.com", "//example.com/a",
    "https://münchen.de/ä", "https://日本.jp/", "https://example.com/“x”", "https://en.wikipedia.org/wiki/„x“", "https://example.com/it’s",
])  # fmt: skip
def test_an_address_in_a_text_that_may_be_meant_is_kept(address: str) -> None:
    reading = read_body(f"[a]({address})")
    assert reading.problems == ()
    assert reading.article is not None
    assert ' href="http' in reading.article.body


def test_a_link_without_an_address_is_told_with_its_line() -> None:
    (problem,) = read_body("One.\n\nTwo [a]() and.").problems
    assert (problem.line, problem.column) == (8, 7)


def test_an_image_by_its_old_name_is_a_picture() -> None:
    assert show('<p>a <image src="b.png"> c</p>') == f'<p>a <img src="{BASE}b.png" alt=""> c</p>'


def test_the_place_of_a_mistyped_address_is_not_that_of_a_right_one() -> None:
    (problem,) = read_body(
        "[a](https://example.com/b)\n\n[a](https://example.com/b/c) [a](example.com/b)\n"
    ).problems
    assert (problem.line, problem.column) == (8, 34)
