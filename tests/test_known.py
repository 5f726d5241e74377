"""What a site has already is known by addresses and ids, and what was dropped stays dropped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sites import CONFIG, Workspace

from feeds.collect.known import add_dropped, find_known, make_key, read_dropped


@pytest.mark.parametrize(
    "matter",
    [
        '---\noriginalUrl: "https://example.org/a"\n---\n',
        "---\nwebUrl: http://EXAMPLE.org/a\ndraft: true\n---\n",
        "---\noriginalUrl: https://example.org/a\nremoved: true\n---\n",
        "+++\noriginalUrl = 'https://example.org/a'\n+++\n",
        '{"originalUrl": "https://example.org/a"}\n',
        '---\ntitle: "broken\noriginalUrl: https://example.org/a\n---\n',
        "---\nid: https://example.org/a\n---\n",
        "---\noriginalUrl: >-\n  https://example.org/a\n---\n",
    ],
)
def test_an_article_is_known_however_its_file_is_written_and_whether_or_not_it_is_public(
    workspace: Workspace, matter: str
) -> None:
    workspace.write("drafts/x/a.md", matter)
    assert find_known(workspace.config) == {"https://example.org/a": "drafts/x/a.md"}


def test_where_a_curator_found_an_article_is_not_known_for_that(workspace: Workspace) -> None:
    workspace.article("a", sourceUrl="https://example.net/found", originalUrl="https://example.org/a")
    assert list(find_known(workspace.config)) == ["https://example.org/a"]


def test_with_a_preset_the_addresses_are_known_by_the_generators_names(workspace: Workspace) -> None:
    workspace.configure(base=CONFIG.replace('"articles"', '"articles"\npreset = "hugo"'))
    workspace.write("a.md", "---\ntitle: A\nexternal_url: https://example.org/a\nlink: /no\n---\n")
    assert list(find_known(workspace.config)) == ["https://example.org/a"]


def test_what_was_dropped_is_one_line_each_in_a_file_that_two_people_can_add_to(workspace: Workspace) -> None:
    config = workspace.config
    assert read_dropped(config) == set()
    add_dropped(config, ["https://example.org/a", "tag:x"])
    add_dropped(config, ["http://example.org/a", "https://example.org/b"])
    lines = config.dropped_path.read_text().splitlines()
    assert lines[1:] == ["https://example.org/a", "tag:x", "https://example.org/b"]
    merged = "\n".join(
        [lines[0], "<<<<<<< mine", "https://example.org/c", "=======", "tag:y", ">>>>>>> theirs"]
    )
    config.dropped_path.write_text(merged)
    add_dropped(config, ["tag:z"])
    assert read_dropped(config) == {"https://example.org/c", "tag:y", "tag:z"}


def test_two_that_drop_at_once_lose_nothing(workspace: Workspace) -> None:
    config = workspace.config
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: add_dropped(config, [f"https://example.org/{n}"]), range(40)))
    assert len(read_dropped(config)) == 40
    assert config.dropped_path.read_text().count("#") == 1


def test_a_key_is_the_same_for_each_spelling_of_an_address() -> None:
    assert make_key("HTTP://Example.org:80/a b") == make_key("https://example.org/a%20b")
    assert make_key("https://example.org/a") != make_key("https://example.org/a?b")
    assert make_key(" urn:x ") == "urn:x"
