"""config.toml: every fault at once, by dotted key and line; defaults; paths beside the file."""

from __future__ import annotations

import pytest
from sites import CONFIG, Workspace

from feeds.config import load, override
from feeds.errors import ConfigError
from feeds.model import Problem


def load_problems(workspace: Workspace, text: str) -> dict[str, Problem]:
    path = workspace.folder / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return {problem.field: problem for problem in caught.value.problems}


def test_every_fault_is_reported_at_once_by_dotted_key_with_its_line(workspace: Workspace) -> None:
    found = load_problems(
        workspace,
        """\
[site]
titel = "x"
base_url = "example.org"
language = "en_US"

[articles]
path = "nowhere"
timezone = "Mars/Olympus"

[feeds]
limit = "many"
formats = ["atom", "gopher"]

[topics."AI in Healthcare"]
slug = "AI!"

[selections.best]
min_quality = true
""",
    )
    assert {field: problem.line for field, problem in found.items()} == {
        "site.titel": 2,
        "site.title": 1,
        "feeds.limit": 11,
        "feeds.formats": 12,
        "selections.best.title": 17,
        "selections.best.min_quality": 18,
    }
    assert found["site.titel"].hint == 'Did you mean "title"?'
    assert found["feeds.limit"].message == "is text, but must be a whole number."


def test_what_each_value_must_mean_is_checked_once_the_shape_is_right(workspace: Workspace) -> None:
    found = load_problems(
        workspace,
        """\
[site]
title = " "
base_url = "example.org"
language = "en_US"
[articles]
path = "nowhere"
timezone = "Mars/Olympus"
[feeds]
limit = 0
formats = []
[topics."AI in Healthcare"]
slug = "AI!"
aliases = ["ai"]
[topics.AI]
[selections."Best of"]
title = "Best"
""",
    )
    assert sorted(found) == [
        "articles.path",
        "articles.timezone",
        "feeds.formats",
        "feeds.limit",
        'selections."Best of"',
        "site.base_url",
        "site.language",
        "site.title",
        'topics."AI in Healthcare".slug',
        "topics.AI",
    ]
    assert found["topics.AI"].line == 14


def test_the_old_name_of_a_table_is_refused_with_its_new_name(workspace: Workspace) -> None:
    found = load_problems(workspace, f'{CONFIG}\n[custom.best]\ntitle = "Best"\n')
    assert list(found) == ["custom"]
    assert found["custom"].hint == 'Its name is "selections" now.'
    assert found["custom"].line == CONFIG.count("\n") + 2


def test_a_syntax_error_is_named_with_line_and_column(workspace: Workspace) -> None:
    found = load_problems(workspace, '[site]\ntitle = "x\n')
    assert (found[""].line, found[""].column) == (2, 11)
    assert "not valid TOML" in found[""].message


def test_a_missing_file_says_how_to_name_one(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="--config"):
        load(workspace.folder / "none.toml")


def test_paths_are_relative_to_the_file_and_the_base_url_ends_in_a_slash(workspace: Workspace) -> None:
    config = workspace.configure(base=CONFIG.replace('.org/"', '.org"'))
    assert config.articles_path == workspace.articles
    assert config.output_path == workspace.folder / "build"
    assert config.index_path == workspace.folder / ".feeds" / "index.sqlite"
    assert config.site.base_url == "https://feeds.example.org/"


def test_another_base_url_on_the_command_line_leaves_the_ids_of_feeds_alone(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    before = workspace.read("all.atom")
    config = override(workspace.config, base_url="https://elsewhere.example")
    from sites import NOW

    from feeds.site import open_site

    with open_site(config, NOW).publisher.snapshot() as site:
        document = site.document("all.atom")
    assert document is not None
    assert b"https://elsewhere.example/all.atom" in document.body
    assert document.body.split(b"</id>")[0].split(b"<id>")[1] in before


def test_an_unusable_base_url_on_the_command_line_is_a_fault(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="--base-url"):
        override(workspace.config, base_url="ftp://example.org")


@pytest.mark.parametrize(
    ("table", "field", "message"),
    [
        ('[sources.a]\nurl = "ftp://example.org/"', "url", '"ftp://example.org/" is not an absolute http(s) URL.'),
        ('[sources.a]\nurl = "feed.xml"', "url", '"feed.xml" is not an absolute http(s) URL.'),
        ('[sources.a]\nurl = "https://a.example/"\nmax = 0', "max", "is 0, but must be from 1 to 1,000,000,000."),
        ('[sources.b]\nurl = "https://a.example/"\n[sources.a]\nurl = "https://A.example"', "url", 'is that of "b" too.'),
        ("[sources.a]\ntopics = []", "url", "is missing, but is needed."),
        ('[sources.a]\nurl = "https://a.example/"\nword = []', "word", "is not a known key."),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_pulled_is_told(
    workspace: Workspace, table: str, field: str, message: str
) -> None:
    assert load_problems(workspace, f"{CONFIG}{table}\n")[f"sources.a.{field}"].message == message


def test_a_source_has_defaults_that_publish_nothing(workspace: Workspace) -> None:
    source = workspace.configure('[sources.a]\nurl = "https://a.example/f"').sources["a"]
    assert (source.draft, source.max, source.topics, source.words) == (True, 20, (), ())


def test_the_record_of_what_was_dropped_is_no_article(workspace: Workspace) -> None:
    workspace.configure(base=CONFIG.replace('"articles"', '"."'))
    (workspace.folder / "dropped.txt").write_text("https://example.org/\n")
    assert workspace.problems() == []
