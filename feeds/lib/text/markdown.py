"""Turns Markdown into HTML: CommonMark, GFM, footnotes, definitions, alerts.

The engine does most. Before it, the text gets what it lacks: links for bare addresses, and "&lt;" where a tag is
only mentioned. After it, the HTML gets ids of headings and what a feed can show instead of classes and styles.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, NamedTuple

from pyromark import Markdown, Options

from feeds.lib.text.bare_links import Bare, find_bare_links, link_marked, mark_links, write_link
from feeds.lib.text.raw_tags import (
    Edit,
    RawTag,
    apply_edits,
    find_mentions,
    join_raw_elements,
    read_block,
    read_inline,
)  # fmt: skip
from feeds.lib.text.sound_html import is_sound
from feeds.lib.text.tags import list_tags

_ENGINE = Markdown(
    options=Options.ENABLE_TABLES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_FOOTNOTES
    | Options.ENABLE_DEFINITION_LIST
    | Options.ENABLE_GFM
    # So that no sign in a formula is taken for emphasis.
    | Options.ENABLE_MATH
)
# A mended text has other blocks, in which there may be other mentions. So it is read again, a few times, or some
# more if it is short.
_ROUNDS, _MORE_ROUNDS, _MOST_READ = 4, 40, 200_000
# A tag that may be only mentioned; in most texts there is none.
_MAYBE_MENTION = re.compile(r"<(?!https?:|br ?/?>|hr ?/?>|(?:a|img|p|div|span) [a-z]|/[ap]>|!--)[a-zA-Z/!?]")
# The engine takes each line after a paragraph that begins with ":" for a definition, also ":smile:" and ":::".
_DEFINITION = "DefinitionListDefinition"
_FALSE_DEFINITION = re.compile(r"\n[ >]*+:(?![ \t])")
_MENTIONED = re.compile(rf"{_MAYBE_MENTION.pattern}[^\s<>]*+[\s>]?")
# What the engine writes as a link.
_IS_ADDRESS = re.compile(r"<(?!https?:)[a-zA-Z][\w.!#$%&'*+/=?^`{|}~-]+[:@]")
_INLINE = ("Emphasis", "Strong", "Strikethrough")
_NO_LINKS_IN = frozenset(("CodeBlock", "Image", "Link"))
# "<std::string>" is no address.
_SCHEME = re.compile(
    r"[a-z][a-z0-9+.-]+://|(?:data|geo|magnet|mailto|news|sms|tel|urn|xmpp):(?!:)", re.IGNORECASE
)
# Addresses in these are no bare ones.
_NO_LINKS = frozenset(("a", "button", "code", "kbd", "pre", "samp", "script", "style", "svg", "textarea"))
_TASK = re.compile(r'<input disabled="" type="checkbox"( checked="")?/>\n')
_MATH = re.compile(r'<span class="math math-(inline|display)">([^<]*+)</span>')
# Two prices are no formula: "$2 for [a](/a-$2)". Where the engine says so, the first one is escaped.
_FALSE_FORMULA = re.compile(r'<span class="math math-inline">[^<\n]*\]\(')
_PRICES = re.compile(r"(?<!\\)\$(?=(?![\s$])[^$\n]*\]\([^$\n]*\$)")
_ALERT = re.compile(r'<blockquote class="markdown-alert-(note|tip|important|warning|caution)">\n')
_HEADING = re.compile(r"<h([1-6])>([^<]*+(?:<(?!/?h[1-6][\s>])[^<]*+)*+)</h\1>")
_OWN_ID = re.compile(r"\s*\{:?\s*#([^\s{}\"'<>&]+)(?:\s+\.[\w-]+)*\s*\}\s*$")
_ID = re.compile(r"""id=(?<=\sid=)["']?([^\s"'>]+)""")
_TAG = re.compile(r"<[^>]*>")
_NO_SLUG = re.compile(r"[^\w\- ]")
_REFERENCE = re.compile(r'<sup class="footnote-reference"><a href="#[^"]*">(\d+)</a></sup>')
_FOOTNOTE = re.compile(
    r'<div class="footnote-definition" id="[^"]*"><sup class="footnote-definition-label">(\d+)</sup>'
)


class Rendered(NamedTuple):
    """HTML, not yet sanitised, and whether it is sound as :mod:`.sound_html` tells."""

    html: str
    is_sound: bool


def render_markdown(text: str) -> Rendered:
    """Return the HTML of Markdown.

    Raises :class:`ValueError` if the engine fails.
    """
    try:
        text = join_raw_elements(text)
        html, is_known = _render(text)
        if "$" in text and "math-inline" in html and _FALSE_FORMULA.search(html):
            html, is_known = _render(_PRICES.sub(_escape_price, text))
    except Exception:
        raise
    except BaseException as error:
        # A panic in Rust is not an Exception, yet it concerns this text alone.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise ValueError("cannot be read as Markdown") from error
    html = _finish(html)
    return Rendered(html, is_known or is_sound(text, html))


def _escape_price(price: re.Match[str]) -> str:
    line = price.string.rfind("\n", 0, price.start()) + 1
    is_code = price.string.count("`", line, price.start()) % 2
    return price[0] if is_code else f"\\{price[0]}"


def _render(text: str) -> tuple[str, bool]:
    """Return the engine's HTML, with bare addresses linked and mentioned tags as text.

    True if it is known to be sound.
    """
    # One character for each byte, as the engine counts.
    data = text.encode().decode("latin-1")
    for _ in range(max(_ROUNDS, min(_MORE_ROUNDS, _MOST_READ // (1 + len(data))))):
        links = find_bare_links(data)
        if (html := _render_unread(data, links)) is not None:
            return html, bool(links)
        # Bare addresses are written as links, and tags that are only mentioned as text.
        edits, again = _list_edits(data, links)
        data = apply_edits(data, edits)
        if not again:
            break
    return _ENGINE.html(data.encode("latin-1").decode()), False


def _render_unread(data: str, links: list[Bare]) -> str | None:
    """Return the HTML of a text whose events need not be read, else None."""
    marked = mark_links(data, links) if links else data
    if not marked:
        return None
    text = marked.encode("latin-1").decode()
    html = _ENGINE.html(text)
    if not links:
        return None if _shows_mistake(text, html) else html
    return None if _may_show_mistake(marked, html) else link_marked(html)


def _may_show_mistake(marked: str, html: str) -> bool:
    """Return whether a marked text may have a tag or definition that was not meant."""
    return "<dd" in html or _IS_ADDRESS.search(marked) is not None or not is_sound(marked, html)


def _needs_reading(data: str) -> bool:
    """Return whether a text may only mention tags, or has what is no definition."""
    return (
        _MAYBE_MENTION.search(data) is not None
        or data.rfind("<!--") > data.rfind("-->")
        or _FALSE_DEFINITION.search(data) is not None
    )


def _shows_mistake(text: str, html: str) -> bool:
    """Return whether HTML has a tag or definition that was probably not meant."""
    begun = set(_MENTIONED.findall(text)) if "<" in text else ()
    return (
        any(_IS_ADDRESS.match(begin) for begin in begun)
        or (any(begin in html for begin in begun) and not is_sound(text, html))
        or ("<!--" in html and text.rfind("<!--") > text.rfind("-->"))
        or ("<dd" in html and _FALSE_DEFINITION.search(text) is not None)
    )


def _list_edits(data: str, links: list[Bare]) -> tuple[list[Edit], bool]:
    """Return the edits of a text, and whether some of them change what is a tag."""
    reading = _Reading(data, links)
    edits = _leave_blocks([*reading.edits, *find_mentions(reading.tags, data)], reading.blocks)
    again = bool(edits)
    edits.extend(_list_link_edits(reading))
    return edits, again


def _leave_blocks(edits: list[Edit], blocks: list[tuple[int, int]]) -> list[Edit]:
    """Drop what is to be done in blocks that are none once their first tag is text."""
    starts = {start for start, _, new in edits if new == "&lt;"}
    dissolved = [block for block in blocks if block[0] in starts]
    if not dissolved:
        return edits
    begins = [start for start, _ in dissolved]

    def stays(edit: Edit) -> bool:
        number = bisect_left(begins, edit[0]) - 1
        return number < 0 or edit[0] >= dissolved[number][1]

    return [edit for edit in edits if stays(edit)]


class _Reading:
    """What the engine finds in a text: raw tags, and bare addresses in sentences."""

    def __init__(self, data: str, links: list[Bare]) -> None:
        self.tags: list[RawTag] = []
        self.edits: list[Edit] = []
        # Where the first tag of each block of HTML begins, and where the block ends.
        self.blocks: list[tuple[int, int]] = []
        # Each with the end of the block that it is in.
        self.links: list[tuple[Bare, int]] = []
        self._data = data
        self._candidates = links[::-1]
        self._sentence = self._sentence_end = self._link_end = 0
        self._read()

    def _read(self) -> None:
        lines: list[tuple[int, int]] = []
        candidates, needs_reading = self._candidates, _needs_reading(self._data)
        for event, place in _ENGINE.events_with_range(self._data.encode("latin-1").decode()):
            # The most frequent kinds come first: there are tens of thousands for each megabyte.
            if isinstance(event, str):
                continue
            if "Text" in event:
                if candidates and candidates[-1].start < place["end"]:
                    self._read_text(place["start"], place["end"])
            elif "Start" in event:
                self._begin(event["Start"], place["start"], place["end"])
            elif "InlineHtml" in event:
                self._read_inline(self._data[place["start"] : place["end"]], place["start"])
            elif "Html" in event:
                lines.append((place["start"], place["end"]))
            elif lines:
                self._read_block(lines)
                lines = []
            elif not candidates and not needs_reading:
                break

    def _begin(self, element: str | Mapping[str, Any], start: int, end: int) -> None:
        if isinstance(element, str) or _NO_LINKS_IN.isdisjoint(element):
            if element in _INLINE:
                return
            if element == _DEFINITION:
                self._read_definition(start)
            self._sentence += 1
            self._sentence_end = end
            return
        self._link_end = max(self._link_end, end)
        link = element.get("Link")
        if link and link["link_type"] == "Autolink" and not _SCHEME.match(link["dest_url"]):
            self.edits.append((start, start + 1, "&lt;"))

    def _read_definition(self, start: int) -> None:
        """Keep a line with ":" but no white space after it in its paragraph."""
        sign = self._data.index(":", start)
        if self._data[sign + 1 : sign + 2] not in (" ", "\t"):
            self.edits.append((sign, sign, "\\"))

    def _read_text(self, start: int, end: int) -> None:
        candidates = self._candidates
        while candidates and candidates[-1].start < end:
            link = candidates.pop()
            if link.start >= max(start, self._link_end):
                self.links.append((link, self._sentence_end))

    def _read_inline(self, written: str, start: int) -> None:
        found = read_inline(written, start, self._sentence)
        if isinstance(found, RawTag):
            self.tags.append(found)
        elif found is not None:
            self.edits.append(found)

    def _read_block(self, lines: list[tuple[int, int]]) -> None:
        # What is between the lines, such as the sign of a quotation, is blank.
        parts: list[str] = []
        place = lines[0][0]
        for start, end in lines:
            parts += " " * (start - place), self._data[start:end]
            place = end
        block = "".join(parts)
        tags, edits = read_block(block, lines[0][0])
        self.blocks.append((lines[0][0] + len(block) - len(block.lstrip(" ")), place))
        self.tags += tags
        self.edits += edits


def _list_link_edits(reading: _Reading) -> list[Edit]:
    edits: list[Edit] = []
    around = iter(reading.tags)
    tag = next(around, None)
    closed_until = 0
    for link, limit in reading.links:
        while tag is not None and tag.start < link.start:
            if tag.partner and not tag.is_end and not tag.is_text and tag.name in _NO_LINKS:
                closed_until = max(closed_until, tag.partner.start)
            tag = next(around, None)
        if link.start >= closed_until and (edit := write_link(link, limit)):
            edits.append(edit)
    return edits


def _finish(html: str) -> str:
    """Give the engine's HTML what it lacks, and plain markup for classes and styles."""
    if "<input disabled" in html:
        html = _TASK.sub(lambda task: "☑ " if task[1] else "☐ ", html)
    if 'style="text-align' in html:
        for side in ("left", "center", "right"):
            html = html.replace(f' style="text-align: {side}">', f' align="{side}">')
    if 'class="' in html:
        html = _replace_classes(html)
    return _add_ids(html) if "</h" in html else html


def _replace_classes(html: str) -> str:
    if 'class="math math-' in html:
        html = _MATH.sub(_write_formula, html)
    if 'class="markdown-alert-' in html:
        html = _ALERT.sub(lambda alert: f"<blockquote>\n<p><strong>{alert[1].title()}</strong></p>\n", html)
    if 'class="footnote-definition"' in html and _FOOTNOTE.search(html):
        html = _move_footnotes(html)
    return html


def _write_formula(math: re.Match[str]) -> str:
    """Write a formula as its author did."""
    signs = "$" if math[1] == "inline" else "$$"
    return signs + math[2].replace("&quot;", '"') + signs


def _add_ids(html: str) -> str:
    """Give each heading its author's id, or one of its words as GitHub makes them."""
    used = dict.fromkeys(_ID.findall(html), 0) if "id=" in html else {}

    def write(heading: re.Match[str]) -> str:
        level, inside = heading[1], heading[2]
        own = _OWN_ID.search(inside) if "{" in inside else None
        if own:
            inside = inside[: own.start()]
            name = own[1]
        else:
            name = _make_slug(inside)
        if not name:
            return heading[0]
        known, number = name, used.get(name)
        while number is not None and known in used:
            number += 1
            known = f"{name}-{number}"
        if number is not None:
            used[name] = number
        used[known] = 0
        return f'<h{level} id="{known}">{inside}</h{level}>'

    return _HEADING.sub(write, html)


def _make_slug(html: str) -> str:
    text = unescape(_TAG.sub("", html)) if "<" in html or "&" in html else html
    return _NO_SLUG.sub("", text.strip().lower()).replace(" ", "-")


def _move_footnotes(html: str) -> str:
    """Put footnotes at the end, in order of number, with links there and back."""
    used = frozenset(_REFERENCE.findall(html))
    kept: list[str] = []
    notes: dict[str, str] = {}
    place = 0
    for number, start, inside, end in _list_footnotes(html):
        kept.append(html[place:start])
        notes[number] = notes.get(number, "") + html[inside:end]
        place = end + len("</div>")
    items = "".join(
        _write_note(number, notes[number], has_reference=number in used) for number in sorted(notes, key=int)
    )
    times: dict[str, int] = {}

    def refer(found: re.Match[str]) -> str:
        number = found[1]
        times[number] = count = times.get(number, 0) + 1
        name = f"fnref-{number}" if count == 1 else f"fnref-{number}-{count}"
        return f'<sup><a href="#fn-{number}" id="{name}">{number}</a></sup>'

    body = "".join([*kept, html[place:]])
    return _REFERENCE.sub(refer, f"{body}<section>\n<ol>\n{items}</ol>\n</section>\n")


def _list_footnotes(html: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield each footnote's number, and where it, its text and its end tag begin."""
    notes = {match.start(): match for match in _FOOTNOTE.finditer(html)}
    first = min(notes)
    around: re.Match[str] | None = None
    depth = 0
    for tag in list_tags(html[first:], ("div",)):
        start = first + tag.start
        if around is None:
            around, depth = notes.get(start), 0
        if around is not None:
            depth += -1 if tag.is_end else 1
            if depth == 0:
                yield around[1], around.start(), around.end(), start
                around = None


def _write_note(number: str, inside: str, *, has_reference: bool) -> str:
    inside = inside.strip("\n")
    if has_reference:
        back = f' <a href="#fnref-{number}">↩</a>'
        inside = f"{inside[:-4]}{back}</p>" if inside.endswith("</p>") else f"{inside}{back}"
    return f'<li id="fn-{number}">\n{inside}\n</li>\n'
