"""Writes what any generator's template tags show, if name and arguments say it.

``{{< youtube ID >}}`` of Hugo, ``{% youtube ID %}`` of Hexo, ``{{ youtube(id="ID") }}`` of Zola and
``<YouTube id="ID" />`` of MDX are one thing. What is written is HTML and Markdown for the renderer; what embeds
something is an element that becomes a link later, as the same element in an article does.
"""

from __future__ import annotations

import re
from html import escape

from feeds.articles.template_syntax.media import (
    MEDIA,
    Arguments,
    Shown,
    Write,
    find_commands,
    find_link,
    find_media,
    write_link,
)
from feeds.articles.template_syntax.work import NO_ADDRESS, Work, quote

ADMONITIONS = frozenset(
    [
        "abstract",
        "admonition",
        "alert",
        "aside",
        "attention",
        "bug",
        "callout",
        "caution",
        "check",
        "danger",
        "deepdive",
        "error",
        "example",
        "failure",
        "faq",
        "help",
        "hint",
        "important",
        "info",
        "information",
        "message",
        "note",
        "notice",
        "pageinfo",
        "pitfall",
        "question",
        "remark",
        "seealso",
        "success",
        "summary",
        "tip",
        "tldr",
        "todo",
        "warn",
        "warning",
        "wip",
    ]
)
# The first argument of these, or one with such a name, says which kind of admonition it is.
_UNNAMED_ADMONITIONS = frozenset(
    ["aside", "admonition", "alert", "callout", "hint", "message", "notice", "pageinfo"]
)
_KINDS = ("type", "kind", "level", "variant", "class", "style", "status")
# These show nothing that a feed could show: icons, tables of contents, advertisements, page breaks.
_SILENT = frozenset(
    [
        "ad",
        # The address of the post itself, before what is beside it (blogdown).
        "postref",
        "adsense",
        "ads",
        "badge",
        "clear",
        "clearfix",
        "clearer",
        "contents",
        # A button beside the code that follows.
        "copyable",
        "emoji",
        "endraw",
        "fa",
        "fab",
        "far",
        "fas",
        "feather",
        "fontawesome",
        "gap",
        "icon",
        "iconify",
        "mdi",
        "pagebreak",
        "pagefind",
        "raw",
        "rawhtml",
        "seo",
        "spacer",
        "tableofcontents",
        "toc",
        "tocinline",
        "unsafe",
    ]
)


def find_meaning(name: str, arguments: Arguments, work: Work, *, is_paired: bool) -> Shown | None:
    """Return what a tag shows, None if unclear; ``is_paired`` if it has an end tag."""
    name = name.lower().replace("-", "").replace("_", "").replace(".", "").removesuffix("html")
    if name in _SILENT:
        return Shown("")
    if is_paired and (write := _PAIRED.get(name)) is not None:
        return write(arguments, work)
    if is_paired and name in ADMONITIONS:
        return _write_named_admonition(name, arguments)
    write = _SINGLE.get(name) or (_show_link if name.endswith("link") else None)
    if write is None and name.startswith("youtube"):
        write = MEDIA["youtube"]
    if write is not None:
        return write(arguments, work)
    shown = find_media(name, arguments, work)
    return shown if shown or is_paired else find_commands(arguments) or find_link(name, arguments)


def open_admonition(kind: str, title: str | None) -> str:
    """Return a note's beginning, as a quote for every reader; None: no title given."""
    shown = kind.replace("-", " ").replace("_", " ").capitalize() if title is None else title.strip()
    return f"<blockquote>\n\n**{shown}**\n" if shown else "<blockquote>\n"


END_OF_ADMONITION = "\n</blockquote>"


def open_details(summary: str) -> str:
    """Return the beginning of an element that is opened to be read."""
    return f"<details>\n<summary>{escape(summary) or 'Details'}</summary>\n"


END_OF_DETAILS = "\n</details>"


def _open_link(arguments: Arguments, work: Work) -> Shown | None:
    """Write a link or button whose text stands between two tags."""
    address, text = _find_link(arguments, work)
    return Shown(f'<a href="{quote(address)}">{escape(text)}', end="</a>") if address else None


def _show_link(arguments: Arguments, work: Work) -> Shown | None:
    """Write a link or button whose text is an argument."""
    address, text = _find_link(arguments, work)
    return Shown(write_link(address, text)) if address else None


def _find_link(arguments: Arguments, work: Work) -> tuple[str, str]:
    """Return a link's address and text; of unnamed arguments, the first address."""
    address = arguments.get("href", "url", "link", "to", "relref", "ref", "page")
    values = list(arguments.values)
    if not address:
        address = next((value for value in values if "://" in value or value.startswith("/")), "")
        if address:
            values.remove(address)
    text = arguments.get("text", "label", "title", "name") or (values[0] if values else "")
    if "ref" in arguments.named or "relref" in arguments.named:
        address = work.site.find_address(address)
    return ("" if address.startswith("{") else address), text


def _write_details(arguments: Arguments, _work: Work) -> Shown | None:
    summary = arguments.get("summary", "title", "label", "header", "name", at=0)
    return Shown(open_details(summary), is_block=True, end=END_OF_DETAILS)


def _write_tab(arguments: Arguments, _work: Work) -> Shown | None:
    label = arguments.get("label", "name", "title", "tabname", "header", "value", at=0)
    return Shown(f"**{label}**" if label else "", is_block=True, end="\n")


def _open_formula(arguments: Arguments, _work: Work) -> Shown | None:
    """Write a formula in TeX that has no signs of its own around it."""
    displayed = arguments.get("block", "display", at=0)
    if displayed in ("", "false"):
        return Shown("$", end="$")
    return Shown("$$\n", is_block=True, end="\n$$")


def _show_formula(arguments: Arguments, _work: Work) -> Shown | None:
    """Write a formula that is an argument."""
    formula = arguments.get("body", "tex", "formula").strip()
    return Shown(f"${formula}$") if formula and "\n" not in formula else None


def _write_markdown(_arguments: Arguments, _work: Work) -> Shown | None:
    """Set a text in HTML apart from it, so that it is read as Markdown."""
    return Shown("\n\n", end="\n\n")


def _write_group(_arguments: Arguments, _work: Work) -> Shown | None:
    return Shown("", end="\n")


def _write_quote(arguments: Arguments, _work: Work) -> Shown | None:
    """Begin a quote; who said it is an argument, and comes last."""
    who = arguments.get("author", "cite", "by", "attribution", "name", at=0)
    source = arguments.get("source", "link", "url", "title", "from")
    if source.startswith("http"):
        shown = write_link(source, who or source)
    else:
        shown = escape(", ".join(part for part in (who, source) if part))
    return Shown(
        "<blockquote>\n", is_block=True, end=f"\n{f'<p>— {shown}</p>' if shown else ''}\n</blockquote>"
    )


def _make_pair(name: str) -> Write:
    def write(_arguments: Arguments, _work: Work) -> Shown | None:
        return Shown(f"<{name}>", end=f"</{name}>")

    return write


def _make_element(name: str) -> Write:
    def write(arguments: Arguments, _work: Work) -> Shown | None:
        # Quarto names keys by the system, of which one is enough to be understood.
        text = arguments.get("text", "keys", "value", "win", "linux", "mac", at=0)
        return Shown(f"<{name}>{escape(text)}</{name}>") if text else None

    return write


def _write_break(_arguments: Arguments, _work: Work) -> Shown | None:
    return Shown("<br>")


def _write_rule(_arguments: Arguments, _work: Work) -> Shown | None:
    return Shown("<hr>", is_block=True)


def _write_page_address(arguments: Arguments, work: Work) -> Shown | None:
    """Write the address of another page."""
    target = arguments.get("path", "page", at=0)
    return Shown(work.site.find_address(target)) if target else None


def _write_page_link(arguments: Arguments, work: Work) -> Shown | None:
    """Write a link to another page, with its title or its name as text."""
    target = arguments.get(at=0)
    address = work.site.find_address(target)
    text = " ".join(arguments.values[1:]) or target
    return Shown(escape(text) if address == NO_ADDRESS else write_link(address, text)) if target else None


def _write_parameter(arguments: Arguments, work: Work) -> Shown | None:
    value = work.values.get(f"page.{arguments.get(at=0)}")
    return None if value is None else Shown(escape(value))


def _write_named_admonition(name: str, arguments: Arguments) -> Shown:
    kind, title = name, arguments.get("title", "heading", "header", "summary") or None
    first = arguments.get(at=0)
    if name in _UNNAMED_ADMONITIONS:
        kind = arguments.get(*_KINDS, at=0) or name
        if not title and first and arguments.get(*_KINDS):
            title = first
        title = title or arguments.get(at=1) or None
        if not re.fullmatch(r"[\w-]{1,20}", kind):
            kind, title = name, title or kind
    elif not title and first:
        title = first
    if kind == name and name in _UNNAMED_ADMONITIONS:
        kind = ""
    return Shown(
        open_admonition(kind, title),
        is_block=True,
        end=END_OF_ADMONITION,
    )


_SINGLE: dict[str, Write] = {
    **MEDIA,
    **dict.fromkeys(["button", "btn", "link", "linkbutton", "linkto"], _show_link),
    **dict.fromkeys(["ref", "relref", "posturl"], _write_page_address),
    **dict.fromkeys(["doc", "postlink", "xref"], _write_page_link),
    "br": _write_break,
    "katex": _show_formula,
    "linebreak": _write_break,
    "hr": _write_rule,
    "kbd": _make_element("kbd"),
    "mark": _make_element("mark"),
    "sub": _make_element("sub"),
    "sup": _make_element("sup"),
    **dict.fromkeys(["param", "var", "meta"], _write_parameter),
}  # fmt: skip
_PAIRED: dict[str, Write] = {
    **dict.fromkeys(
        ["accordionitem", "collapse", "collapsible", "details", "expand", "expandable", "spoiler", "toggle"],
        _write_details,
    ),
    **dict.fromkeys(["card", "codetab", "step", "tab", "tabitem", "tabpanel"], _write_tab),
    **dict.fromkeys(["blockquote", "cq", "epigraph", "pullquote", "quote"], _write_quote),
    **dict.fromkeys(["button", "btn", "link", "linkbutton", "linkto"], _open_link),
    **dict.fromkeys(
        [
            "accordion",
            "cards",
            "codegroup",
            "column",
            "gallery",
            "grid",
            "columns",
            "steps",
            "tabs",
            "tabgroup",
            "tabset",
            "tabpanels",
        ],
        _write_group,
    ),
    "kbd": _make_pair("kbd"),
    "mark": _make_pair("mark"),
    "highlighttext": _make_pair("mark"),
    "sub": _make_pair("sub"),
    "sup": _make_pair("sup"),
    "katex": _open_formula,
    **dict.fromkeys(["markdown", "markdownify", "md"], _write_markdown),
    "center": _make_pair("div"),
    "lead": _make_pair("div"),
}
