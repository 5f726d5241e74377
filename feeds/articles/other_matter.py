"""Reads front matter without fences: headers, field lists, comments, keywords.

``Key: value`` lines begin a text of Pelican in Markdown; a title and ``:key: value`` lines one in reStructuredText;
``.. key: value`` lines one of Nikola; ``#+KEY: value`` lines one in org-mode; ``<meta>`` elements are in the head of
a page of Pelican. All values are texts, or lists of them; keys are in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from html import unescape
from typing import Any, Literal, NamedTuple

from feeds.articles.frontmatter import FrontMatter, find_fence, locate_unwanted, refuse_long, unify_lines
from feeds.articles.positions import LINES, Split
from feeds.lib.text.plain import has_unwanted, remove_unwanted

Syntax = Literal["markdown", "html", "rest", "org"]
_HEADER = re.compile(r"[ ]{0,3}([A-Za-z0-9_-]{1,50}):(?:[ \t]++(.*)|)")
_MORE = re.compile(r"(?:[ ]{4}|\t)[ \t]*+(.*)")
_FIELD = re.compile(r":([A-Za-z](?:[^:\n\\]|\\.){0,50}):(?:[ \t]++(.*)|)")
_COMMENT_FIELD = re.compile(r"[ \t]*+\.\.[ \t]++([A-Za-z][\w-]{0,50}):(?!:)(?:[ \t]++(.*)|)")
_KEYWORD = re.compile(r"#\+([A-Za-z][\w-]{0,50})(\[\])?:[ \t]*+(.*)")
_FENCE = len("---")
# What begins front matter that is not read here.
_BEGINS_OTHERS = ("---", "{")
_NO_MATTER = frozenset(["caption", "name", "header", "html", "results", "include", "plot", "call", "tblname"])
_TIME = re.compile(
    r"[<\[]([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ \t]++[^\s0-9>\]]++)?(?:[ \t]++([0-9]{1,2}:[0-9]{2}))?[^<>\[\]]*+[>\]]"
)
_PAGE_TITLE = re.compile(r"<title[^<>]*>([^<]*)</title", re.IGNORECASE)
_META = re.compile(r"<meta\s([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*+[ \t]*+")
_LONG_ADORNMENT = 3
_EXTENSIONS: dict[str, Syntax] = {
    ".html": "html",
    ".htm": "html",
    ".rst": "rest",
    ".rest": "rest",
    ".org": "org",
}
# One of these names shows that lines with colons are headers and not text.
_USUAL = frozenset(["title", "date", "slug", "author", "authors", "category", "tags", "status"])


def find_syntax(path: str, forms: Collection[str] = ()) -> Syntax:
    """Return the syntax of a file's text by its ending; Nikola's ``.txt`` is reST."""
    ending = path[path.rfind(".") :].lower() if "." in path else ""
    if ending == ".txt" and "nikola" in forms:
        return "rest"
    return _EXTENSIONS.get(ending, "markdown")


class _Found(NamedTuple):
    """Fields, and the number of the first line of the text below them, from 0."""

    fields: dict[str, Any]
    line: int


def parse_other(path: str, text: str, forms: Collection[str], most: int) -> FrontMatter | None:
    """Read front matter in one of some forms, of at most ``most`` bytes.

    None if the file begins with a fence or has none of these forms; with the form "none", a file without front
    matter is a text without fields. Raises :class:`FrontMatterError` for matter that is too long.
    """
    syntax = find_syntax(path, forms)
    if syntax != "rest" and text.startswith(_BEGINS_OTHERS):
        # As most files, which need no more than this look.
        return None
    text = unify_lines(text)
    unwanted = None
    if has_unwanted(text):
        unwanted = locate_unwanted(text)
        text = remove_unwanted(text)
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    line = lines[first] if first < len(lines) else ""
    # A title in reStructuredText may have a line of hyphens above it.
    is_title = syntax == "rest" and len(line) > _FENCE and line in lines[first + 2 : first + 3]
    if not is_title and (find_fence(line)[1] or line.startswith(_BEGINS_OTHERS)):
        return None
    found = None
    for form in forms:
        read = _READERS.get(form)
        if read is not None and syntax in read.syntaxes and (found := read.read(lines, first)) is not None:
            break
    if found is None:
        return FrontMatter({}, text.strip(), Split("", 0, LINES, text), unwanted) if "none" in forms else None
    # The lines before the text, without the end of the last one, which stands for the fence.
    matter = "\n".join(lines[: found.line])
    split = Split(matter, 1, LINES, text[len(matter) + bool(found.line) :])
    refuse_long(split, most)
    return FrontMatter(found.fields, split.body.strip(), split, unwanted)


def read_fenced_headers(found: Split) -> FrontMatter | None:
    """Return a file whose YAML fences hold headers, None if not all lines are one."""
    lines = found.matter.rstrip("\n").split("\n")
    headers = _read_headers(lines, 0)
    if headers is None or headers.line < len(lines):
        return None
    return FrontMatter(headers.fields, found.body.strip(), found._replace(fence=LINES), None)


def _read_headers(lines: list[str], first: int) -> _Found | None:
    """Read headers as Markdown's extension "meta-data" does: up to an empty line."""
    found: dict[str, list[str]] = {}
    values: list[str] = []
    number = first
    while number < len(lines) and lines[number].strip():
        header = _HEADER.fullmatch(lines[number])
        if header is not None:
            values = found.setdefault(header[1].lower(), [])
            values.append((header[2] or "").strip())
        elif values and (more := _MORE.fullmatch(lines[number])) is not None:
            values[-1] = f"{values[-1]} {more[1].strip()}".strip()
        else:
            break
        number += 1
    if not _USUAL & found.keys():
        return None
    return _Found({name: texts[0] if len(texts) == 1 else texts for name, texts in found.items()}, number)


def _read_rest(lines: list[str], first: int) -> _Found | None:
    """Read the title of a document and the list of fields below it."""
    number = _skip_comments(lines, first)
    title, number = _read_title(lines, number)
    after = _skip_comments(lines, number)
    if title and not _is_field(lines, after):
        # A subtitle may stand between title and fields.
        subtitle, later = _read_title(lines, after)
        later = _skip_comments(lines, later)
        if subtitle and _is_field(lines, later):
            after = later
    found: dict[str, Any] = {"title": title} if title else {}
    name = ""
    fields_begin = after
    while after < len(lines):
        line = lines[after]
        field = _FIELD.fullmatch(line)
        if field is not None:
            name = field[1].lower()
            found[name] = (field[2] or "").strip()
        elif name and line.startswith((" ", "\t")) and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
        elif line.strip() or not _is_field(lines, after + 1):
            break
        after += 1
    return _Found(found, after if after > fields_begin else number) if found else None


def _is_field(lines: list[str], number: int) -> bool:
    return number < len(lines) and _FIELD.fullmatch(lines[number]) is not None


def _skip_comments(lines: list[str], number: int) -> int:
    """Return the number of the next line that is neither empty nor a comment."""
    while number < len(lines):
        line = lines[number]
        is_comment = (
            line.startswith("..") and "::" not in line and not line.startswith((".. _", ".. |", ".. ["))
        )
        if not is_comment and line.strip():
            break
        number += 1
        while is_comment and number < len(lines) and lines[number].startswith((" ", "\t")):
            number += 1
    return number


def _read_title(lines: list[str], number: int) -> tuple[str, int]:
    """Return the title at a line, "" if none is there, and the next line's number."""
    above, text, below = [*lines[number : number + 3], "", "", ""][:3]
    if _is_adornment(above, text) and below.strip() == above.strip() and text.strip():
        return text.strip(), number + 3
    if above.strip() and above[0] not in " \t:" and _is_adornment(text, above):
        return above.strip(), number + 2
    return "", number


def _is_adornment(line: str, title: str) -> bool:
    """Return whether a line of signs is long enough for a title, as docutils has it."""
    is_long = len(line.strip()) >= min(_LONG_ADORNMENT, len(title.strip()))
    return is_long and _ADORNMENT.fullmatch(line) is not None


def _read_nikola(lines: list[str], first: int) -> _Found | None:
    """Read fields in comments of reStructuredText, perhaps inside a comment of HTML."""
    number = first
    # Nikola skips what else is in the first lines, such as the rest of a broken byte order mark.
    in_comment = number < len(lines) and lines[number].rstrip().endswith("<!--")
    number += in_comment
    found: dict[str, Any] = {}
    while number < len(lines):
        field = _COMMENT_FIELD.fullmatch(lines[number])
        if field is None and (not in_comment or lines[number].strip()):
            break
        if field is not None:
            found[field[1].lower()] = (field[2] or "").strip()
        number += 1
    if in_comment and found:
        while number < len(lines) and lines[number].strip() != "-->":
            number += 1
        number += 1
    return _Found(found, min(number, len(lines))) if found else None


def _read_meta(lines: list[str], first: int) -> _Found | None:
    """Read the title and ``<meta>`` elements of a page, whose body begins a line."""
    body = next((n for n in range(first, len(lines)) if lines[n].lstrip().lower().startswith("<body")), None)
    if body is None:
        return None
    head = "\n".join(lines[first:body])
    title = _PAGE_TITLE.search(head)
    found: dict[str, Any] = {"title": unescape(title[1]).strip()} if title else {}
    for element in _META.findall(head):
        named = {name.lower(): one or other for name, one, other in _ATTRIBUTE.findall(element)}
        name = unescape(named.get("name", "")).strip().lower()
        if name:
            # Pelican takes words of an old kind of pages for its tags.
            found["tags" if name == "keywords" else name] = unescape(named.get("content", "")).strip()
    return _Found(found, body) if found else None


def _read_org(lines: list[str], first: int) -> _Found | None:
    """Read the keywords at the beginning of an org-mode file."""
    found: dict[str, Any] = {}
    number = last = first
    while number < len(lines):
        line = lines[number].strip()
        keyword = _KEYWORD.fullmatch(line)
        if (
            keyword is not None
            and not keyword[1].lower().startswith("attr_")
            and keyword[1].lower() not in _NO_MATTER
        ):
            name, value = _read_keyword(keyword)
            known = found.get(name)
            found[name] = [*known, *value] if isinstance(known, list) and isinstance(value, list) else value
            last = number + 1
        elif line == ":PROPERTIES:":
            while number < len(lines) and lines[number].strip().lower() != ":end:":
                number += 1
            last = number + 1
        elif line and not line.startswith("# ") and line != "#":
            break
        number += 1
    return _Found(found, min(last, len(lines))) if found else None


def _read_keyword(keyword: re.Match[str]) -> tuple[str, Any]:
    name, value = keyword[1].lower(), keyword[3].strip()
    if name == "filetags" or (name == "tags" and value.startswith(":")):
        return "tags", [tag for tag in value.strip(":").split(":") if tag]
    if keyword[2]:
        return name, value.split()
    moment = _TIME.fullmatch(value)
    return name, value if moment is None else " ".join(part for part in moment.groups() if part)


class _SyntaxReader(NamedTuple):
    read: Callable[[list[str], int], _Found | None]
    syntaxes: tuple[Syntax, ...]


_READERS: dict[str, _SyntaxReader] = {
    "headers": _SyntaxReader(_read_headers, ("markdown",)),
    "rest": _SyntaxReader(_read_rest, ("rest",)),
    "nikola": _SyntaxReader(_read_nikola, ("rest", "markdown", "html", "org")),
    "org": _SyntaxReader(_read_org, ("org",)),
    "meta": _SyntaxReader(_read_meta, ("html",)),
}
