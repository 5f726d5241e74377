"""Finds the front matter of a file, reads it with python-frontmatter, and tells where things are.

python-frontmatter gives ``{}`` for an unterminated block or a list, keeps the last of
two equal keys, and strips before it counts lines; so the fence is found here first.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable
from typing import Any, NamedTuple

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler

from feeds.articles import plainyaml
from feeds.articles.places import SafeLoader, Split
from feeds.model import Problem
from feeds.text.plain import has_unwanted, printable

_FENCE = re.compile(r"(-{3,}|\+{3,})[ \t]*")
_MAX_DEPTH = 50
# Each may stand for all before it: this many cannot grow beyond a few dozen copies.
_MAX_ALIASES = 10


class FrontMatterError(Exception):
    """Front matter that cannot be read; ``line`` and ``column`` count from 1 in the file."""

    def __init__(self, code: str, message: str, hint: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
        self.line, self.column = line, column

    def problem(self, path: str) -> Problem:
        """The error as a problem of a file: nothing of it can be read."""
        return Problem(self.code, "error", path, self.message, self.hint, self.line, self.column)


class FrontMatter(NamedTuple):
    """What a file holds, and whether it held characters that had to be removed."""

    fields: dict[str, Any]
    body: str
    split: Split
    had_unwanted: bool


class _Loader(SafeLoader):
    """PyYAML's safe loader, but two equal keys are an error and a bad date stays text."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f'the key "{key.value}" stands here for the second time', key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _timestamp(loader: Any, node: Any) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except (ValueError, OverflowError):
        return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)


class _Handler(BaseHandler):
    """python-frontmatter's way of reading a block, over a block that is found already."""

    FM_BOUNDARY = _FENCE

    def __init__(self, split: Split) -> None:
        super().__init__()
        self._split = split

    def split(self, text: str) -> tuple[str, str]:  # noqa: ARG002 - it has been split exactly
        return self._split.matter, self._split.body

    def load(self, fm: str) -> Any:
        if self._split.fence == "+":
            return tomllib.loads(fm)
        return yaml.load(fm, Loader=_Loader)  # noqa: S506 - a safe loader's subclass


def parse(text: str) -> FrontMatter:
    """Read front matter and body. Raises :class:`FrontMatterError`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    split = _split(text)
    had_unwanted = has_unwanted(text)
    if had_unwanted:
        split = _split(printable(text))
    return _read(text, split, had_unwanted=had_unwanted)


def parse_yaml(text: str) -> FrontMatter:
    """Read a file that is YAML from beginning to end. Raises :class:`FrontMatterError`."""
    text = printable(text.replace("\r\n", "\n").replace("\r", "\n"))
    return _read(text, Split(text, 1, "-", ""), had_unwanted=False)


def _read(text: str, split: Split, *, had_unwanted: bool) -> FrontMatter:
    if split.fence == "-" and (plain := plainyaml.load(split.matter)) is not None:
        return FrontMatter(plain, split.body.strip(), split, had_unwanted)
    _refuse_bombs(split)
    handler = _Handler(split)
    try:
        found, body = frontmatter.parse(text, handler=handler)
        fields: Any = found or handler.load(split.matter)
    except yaml.YAMLError as error:
        raise _yaml_error(error, split) from None
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(error, split) from None
    except (ValueError, RecursionError):
        raise FrontMatterError(
            "bad-value",
            "has a value that cannot be read, such as a number that is too long.",
            "Put it in quotes.",
            split.first_line,
        ) from None
    if not isinstance(fields, dict):
        raise FrontMatterError(
            "not-a-mapping",
            f"has {'a list' if isinstance(fields, list) else 'no fields'} as front matter.",
            'Write fields such as "title: …", one on each line.',
            split.first_line,
        )
    if not all(isinstance(key, str) for key in fields):
        raise FrontMatterError(
            "bad-key", "has a key that is not text.", 'Put it in quotes: "no": …', split.first_line
        )
    return FrontMatter(fields, body, split, had_unwanted)


def _split(text: str) -> Split:
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


def _refuse_bombs(split: Split) -> None:
    """Refuse what would grow without bound: aliases of aliases, and deep nesting."""
    if split.fence == "-" and "*" in split.matter and split.matter.count("*") > _MAX_ALIASES:
        try:
            aliases = sum(isinstance(e, yaml.AliasEvent) for e in yaml.parse(split.matter, Loader=SafeLoader))
        except yaml.YAMLError:
            return
        if aliases > _MAX_ALIASES:
            raise FrontMatterError(
                "too-many-aliases", f"uses {aliases} YAML aliases.", "Write the values out.", split.first_line
            )
    if (
        max(split.matter.count("["), split.matter.count("{")) > _MAX_DEPTH
        and _depth(split.matter) > _MAX_DEPTH
    ):
        raise FrontMatterError("too-deep", "is nested too deeply.", "Flatten it.", split.first_line)


def _depth(text: str) -> int:
    depth = deepest = 0
    for sign in text:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _yaml_error(error: yaml.YAMLError, split: Split) -> FrontMatterError:
    mark = getattr(error, "problem_mark", None)
    message = getattr(error, "problem", None) or str(error)
    line, column = (split.first_line + mark.line, mark.column + 1) if mark else (split.first_line, 1)
    if "second time" in message:
        return FrontMatterError("duplicate-key", f"{message}.", "Keep one of the two.", line, column)
    if "start any token" in message and "\t" in _line(split, line):
        return FrontMatterError("yaml", "is indented with a tab.", "Use spaces.", line, column)
    hint = "Put the value in quotes if it holds a colon, a quote or a special sign."
    return FrontMatterError("yaml", f"is not valid YAML: {message}.", hint, line, column)


def _line(split: Split, number: int) -> str:
    lines = split.matter.split("\n")
    n = number - split.first_line
    return lines[n] if n < len(lines) else ""


def _toml_error(error: tomllib.TOMLDecodeError, split: Split) -> FrontMatterError:
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    line, column = (int(place[1]), int(place[2])) if place else (1, 1)
    message = str(error).partition(" (at")[0]
    hint = "See toml.io for how values are written."
    return FrontMatterError(
        "toml", f"is not valid TOML: {message}.", hint, split.first_line + line - 1, column
    )
