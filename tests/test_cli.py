"""The commands as people run them: what they say, and how they exit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sites import CONFIG, ROOT, Workspace
from waiting import PATIENCE

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent


def flask(workspace: Workspace, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "flask"), *words],
        cwd=workspace.folder, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


def test_freeze_ends_with_what_it_did(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.article("b", published=False)
    workspace.write("broken.md", "no fence")
    first = workspace.run("freeze")
    assert first.returncode == 0
    assert "articles/broken.md:1:1: error: does not begin with front matter." in first.stdout
    assert "1 article published; held back: 1 unpublished, 1 with errors." in first.stdout
    assert "written, 0 kept, 0 deleted, in " in first.stdout
    assert first.stderr == ""
    assert " 0 written, " in workspace.run("freeze").stdout


def test_freeze_json_prints_the_plan(workspace: Workspace) -> None:
    workspace.article("a")
    plan = json.loads(workspace.run("freeze", "--json", "--dry-run").stdout)
    assert "all.atom" in plan["written"]
    assert plan["articles"]["public"] == 1
    assert plan["dry_run"] is True
    assert not workspace.output.exists()


def test_freeze_strict_writes_nothing_if_there_are_errors_and_exits_with_1(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.write("broken.md", "no fence")
    result = workspace.run("freeze", "--strict")
    assert result.returncode == 1
    assert "Nothing was written: 1 error (--strict)." in result.stdout
    assert not workspace.output.exists()
    (workspace.articles / "broken.md").unlink()
    assert workspace.run("freeze", "--strict").returncode == 0


def test_freeze_elsewhere_under_another_address(workspace: Workspace) -> None:
    workspace.article("a")
    result = workspace.run("freeze", "--output", "public", "--base-url", "https://mirror.example/news")
    assert result.returncode == 0
    assert b"https://mirror.example/news/all.atom" in (workspace.folder / "public" / "all.atom").read_bytes()


def test_check_reports_in_each_form_and_exits_with_1(workspace: Workspace) -> None:
    workspace.article("a", publishedDateTime="soon: 5%")
    text = workspace.run("check")
    assert text.returncode == 1
    assert 'articles/a.md:3:1: error: publishedDateTime: "soon: 5%" cannot be read as a date.' in text.stdout
    found = json.loads(workspace.run("check", "--format", "json").stdout)
    assert [(p["path"], p["line"], p["field"]) for p in found] == [("articles/a.md", 3, "publishedDateTime")]
    github = workspace.run("check", "--format", "github")
    assert github.stdout.startswith(
        "::error file=articles/a.md,line=3,col=1,title=bad-date::publishedDateTime: "
    )
    assert "5%25" in github.stdout
    assert github.returncode == 1


def test_check_of_a_sound_site_exits_with_0(workspace: Workspace) -> None:
    workspace.article("a")
    result = workspace.run("check")
    assert (result.returncode, result.stdout) == (0, "0 problems.\n")
    assert workspace.run("check", "--format", "json").stdout.strip() == "[]"


def test_check_names_two_files_with_one_url_and_two_names_with_one_address(workspace: Workspace) -> None:
    workspace.article("a", originalUrl="https://example.org/same", topics=["Café"])
    workspace.article("b", originalUrl="http://example.org/same", topics=["Café"])
    workspace.article("c", topics=["Cafe"])
    result = workspace.run("check")
    assert 'articles/a.md: warning: has the same URL or id as "b.md"' in result.stdout
    assert '"Café" makes the same address as "Cafe" in "c.md"; it is at topics/cafe-' in result.stdout
    workspace.run("freeze")
    assert b"About c" in workspace.read("topics/cafe.atom")
    assert b"About b" not in workspace.read("topics/cafe.atom")


def test_check_of_the_feeds_names_the_article_behind_each_finding_once(workspace: Workspace) -> None:
    workspace.article("a")
    assert workspace.run("check", "--feeds").returncode == 0
    workspace.article("old", publishedDateTime="1980-01-01")
    result = workspace.run("check", "--feeds", "--format", "json")
    assert result.returncode == 0
    linted = [p for p in json.loads(result.stdout) if "(in /" in p["message"]]
    assert {(p["path"], p["line"], p["field"]) for p in linted} == {
        ("articles/old.md", 3, "publishedDateTime")
    }
    # Once for each format, not for each feed that holds the article.
    assert len(linted) <= 4


@pytest.mark.parametrize("formats", ['["atom"]', '["json"]'])
def test_check_against_an_earlier_freeze_names_what_would_come_back_as_unread(
    workspace: Workspace, formats: str
) -> None:
    workspace.configure(f"[feeds]\nformats = {formats}\nlimit = 2\npage_size = 2\n")
    for n in range(8):
        workspace.article(f"a{n}", publishedDateTime=f"2024-01-0{n + 1}T00:00:00Z")
    workspace.run("freeze")
    assert workspace.run("check", "--against", "build").returncode == 0
    workspace.article(
        "a0", publishedDateTime="2024-01-01T00:00:00Z", title="Better", id="tag:example.org,2024:a0"
    )
    workspace.article("a1", publishedDateTime="2024-01-02T00:00:00Z", originalUrl="https://example.org/moved")
    workspace.article("a2", publishedDateTime="2024-03-03T00:00:00Z")
    workspace.article(
        "a3", title="Another", publishedDateTime="2024-03-04T00:00:00Z", webUrl="https://example.org/other"
    )
    workspace.article("a4", title="Corrected", publishedDateTime="2024-01-05T00:00:00Z")
    (workspace.articles / "a5.md").unlink()
    result = workspace.run("check", "--against", "build", "--format", "json")
    assert result.returncode == 1
    assert [(p["path"], p["code"]) for p in json.loads(result.stdout)] == [
        ("articles/a0.md", "changed-id"),
        ("articles/a1.md", "changed-id"),
        ("articles/a2.md", "moved-date"),
        ("articles/a3.md", "reused-id"),
    ]
    assert workspace.run("check", "--against", "articles").returncode == 2


@pytest.mark.parametrize("words", [["freeze"], ["check"], ["run"]])
def test_a_faulty_configuration_exits_with_2_and_names_every_fault(
    workspace: Workspace, words: list[str]
) -> None:
    (workspace.folder / "config.toml").write_text('[site]\ntitle = "x"\nbase = "y"\n')
    result = workspace.run(*words)
    assert result.returncode == 2
    assert "config.toml:3: error: site.base: is not a known key." in result.stderr
    assert "site.base_url: is missing" in result.stderr
    assert "articles: is missing" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words", [["frieze"], ["freeze", "--nonsense"], ["check", "--format", "xml"], ["run", "--port", "x"]]
)
def test_wrong_usage_exits_with_2(workspace: Workspace, words: list[str]) -> None:
    result = workspace.run(*words)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_a_sentence_and_exit_2(workspace: Workspace) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = workspace.run("run", "--port", str(taken.getsockname()[1]))
    assert result.returncode == 2
    assert "Choose --host and --port." in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words", [["--help"], ["freeze", "--help"], ["check", "--help"], ["run", "--help"], ["ping", "--help"]]
)
def test_help_reads_well_in_80_columns_and_tells_the_exit_codes(
    workspace: Workspace, words: list[str]
) -> None:
    text = workspace.run(*words, COLUMNS="80").stdout
    assert max(map(len, text.splitlines())) <= 80
    others = {"ping": "somebody could not be told", "run": "the server gave up"}
    failed = others.get(words[0], "errors found")
    for line in ("Exit codes:", "0  fine", f"1  {failed}", "2  wrong usage or configuration"):
        assert line in text


def test_the_configuration_can_be_named_by_option_and_by_environment(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.article("a")
    config = str(workspace.folder / "config.toml")
    for words, env in ((["--config", config, "check"], {}), (["check"], {"FEEDS_CONFIG": config})):
        result = subprocess.run(
            [str(BIN / "feeds"), *words],
            cwd=tmp_path,
            env={**os.environ, **env},
            capture_output=True,
            check=False,
        )
        assert result.returncode == 0


@pytest.mark.parametrize("app", [[], ["--app", "feeds"]])
def test_the_commands_work_under_flask(workspace: Workspace, app: list[str]) -> None:
    workspace.article("a")
    assert flask(workspace, *app, "check").returncode == 0
    if app:
        return
    result = flask(workspace, *app, "freeze")
    assert result.returncode == 0, result.stderr
    assert (workspace.output / "all.atom").exists()
    (workspace.folder / "config.toml").write_text("[site]\n")
    faulty = flask(workspace, *app, "freeze")
    assert faulty.returncode == 2
    assert "site.title: is missing" in faulty.stderr


def test_the_application_is_found_by_flask(workspace: Workspace) -> None:
    workspace.article("a")
    result = flask(workspace, "--app", "feeds", "routes")
    assert result.returncode == 0, result.stderr
    assert "/<path:path>" in result.stdout


PRESET = """
preset = "jekyll"
include = ["**/*.md"]
base_url = "https://blog.example.org/"
permalink = "/:year/:title/"

[articles.fields]
excerpt = "intro"

[articles.defaults]
provider = { authors = ["Ann"] }
"""


def test_help_and_freezes_load_only_what_they_use(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    program = (
        "import sys\nfrom feeds.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(sorted({'flask','lxml','feedgen','jinja2','rich','yaml','babel','pyromark','feeds.articles.reader','feeds.lib.text.html'} & set(sys.modules)))"
    )

    def loaded(*words: str) -> str:
        result = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=workspace.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout.splitlines()[-1]

    assert loaded("--help") == "[]"
    assert loaded("freeze") == "[]"
    # A preset, a pattern of addresses and defaults are checked without what reads articles.
    workspace.configure(base=f"{CONFIG}{PRESET}")
    again = loaded("freeze")
    assert "feeds.articles.reader" in again
    # No article has a text.
    assert "feeds.lib.text.html" not in again
    assert loaded("freeze") == "[]"


def test_the_process_that_syncs_for_a_server_loads_nothing_of_those_that_answer() -> None:
    program = (
        "import sys, feeds.cli, feeds.site, feeds.web.listening, feeds.web.server, feeds.web.starting\n"
        "print(sorted({'flask', 'jinja2', 'prometheus_client', 'werkzeug'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_sample_freezes_without_a_problem(tmp_path: Path) -> None:
    result = subprocess.run(
        [str(BIN / "feeds"), "freeze", "--strict", "--output", str(tmp_path / "out")],
        cwd=ROOT, env={**os.environ, "FEEDS_CONFIG": str(ROOT / "config.toml")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
