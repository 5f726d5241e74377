"""Posts of Nikola in two files: the text, and its front matter in a file beside it that ends in .meta."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from sites import CONFIG, NOW, Workspace

from feeds.index.read import overview
from feeds.model import Problem
from feeds.site import open_site

META = ".. title: {title}\n.. slug: a-post\n.. date: 2024-01-02 03:04\n.. tags: one, two\n"
LONG_AGO = 1_700_000_000


@pytest.fixture
def site(tmp_path: Path) -> Workspace:
    site = Workspace(tmp_path)
    site.configure(base=f'{CONFIG}preset = "nikola"\nbase_url = "https://example.org/"\n')
    (tmp_path / "conf.py").write_text("")
    return site


def write(site: Workspace, name: str, text: str, *, at: int = LONG_AGO) -> Path:
    """Write a file that nobody has touched for long."""
    file = site.write(name, text)
    os.utime(file, (at, at))
    return file


def read_items(site: Workspace) -> list[dict[str, Any]]:
    site.freeze()
    items: list[dict[str, Any]] = json.loads(site.read("all.json"))["items"]
    return items


@pytest.mark.parametrize("ending", ["md", "html"])
def test_a_post_in_two_files_is_published_as_one_in_one_file(site: Workspace, ending: str) -> None:
    write(site, "2012/a.meta", META.format(title="A"))
    write(site, f"2012/a.{ending}", "<p>The text.</p>\n")
    (item,) = read_items(site)
    assert (item["title"], item["tags"]) == ("A", ["one", "two"])
    assert item["url"] == item["id"] == "https://example.org/articles/2012/a-post/"
    assert item["content_html"] == "<p>The text.</p>"
    assert site.problems() == []


@pytest.mark.parametrize(
    "matter",
    ["---\ntitle: A\ndate: 2024-01-02\n---\n", '+++\ntitle = "A"\ndate = 2024-01-02\n+++', "\ufeff" + META.format(title="A")],
    ids=["yaml", "toml", "mark"],
)  # fmt: skip
def test_the_front_matter_beside_a_text_may_have_fences(site: Workspace, matter: str) -> None:
    write(site, "a.meta", matter)
    write(site, "a.md", "The text.\n")
    (item,) = read_items(site)
    assert (item["title"], item["content_html"]) == ("A", "<p>The text.</p>")


def test_an_edit_of_either_file_is_noticed_and_nothing_else_is_read(site: Workspace) -> None:
    """By their stamps, as for any file; the same size makes no difference."""
    meta = write(site, "a.meta", META.format(title="One"))
    write(site, "a.md", "The text.\n")
    write(site, "b.meta", META.format(title="B").replace("a-post", "b"))
    write(site, "b.md", "Text.\n")
    site.freeze()
    kept = open_site(site.config, NOW).syncer
    assert kept.sync_all(NOW).changes.read == 0
    write(site, "a.meta", META.format(title="Two"), at=LONG_AGO + 1)
    assert kept.sync_all(NOW).changes.read == 1
    write(site, "a.md", "The news.\n", at=LONG_AGO + 2)
    assert kept.sync_all(NOW).changes.read == 1
    # The older one of both: only its own time changes.
    write(site, "a.meta", META.format(title="Six"), at=LONG_AGO + 1)
    assert kept.sync_all(NOW).changes.read == 1
    assert [(item["title"], item["content_html"]) for item in read_items(site)] == [
        ("Six", "<p>The news.</p>"),
        ("B", "<p>Text.</p>"),
    ]
    meta.write_text(META.format(title="Nine"))
    assert kept.sync_below(["a.meta"], NOW).changes.read == 1, "as an event names it"
    assert kept.sync_below(["a.md"], NOW).changes.read == 0


def test_a_post_whose_companion_is_gone_keeps_its_last_good_version(site: Workspace) -> None:
    """A text without a date is faulty, and nobody withdrew it."""
    meta = write(site, "a.meta", META.format(title="A"))
    write(site, "a.md", "The text.\n")
    site.freeze()
    meta.unlink()
    assert [item["title"] for item in read_items(site)] == ["A"]
    assert {problem.code for problem in site.problems()} == {"missing-date", "no-fields"}
    write(site, "a.meta", META.format(title="Again"))
    assert [item["title"] for item in read_items(site)] == ["Again"]


def test_a_companion_alone_hides_its_post(site: Workspace) -> None:
    """A draft is never public, and one that becomes a draft is withdrawn."""
    write(site, "a.meta", META.format(title="A"))
    write(site, "a.md", "The text.\n")
    write(site, "b.meta", f"{META.format(title='B')}.. status: draft\n".replace("a-post", "b"))
    write(site, "b.md", "The secret.\n")
    assert [item["title"] for item in read_items(site)] == ["A"]
    write(site, "a.meta", f"{META.format(title='A')}.. status: private\n", at=LONG_AGO + 1)
    assert read_items(site) == []


def test_problems_are_at_the_lines_of_the_file_that_has_them(site: Workspace) -> None:
    write(site, "a.meta", META.format(title="A").replace("2024-01-02 03:04", "unknown"))
    write(site, "a.md", "One.\n")
    write(site, "b.meta", META.format(title="B").replace("a-post", "b"))
    write(site, "b.md", "One.\n\n<object></object> text <canvas></canvas>\n")
    found = site.problems()

    def list_places(code: str) -> list[tuple[str, int]]:
        return [(problem.path, problem.line) for problem in found if problem.code == code]

    assert list_places("bad-date") == [("a.meta", 3)]
    assert list_places("lost-content") == [("b.md", 3)]
    assert "a.meta:3:1: error: date:" in site.run("check", "--all").stdout


def test_a_companion_without_a_post_and_one_that_says_nothing_are_left_alone(site: Workspace) -> None:
    write(site, "alone.meta", META.format(title="Alone"))
    write(site, "empty.meta", "")
    write(site, "empty.md", META.format(title="Whole") + "\nThe text.\n")
    assert [item["title"] for item in read_items(site)] == ["Whole"]


def test_other_presets_know_no_companions(site: Workspace) -> None:
    site.configure(base=f'{CONFIG}preset = "hugo"\n')
    write(site, "a.meta", META.format(title="Hidden"))
    write(site, "a.md", "---\ntitle: A\ndate: 2024-01-02\n---\nThe text.\n")
    (item,) = read_items(site)
    assert (item["title"], item["content_html"]) == ("A", "<p>The text.</p>")


def test_a_companion_that_cannot_be_read_makes_its_post_faulty(site: Workspace) -> None:
    """It may say that the post is a draft."""
    write(site, "a.md", META.format(title="A") + "\nThe text.\n")
    (site.articles / "a.meta").mkdir()
    site.freeze()
    with open_site(site.config, NOW).publisher.snapshot() as snapshot:
        problems: list[Problem] = list(overview.read_problems(snapshot.connection))
    assert [problem.code for problem in problems] == ["unreadable"]
