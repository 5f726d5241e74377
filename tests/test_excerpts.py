"""Excerpts from the text: up to the author's mark, else the first paragraph; in plain text, and never all of it."""

from __future__ import annotations

import pytest
from effort import for_each, is_quick, measure
from hypothesis import given
from hypothesis import strategies as st

from feeds.articles.excerpts import make_excerpt, mark_excerpt_end
from feeds.lib.text.html import sanitise
from feeds.lib.text.markdown import render_markdown
from feeds.lib.text.plain import to_plain_text

MARKS = [
    "<!--more-->", "<!-- more -->", "<!--More-->", "<!--more Read on-->", "<!-- truncate -->", "<!--truncate-->",
    "{/* truncate */}", "<!-- excerpt -->", "<!-- TEASER_END -->", "<!-- PELICAN_END_SUMMARY -->", "---more---", ".. TEASER_END",
    "{% more %}", "<!-- endexcerpt -->", "<!-- MORE -->", "{%- more -%}",
]  # fmt: skip


def clean(body: str) -> str:
    return sanitise(render_markdown(body).html, "https://b.example/").html


def excerpt(body: str, words: int = 60, marks: tuple[str, ...] = ()) -> str:
    return make_excerpt(clean(mark_excerpt_end(body, marks)), words).text


@for_each("mark", MARKS)
def test_an_excerpt_ends_at_the_mark_of_its_author(mark: str) -> None:
    body = f"One **two**.\n\n[Three](https://x.example/)\n\n{mark}\n\nFour."
    made = make_excerpt(clean(mark_excerpt_end(body)), 2)
    assert made.text == "One two. Three"
    assert made.html == clean("One **two**.\n\n[Three](https://x.example/)\n\nFour.")


def test_a_mark_of_the_configuration_counts_too() -> None:
    assert excerpt("One.\n\nTwo.\n\n[[cut]]\n\nThree.", marks=("[[cut]]",)) == "One. Two."


@pytest.mark.parametrize(
    "body",
    [
        "One <!--more--> two.",
        "One\n<!--more-->\ntwo.",
        "- One\n  <!--more-->\n- two",
        "> One\n> <!--more-->\n>\n> two",
    ],
)
def test_a_mark_may_stand_anywhere(body: str) -> None:
    made = make_excerpt(clean(mark_excerpt_end(body)), 60)
    assert made.text == "One"
    assert to_plain_text(made.html) == to_plain_text(clean(body))


@for_each(
    "code",
    [
        "```\n<!--more-->\n```",
        "`<!--more-->` in code",
        "a\n\n    <!--more-->",
        "~~~~\n```\n<!--more-->\n~~~~",
        "```",
    ],
)
def test_a_mark_in_code_is_code(code: str) -> None:
    body = f"First.\n\n{code}\n\nLast."
    assert mark_excerpt_end(body) == body
    assert excerpt(body) == "First."


TEXTS = {
    "# Head\n\nOne *two* [three](x).\n\nFour.": "One two three.",
    "![p](p.png)\n\nOne.\n\nTwo.": "One.",
    "> Quoted.\n\nOne.\n\nTwo.": "One.",
    "> Quoted.\n\n> Again.": "Quoted.",
    "- One\n- two": "One",
    "| a | b |\n|---|---|\n| c | d |\n\nOne.": "One.",
    "<div>Bare <b>text</b></div>\n\n<div>more</div>": "Bare text",
    "`<div>` is a tag & more.\n\nTwo.": "‹div› is a tag & more.",
    "One.": "",
    "": "",
    "![p](p.png)": "",
    "One.\n\n<!--more-->": "",
    "<!--more-->\n\nOne.\n\nTwo.": "One.",
    "<!-- a comment -->\n\nOne.\n\nTwo.": "One.",
    "One.\n\n![p](p.png)": "One.",
}  # fmt: skip


@for_each(("body", "wanted"), TEXTS.items())
def test_without_a_mark_it_is_the_first_paragraph_and_never_the_whole_text(body: str, wanted: str) -> None:
    assert excerpt(body) == wanted


def test_it_is_cut_after_a_word() -> None:
    assert excerpt("One two, three four.\n\nFive.", 2) == "One two…"
    assert excerpt("One two.\n\nFive.", 2) == "One two."
    assert excerpt("One two three.", 2) == "One two…"


def test_a_script_without_spaces_is_cut_too() -> None:
    assert len(excerpt(f"{'字' * 1000}\n\nEnd.", 60)) == 600


@given(
    st.lists(
        st.sampled_from(
            [*MARKS, "a", "b c", "\n", "\n\n", "```", "`", "> ", "- ", "<p>", "</p>", "<div>", "    ", "|"]
        ),
        max_size=20,
    ).map("".join)
)
def test_whatever_is_written_nothing_of_the_mark_is_left(body: str) -> None:
    made = make_excerpt(clean(mark_excerpt_end(body)), 3)
    assert not set("\ue0f7\uf8a3") & {*made.text, *made.html}


@pytest.mark.slow
@for_each(
    "unit",
    [
        "<!--more",
        "<!--more-->",
        "`<!--more-->",
        "```\n",
        "<!--",
        "---more---\n",
        "<p>",
        "<p>a",
        "<blockquote>",
        "</p>",
        " ",
    ],
)
def test_the_time_is_proportional_to_the_length(unit: str) -> None:
    body = unit * (200_000 // len(unit))
    assert is_quick(measure(lambda: (mark_excerpt_end(body), make_excerpt(body, 60))), 1)
