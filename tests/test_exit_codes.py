"""Exit codes that CI can use: 0 is fine, 1 is errors found, 2 is wrong usage or configuration."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sites import Workspace

from feeds.cli import main


def _sound(site: Workspace) -> None:
    site.article("a")


def _with_warning(site: Workspace) -> None:
    site.article("a", webUrl="ftp://x/")


def _with_error(site: Workspace) -> None:
    site.article("a")
    site.write("b.md", "no fence")


def _only_error(site: Workspace) -> None:
    site.write("b.md", "no fence")


def _only_drafts(site: Workspace) -> None:
    site.article("a", published=False)


def _empty(_site: Workspace) -> None:
    """A folder without an article."""


def _wrong_key(site: Workspace) -> None:
    (site.folder / "config.toml").write_text('[site]\nbase = "x"\n')


def _no_toml(site: Workspace) -> None:
    (site.folder / "config.toml").write_bytes(b"\xff\x00[")


def _empty_paths(site: Workspace) -> None:
    config = (site.folder / "config.toml").read_text().replace('"articles"', '""')
    (site.folder / "config.toml").write_text(config + '[output]\npath = " "\n')


def _no_config(site: Workspace) -> None:
    (site.folder / "config.toml").unlink()


def _no_articles(site: Workspace) -> None:
    site.articles.rmdir()


def _index_is_a_folder(site: Workspace) -> None:
    site.article("a")
    (site.folder / ".feeds" / "index.sqlite").mkdir(parents=True)


def _output_is_a_file(site: Workspace) -> None:
    site.article("a")
    site.output.write_text("x")


COMMANDS = [
    ["check"],
    ["check", "--strict"],
    ["freeze", "--dry-run"],
    ["freeze"],
    ["freeze", "--strict"],
    ["ping"],
]
# The codes of these commands, in order.
TABLE: list[tuple[Callable[[Workspace], None], list[int]]] = [
    (_sound, [0, 0, 0, 0, 0, 2]),
    (_with_warning, [0, 1, 0, 0, 0, 2]),
    (_with_error, [1, 1, 0, 0, 1, 2]),
    (_only_error, [1, 1, 1, 1, 1, 2]),
    (_only_drafts, [0, 0, 1, 1, 1, 2]),
    (_empty, [0, 0, 0, 0, 0, 2]),
    (_wrong_key, [2] * 6),
    (_no_toml, [2] * 6),
    (_empty_paths, [2] * 6),
    (_no_config, [2] * 6),
    (_no_articles, [2] * 6),
    (_index_is_a_folder, [2] * 6),
    (_output_is_a_file, [0, 0, 2, 2, 2, 2]),
]


@pytest.mark.parametrize(("prepare", "codes"), TABLE, ids=lambda value: getattr(value, "__name__", ""))
def test_each_command_exits_as_the_table_says(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Workspace], None],
    codes: list[int],
) -> None:
    monkeypatch.chdir(workspace.folder)
    prepare(workspace)
    found = []
    for words in COMMANDS:
        result = CliRunner().invoke(main, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
        assert result.exit_code == 0 or result.output.strip()
        found.append(result.exit_code)
    assert found == codes


@pytest.mark.parametrize("prepare", [_wrong_key, _no_toml, _no_config, _no_articles, _index_is_a_folder])
def test_a_server_that_cannot_begin_exits_with_2(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Workspace], None]
) -> None:
    monkeypatch.chdir(workspace.folder)
    prepare(workspace)
    result = CliRunner().invoke(main, ["run", "--port", "0"])
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, bool(result.stderr.strip())) == (2, True)
    # A socket that nobody has closed would be an error here.
    gc.collect()


@pytest.mark.parametrize(
    "words",
    [
        ["freeze", "--base-url", "nonsense"],
        ["freeze", "--cluster", "nonsense"],
        ["freeze", "--output", "s3://"],
        ["check", "--against", "articles"],
        ["check", "--against", "nothing"],
        ["check", "nothing"],
        ["check", "--feeds=x"],
        ["run", "--port", "65536"],
        ["run", "--base-url", "nonsense"],
        ["ping", "nothing"],
        ["nothing"],
        ["--config", "nothing.toml", "check"],
        ["--config", "articles", "check"],
    ],
)
def test_wrong_usage_exits_with_2(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(workspace.folder)
    workspace.article("a")
    result = CliRunner().invoke(main, words)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, bool(result.stderr.strip())) == (2, True)
