"""Finds front matter, and reads it the fastest way that gives PyYAML's answer.

Parsers of YAML disagree on dates in quotes beside others, on words such as ``no``, on numbers with a leading
zero, on escapes, anchors and tags. Most front matter has none of these, which one pattern can tell.
A fast parser reads it. Everything else is left to PyYAML, whose answer counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from feeds.articles.positions import FrontMatterError, Split
from feeds.lib.text.plain import find_unwanted, has_unwanted, remove_unwanted

_MOST_BYTES = 64_000
# A fence may name its language, as editors that highlight it want, and have a comment.
_COMMENT = r"\s*(?:\s#.*)?"
_OPENING = re.compile(rf"(-{{3,}}|\+{{3,}}|;{{3,}})\s*([A-Za-z]*){_COMMENT}")
_LANGUAGES = {
    "-": {"": "-", "yaml": "-", "yml": "-", "toml": "+", "json": "{"},
    "+": {"": "+", "toml": "+"},
    ";": {"": "{", "json": "{"},
}
_ENDS = {sign: re.compile(rf"[{sign}]{{3,}}{_COMMENT}") for sign in "-+;"}
# The end of a document in YAML, which other programs take for a fence.
_END_OF_YAML = re.compile(rf"\.\.\.{_COMMENT}")
_SWITCH = re.compile(r"""\s*["']?(?:published|removed|deleted|draft)["']?\s*:""", re.IGNORECASE)
_PROGRAM = re.compile(r"---\s*(js|javascript|coffee|node)\s*\Z")
# More of it may take long, and is a text that some line of hyphens divides.
_LONGEST_UNFENCED = 8000
_UNFENCED = re.compile(r"\s*([A-Za-z_][\w-]*[ \t]*:(?:[^\n]*\n)+?)-{3,}[ \t]*(?:\n|\Z)")
_OBJECT = re.compile(r'\{\s*["}]')
try:
    import yaml_rs
except ImportError:  # there is no wheel for this machine
    yaml_rs = None  # type: ignore[assignment] # asked for below
# Words that some parsers read as a truth value, as nothing or as a number, and others as text.
_SPECIAL_WORD = "|".join(
    # Letter by letter, because a pattern that ignores case is slow.
    "".join(f"[{letter}{letter.upper()}]" for letter in word)
    for word in ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf")
)
# The first letters of no special word. Most keys and values begin so, and one letter is the fastest test.
_SAFE_LETTER = "[A-EG-HJ-MP-SU-XZa-eg-hj-mp-su-xz]"
_KEY = rf"""
    (?: {_SAFE_LETTER} | _ | (?! (?:{_SPECIAL_WORD}) : ) [A-Za-z] )
    [A-Za-z0-9_]*+
"""
# Text without quotes. Its first sign shows that it is neither a number nor a date.
_BARE_TEXT = rf"""
    (?: / | {_SAFE_LETTER} | (?! (?:{_SPECIAL_WORD}) [ ]*+ \n ) [^\W\d_] )
    (?: [A-Za-z0-9_./+?=&;()~-]++   # these mean nothing in YAML after the first sign
      | \w++
      | [\u2010-\u2027\u3001-\u303f\uff01-\uff60]++   # punctuation of other scripts, which is text to YAML
      | [,':] (?= [\w/] )           # a comma, quote or colon only inside a word
      | ,? [ ] (?= [\w&(] )         # a single space, and no space before a sign of YAML
    )*+
"""
# Everything but quotes, backslashes, control characters and the line breaks of YAML that are not "\n". What is not
# ASCII is a set of its own, because one of ASCII alone is faster, and all but a few compile faster than ranges.
_UNESCAPED = r"""
    (?: [ !#-\[\]-~]++ | [^\x00-\x9f\u2028\u2029\ufeff]++ )*+
"""
_QUOTED_TEXT = rf"""
    " {_UNESCAPED} (?: \\ ["\\] {_UNESCAPED} )*+ "
"""
# The beginning of a date or a time in quotes.
_QUOTED_DATE = re.compile(r'"\s*+[0-9]{1,4}[-:][0-9]')
_NUMBER = "(?: 0 | [1-9][0-9]{0,14} )"  # no zero before it, and short enough for every parser
_TRUTH = "(?: true | false )"
_DAY_OF_ANY_YEAR = """
    [12][0-9]{3}-
    (?: (?: 0[1-9] | 1[0-2] ) - (?: 0[1-9] | 1[0-9] | 2[0-8] )
      | (?: 0[13-9] | 1[0-2] ) - (?: 29 | 30 )
      | (?: 0[13578] | 1[02] ) - 31
    )
"""
_LEAP_DAY = """
    (?: [12][0-9] (?: 0[48] | [2468][048] | [13579][26] ) | (?: 12 | 16 | 2[048] ) 00 ) -02-29
"""
_TIME_ALONE = "(?: [01][0-9] | 2[0-3] ) : [0-5][0-9] : [0-5][0-9]"
_TIME = rf"""
    {_TIME_ALONE}
    (?: Z | [+-] (?: 0[1-9] | 1[0-2] ) : [0-5][0-9] | \+00:00 )?
"""
# With a space as Jekyll and Hexo write it, then perhaps with a zone without a colon, which makes it text.
_MOMENT = (
    rf"(?: {_DAY_OF_ANY_YEAR} | {_LEAP_DAY} ) (?: [T ] {_TIME} | [ ] {_TIME_ALONE} [ ] [+-][0-9]{{4}} )?"
)
_DECIMAL = rf"{_NUMBER} \. [0-9]{{1,6}}"
# A bare text in a list in one line: words with a space between them.
_ITEM = rf"""
    (?: {_QUOTED_TEXT}
      | (?: {_SAFE_LETTER} | (?! (?:{_SPECIAL_WORD}) [,\]] ) [^\W\d_] ) [\w./+-]*+ (?: [ ] \w [\w./+-]*+ )*+
    )
"""
_LIST = rf"\[ (?: {_ITEM} (?: ,[ ]? {_ITEM} )*+ )? \]"
_UNDATED = f"{_QUOTED_TEXT} | {_NUMBER} | {_BARE_TEXT} | {_TRUTH} | {_LIST} | {_DECIMAL}"


def _compile_plain(values: str) -> re.Pattern[str]:
    """Compile what matches plain YAML with such values.

    That is "key: value", "- value", "- key: value", each with its value perhaps on the lines below; or an empty
    line. What is indented deeper is left to PyYAML, before which its depth is measured.
    """
    line = rf"""
        (?: [ ]{{0,99}}+ (?: (?: -[ ] )? {_KEY} : | - (?=[ ]) ) (?: [ ]*+ \n | [ ] (?: {values} ) [ ]*+ \n )
          | \n
        )
    """
    return re.compile(f"(?: {line} )++", re.VERBOSE)


_PLAIN = _compile_plain(f"{_UNDATED} | {_MOMENT}")
# Compiled for the first text that has a date in quotes.
_get_undated = cache(partial(_compile_plain, _UNDATED))
_INDENTATION = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)


class Unwanted(NamedTuple):
    """A character that no feed may hold, and its line and column, which count from 1."""

    sign: str
    line: int
    column: int


class FrontMatter(NamedTuple):
    """What a file holds, and the first forbidden character that was removed, if any.

    ``repeated`` is what is wrong with a key that stands twice, if the generator takes the last one.
    """

    fields: dict[str, Any]
    body: str
    split: Split
    unwanted: Unwanted | None
    repeated: FrontMatterError | None = None


def parse(text: str, most: int = _MOST_BYTES) -> FrontMatter:
    """Read front matter, of limited bytes, and body.

    Raises :class:`FrontMatterError`.
    """
    text = unify_lines(text)
    found = split_usual(text) or split_any(text)
    refuse_long(found, most)
    plain = _load_plain(found)
    # Plain YAML in ASCII has no unwanted characters, so the front matter of most files needs no search.
    unwanted = None
    if has_unwanted(found.body if plain is not None and text.isascii() else text):
        unwanted = locate_unwanted(text)
        found = split_any(remove_unwanted(text))
        plain = _load_plain(found)
    return _read(text, found, plain, unwanted)


def parse_yaml(text: str) -> FrontMatter:
    """Read a file that is YAML throughout.

    Raises :class:`FrontMatterError`.
    """
    text = remove_unwanted(unify_lines(text))
    found = Split(text, 1, "-", "")
    refuse_long(found, _MOST_BYTES)
    return _read(text, found, _load_plain(found), None)


def split(text: str) -> Split:
    """Find a text's front matter, with any line ends.

    Raises :class:`FrontMatterError`.
    """
    text = unify_lines(text)
    return split_usual(text) or split_any(text)


def unify_lines(text: str) -> str:
    """Return a text in which every line ends with a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def refuse_long(split: Split, most: int) -> None:
    """Raise :class:`FrontMatterError` if front matter has more bytes."""
    matter = split.matter
    # No character has more than four bytes.
    if len(matter) * 4 > most and len(matter.encode("utf-8", "surrogatepass")) > most:
        raise FrontMatterError(
            "long-front-matter",
            f"has front matter of more than {most:,} bytes.",
            "Move text below it, or raise articles.max_front_matter in the configuration.",
            split.first_line,
        )


def parse_unfenced(text: str) -> FrontMatter | None:
    """Read YAML that a line "---" ends but none begins, as in Hexo, else None."""
    text = remove_unwanted(unify_lines(text))
    match = _UNFENCED.match(text, 0, _LONGEST_UNFENCED)
    if match is None:
        return None
    split = Split(match[1], text.count("\n", 0, match.start(1)) + 1, "-", text[match.end() :])
    try:
        return _read(text, split, _load_plain(split), None)
    except FrontMatterError:
        return None


def _load_plain(split: Split) -> dict[str, Any] | None:
    return load_fast(split.matter) if split.fence == "-" else None


def locate_unwanted(text: str) -> Unwanted:
    """Return the first character of a text that no feed may hold; there must be one."""
    place = find_unwanted(text)
    return Unwanted(text[place], text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))


def _read(text: str, split: Split, plain: dict[str, Any] | None, unwanted: Unwanted | None) -> FrontMatter:
    if plain is not None:
        return FrontMatter(plain, _trim(split.body), split, unwanted)
    # Loaded for the first file whose YAML is not plain.
    from feeds.articles import pyyaml

    try:
        fields = pyyaml.read(text, split)
    except FrontMatterError:
        spaced = _replace_tabs(split)
        if spaced == split:
            raise
        fields, split = pyyaml.read(text, spaced), spaced
    return FrontMatter(fields, _trim(split.body), split, unwanted)


def _replace_tabs(split: Split) -> Split:
    """Indent YAML by two spaces for each tab, as Hexo does: YAML allows no tabs."""
    if split.fence != "-" or "\t" not in split.matter:
        return split
    return split._replace(matter=_INDENTATION.sub(lambda found: found[0].replace("\t", "  "), split.matter))


def _trim(body: str) -> str:
    """Leave out empty lines around a body: a first line that is indented is code."""
    if not body:
        return ""
    text = body.rstrip()
    return text[text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1 :] if text[:1].isspace() else text


def split_usual(text: str) -> Split | None:
    """Split a file between two lines ``---`` as :func:`split_any`, None for others."""
    end = text.find("\n---", 3)
    if not text.startswith("---\n") or end < 0 or text[end + 4 : end + 5] not in ("\n", ""):
        return None
    if text.find("\n...", 3, end) >= 0:
        return None
    return Split(text[4 : end + 1], 2, "-", text[end + 5 :])


def split_any(text: str) -> Split:
    """Find the front matter of any text. Raises :class:`FrontMatterError`."""
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    start = sum(map(len, lines[:first])) + first
    if _OBJECT.match(text, start):
        # Loaded for the first file of this kind.
        from feeds.articles.json_matter import split_object

        return split_object(text, start)
    sign, fence = find_fence(lines[first])
    if not fence:
        if language := _PROGRAM.match(lines[first]):
            message = f"has front matter in {language[1]}, which is a program, and is never run."
            hint = 'Write the fields in YAML, between two lines "---".'
            raise FrontMatterError("no-front-matter", message, hint, first + 1)
        raise FrontMatterError(
            "no-front-matter",
            "does not begin with front matter.",
            'Begin the file with a line "---", then the fields, then another "---".',
            first + 1,
        )
    for n in range(first + 1, len(lines)):
        if _ENDS[sign].fullmatch(lines[n]) or (fence == "-" and _is_end_of_yaml(lines, n)):
            return Split("\n".join([*lines[first + 1 : n], ""]), first + 2, fence, "\n".join(lines[n + 1 :]))
    raise FrontMatterError(
        "unterminated",
        "has front matter without an end.",
        f'End it with a line "{sign * 3}".',
        first + 1,
    )


def find_fence(line: str) -> tuple[str, str]:
    """Return the sign of the fence that opens front matter, and what follows it.

    The kind is "-" for YAML, "+" for TOML, "{" for JSON; it is "" if the line is no such fence.
    """
    opening = _OPENING.fullmatch(line)
    sign = opening[1][0] if opening else ""
    return sign, _LANGUAGES[sign].get(opening[2].lower(), "") if opening else ""


def _is_end_of_yaml(lines: Sequence[str], number: int) -> bool:
    """Return whether a line ends YAML; raise :class:`FrontMatterError` if it cuts off.

    It must not cut off a switch.
    """
    if not _END_OF_YAML.fullmatch(lines[number]):
        return False
    later = lines[number + 1 :]
    blank = next((n for n, line in enumerate(later) if not line.strip()), len(later))
    end = next((n for n, line in enumerate(later) if _ENDS["-"].fullmatch(line)), 0)
    if any(map(_SWITCH.match, later[: max(blank, end)])):
        raise FrontMatterError(
            "two-ends",
            'has front matter that "..." ends before a field that may hide the article.',
            "Remove this line, or the field.",
            number + 1,
        )
    return True


def load_fast(text: str) -> dict[str, Any] | None:
    """Return the fields of plain YAML; None if PyYAML must read it.

    Plain YAML with an error is left to PyYAML too, which says where and why.
    """
    # The fast parser takes dates in quotes for dates too, or none at all.
    has_dates = _QUOTED_DATE.search(text) is None
    plain = _PLAIN if has_dates else _get_undated()
    if yaml_rs is None or not plain.fullmatch(text):
        return None
    try:
        fields = yaml_rs.loads(text, parse_datetime=has_dates)
    except yaml_rs.YAMLDecodeError:
        return None
    return fields if isinstance(fields, dict) else None
