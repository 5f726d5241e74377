"""Front matter without fences, and texts in reStructuredText and org-mode."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from effort import examples, for_each, is_quick, stressed
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles import rest
from feeds.articles.frontmatter import FrontMatter
from feeds.articles.org import render_org
from feeds.articles.other_matter import find_syntax, parse_other
from feeds.articles.positions import IN_TEXT, FrontMatterError, locate
from feeds.articles.rest import MissingDocutilsError, render_rest
from feeds.articles.template_syntax.work import TemplateSite
from feeds.lib.text.html import sanitise

ALL = ("headers", "rest", "nikola", "org", "meta")


def parse(path: str, text: str, forms: tuple[str, ...] = ALL) -> FrontMatter:
    found = parse_other(path, text, forms, 64_000)
    assert found is not None
    return found


MATTER = {
    ("a.md", "Title: One: two\nDate: 2020-01-02 10:00\nTags: a, b\n\nText"): {"title": "One: two", "date": "2020-01-02 10:00", "tags": "a, b"},
    ("a.md", "TITLE: One\nSummary: two\n    three\nauthor: A\nauthor: B\n\nText"): {"title": "One", "summary": "two three", "author": ["A", "B"]},
    ("a.md", "\n\nTitle: One\r\nStatus:\r\n\r\nText"): {"title": "One", "status": ""},
    (
        "a.html",
        '<html>\n<head>\n<title>One &amp; two</title>\n<meta name="Date" content="2020-01-02">\n<META content="draft" name="status" />\n<meta charset="utf-8"><meta name="keywords" content="a, b">\n</head>\n<body>\nText',
    ): {"title": "One & two", "date": "2020-01-02", "status": "draft", "tags": "a, b"},
    ("a.rst", "One\n###\n\n:date: 2020-01-02\n:tags: a, b\n:summary: two\n   three\n\nText"): {
        "title": "One", "date": "2020-01-02", "tags": "a, b", "summary": "two three",
    },
    ("a.rst", "###\nOne\n###\n\nSub\n---\n\n:Date: 2020-01-02\n\nText"): {"title": "One", "date": "2020-01-02"},
    ("a.rst", ".. a comment\n   of lines\n\nOne\n===\n:status: draft\n\nText"): {"title": "One", "status": "draft"},
    ("a.rst", ":title: One\n:date: 2020-01-02\n\n:slug: x\n\nText"): {"title": "One", "date": "2020-01-02", "slug": "x"},
    ("a.rst", "One\n===\n\nText"): {"title": "One"},
    ("a.rst", ".. title: One\n.. slug: one\n.. date: 2020-01-02 10:00:00 UTC\n.. tags: a,b\n.. link:\n\nText"): {
        "title": "One", "slug": "one", "date": "2020-01-02 10:00:00 UTC", "tags": "a,b", "link": "",
    },
    ("a.md", "<!--\n.. title: One\n.. date: 2020-01-02\n-->\n\nText"): {"title": "One", "date": "2020-01-02"},
    ("a.md", ".. title: One\n.. status: draft\n\nText"): {"title": "One", "status": "draft"},
    ("a.txt", ".. title: One\n\nText"): {"title": "One"},
    ("a.org", "#+TITLE: One\n#+date: <2020-01-02 Thu 10:30>\n#+FILETAGS: :a:b:\n#+categories[]: c d\n#+draft: true\n\nText"): {
        "title": "One", "date": "2020-01-02 10:30", "tags": ["a", "b"], "categories": ["c", "d"], "draft": "true",
    },
    ("a.org", ":PROPERTIES:\n:ID: x\n:END:\n# comment\n#+title: One\n\n#+caption: Cap\nText"): {"title": "One"},
    ("a.org", "#+title: One\n#+date: [2020-01-02]\nText"): {"title": "One", "date": "2020-01-02"},
}  # fmt: skip


@for_each(("file", "wanted"), MATTER.items())
def test_front_matter_without_fences_is_read(file: tuple[str, str], wanted: dict[str, object]) -> None:
    found = parse(*file)
    assert found.fields == wanted
    assert found.body.endswith("Text")
    assert not found.body.startswith((":", "..", "#+t", "T:"))


@for_each("file", MATTER)
def test_a_problem_points_at_the_lines_of_the_author(file: tuple[str, str]) -> None:
    found = parse(*file)
    lines = file[1].replace("\r\n", "\n").split("\n")
    line, _ = locate(found.split, (IN_TEXT, "Text"))
    assert lines[line - 1] == "Text"
    title = locate(found.split, ("title",))[0]
    assert "One" in lines[title - 1]
    for name in found.fields.keys() - {"title", "tags", "categories"}:
        assert name in lines[locate(found.split, (name,))[0] - 1].lower()
    assert 1 <= locate(found.split, ("missing",))[0] <= len(lines)


NOT_OTHER = [
    ("a.md", "---\ntitle: One\n---\nText"),
    ("a.md", '+++\ntitle = "One"\n+++\nText'),
    ("a.md", '{"title": "One"}\nText'),
    ("a.md", "Note: this is a text.\n\nText"),
    ("a.md", "Text"),
    ("a.md", ""),
    ("a.rst", "Text"),
    ("a.org", "Text"),
    ("a.md", "#+title: One"),
]


@for_each("file", NOT_OTHER)
def test_what_has_another_form_or_none_is_left_to_others(file: tuple[str, str]) -> None:
    assert parse_other(*file, ALL, 64_000) is None


def test_a_form_counts_only_where_its_generator_has_it() -> None:
    assert parse_other("a.md", "Title: One\n\nText", ("rest",), 64_000) is None
    assert parse("a.md", "Text\nmore", ("none",)).body == "Text\nmore"
    assert locate(parse("a.md", "Text\nmore", ("none",)).split, (IN_TEXT, "more")) == (2, 1)


def test_matter_without_end_is_refused() -> None:
    with pytest.raises(FrontMatterError, match="more than 1,000 bytes"):
        parse_other("a.md", "Title: One\n" + "a: b\n" * 1000, ALL, 1000)


def test_forbidden_characters_are_removed_and_named() -> None:
    found = parse("a.md", "Title: O\x01ne\n\nText")
    assert found.fields == {"title": "One"}
    assert found.unwanted is not None
    assert found.unwanted[1:] == (1, 9)


def test_the_ending_of_a_file_says_its_syntax() -> None:
    assert [find_syntax(f"a.{ending}") for ending in ("md", "mdx", "txt", "html", "rst", "org")] == [
        "markdown", "markdown", "markdown", "html", "rest", "org",
    ]  # fmt: skip
    assert find_syntax("a.txt", ("nikola",)) == "rest"


def clean(html: str) -> str:
    return sanitise(html, "https://b.example/").html.replace("\n", "")


REST = {
    "*One* **two** ``three``": "<p><em>One</em> <strong>two</strong> <code>three</code></p>",
    "`One <https://x.example/>`_": '<p><a href="https://x.example/">One</a></p>',
    "One\n---\n\nTwo": '<section id="one"><h2>One</h2><p>Two</p></section>',
    ".. note:: One": "<blockquote><p><strong>Note</strong></p><p>One</p></blockquote>",
    ".. admonition:: One\n\n   Two": "<blockquote><p><strong>One</strong></p><p>Two</p></blockquote>",
    "::\n\n  <a> {{ b }}": "<pre><code>&lt;a&gt; {{ b }}</code></pre>",
    ".. chart:: Pie\n   :title: a\n\n   One *two*": "<p>One <em>two</em></p>",
    ":foo:`One`": "<p>One</p>",
    ":doc:`One <other>`": '<p><a href="https://b.example/other/">One</a></p>',
    ":doc:`unknown`": "<p>unknown</p>",
    "One\n\n.. TEASER_END\n\nTwo": "<p>One</p><p>Two</p>",
    ".. raw:: html\n\n   <b>One</b><script>x</script>": "<b>One</b>",
    ".. contents::\n\nOne\n---": '<section id="one"><h2>One</h2></section>',
    ".. figure:: a.png\n   :lightbox:\n   :alt: A\n\n   One": '<figure><img src="https://b.example/a.png" alt="A">'
    "<figcaption><p>One</p></figcaption></figure>",
    "One unknown_ and |two|": "<p>One unknown_ and |two|</p>",
}
SITE = TemplateSite("", lambda name: "https://b.example/other/" if name == "other" else "")


@for_each(("text", "wanted"), REST.items())
def test_rest_becomes_html(text: str, wanted: str) -> None:
    assert clean(render_rest(text, SITE).html) == wanted


@pytest.mark.parametrize("name", ["code", "code-block", "sourcecode"])
def test_code_in_rest_has_its_language_and_any_option(name: str) -> None:
    html = render_rest(
        f".. {name}:: python\n   :linenos: inline\n   :hl_lines: 1\n\n   if a < b:\n       c"
    ).html
    assert html == '<pre><code class="language-python">if a &lt; b:\n    c</code></pre>\n'


def test_a_film_in_rest_is_embedded() -> None:
    html = render_rest(".. youtube:: abcdefghijk\n   :width: 100").html
    assert html.strip() == '<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>'


@pytest.mark.parametrize(
    "text",
    [
        ".. include:: {}",
        ".. raw:: html\n   :file: {}",
        ".. csv-table:: a\n   :file: {}",
        ".. literalinclude:: {}",
        ".. raw:: html\n   :url: file://{}",
    ],
)
def test_rest_reads_no_file_and_says_so(text: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    found = render_rest(text.format(secret))
    assert "hunter2" not in found.html
    assert found.removed or found.errors


def test_rest_knows_no_clock_and_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docutils.conf").write_text("[general]\nfile_insertion_enabled: yes\n")
    (tmp_path / "secret").write_text("hunter2")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCUTILSCONFIG", str(tmp_path / "docutils.conf"))
    assert "hunter2" not in render_rest(".. include:: secret").html
    assert "20" not in render_rest(".. |now| date::\n\nNow |now|").html


def test_what_one_text_uses_the_next_does_not_have() -> None:
    first = render_rest(".. thing:: a\n\n   One\n\n:role:`a`").removed
    assert first == (("directive", "thing"),)
    from docutils.parsers.rst import directives, roles

    assert "thing" not in directives._directives  # noqa: SLF001 - there is no other way to ask
    assert "role" not in roles._roles  # noqa: SLF001


def test_errors_in_rest_are_told_with_their_line() -> None:
    assert render_rest("One\n\n.. image::\n").errors[0][0] == 3


def test_without_docutils_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "find_docutils_version", lambda: "")
    with pytest.raises(MissingDocutilsError):
        render_rest("One")


def test_rest_that_is_nested_too_deeply_is_refused_or_rendered() -> None:
    text = "".join(f"{'  ' * depth}- a\n\n" for depth in range(400))
    try:
        assert render_rest(text).html
    except ValueError as error:
        assert str(error) == "nests its parts too deeply"  # noqa: PT017 - either is right


ORG = {
    "One *two* /three/ =four= ~five~ +six+ _seven_": "<p>One <strong>two</strong> <em>three</em> <code>four</code> "
    "<code>five</code> <del>six</del> <u>seven</u></p>",
    "a*b*c 2 * 3 * 4 a_b_c /usr/bin/x": "<p>a*b*c 2 * 3 * 4 a_b_c /usr/bin/x</p>",
    "[[https://x.example/][One]] [[https://x.example/a_b_c]]": '<p><a href="https://x.example/">One</a> '
    '<a href="https://x.example/a_b_c">https://x.example/a_b_c</a></p>',
    "See https://x.example/a.": '<p>See <a href="https://x.example/a">https://x.example/a</a>.</p>',
    "[[file:a.png]]": '<p><img src="https://b.example/a.png" alt=""></p>',
    "[[#place][One]] [[id:1][Two]]": "<p>One Two</p>",
    "* TODO One :tag:\nTwo\n** Three": "<h2>One</h2><p>Two</p><h3>Three</h3>",
    "- one\n- two\n  - three\n- four\n\nEnd": "<ul><li>one</li><li>two<ul><li>three</li></ul></li><li>four</li></ul><p>End</p>",
    "1. one\n2. two": "<ol><li>one</li><li>two</li></ol>",
    "- one :: two": "<ul><li><strong>one</strong> two</li></ul>",
    "| a | b |\n|---+---|\n| 1 | 2 |": "<table><tbody><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>",
    "#+begin_quote\nOne\n#+end_quote": "<blockquote><p>One</p></blockquote>",
    "#+BEGIN_EXPORT html\n<b>One</b>\n#+END_EXPORT": "<b>One</b>",
    "#+begin_export latex\nx\n#+end_export\nOne": "<p>One</p>",
    "#+begin_comment\nx\n#+end_comment\nOne": "<p>One</p>",
    ": fixed <a>": "<pre><code>fixed &lt;a&gt;</code></pre>",
    "One\n:PROPERTIES:\n:a: b\n:END:\nSCHEDULED: <2020-01-02>\n# comment\n#+keyword: x": "<p>One</p>",
    "One <b>& two": "<p>One &lt;b&gt;&amp; two</p>",
    "One[fn:1]\n\n[fn:1] Two": "<p>One<sup>1</sup></p><p><sup>1</sup> Two</p>",
    "-----": "<hr>",
}  # fmt: skip


@for_each(("text", "wanted"), ORG.items())
def test_org_becomes_html(text: str, wanted: str) -> None:
    assert clean(render_org(text)) == wanted


def test_code_in_org_is_left_as_it_is() -> None:
    html = render_org("#+begin_src python :results output\n  if *a* < b:\n    ,* c\n#+end_src")
    assert html == '<pre><code class="language-python">if *a* &lt; b:\n  * c\n</code></pre>'


PIECES = st.sampled_from(
    ["Title: a\n", ":date: b\n", ".. tags: c\n", "#+date: d\n", "===\n", "---\n", "\n", "  ", "Text\n", "<!--\n", "-->\n", "- a\n", "* b\n",
     "| c\n", "#+begin_src\n", "#+end_src\n", ".. d::\n", "   ", ":e:`f`", "`g <h>`_", "|i|", "::\n", "[[j]]", ":END:\n", ":k:\n", "é", ": l\n"]
)  # fmt: skip


@examples(40, 5000)
@given(
    st.lists(PIECES, max_size=15).map("".join), st.sampled_from(["a.md", "a.rst", "a.org", "a.txt", "a.html"])
)
def test_whatever_is_written_is_read(text: str, path: str) -> None:
    found = parse_other(path, text, (*ALL, "none"), 64_000)
    if found is not None:
        assert text.endswith(found.split.body) or "\r" in text
        assert locate(found.split, ("title",))[0] >= 1
    render_org(text)
    render_rest(text)


SIZE, SECONDS = (1_000_000, 20) if stressed() else (20_000, 0.4)
UNITS = ["a: b\n", "Title: a\n", ":a: b\n", ".. a: b\n", "#+a: b\n", ":PROPERTIES:\n", "*", "* a\n", "- a\n", " - a\n", "[[a]", "[[", "=a ", "|", "| a\n",
         "#+begin_src\n", "#+begin_quote\n", ":a:\n", "https://a ", "\n", " ", "===\n", ".. a\n", "[fn:a] ", "a :: ", ": a\n"]  # fmt: skip


@pytest.mark.slow
@for_each("unit", UNITS)
def test_the_time_is_proportional_to_the_length(unit: str) -> None:
    text = unit * (SIZE // len(unit))
    begin = time.process_time()
    render_org(text)
    for path in ("a.md", "a.rst", "a.org"):
        parse_other(path, text, (*ALL, "none"), 10_000_000)
    assert is_quick(time.process_time() - begin, SECONDS)


def test_the_tests_have_the_extra() -> None:
    assert rest.find_docutils_version()
    assert os.environ.get("DOCUTILSCONFIG") is None
