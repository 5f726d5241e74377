"""What newcomers and attackers have found: each cost more than itself once."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from effort import is_quick, measure, stressed
from lxml import etree
from sites import NOW, Workspace, tree

from feeds.errors import ConfigError, StorageError
from feeds.freeze.manifest import Manifest

pytestmark = pytest.mark.slow

HEAD = "title: A\npublishedDateTime: 2020-01-01\noriginalUrl: https://a.example/\n"


def nested_lists(depth: int) -> str:
    levels = ["x: &a0 [l, l, l, l, l, l, l, l, l]"]
    levels += [f"x{n}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]" for n in range(depth)]
    return "\n".join(levels) + f"\nupdatedDateTime: *a{depth}\n"


def merge_bomb(depth: int) -> str:
    levels = ["x: &a0 {k: 1}"]
    levels += [f"x{n}: &a{n + 1} {{<<: [{', '.join([f'*a{n}'] * 9)}]}}" for n in range(depth)]
    return "\n".join(levels) + "\n"


HOSTILE = {
    "merge bomb": f"---\n{HEAD}{merge_bomb(10)}---\n",
    "list bomb": f"---\n{HEAD}{nested_lists(9)}---\n",
    "a billion deep": f"---\n{HEAD}x: {'[' * 5000}\n---\n",
    "empty elements": f"---\n{HEAD}---\n{'<div>' * 90_000}",
    "open comments": f"---\n{HEAD.replace('title: A', 'title: ' + chr(34) + '<!--‹!--' * 60_000 + chr(34))}---\n",
    "open tags": f"---\n{HEAD.replace('title: A', 'title: ' + chr(34) + '<b ' * 200_000 + chr(34))}---\n",
    "frames": f"---\n{HEAD}featuredContent: '{'<iframe ' * 100_000}'\n---\n",
    "a long number": f"---\n{HEAD.replace('title: A', 'title: 0x' + 'f' * 5000)}---\n",
    "a long date": f"---\n{HEAD}updatedDateTime: 0x{'f' * 5000}\n---\n",
    "a deep TOML key": f'+++\ntitle = "A"\nupdatedDateTime{".a" * 3000} = 1\n+++\n',
    "references to control characters": f'---\n{HEAD}---\n<p title="&#1;">&#1; x &#xFFFE; y</p>',
    "a surrogate": f"---\n{HEAD.replace('title: A', 'title: ' + chr(34) + chr(92) + 'ud800' + chr(34))}---\n",
    "a tag that runs code": f"---\n{HEAD}x: !!python/object/apply:os.system [false]\n---\n",
    "a long domain": f"---\n{HEAD}provider: {{domain: {'a' * 300}.org}}\n---\n",
    "traversal": f"---\n{HEAD}provider: {{domain: ../../x}}\ntopics: ['..', '.', '/', 'a/b', index, archive, con]\n---\n",
    "a domain like a feed's file": f"---\n{HEAD}provider: {{domain: good.example.atom}}\n---\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_article_costs_itself_at_most_and_little_time(workspace: Workspace, kind: str) -> None:
    workspace.article("good", provider={"name": "Good", "domain": "good.example"})
    workspace.write("bad.md", HOSTILE[kind])
    assert is_quick(measure(workspace.freeze, time.process_time), 10)
    assert b"About good" in workspace.read("providers/good.example.atom")
    for path in workspace.output.rglob("*.*"):
        if path.suffix in (".atom", ".rss", ".opml"):
            etree.parse(path)
    assert {path.name for path in workspace.folder.iterdir()} <= {
        "articles",
        "build",
        "config.toml",
        ".feeds",
    }
    assert workspace.freeze().written == []


def test_an_article_without_a_link_is_published_if_feeds_hold_only_summaries(workspace: Workspace) -> None:
    workspace.configure('[feeds]\ncontent = "summary"\n')
    workspace.article("note", "Only text.", originalUrl=None)
    workspace.freeze()
    assert b"About note" in workspace.read("all.atom")


def test_text_that_yaml_takes_for_something_else_is_shown_as_written(workspace: Workspace) -> None:
    text = "---\ntitle: {}\npublishedDateTime: 2020-01-01\noriginalUrl: https://a.example/{}\ntopics: [{}]\n---\n"
    titles = ["007", "1.10", "20:30:00", "yes", "2020-02-02", "0x10", "1_000"]
    for n, title in enumerate(titles):
        workspace.write(f"{n}.md", text.format(title, n, title))
    workspace.freeze()
    feed = etree.fromstring(workspace.read("all.atom"))
    entry = "{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}"
    assert sorted(element.text or "" for element in feed.iterfind(f"{entry}title")) == sorted(titles)
    assert {element.get("term") for element in feed.iterfind(f"{entry}category")} == set(titles)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('[providers."../../important"]', "providers"),
        ('[providers."a.example"]\naliases = ["../x"]', "providers"),
        ('[providers."a.example"]\n[providers."A.EXAMPLE"]', "providers"),
        ('[index]\npath = "notes.txt"', "index.path"),
        ('[index]\npath = "build/index.sqlite"', "output.path"),
        ('[topics.AI]\ntitle = "a\\u0007b"', "topics.AI.title"),
        ('[topics.AI]\ntitle = "<b>AI</b>"', "topics.AI.title"),
        ('[topics."a\\u0000"]', 'topics."a'),
        (f'[topics.AI]\nslug = "{"a" * 300}"', "topics.AI.slug"),
        (f'[selections.{"a" * 300}]\ntitle = "x"', "selections."),
        ('[selections.x]\ntitle = ""', "selections.x.title"),
        ("[feeds]\nlimit = 99999999999999999999", "feeds.limit"),
        ('[feeds]\nformats = ["rss", "rss"]', "feeds.formats"),
        ('[output]\npath = "a\\u0000b"', "output.path"),
        ('[selections.x]\ntitle = "X"\nlanguage = "qqq-zz"', "selections.x.language"),
    ],
)
def test_a_configuration_that_would_harm_is_a_fault(workspace: Workspace, text: str, field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.configure(text)
    assert any(problem.field.startswith(field) for problem in caught.value.problems)


def test_an_index_path_never_replaces_the_database_of_another_program(workspace: Workspace) -> None:
    import sqlite3

    path = workspace.folder / "mine.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE precious (notes)")
    database.close()
    before = path.read_bytes()
    workspace.configure('[index]\npath = "mine.sqlite"\n')
    with pytest.raises(StorageError, match="another program"):
        workspace.freeze()
    assert path.read_bytes() == before


def test_an_article_withdrawn_from_a_topic_that_is_an_alias_elsewhere_is_gone(workspace: Workspace) -> None:
    workspace.configure('[topics.Bar]\naliases = ["Foo!"]\n')
    workspace.article("secret", topics=["foo"])
    workspace.freeze()
    workspace.article("secret", topics=["foo"], removed=True)
    workspace.freeze()
    assert b"About secret" not in b"".join(tree(workspace.output).values())


def test_an_older_index_that_comes_back_does_not_keep_stale_files(workspace: Workspace) -> None:
    workspace.article("a", title="First")
    workspace.freeze()
    saved = workspace.folder / "saved"
    shutil.copytree(workspace.folder / ".feeds", saved)
    workspace.article("a", title="Second")
    workspace.freeze()
    shutil.rmtree(workspace.folder / ".feeds")
    saved.rename(workspace.folder / ".feeds")
    workspace.article("a", title="Third")
    workspace.freeze()
    assert b"Third" in workspace.read("all.atom")


def test_links_that_lead_out_of_the_folder_and_odd_files_are_named_and_left_out(workspace: Workspace) -> None:
    import os

    outside = workspace.folder / "outside"
    outside.mkdir()
    (outside / "x.md").write_text(f"---\n{HEAD}---\n")
    workspace.article("good")
    (workspace.articles / "file.md").symlink_to(outside / "x.md")
    (workspace.articles / "folder").symlink_to(outside)
    (workspace.articles / "loop").symlink_to(workspace.articles)
    os.mkfifo(workspace.articles / "pipe.md")
    workspace.write("d\nd/a.md", "no fence")
    found = {(problem.path, problem.code) for problem in workspace.problems()}
    assert found == {
        ("file.md", "outside"),
        ("folder", "linked-folder"),
        ("loop", "linked-folder"),
        ("pipe.md", "not-a-file"),
        ("d\nd/a.md", "no-front-matter"),
    }
    workspace.freeze()
    assert workspace.read("all.atom").count(b"<entry>") == 1


def edits(workspace: Workspace, chance: random.Random) -> Iterator[str]:
    """Random steps of a curator and an operator."""
    names = [f"a{n}" for n in range(14)]
    numbers = count()
    topics = ["AI", "ai", "Robots", "C++", "C#", "C", "Foo", "foo!", "日本"]
    while True:
        step = chance.choice(["write", "write", "write", "delete", "hide", "move", "configure", "late"])
        name = chance.choice(names)
        path = workspace.articles / f"{name}.md"
        moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(200))
        if step in ("write", "late", "hide"):
            workspace.article(
                name,
                title=f"{name} {chance.randrange(9)}",
                publishedDateTime=NOW + timedelta(days=1) if step == "late" else moment,
                topics=chance.sample(topics, chance.randrange(3)),
                provider={"name": "P", "domain": f"p{chance.randrange(3)}.example"},
                # Each with an id of its own: of two files with one id, the one that came first is shown.
                originalUrl=f"https://example.org/{next(numbers)}",
                quality=chance.randrange(100),
                published=step != "hide",
            )
        elif step == "delete":
            path.unlink(missing_ok=True)
        elif step == "move" and path.exists():
            (workspace.articles / "sub").mkdir(exist_ok=True)
            path.rename(workspace.articles / "sub" / f"{chance.randrange(3)}.md")
        elif step == "configure":
            workspace.configure(
                chance.choice(
                    [
                        "[feeds]\nlimit = 4\npage_size = 3\n",
                        '[feeds]\nlimit = 2\npage_size = 2\nformats = ["atom"]\n',
                        '[feeds]\nlimit = 4\npage_size = 3\n[topics.Bar]\naliases = ["Foo", "AI"]\n',
                        '[feeds]\narchive = false\n[selections.best]\ntitle = "Best"\nmin_quality = 50\nsort = "quality"\n',
                    ]
                )
            )
        yield step


@pytest.mark.parametrize("seed", range(40) if stressed() else range(1))
def test_after_any_edits_the_tree_equals_one_made_from_scratch(in_memory: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a repeatable walk, no secret
    workspace = Workspace(in_memory / "site")
    workspace.configure("[feeds]\nlimit = 4\npage_size = 3\n")
    # Never withdrawn: only an index that saw it knows when a site lost its last article.
    workspace.article("stays")
    steps = edits(workspace, chance)
    for _ in range(40 if stressed() else 20):
        done = [next(steps) for _ in range(chance.randrange(1, 3))]
        workspace.freeze()
        assert workspace.freeze().written == [], done
        scratch = Workspace(in_memory / "scratch")
        shutil.copytree(workspace.articles, scratch.articles, dirs_exist_ok=True)
        shutil.copyfile(workspace.folder / "config.toml", scratch.folder / "config.toml")
        # The manifest alone tells a new index which feeds had articles once.
        scratch.output.mkdir()
        shutil.copy(workspace.output / Manifest.NAME, scratch.output)
        scratch.freeze()
        assert tree(workspace.output) == tree(scratch.output), done
        shutil.rmtree(scratch.folder)
