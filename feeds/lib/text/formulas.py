"""Finds HTML formulas, which feeds cannot show; writes each as TeX or text.

MathML may hold the TeX that it was made from (MathML Core, "Semantics and Presentation"). KaTeX and MathJax
write a formula twice or three times: as MathML, as letters set one by one, as a script.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from html import escape, unescape

from feeds.lib.text.tags import COMMENT, DECLARATION, UNFINISHED, Tag, decode_value, list_lenient_tags

# What KaTeX and MathJax put around a formula.
WRAPPERS = frozenset(("span", "div", "nobr", "mjx-container"))
# HTML without any of these has no such element.
WRAPPER_MARKS = ("katex", "MathJax", "mjx-", "MJX")
_TEX = re.compile(r"tex|latex", re.IGNORECASE)
_MATHJAX = frozenset(
    (
        "MathJax", "MathJax_CHTML", "MathJax_Display", "MathJax_SVG", "MathJax_SVG_Display", "MJXc-display",
        "mjx-chtml",
    )
)  # fmt: skip
# A sign of a formula that MathJax sets with its own fonts, by its number in Unicode.
_GLYPH = re.compile(r"""<[a-z-]+ (?:[^<>]*?\s)?(?:class=["']mjx-c|data-c=["'])([0-9A-F]{2,5})\b""")
_UNSEEN = frozenset(("script", "style", "template", "annotation", "annotation-xml", "metadata"))


def extract_text(html: str) -> str:
    """Return HTML's visible text in one line, with its references as written."""
    parts: list[str] = []
    place = 0
    hidden = ""
    for tag in list_lenient_tags(html):
        if not hidden:
            parts.append(html[place : tag.start])
        place = tag.end
        if tag.name == UNFINISHED:
            parts.append("" if hidden else "&lt;")
        elif hidden:
            hidden = "" if tag.is_end and tag.name == hidden else hidden
        elif tag.name in _UNSEEN and not tag.is_end and not tag.written.rstrip().endswith("/"):
            hidden = tag.name
        elif tag.name not in (COMMENT, DECLARATION):
            parts.append(" ")
    if not hidden:
        parts.append(html[place:])
    return " ".join("".join(parts).split())


def write_formula(math: str) -> tuple[str, bool]:
    """Return a ``math`` element's TeX, or else its text, and whether it is TeX."""
    tags = list(list_lenient_tags(math))
    outer = tags[0].list_attributes()
    display = outer.get("display", "").lower() == "block" or outer.get("mode", "").lower() == "display"
    tex = _find_annotation(math, tags) or " ".join(outer.get("alttext", "").split())
    if tex:
        return quote_tex(tex, display=display), True
    return _write_mathml(math, tags), False


def _write_mathml(math: str, tags: Sequence[Tag]) -> str:
    """Write MathML in one line, with raised, lowered and divided parts."""
    # The names of the open elements, each with what its children are.
    open_ones: list[tuple[str, list[str]]] = [("math", [])]
    place = 0
    for tag in tags:
        if text := " ".join(math[place : tag.start].split()):
            open_ones[-1][1].append(f" {text} " if text in _OPERATORS else text)
        place = tag.end
        if tag.name in (COMMENT, DECLARATION, UNFINISHED) or tag.written.endswith("/"):
            continue
        if not tag.is_end:
            open_ones.append((tag.name, []))
            if len(open_ones) > _DEEPEST:
                return extract_text(math)
        elif len(open_ones) > 1 and open_ones[-1][0] == tag.name:
            name, parts = open_ones.pop()
            open_ones[-1][1].append(_join_parts(name, parts))
    while len(open_ones) > 1:
        name, parts = open_ones.pop()
        open_ones[-1][1].append(_join_parts(name, parts))
    return " ".join("".join(open_ones[0][1]).split()).strip("; ")


def _join_parts(name: str, parts: list[str]) -> str:
    """Write an element of MathML from its parts."""
    if name == "msqrt":
        parts = ["".join(parts)]
    form = _FORMS.get((name, len(parts)))
    if name in _UNSEEN or name == "mphantom":
        return ""
    if form is None:
        return ("; " if name == "mtr" else " " if name == "mtd" else "").join(["", *parts])
    grouped = (part if len(unescape(part)) == 1 or part.isdecimal() else f"({part})" for part in parts)
    return form.format(*(grouped if name in _GROUPING else parts))


# Nobody nests a formula so deeply, and each level costs the length of what is in it.
_DEEPEST = 100
# How an element is written, by its name and number of parts.
_FORMS = {
    ("mfrac", 2): "{}/{}", ("mover", 2): "{}<sup>{}</sup>", ("mroot", 2): "<sup>{1}</sup>√{0}", ("msqrt", 1): "√{}",
    ("msub", 2): "{}<sub>{}</sub>", ("msubsup", 3): "{}<sub>{}</sub><sup>{}</sup>", ("msup", 2): "{}<sup>{}</sup>",
    ("munder", 2): "{}<sub>{}</sub>", ("munderover", 3): "{}<sub>{}</sub><sup>{}</sup>",
}  # fmt: skip
_GROUPING = frozenset(("mfrac", "mroot", "msqrt"))
_OPERATORS = frozenset((*"=+-−±∓×·÷<>≤≥≠≈≡∼→⇒⇔∈∉⊂⊆∪∩∧∨", "&lt;", "&gt;"))


def quote_tex(tex: str, *, display: bool) -> str:
    """Return TeX between the signs that authors write, unless it has such signs."""
    tex = tex.replace("<", "&lt;").replace(">", "&gt;")
    if tex.startswith(("$", "\\(", "\\[")):
        return tex
    return f"$${tex}$$" if display else f"${tex}$"


def _find_annotation(math: str, tags: Sequence[Tag]) -> str:
    for n, tag in enumerate(tags):
        if (
            tag.name == "annotation"
            and not tag.is_end
            and _TEX.search(tag.list_attributes().get("encoding", ""))
        ):
            end = next((other.start for other in tags[n + 1 :] if other.name == "annotation"), len(math))
            return " ".join(math[tag.end : end].split())
    return ""


class Formulas:
    """A text's formulas; ``tags`` are those to look at, ``ends`` the places of ends."""

    def __init__(self, html: str, tags: Sequence[Tag], ends: Mapping[int, int]) -> None:
        self._html = html
        self._tags = tags
        self._ends = ends
        self._maths = [n for n, tag in enumerate(tags) if tag.name == "math" and n in ends]
        # The end of the last formula that was written.
        self._last = -1

    def write_math(self, index: int) -> tuple[str, bool]:
        """Write the formula of a ``math`` element."""
        end = self._tags[self._ends[index]].end
        self._last = end
        return write_formula(self._html[self._tags[index].start : end])

    def write_script(self, tag: Tag, content: str) -> str | None:
        """Write the formula of a script of MathJax; None if a script has none."""
        kind = tag.list_attributes().get("type", "").strip().lower()
        if kind.startswith(("math/tex", "math/asciimath", "math/latex")) and content.strip():
            # The content of a script has no references.
            return quote_tex(escape(content.strip(), quote=False), display="mode=display" in kind)
        if kind.startswith("math/mml") and "<math" in content:
            return write_formula(content[content.index("<math") :])[0]
        return None

    def write_wrapper(self, index: int) -> tuple[str, bool] | None:
        """Write what an element around a formula shows; None if it is to be read on.

        It is "" if the formula is written beside it.
        """
        tag, end = self._tags[index], self._tags[self._ends[index]]
        classes = set(decode_value(tag.list_attributes().get("class", "")).split())
        if (
            "katex-html" in classes
            and self._last >= 0
            and not extract_text(self._html[self._last : tag.start])
        ):
            return "", True
        if not classes & _MATHJAX and tag.name != "mjx-container":
            return None
        after = self._ends[index] + 1
        while after < len(self._tags) and self._tags[after].is_end:
            after += 1
        if after < len(self._tags) and self._is_script(self._tags[after], end.end):
            return "", True
        place = bisect_left(self._maths, index)
        if place < len(self._maths) and self._tags[self._maths[place]].start < end.start:
            return self.write_math(self._maths[place])
        written = decode_value(tag.list_attributes().get("data-mathml", ""))
        if written.startswith("<math"):
            return write_formula(written)
        signs = _GLYPH.findall(self._html, tag.end, end.start)
        return (escape("".join(chr(int(code, 16)) for code in signs)), False) if signs else None

    def _is_script(self, tag: Tag, place: int) -> bool:
        """Return whether a tag begins a MathJax script with nothing before a place."""
        if tag.name != "script" or not tag.list_attributes().get("type", "").startswith("math/"):
            return False
        return not extract_text(self._html[place : tag.start])
