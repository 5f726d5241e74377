"""Articles as an attacker would write them: strategies for hypothesis, and named attacks."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import html5lib
import yaml
from effort import stressed
from hypothesis import strategies as st
from lxml import etree

HEAD = "title: A\npublishedDateTime: 2020-01-01\noriginalUrl: https://a.example/x\n"
# Whatever runs must not be in any document; what is shown as text may.
MARK = "evil()"
PIECES = [
    f"<script>{MARK}</script>", f"<img src=x onerror={MARK}>", f'"><svg onload="{MARK}">', f"javascript:{MARK}",
    f"' onmouseover='{MARK}", f"<a href='&#106;avascript:{MARK}'>x</a>", f"[x](javascript:{MARK})",
    f"<iframe src='javascript:{MARK}'></iframe>", f"data:text/html,<script>{MARK}</script>",
    f"<math><style><img src onerror={MARK}></style></math>", f"<noscript><p title='</noscript><img onerror={MARK}>'>",
    f"<![CDATA[<script>{MARK}</script>]]>", "]]>", "<!--", "-->", "--!>", "&#0;", "&#x1f;", "&lt;script&gt;", "&amp;lt;",
    "{{ 7 * 7 }}", "{% raw %}", "%s%n", "\u202e\u2066x\u2069", "\u2028", "\ufeff", "\ud800", "\x00", "\x1b[31m", "\x85",
    "a\u0300\u0316", "\U0001f468\u200d\U0001f469", "<", ">", '"', "'", "&", "\\", "..", "../../x", "/", "con", "index",
    "all", "archive", ".", "-", "C++", "#", "?", "|", "*", "`", "日本", "𝕳", "\r\n---\r\n", "\n---\n", "- x\n", "!!set",
]  # fmt: skip
URLS = [
    "https://a.example/", "//b.example", "/x", "x y", "https://exämple.org/ü?q=ß#é", f"javascript:{MARK}", "data:,x",
    "https://user:pass@a.example/", "https://[::1]/", "https://a.example:99999/", "http://a.example:80/../x",
    "https://a.example/\"onmouseover='x'", "https://\u0430pple.example/", "file:///etc/passwd", "https://", "h" * 999,
    "https://a.example/%zz", "https://1.2.3.4.5/", "HTTPS://A.EXAMPLE", "https://a_b.example/?a&b;c", "mailto:x@y.example", "https://a.example/[a]?[b]#[c]#d",
]  # fmt: skip
DATES = [
    "2020-01-01", "2020-13-45", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "01/02/2003", "today", "12",
    "2020-02-30", "Mon, 32 Foo 2020", "2020-01-01T25:00:00Z", "10 September 2003 EST", f"{'2' * 22}:{'2' * 31}-10-01", "1e999", "٢٠٢٠-٠١-٠١", "", "-1-1-1",
]  # fmt: skip

# Values of attributes that are elements if a pattern takes their angle brackets for those of tags.
SLY_VALUES = [
    f"> <script>{MARK}</script>", f"<script>{MARK}</script>", f"<img src=x onerror={MARK}>", f"--> <svg onload={MARK}>",
    f"]]> <script>{MARK}</script>", f"'> <script>{MARK}</script>", f"&quot;> <script>{MARK}</script>", "<p></p>", "<img >",
    f"&gt; &lt;script&gt;{MARK}&lt;/script&gt;", f"<iframe src='https://a.example/b'></iframe><script>{MARK}</script>", "<", ">",
    f"<a></a><img src=&quot;x&quot; alt=&quot;<script>{MARK}</script>", "</p></div>", f"<span> </span><b onclick={MARK}>",
]  # fmt: skip
SLY_HTML = "\n\n".join(
    form.format(value)
    for value in SLY_VALUES
    for form in (
        '<img alt="{}" src="https://a.example/b.png">', '<img src="https://a.example/c.png" alt="{}" width="1">',
        '<p title="{}">x</p>', '<a href="https://a.example/" title="{}">x</a>', '<span lang="{}"></span>',
        '<img data-src="https://a.example/d.png" title="{0}" src="{0}">', '<td title="{}">', '<time datetime="{}">y</time>',
    )
)  # fmt: skip


def assert_attributes_stay(body: bytes, suffix: str) -> None:
    """Nothing of SLY_VALUES is an element in the HTML of a feed; what was written in `alt` is still there."""
    if suffix == ".json":
        found = [item.get("content_html", "") for item in json.loads(body)["items"]]
    else:
        found = [e.text or "" for e in etree.fromstring(body).iter("{*}content", "{*}encoded", "description")]
    trees = [html5lib.parseFragment(html, namespaceHTMLElements=False) for html in found if "c.png" in html]
    assert trees
    for tree in trees:
        names = {element.tag for element in tree.iter() if isinstance(element.tag, str)}
        assert names.isdisjoint({"script", "svg", "iframe", "b"})
        assert not any(name.startswith("on") for element in tree.iter() for name in element.attrib)
        shown = {element.get("alt") for element in tree.iter("img") if "c.png" in element.get("src", "")}
        assert {unescape(value) for value in SLY_VALUES if "iframe" not in value} <= shown


texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=5).map("".join)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.sampled_from(URLS)
    | st.sampled_from(DATES)
    | st.datetimes()
    | st.dates()
    | st.binary(max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.integers(), inner, max_size=3),
    max_leaves=6,
)
urls = st.sampled_from(URLS) | texts.map(lambda text: f"https://a.example/{text}")
images = st.fixed_dictionaries(
    {"url": urls}, optional={"width": scalars, "height": scalars, "title": texts, "attribution": texts}
)
fields = st.fixed_dictionaries(
    {
        "title": texts,
        "publishedDateTime": st.just("2020-01-01T00:00:00Z") | st.sampled_from(DATES) | scalars,
        "originalUrl": urls,
    },
    optional={
        "webUrl": urls,
        "sourceUrl": urls,
        "id": texts | urls,
        "excerpt": texts,
        "type": texts,
        "category": texts,
        "topics": st.lists(texts, max_size=4) | values,
        "tags": st.lists(texts, max_size=4),
        "quality": scalars,
        "heat": scalars,
        "length": scalars | st.sampled_from(["PT1H", "P9999DT1S", "PT"]),
        "locale": texts | st.sampled_from(["en", "x-y", "de_DE"]),
        "published": scalars,
        "updatedDateTime": st.sampled_from(DATES),
        "provider": st.fixed_dictionaries(
            {}, optional={"name": texts, "domain": urls, "authors": values, "images": values}
        )
        | values,
        "images": st.lists(images, max_size=3) | values,
        "related": st.lists(st.fixed_dictionaries({"title": texts, "webUrl": urls}), max_size=3) | values,
        "featuredContent": texts,
        "secured": values,
    },
) | st.dictionaries(texts, values, max_size=3)


def _written(matter: dict[Any, Any], body: str) -> bytes:
    text = yaml.safe_dump(matter, allow_unicode=True, sort_keys=False)
    return f"---\n{text}---\n{body}".encode("utf-8", "surrogatepass")


@st.composite
def _damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes]) -> bytes:
    """An article with some bytes put in place of others."""
    data = draw(whole)
    place = draw(st.integers(0, len(data)))
    return data[:place] + draw(st.binary(max_size=6)) + data[place + draw(st.integers(0, 4)) :]


def article(matter: str = "", body: str = "", head: str = HEAD) -> str:
    return f"---\n{head}{matter}---\n{body}"


def titled(title: str) -> str:
    return HEAD.replace("title: A", f"title: '{title}'")


whole_articles = st.builds(_written, fields, texts)
raw_yaml = st.lists(texts, max_size=6).map(lambda lines: article("\n".join(lines)).encode("utf-8", "replace"))
articles = whole_articles | _damaged(whole_articles) | raw_yaml | st.binary(max_size=200)


def many(number: int) -> int:
    """Return a number of things under `make stress`, a fifth of it else: still beyond the bound that it is for."""
    return number if stressed() else number // 5


# What each is: its text, and the code of the problem that names it, or "" if it is harmless.
ATTACKS: dict[str, tuple[str, str]] = {
    "alias-bomb": (article("".join(f"x{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'l'}]\n" for n in range(9))), "too-many-aliases"),
    "deep-dashes": (article(f"x:\n  {'- ' * many(200_000)}\n"), "too-deep"),
    "deep-question-marks": (article(f"x:\n  {'? ' * many(200_000)}\n"), "too-deep"),
    "deep-indentation": (article("x:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 1200))), "too-deep"),
    "deep-brackets": (article(f"x: {'[' * many(400_000)}\n"), "too-deep"),
    "deep-toml": (f"+++\ntitle = 'A'\nx = {'[' * many(100_000)}\n+++\n", "too-deep"),
    "number-of-base-60": (article(f"x: 1{':1' * many(400_000)}\n"), ""),
    "float-of-base-60": (article(f"x: 1{':1' * many(400_000)}.5\n"), ""),
    "huge-float": (article("quality: 1e400\n"), "bad-number"),
    "huge-duration": (article(f"length: {'9' * 80}\n"), "bad-duration"),
    "wrong-tags": (article("x: !!timestamp soon\n"), "bad-value"),
    "huge-key": (article(f"? {'k' * many(900_000)}\n: 1\n"), ""),
    "many-keys": (article("".join(f"originalUrl{n:03x}: 1\n" for n in range(4096))), "more-problems"),
    "a-hundred-thousand-topics": (article("topics:\n" + "".join(f"- t{n}\n" for n in range(many(90_000)))), "too-many"),
    "topics-that-are-numbers": (article("topics:\n" + "".join(f"- {n}\n" for n in range(many(90_000)))), "too-many"),
    "topics-that-are-lists": (article(f"topics: [{'[],' * many(200_000)}]\n"), "more-problems"),
    "long-topic": (article(f"topics: ['{'t' * many(500_000)}']\n"), "too-long"),
    "pictures-of-code": (article("images:\n" + "".join(f"- url: 'javascript:{n}'\n" for n in range(many(30_000)))), "more-problems"),
    "long-date": (article(f"updatedDateTime: '{'1 ' * many(400_000)}'\n"), "bad-date"),
    "date-of-antiquity": (article("updatedDateTime: 0099-01-01\n"), "bad-date"),
    "number-beyond-decimals": (article(f"updatedDateTime: {'2' * 22}:{'2' * 31}-10-01\n"), "bad-date"),
    "long-id": (article(f"id: 'http://a.example/{'a' * many(800_000)}'\n"), ""),
    "many-marks": (article(f"excerpt: 'a{chr(0x300) + chr(0x316)}{(chr(0x300) + chr(0x316)) * many(200_000)}'\n"), ""),
    "comments-in-a-title": (article(head=titled("x" + "<!---->" * many(120_000))), ""),
    "references": (article(body=f"[a]: /{'x' * 10_000}\n{'[a]' * many(280_000)}"), "lost-content"),
    "empty-cells": (article(body=f"|{'a|' * 1000}\n|{'-|' * 1000}\n{'|' + chr(10)}" * 1 + "|\n" * many(100_000)), ""),
    "divisions-that-seem-closed": (article(body="<div></x>" * many(95_000)), "too-deep"),
    "divisions-closed-in-comments": (article(body="<div><!--</div>-->" * many(45_000)), "too-deep"),
    "divisions-closed-in-attributes": (article(body="<div title='</div>'>" * many(45_000)), "too-deep"),
    "bold-that-is-opened-anew": (article(body="<p>" + "".join(f"<b title={n}>" for n in range(450)) + "<p>x" * many(180_000)), "too-deep"),
    "ends-of-others": (article(body=f"<p>{'<b></i>' * many(120_000)}"), "too-deep"),
    "too-large": ("---\n" + "x" * 2_000_000, "too-large"),
}  # fmt: skip
