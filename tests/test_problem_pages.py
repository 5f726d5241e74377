"""Each kind of problem has a page that is true: its example gives its message, and commands lead to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from effort import for_each
from reference_pages import GROUPS, format_problem, list_problems, read_problems
from sites import ROOT, Workspace

from feeds.articles.reader import ReadingRules, read
from feeds.config import parse
from feeds.errors import DOCUMENTATION, ConfigError
from feeds.model import ProblemCode

PAGES = read_problems()
LISTED = list_problems()
RULES = ReadingRules("UTC", "https://feeds.example.org/", 1_000_000)


def with_(part: str) -> list[tuple[str, dict[str, str]]]:
    return [(code, page) for code, page in PAGES.items() if part in page]


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(PAGES) == sorted(get_args(ProblemCode))


def test_every_code_is_used() -> None:
    """mypy holds that no other one is."""
    texts = [p.read_text() for p in (ROOT / "feeds").rglob("*.py")]
    source = "".join(
        text.partition("ProblemCode = Literal[")[0] + text.partition("]  # fmt: skip")[2]
        if "ProblemCode = Literal" in text
        else text
        for text in texts
    )
    assert [code for code in PAGES if f'"{code}"' not in source] == []


@for_each(("code", "page"), with_("cause"))
def test_a_page_says_severity_cause_message_and_cure(code: str, page: dict[str, str]) -> None:
    assert page.keys() - {"article", "config"} == {"group", "severity", "cause", "message", "cure"}
    assert page["group"] in GROUPS
    assert f": {page['severity']}: " in page["message"]
    assert page["message"].endswith(f"[{code}]")
    assert page["cause"][0].isupper() or page["cause"][0] == "`"
    assert page["cause"].endswith(".")
    assert page["cure"].endswith((".", "`."))
    assert "## What to do" in format_problem(code, page)
    assert f"[{code}](../problems/{code}.md)" in LISTED


@for_each(("code", "page"), with_("article"))
def test_the_article_that_a_page_shows_gives_its_message(code: str, page: dict[str, str]) -> None:
    reading = read("articles/a.md", page["article"].lstrip("\n").encode(), RULES)
    assert page["message"] in [problem.text() for problem in reading.problems], code


@pytest.mark.parametrize(("code", "page"), with_("config"))
def test_the_configuration_that_a_page_shows_gives_its_message(
    code: str, page: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("articles").mkdir()
    with pytest.raises(ConfigError) as caught:
        parse(page["config"].lstrip("\n"), Path("config.toml"))
    assert page["message"] in [problem.text() for problem in caught.value.problems], code


def test_a_check_names_the_page_of_each_kind_once(workspace: Workspace) -> None:
    for name in ("a", "b"):
        workspace.write(f"{name}.md", "---\ntitle: A\nlayout: post\n---\n")
    shown = workspace.run("check").stdout
    for code in ("missing-date", "unread-field"):
        assert shown.count(f"About {code}: {DOCUMENTATION}problems/{code}.html\n") == 1
    assert shown.count(DOCUMENTATION) == len(
        {line.split("[")[-1] for line in shown.splitlines() if line.endswith("]")}
    )


def test_a_wrong_configuration_names_the_page_of_each_kind_once(workspace: Workspace) -> None:
    (workspace.folder / "config.toml").write_text("[site]\ntitel = 1\nlangauge = 2\n")
    said = workspace.run("check").stderr
    for code in ("config-key", "config-missing"):
        assert said.count(f"About {code}: {DOCUMENTATION}problems/{code}.html\n") == 1


@pytest.mark.stress
@pytest.mark.slow
def test_the_documentation_is_built_without_a_warning(tmp_path: Path) -> None:
    """`make docs` and .ci/run do it too; it takes fifteen seconds."""
    pytest.importorskip("sphinx")
    command = ["-m", "sphinx", "--fail-on-warning", "--keep-going", str(ROOT / "docs"), str(tmp_path)]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "problems").glob("*.html"))) == len(PAGES)
