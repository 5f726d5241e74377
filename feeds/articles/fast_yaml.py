"""Reads YAML that is so plain that no two parsers differ on it, with a fast one.

Parsers of YAML disagree on dates in quotes, on words such as ``no``, on numbers with a zero
before them, on escapes, anchors and tags. Most front matter has none of these: a look at its lines
tells, and what is anything else is left to PyYAML, whose answer counts.
"""

from __future__ import annotations

import re
from typing import Any

try:
    import yaml_rs
except ImportError:  # the extra "fast" is not installed
    yaml_rs = None  # type: ignore[assignment] # asked for below

# PyYAML takes some of these for truth values or nothing, and other parsers others.
_WORDS = "|".join(
    # Letter by letter, since a pattern that ignores case is slow.
    "".join(f"[{sign}{sign.upper()}]" for sign in word)
    for word in ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf")
)
# Most keys and values begin with a letter that none of them begins with, which is the quickest to see.
_OTHER = "[A-EG-HJ-MP-SU-XZa-eg-hj-mp-su-xz]"
_KEY = rf"(?:{_OTHER}|_|(?!(?:{_WORDS}):)[A-Za-z])[A-Za-z0-9_]*+"
# Beginning with a letter or a slash, this can be no number and no date. No sign of YAML's own is
# in it but a colon or a quote within a word, nor any line break but "\n".
_BARE = rf"(?:/|{_OTHER}|(?!(?:{_WORDS})\n)[^\W\d_])(?:[A-Za-z0-9_./+?=&;()~-]++|\w++|[,':](?=[\w/])|,? (?=[\w&(]))*+"
_ASCII = r"[ !#-\[\]-~]"
_UNESCAPED = rf"(?:{_ASCII}++|[\xa0-\u2027\u202a-\ufefe\uff00-\U0010ffff]++)*+"
# What looks like a date or a time stays text in quotes for PyYAML only.
_QUOTED = rf'"(?!\s*+[0-9]{{1,4}}[-:][0-9]){_UNESCAPED}(?:\\["\\]{_UNESCAPED})*+"'
_NUMBER = r"(?:0|[1-9][0-9]{0,14})"
_TRUTH = r"(?:true|false)"
_DAY = r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:Z|[+-](?:0[1-9]|1[0-2]):[0-5][0-9]|\+00:00)?"
_LEAP = r"(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:12|16|2[048])00)-02-29"
_MOMENT = rf"(?:[12][0-9]{{3}}-{_DAY}|{_LEAP})T{_TIME}"
_VALUE = rf"(?:{_QUOTED}|{_NUMBER}|{_BARE}|{_MOMENT}|{_TRUTH})\n"
_LINE = rf"(?: *+(?:(?:- )?{_KEY}:|-(?= ))(?:\n| {_VALUE})|\n)"
_PLAIN = re.compile(rf"(?:{_LINE})++")


def load(text: str) -> dict[str, Any] | None:
    """The fields of plain YAML; None where another parser must read it.

    What is plain but wrong is left as well: the other parser says where and why.
    """
    if yaml_rs is None or not _PLAIN.fullmatch(text):
        return None
    try:
        fields = yaml_rs.loads(text)
    except yaml_rs.YAMLDecodeError:
        return None
    return fields if isinstance(fields, dict) else None
