"""Markdown is rendered with all that people write, and a tag that is only mentioned stays in the text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from effort import for_each, is_quick, measure, stressed
from hypothesis import given
from hypothesis import strategies as st

from feeds.lib.text import markdown
from feeds.lib.text.markdown import render_markdown

SWALLOWING = (
    "title", "textarea", "style", "script", "xmp", "iframe", "noembed", "noframes", "plaintext", "noscript",
    "template", "svg", "math", "object", "select", "head", "body", "html", "frameset", "table", "div", "b",
)  # fmt: skip


@for_each("name", SWALLOWING)
@for_each("form", [
    "Use the <{}> element well.", "Use the\n<{}> element well.", "- Use the <{}> element.", "> Use the <{}> element.",
    "| a |\n|---|\n| the <{}> element |", "## The <{}> element", "Use <{}> and </{}> well.", "*Use <{}>*",
])  # fmt: skip
def test_a_tag_in_a_sentence_is_text_and_what_follows_is_still_markdown(name: str, form: str) -> None:
    if "</" in form and name in ("b", "div", "select", "table"):
        return
    html = render_markdown(form.replace("{}", name) + "\n\nAll *after* it.\n\n## And this\n").html
    assert f"&lt;{name}&gt;" in html
    assert "<p>All <em>after</em> it.</p>" in html
    assert html.endswith('<h2 id="and-this">And this</h2>\n')


@for_each("written", [
    '<iframe src="https://e.example/"></iframe>', '<video controls><source src="/v.webm"></video>',
    '<svg viewBox="0 0 1 1">\n<title>T</title>\n<path d="M0 0"/>\n</svg>', "<script>\nif (a<b) c();\n\nd();\n</script>",
    "<style>\np { margin: 0 }\n\ntd { color: red }\n</style>", '<noscript><img src="/p.png"></noscript>',
    "<math><mi>x</mi></math>", '<object data="/doc.pdf"><a href="/doc.pdf">PDF</a></object>', "<p>a</p>",
    "<details>\n<summary>More</summary>\n\nText\n\n</details>", "<!-- a\n\n<title> b -->", "<ul><li>a<li>b</ul>",
    "<html>\n<head>\n<title>T</title>\n</head>\n</html>", "<div>a\n<div>b</div>", '<my-player src="x"></my-player>',
])  # fmt: skip
@for_each("form", ["{}", "Text.\n\n{}\n\nMore."])
def test_whole_html_is_left_as_it_is(written: str, form: str) -> None:
    html = render_markdown(form.replace("{}", written)).html
    for line in written.split("\n"):
        assert line in html or f"<p>{line}</p>" in html
    assert "&lt;" not in html


@for_each("written", [
    "<STYLE scoped>\nb { c: d }\n</STYLE>", "<SCRIPT>\nb();\n\nc();\n</SCRIPT>", "<PRE>\nb\n\n*c*\n</PRE>",
    "<html>\n<style>\nb {\n\n}\n</style>\n</html>", "<div>\n<script>\nb();\n\nc();\n</script>\n</div>",
])  # fmt: skip
def test_elements_without_markdown_end_where_their_authors_ended_them(written: str) -> None:
    """In capitals, and inside another element in spite of a blank line."""
    html = render_markdown(f"{written}\n\nAll *after* it.").html
    assert "&lt;" not in html
    assert html.endswith("<p>All <em>after</em> it.</p>\n")


@for_each(
    "code", ["```html\n<script>\n\n</SCRIPT>\n```", "    <script>\n\n    </SCRIPT>", "a\n\n<style>\n\n*b*"]
)
def test_elements_in_code_or_without_an_end_are_left_as_they_are(code: str) -> None:
    assert "/**/" not in render_markdown(code).html
    assert "&lt;/script" not in render_markdown(code).html


@for_each("written", [
    '<iframe src="https://e.example/"></iframe>', '<svg class="i"><path d="M0 0"/></svg>', "<math><mi>x</mi></math>",
    '<noscript><img src="/p.png"></noscript>', "<script>alert(1)</script>", '<script src="/s.js"></script>',
    "<b>x</b>", '<span class="a">', "<br>", "<kbd>x</kbd>", "<!-- c -->", '<a id="x"></a>', "H<sub>2</sub>O",
])  # fmt: skip
def test_a_whole_element_in_a_sentence_is_markup(written: str) -> None:
    assert f"<p>See {written} here.</p>" in render_markdown(f"See {written} here.").html


@for_each(("written", "shown"), [
    ("A List<String> is", "A List&lt;String&gt; is"), ("Map<K, List<V>> is", "Map&lt;K, List&lt;V&gt;&gt; is"),
    ("R<D and x>y", "R&lt;D and x&gt;y"), ("Vec<T>", "Vec&lt;T&gt;"), ("List<A> and <B>", "List&lt;A&gt; and &lt;B&gt;"),
    ("<T>x</T>", "&lt;T&gt;x&lt;/T&gt;"), ("<user-name>@", "&lt;user-name&gt;@"), ("std<std::string>", "std&lt;std::string&gt;"),
    ("<img src=a></img>b", "<img src=a></img>b"), ("x <img> </img>", "x &lt;img&gt; &lt;/img&gt;"),
    ("x<b<T>", "x&lt;b&lt;T&gt;"), ("<x</b>", "&lt;x&lt;/b&gt;"),
    ("close it with </div>.", "close it with &lt;/div&gt;."), ("<?php echo 1 ?>", "&lt;?php echo 1 ?&gt;"),
    ("a <!DOCTYPE html> first", "a &lt;!DOCTYPE html&gt; first"), ("<![CDATA[x]]>", "&lt;![CDATA[x]]&gt;"),
    ("an <input>, an <img>", "an &lt;input&gt;, an &lt;img&gt;"),
    ("<desk@example.org>", '<a href="mailto:desk@example.org">desk@example.org</a>'),
])  # fmt: skip
def test_what_is_no_element_is_shown_as_it_is_written(written: str, shown: str) -> None:
    assert render_markdown(f"So {written}").html == f"<p>So {shown}</p>\n"


@for_each(
    "begun", ["<!-- a", "<?php a", "<script>", "<pre> a", "<style> a", "<textarea> a", "<title>", "<![CDATA["]
)
def test_what_begins_at_a_line_and_never_ends_takes_nothing_with_it(begun: str) -> None:
    html = render_markdown(f"{begun} and `<title>`\n\n## So\n\n```\n<title>\n```\n").html
    assert html.startswith(
        f"<p>{begun.replace('<', '&lt;').replace('>', '&gt;')} and <code>&lt;title&gt;</code></p>"
    )
    assert html.endswith('<h2 id="so">So</h2>\n<pre><code>&lt;title&gt;\n</code></pre>\n')


def test_a_frame_without_an_end_gets_one() -> None:
    for form in ("{}\n\nafter", "See {} after"):
        html = render_markdown(form.replace("{}", '<iframe src="https://e.example/x">')).html
        assert '<iframe src="https://e.example/x"></iframe>' in html
        assert "after" in html


def test_code_keeps_its_language_and_every_blank() -> None:
    for code in ("  a\n\n\tb <T> https://e.example\n", "<title>\n", "| a\n", "$x$ &amp;\n"):
        shown = code.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        html = render_markdown(f"```js\n{code}```").html
        assert html == f'<pre><code class="language-js">{shown}</code></pre>\n'
    assert render_markdown("`a  <b>`").html == "<p><code>a  &lt;b&gt;</code></p>\n"


@for_each(("written", "shown"), [
    ("|a|b|c|\n|:-|:-:|-:|\n|1|2|3|", '<td align="left">1</td><td align="center">2</td><td align="right">3</td>'),
    ("~~a~~", "<del>a</del>"), ("- [x] a\n- [ ] b", "<li>☑ a</li>\n<li>☐ b</li>"),
    ("- [x] a\n\n- b", "☑ a"), ("Term\n: What it is", "<dt>Term</dt>\n<dd>What it is</dd>"),
    ("> [!NOTE]\n> a", "<blockquote>\n<p><strong>Note</strong></p>\n<p>a</p>\n</blockquote>"),
    ("> [!caution]\n> a", "<strong>Caution</strong>"), ("$a_b$ and $c_d*e*$", "<p>$a_b$ and $c_d*e*$</p>"),
    ("$$\na_b_c < d\n$$", "$$\na_b_c &lt; d\n$$"), ("it costs $5 *or* $10", "it costs $5 <em>or</em> $10"),
    ("$2 for [a](/a-$2-b) and $a_b$", '<p>$2 for <a href="/a-$2-b">a</a> and $a_b$</p>'),
    ("`$1 [a](b` $2 ![c](/d-$2)", '<code>$1 [a](b</code> $2 <img src="/d-$2" alt="c"'),
    ("[[Page]] ==x== H~2~O", "[[Page]] ==x== H~2~O"),
])  # fmt: skip
def test_what_commonmark_lacks_is_rendered(written: str, shown: str) -> None:
    assert shown in render_markdown(written).html


@for_each(("written", "ids"), [
    ("# A b, *c*!\n# A b c", ["a-b-c", "a-b-c-1"]), ("# Été 2024", ["été-2024"]), ("# `x_y` & z", ["x_y--z"]),
    ("# A {#own}", ["own"]), ("# A {#own .x}\n# Own", ["own", "own-1"]), ("# A {: #own }", ["own"]),
    ('<p id="a">x</p>\n\n# A', ["a", "a-1"]), ("# a-1\n# a\n# a", ["a-1", "a", "a-2"]), ("# ?", []),
])  # fmt: skip
def test_headings_have_the_ids_that_github_gives_them(written: str, ids: list[str]) -> None:
    html = render_markdown(written).html
    assert [part.split('"')[0] for part in html.split(' id="')[1:]] == ids
    assert "{" not in html


def test_braces_that_are_no_id_stay_in_a_heading() -> None:
    for heading in ("The set {a}", "{{ title }}", "A {.x}", "`{#x}`"):
        assert "{" in render_markdown(f"# {heading}").html


def test_footnotes_lead_there_and_back() -> None:
    html = render_markdown(
        "[^b]: Later.\n\nA[^a] b[^b] c[^a].\n\n[^a]: First.\n\n    More.\n[^c]: Unused.\n\nEnd [^d]"
    ).html
    assert '<a href="#fn-2" id="fnref-2">2</a></sup> b<sup><a href="#fn-1" id="fnref-1">' in html
    assert 'id="fnref-2-2"' in html
    assert '<li id="fn-1">\n<p>Later. <a href="#fnref-1">↩</a></p>\n</li>' in html
    assert '<p>First.</p>\n<p>More. <a href="#fnref-2">↩</a></p>' in html
    assert '<li id="fn-3">\n<p>Unused.</p>\n</li>' in html
    assert "<p>End [^d]</p>\n<section>" in html


@for_each(("written", "link"), [
    ("https://e.example/a_b_c?x=1&y=2", None), ("http://e.example", None), ("https://e.example/_a_/", None),
    ("https://e.example/a_(b)", None), ("me@e.example", "mailto:me@e.example"),
    ("www.e.example/a_b", "http://www.e.example/a_b"), ("mailto:a@e.example", "mailto:a@e.example"),
])  # fmt: skip
@for_each("form", ["{}", "See {}.", "*{}*", "- {}", "({})", "|a|\n|-|\n|{}|", "é {}, é", "# {}", "x\n{}\ny"])
def test_a_bare_address_is_a_link(written: str, link: str | None, form: str) -> None:
    shown = written.replace("&", "&amp;")
    html = render_markdown(form.replace("{}", written)).html
    assert f'<a href="{(link or written).replace("&", "&amp;")}">{shown}</a>' in html


@for_each("written", [
    "`https://e.example`", "    https://e.example", "[x]: https://e.example", "@me@e.example", "a@b",
    "<!-- https://e.example -->", "<p>https://e.example</p>", "https://", "www.",
])  # fmt: skip
def test_what_is_no_bare_address_gets_no_link(written: str) -> None:
    assert "<a" not in render_markdown(written).html


@given(
    st.lists(
        st.sampled_from([
            "https://e.example", "http://e.example/a_b", "www.e.example/x?a=1&b=(2)", "https://e.example/_a_",
            "https://e.example/~a", "https://e.example/a%20b.", "https://e.example/é", "me@e.example", "mailto:a@e.example", "a.b-c@e.example", " ", "\n", "\n\n", "(", ")", "*", "**",
            "_", "`", "~~", "$", "[", "](", "](/a) ", "![", "\n\n[a]: ", "\n\n    ", "\n> ", "\n- ", "\n# ", "| a |\n|---|\n| ",
            " |", "<", ">", '"', "'", "\\", "a", "é", "…", "&amp;", "[^1]", "\n\n[^1]: ", "\n: ", "\n```\n",
        ]),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_a_bare_address_is_the_same_link_beside_html(text: str) -> None:
    """Addresses in a text with tags are found by the engine's events, in other texts in its HTML."""
    before = "<p><b>x</b></p>\n<hr />\n"
    assert render_markdown(f"<b>x</b>\n\n---\n\n{text}").html == before + render_markdown(text).html


@for_each(("written", "count"), [
    ("[a]: https://e.example\n[b]: https://f.example 'T'\n", 0), ("[a]: https://e.example and more", 1),
    ("[a]: https://e.example/ [x]", 1), ("Text\n[a]: https://e.example", 1), ("[^a]: https://e.example\n\n[^a]", 1),
    ("[a]: https://e.example\nText https://f.example\n[b]: https://g.example", 2), ("[a]:https://e.example", 0),
    ("[a]: https://e.example\n'T'", 0), ("See [a]: https://e.example", 1), ("- [a]: https://e.example", 0),
])  # fmt: skip
@for_each("before", ["", "Text.\n\n", "> Text.\n\n", "- Text.\n\n", "```\n```\n\n"])
def test_an_address_that_defines_a_link_is_none(written: str, count: int, before: str) -> None:
    assert render_markdown(before + written).html.count('href="http') == count


@for_each(
    "code", ["`Vec<T>`", "```\nVec<T> <title>\n```", "    <std::string>", "`<!--`", "``<a@b.example>``"]
)
def test_tags_in_code_leave_other_tags_as_they_are(code: str) -> None:
    html = render_markdown(f"{code}\n\nMap<T> and <std::string> and <b>x</b>.").html
    assert "Map&lt;T&gt; and &lt;std::string&gt; and <b>x</b>." in html
    assert "&lt;b" not in render_markdown(f"{code}\n\nText <b>x</b>.").html


@for_each("written", [
    "[https://e.example](https://e.example)", "<https://e.example>", '<a href="https://e.example">https://e.example</a>',
    "[x](https://e.example/https://f.example)", "[x](https://e.example/_www.f.example) y", "[x https://e.example y](/z)", "[![https://e.example](/p.png)](/z)", '[x](https://e.example "t")',
])  # fmt: skip
def test_an_address_in_a_link_gets_no_second_one(written: str) -> None:
    assert render_markdown(written).html.count("<a") == 1


@for_each("beside", ["[x](https://e.example/https://f.example/www.g.example)", "`https://e.example`", "a@b"])
@for_each("between", [" ", "\n", "\n\n", ", "])
def test_an_address_beside_others_in_links_is_a_link(beside: str, between: str) -> None:
    html = render_markdown(f"{beside}{between}https://h.example/{between}{beside}{between}www.i.example").html
    assert '<a href="https://h.example/">' in html
    assert '<a href="http://www.i.example">' in html


@pytest.mark.slow
@for_each("make", [
    lambda n: "<title> " * n, lambda n: "<script>\n\n" * n, lambda n: "<!-- " * n, lambda n: "<T>" * n,
    lambda n: "https://e.example/) " * n, lambda n: "a@" * n, lambda n: "www." * n, lambda n: "https://a" + ")" * n,
    lambda n: "[^1]\n\n[^1]: <div>\n\n" * n, lambda n: "# a\n" * n, lambda n: "<h1>" * n, lambda n: "<b>x</b>" * n,
    lambda n: "<svg>" * n, lambda n: "<iframe a='" * n, lambda n: "# a {" + "#" * n, lambda n: "<div>\n\n" * n,
    lambda n: "|" + "a|" * n + "\n|" + "-|" * n + "\n" + "|a\n" * n,
    lambda n: "\n".join(f"[l{i}]: http://e.example/{i}\n[^{i}]: x" for i in range(n // 10)),
])  # fmt: skip
def test_the_time_to_render_grows_with_the_length(make: Callable[[int], str]) -> None:
    size, seconds = (5_000, 2) if stressed() else (2_000, 0.32)
    text = make(size)
    assert is_quick(measure(lambda: render_markdown(text)), seconds)


def test_a_panic_of_the_engine_is_an_error_of_this_text(monkeypatch: pytest.MonkeyPatch) -> None:
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})

    class Engine:
        def html(self, _text: str) -> str:
            raise panic

    monkeypatch.setattr(markdown, "_ENGINE", Engine())
    with pytest.raises(ValueError, match="cannot be read as Markdown"):
        render_markdown("x")


@for_each("line", [
    ":smile: hello", ":tada:", ":::", "::: warning", ":-) x", ":)", "::std", ":x", ":[a](b)", ":",
])  # fmt: skip
@for_each("form", ["Text\n{}\n", "Text\n\n{}\n", "> Text\n>\n> {}\n", "- a\n\n  Text\n  {}\n"])
def test_a_colon_with_no_blank_after_it_begins_no_definition(line: str, form: str) -> None:
    html = render_markdown(form.replace("{}", line)).html
    assert "<dd>" not in html
    assert line.replace("[a](b)", '<a href="b">a</a>') in html


@pytest.mark.parametrize(
    "text",
    ["T\n: a\n: b\n", "T\n:   a\n\n: b\n", "T\n:\ta\n: b\n", "See `:x:`.\n\n```\n:y\n```\n\nT\n: a\n: b\n"],
)
def test_a_colon_with_a_blank_after_it_begins_a_definition(text: str) -> None:
    html = render_markdown(text).html
    assert html.count("<dd>") == 2
    assert "\\" not in html


@for_each("written", [
    "<ruby>漢<rt>kan</ruby>", "<ruby>漢<rp>(<rt>kan<rp>)</ruby>", "<ruby><rb>漢<rtc><rt>kan</ruby>",
    "<select><option>A<option>B</select>", "<select><optgroup label=x><option>A</select>",
])  # fmt: skip
def test_tags_that_need_no_end_are_markup_in_their_element_and_words_elsewhere(written: str) -> None:
    html = render_markdown(f"See {written} and <rt>, <rp> or <option> here.").html
    assert html == f"<p>See {written} and &lt;rt&gt;, &lt;rp&gt; or &lt;option&gt; here.</p>\n"
