"""Finds the front matter of a file, and reads it the fastest way that gives PyYAML's answer.

python-frontmatter returns ``{}`` for an unterminated block, and strips text before it counts lines.
So the fence is found here first.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from feeds.articles import fast_yaml
from feeds.articles.positions import FrontMatterError, Split
from feeds.lib.text.plain import has_unwanted, remove_unwanted

_FENCE = re.compile(r"(-{3,}|\+{3,})[ \t]*")


class FrontMatter(NamedTuple):
    """What a file holds, and whether forbidden characters were removed from it."""

    fields: dict[str, Any]
    body: str
    split: Split
    had_unwanted: bool


def parse(text: str) -> FrontMatter:
    """Read front matter and body. Raises :class:`FrontMatterError`."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    split = split_usual(text) or split_any(text)
    plain = _load_plain(split)
    # Plain YAML in ASCII has no unwanted characters, so the front matter of most files needs no search.
    had_unwanted = has_unwanted(split.body if plain is not None and text.isascii() else text)
    if had_unwanted:
        split = split_any(remove_unwanted(text))
        plain = _load_plain(split)
    return _read(text, split, plain, had_unwanted=had_unwanted)


def parse_yaml(text: str) -> FrontMatter:
    """Read a file that is YAML from beginning to end. Raises :class:`FrontMatterError`."""
    text = remove_unwanted(text.replace("\r\n", "\n").replace("\r", "\n"))
    split = Split(text, 1, "-", "")
    return _read(text, split, _load_plain(split), had_unwanted=False)


def _load_plain(split: Split) -> dict[str, Any] | None:
    return fast_yaml.load(split.matter) if split.fence == "-" else None


def _read(text: str, split: Split, plain: dict[str, Any] | None, *, had_unwanted: bool) -> FrontMatter:
    if plain is not None:
        return FrontMatter(plain, split.body.strip(), split, had_unwanted)
    # Loaded for the first file whose YAML is not plain.
    from feeds.articles import pyyaml

    fields, body = pyyaml.read(text, split)
    return FrontMatter(fields, body, split, had_unwanted)


def split_usual(text: str) -> Split | None:
    """Split a file whose first line is ``---``, as :func:`split_any` does; None for others."""
    end = text.find("\n---", 3)
    if not text.startswith("---\n") or end < 0 or text[end + 4 : end + 5] not in ("\n", ""):
        return None
    return Split(text[4 : end + 1], 2, "-", text[end + 5 :])


def split_any(text: str) -> Split:
    """Find the front matter of any text. Raises :class:`FrontMatterError`."""
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    opening = _FENCE.fullmatch(lines[first])
    if opening is None:
        raise FrontMatterError(
            "no-front-matter",
            "does not begin with front matter.",
            'Begin the file with a line "---", then the fields, then another "---".',
            first + 1,
        )
    sign = opening[1][0]
    for n, line in enumerate(lines[first + 1 :], start=first + 1):
        if line[:3] == sign * 3 and not line.strip().strip(sign):
            return Split("\n".join([*lines[first + 1 : n], ""]), first + 2, sign, "\n".join(lines[n + 1 :]))
    raise FrontMatterError(
        "unterminated",
        "has front matter without an end.",
        f'End it with a line "{sign * 3}".',
        first + 1,
    )
