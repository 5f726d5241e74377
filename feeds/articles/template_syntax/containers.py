"""Rewrites containers such as ``:::note``, ``!!! note`` and ``> [!note]``.

Notes, tips and warnings become quotes that begin with their title in bold type, which every reader shows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from feeds.articles.template_syntax.meanings import (
    ADMONITIONS,
    END_OF_ADMONITION,
    END_OF_DETAILS,
    find_meaning,
    open_admonition,
    open_details,
)
from feeds.articles.template_syntax.media import Arguments
from feeds.articles.template_syntax.template_tags import read_arguments
from feeds.articles.template_syntax.work import Work

_COLONS = re.compile(r"((?:[ \t>]|[-*+][ \t])*+)(:{3,}+)[ \t]*+(.*)")
_SLASHES = re.compile(r"([ \t>]*+)(/{3,}+)[ \t]*+(.*)")
_LEAF = re.compile(r"[ \t]*+::([\w-]++)(?:\[([^\[\]]*+)\])?(?:\{([^{}]*+)\})?[ \t]*+")
# Programs have two colons too, but not at the beginning of a line.
FENCED = re.compile(r":::|(?:^|\n)[ \t>]*(?:::|///)")
# What attributes begin with. Python looks fast for a pattern that begins with one sign, and slowly for one of two.
_MAYBE_ATTRIBUTES = re.compile(
    r"\{(?:[ \t]*+[:.#]|(?:(?<=[)\]`*_$>]\{)|(?<=[)\]`*_$>][ \t]\{))[ \t]*+[A-Za-z-][^{}\n]*+\}|(?<=[ \t]\{)[A-Za-z-]+[=}])"
)
# Programs have braces with other things in them, in code that would be hidden for nothing. Each pattern begins with one
# sign, which Python looks for fast.
_SURE_SIGNS = (
    re.compile(r"\{(?::|[ \t]*+(?:[.#][A-Za-z_]|[A-Za-z][\w-]*+=)|-\}|data-preview\})"),
    re.compile(r"\](?:\{|(?<=[tT][oO][cC]\])|(?<=[tT][oO][cC]_\]))"),
    re.compile(r"\}(?:(?<=[tT][oO][cC]\})|(?<=[tT][oO][cC] \}))\}"),
)
_MAYBE_CONTENTS = re.compile(r"\](?:(?<=toc\])|(?<=TOC\])|(?<=TOC_\]))")
# The id of a heading.
ANCHORS = re.compile(r"^(\#{1,6}[ \t][^\n{}]*+)\{[#.][^{}\n]*+\}[ \t]*+$", re.MULTILINE)
_NAME = re.compile(r"[.\w-]++")
_INDENTED = re.compile(r"([ \t>]*+)(?::[ \t]++)?(!!!|\?\?\?\+?|===[!+]?)[ \t]++(.*)")
_CALLOUT = re.compile(r"([ \t]*+(?:>[ \t]?)++)\[!([\w-]++)(?:\|[^\[\]]*+)?\][+-]?[ \t]*+(.*)")
_SNIPPET = re.compile(r"[ \t]*+(?:-+8<-+|--8<--)(.*)")
_CONTENTS = re.compile(
    r"[ \t]*+(?:\[TOC\]|\[\[_?toc_?\]\]|\{:+ ?toc[^{}]*+\}|\{\{ ?toc ?\}\})[ \t]*+", re.IGNORECASE
)
_LIST_ITEM = re.compile(r"[ \t]*+(?:[-*+]|1[.)])[ \t]")
_SPAN = re.compile(r"(?<![!\]])\[([^\[\]\n]*+)\]\{[^{}\n]*+\}")
_ATTRIBUTES = re.compile(
    r"(?<![ \t])[ \t]*+\{(?::(?![:/])[^{}\n]*+|[ \t]*+[.#][A-Za-z_][^{}\n]*+|[ \t]*+[A-Za-z][\w-]*+=[^{}\n]*+|[ \t]*+\.unnumbered[ \t]*+|-|data-preview)\}"
)
_KRAMDOWN = re.compile(r"\{::(?:comment\}|(?:[a-z]++[^{}\n]*+)?(?:/?\}))|\{:/[a-z]*+\}")
_ICON = re.compile(r":(?:material|fontawesome|octicons|simple)-[\w-]++:(?:\{[^{}\n]*+\})?")
# With links in it, on several lines, but without a blank one.
_IN_NOTE = r"[^\[\]\n]|\n(?![ \t]*\n)"
# @fig-salt of Quarto, and [@doe:2020, p. 3; @roe:2021] of pandoc.
_KINDS_OF_REFERENCE = {
    "fig": "Figure", "tbl": "Table", "sec": "Section", "eq": "Equation", "lst": "Listing", "thm": "Theorem",
}  # fmt: skip
REFERENCE = re.compile(r"(?<![\w.@/])-?@(?=\w)")
_CROSS_REFERENCE = re.compile(
    rf"(?<![\w.@/])(\[)?-?@({'|'.join(_KINDS_OF_REFERENCE)})-(\w[\w-]*+)(?(1)\](?!\())"
)
_CITATIONS = re.compile(r"\[([^\[\]@\n]*+(?<![\w.])@\w[^\[\]]*+)\](?![(\[{:])")
_CITED = re.compile(r"(?<![\w.@/])-?@(\w(?:[\w:./-]*\w)?)")
_CITED_IN_TEXT = re.compile(r"(?<![\w.@/\[])@([A-Za-z]+[A-Za-z:_-]*[12]\d{3}[a-z]?)(?!\w)")
_INLINE_NOTE = re.compile(rf"\^\[((?:{_IN_NOTE}|\[(?:{_IN_NOTE}|\[(?:{_IN_NOTE})*+\])*+\])++)\]")
MARKED = re.compile(r"(?<![=\w])==(?=[^\s=])([^=\n]++)(?<=\S)==(?![=\w])")
_INSERTED = re.compile(r"\^\^(?=[^\s^])([^^\n]++)(?<=\S)\^\^")
_KEYS = re.compile(r"\+\+([a-z0-9][\w-]*+(?:\+[\w\"-]++)*+)\+\+")
# Two signs that a word follows. In code, which is hidden before one looks for the end, may be anything.
_MAYBE_MARKED, _MAYBE_INSERTED = re.compile(r"==(?<![=\w]==)(?=[^\s=])"), re.compile(r"\^\^(?=[^\s^])")
_BOLD = re.compile(r"\*\*.*\*\*")
_TAB = 4


class _Opened(NamedTuple):
    margin: str
    sign: str
    end: str


def rewrite_fenced_containers(text: str, work: Work) -> str:
    """Rewrite ``:::note Title``, ``::: {.callout-note}`` and ``::youtube{#id}``."""
    lines = text.split("\n")
    written: list[str] = []
    opened: list[_Opened] = []
    skipped = -1
    for number, line in enumerate(lines):
        if number == skipped:
            continue
        if "::" not in line and "///" not in line:
            written.append(line)
            continue
        match = _COLONS.fullmatch(line) or _SLASHES.fullmatch(line)
        if match is None:
            leaf = _LEAF.fullmatch(line)
            written.append(line if leaf is None else _write_leaf(leaf, work, line))
            continue
        margin, sign, rest = match[1], match[2], match[3].rstrip(" \t:/")
        if not rest:
            if opened:
                _add(written, *opened.pop()[::2])
            elif sign[0] == "/":
                written.append(line)
            else:
                written.append(margin.rstrip())
            continue
        begin, end, skipped = _open_container(rest, lines, number)
        if margin.strip(" \t>"):
            # The first line of an item in a list.
            opened.append(_Opened(" " * len(margin), sign, ""))
            written.append(margin + "".join(_BOLD.findall(begin)))
            continue
        opened.append(_Opened(margin, sign, end))
        _add(written, margin, begin)
    for one in reversed(opened):
        _add(written, "", one.end)
    return "\n".join(written)


def _open_container(rest: str, lines: list[str], number: int) -> tuple[str, str, int]:
    """Return a container's begin and end, and its title's line number, or -1."""
    kind, title = _read_head(rest)
    skipped = -1
    if kind in ADMONITIONS:
        # In Quarto, the first heading is the title.
        if title is None and rest.startswith("{"):
            skipped = number + 1
            while skipped < len(lines) and not lines[skipped].strip():
                skipped += 1
            heading = lines[skipped].strip() if skipped < len(lines) else ""
            title, skipped = (_read_heading(heading), skipped) if heading.startswith("#") else (None, -1)
        return open_admonition(kind, title), END_OF_ADMONITION, skipped
    if kind == "details":
        return open_details(title or ""), END_OF_DETAILS, -1
    if kind == "tab" and title:
        return f"**{title}**", "", -1
    return "", "", -1


def _read_heading(line: str) -> str:
    text, brace, _ = line.strip("# \t").rpartition("{")
    return (text if brace and line.endswith("}") else line.strip("# \t")).strip()


def _read_head(rest: str) -> tuple[str, str | None]:
    """Return the kind of a container in lower case, and its title if it has one."""
    if rest.startswith("{"):
        arguments = read_arguments(rest.strip("{} "))
        classes = [
            value[1:].lower().removeprefix("callout-") for value in arguments.values if value.startswith(".")
        ]
        kind = next(
            (name for name in classes if name in ADMONITIONS and name != "callout"),
            classes[0] if classes else "",
        )
        return kind, arguments.get("title") or None
    name = _NAME.match(rest)
    if name is None:
        return "", None
    kind, after = name[0].strip(".").lower().removeprefix("callout-"), rest[name.end() :].strip()
    if after.startswith("["):
        return kind, after[1:].rpartition("]")[0] or None
    if after.startswith("{"):
        return kind, read_arguments(after.strip("{} ")).get("title") or None
    return kind, after.lstrip("|").strip().strip('"') or None


def _write_leaf(leaf: re.Match[str], work: Work, line: str) -> str:
    name, text, written = leaf[1], leaf[2], leaf[3] or ""
    found = read_arguments(written)
    values = tuple(value.lstrip("#") for value in found.values if not value.startswith("."))
    shown = find_meaning(
        name, Arguments(values or ((text,) if text else ()), found.named), work, is_paired=False
    )
    if shown is None:
        work.remove("directive", name, line)
        return text or ""
    return f"\n{shown.text}\n"


def _add(written: list[str], margin: str, block: str) -> None:
    """Add a block with its margin, between blank lines."""
    blank = margin.rstrip()
    lines = block.split("\n") if block else []
    written += [blank, *(margin + line if line else blank for line in lines), blank]


def rewrite_indented_containers(text: str, work: Work) -> str:
    """Rewrite ``!!! note``, ``??? note`` and ``=== "Tab"`` with their indented lines."""
    written: list[str] = []
    # For each container around the line: the columns before its text, its margin, and its end.
    around: list[tuple[int, str, str]] = []
    blanks = 0
    for line in text.split("\n"):
        if not line.strip():
            blanks += 1
            continue
        columns = _count_columns(line)
        while around and columns < around[-1][0]:
            _, margin, end = around.pop()
            _add(written, margin, end)
        written += [""] * blanks
        blanks = 0
        if around:
            line = _dedent(line, around[-1][0] - len(around[-1][1]))  # noqa: PLW2901 - the same line, in its new place
        match = _INDENTED.fullmatch(line) if _has_any_sign(line) else None
        if match is None:
            written.append(_rewrite_snippet(line, work) if "8<" in line else line)
            continue
        begin, end = _open_indented(match[2], match[3])
        around.append((columns + _TAB + match.start(2) - match.end(1), match[1], end))
        _add(written, match[1], begin)
    for _, margin, end in reversed(around):
        _add(written, margin, end)
    return "\n".join([*written, *[""] * blanks])


def _has_any_sign(line: str) -> bool:
    return line.lstrip(" \t>:")[:3] in ("!!!", "???", "===")


def _open_indented(sign: str, rest: str) -> tuple[str, str]:
    words, has_title, after = rest.strip().partition('"')
    title = after.removesuffix('"') if has_title else None
    kind = (words.split() or [""])[0].lower()
    if sign.startswith("="):
        return (f"**{title}**" if title else ""), ""
    if sign.startswith("?"):
        return open_details(title or kind.capitalize()), END_OF_DETAILS
    return open_admonition(kind, title), END_OF_ADMONITION


def _rewrite_snippet(line: str, work: Work) -> str:
    match = _SNIPPET.fullmatch(line)
    if match is None:
        return line
    name = match[1].strip().strip('"')
    return work.remove("snippet", name, line) if name else ""


def _count_columns(line: str) -> int:
    columns = 0
    for sign in line:
        if sign == " ":
            columns += 1
        elif sign == "\t":
            columns += _TAB - columns % _TAB
        else:
            break
    return columns


def _dedent(line: str, columns: int) -> str:
    if not columns:
        return line
    return " " * max(0, _count_columns(line) - columns) + line.lstrip(" \t")


def rewrite_callouts(text: str, _work: Work) -> str:
    """Rewrite ``> [!note] Title`` as a quote with its title in bold type."""
    written = []
    for line in text.split("\n"):
        match = _CALLOUT.fullmatch(line) if "[!" in line else None
        if match is None:
            written.append(line)
        else:
            margin, kind, title = match[1], match[2], match[3].strip()
            written += [f"{margin}**{title or kind.replace('-', ' ').capitalize()}**", margin.rstrip()]
    return "\n".join(written)


def rewrite_anchors(text: str, _work: Work) -> str:
    """Leave out the ids of headings: ``## Title {#id}``."""
    return ANCHORS.sub(lambda match: match[1].rstrip(), text)


def may_have_attributes(text: str) -> bool:
    """Return whether a text may have what ``rewrite_attributes`` leaves out."""
    if _MAYBE_CONTENTS.search(text) is not None:
        return True
    return _MAYBE_ATTRIBUTES.search(text) is not None and any(sign.search(text) for sign in _SURE_SIGNS)


def rewrite_attributes(text: str, _work: Work) -> str:
    """Leave out attributes in braces, such as ``{: .class}``, and marks of contents."""
    if "toc" in text.lower():
        text = _drop_contents(text)
    if "{:" in text:
        text = _drop_kramdown(text)
    if "]{" in text:
        text = _SPAN.sub(r"\1", text)
    return _ATTRIBUTES.sub(_drop_attributes, text) if "{" in text else text


def _drop_contents(text: str) -> str:
    written: list[str] = []
    for line in text.split("\n"):
        if _CONTENTS.fullmatch(line) is None:
            written.append(line)
            continue
        if line.lstrip().startswith("{:") and written and _LIST_ITEM.match(written[-1]):
            written.pop()
        written.append("")
    return "\n".join(written)


def _drop_kramdown(text: str) -> str:
    """Leave out kramdown's extensions, and its comments with their text."""
    parts: list[str] = []
    place, is_endless = 0, False
    for match in _KRAMDOWN.finditer(text):
        if match.start() < place:
            continue
        parts.append(text[place : match.start()])
        place = match.end()
        if match[0] == "{::comment}" and not is_endless:
            end = text.find("{:/", place)
            is_endless = end < 0
            if not is_endless:
                place = text.find("}", end) + 1 or len(text)
    return "".join([*parts, text[place:]])


def _drop_attributes(match: re.Match[str]) -> str:
    """Leave attributes out where they belong to something; elsewhere, braces are text."""
    text, start, end = match.string, match.start(), match.end()
    is_last = end == len(text) or text[end] == "\n"
    before = text[start - 1] if start else "\n"
    # After a link, a picture, code or a word in bold type; or at the end of a line.
    if (match[0][0] != " " and before in ')]\x02*_$>"”') or is_last:
        return ""
    return "" if before in ")]\x02" or match[0].lstrip().startswith("{:") else match[0]


def rewrite_inline_notes(text: str, _work: Work) -> str:
    """Write notes that stand in the text, ``^[note]``, in brackets."""
    return _INLINE_NOTE.sub(r" (\1)", text)


def rewrite_references(text: str, _work: Work) -> str:
    """Write references to figures and books as words; numbers are not known."""
    text = _CROSS_REFERENCE.sub(
        lambda match: f"{_KINDS_OF_REFERENCE[match[2]]} {match[3].replace('-', ' ')}", text
    )
    text = _CITATIONS.sub(lambda match: f"({_CITED.sub(_write_cited, match[1])})", text)
    return _CITED_IN_TEXT.sub(_write_cited, text)


def _write_cited(match: re.Match[str]) -> str:
    return match[1].replace(":", " ").replace("_", " ")


def may_have_marks(text: str) -> bool:
    """Return whether a text may have what ``rewrite_mkdocs`` rewrites."""
    return any(form.search(text) for form in (_MAYBE_MARKED, _MAYBE_INSERTED, _ICON, _KEYS))


def rewrite_mkdocs(text: str, _work: Work) -> str:
    """Leave out icons such as ``:material-check:``; write keys and marks as such."""
    if "==" in text:
        text = MARKED.sub(r"<mark>\1</mark>", text)
    if "^^" in text:
        text = _INSERTED.sub(r"<ins>\1</ins>", text)
    if ":" in text:
        text = _ICON.sub("", text)
    if "++" in text:
        text = _KEYS.sub(_write_keys, text)
    return text


def _write_keys(match: re.Match[str]) -> str:
    keys = match[1].replace('"', "").split("+")
    return "+".join(f"<kbd>{key.capitalize()}</kbd>" for key in keys)
