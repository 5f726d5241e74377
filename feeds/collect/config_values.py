"""Read generators' configurations as data: YAML, TOML, JSON, literals of programs.

Nothing of a program is ever run.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from feeds.lib.storage.files import read_file

_MOST_BYTES = 1_000_000
# title: "Example", as JavaScript and TypeScript write it, or site: process.env.URL || "https://example.org".
_PROPERTY = re.compile(
    r"""^([ \t]*+)(?:export\s+)?(?:const\s+)?(["']?)(\w+)\2\s*[:=]\s*(?:[\w.]++\s*(?:\|\||\?\?)\s*)?(["'`])((?:(?!\4)[^\\\n])*)\4""",
    re.MULTILINE,
)
_INNER_PROPERTY = re.compile(r"""(\w+)["']?\s*:\s*(?:(["'`])((?:(?!\2)[^\\\n])*)\2|(true|false)\b)""")
_FENCES = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)", re.DOTALL)
Values = Mapping[str, Any]


def find_text(values: Values, names: Iterable[str]) -> str:
    """Return the first text that a dotted path leads to."""
    for name in names:
        found: Any = values
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, str) and found.strip():
            return found.strip()
    return ""


def read_text(file: Path) -> str:
    """Return the text of a file, "" if it cannot be read."""
    try:
        return read_file(file, _MOST_BYTES).decode("utf-8-sig")
    except (OSError, ValueError):
        return ""


def read_values(file: Path) -> dict[str, Any]:
    """Return the values of a file by their names; none if it cannot be read."""
    return _parse(file.suffix, read_text(file))


def read_front_matter(file: Path) -> dict[str, Any]:
    """Return the front matter of a file in YAML or TOML; nothing if it has none."""
    match = _FENCES.match(read_text(file).replace("\r\n", "\n"))
    return _parse(".toml" if match[1] == "+++" else ".yml", match[2]) if match else {}


def read_block(text: str, begin: re.Pattern[str]) -> dict[str, Any]:
    """Return the texts and switches of the JavaScript object in which a pattern ends.

    Its inner objects count too.
    """
    match = begin.search(text)
    if match is None:
        return {}
    depth = 1
    end = match.end()
    while end < len(text) and depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    found: dict[str, Any] = {}
    for name, _, value, switch in _INNER_PROPERTY.findall(text[match.end() : end]):
        found.setdefault(name, switch == "true" if switch else value)
    return found


def _parse(ending: str, text: str) -> dict[str, Any]:
    try:
        found = _PARSERS[ending](text)
    except (ValueError, SyntaxError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


class _PlainLoader(yaml.SafeLoader):
    """Takes values with tags of programs, such as ``!!python/name``, for nothing."""


_PlainLoader.add_multi_constructor("", lambda _loader, _suffix, _node: None)


def _read_literals(text: str) -> dict[str, Any]:
    """Return the names to which a Python program assigns literals at its top level."""
    found: dict[str, Any] = {}
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            try:
                found[statement.targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:
                continue
    return found


def _read_properties(text: str) -> dict[str, Any]:
    """Return the properties to which a JavaScript program gives a text.

    Of the same names, the outermost counts, and of these the first.
    """
    found: dict[str, Any] = {}
    for _, _, name, _, value in sorted(_PROPERTY.findall(text), key=lambda one: len(one[0])):
        found.setdefault(name, value)
    return found


# "set :site_url, 'https://example.org'", "Time.zone = 'Tokyo'", "blog.prefix = 'blog'" and "activate :blog" of Ruby
_SETTING = re.compile(
    r"""^[ \t]*(?:set[ \t(]+:(\w+)[ \t]*,|\w+\.(\w+)[ \t]*=)[ \t]*(["'])((?:(?!\3)[^\\\n])*)\3""",
    re.MULTILINE,
)
_ACTIVATED = re.compile(r"^[ \t]*activate[ \t(]+:(\w+)", re.MULTILINE)


def _read_settings(text: str) -> dict[str, Any]:
    """Return the texts to which a program of Ruby sets names, and what it activates."""
    found: dict[str, Any] = {name: name for name in _ACTIVATED.findall(text)}
    for name, attribute, _, value in _SETTING.findall(text):
        found.setdefault(name or attribute, value)
    return found


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".py": _read_literals,
    ".rb": _read_settings,
    **dict.fromkeys((".yml", ".yaml"), lambda text: yaml.load(text, _PlainLoader)),  # noqa: S506 - a safe loader
    **dict.fromkeys((".js", ".ts", ".mjs", ".cjs", ".mts", ".cts"), _read_properties),
}
