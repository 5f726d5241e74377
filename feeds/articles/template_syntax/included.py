"""Puts texts that Jekyll includes into a post.

Posts of a newsletter share the addresses of their links: ``[topic][]`` is a link by ``[topic]: /topics/`` in a file
of ``_includes``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

# Without arguments: what an include makes of these cannot be known.
_INCLUDE = re.compile(r"""\{%-?\s*+include(?:_cached)?\s++(["']?)([\w./-]+\.(?:md|markdown))\1\s*+-?%\}""")
_MATTER = re.compile(r"\A\s*---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)
# A text that is another one for each post that includes it, and its parts that are.
_LOGIC = re.compile(r"\{%-?\s*(?:for|if|unless|case|capture)\b|\binclude\.")
_BLOCK = re.compile(r"\{%-?\s*(for|if|unless|case|capture)\b.*?\{%-?\s*end\1\s*-?%\}", re.DOTALL)
_DEFINITION = re.compile(r"(?m)^ {0,3}\[([^\[\]\n]+)\]:[ \t]*\S.*(?:\n|\Z)")
_REFERENCE = re.compile(r"(?<!\\)\[([^\[\]\n]*+(?:\n(?!\n)[^\[\]\n]*+)*+)\]\[([^\[\]]*+)\]")
_IN_BRACKETS = re.compile(r"\[([^\[\]]++)\]")
_MOST_INCLUDED, _DEEPEST_INCLUDE = 200_000, 3


def expand_includes_of_jekyll(text: str, files: Mapping[str, str]) -> str:
    """Return a text with the texts of files in place of ``{% include name.md %}``.

    Of what it includes, definitions of links are left out that it does not use. An include stays if nobody has its
    file. If that has conditions and loops, it stays too, after the addresses of links that are outside of these.
    """
    used = set(map(_fold, _IN_BRACKETS.findall(text)))
    left = _MOST_INCLUDED

    def expand(text: str, depth: int) -> str:
        def show(include: re.Match[str]) -> str:
            nonlocal left
            found = files.get(include[2])
            if found is None or not depth or len(found) > left:
                return include[0]
            left -= len(found)
            rest, definitions = _read_included(found)
            defined = "".join(written for name, written in definitions if name in used)
            return f"{defined}{include[0] if rest is None else expand(rest, depth - 1)}"

        return _INCLUDE.sub(show, text)

    return expand(text, _DEEPEST_INCLUDE)


@lru_cache(maxsize=64)
def _read_included(text: str) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    """Return a text without its definitions of links, and these by their names.

    The text is None if it has conditions and loops.
    """
    has_logic = _LOGIC.search(text) is not None
    text = _BLOCK.sub("", text) if has_logic else _MATTER.sub("", text)
    found = [(_fold(one[1]), one[0]) for one in _DEFINITION.finditer(text)]
    rest = None if has_logic else _DEFINITION.sub("", text).strip("\n")
    return rest, tuple((name, written) for name, written in found if "{{" not in written or not has_logic)


def show_references(text: str) -> str:
    """Return a text in which links without an address are their text alone."""
    known = {_fold(name) for name in _DEFINITION.findall(text)}

    def show(reference: re.Match[str]) -> str:
        words, name = reference.groups()
        return reference[0] if _fold(name or words) in known or words.startswith("^") else words

    return _REFERENCE.sub(show, text)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
