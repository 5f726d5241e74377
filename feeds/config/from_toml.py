"""Turns TOML tables into frozen values, and collects every problem by its key."""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from feeds.model import Problem, ProblemCode

Key = tuple[str, ...]
T = TypeVar("T", bound=msgspec.Struct)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_KEY_PART = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_-]+)")
# Keys of earlier versions, with their names of today.
_RENAMED: Mapping[Key, str] = {("custom",): "selections"}


class ConfigProblems:
    """Collects the problems of a configuration file."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._lines = _find_lines(text)
        self.found: list[Problem] = []

    def add(self, key: Key, message: str, hint: str = "", code: ProblemCode = "config-value") -> None:
        """Add a problem at a dotted key, with the line of the nearest key in the file."""
        self.found.append(self.make_problem(key, message, hint, code))

    def make_problem(
        self, key: Key, message: str, hint: str = "", code: ProblemCode = "config-value"
    ) -> Problem:
        """Make the problem that :meth:`add` would add, without adding it."""
        line = next((self._lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in self._lines), 0)
        return Problem(code, "error", self._path, message, hint, line, field=_join_key(key))


def _join_key(key: Key) -> str:
    """Write a key as TOML does, with quotes around the parts that need them."""
    return ".".join(part if _BARE_KEY.fullmatch(part) else f'"{part}"' for part in key)


def build_struct(cls: type[T], table: Any, key: Key, problems: ConfigProblems) -> T | None:
    """Make ``cls`` from a TOML table, None if a value is missing or wrong."""
    if not isinstance(table, Mapping):
        problems.add(key, f"is {_describe_type(table)}, but must be a table.", code="config-type")
        return None
    fields = _read_fields(cls)
    values: dict[str, Any] = {}
    sound = True
    for name in table:
        if name not in fields:
            problems.add(
                (*key, name), "is not a known key.", _suggest_key((*key, name), fields), "config-key"
            )
            sound = False
    for name, field in fields.items():
        if name in table:
            before = len(problems.found)
            values[name] = _convert(table[name], field.type, (*key, name), problems)
            sound = sound and len(problems.found) == before
        elif field.required:
            problems.add((*key, name), "is missing, but is needed.", code="config-missing")
            sound = False
    return cls(**values) if sound else None


@cache
def _read_fields(cls: type[msgspec.Struct]) -> dict[str, FieldInfo]:
    """Read the fields of a class by name, once: msgspec compiles their annotations."""
    return {field.name: field for field in msgspec.structs.fields(cls)}


def _suggest_key(key: Key, known: Iterable[str]) -> str:
    if key in _RENAMED:
        return f'Its name is "{_RENAMED[key]}" now.'
    near = difflib.get_close_matches(key[-1], known, n=1, cutoff=0.5)
    return f'Did you mean "{near[0]}"?' if near else f"Known are: {', '.join(known)}."


def _convert(value: Any, wanted: Any, key: Key, problems: ConfigProblems) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        choices = [arg for arg in get_args(wanted) if arg is not type(None)]
        # If the value has none of these types, the message names the first.
        wanted = next((choice for choice in choices if _is_meant(value, choice)), choices[0])
        return _convert(value, wanted, key, problems)
    if origin is Literal:
        return _convert_choice(value, get_args(wanted), key, problems)
    if origin is tuple:
        return _convert_list(value, get_args(wanted)[0], key, problems)
    if origin is dict:
        return _convert_table(value, get_args(wanted)[1], key, problems)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return build_struct(wanted, value, key, problems)
    if wanted is not Any and type(value) is not wanted:
        problems.add(key, f"is {_describe_type(value)}, but must be {_NAMES[wanted]}.", code="config-type")
    return value


def _is_meant(value: Any, choice: Any) -> bool:
    kinds = {tuple: list, dict: Mapping}
    return type(value) is choice or isinstance(value, kinds.get(get_origin(choice), ()))


def _convert_choice(value: Any, allowed: tuple[Any, ...], key: Key, problems: ConfigProblems) -> Any:
    if value not in allowed:
        problems.add(key, f"is {value!r}.", f"Allowed are: {', '.join(map(str, allowed))}.")
    return value


def _convert_list(value: Any, wanted: Any, key: Key, problems: ConfigProblems) -> tuple[Any, ...]:
    if not isinstance(value, list):
        problems.add(key, f"is {_describe_type(value)}, but must be a list.", code="config-type")
        return ()
    return tuple(_convert(item, wanted, key, problems) for item in value)


def _convert_table(value: Any, wanted: Any, key: Key, problems: ConfigProblems) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        problems.add(key, f"is {_describe_type(value)}, but must be a table.", code="config-type")
        return {}
    return {name: _convert(item, wanted, (*key, name), problems) for name, item in value.items()}


_NAMES: Mapping[Any, str] = {str: "text", int: "a whole number", bool: "true or false"}


def _describe_type(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return _NAMES.get(type(value), f"a {type(value).__name__}")


def _find_lines(text: str) -> dict[Key, int]:
    """Find the line of each table and key in plain form; tomllib keeps no lines."""
    lines: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _split_key(header[1])
            lines.setdefault(table, number)
        elif "=" in line and not line.lstrip().startswith("#"):
            lines.setdefault(table + _split_key(line.partition("=")[0]), number)
    # A table that has no line of its own begins with its first key: "selections" with [selections.best].
    for key, number in list(lines.items()):
        for length in range(1, len(key)):
            lines.setdefault(key[:length], number)
    return lines


def _split_key(text: str) -> Key:
    return tuple(a or b or c for a, b, c in _KEY_PART.findall(text))
