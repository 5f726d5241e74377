"""Finds the line and column of a field, only if there is a problem to report."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from feeds.articles.fields import Key
from feeds.model import Problem, ProblemCode, Severity

# A problem of a field: code, severity, the keys that lead to the field, message, hint.
Note = tuple[ProblemCode, Severity, tuple[str | int, ...], str, str]


_MOST_BITS = 1000
# The key of the text below the front matter; a second one is what is written at a place in it.
IN_TEXT = ""
# In place of a fence: the front matter is lines with a field each.
LINES = ":"
_BEGINNING = 30
_MERGE = "tag:yaml.org,2002:merge"
_MOST_MERGES = 10


class _FileParts(NamedTuple):
    matter: str
    first_line: int
    fence: str
    body: str


class Split(_FileParts):
    """A file in two: front matter, with its first line and its fence, and body."""

    @cached_property
    def nodes(self) -> Any:
        """The nodes of YAML or JSON with their positions; None if they cannot be read."""
        if self.fence == "{":
            # Most JSON is YAML, but for tabs.
            return compose_nodes(complete_json(self.matter).replace("\t", " "))
        return compose_nodes(self.matter)

    @cached_property
    def table(self) -> dict[str, Any]:
        """The values of TOML, or of JSON with its numbers as they are written."""
        if self.fence == "{":
            found: dict[str, Any] = json.loads(
                complete_json(self.matter), strict=False, parse_int=str, parse_float=str
            )
            return found
        import tomllib

        return tomllib.loads(self.matter)


def complete_json(matter: str) -> str:
    """Complete a JSON object with its braces, which some leave out between fences."""
    return matter if matter.lstrip().startswith("{") else f"{{{matter}}}"


def compose_nodes(matter: str) -> Any:
    """Return the nodes of YAML with their positions; None if it cannot be read."""
    # Loaded for the first problem.
    import yaml

    try:
        from yaml import CSafeLoader as SafeLoader
    except ImportError:
        from yaml import SafeLoader  # type: ignore[assignment]
    try:
        return yaml.compose(matter, Loader=SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None


def locate(split: Split, keys: Sequence[str | int]) -> tuple[int, int]:
    """Return a field's line and column, or those of its nearest parent in the file.

    Those of a place in the text are 0 if it cannot be found.
    """
    if keys[:1] == (IN_TEXT,):
        return _locate_in_text(split, str(keys[1]) if keys[1:] else "")
    if split.fence == "+":
        return _locate_toml(split, keys)
    if split.fence == LINES:
        return _locate_line(split, keys)
    if split.fence == "-" and len(keys) == 1 and (line := _find_line(split.matter, f"{keys[0]}:")):
        return split.first_line + line - 1, 1
    node = split.nodes
    mark = None
    for key in keys:
        found = _find_child(node, key)
        if found is None:
            break
        mark, node = found
    if mark is None:
        return max(split.first_line - 1, 1), 1
    added = split.fence == "{" and not mark.line and len(complete_json(split.matter)) > len(split.matter)
    return split.first_line + mark.line, mark.column + 1 - added


def _locate_line(split: Split, keys: Sequence[str | int]) -> tuple[int, int]:
    """Return where a field is in front matter made of lines, or where its title is."""
    name = str(keys[0]) if keys else ""
    written = re.escape(name)
    pattern = re.compile(
        rf"[ \t]*(?:(?:\.\.[ \t]+|\#\+|:)?{written}(?:\[\])?:|<{written}>|<meta\b[^<>]*\sname=[\"']{written}[\"'])",
        re.IGNORECASE,
    )
    lines = split.matter.split("\n") if name else []
    for number, line in enumerate(lines):
        if pattern.match(line):
            return split.first_line + number, 1
    if name.lower() == "title":
        # In reStructuredText, it is the first line that is a text.
        for number, line in enumerate(lines):
            if line[:1].isalnum():
                return split.first_line + number, 1
    return max(split.first_line, 1), 1


def find_first_line(split: Split) -> int:
    """Return the number of the first line of the text that is not empty."""
    blank = split.body[: len(split.body) - len(split.body.lstrip())]
    # One line for the fence.
    return split.first_line + split.matter.count("\n") + 1 + blank.count("\n")


def _locate_in_text(split: Split, written: str) -> tuple[int, int]:
    """Return where something is in the text, or where at least its beginning is."""
    # One line for the fence.
    first = split.first_line + split.matter.count("\n") + 1
    no_address = "]()" if '=""' in written else ""
    for sought in (written, written[:_BEGINNING], no_address):
        if sought and (place := _find_whole(split.body, sought)) >= 0:
            start = split.body.rfind("\n", 0, place) + 1
            return first + split.body.count("\n", 0, place), place - start + 1
    return (0, 0) if written else (first, 1)


def _find_whole(body: str, sought: str) -> int:
    """Return where something stands, outside of addresses if possible, -1 if nowhere."""
    match = re.search(rf"(?<![/.:]){re.escape(sought)}(?![\w/.-])", body)
    return match.start() if match else body.find(sought)


def _find_line(matter: str, start: str) -> int:
    """Return the number of the only line that begins so, 0 for none or several.

    Most problems are about such a field, and composing nodes takes longer than reading the file.
    """
    text = f"\n{matter}"
    place = text.find(f"\n{start}")
    if place < 0 or text.find(f"\n{start}", place + 1) >= 0:
        return 0
    return text.count("\n", 0, place + 1)


def find_source(split: Split, keys: Sequence[str | int]) -> str:
    """Return a scalar as it is written in the file; for TOML, as Python writes it."""
    if split.fence == LINES:
        # All values are texts.
        return ""
    if split.fence != "-":
        return _find_in_table(split, keys)
    node = split.nodes
    for key in keys:
        found = _find_child(node, key)
        if found is None:
            return ""
        node = found[1]
    return str(node.value) if node is not None and node.id == "scalar" else ""


def _find_in_table(split: Split, keys: Sequence[str | int]) -> str:
    value: Any = split.table
    for key in keys:
        value = value[key]
    if isinstance(value, bool):
        return str(value).lower()
    # Python refuses to write long numbers in digits.
    return hex(value) if isinstance(value, int) and value.bit_length() > _MOST_BITS else str(value)


def make_problem(path: str, split: Split, note: Note) -> Problem:
    """Make a problem of one field of a file, with its line and column."""
    code, severity, keys, message, hint = note
    return Problem(code, severity, path, message, hint, *locate(split, keys), _write_field_name(keys))


def _write_field_name(keys: Sequence[str | int]) -> str:
    """Return a field as people write it: ``images[0].url``."""
    if keys[:1] == (IN_TEXT,):
        return "text"
    name = ""
    for part in keys:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def _find_child(node: Any, key: str | int) -> tuple[Any, Any] | None:
    kind = None if node is None else node.id
    if kind == "mapping":
        # Kept with the node, because many fields of one mapping may be looked for.
        if not hasattr(node, "children"):
            # Of two equal keys, which only unusual mappings have, the first one counts.
            node.children = _list_children(node)
        found: tuple[Any, Any] | None = node.children.get(key)
        return found
    if kind == "sequence" and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark, node.value[key]
    return None


def _list_children(node: Any, depth: int = 0) -> dict[str, tuple[Any, Any]]:
    """Return the fields of a mapping, with those that it takes from others by ``<<``."""
    found: dict[str, tuple[Any, Any]] = {}
    for key, value in reversed(node.value):
        if key.id == "scalar" and key.tag != _MERGE:
            found[key.value] = (key.start_mark, value)
    for key, value in node.value if depth < _MOST_MERGES else ():
        if key.tag == _MERGE:
            for parent in value.value if value.id == "sequence" else [value]:
                if parent.id == "mapping":
                    found = _list_children(parent, depth + 1) | found
    return found


def _locate_toml(split: Split, keys: Sequence[str | int]) -> tuple[int, int]:
    names = [key for key in keys if isinstance(key, str)]
    for name in reversed(names):
        pattern = re.compile(rf"\s*(?:{re.escape(name)}\s*=|\[+\s*{re.escape(name)}\s*\])")
        for n, line in enumerate(split.matter.split("\n")):
            if pattern.match(line):
                return split.first_line + n, 1
    return max(split.first_line - 1, 1), 1


class FrontMatterError(Exception):
    """Front matter cannot be read; ``line`` and ``column`` count from 1 in the file."""

    def __init__(self, code: ProblemCode, message: str, hint: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint
        self.line, self.column = line, column

    def make_problem(self, path: str) -> Problem:
        """Return the error as a problem of the whole file."""
        return Problem(self.code, "error", path, self.message, self.hint, self.line, self.column)


_MOST_NOTED = 50


class Notes:
    """Collects the problems of one file; their positions are looked up at the end."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Note] = []
        self._placed: list[Problem] = []

    def __call__(self, code: ProblemCode, severity: Severity, key: Key, message: str, hint: str) -> None:
        """Note a problem with the field of a key."""
        self.found.append((code, severity, key, message, hint))

    def add_placed(self, problem: Problem) -> None:
        """Add a problem that is no error and knows its line and column."""
        self._placed.append(problem)

    def is_faulty(self) -> bool:
        """Return whether there is an error, which holds the article back."""
        return bool(self.found) and any(severity == "error" for _, severity, _, _, _ in self.found)

    def list_problems(self, split: Split) -> tuple[Problem, ...]:
        """Return all problems, with their positions in the file."""
        notes = self.found
        if not notes:
            return tuple(self._placed)
        if len(notes) > _MOST_NOTED:
            # Errors first: they are why an article is not published.
            notes = sorted(notes, key=lambda note: note[1] != "error")[:_MOST_NOTED]
            more = len(self.found) - len(notes)
            notes.append(("more-problems", "warning", (), f"has {more} more problems.", "Mend these first."))
        return (*(make_problem(self.path, split, note) for note in notes), *self._placed)
