"""The fast reading of plain YAML equals PyYAML's, types included, and leaves alone what is not plain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from effort import examples, for_each
from hypothesis import given
from hypothesis import strategies as st
from sites import CORPUS, ROOT

from feeds.articles import frontmatter
from feeds.articles.positions import FrontMatterError
from feeds.articles.pyyaml import _Loader

FENCES = st.sampled_from(["---", "----", "--- ", "---x", "- ---", "+++", " ---", "a: b", "", "\t"])


@given(st.lists(st.one_of(FENCES, st.text(max_size=5)), max_size=7))
def test_the_usual_way_to_find_front_matter_finds_what_the_other_does(found: list[str]) -> None:
    text = "\n".join(["---", *found])
    usual = frontmatter.split_usual(text)
    try:
        split = frontmatter.split_any(text)
    except FrontMatterError:
        assert usual is None
    else:
        assert usual in (None, split)


VALUES = [
    "用户、角色", "排序，算法", "a，b", "（a）", "a – b", "a–b", "中文：b", "a： b", "中文＃b", "中\u3000文", "a…", "a ！",
    "2017-12-18 10:29:00", "2017-12-18 10:29:00 +0100", "2017-12-18 10:29:00 +01:00", "2017-12-18 10:29:00 Z", "2017-12-18 10:29:00Z",
    "2021-02-29 10:29:00", "2017-12-18 9:05:00", "2017-12-18 10:29", "2017-12-18  10:29:00", "2021-02-29", "2020-02-29", "1.25", "0.10", "01.5",
    "10.", "[js,node.js]", "[a b, c]", "[ a ]", "[a , b]", "[]", "[a,]", "[no, a]", "[a, no]", "[no way]", "[y]", "[a, 'b']", '["a", b]',
    '["2020-01-01"]', "[a: b]", "[a #b]", "[a, #b]", "[a-b, c+d]", "[a -b]", "[a, - b]", "[é, 日本]", "[1, a]", "[a]b", "[a][b]", "[[a]]", "[a",
    "[a, b] # c", "[null]", "[a.b/c]", "[e1, e.2]", "[inf]", "[a \u2028]", "[TRUE]", "[n]", "[On, Off]", '["a"b]', "[a?, b!]", "[true.]",
    '"0x1f"', '"1.5"', '"~"', '" 2020-01-01"', '"2020-1-1"', '"12:30:45"', '"a \\" b"', '"\\\\"', "/x/y", "On MSFT", "No way", "A & B",
    "2020-02-29T10:00:00Z", "2021-02-29T10:00:00Z", "2021-04-30T10:00:00Z", '"+1"', '"#x"', '"[a]"', '"- a"', '" x "', '"20200101"', "x, y, z",
    '"2001-12-14t21:59:43.10-05:00"', "2020-06-31T10:00:00Z",
    "a", "no", "Yes", "y", "true", "True", "null", "~", "0", "12", "007", "1.5", "1e3", '"x y"', '"2020-01-01"', '"ümlaut – x"',
    "2020-02-28T10:00:00Z", "2020-02-30T10:00:00Z", "2020-01-01T10:00:00+02:00", "2020-01-01T10:00:00", "2020-01-01", "12:30:45",
    "https://e.org/a:b?c=d#e", "https://e.org/a?b=c", "word, word", "it's", "x: y", "x #c", '"a #c: d"', "", '""', "- x", "[a]",
    "{a: b}", "&a", "*a", "!t x", "a-b", "-", "--", "---", "...", '"a\tb"', "é", "日本", "a\u2028b", '"a\u0085b"', "a b", "a:b", "a:",
    '"yes"', '"12"', "+1", ".5", "0x1f", "0o7", "1_000", "a,b", "inf", ".inf", "NaN", "<<", "=", "e1", '"\\n"', "'x'", "|", ">", "%a", "@a",
]  # fmt: skip
KEYS = ["a", "b", "title", "no", "on", "c_d", "x", "y", "Null", "e1", "_z", "<<", "é"]


@st.composite
def lines(draw: st.DrawFn) -> str:
    indent = " " * draw(st.sampled_from([0, 0, 0, 1, 2, 2, 2, 3, 4, 6]))
    value = draw(st.one_of(st.sampled_from(VALUES), st.text(max_size=12)))
    key = draw(st.sampled_from(KEYS))
    dash = draw(st.sampled_from(["", "", "- "]))
    return (
        indent
        + draw(st.sampled_from([f"{dash}{key}: {value}", f"{key}:", f"- {value}", value, f"{key}:  {value}"]))
        + draw(st.sampled_from(["", "", " ", "  "]))
    )


def reference(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader's subclass


def same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    offsets = [value.utcoffset() for value in (one, other) if hasattr(value, "utcoffset")]
    return bool(one == other) and len(set(offsets)) <= 1


@pytest.mark.slow
@given(st.lists(lines(), min_size=1, max_size=7))
@examples(200, 30000)
def test_what_is_read_fast_is_what_pyyaml_reads(found: list[str]) -> None:
    text = "\n".join([*found, ""])
    fields = frontmatter.load_fast(text)
    if fields is not None:
        assert same(fields, reference(text)), text


def matters(folder: Path) -> list[str]:
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in (".md", ".txt")]
    return [
        path.read_text(encoding="utf-8-sig").split("---\n", 2)[1]
        for path in files
        if path.read_text(encoding="utf-8-sig").startswith("---\n")
    ]


@pytest.mark.parametrize("folder", [ROOT / "seeds", CORPUS], ids=["sample", "corpus"])
def test_real_front_matter_is_read_the_same(folder: Path) -> None:
    if not folder.is_dir():
        pytest.skip("the shared corpus is not beside the project")
    fast = 0
    for text in matters(folder):
        fields = frontmatter.load_fast(text)
        if fields is not None:
            fast += 1
            assert same(fields, reference(text)), text
    assert fast > 0


@for_each(
    "text",
    [
        "published: no\n", "published: off\n", "published: Yes\n", "a: 010\n", 'a: "2020-01-01"\nb: 2020-01-02\n', "a: 2021-02-29\n", "a: 2020-1-1\n", "no: x\n", "a: ~\n",
        "a: &x y\n", "a: *x\n", "a: !!str 1\n", "<<: x\n", 'a: "\\n"\n', "a: 'x'\n", "a: [no]\n", "a: [x, 1]\n", "a: no \n", "a: |\n  x\n", "a: x: y\n", "a: x # c\n",
        "a\n", "- a\n- b\n", "a: 1\na: 2\n", 'a: "12:30:45"\nb: 2020-01-02 10:29:00\n', "\ufeffa: b\n", "a: 1.5e3\n", "a: 01.5\n", "a: 99999999999999999999\n", "a:\tb\n", "",
    ],
)  # fmt: skip
def test_what_parsers_may_differ_on_is_left_to_pyyaml(text: str) -> None:
    assert frontmatter.load_fast(text) is None


def test_what_posts_of_jekyll_hexo_and_hugo_usually_hold_is_read_fast() -> None:
    text = (
        "date: 2017-12-18 10:29:00\nday: 2017-12-18\nzoned: 2017-12-18 10:29:00 +0100\ntags: [js,node.js, vanilla js]\n"
        'quoted: ["a b", "c"]\nnone: []\nversion: 1.25\n'
    )
    fields = frontmatter.load_fast(text)
    assert fields is not None
    assert same(fields, reference(text))


@for_each("text", [
    'a: "2020-01-01"\nb: x\n', 'a: ["2020-01-01", b]\n', 'a: "12:30:45"\n', 'a: "2017-12-18T10:29:00Z" \n', "a: b \nc:  \n  - d  \n",
])  # fmt: skip
def test_dates_in_quotes_and_spaces_before_the_end_of_a_line_are_read_fast(text: str) -> None:
    fields = frontmatter.load_fast(text)
    assert fields is not None
    assert same(fields, reference(text))


@pytest.mark.parametrize("field", ["title: Plain", "content: x", "handler: x", "self: x"])
@pytest.mark.parametrize("end", ["Body\n", "\n\n Body \n\n", ""])
def test_without_the_fast_parser_a_file_is_read_the_same(
    monkeypatch: pytest.MonkeyPatch, field: str, end: str
) -> None:
    text = f"---\n{field}\npublished: true\nquality: 80\ntopics:\n  - AI\n---\n{end}"
    fast = frontmatter.parse(text)
    assert fast.fields["quality"] == 80
    monkeypatch.setattr(frontmatter, "yaml_rs", None)
    assert frontmatter.parse(text) == fast
