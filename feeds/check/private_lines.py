"""Tell which lines of a file may be quoted: none that holds what feeds never show.

A value of ``secured`` or of an unknown field, a comment and a hidden attribute stay where they are. If it
is unclear whether a line holds one, it is not quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from feeds.articles import frontmatter
from feeds.articles.positions import FrontMatterError, Split

# The fields that feeds show, or that decide whether they do; those of topics and providers among them.
SHOWN = frozenset(
    [
        "_id", "aliases", "attribution", "authors", "categories", "category", "deleted", "description", "domain", "draft",
        "excerpt", "featuredContent", "feed", "heat", "height", "id", "images", "include_children", "length", "locale",
        "name", "originalUrl", "parent", "provider", "published", "publishedDateTime", "quality", "related", "removed",
        "slug", "tags", "title", "topics", "type", "updatedDateTime", "url", "webUrl", "width",
    ]
)  # fmt: skip
_MARKS = {"-": r":(?=\s|$)", "+": "="}
_KEY = {
    fence: re.compile(rf"""(["']?)([^\s"'\[\]{{}},:=#?-][^"'\[\]{{}},:=]*?)\1\s*{mark}""")
    for fence, mark in _MARKS.items()
}
_FIRST_KEY = {fence: re.compile(rf"\s*(?:-\s+)*{key.pattern}") for fence, key in _KEY.items()}
_TABLE = re.compile(r"\s*\[+([^\[\]]+)\]+\s*(?:#.*)?")
_COMMENT = re.compile(r"(?:^|\s)#")
# A fence may have a comment, too.
_FENCES = ("---", "+++", ";;;", "...")
# Lines end here too for PyYAML, but not for an editor, so their numbers differ.
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]")
_TAG = re.compile(r"<[a-zA-Z/!?]")
# Looking for fields takes the square of a line's length: a page that a program wrote may be one line.
_LONGEST_LINE = 2_000
_HIDDEN_PARTS = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
_ATTRIBUTE = r"""\s+(?:alt|height|href|src|title|width)\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=`]+)"""
_PLAIN_TAG = re.compile(rf"</?[a-zA-Z][\w-]*(?:{_ATTRIBUTE})*\s*/?>")


def find_quotable(text: str, *, yaml: bool) -> Callable[[int], str | None]:
    """Return a function from a line's number to what may be quoted of it, or None.

    ``yaml`` is a file that is YAML from beginning to end. Lines count from 1.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _ODD_BREAKS.search(text):
        return lambda _number: None
    lines = text.split("\n")
    matter, private = _find_private(text, lines, yaml=yaml)

    def quote(number: int) -> str | None:
        if not 0 < number <= len(lines) or number in private:
            return None
        line = lines[number - 1]
        if (number in matter or line.startswith(_FENCES)) and (comment := _COMMENT.search(line)):
            line = line[: comment.start()].rstrip() + " …" if line[: comment.start()].strip() else ""
        return line if line.strip() and _is_plain(lines, number, line) else None

    return quote


def _find_private(text: str, lines: Sequence[str], *, yaml: bool) -> tuple[range, set[int]]:
    """Return the lines of the front matter, and which of them are private."""
    try:
        split = (frontmatter.parse_yaml if yaml else frontmatter.parse)(text).split
    except FrontMatterError:
        first, end, fence = _find_matter(lines, yaml=yaml)
        matter = range(first, end)
        return matter, set(matter if fence == "{" else _guess_private(lines, first, end, fence))
    end = split.first_line + split.matter.count("\n")
    if split.fence == "+":
        return range(split.first_line, end), set(_guess_private(lines, split.first_line, end, "+"))
    matter = range(split.first_line, end + (split.fence == "{"))
    # Almost all JSON is YAML. If it cannot be parsed, nobody can tell which lines are private.
    return matter, set(matter if split.nodes is None else _read_private(split))


def _find_matter(lines: Sequence[str], *, yaml: bool) -> tuple[int, int, str]:
    """Return where front matter begins and ends that cannot be read, and its fence.

    Without a first fence, or without a second one, all is taken for front matter.
    """
    first = next((n for n, line in enumerate(lines, 1) if line.strip()), 1)
    sign, fence = ("", "") if yaml else frontmatter.find_fence(lines[first - 1])
    if fence:
        later = range(first + 1, len(lines) + 1)
        ends = (n for n in later if lines[n - 1].startswith(sign * 3))
        return first + 1, next(ends, len(lines) + 1), fence
    return 1, len(lines) + 1, "{" if lines[first - 1].startswith("{") and not yaml else "-"


def _read_private(split: Split) -> Iterator[int]:
    """Yield the lines of values that are not shown, in YAML that can be read."""
    waiting, seen = [split.nodes], set[int]()
    while waiting:
        node: Any = waiting.pop()
        # An alias leads to a node again, perhaps to one around it.
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if node.id == "sequence":
            waiting += node.value
        elif node.id == "mapping":
            for key, value in node.value:
                if key.id == "scalar" and key.value in SHOWN:
                    waiting.append(value)
                else:
                    end = max(value.end_mark.line + (value.end_mark.column > 0), key.end_mark.line + 1)
                    yield from range(split.first_line + key.start_mark.line, split.first_line + end)


def _guess_private(lines: Sequence[str], first: int, end: int, fence: str) -> Iterator[int]:
    """Yield the lines that may be private in front matter that is broken or TOML."""
    private = False
    for number in range(first, end):
        line = lines[number - 1]
        table = _TABLE.fullmatch(line) if fence == "+" else None
        names = [table[1]] if table else _find_names(line, fence)
        strange = not SHOWN.issuperset(part.strip("\"' ") for name in names for part in name.split("."))
        # In YAML, what is below a field is indented; in TOML, it is in a table.
        if table or (fence == "-" and names and not line.startswith((" ", "\t", "-"))):
            private = False
        if private or strange:
            yield number
            if _is_open(line):
                yield from range(number, end)
                return
        private = private or (strange and (fence == "-" or table is not None))


def _find_names(line: str, fence: str) -> list[str]:
    """Return the names of the fields in a line, an unknown name if that is unclear."""
    if len(line) > _LONGEST_LINE:
        return ["?"]
    if (match := _FIRST_KEY[fence].match(line)) is not None:
        rest = line[match.end() :].lstrip()
        # In other values, such as a title with a colon, nothing is a field.
        return [match[2], *(_find_names(rest, fence) if rest.startswith(("{", "[")) else ())]
    names = [match[2] for match in _KEY[fence].finditer(line)]
    unclear = line.lstrip().startswith("?") or re.search(_MARKS[fence], line) is not None
    return names or ["?"] * unclear


def _is_open(line: str) -> bool:
    """Return whether a value may go on in lines that look like fields."""
    unequal = any(line.count(left) != line.count(right) for left, right in ("[]", "{}"))
    return unequal or any(line.count(sign) % 2 for sign in "\"'")


def _is_plain(lines: Sequence[str], number: int, line: str) -> bool:
    """Return whether a line is free of HTML that readers do not see, such as comments."""
    before = "\n".join(lines[: number - 1]).lower()
    last_tag = max((match.start() for match in _TAG.finditer(before)), default=-1)
    inside = last_tag > before.rfind(">") or any(
        before.rfind(begin) > before.rfind(end) for begin, end in _HIDDEN_PARTS
    )
    return not inside and _TAG.search(_PLAIN_TAG.sub("", line)) is None
