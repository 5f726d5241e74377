"""Reads plain YAML with a fast parser: YAML so plain that all parsers agree on it.

Parsers of YAML disagree on dates in quotes, on words such as ``no``, on numbers with a leading
zero, on escapes, anchors and tags. Most front matter has none of these, which one pattern can tell.
Everything else is left to PyYAML, whose answer counts.
"""

from __future__ import annotations

import re
from typing import Any

try:
    import yaml_rs
except ImportError:  # the extra "fast" is not installed
    yaml_rs = None  # type: ignore[assignment] # asked for below

# Words that some parsers read as a truth value, as nothing or as a number, and others as text.
_SPECIAL_WORD = "|".join(
    # Letter by letter, because a pattern that ignores case is slow.
    "".join(f"[{letter}{letter.upper()}]" for letter in word)
    for word in ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf")
)
# A letter that no special word begins with. Most keys and values do, and one letter is the fastest test.
_SAFE_LETTER = "[A-EG-HJ-MP-SU-XZa-eg-hj-mp-su-xz]"

_KEY = rf"""
    (?: {_SAFE_LETTER} | _ | (?! (?:{_SPECIAL_WORD}) : ) [A-Za-z] )
    [A-Za-z0-9_]*+
"""
# Text without quotes. Its first sign shows that it is neither a number nor a date.
_BARE_TEXT = rf"""
    (?: / | {_SAFE_LETTER} | (?! (?:{_SPECIAL_WORD}) \n ) [^\W\d_] )
    (?: [A-Za-z0-9_./+?=&;()~-]++   # these mean nothing in YAML after the first sign
      | \w++
      | [,':] (?= [\w/] )           # a comma, quote or colon only inside a word
      | ,? [ ] (?= [\w&(] )         # a single space, and no space before a sign of YAML
    )*+
"""
# Everything but quotes, backslashes, control characters and the line breaks of YAML that are not "\n".
_UNESCAPED = r"""
    (?: [ !#-\[\]-~]++ | [\xa0-\u2027\u202a-\ufefe\uff00-\U0010ffff]++ )*+
"""
_QUOTED_TEXT = rf"""
    " (?! \s*+ [0-9]{{1,4}} [-:] [0-9] )   # only PyYAML keeps a date or a time in quotes as text
    {_UNESCAPED} (?: \\ ["\\] {_UNESCAPED} )*+ "
"""
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
_TIME = """
    (?: [01][0-9] | 2[0-3] ) : [0-5][0-9] : [0-5][0-9]
    (?: Z | [+-] (?: 0[1-9] | 1[0-2] ) : [0-5][0-9] | \\+00:00 )?
"""
_MOMENT = f"(?: {_DAY_OF_ANY_YEAR} | {_LEAP_DAY} ) T {_TIME}"
_VALUE = f"(?: {_QUOTED_TEXT} | {_NUMBER} | {_BARE_TEXT} | {_MOMENT} | {_TRUTH} ) \\n"
# "key: value", "- value", "- key: value", each with its value perhaps on the lines below; or an empty line.
_LINE = rf"""
    (?: [ ]*+ (?: (?: -[ ] )? {_KEY} : | - (?=[ ]) ) (?: \n | [ ] {_VALUE} )
      | \n
    )
"""
_PLAIN = re.compile(f"(?: {_LINE} )++", re.VERBOSE)


def load(text: str) -> dict[str, Any] | None:
    """Return the fields of plain YAML; None if PyYAML must read it.

    Plain YAML with an error is left to PyYAML too, which says where and why.
    """
    if yaml_rs is None or not _PLAIN.fullmatch(text):
        return None
    try:
        fields = yaml_rs.loads(text)
    except yaml_rs.YAMLDecodeError:
        return None
    return fields if isinstance(fields, dict) else None
