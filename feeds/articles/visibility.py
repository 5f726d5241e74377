"""Decides which articles are public: in doubt none, and a problem says so.

A faulty file cannot be parsed, but it may say that its article is withdrawn. So its bytes are searched
for lines that begin with one of the switches, and those are compared with the same lines of the last
good version. Hashes of them are kept, because such a line may be a part of what is not public.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b

import msgspec
from msgspec import Struct

from feeds.articles.fields import Fields
from feeds.model import Hidden

# The stronger reason first: a removed article is not shown as a draft either.
_HIDING: dict[str, Hidden] = {
    "removed": "removed",
    "deleted": "removed",
    "published": "unpublished",
    "draft": "unpublished",
}
SWITCHES = tuple(_HIDING)
_LONG = 100
# ``publishedDateTime`` begins with one of these too.
_SWITCH_WORDS = (b"published", b"removed", b"deleted", b"draft")
# The beginnings of what other generators call their switches (feeds/articles/foreign_values.py).
_FOREIGN_WORDS = (
    b"status", b"publish", b"unlisted", b"hidden", b"private", b"public:", b"visib", b"state", b"expir", b"unpublish",
    b"isdraft", b"is_draft", b"headless", b"eleventyexclude", b"password",
)  # fmt: skip
# What may be before the name of a field, in YAML, TOML and lists. A character outside ASCII may be an
# invisible space, a byte order mark or a quotation mark of a word processor.
_BEFORE = bytes(range(0x21)) + b"\"'-{[,?" + bytes(range(0x80, 0x100))
# Nikola and reStructuredText write signs before their fields.
_BEFORE_FOREIGN = _BEFORE + b".:"
# If a line holds a whole mapping, or several fields of JSON, each field in it counts as a line.
_FIELD_OF_ONE_LINE = re.compile(rb"[{,][ \t]*([\"']?(?:%s)[^,}]*)" % b"|".join(_SWITCH_WORDS))


def _compile_lines(words: tuple[bytes, ...], before: bytes) -> re.Pattern[bytes]:
    """Compile what finds the lines that begin with a switch or may be a mapping.

    To look for each word in the whole text takes three times as long.
    """
    letters = bytes({word[0] for word in words})
    margin = re.escape(before.replace(b"\n", b""))
    return re.compile(
        rb"\n(?:(?P<mapping>[ \t]*+[{\"])|[%s]*+(?=[%s])(?P<word>%s))" % (margin, letters, b"|".join(words))
    )


_LINES = _compile_lines(_SWITCH_WORDS, _BEFORE)
_FOREIGN_LINES = _compile_lines(_SWITCH_WORDS + _FOREIGN_WORDS, _BEFORE_FOREIGN)
# At the end of a line, these say that the value is written below the name of its field.
_BEFORE_BELOW = b":|>"
_BLANKS = b" \t"
# What YAML takes for the end of a line beside the usual ones. Two patterns, because one for both takes ten times as long.
_OTHER_ENDS = (re.compile(b"\xe2\x80[\xa8\xa9]"), re.compile(b"\xc2\x85"))
_HASH_BYTES = 8
# A line that is cut off after more bytes than this is compared by its beginning.
_MOST_CHECKED = 64
_SCRAMBLED = bytes((n * 167 + 13) % 256 for n in range(256))
_FIELD = re.compile(rb"""[\s"'\-{\[,?\x80-\xff]*[A-Za-z]+["']?\s*[:=]""")
_encode = msgspec.msgpack.Encoder().encode


def find_hiding_reason(fields: Fields, strange: Iterable[object]) -> Hidden:
    """Return why an article is not public, "" if it is.

    Public is only an article whose ``published`` is absent or a clear yes, and that is neither
    removed, deleted nor a draft by a clear yes. What is unclear makes the article faulty and is
    noted, and so is a ``strange`` name, one that no field has, if it looks like one of these.
    """
    reason: Hidden = ""
    for name in SWITCHES:
        flag = fields.read_flag(name, default=name == "published")
        if flag == "unclear":
            fields.note_problem(
                "unclear-switch",
                "error",
                name,
                "is neither a clear yes nor a clear no.",
                "Write true or false.",
            )
            reason = "faulty"
        elif flag is not (name == "published"):
            reason = reason or _HIDING[name]
    for written in map(str, strange):
        if (known := _find_switch(written)) != written:
            fields.note_problem(
                "unclear-switch", "error", written, f'looks like "{known}", which is written in lower case.',
                f'Write "{known}".',
            )  # fmt: skip
            reason = "faulty"
    return reason


@lru_cache(maxsize=1000)
def _find_switch(name: str) -> str:
    """Return the switch that a name is a spelling of, or the name itself."""
    known = name.strip().lower() if len(name) < _LONG else ""
    return known if known in SWITCHES else name


class VisibilityLines(Struct, frozen=True, array_like=True):
    """What is kept of a file's lines about visibility.

    ``is_cut``: the last of them has no end. ``is_text``: that line is no field, so far.
    """

    lines: tuple[bytes, ...]
    is_cut: bool = False
    is_text: bool = False


_decode = msgspec.msgpack.Decoder(VisibilityLines).decode


def hash_visibility_lines(data: bytes, *, is_foreign: bool = False) -> bytes:
    """Return the hashes of the lines that begin with a switch, packed for the index.

    ``is_foreign``: also those of other generators.
    """
    # So that the first line has its beginning where the others have it.
    text = b"\n" + _simplify(data)
    folded = text.lower()
    places: dict[int, int] = {}
    for line in (_FOREIGN_LINES if is_foreign else _LINES).finditer(folded):
        start = line.start() + 1
        end = folded.find(b"\n", start)
        if line["mapping"] is None:
            places[start] = _find_end(folded, line.start("word"), end)
        else:
            places.update(_find_fields_in_mapping(folded, start, end, is_foreign=is_foreign))
    if -1 in places.values():
        return _encode(_hash_with_cut_line(text, places))
    return _encode(
        VisibilityLines(tuple([_sign(text[start : places[start]].rstrip()) for start in sorted(places)]))
    )


def _find_fields_in_mapping(
    folded: bytes, start: int, end: int, *, is_foreign: bool
) -> Iterator[tuple[int, int]]:
    """Yield where a line and its fields begin and end: of those with a switch."""
    words, before = (
        (_SWITCH_WORDS + _FOREIGN_WORDS, _BEFORE_FOREIGN) if is_foreign else (_SWITCH_WORDS, _BEFORE)
    )
    stop = len(folded) if end < 0 else end
    for word in words:
        place = folded.find(word, start, stop)
        if place < 0:
            continue
        if folded[start:place].strip(before):
            yield from _find_fields_of_one_line(folded, start, end)
        else:
            yield start, _find_end(folded, place, end)


def _hash_with_cut_line(text: bytes, places: Mapping[int, int]) -> VisibilityLines:
    """Return the hashes of lines of which the last one has no end."""
    *whole, last = [text[start : None if end < 0 else end].rstrip() for start, end in sorted(places.items())]
    signatures = (*map(_sign, whole), _scramble_beginning(last) + _hash(last))
    return VisibilityLines(signatures, is_cut=True, is_text=not _FIELD.match(last))


def _find_end(folded: bytes, place: int, end: int) -> int:
    """Return the end of a field whose first line ends at ``end``, -1 if it is cut off.

    A value may be written below the name of its field.
    """
    # Most values are beside their names, and end with a letter or a digit.
    if end < 0 or folded[end - 1] not in _BEFORE_BELOW + _BLANKS:
        return end
    is_below = folded[place:end].rstrip(_BLANKS)[-1] in _BEFORE_BELOW
    return folded.find(b"\n", end + 1) if is_below else end


def _find_fields_of_one_line(folded: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of fields of a one-line mapping, -1 if it is cut off."""
    stop = len(folded) if end < 0 else end
    for field in _FIELD_OF_ONE_LINE.finditer(folded, start, stop):
        yield field.start(1), -1 if field.end() == len(folded) else field.end()


def has_changed_line(found: bytes, known: bytes) -> bool:
    """Return whether a text has a new line about visibility, unlike the known text.

    A line that is missing is no change, because a file that is cut short loses lines. A last line
    without an end is none if a known line begins with it.
    """
    if not found:
        return False
    new, old = _decode(found), _decode(known) if known else VisibilityLines(())
    known_hashes = {line[-_HASH_BYTES:] for line in old.lines}
    changed = [line for line in new.lines if line[-_HASH_BYTES:] not in known_hashes]
    if new.is_cut and changed and changed[-1] == new.lines[-1] and _is_beginning(new, old):
        changed.pop()
    return bool(changed)


def _is_beginning(new: VisibilityLines, old: VisibilityLines) -> bool:
    """Return whether a known line may begin with the last line of a text.

    Of known lines that are not fields, only hashes are kept, so any of them may begin with one that is not.
    """
    beginning = new.lines[-1][:-_HASH_BYTES]
    return any(
        line[:-_HASH_BYTES].startswith(beginning) or (new.is_text and len(line) == _HASH_BYTES)
        for line in old.lines
    )


def _simplify(data: bytes) -> bytes:
    """Return a text with uniform line ends and ASCII, whatever its encoding."""
    if not data.isascii():
        for end in _OTHER_ENDS:
            data = end.sub(b"\n", data)
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            data = data[2:]
    if b"\0" in data:
        # UTF-16 and UTF-32 write ASCII with zeros in between.
        data = data.replace(b"\0", b"")
    return data.replace(b"\r", b"\n")


@lru_cache(maxsize=256)
def _sign(line: bytes) -> bytes:
    """Return a line's hash; for a field, with its scrambled beginning before it."""
    return _scramble_beginning(line) + _hash(line) if _FIELD.match(line) else _hash(line)


def _hash(line: bytes) -> bytes:
    return blake2b(line, digest_size=_HASH_BYTES).digest()


def _scramble_beginning(line: bytes) -> bytes:
    """Return a field's beginning scrambled, so that the index has no words of files.

    It is no secret: the field is one of a published article. A line begins with another one if its
    scrambled beginning does.
    """
    return line[:_MOST_CHECKED].translate(_SCRAMBLED)
