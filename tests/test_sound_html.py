"""Of HTML in which each element surely ends in its place, no parser would make anything else."""

from __future__ import annotations

from effort import examples, for_each
from hypothesis import given
from hypothesis import strategies as st

from feeds.lib.text.html import Cleaned, TooDeepError, sanitise
from feeds.lib.text.markdown import render_markdown

BASE = "https://example.org/a/"
SIMPLE = [
    "<b>", "</b>", "<b>x</b>", "<small>", "</small>", "<small>[x](/y) *z*</small>", "<br>", "<br/>", "<br />", "<br\n",
    "<br class=x>", "<!-- c -->", "\n<!-- c\n\nhttps://e.example <x>\n-->\n", "<!-->", "<!--", "-->",
]  # fmt: skip
OTHERS = [
    "https://e.example", "www.e.example/x", "me@e.example", "[x](/y)", "![<b>](/p.png)", "![p](/p.png)", "a", "é", "&", "&amp;",
    "<T>", "<p>", "</p>", "<code>", "</code>", "*", "**", "`", "~~", " ", "\n", "\n\n", "\n- ", "\n> ", "\n# ", "\n\n    ",
    "| a |\n|---|\n| ", " |", "[^1]", "\n\n[^1]: ", "\n: ", "\n```\n", "<", ">", '"', "\\", "-",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(SIMPLE) | st.sampled_from(OTHERS), max_size=12).map("".join)


def clean(html: str, *, sound: bool) -> Cleaned | None:
    try:
        return sanitise(html, BASE, is_sound=sound)
    except TooDeepError:
        return None


@examples(60, 50_000)
@given(TEXTS)
def test_sound_html_is_cleaned_as_a_parser_would_have_it(text: str) -> None:
    html, is_sound = render_markdown(text)
    assert not is_sound or clean(html, sound=True) == clean(html, sound=False)


@examples(60, 50_000)
@given(TEXTS)
def test_a_text_with_simple_tags_is_rendered_as_beside_others(text: str) -> None:
    """A text with another tag is read by the engine's events, and one with simple tags is not."""
    before = "<p><kbd>x</kbd></p>\n<hr />\n"
    assert render_markdown(f"<kbd>x</kbd>\n\n---\n\n{text}").html == before + render_markdown(text).html


@for_each("text", [
    "a *b* [c](/d)", "a <small>*b* [c](/d) ![e](/f.png)</small> g", "- <b>a <i>b</i></b><br />\n  c", "a<br>b<br/>c<br />d",
    "a\n\n<!-- b\n\nc -->\n\nd", "a <!-- b -->\nc", "`<T>` <b>a</b>", "<b>a</b>\n\n<b>c</b>", "<https://e.example> <u>x</u>",
])  # fmt: skip
def test_simple_tags_in_order_need_no_parser(text: str) -> None:
    html, is_sound = render_markdown(text)
    assert is_sound
    assert clean(html, sound=True) == clean(html, sound=False)


@for_each("text", [
    "*a <b>b*</b>", "<b>a\n\nb</b>", "<b>\na", "a\n\n<br>\n& b", "<!-- a --> & b",
    "<b class=x>a</b>", "<B>a</B>", "<kbd>a</kbd>", "<p>a</p>", "a <img src=/b.png>", "<!--> a", "![<b>](/c.png) <b>a</b>",
    "<b>a <!-- b -->\n</b>", "<b>a <i>b</b> c</i>",
])  # fmt: skip
def test_tags_of_other_kinds_or_not_in_order_get_a_parser(text: str) -> None:
    assert not render_markdown(text).is_sound


def test_sound_html_that_is_nested_deeply_is_refused_as_other_html_is() -> None:
    deep = "> " * 400 + "- " * 400 + "x"
    html = "<blockquote>" * 1200 + "x" + "</blockquote>" * 1200
    assert clean(html, sound=True) is clean(html, sound=False) is None
    shallow, is_sound = render_markdown(deep)
    assert clean(shallow, sound=is_sound) == clean(shallow, sound=False)
