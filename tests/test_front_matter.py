"""What people write between the fences: other programs' fields, slips of the pen, and other fences."""

from __future__ import annotations

import pytest
from sites import Workspace

from feeds.articles.reader import Reading, ReadingRules, read
from feeds.articles.unknown_fields import KNOWN
from feeds.model import Problem

RULES = ReadingRules(timezone="UTC", base_url="https://feeds.example.org/", max_bytes=1_000_000)
GOOD = 'title: Good\npublishedDateTime: 2024-01-02T03:04:05Z\noriginalUrl: "https://example.org/a"\n'


def reading(matter: str, body: str = "") -> Reading:
    return read("a.md", f"---\n{matter}---\n{body}".encode(), RULES)


def only(found: Reading) -> Problem:
    (problem,) = found.problems
    return problem


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("titel", "title"), ("topcis", "topics"), ("orignalUrl", "originalUrl"), ("publised", "published"),
        ("excrept", "excerpt"), ("imagse", "images"), ("relatde", "related"), ("tgas", "tags"), ("tpye", "type"),
        ("topiks", "topics"), ("quallity", "quality"), ("Topics", "topics"), ("catagories", "categories"),
        ("lenght", "length"), ("webURL", "webUrl"), ("publishedDatetime", "publishedDateTime"), ("tag", "tags"),
    ],
)  # fmt: skip
def test_a_misspelt_field_gets_a_hint_at_the_one_that_was_meant(name: str, known: str) -> None:
    found = reading(f"{GOOD}{name}: x\n")
    assert found.article is not None
    assert (only(found).code, only(found).severity, only(found).field) == ("unknown-field", "warning", name)
    assert only(found).line == 5
    assert f'"{known}" is' in only(found).message


@pytest.mark.parametrize(
    "name",
    ["head", "craft", "style", "text", "foo", "body", "note", "internal", "editor", "abc", "secured", "live",
     "hate", "tap", "lists", "mood", "season", "episode", "guid", "x" * 500, "rating", "city", "price", "actions"],
)  # fmt: skip
def test_a_field_of_ones_own_is_no_problem(name: str) -> None:
    assert reading(f"{GOOD}{name}: x\n").problems == ()


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("date", "publishedDateTime"), ("pubDate", "publishedDateTime"), ("published_at", "publishedDateTime"),
        ("lastmod", "updatedDateTime"), ("updated", "updatedDateTime"), ("author", "provider.authors"),
        ("authors", "provider.authors"), ("image", "images"), ("cover", "images"), ("heroImage", "images"),
        ("cover-image", "images"), ("description", "excerpt"), ("summary", "excerpt"), ("subtitle", "excerpt"),
        ("permalink", "webUrl"), ("slug", "webUrl"), ("url", "webUrl"), ("link", "originalUrl"),
        ("audio", "featuredContent"), ("enclosure", "featuredContent"), ("keywords", "tags"), ("lang", "locale"),
        ("Author", "provider.authors"),
    ],
)  # fmt: skip
def test_a_field_of_another_program_is_a_note_that_names_what_is_read(name: str, known: str) -> None:
    found = reading(f"{GOOD}{name}: x\n")
    assert found.article is not None
    assert only(found).text() == (
        f"a.md:5:1: note: {name}: is not read; {known} is. Write {known} if feeds are to show it. [unread-field]"
    )


@pytest.mark.parametrize("name", ["layout", "weight", "menu", "aliases", "toc"])
def test_a_field_that_only_other_programs_use_may_stay(name: str) -> None:
    assert only(reading(f"{GOOD}{name}: x\n")).message == "is not read."


def test_all_fields_of_other_programs_are_one_note_for_each_file() -> None:
    found = reading(f"{GOOD}layout: post\nauthor: Ann\ncover: a.jpg\ndate: 2024-01-01\n")
    assert only(found).field == "layout"
    assert only(found).severity == "note"
    for part in ('"author"', '"cover"', '"date"'):
        assert part in only(found).message
    for part in ("provider.authors", "images", "publishedDateTime"):
        assert part in only(found).hint


@pytest.mark.parametrize(
    ("matter", "code", "hint"),
    [
        ("title: A\ndate: 2024-01-31T10:00:00Z\n", "missing-date", 'Rename "date" to publishedDateTime.'),
        ("title: A\npubDate: 2024-01-31\n", "missing-date", 'Rename "pubDate" to publishedDateTime.'),
        ("title: A\npublishdDateTime: 2024-01-31\n", "missing-date", 'Rename "publishdDateTime" to publishedDateTime.'),
        ("titel: A\npublishedDateTime: 2024-01-31\n", "missing-title", 'Rename "titel" to title.'),
        ("headline: A\npublishedDateTime: 2024-01-31\n", "missing-title", 'Rename "headline" to title.'),
        ("title: A\ndate:\n", "missing-date", "Write it like 2023-07-24T09:36:00Z."),
    ],
)  # fmt: skip
def test_a_missing_field_that_is_there_by_another_name_says_what_to_rename(
    matter: str, code: str, hint: str
) -> None:
    found = reading(matter + "originalUrl: https://example.org/a\n")
    assert found.hidden == "faulty"
    assert [problem.hint for problem in found.problems if problem.code == code] == [hint]


@pytest.mark.parametrize(
    ("matter", "warned"),
    [
        ("status: draft", True), ("status: Private", True), ("hidden: true", True), ("publish: false", True),
        ("isDraft: yes", True), ("is_draft: 1", True), ("unlisted: true", True), ("visibility: private", True),
        ("status: published", False), ("hidden: false", False), ("publish: true", False), ("state: Texas", False),
        ("visibility: public", False),
    ],
)  # fmt: skip
def test_what_hides_an_article_elsewhere_is_a_warning_because_it_does_not_here(
    matter: str,
    warned: bool,  # noqa: FBT001
) -> None:
    found = reading(f"{GOOD}{matter}\n")
    assert found.article is not None
    assert [problem.code for problem in found.problems] == ["unread-switch"] * warned


def test_no_known_field_is_taken_for_an_unknown_one() -> None:
    for name in KNOWN - {
        "published",
        "publishedDateTime",
        "removed",
        "deleted",
        "draft",
        "title",
        "originalUrl",
    }:
        assert not {"unknown-field", "unread-field"} & {
            one.code for one in reading(f"{GOOD}{name}:\n").problems
        }


def test_a_check_of_one_file_shows_no_notes_of_others(workspace: Workspace) -> None:
    workspace.write("a.md", f"---\n{GOOD}---\n")
    workspace.write("b.md", f"---\n{GOOD.replace('/a', '/b')}layout: post\n---\n")
    shown = workspace.run("check", "a.md").stdout
    assert "unread-field" not in shown
    assert "unread-field" in workspace.run("check", "b.md").stdout
