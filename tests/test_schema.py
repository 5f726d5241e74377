"""`feeds schema`: editors check by JSON Schema what `feeds check` checks, and refuse what is misspelt."""

from __future__ import annotations

import ast
import json
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from effort import for_each
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import Struct
from msgspec.structs import fields
from sites import CONFIG, ROOT, Workspace

from feeds.articles.frontmatter import parse as parse_matter
from feeds.articles.reader import ReadingRules, read
from feeds.articles.unknown_fields import KNOWN
from feeds.collect.new import format_fields
from feeds.config import parse
from feeds.config.json_schema import (
    ARTICLE_FIELDS,
    list_tables,
    make_article_schema,
    make_config_schema,
    read_descriptions,
)
from feeds.errors import FeedsError

CONFIG_SCHEMA, ARTICLE_SCHEMA = (
    json.loads(json.dumps(make())) for make in (make_config_schema, make_article_schema)
)
OF_CONFIG, OF_ARTICLES = Draft202012Validator(CONFIG_SCHEMA), Draft202012Validator(ARTICLE_SCHEMA)
RULES = ReadingRules("UTC", "https://feeds.example.org/", 1_000_000)
DAY = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def as_json(value: Any) -> Any:
    """A value of YAML or TOML as an editor has it: dates are texts."""
    return json.loads(
        json.dumps(value, default=lambda one: one.isoformat() if isinstance(one, date) else str(one))
    )


def configurations(folder: Path) -> dict[str, dict[str, Any]]:
    """Every configuration that a test writes and feeds accepts, by its text."""
    (folder / "articles").mkdir()
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / "tests").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and "[" in node.value
                and "=" in node.value
            ):
                for text in (node.value, f"{CONFIG}\n{node.value}"):
                    try:
                        parse(text, folder / "config.toml")
                    except FeedsError:
                        continue
                    found[text] = as_json(tomllib.loads(text))
    return found


def test_both_are_json_schema() -> None:
    for schema in (CONFIG_SCHEMA, ARTICLE_SCHEMA):
        Draft202012Validator.check_schema(schema)


@pytest.mark.slow
def test_every_configuration_that_feeds_takes_meets_the_schema(tmp_path: Path) -> None:
    known = configurations(tmp_path)
    known["sample"] = as_json(tomllib.loads((ROOT / "config.toml").read_text()))
    assert len(known) > 50
    assert {
        text: error.message for text, table in known.items() for error in OF_CONFIG.iter_errors(table)
    } == {}


EVERY_TABLE: dict[str, Any] = {
    "site": {"title": "A", "base_url": "https://feeds.example.org/"}, "articles": {"path": "a"}, "feeds": {}, "output": {},
    "pages": {}, "images": {}, "freeze": {}, "index": {}, "digests": {}, "server": {}, "websub": {}, "rsscloud": {}, "indexnow": {}, "tags": {}, "topics": {"A": {}},
    "providers": {"a.example": {}}, "categories": {"A": {}}, "selections": {"a": {"title": "A"}}, "private": {"a": {}},
    "sources": {"a": {"url": "https://a.example/"}},
}  # fmt: skip


def test_a_misspelt_key_of_any_table_is_refused() -> None:
    assert EVERY_TABLE.keys() == CONFIG_SCHEMA["properties"].keys()
    assert OF_CONFIG.is_valid(EVERY_TABLE)
    assert not OF_CONFIG.is_valid({**EVERY_TABLE, "feedz": {}})
    for name, table in EVERY_TABLE.items():
        inner = (
            next(iter(table))
            if name in ("topics", "providers", "categories", "selections", "private", "sources")
            else ""
        )
        strange = {"titel": "A"}
        wrong = {inner: {**table[inner], **strange}} if inner else {**table, **strange}
        assert not OF_CONFIG.is_valid({**EVERY_TABLE, name: wrong}), name


@for_each(
    "table",
    ['[feeds]\nlimit = "50"', '[feeds]\nformats = ["atm"]', "[output]\npages = 1", "[selections.a]\nlimit = 3", '[topics]\nA = "b"',
     "[freeze]\nmax_removed = 2.5", "[sources.a]\nmax = 3", '[websub]\nhubs = "https://a.example/"'],
)  # fmt: skip
def test_what_has_the_wrong_type_is_refused_as_feeds_refuses_it(table: str) -> None:
    text = f"{CONFIG}\n{table}\n"
    with pytest.raises(FeedsError):
        parse(text, ROOT / "config.toml")
    assert not OF_CONFIG.is_valid(tomllib.loads(text))


def test_keys_are_described_and_have_their_defaults() -> None:
    feeds, articles = (
        CONFIG_SCHEMA["$defs"][f"{name}Config"]["properties"] for name in ("Feeds", "Articles")
    )
    assert (feeds["limit"]["default"], feeds["ttl"]["description"]) == (
        50,
        "Minutes for which readers and caches may keep a feed.",
    )
    assert articles["path"]["description"].endswith('or an address such as "s3://bucket/folder".')
    assert CONFIG_SCHEMA["properties"]["feeds"]["description"] == "How feeds are made."


@for_each("table", list(list_tables()))
def test_the_docstring_of_a_table_says_what_each_key_is_and_names_no_other(table: type[Struct]) -> None:
    described = read_descriptions(table)
    assert set(described) == {field.name for field in fields(table)}
    assert {key: text for key, text in described.items() if not (text[0].isupper() or text[0] in '`"')} == {}
    assert [key for key, text in described.items() if not text.endswith(".")] == []


def test_every_article_of_the_sample_meets_the_schema() -> None:
    files = [*(ROOT / "seeds").glob("*.md"), *(ROOT / "seeds").glob("*.txt")]
    found = {
        file.name: error.message
        for file in files
        for error in OF_ARTICLES.iter_errors(as_json(parse_matter(file.read_text("utf-8")).fields))
    }
    assert (len(files) > 40, found) == (True, {})


TEXTS = st.sampled_from(
    ["Words", "1", "https://example.org/a", "/a.png", "2024-01-02", "14:53", "example.org", "yes", "en", ""]
)
SCALARS = TEXTS | st.integers(-5, 10**7) | st.booleans() | st.floats(0, 100) | st.just(DAY) | st.none()
PARTS = st.dictionaries(
    st.sampled_from(["url", "name", "domain", "title", "webUrl", "width", "authors", "type", "provider"]),
    SCALARS,
    max_size=3,
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | PARTS | st.lists(PARTS, max_size=2)
NAMES = sorted(KNOWN - {"secured", "actions", "price", "ampWebUrl", "cdnAmpWebUrl"})


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=2))
def test_front_matter_that_feeds_reads_without_a_problem_meets_the_schema(fields: dict[str, Any]) -> None:
    given_fields = {"title": "A", "publishedDateTime": DAY, "originalUrl": "https://example.org/a", **fields}
    text = f"---\n{yaml.safe_dump(given_fields)}---\n"
    found = read("a.md", text.encode(), RULES)
    # What is hidden is not looked at.
    if found.article is not None and not found.problems:
        assert [error.message for error in OF_ARTICLES.iter_errors(as_json(yaml.safe_load(text[4:-4])))] == []


@for_each("name", sorted(KNOWN))
def test_a_misspelt_field_is_refused(name: str) -> None:
    whole = {"title": "A", "publishedDateTime": "2024-01-02", name: "draft"}
    assert not OF_ARTICLES.is_valid({**whole, f"{name}x": 1})
    assert not OF_ARTICLES.is_valid({**whole, name[1:] + name[:1]: 1})


@for_each(
    ("fields", "valid"),
    [
        ({"title": "A"}, False),
        ({"publishedDateTime": "2024-01-02"}, False),
        ({"title": "A", "draft": True}, True),
        ({"published": False}, True),
        ({"title": "A", "publishedDateTime": "2024-01-02", "images": [{"width": 1}]}, False),
        ({"title": "A", "publishedDateTime": "2024-01-02", "topics": {"a": 1}}, False),
        ({"title": ["A"], "publishedDateTime": "2024-01-02"}, False),
    ],
)
def test_what_an_article_needs_is_asked_for_unless_it_is_hidden(
    fields: dict[str, Any], *, valid: bool
) -> None:
    assert OF_ARTICLES.is_valid(fields) is valid


def test_the_command_writes_both_beside_the_configuration_and_replaces_only_its_own(
    workspace: Workspace,
) -> None:
    done = workspace.run("schema")
    assert done.stdout.startswith("Written: article.schema.json\nWritten: config.schema.json\n")
    written = {
        name: json.loads((workspace.folder / f"{name}.schema.json").read_text())
        for name in ("article", "config")
    }
    assert written == {"article": ARTICLE_SCHEMA, "config": CONFIG_SCHEMA}
    assert json.loads(workspace.run("schema", "article").stdout) == ARTICLE_SCHEMA
    assert workspace.run("schema").returncode == 0
    (workspace.folder / "article.schema.json").write_text("{}")
    done = workspace.run("schema")
    assert (done.returncode, "and `feeds schema` did not write it" in done.stderr) == (2, True)
    assert (workspace.folder / "article.schema.json").read_text() == "{}"
    assert workspace.run("check", "--strict").returncode == 0


@pytest.mark.parametrize(
    ("remote", "backend"),
    [
        ("git@github.com:ada/news.git", {"name": "github", "repo": "ada/news", "branch": "trunk"}),
        ("https://gitlab.com/group/sub/news", {"name": "gitlab", "repo": "group/sub/news", "branch": "trunk"}),
        (
            "ssh://git@git.example.org:2222/ada/news.git",
            {"name": "gitea", "repo": "ada/news", "branch": "trunk", "base_url": "https://git.example.org",
             "api_root": "https://git.example.org/api/v1"},
        ),
    ],
)  # fmt: skip
def test_the_editor_is_set_up_for_the_repository_and_the_topics_of_the_site(
    tmp_path: Path, remote: str, backend: dict[str, str]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/trunk\n")
    (tmp_path / ".git/config").write_text(f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {remote}\n')
    site = Workspace(tmp_path / "site")
    site.configure("[topics.AI]\n[topics.Robots]\n")
    tables = yaml.safe_load(site.run("schema", "--cms", "sveltia").stdout)
    (collection,) = tables["collections"]
    assert tables["backend"] == backend
    assert (collection["folder"], collection["format"]) == ("site/articles", "yaml-frontmatter")
    fields = {field["name"]: field for field in collection["fields"]}
    assert fields["topics"]["options"] == ["AI", "Robots"]
    # An editor loses what it does not know.
    assert fields.keys() == KNOWN | {"body"} == ARTICLE_FIELDS.keys() | {"body"}


def test_the_editor_names_what_is_to_be_filled_in(workspace: Workspace) -> None:
    done = workspace.run("schema", "--cms", "sveltia")
    assert "repo: OWNER/REPOSITORY" in done.stdout
    assert '[pages] static = "static"' in done.stdout
    assert workspace.run("schema", "article", "--cms", "sveltia").returncode == 2


def test_what_the_editor_writes_is_an_article_without_a_problem() -> None:
    fields = {"title": "A", "publishedDateTime": "2024-01-02T03:04:05+02:00", "originalUrl": "https://example.org/a",
              "images": [{"url": "/static/own/a.png"}], "provider": {"domain": "example.org"}, "draft": False}  # fmt: skip
    found = read("a.md", format_fields(fields).encode(), RULES)
    assert (found.problems, found.hidden) == ((), "")
    assert OF_ARTICLES.is_valid(fields)
