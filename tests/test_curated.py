"""Topics and providers as curators keep them: parents, files, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest
from sites import CONFIG, NOW, Workspace

from feeds.errors import ConfigError

LATE = datetime(2026, 1, 1, tzinfo=UTC)  # after every article of the corpus


def titles(workspace: Workspace, path: str) -> set[str]:
    return {entry.title for entry in feedparser.parse(workspace.read(path)).entries}


def family(workspace: Workspace) -> None:
    workspace.article("parent", topics=["Machines"])
    workspace.article("child", topics=["Robots"])
    workspace.article("grandchild", topics=["Drones"])


def test_a_parent_with_include_children_takes_in_the_articles_below_it(workspace: Workspace) -> None:
    family(workspace)
    workspace.configure(
        '[topics.Machines]\ninclude_children = true\n[topics.Robots]\nparent = "machines"\n[topics.Drones]\nparent = "Robots"\n'
    )
    workspace.freeze()
    assert titles(workspace, "topics/machines.atom") == {"About parent", "About child", "About grandchild"}
    assert titles(workspace, "topics/robots.atom") == {"About child"}
    assert titles(workspace, "topics/drones.atom") == {"About grandchild"}


def test_a_circle_of_parents_is_a_fault(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match=r"topics.A.parent: leads back to the topic itself"):
        workspace.configure('[topics.A]\nparent = "B"\n[topics.B]\nparent = "A"\n')


def test_topics_and_providers_are_read_from_files_and_the_configuration_comes_first(
    workspace: Workspace,
) -> None:
    family(workspace)
    for name, text in {
        "topics/machines.yaml": "name: Machines\n_id: all-machines\ndescription: From the file\ninclude_children: true\n",
        "topics/robots.yml": "name: Robots\nparent: Machines\ndescription: From the file\n",
        "topics/empty.md": "---\nname: Empty\n---\n",
        "providers/example.org.md": "---\nname: The Example\ndomain: example.org\nfeed: https://example.org/feed\n"
        "images:\n- {url: /50.png, width: 50, height: 50}\n- {url: /400.png, width: 400, height: 400}\n---\n",
        "providers/nobody.md": "---\nname: Nobody\ndomain: nobody.example\n---\n",
    }.items():
        path = workspace.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    workspace.configure(
        '[topics]\npath = "topics"\n[topics.Robots]\ndescription = "From the configuration"\n[providers]\npath = "providers"\n'
    )
    assert workspace.problems() == []
    workspace.freeze()
    assert titles(workspace, "topics/all-machines.atom") == {"About parent", "About child"}
    assert feedparser.parse(workspace.read("topics/robots.atom")).feed.subtitle == "From the configuration"
    assert feedparser.parse(workspace.read("topics/empty.atom")).entries == []
    assert not (workspace.output / "providers" / "nobody.example.atom").exists()
    feed = feedparser.parse(workspace.read("providers/example.org.atom"))
    assert feed.feed.title == "The Example · Example News"
    assert feed.feed.icon == "https://feeds.example.org/50.png"
    assert feed.feed.logo == "https://feeds.example.org/400.png"
    assert {entry.source.id for entry in feed.entries} == {"https://example.org/feed"}


def test_files_that_cannot_be_read_are_problems_and_the_others_count(workspace: Workspace) -> None:
    workspace.article("a", topics=["Good"])
    (workspace.folder / "topics").mkdir()
    for name, text in {
        "bad.yaml": "name: [\n",
        "good.yaml": "name: Good\ndescription: Read\n",
        "nameless.yaml": "_id: x\n",
        "slug.yaml": "name: Slug\n_id: Not A Slug\n",
        "again.yaml": "name: good\n",
    }.items():
        (workspace.folder / "topics" / name).write_text(text)
    workspace.configure('[topics]\npath = "topics"\n')
    found = {(problem.path, problem.code, problem.line) for problem in workspace.problems()}
    assert found == {
        ("../topics/bad.yaml", "yaml", 2),
        ("../topics/good.yaml", "duplicate-topic", 1),
        ("../topics/nameless.yaml", "missing-name", 1),
        ("../topics/slug.yaml", "bad-slug", 2),
    }
    workspace.freeze(NOW)
    assert (workspace.output / "topics" / "good.atom").exists()


def test_the_corpus_topics_and_organizations_describe_its_feeds(corpus: Path, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "site")
    workspace.configure(
        f'[topics]\npath = "{corpus}/_data/topics"\n[topics."Power Apps"]\ninclude_children = true\n'
        f'[providers]\npath = "{corpus}/_data/organizations"\n',
        CONFIG.replace('path = "articles"', f'path = "{corpus}/_news"') + "[feeds]\nlimit = 200\n",
    )
    problems = [problem for problem in workspace.problems(LATE) if problem.code != "same-url"]
    assert problems == []
    workspace.freeze(LATE)
    assert (workspace.output / "topics" / "canvas-apps.atom").exists()
    assert titles(workspace, "topics/portals.atom") <= titles(workspace, "topics/power-apps.atom")
