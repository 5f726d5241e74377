"""The house: imports go as the table in docs/explanation/design.md says, and importing the package loads next to nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from effort import for_each
from sites import ROOT

PACKAGE = ROOT / "feeds"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400
# Of the first line of a docstring, quotation marks not counted.
MOST_CHARACTERS = 80
_SUMMARY = re.compile(r'^ *[rR]?"""([A-Z`].+?)(?:"""|$)', re.MULTILINE)
# One name, one meaning: but for errors, and what two engines, or a format and its linter, have in common.
SHARED_NAMES = frozenset({"errors", "full_text", "atom", "rss", "jsonfeed", "opml"})
_ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \|([^|]*)\|$", re.MULTILINE)
# What is loaded by the module that needs it: these packages hand on nothing.
EMPTY = (
    "articles",
    "channels",
    "check",
    "freeze",
    "integrations",
    "publisher",
    "publisher/pages",
    "sync",
    "web",
)


def rooms() -> dict[str, set[str]]:
    """The table of docs/explanation/design.md: each room, and the rooms that it may import."""
    text = (ROOT / "docs/explanation/design.md").read_text()
    return {room: set(re.findall(r"`(\w+)`", used)) for room, used in _ROW.findall(text)}


@cache
def imports() -> list[tuple[str, str]]:
    """Each module of ours, and each module of ours that it imports: lazily, or for its types alone, too."""
    return list(find_imports())


def find_imports() -> Iterator[tuple[str, str]]:
    known = {name(path) for path in MODULES}
    for path in MODULES:
        for node in find_statements(path):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "feeds":
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    yield name(path), inner if inner in known else node.module
            if isinstance(node, ast.Import):
                yield from ((name(path), a.name) for a in node.names if a.name.split(".")[0] == "feeds")


@cache
def find_statements(path: Path) -> list[ast.AST]:
    """The imports and the classes of a module; a package's imports for types alone are what it hands on later."""
    tree = ast.parse(path.read_text())
    if path.stem == "__init__":
        tree.body = [node for node in tree.body if ast.unparse(node).split(":")[0] != "if TYPE_CHECKING"]
    return [node for node in walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom, ast.ClassDef))]


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement below a node: nine of ten nodes are expressions, which hold none."""
    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
        below = getattr(node, name, ())
        if isinstance(below, list):
            for statement in below:
                yield statement
                yield from walk(statement)


def name(path: object) -> str:
    parts = str(path).removesuffix(".py").removesuffix("/__init__")
    return "feeds" + parts.removeprefix(str(PACKAGE)).replace("/", ".")


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "feeds"


def between_rooms() -> set[tuple[str, str]]:
    return {(user, used) for user, used in imports() if room(user) != room(used)}


def test_every_room_is_in_the_table_of_the_design() -> None:
    found = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert found - {"__init__", "__main__"} == set(rooms())


def test_each_room_imports_only_what_the_table_allows() -> None:
    allowed = rooms() | {"feeds": {"config", "site", "web"}, "__main__": {"cli"}}
    wrong = sorted((user, used) for user, used in between_rooms() if room(used) not in allowed[room(user)])
    assert wrong == []


def test_the_table_allows_no_more_than_is_used() -> None:
    used = {(room(user), room(other)) for user, other in between_rooms()}
    unused = sorted(
        (one, other) for one, others in rooms().items() for other in others if (one, other) not in used
    )
    assert unused == []


def test_the_table_is_in_an_order_in_which_each_room_uses_those_above_it() -> None:
    order = list(rooms())
    assert all(set(used) <= set(order[: order.index(one)]) for one, used in rooms().items())


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for user, used in imports():
        if user != used:
            graph.setdefault(user, set()).add(used)
    assert list(TopologicalSorter(graph).static_order())


def test_reading_and_writing_the_index_are_apart() -> None:
    wrong = [
        (user, used)
        for user, used in imports()
        if (used.startswith("feeds.index.write") and not user.startswith(("feeds.sync", "feeds.index.write")))
        or (used.startswith("feeds.index.write") and user.startswith("feeds.index.read"))
        or (used.startswith("feeds.index.read") and user.startswith("feeds.index.write"))
    ]
    assert wrong == []


@for_each("package", EMPTY)
def test_a_package_that_hands_on_nothing_stays_empty(package: str) -> None:
    tree = ast.parse((PACKAGE / package / "__init__.py").read_text())
    assert [type(node) for node in tree.body] == [ast.Expr]


def test_importing_the_package_loads_neither_flask_nor_lxml_nor_a_database() -> None:
    program = "import sys, feeds; print(sorted({m.split('.')[0] for m in sys.modules} & {'flask','lxml','sqlite3','click'}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_no_module_is_larger_than_a_room_should_be() -> None:
    large = {
        str(path.relative_to(ROOT)) for path in MODULES if len(path.read_text().splitlines()) > MOST_LINES
    }
    assert large == set()


def test_every_docstring_begins_with_a_line_of_at_most_80_characters() -> None:
    summaries = [(path.name, line) for path in MODULES for line in _SUMMARY.findall(path.read_text())]
    assert len(summaries) > 2000
    assert [one for one in summaries if len(one[1]) > MOST_CHARACTERS] == []


def test_no_two_modules_and_no_two_classes_share_a_name() -> None:
    """But for what two engines, or a format and its linter, have in common."""
    paths = [path for path in PACKAGE.rglob("*.py") if not path.stem.startswith("__")]
    modules = Counter(path.stem for path in paths if path.stem not in SHARED_NAMES)
    classes = Counter(
        node.name for path in paths for node in find_statements(path) if isinstance(node, ast.ClassDef)
    )
    assert [name for name, number in (modules + classes).items() if number > 1] == []


@pytest.mark.slow
def test_no_test_module_imports_another_or_conftest() -> None:
    nodes = [(path.name, node) for path in (ROOT / "tests").glob("*.py") for node in find_statements(path)]
    wrong = [
        (name, node.module)
        for name, node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("test_", "conftest"))
    ]
    assert wrong == []
