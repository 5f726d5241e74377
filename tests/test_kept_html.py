"""What an author wrote for people to see is in the feed: elements with a meaning, blanks, formulas, drawings."""

from __future__ import annotations

import html5lib
import pytest
from effort import examples, for_each
from hypothesis import given
from hypothesis import strategies as st

from feeds.check.lint.findings import Report
from feeds.check.lint.html_rules import check_html
from feeds.lib.text.html import sanitise

BASE = "https://example.org/a/"
SAME = ""
# What is written, and what stands in a feed: SAME if nothing changes.
KEPT = [
    ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", SAME),
    ("<ruby><rb>漢</rb><rt>kan</rt></ruby>", "<ruby>漢<rt>kan</rt></ruby>"),
    ("<p><s>9</s> <strike>8</strike> <del>7</del> <ins>6</ins></p>", "<p><s>9</s> <s>8</s> <del>7</del> <ins>6</ins></p>"),
    ('<ol type="A" start="3" reversed=""><li value="9">x</li><li></li></ol>', SAME),
    ('<ul type="square"><li type="disc">x</li></ul>', SAME),
    ('<ol type="x" start="three"><li value="1.5">x</li></ol>', "<ol><li>x</li></ol>"),
    ('<table><tbody><tr><th scope="row" align="left">x</th><td align="right" colspan="2"></td></tr></tbody></table>', SAME),
    ('<table><tr><td style="color: red; text-align: center">x</table>', '<table><tbody><tr><td align="center">x</td></tr></tbody></table>'),
    ('<table><tr><td align="char">x</table>', "<table><tbody><tr><td>x</td></tr></tbody></table>"),
    ('<img src="https://example.org/a.png" alt="a" title="Not to scale" width="3" height="2">', SAME),
    ('<details open=""><summary>More</summary><p>x</p></details>', SAME),
    ("<section><article><aside>a</aside><nav>n</nav></article></section>", SAME),
    ("<header><hgroup><h2>h</h2></hgroup></header><footer>f</footer><address>a</address>", SAME),
    ('<figure><img src="https://example.org/a.png" alt=""><figcaption>c</figcaption></figure>', SAME),
    ('<p><cite>c</cite> <q>q</q> <abbr title="World Wide Web">WWW</abbr> <kbd>k</kbd> <u>u</u></p>', '<p><cite>c</cite> <q>q</q> <abbr title="World Wide Web">WWW</abbr> <kbd>k</kbd> <u>u</u></p>'),
    ('<p><acronym title="x">a</acronym> <tt>t</tt> <big>b</big> <font color=red>f</font> <nobr>n</nobr></p>', '<p><abbr title="x">a</abbr> <code>t</code> b f n</p>'),
    ("<main>a</main><center>b</center>", "<div>a</div><div>b</div>"),
    ("<form action=/x><fieldset><legend>a</legend><label>b</label></fieldset></form>", "<div><div><div>a</div>b</div></div>"),
    ("<menu><li>a</li></menu><dir><li>b</li></dir>", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
    ('<p>x <bdo dir="rtl">abc</bdo> <bdi>d</bdi></p>', '<p>x <bdi dir="rtl">abc</bdi> <bdi>d</bdi></p>'),
    ("<dl><dt>a</dt><dd>b</dd></dl>", SAME),
    ('<p>a<wbr>b <time datetime="2024-01-01">c</time> <mark>m</mark><sub>1</sub><sup>2</sup></p>', '<p>a<wbr>b <time datetime="2024-01-01">c</time> <mark>m</mark><sub>1</sub><sup>2</sup></p>'),
    ('<pre><code class="language-c++ line-numbers">x</code></pre>', '<pre><code class="language-c++">x</code></pre>'),
    ('<p class="lead">x</p>', "<p>x</p>"),
    ('<h2 id="part">x</h2><p><a id="n1"></a>y <a name="n2">z</a></p>', '<h2 id="part">x</h2><p><a id="n1"></a>y <a id="n2">z</a></p>'),
    ('<h2 id="a b">x</h2>', "<h2>x</h2>"),
    ("<ul><li><input type=checkbox checked> a</li><li><input disabled type=checkbox>b</li></ul>", "<ul><li>☑ a</li><li>☐ b</li></ul>"),
    ('<p><input type=radio checked> a <input value="b"><input type=hidden value=x> <input type=submit value="<c>"></p>', "<p>◉ a b &lt;c&gt;</p>"),
    ("<p><select><optgroup label=A><option>b</option><option>c</option></optgroup></select><button>d</button></p>", None),
    ("<xmp>a <b> &amp;</xmp>", "<pre>a &lt;b&gt; &amp;amp;</pre>"),
    ("<p><textarea>a\n&lt;b></textarea></p>", "<p>a\n&lt;b&gt;</p>"),
    ("<noscript><p>a</p></noscript><noembed>b</noembed><noframes>c</noframes>", "<p>a</p>bc"),
    ("<p>a <![CDATA[b & <i>]]> c</p>", "<p>a b &amp; &lt;i&gt; c</p>"),
    ('<p><a href="mailto:a@example.org?subject=x y">m</a></p>', '<p><a href="mailto:a@example.org?subject=x%20y">m</a></p>'),
    ('<p><a href="TEL:+49-30">t</a> <a href="xmpp:a@example.org">x</a></p>', '<p><a href="tel:+49-30">t</a> <a href="xmpp:a@example.org">x</a></p>'),
    ('<p><a href="#n1">a</a> <a href="b.jpg">b</a> <a href="?c">c</a></p>', f'<p><a href="{BASE}#n1">a</a> <a href="{BASE}b.jpg">b</a> <a href="{BASE}?c">c</a></p>'),
]  # fmt: skip


def show(html: str) -> str:
    return sanitise(html, BASE).html


@for_each(("written", "shown"), KEPT)
def test_markup_with_a_meaning_stays_nothing_is_told_and_validators_take_it(
    written: str, shown: str | None
) -> None:
    found = sanitise(written, BASE)
    assert found.losses == ()
    if shown is not None:
        assert found.html == (shown or written)
    assert show(found.html) == found.html
    report = Report()
    check_html(report, "content", found.html)
    assert report.found == []


# As Pygments, Chroma, Rouge, Prism and highlight.js write code.
CODE = [
    '<span class="k">return</span><span class="w"> </span><span class="m">1</span>\n<span class="w">    </span><span class="k">end</span>',
    '<span></span><span class="nb">git</span><span class="w"> </span>add<span class="w"> </span>-A\n',
    '<span class="line"><span class="cl">  a</span></span>\n<span class="line"><span class="cl">\n</span></span><span>\tb</span>',
    '<a id="l-1" name="l-1"></a>x<span> </span>\n\n<a id="l-2"></a>  y', "\n\nfirst line empty", "  \n a\n  ", "a<b> </b>b<i>\n</i>c<em>  </em>", "a<div> </div>b",
]  # fmt: skip


@for_each("written", CODE)
@for_each("form", ["<pre>{}</pre>", '<div class="highlight"><pre><code>{}</code></pre></div>'])
def test_each_sign_of_code_stays(form: str, written: str) -> None:
    before, after = (read_pre(html) for html in (form.format(written), show(form.format(written))))
    assert after == before


def read_pre(html: str) -> str:
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return "".join(tree.find(".//pre").itertext())


@for_each("name", ["span", "p", "div", "a", "li", "b", "h2", "td", "code", "custom-element"])
def test_an_element_of_white_space_keeps_words_apart(name: str) -> None:
    assert words(show(f"Fig<{name}> </{name}>tree")) == ["Fig", "tree"]
    assert words(show(f"Fig<{name}>\n</{name}>tree")) == ["Fig", "tree"]


@for_each("gap", ["<p></p>", "<div></div>", "<div><p></p></div>", "<p><span></span></p>", "<p></p><span></span>", "<hr>", "<br>", "<center></center>", "<section></section>", "<form></form>"])  # fmt: skip
def test_an_empty_block_keeps_words_apart(gap: str) -> None:
    assert words(show(f"Fig{gap}tree")) == ["Fig", "tree"]
    assert words(show(f"<b>Fig</b>{gap}<i>tree</i>")) == ["Fig", "tree"]


MATH = "<math><semantics><mrow><mi>E</mi><mo>=</mo><mi>m</mi></mrow><annotation encoding='application/x-tex'>E=m</annotation></semantics></math>"
KATEX = (
    f'<span class="katex"><span class="katex-mathml">{MATH}</span>'
    '<span class="katex-html" aria-hidden="true"><span class="base">E=m</span></span></span>'
)
FORMULAS = [
    (MATH, "$E=m$"), (MATH.replace("<math>", "<math display='block'>"), "$$E=m$$"), (KATEX, "$E=m$"),
    (f'<span class="katex-display">{KATEX}</span>', "$E=m$"),
    ('<span class="katex"><span class="katex-html" aria-hidden="true"><span>E=m</span></span></span>', "E=m"),
    ('<math alttext="E=m"><mi>E</mi></math>', "$E=m$"),
    ('<math><annotation encoding="TeX">a &lt; b</annotation></math>', "$a < b$"),
    ('<span class="MathJax_Preview"></span><span class="MathJax"><nobr aria-hidden="true"><span>E=m</span></nobr></span><script type="math/tex">E=m</script>', "$E=m$"),
    ('<div class="MathJax_Display"><span class="MathJax"><span>E=m</span></span></div><script type="math/tex; mode=display">E<m</script>', "$$E<m$$"),
    ('<span class="MathJax"><nobr aria-hidden="true">E=m</nobr><span class="MJX_Assistive_MathML"><math><mi>E</mi></math></span></span>', "E"),
    ('<mjx-container class="MathJax" jax="SVG"><svg><path/></svg><mjx-assistive-mml><math><mi>E</mi></math></mjx-assistive-mml></mjx-container>', "E"),
    ('<mjx-container jax="CHTML"><mjx-math><mjx-mi></mjx-mi></mjx-math><mjx-assistive-mml><math><mi>E</mi></math></mjx-assistive-mml></mjx-container>', "E"),
    ("<math><msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><msub><mi>y</mi><mi>i</mi></msub></math>", "x2 + yi"),
    ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mn>12</mn></mfrac></math>", "(a + 1)/12"),
    ("<math><msqrt><mi>y</mi><mi>z</mi></msqrt></math>", "√(yz)"), ("<math><mrow><mi>x</mi></math>", "x"),
    ("$x^2$ and \\(y\\)", "$x^2$ and \\(y\\)"),
]  # fmt: skip


@for_each(("written", "shown"), FORMULAS)
def test_a_formula_is_shown_once_as_its_tex_or_its_text(written: str, shown: str) -> None:
    found = sanitise(f"<p>Before {written} after</p>", BASE)
    assert words(found.html) == ["Before", *shown.split(), "after"]
    assert all(loss.faithful for loss in found.losses)
    assert len(found.losses) <= 1


def test_a_power_stays_a_power() -> None:
    assert show("<math><msup><mi>x</mi><mn>2</mn></msup></math>") == "x<sup>2</sup>"


def test_a_drawing_becomes_its_text_and_is_told_unless_it_is_an_ornament() -> None:
    drawing = "<svg width='400'><title>Chart</title><desc>of sales</desc><style>a{}</style><text>Up &amp; down</text></svg>"
    found = sanitise(f"<p>a {drawing} b</p>", BASE)
    assert found.html == "<p>a Chart of sales Up &amp; down b</p>"
    assert [loss.one for loss in found.losses] == ["drawing in svg"]
    assert [loss.one for loss in sanitise("<svg><path d='M0'/></svg>", BASE).losses] == ["drawing in svg"]
    for icon in (
        "<svg aria-hidden='true'><path/></svg>",
        "<svg width='16'><path/></svg>",
        "<svg role='none'/>",
    ):
        assert sanitise(f"<p>a{icon}</p>", BASE) == ("<p>a</p>", ())


APART = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h2",
        "header",
        "hr",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "summary",
        "ul",
        "button",
        "textarea",
        "td",
    ]
)


def words(html: str) -> list[str]:
    """The words that a parser finds in HTML, with the elements that keep them apart."""

    def read(element: object) -> str:
        parts = [element.text or ""]  # type: ignore[attr-defined] # an element of html5lib
        for child in element:  # type: ignore[attr-defined] # an element of html5lib
            inner = "" if not isinstance(child.tag, str) or child.tag in ("script", "style") else read(child)
            gap = " " if child.tag in APART else ""
            parts += gap, inner, gap, child.tail or ""
        return "".join(parts)

    return read(html5lib.parse(html, namespaceHTMLElements=False)).split()


TAGS = [
    "a href=/x", "a", "b", "i", "span", "span class=w", "p", "div", "div id=x", "ul", "li", "pre", "code", "h2", "blockquote", "section", "article",
    "strike", "label", "details", "summary", "figure", "ruby", "rt", "dl", "dt", "dd", "s", "u", "q", "object",
    "custom-x", "nobr", "header", "footer", "address", "hr", "br", "tt", "font color=red", "bdo dir=rtl", "img src=/x", "p style=color:red",
]  # fmt: skip
pieces = st.one_of(
    st.sampled_from(["one", "two", "three ", " ", "\n", "four\n", "&lt;b&gt; ", "&amp; ", "1 < 2 ", "<!-- x -->"]),
    st.sampled_from([f"<{tag}>" for tag in TAGS]),
    st.sampled_from([f"</{tag.partition(' ')[0]}>" for tag in TAGS if tag.partition(" ")[0] not in ("br", "hr", "img", "p")]),
)  # fmt: skip


@given(st.lists(pieces, max_size=12).map("".join))
@examples(120, 20_000)
def test_the_words_that_a_parser_finds_are_those_that_are_published(written: str) -> None:
    found = sanitise(written, BASE)
    if not any(loss for loss in found.losses if not loss.faithful and not loss.one.startswith("object")):
        assert words(found.html) == words(written)
    assert show(found.html) == found.html


SWALLOWING = ["title", "iframe", "script", "style", "textarea", "xmp", "noembed", "noframes", "plaintext", "noscript", "svg", "math", "template", "select", "object", "T", "u8", "frameset"]  # fmt: skip


@given(
    st.lists(
        st.sampled_from(
            ["alpha ", "beta ", "gamma ", "<p>", "</p>", "<b>", "</b>", *(f"<{n}>" for n in SWALLOWING)]
        ),
        max_size=10,
    )
)
@examples(120, 20_000)
def test_no_start_of_an_element_takes_words_along(written: list[str]) -> None:
    """Nothing here ends an element but paragraphs and bold text."""
    shown = show("".join(written))
    assert [
        word for word in words(shown.replace("&gt;", "&gt; ").replace("&lt;", " &lt;")) if word.isalpha()
    ] == [word.strip() for word in written if word.strip().isalpha()]


@pytest.mark.parametrize("written", [
    ('<mjx-container class="MathJax" jax="CHTML"><mjx-math><mjx-mi class="mjx-i"><mjx-c class="mjx-c1D465 TEX-I"></mjx-c></mjx-mi>'
    '<mjx-mo class="mjx-n"><mjx-c class="mjx-c3C"></mjx-c></mjx-mo></mjx-math></mjx-container>'),
    '<mjx-container jax="SVG"><svg><g><use data-c="1D465" xlink:href="#a"></use><path data-c="3C" d="M0"/></g></svg></mjx-container>',
])  # fmt: skip
def test_a_formula_of_which_only_the_glyphs_are_there_becomes_their_signs(written: str) -> None:
    assert sanitise(f"<p>If {written} so</p>", BASE).html == "<p>If 𝑥&lt; so</p>"


@pytest.mark.parametrize("name", ["nobr", "mjx-container"])
def test_an_element_that_goes_does_so_before_a_parser_nests_others_by_it(name: str) -> None:
    assert show(f"<h2><{name}><h2>a") == "<h2></h2><h2>a</h2>"
