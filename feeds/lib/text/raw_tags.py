"""Tells raw tags that are markup from those an author wrote about: "<title>".

A parser takes all after a title or a comment without an end for its content, and nobody sees the tag of
``List<String>``. What is surely no markup becomes text. GFM does so for nine names (6.11, "Disallowed Raw
HTML"), wherever they are. Here a whole element stays, so that an embedded film can be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from feeds.lib.text.elements import is_unknown
from feeds.lib.text.tags import Tag, list_tags

_VOID = frozenset(
    [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
        "track", "wbr",
    ]
)  # fmt: skip
_BREAKS = frozenset(("br", "hr", "wbr"))
_END_OPTIONAL = frozenset(
    [
        "colgroup", "dd", "dt", "li", "optgroup", "option", "p", "rb", "rp", "rt", "rtc", "tbody", "td",
        "tfoot", "th", "thead", "tr",
    ]
)  # fmt: skip
# In these, tags are markup though nothing ends them: "<ruby>漢<rt>kan</ruby>".
_ENDING_THEIRS = {
    "datalist": frozenset(("optgroup", "option")),
    "ruby": frozenset(("rb", "rp", "rt", "rtc")),
    "select": frozenset(("optgroup", "option")),
}
# Nobody sees what is in these, or no tag in it is one.
_SWALLOWING = frozenset(
    [
        "applet", "frameset", "head", "iframe", "math", "noembed", "noframes", "noscript", "object",
        "plaintext", "script", "style", "svg", "template", "textarea", "title", "xmp",
    ]
)  # fmt: skip
_HIDING = frozenset(("math", "noscript", "object", "svg", "template"))
_FOREIGN = frozenset(("math", "svg"))
_SCRIPTS = frozenset(("script", "style"))
# In a sentence, these are never markup.
_ONLY_NAMED = frozenset(
    [
        "body", "frame", "frameset", "head", "html", "noembed", "noframes", "plaintext", "textarea",
        "title", "xmp",
    ]
)  # fmt: skip
_RAW_TAG = re.compile(
    r"<(/?)(iframe|noembed|noframes|plaintext|script|style|textarea|title|xmp)(?=[\s/>])",
    re.IGNORECASE | re.ASCII,
)
# A block without any of these ends all that it begins.
_MAYBE_UNENDED = re.compile(
    r"<(?:[!?]|/?(?:iframe|noembed|noframes|plaintext|pre|script|style|textarea|title|xmp)[\s/>])",
    re.IGNORECASE | re.ASCII,
)
_PREFORMATTED = re.compile(r"\s*<pre[\s>]", re.IGNORECASE)
_FRAME = re.compile(r"<iframe\s[^<>]*>", re.IGNORECASE | re.ASCII)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# A word after a tag, in its line.
_WORD = re.compile(r" +[^\W\d_]")
# What a parser takes for a comment though it is not: PHP, CDATA, the declarations of a DTD.
_INSTRUCTION = re.compile(r"<(?:\?(?!xml)|!\[CDATA\[|!(?!doctype)(?=[a-z]))", re.IGNORECASE)
_UNFINISHED = re.compile(r"<(?:!--.*?-->|[!?][^>]*>|(?=([a-zA-Z/])))", re.DOTALL)

Edit = tuple[int, int, str]


@dataclass(slots=True, eq=False)
class RawTag:
    """A tag as it was written, from ``start`` to ``end``.

    ``sentence`` is the number of the paragraph, cell or heading that it is in, 0 in a block of HTML.
    ``partner`` is the tag that ends or begins the same element.
    """

    name: str
    is_end: bool
    has_attributes: bool
    start: int
    end: int
    sentence: int = 0
    partner: RawTag | None = None
    is_text: bool = False


_MAYBE_JOINED = re.compile(r"</(?:script|style|SCRIPT|STYLE|PRE|TEXTAREA)")
_RAW_END = re.compile(r"</(?:script|style|pre|textarea)\s*>", re.IGNORECASE)
# Further from the margin, it is code.
_RAW_BEGIN = re.compile(r"(?: {0,3}>)* {0,3}<(script|style|pre|textarea)(?=[\s>])", re.IGNORECASE)
_FENCE = re.compile(r"[ >]*(`{3,}|~{3,})")


def join_raw_elements(text: str) -> str:
    """Return a text whose raw elements hold no blank line and end in lower case.

    The engine does not see the end of ``<STYLE>`` at ``</STYLE>``, and if such an element is in another one, it
    ends at a blank line: a reader would see the rest as text. Code between fences stays as it is.
    """
    if _MAYBE_JOINED.search(text) is None:
        return text
    lines = text.split("\n")
    fence = name = ""
    begun = 0
    joined = lines.copy()
    for number, line in enumerate(lines):
        # In most lines there is nothing to look at.
        is_fence = not name and ("```" in line or "~~~" in line)
        if is_fence and (match := _FENCE.match(line)) is not None:
            fence = "" if fence and match[1].startswith(fence) else fence or match[1]
        if "<" in line and not name and not fence and (match := _RAW_BEGIN.match(line)) is not None:
            name, begun = match[1].lower(), number
        if not name:
            continue
        if ends := [end for end in _RAW_END.finditer(line) if end[0][2:-1].strip().lower() == name]:
            joined[number] = line[: ends[-1].start()] + f"</{name}>" + line[ends[-1].end() :]
            name = ""
        elif name in ("script", "style") and not line.strip():
            joined[number] = "/**/"
    # If an element has no end, leave all after its beginning as it was.
    return "\n".join(joined[:begun] + lines[begun:] if name else joined)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Replace parts of a text, from place to place; of overlapping ones, the first."""
    parts: list[str] = []
    place = 0
    for start, end, new in sorted(edits):
        if start >= place:
            parts += text[place:start], new
            place = end
    return "".join([*parts, text[place:]])


def read_block(html: str, offset: int = 0) -> tuple[list[RawTag], list[Edit]]:
    """Return an HTML block's tags, and the edits that make text of unended ones.

    ``offset`` is where the block begins in the text.
    """
    unended = dict(_list_unended(html)) if _MAYBE_UNENDED.search(html) else {}
    edits = list(unended.values())
    # What becomes text swallows nothing.
    shadow = apply_edits(html, ((place, place + 1, " ") for place in unended)) if unended else html
    tags = [
        RawTag(tag.name, tag.is_end, _has_attributes(tag), tag.start + offset, tag.end + offset)
        for tag in list_tags(shadow)
    ]
    rest = tags[-1].end - offset if tags else 0
    unfinished = next((match for match in _UNFINISHED.finditer(shadow, rest) if match[1]), None)
    if unfinished:
        edits.append((unfinished.start(), unfinished.start() + 1, "&lt;"))
    return tags, [(start + offset, end + offset, new) for start, end, new in edits]


def _list_unended(html: str) -> Iterator[tuple[int, Edit]]:
    """Yield places and edits of unended comments, scripts and instructions."""
    after = html.rfind("-->") + 1
    places = [after + match.start() for match in re.finditer("<!--", html[after:])] if "<!--" in html else []
    if after:
        html = _COMMENT.sub(lambda comment: " " * len(comment[0]), html)
    places += [match.start() for match in _INSTRUCTION.finditer(html)]
    # In Markdown, such a block takes all that follows.
    if _PREFORMATTED.match(html) and "</pre" not in html.lower():
        places.append(html.index("<"))
    # What of each name comes next.
    following: dict[str, re.Match[str]] = {}
    for match in reversed(list(_RAW_TAG.finditer(html))):
        name, place = match[2].lower(), match.start()
        before, following[name] = following.get(name), match
        if match[1] or (before is not None and name != "plaintext" and not _is_word(html, match, before)):
            continue
        if frame := _FRAME.match(html, place):
            # Somebody forgot the end of a frame, but wrote its address.
            yield place, (frame.end(), frame.end(), "</iframe>")
        else:
            places.append(place)
            following.pop(name)
    yield from ((place, (place, place + 1, "&lt;")) for place in places)


def _is_word(html: str, tag: re.Match[str], following: re.Match[str]) -> bool:
    """Return whether a tag is followed by words, then by one that begins the same."""
    return not following[1] and _WORD.match(html, tag.end() + 1) is not None


@lru_cache(maxsize=1024)
def _read_tag(written: str) -> tuple[str, bool, bool] | None:
    tag = next(list_tags(written), None)
    return (tag.name, tag.is_end, _has_attributes(tag)) if tag else None


def _has_attributes(tag: Tag) -> bool:
    return tag.written.strip("/ \t\r\n") != ""


def read_inline(written: str, start: int, sentence: int) -> RawTag | Edit | None:
    """Return a tag in a sentence, an edit that makes it text, or None for a comment."""
    tag = _read_tag(written)
    if tag is not None:
        return RawTag(*tag, start, start + len(written), sentence)
    # A doctype in a sentence is as much a word as an instruction is.
    if _INSTRUCTION.match(written) or (written.startswith("<!") and not written.startswith("<!--")):
        return start, start + 1, "&lt;"
    return None


def find_mentions(tags: list[RawTag], text: str) -> Iterator[Edit]:
    """Yield the edits that make text of tags that are only written about.

    ``tags`` are all of the text in their order. Partners are set.
    """
    _find_partners(tags)
    kept_until = inside_until = 0
    inside: frozenset[str] = frozenset()
    in_document = False
    for tag, following in zip(tags, [*tags, None][1:], strict=True):
        if tag.start < kept_until:
            continue
        if tag.is_end:
            tag.is_text = _is_mentioned_end(tag)
        elif tag.sentence:
            is_inside = tag.start < inside_until and tag.name in inside
            tag.is_text = not is_inside and _is_mentioned_inline(tag, following, text)
            if tag.partner is not None and tag.name in _ENDING_THEIRS:
                inside, inside_until = _ENDING_THEIRS[tag.name], tag.partner.start
        else:
            in_document = in_document or tag.name in ("html", "head", "body")
            tag.is_text = _is_mentioned_in_block(tag, text, in_document=in_document)
        if tag.is_text:
            frame = tag.name == "iframe" and tag.has_attributes and not tag.is_end
            yield (tag.end, tag.end, "</iframe>") if frame else (tag.start, tag.start + 1, "&lt;")
        elif tag.partner is not None and not tag.is_end and tag.name in _FOREIGN:
            # All names are known there.
            kept_until = tag.partner.start


def _find_partners(tags: list[RawTag]) -> None:
    begun: dict[str, list[RawTag]] = {}
    for tag in tags:
        if not tag.is_end:
            # Some authors end a picture: "<img src=a.png></img>".
            if tag.name not in _VOID or tag.has_attributes:
                begun.setdefault(tag.name, []).append(tag)
            continue
        while around := begun.get(tag.name):
            start = around.pop()
            # A title or a script that begins in a sentence does not end in another.
            if start.sentence in (0, tag.sentence) or tag.name not in _SWALLOWING:
                start.partner, tag.partner = tag, start
                break


def _is_unknown(name: str) -> bool:
    return is_unknown(name) or "::" in name


def _is_mentioned_end(tag: RawTag) -> bool:
    if tag.partner is not None:
        return tag.partner.is_text
    return _is_unknown(tag.name) or (tag.sentence > 0 and tag.name not in ("br", "p"))


def _is_mentioned_inline(tag: RawTag, following: RawTag | None, text: str) -> bool:
    if _is_unknown(tag.name) or tag.name in _ONLY_NAMED:
        return True
    if tag.name in _VOID:
        return not tag.has_attributes and tag.name not in _BREAKS
    if tag.partner is None:
        return tag.name in _SWALLOWING or not tag.has_attributes
    if tag.has_attributes or tag.name not in _SWALLOWING:
        return False
    if tag.name in _SCRIPTS:
        # "Use <script> and </script>" has words in it, "<script>alert(1)</script>" a program.
        return text[tag.end : tag.end + 1] in " <"
    return tag.name == "iframe" or following is tag.partner or following is None or following.start != tag.end


def _is_mentioned_in_block(tag: RawTag, text: str, *, in_document: bool) -> bool:
    if _is_unknown(tag.name):
        return True
    if tag.name == "title":
        return not in_document
    if tag.has_attributes:
        return tag.partner is None and tag.name in _HIDING
    before_word = _WORD.match(text, tag.end) is not None
    if tag.name in _HIDING:
        return tag.partner is None or before_word
    is_whole = tag.partner is not None or tag.name in _BREAKS or tag.name in _END_OPTIONAL
    return tag.name == "iframe" or (before_word and not is_whole)
