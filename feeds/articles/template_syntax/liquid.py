"""Rewrites Liquid and its relatives: ``{% tag %}``, ``{{ expression }}``.

Jekyll and Eleventy have Liquid, Eleventy and Hexo have Nunjucks. Their tags that mean the same have the same
names but for a few.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import NamedTuple

from feeds.articles.template_syntax.hexo_tags import find_hexo_meaning, show_image
from feeds.articles.template_syntax.included import show_references
from feeds.articles.template_syntax.masks import CodeTag
from feeds.articles.template_syntax.meanings import find_meaning
from feeds.articles.template_syntax.media import (
    Arguments,
    Shown,
    begin_at_root,
    find_picture_and_words,
)
from feeds.articles.template_syntax.template_tags import TemplateTag, find_template_tags, read_arguments
from feeds.articles.template_syntax.work import MORE, NO_ADDRESS, TemplateRewriter, Work, is_in_address

_ENDS = {"{%": "%}", "{{": "}}", "{#": "#}"}
_TAG = re.compile(r"-?\s*+([\w.:-]*[\w])(.*?)-?", re.DOTALL)
_RAW = re.compile(r"\{%-?\s*+(?:end)?(?:raw|verbatim)\s*+-?%\}")
_LANGUAGE = re.compile(r"(?:.*?\blang:\s*+|\s*+)(?!linenos\b|[\w.-]++\s*+=)\"?([\w+#.-]++)", re.DOTALL)
_LITERAL = re.compile(r"\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([0-9][0-9.]*+))\s*+")
_LONGEST_EXPRESSION = 1000
_PATH = re.compile(r"\s*+([A-Za-z_][\w.-]*+(?:\[[\"'\w]++\])?)\s*+")
_FILTER = re.compile(r"\s*+([A-Za-z_]\w*+)\s*+(?:[:(]\s*+(.*?)\)?\s*)?", re.DOTALL)
# What is between these and their ends is not shown at its place.
_HIDDEN = frozenset(
    [
        "comment",
        "css",
        "doc",
        "javascript",
        "js",
        "macro",
        "sass",
        "schema",
        "script",
        "scss",
        "style",
        "stylesheet",
    ]
)
_STORING = frozenset(["capture", "set"])
# These show nothing, or what they show is no part of the text.
_SILENT = frozenset(
    [
        "assign",
        "break",
        "continue",
        "cycle",
        "decrement",
        "else",
        "elseif",
        "elsif",
        "extends",
        "feed_meta",
        "from",
        "import",
        "increment",
        "layout",
        "liquid",
        "seo",
        "set",
        "unless",
        "when",
        "section",
        "schema",
        "block",
        "toc",
        "tableofcontents",
        "feed",
    ]
)
# Whatever a tag or an include is called, it finds such files from the root of the site.
_FROM_ROOT = re.compile(r"(?:assets?|images?|img|media|static|uploads?|files)/")
# A word through a filter of the site's own, such as the name of an author who gets a link.
_WORD = re.compile(r"[^\W\d_][\w'’-]*(?: [\w'’-]+)*")
_SHOWS_NO_WORD = re.compile("date|photo|image|picture|avatar|icon|logo|svg", re.IGNORECASE)
_IMAGE_EXTENSIONS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".avif")


def _find_language(begin: str) -> str:
    name, _, rest = begin.strip("{}%- \t").partition(" ")
    if name == "mermaid":
        return name
    match = _LANGUAGE.match(rest)
    return match[1] if match is not None else ""


_CODE_NAMES = "highlight|codeblock|code|prism|mermaid"
CODE_TAGS = (
    CodeTag(
        re.compile(rf"\{{%-?\s*+(?:{_CODE_NAMES})(?=[\s%-])[^%{{}}]*?-?%\}}"),
        re.compile(rf"\{{%-?\s*+end(?:{_CODE_NAMES})\s*+-?%\}}"),
        _find_language,
    ),
)


def show_raw(code: str) -> str:
    """Return code without the tags that tell Liquid to leave it alone."""
    return _RAW.sub("", code) if "raw" in code or "verbatim" in code else code


def rewrite_liquid(text: str, work: Work) -> str:
    """Replace the tags and expressions of Liquid, Nunjucks and Hexo by what they show."""
    if "raw" in text or "verbatim" in text:
        text = _mask_raw(text, work)
    tags = list(find_template_tags(text, _ENDS))
    liquid = _Liquid(text, tags, work)
    text = liquid.rewrite()
    return show_references(text) if liquid.lacks_include and "][" in text else text


def _mask_raw(text: str, work: Work) -> str:
    """Hide signs between ``{% raw %}`` and ``{% endraw %}``, as they are to be seen."""
    parts: list[str] = []
    place, inside = 0, False
    for match in _RAW.finditer(text):
        piece = text[place : match.start()]
        parts.append(piece.replace("{", work.mask("{")) if inside and "{" in piece else piece)
        inside = "end" not in match[0]
        place = match.end()
    return "".join([*parts, text[place:]])


class _Read(NamedTuple):
    name: str
    rest: str


class _Liquid:
    def __init__(self, text: str, tags: list[TemplateTag], work: Work) -> None:
        self._text = text
        self._tags = tags
        self._work = work
        self._rewriter = TemplateRewriter(text)
        self._read = [_read_tag(tag) for tag in tags]
        # By name, the numbers of the tags that end something, the last one first.
        self._ends: dict[str, list[int]] = {}
        for number in range(len(tags) - 1, -1, -1):
            self._ends.setdefault(self._read[number].name, []).append(number)
        self._open: dict[str, list[Shown]] = {}
        self.lacks_include = False

    def rewrite(self) -> str:
        """Return the text with what its tags show."""
        number = 0
        while number < len(self._tags):
            tag, read = self._tags[number], self._read[number]
            after = number + 1
            if tag.sign == "{#":
                self._rewriter.replace(tag.start, tag.end, "")
            elif tag.sign == "{{":
                self._write_expression(tag)
            elif read.name in _HIDDEN or (read.name in _STORING and "=" not in read.rest):
                after = self._skip(number)
            elif read.name.startswith("end"):
                self._close(tag, read.name.removeprefix("end"))
            else:
                self._write_tag(tag, read, number)
            number = after
        return self._rewriter.finish()

    def _find_end(self, number: int, name: str) -> int | None:
        """Return the number of the next tag that ends one with this name."""
        ends = self._ends.get(f"end{name}", [])
        while ends and ends[-1] <= number:
            ends.pop()
        return ends[-1] if ends else None

    def _skip(self, number: int) -> int:
        """Leave out a tag and all up to its end; return the number of the tag after it."""
        tag, read = self._tags[number], self._read[number]
        end = self._find_end(number, read.name)
        if end is None:
            self._rewriter.replace(tag.start, tag.end, "")
            return number + 1
        if read.name in _STORING and (name := read.rest.strip()):
            self._work.values.setdefault(name, self._text[tag.end : self._tags[end].start].strip())
        self._rewriter.replace(tag.start, self._tags[end].end, "")
        return end + 1

    def _write_tag(self, tag: TemplateTag, read: _Read, number: int) -> None:
        name, rest = read
        if name in ("assign", "set"):
            variable, _, value = rest.partition("=")
            found = _evaluate(value, self._work)
            if found is not None:
                self._work.values[variable.strip()] = found
        if name in ("more", "truncate"):
            self._rewriter.replace(tag.start, tag.end, MORE)
            return
        if name in _SILENT:
            self._rewriter.replace(tag.start, tag.end, "")
            return
        is_paired = self._find_end(number, name) is not None
        shown = _find_liquid_meaning(name, rest, self._work, is_paired=is_paired)
        if is_paired:
            self._open.setdefault(name, []).append(shown or Shown(""))
        if shown is None:
            kind = "include" if name in _INCLUDES else "tag"
            self.lacks_include |= name in _INCLUDES
            called = (rest.split() or [name])[0].strip("\"',") if kind == "include" else name
            self._work.remove(kind, called, self._text[tag.start : tag.end])
            self._show(tag, NO_ADDRESS if is_in_address(self._text, tag.start) else "")
        elif shown.text.startswith("<a ") and is_in_address(self._text, tag.start):
            # A whole link is no address.
            self._show(tag, NO_ADDRESS)
        elif shown.is_block and not is_in_address(self._text, tag.start):
            self._rewriter.replace_by_block(tag.start, tag.end, shown.text)
        else:
            self._show(tag, shown.text)

    def _close(self, tag: TemplateTag, name: str) -> None:
        opened = self._open.get(name)
        shown = opened.pop() if opened else Shown("")
        if shown.end and shown.is_block:
            self._rewriter.replace_by_block(tag.start, tag.end, shown.end)
        else:
            self._show(tag, shown.end)

    def _write_expression(self, tag: TemplateTag) -> None:
        content = tag.content.strip("- \t\n")
        value = _evaluate(content, self._work)
        if value is None:
            name = content.partition("|")[0].strip().strip("\"'") or "{{ }}"
            self._work.remove("expression", name, self._text[tag.start : tag.end])
            value = NO_ADDRESS if is_in_address(self._text, tag.start) else ""
        self._show(tag, value)

    def _show(self, tag: TemplateTag, text: str) -> None:
        self._rewriter.replace(tag.start, tag.end, text)


def _read_tag(tag: TemplateTag) -> _Read:
    match = _TAG.fullmatch(tag.content.strip()) if tag.sign == "{%" else None
    return _Read(match[1], match[2].strip()) if match is not None else _Read("", "")


_INCLUDES = frozenset(
    ["include", "include_cached", "include_relative", "includecached", "render", "component", "partial"]
)


def _find_liquid_meaning(name: str, rest: str, work: Work, *, is_paired: bool) -> Shown | None:
    arguments = find_picture_and_words(rest) or read_arguments(rest)
    if not name.startswith("asset"):
        # Those of Hexo are beside the post.
        arguments = begin_at_root(arguments, _FROM_ROOT.match)
    if name in _INCLUDES:
        return _find_include(arguments, work)
    if (shown := find_hexo_meaning(name, rest, is_paired=is_paired)) is not None:
        return shown
    write = None if is_paired else _SINGLE.get(name)
    return (
        find_meaning(name, arguments, work, is_paired=is_paired) if write is None else write(arguments, work)
    )


def _find_include(arguments: Arguments, work: Work) -> Shown | None:
    """Return what an include shows whose name says it: ``figure.html``, ``video``."""
    if not arguments.values or not (arguments.named or len(arguments.values) > 1):
        return None
    name = arguments.values[0].rpartition("/")[2].partition(".")[0]
    return find_meaning(name, Arguments(arguments.values[1:], arguments.named), work, is_paired=False)


def _write_link(arguments: Arguments, work: Work) -> Shown | None:
    """Write a link: Hexo's has text and address, Jekyll's a file, shown as address."""
    values = arguments.values
    at = next((n for n, value in enumerate(values) if "://" in value), None)
    if at is not None and len(values) > 1:
        text = " ".join(values[:at]) or values[at]
        return Shown(f'<a href="{escape(values[at])}">{escape(text)}</a>')
    if not values:
        return None
    target = " ".join(values)
    if target.lower().endswith(_IMAGE_EXTENSIONS) or target.startswith("/assets/"):
        return Shown(work.site.make_address(target))
    return Shown(work.site.find_address(target))


def _write_page_address(arguments: Arguments, work: Work) -> Shown | None:
    return Shown(work.site.find_address(" ".join(arguments.values)))


def _write_file_address(arguments: Arguments, _work: Work) -> Shown | None:
    return Shown(arguments.get(at=0))


def _write_file_link(arguments: Arguments, _work: Work) -> Shown | None:
    name, *words = arguments.values or ("",)
    return Shown(f'<a href="{escape(name)}">{escape(" ".join(words) or name)}</a>') if name else None


_SINGLE: dict[str, Callable[[Arguments, Work], Shown | None]] = {
    "asset_image": show_image,
    "asset_img": show_image,
    "asset_link": _write_file_link,
    "asset_path": _write_file_address,
    "img": show_image,
    "link": _write_link,
    "post_path": _write_page_address,
    "post_url": _write_page_address,
    "static": _write_file_address,
}


def _evaluate(expression: str, work: Work) -> str | None:
    """Return the text of an expression with filters, None if it is not known."""
    if len(expression) > _LONGEST_EXPRESSION:
        return None
    first, *filters = expression.split("|")
    value = _find_value(first, work)
    for written in filters:
        match = _FILTER.fullmatch(written)
        changed = None if value is None or match is None else _apply(match[1], value, match[2] or "", work)
        if changed is None:
            return value if value is not None and _says_enough(value, written) else None
        value = changed
    return value


def _says_enough(value: str, filter_: str) -> bool:
    """Return whether a value says more than nothing, whatever a filter makes of it."""
    if value.startswith(("https://", "http://")):
        return True
    return _WORD.fullmatch(value) is not None and not _SHOWS_NO_WORD.search(filter_)


def _find_value(written: str, work: Work) -> str | None:
    literal = _LITERAL.fullmatch(written)
    if literal is not None:
        return next(part for part in literal.groups() if part is not None)
    match = _PATH.fullmatch(written)
    if match is None:
        return None
    name = match[1]
    if name in ("site.url", "config.url"):
        return work.site.origin
    if name in ("site.baseurl", "site.base_url", "site.root"):
        return work.site.folder
    return work.values.get(name)


def _apply(name: str, value: str, argument: str, work: Work) -> str | None:
    if name in ("relative_url", "url", "url_for"):
        return value if "://" in value else work.site.make_path(value) if value.startswith("/") else value
    if name in ("absolute_url", "absoluteUrl", "full_url_for"):
        return value if "://" in value else work.site.make_address(value)
    if name in ("escape", "xml_escape", "escape_once", "h"):
        return escape(value)
    if name in (
        "strip",
        "trim",
        "markdownify",
        "markdown",
        "safe",
        "raw",
        "smartify",
        "strip_newlines",
        "dump",
    ):
        return value.strip()
    if name in ("append", "prepend"):
        other = _find_value(argument, work)
        return None if other is None else value + other if name == "append" else other + value
    change = {"upcase": str.upper, "upper": str.upper, "downcase": str.lower, "lower": str.lower}.get(name)
    return change(value) if change is not None else None
