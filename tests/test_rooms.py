"""The house: imports go one way, and importing the package loads next to nothing."""

from __future__ import annotations

import ast
import subprocess
import sys

from conftest import ROOT

PACKAGE = ROOT / "feeds"
# Each room may use those before it; rooms on one line know nothing of each other.
ROOMS = [
    {"feeds", "feeds.model", "feeds.version"},
    {"feeds.errors"},
    {"feeds.files", "feeds.compression", "feeds.stores"},
    {"feeds.negotiation"},
    {"feeds.text"},
    {"feeds.lint"},
    {"feeds.config"},
    {"feeds.naming"},
    {"feeds.articles", "feeds.selection", "feeds.formats"},
    {"feeds.index"},
    {
        "feeds.intake",
        "feeds.pools",
        "feeds.removals",
        "feeds.channels",
        "feeds.archive",
        "feeds.assets",
        "feeds.conditional",
        "feeds.headers",
        "feeds.curation",
    },
    {"feeds.metadata", "feeds.sources", "feeds.cluster"},
    {"feeds.pages", "feeds.catalogue", "feeds.digests", "feeds.continuity"},
    {"feeds.publisher"},
    {"feeds.proofreading", "feeds.parameters", "feeds.syncing", "feeds.websub", "feeds.private"},
    {"feeds.hosts"},
    {"feeds.web", "feeds.freeze", "feeds.check", "feeds.watching"},
    {"feeds.report", "feeds.app", "feeds.terminal"},
    {"feeds.upkeep"},
    {"feeds.serving"},
    {"feeds.cli"},
    {"feeds.__main__"},
]
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def imports() -> list[tuple[str, str]]:
    """Each module of ours, and each module of ours that it imports when it runs."""
    found: list[tuple[str, str]] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
                node.body.clear()
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "feeds":
                if node.module == "feeds":
                    found.extend((module, f"feeds.{alias.name}") for alias in node.names)
                else:
                    found.append((module, node.module))
            if isinstance(node, ast.Import):
                found.extend(
                    (module, alias.name) for alias in node.names if alias.name.split(".")[0] == "feeds"
                )
    return found


def test_every_module_stands_in_a_room() -> None:
    assert {room(module) for module, _ in imports()} <= set(LEVEL)


def test_each_room_knows_only_the_rooms_below_it() -> None:
    wrong = [
        (module, used)
        for module, used in imports()
        if module != "feeds" and room(module) != room(used) and LEVEL[room(used)] >= LEVEL[room(module)]
    ]
    assert wrong == []


def test_importing_the_package_loads_neither_flask_nor_lxml_nor_a_database() -> None:
    program = "import sys, feeds; print(sorted({m.split('.')[0] for m in sys.modules} & {'flask','lxml','sqlite3','click'}))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_no_module_is_larger_than_a_room_should_be() -> None:
    large = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if len(path.read_text().splitlines()) > 260
    }
    assert large == set()
