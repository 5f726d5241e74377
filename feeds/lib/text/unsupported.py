"""Replaces elements that feeds cannot show by what they can; tells what is lost.

A browser shows more than a reader: frames, drawings, formulas, forms. What is left of each is its text, or
a sign. And an author's slip must not cost the rest of a text: an element that nothing ends ends at once.
After this step, HTML has ordinary elements only, whose tags are those that every parser finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape, unescape
from typing import ClassVar, NamedTuple
from urllib.parse import urlsplit

from feeds.lib.text.elements import (
    KEPT,
    PLAIN,
    is_clear_address,
    is_no_tag,
    is_unknown,
    keep_plain,
    list_ended,
)
from feeds.lib.text.formulas import WRAPPER_MARKS, WRAPPERS, Formulas, extract_text
from feeds.lib.text.mistyped import find_fault, unescape_address
from feeds.lib.text.tags import COMMENT, DECLARATION, UNFINISHED, Tag, decode_value, list_lenient_tags

# The schemes of links; pictures are http(s) only.
SCHEMES = frozenset(("http", "https", "mailto", "tel", "xmpp"))
_PICTURE_SCHEMES = frozenset(("http", "https"))

_RENAMED = {
    "acronym": "abbr", "bdo": "bdi", "center": "div", "dialog": "div", "dir": "ul", "fieldset": "div", "form": "div",
    "image": "img", "legend": "div", "listing": "pre", "main": "div", "marquee": "div", "menu": "ul", "search": "div", "strike": "s",
    "tt": "code",
}  # fmt: skip
# What these show apart from their text is lost; their text is for readers that cannot show it.
_PLAYERS = frozenset(("applet", "audio", "canvas", "object", "video"))
# The text of neighbours is apart.
_APART = frozenset(("button", "option"))
_RAW_TEXT = frozenset(("textarea", "title", "xmp"))
_SIGNS = {("checkbox", True): "☑", ("checkbox", False): "☐", ("radio", True): "◉", ("radio", False): "○"}
_SHOWN_INPUTS = frozenset(
    [
        "button", "color", "date", "datetime-local", "email", "month", "number", "reset", "search", "submit",
        "tel", "text", "time", "url", "week",
    ]
)  # fmt: skip
# The sanitiser takes it out.
_NO_ADDRESS = "about:blank"
_SECTION = "<![CDATA["
# Only these may end like "<svg/>".
_FOREIGN = frozenset(("math", "svg"))
_DOCUMENT = re.compile(
    r"\s*+(?:<!--(?:(?!-->).)*+-->\s*+|<\?[^>]*+>\s*+)*+<(?:!doctype\b[^>]*+>|(?:html|head)(?=[\s>]))",
    re.IGNORECASE | re.DOTALL,
)
_ALIGNED = re.compile(r"text-align\s*:\s*(left|right|center|justify)\b", re.IGNORECASE)
_ICON_SIZE = 32
# Letters of what is shown as text that a message quotes.
_MOST_SHOWN = 40
_SMALL = re.compile(r"(\d{1,3})(?:\.\d+)?(?:px)?")


class Loss(NamedTuple):
    """Something of a text that is lost, or was replaced faithfully: so many of a kind.

    ``written`` is as much as is needed to find the place in the source.
    """

    one: str
    many: str
    number: int
    written: str
    faithful: bool = False


class Supported(NamedTuple):
    """HTML of elements that feeds show, its own base address, and what was taken."""

    html: str
    base: str
    losses: tuple[Loss, ...]


def replace_unsupported(html: str) -> Supported:
    """Replace what feeds cannot show, in time proportional to the length."""
    plain = keep_plain(html)
    return _Replacer(html).replace() if plain is None else Supported(plain, "", ())


class _Replacer:
    """Goes over the tags of one text from its beginning."""

    def __init__(self, html: str) -> None:
        self._html = html
        # Plain parts need no look, but around formulas each element counts.
        skipped = None if any(mark in html for mark in WRAPPER_MARKS) else PLAIN
        self._tags = list(list_lenient_tags(html, skipped))
        self._ends = _match_ends(self._tags)
        self._matched = frozenset(self._ends.values())
        self._formulas = Formulas(html, self._tags, self._ends)
        self._parts: list[str] = []
        self._losses: list[Loss] = []
        self._ended = list_ended(html)
        self._last_section_end = html.rfind("]]>")
        self._base = ""
        self._is_blank = True

    def replace(self) -> Supported:
        """Return the text with what can be shown, and what was taken."""
        place = self._skip_head()
        for index, tag in enumerate(self._tags):
            if tag.start < place:
                continue
            self._keep(self._html[place : tag.start])
            shown, place = self._replace_tag(index, tag)
            if shown:
                self._keep(shown)
        self._keep(self._html[place:])
        return Supported("".join(self._parts), self._base, tuple(self._losses))

    def _keep(self, text: str) -> None:
        if text[-1:] in ("<", "/", "!", "?") and (cut := text.rstrip("/!?")).endswith("<"):
            # What follows is taken out: it must not become the end of a tag that begins here.
            text = f"{cut[:-1]}&lt;{text[len(cut) :]}"
        self._parts.append(text)
        self._is_blank = self._is_blank and (not text or text.isspace())

    def _lose(self, one: str, many: str, tag: Tag, count: int = 1, *, faithful: bool = False) -> None:
        self._losses.append(Loss(one, many, count, self._html[tag.start : tag.end], faithful))

    def _skip_head(self) -> int:
        """Return where the visible part of a whole document begins; read its base address."""
        match = _DOCUMENT.match(self._html)
        if match is None:
            return 0
        place = match.end() if match[0].endswith(">") else 0
        for tag in self._tags:
            if tag.name == "base" and not self._base:
                self._base = decode_value(tag.list_attributes().get("href", ""))
            if (tag.name, tag.is_end) in {("body", False), ("head", True)}:
                place = tag.end
            if tag.name == "body":
                break
        return place

    def _replace_tag(self, index: int, tag: Tag) -> tuple[str, int]:
        """Return what replaces a tag, or the element that it begins, and where it ends."""
        name = tag.name
        if name in _RENAMED:
            return self._rename(index, tag), tag.end
        if name in _APART:
            return " ", tag.end
        if name == UNFINISHED:
            return "&lt;", tag.end
        if tag.is_end:
            return (self._html[tag.start : tag.end] if name in KEPT else ""), tag.end
        if (write := self._writers.get(name)) is not None:
            return write(self, index, tag)
        return self._write_other(tag), tag.end

    def _rename(self, index: int, tag: Tag) -> str:
        """Write a tag with the name of an element that feeds can show."""
        name = _RENAMED[tag.name]
        if not tag.is_end:
            return f"<{name}{tag.written}>"
        # One that ends nothing must not end another element.
        return f"</{name}>" if index in self._matched else ""

    def _write_other(self, tag: Tag) -> str:
        """Return a kept element's tag, or as text what is no tag; others leave their text."""
        written = self._html[tag.start : tag.end]
        if is_no_tag(tag, self._ended):
            self._tell_text(written)
            return _escape_angles(written)
        if is_unknown(tag.name) and tag.name not in self._ended:
            self._lose(f"element {tag.name}", f"elements {tag.name}", tag)
        # The sanitiser would drop the text of those that SVG and MathML have too.
        return written if tag.name in KEPT else ""

    def _tell_text(self, written: str) -> None:
        shown = f"{written[:_MOST_SHOWN]} as text"
        self._losses.append(Loss(shown, shown, 1, written, faithful=True))

    def _write_wrapper(self, index: int, tag: Tag) -> tuple[str, int]:
        found = self._formulas.write_wrapper(index) if index in self._ends else None
        if found is None:
            return self._html[tag.start : tag.end] if tag.name in KEPT else "", tag.end
        self._tell_formula(found, tag)
        return found[0], self._end_of(index)

    def _end_of(self, index: int) -> int:
        return self._tags[self._ends[index]].end

    def _content_of(self, index: int) -> str:
        return self._html[self._tags[index].end : self._tags[self._ends[index]].start]

    def _end_at_once(self, tag: Tag) -> tuple[str, int]:
        """Show the name of an element without an end, if its author wrote about it."""
        if tag.written.strip(" \t\n\f\r/"):
            return "", tag.end
        self._tell_text(f"<{tag.name}>")
        return f"&lt;{tag.name}&gt;", tag.end

    def _tell_formula(self, found: tuple[str, bool], tag: Tag) -> None:
        if found[0]:
            kind = "TeX" if found[1] else "text"
            self._lose(f"formula as {kind}", f"formulas as {kind}", tag, faithful=True)

    def _write_comment(self, _index: int, tag: Tag) -> tuple[str, int]:
        comment = self._html[tag.start : tag.end]
        if tag.end == len(self._html) and not comment.endswith(("-->", "--!>", "<!-->", "<!--->")):
            count = len(unescape(extract_text(comment[4:])))
            if count:
                self._losses.append(
                    Loss(
                        "1 character in a comment without an end",
                        "characters in a comment without an end",
                        count,
                        comment[:80],
                    )
                )
        return "", tag.end

    def _write_declaration(self, _index: int, tag: Tag) -> tuple[str, int]:
        """Show what is in a section of XML, which HTML does not have."""
        if not self._html.startswith(_SECTION, tag.start):
            return "", tag.end
        begin = tag.start + len(_SECTION)
        if begin > self._last_section_end:
            return escape(_SECTION), begin
        end = self._html.find("]]>", begin)
        return escape(self._html[begin:end], quote=False), end + len("]]>")

    def _write_math(self, index: int, tag: Tag) -> tuple[str, int]:
        if index not in self._ends:
            return self._end_at_once(tag)
        found = self._formulas.write_math(index)
        self._tell_formula(found, tag)
        return found[0], self._end_of(index)

    def _write_script(self, index: int, tag: Tag) -> tuple[str, int]:
        if index not in self._ends:
            return self._end_at_once(tag)
        formula = self._formulas.write_script(tag, self._content_of(index))
        if formula is not None:
            self._tell_formula((formula, True), tag)
        return formula or "", self._end_of(index)

    def _write_style(self, index: int, tag: Tag) -> tuple[str, int]:
        return ("", self._end_of(index)) if index in self._ends else self._end_at_once(tag)

    def _write_raw_text(self, index: int, tag: Tag) -> tuple[str, int]:
        if index not in self._ends:
            return self._end_at_once(tag)
        text = self._content_of(index)
        if tag.name == "title" and self._is_blank:
            # That of a document that leaves out the tags of its head.
            return "", self._end_of(index)
        if tag.name == "xmp":
            text = text.replace("&", "&amp;")
        text = text.replace("<", "&lt;").replace(">", "&gt;")
        return (f"<pre>{text}</pre>" if tag.name == "xmp" else text), self._end_of(index)

    def _write_svg(self, index: int, tag: Tag) -> tuple[str, int]:
        if index not in self._ends:
            return self._end_at_once(tag)
        text = extract_text(self._content_of(index))
        if text or not _is_icon(tag):
            self._lose("drawing in svg", "drawings in svg", tag)
        return text, self._end_of(index)

    def _write_template(self, index: int, tag: Tag) -> tuple[str, int]:
        if index not in self._ends:
            return self._end_at_once(tag)
        if count := len(unescape(extract_text(self._content_of(index)))):
            self._lose("1 character in template", "characters in template", tag, count)
        return "", self._end_of(index)

    def _write_frame(self, index: int, tag: Tag) -> tuple[str, int]:
        if index not in self._ends and not tag.written.strip(" \t\n\f\r/"):
            return self._end_at_once(tag) if tag.name == "iframe" else ("", tag.end)
        self._tell_media(tag)
        if index not in self._ends:
            return "", tag.end
        return extract_text(self._content_of(index)), self._end_of(index)

    def _write_player(self, _index: int, tag: Tag) -> tuple[str, int]:
        self._tell_media(tag)
        return "", tag.end

    def _tell_media(self, tag: Tag) -> None:
        attributes = tag.list_attributes()
        host = _find_host(attributes.get("src") or attributes.get("data") or "")
        of = f" of {host}" if host else ""
        self._lose(f"{tag.name}{of}", f"{tag.name}s{of}", tag)

    def _write_plaintext(self, _index: int, tag: Tag) -> tuple[str, int]:
        return self._end_at_once(tag)

    def _write_optgroup(self, _index: int, tag: Tag) -> tuple[str, int]:
        label = tag.list_attributes().get("label", "")
        return f" {_escape_angles(label)}: ", tag.end

    def _write_input(self, _index: int, tag: Tag) -> tuple[str, int]:
        attributes = tag.list_attributes()
        kind = attributes.get("type", "text").strip().lower() or "text"
        if (sign := _SIGNS.get((kind, "checked" in attributes))) is not None:
            return sign if self._html[tag.end : tag.end + 1].isspace() else f"{sign} ", tag.end
        value = (
            attributes.get("value")
            if kind in _SHOWN_INPUTS
            else attributes.get("alt")
            if kind == "image"
            else ""
        )
        return _escape_angles(value or ""), tag.end

    def _write_cell(self, _index: int, tag: Tag) -> tuple[str, int]:
        attributes = tag.list_attributes() if "style" in tag.written else {"align": ""}
        match = _ALIGNED.search(attributes.get("style", "")) if "align" not in attributes else None
        align = f' align="{match[1].lower()}"' if match else ""
        return f"<{tag.name}{tag.written}{align}>", tag.end

    def _write_link(self, _index: int, tag: Tag) -> tuple[str, int]:
        if is_no_tag(tag, self._ended):
            return self._write_other(tag), tag.end
        attributes = tag.list_attributes()
        if "href" in attributes and self._has_lost_address("link", tag, attributes["href"]):
            return tag.write_with(("href",), lambda _name, _value: _NO_ADDRESS), tag.end
        return self._html[tag.start : tag.end], tag.end

    def _write_image(self, _index: int, tag: Tag) -> tuple[str, int]:
        attributes = tag.list_attributes()
        if self._has_lost_address("picture", tag, attributes.get("src", "")):
            return _escape_angles(attributes.get("alt", "")), tag.end
        return self._html[tag.start : tag.end], tag.end

    def _has_lost_address(self, what: str, tag: Tag, value: str) -> bool:
        """Return whether an address is useless or mistyped, and tell it."""
        if is_clear_address(value):
            return False
        written = unescape_address(decode_value(value))
        fault = find_fault(written, SCHEMES if what == "link" else _PICTURE_SCHEMES)
        if fault:
            place = written if written.strip() else self._html[tag.start : tag.end]
            self._losses.append(Loss(f"{what} {fault}", f"{what}s {fault}", 1, place))
        return bool(fault)

    _writers: ClassVar[dict[str, Callable[[_Replacer, int, Tag], tuple[str, int]]]] = {
        COMMENT: _write_comment, DECLARATION: _write_declaration, "math": _write_math, "script": _write_script, "style": _write_style,
        "svg": _write_svg, "template": _write_template, "iframe": _write_frame, "frame": _write_frame,
        "embed": _write_frame, "plaintext": _write_plaintext, "optgroup": _write_optgroup, "input": _write_input,
        "td": _write_cell, "th": _write_cell, "a": _write_link,  "img": _write_image,
        **dict.fromkeys(WRAPPERS, _write_wrapper), **dict.fromkeys(_PLAYERS, _write_player),
         **dict.fromkeys(_RAW_TEXT, _write_raw_text),
    }  # fmt: skip


def _match_ends(tags: Iterable[Tag]) -> dict[int, int]:
    """Return the index of the end tag of each element by that of its start tag."""
    ends: dict[int, int] = {}
    begun: dict[str, list[int]] = {}
    for index, tag in enumerate(tags):
        if not tag.is_end:
            if tag.name in _FOREIGN and tag.written.endswith("/"):
                ends[index] = index
            else:
                begun.setdefault(tag.name, []).append(index)
        elif open_ones := begun.get(tag.name):
            ends[open_ones.pop()] = index
    return ends


def _find_host(address: str) -> str:
    try:
        host = urlsplit(decode_value(address).strip()).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")[:100]


def _is_icon(tag: Tag) -> bool:
    """Return whether a drawing without text is an ornament: nothing is lost with it."""
    attributes = tag.list_attributes()
    sizes = [_SMALL.fullmatch(attributes.get(name, "")) for name in ("width", "height")]
    return (
        attributes.get("aria-hidden", "").lower() == "true"
        or attributes.get("role", "").lower() in {"presentation", "none"}
        or "display" in attributes.get("style", "")
        or any(size is not None and int(size[1]) <= _ICON_SIZE for size in sizes)
    )


def _escape_angles(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")
