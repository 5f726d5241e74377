"""Reads front matter by python-frontmatter: YAML by PyYAML, TOML and JSON.

python-frontmatter returns ``{}`` for a list, keeps the last of two equal keys, and puts no bound on
what aliases grow to. So these are checked here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Iterator
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler

from feeds.articles.positions import FrontMatterError, Split

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml reads the same, more slowly
    from yaml import SafeLoader  # type: ignore[assignment]

_QUOTED = re.compile(r" '[^']{2,}'")
_MAX_DEPTH = 50
# Each alias may repeat everything before it; this many make a few dozen copies at most.
_MAX_ALIASES = 10
# Nobody writes longer numbers, and the time to read one in base 60 grows with the square of its length.
_MAX_DIGITS = 100
# Parts of one key of TOML; the time to read a key grows with the square of their number.
_MOST_PARTS = 50
_KEY_PART = r"[ \t]*+(?:[A-Za-z0-9_-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+"
_LONG_KEY = re.compile(rf"(?:^|[\[{{,]){_KEY_PART}(?:\.{_KEY_PART}){{{_MOST_PARTS}}}", re.MULTILINE)
_SHOWN = frozenset(
    ["categories", "category", "description", "excerpt", "keywords", "subtitle", "summary", "tags", "title", "topics"]
)  # fmt: skip
_FIELD, _ITEM = re.compile(r"([A-Za-z]+):(?=\s|$)"), re.compile(r"[ ]*-(?=\s)")
# A text without quotes, up to the first number sign after a blank.
_CUT_OFF = re.compile(r"(?![ \t]+[\"'\[{|>&*!])(?:[^\n]*?[ \t])??(?<=[ \t])(#\w.*)")
# What ends a line in YAML 1.1 and nowhere else.
_LINE_BREAK = re.compile("[\x85\u2028\u2029]")
_ENDLESS = {
    "a quoted scalar": ("a text in quotes", "End it with the same quotation mark."),
    "a flow sequence": ('a list in "["', 'End it with "]", and put commas between its items.'),
    "a flow mapping": ('a mapping in "{"', 'End it with "}", and put commas between its fields.'),
}
_NEVER_ENDS = re.compile("|".join(_ENDLESS))
# YAML without such a line is not nested deeply, neither by indentation nor by signs on one line.
_MAYBE_DEEP = re.compile(r"^[ \t?:-]{50}|(?:[?:-][ \t]+){20}", re.MULTILINE)


def read(text: str, split: Split) -> dict[str, Any]:
    """Return the fields of a split text.

    Raises :class:`FrontMatterError`.
    """
    _refuse_bombs(split)
    handler = _Handler(split)
    try:
        found, _ = frontmatter.parse(text, handler=handler)
        fields: Any = found or handler.load(split.matter)
    except yaml.YAMLError as error:
        raise _make_yaml_error(error, split) from None
    except tomllib.TOMLDecodeError as error:
        raise _make_toml_error(error, split) from None
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError):
        # PyYAML raises all of these for a value that does not fit its tag, depending on the tag.
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
    return fields


def list_cut_values(matter: str) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the keys of YAML texts that a number sign cuts off, and what it cuts off.

    Whoever means a comment writes a blank after the sign, and "#1" and "#topic" without one.
    """
    name, item = "", -1
    for line in matter.split("\n"):
        if field := _FIELD.match(line):
            name, item = field[1], -1
        elif name and (begin := _ITEM.match(line)):
            item += 1
            field = begin
        if field and name in _SHOWN and (cut := _CUT_OFF.match(line, field.end())):
            yield (name,) if item < 0 else (name, item), cut[1].rstrip()


def read_last(split: Split) -> dict[str, Any] | None:
    """Return YAML fields of which the last equal key counts, None if unreadable so."""
    try:
        _refuse_bombs(split)
        fields = yaml.load(split.matter, Loader=_LastLoader)  # noqa: S506 - a safe loader's subclass
    except (
        FrontMatterError,
        yaml.YAMLError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        ArithmeticError,
    ):
        return None
    is_usual = isinstance(fields, dict) and all(isinstance(key, str) for key in fields)
    return fields if is_usual else None


class _LastLoader(SafeLoader):
    """PyYAML's safe loader, except that a bad date stays text."""


class _Loader(_LastLoader):
    """The loader of most files: equal keys are an error."""

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


def _construct_timestamp(loader: Any, node: Any) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except (ValueError, OverflowError):
        return node.value


def _construct_int(loader: Any, node: Any) -> Any:
    return node.value if len(node.value) > _MAX_DIGITS else loader.construct_yaml_int(node)


def _construct_float(loader: Any, node: Any) -> Any:
    return node.value if len(node.value) > _MAX_DIGITS else loader.construct_yaml_float(node)


for _class in (_LastLoader, _Loader):
    _class.add_constructor("tag:yaml.org,2002:int", _construct_int)
    _class.add_constructor("tag:yaml.org,2002:float", _construct_float)
    _class.add_constructor("tag:yaml.org,2002:timestamp", _construct_timestamp)


class _Handler(BaseHandler):
    """Gives python-frontmatter the split that was found already."""

    FM_BOUNDARY = re.compile("")

    def __init__(self, split: Split) -> None:
        super().__init__()
        self._split = split

    def split(self, text: str) -> tuple[str, str]:  # noqa: ARG002 - the text is split already
        return self._split.matter, self._split.body

    def load(self, fm: str) -> Any:
        if self._split.fence == "{":
            # Loaded for the first file of this kind.
            from feeds.articles import json_matter

            return json_matter.load(self._split)
        if self._split.fence == "+":
            return tomllib.loads(fm)
        return yaml.load(fm, Loader=_Loader)  # noqa: S506 - a safe loader's subclass


def _refuse_bombs(split: Split) -> None:
    """Raise :class:`FrontMatterError` for aliases of aliases and for deep nesting."""
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
        split.fence == "+"
        and split.matter.count(".") >= _MOST_PARTS
        and (key := _LONG_KEY.search(split.matter))
    ):
        raise FrontMatterError(
            "too-deep",
            f"has a key with more than {_MOST_PARTS} parts.",
            "Put the text in quotes, or flatten it.",
            split.first_line + split.matter.count("\n", 0, key.start()),
        )
    # libyaml reads events one by one, but composes nodes recursively on the C stack, which can overflow.
    if _measure_flow_depth(split.matter) > _MAX_DEPTH or (
        split.fence == "-" and _measure_block_depth(split.matter) > _MAX_DEPTH
    ):
        raise FrontMatterError("too-deep", "is nested too deeply.", "Flatten it.", split.first_line)


def _measure_block_depth(matter: str) -> int:
    """Return how deeply the collections of YAML are nested, 0 if they cannot be deep."""
    if not _MAYBE_DEEP.search(matter):
        return 0
    depth = deepest = 0
    try:
        for event in yaml.parse(matter, Loader=SafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                deepest = max(deepest, depth)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        # Reading the nodes raises the same error, which is reported then.
        return deepest
    return deepest


def _measure_flow_depth(text: str) -> int:
    if max(text.count("["), text.count("{")) <= _MAX_DEPTH:
        return 0
    depth = deepest = 0
    for sign in text:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _make_yaml_error(error: yaml.YAMLError, split: Split) -> FrontMatterError:
    mark = getattr(error, "problem_mark", None)
    message = getattr(error, "problem", None) or str(error)
    line, column = (split.first_line + mark.line, mark.column + 1) if mark else (split.first_line, 1)
    if "second time" in message:
        return FrontMatterError("duplicate-key", f"{message}.", "Keep one of the two.", line, column)
    if "start any token" in message and "\t" in _get_line(split, line):
        return FrontMatterError("yaml", "is indented with a tab.", "Use spaces.", line, column)
    if unseen := _LINE_BREAK.search(split.matter):
        before = split.matter[: unseen.start()]
        return FrontMatterError(
            "yaml", f"holds U+{ord(unseen[0]):04X}, where YAML begins a new line.", "Take it out; it cannot be seen.",
            split.first_line + before.count("\n"), unseen.start() - before.rfind("\n"),
        )  # fmt: skip
    begun = getattr(error, "context_mark", None)
    if begun and mark and mark.line > begun.line and (kind := _NEVER_ENDS.search(f"{error}")):
        what, hint = _ENDLESS[kind[0]]
        return FrontMatterError(
            "yaml", f"is not valid YAML: {what} begins here and does not end.", hint, split.first_line + begun.line,
            begun.column + 1,
        )  # fmt: skip
    # The name of an alias or of a tag may be part of a secret.
    message = _QUOTED.sub("", message)
    hint = "Put the value in quotes if it holds a colon, a quote or a special sign."
    return FrontMatterError("yaml", f"is not valid YAML: {message}.", hint, line, column)


def _get_line(split: Split, number: int) -> str:
    lines = split.matter.split("\n")
    n = number - split.first_line
    return lines[n] if n < len(lines) else ""


def _make_toml_error(error: tomllib.TOMLDecodeError, split: Split) -> FrontMatterError:
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    line, column = (int(place[1]), int(place[2])) if place else (1, 1)
    message = str(error).partition(" (at")[0]
    hint = "See toml.io for how values are written."
    return FrontMatterError(
        "toml", f"is not valid TOML: {message}.", hint, split.first_line + line - 1, column
    )
