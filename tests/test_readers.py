"""Feed readers that are Python packages agree with the articles, in every format that they know."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from effort import for_each, stressed
from sites import ROOT, Workspace
from subscribers.comparing import compare, compare_outlines
from subscribers.records import Outline, Record, View, moment, pictures_in
from subscribers.serving import Expected
from waiting import PATIENCE

pytestmark = pytest.mark.slow

PACKAGES = "feedparser,reader,listparser"
A = Record("urn:a", "A", "https://example.org/a", "2024-01-02T03:04:05+00:00", ("https://example.org/a.png",))
B = Record("urn:b", "B", "https://example.org/b", "2024-01-01T00:00:00+00:00", ())
HOME = "https://feeds.example.org/topics/ai/"
EXPECTED = Expected(View([A, B], "AI", HOME), [A, B], {"urn:b": ("https://example.org/inside.png",)})


def run(config: Path, feed: str) -> subprocess.CompletedProcess[str]:
    """Run the tool on a site, in its own process, because warnings of the readers are not ours."""
    command = [sys.executable, str(ROOT / "tools" / "readers.py"), "--config", str(config)]
    return subprocess.run(
        [*command, "--feed", feed, "--only", PACKAGES],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


@pytest.mark.parametrize("feed", ["topics/feed-readers", "topics/rss", "all"] if stressed() else ["all"])
def test_readers_agree_on_the_sample(feed: str) -> None:
    done = run(ROOT / "config.toml", feed)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = re.findall(r"^(\w+) +(atom|rss|json|opml) +(.+)$", done.stdout, re.MULTILINE)
    assert {(reader, name) for reader, name, _ in rows} == {
        ("feedparser", "atom"), ("feedparser", "rss"), ("listparser", "opml"),
        ("reader", "atom"), ("reader", "rss"), ("reader", "json"),
    }  # fmt: skip
    assert all(count == of != "0" for *_, counts in rows for count, of in re.findall(r"(\d+)/(\d+)", counts))


def test_readers_agree_on_what_is_hard_to_write(workspace: Workspace) -> None:
    workspace.article("signs", title="R&D <b>1 &lt; 2</b> “quoted” & 'more' 日本 🎈")
    workspace.article("tag", title="What &lt;div&gt; is for", originalUrl="https://example.org/?a=1&b=%26#c")
    workspace.article("inside", "![one](https://example.org/one.png)", updatedDateTime="2024-03-01T00:00:00Z")
    workspace.article(
        "pictures",
        type="video",
        excerpt="1 < 2 & 3",
        featuredContent="https://www.youtube.com/watch?v=0klgLsSxGsU",
        images=[
            {"url": "https://example.org/i?w=1&h=2", "title": "<i>"},
            {"url": "https://example.org/2.jpg"},
        ],
    )
    workspace.article("old", publishedDateTime="1994-06-30", locale="ar", title="نص")
    # A caption does not take the place of the text.
    images = [{"url": "https://example.org/1.jpg", "title": "A caption"}]
    workspace.article("text", "The text.", images=images)
    done = run(workspace.folder / "config.toml", "topics/ai")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6/6" in done.stdout


def test_nothing_to_run_is_neither_agreement_nor_disagreement() -> None:
    command = [sys.executable, str(ROOT / "tools" / "readers.py"), "--only", "none"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


def test_what_is_the_same_agrees_in_every_field() -> None:
    verdict = compare(EXPECTED.view, EXPECTED)
    assert verdict.differences == []
    assert verdict.agreeing == {"feed": 1, "id": 2, "title": 2, "link": 2, "published": 2, "pictures": 2}


@for_each(
    ("record", "field"),
    [
        (replace(A, id="urn:other"), "id"),
        (replace(A, title="a"), "title"),
        (replace(A, link=HOME), "link"),
        (replace(A, published=""), "published"),
        (replace(A, pictures=()), "pictures"),
        (replace(A, pictures=(*(A.pictures or ()), "https://example.org/inside.png")), "pictures"),
    ],
)
def test_a_difference_in_one_field_is_found(record: Record, field: str) -> None:
    verdict = compare(View([record, B], "AI", HOME), EXPECTED)
    assert len(verdict.differences) == 1
    assert {name for name, count in verdict.agreeing.items() if count == 1} == {"feed", field}


def test_entries_that_are_missing_or_too_many_are_found() -> None:
    assert compare(View([A], "AI", HOME), EXPECTED).differences == ["no entry 'B'"]
    stranger = Record("urn:c", "C", "https://example.org/c")
    assert compare(View([A, B, stranger], "AI", HOME), EXPECTED).differences == [
        "an entry of no article: 'C'"
    ]


def test_another_page_of_the_feed_is_found() -> None:
    verdict = compare(View([A, B], "AI", f"{HOME}.json"), EXPECTED)
    assert verdict.agreeing["feed"] == 0
    assert len(verdict.differences) == 1


@pytest.mark.parametrize(("shown", "differences"), [("", 0), ("urn:a", 0), (HOME, 1)])
def test_an_article_without_a_link_has_none_or_its_id(shown: str, differences: int) -> None:
    expected = Expected(EXPECTED.view, [replace(A, link=""), B], {})
    view = View([replace(A, link=shown), B], "AI", HOME)
    assert len(compare(view, expected).differences) == differences


def test_what_a_reader_keeps_nowhere_is_no_difference() -> None:
    view = View([replace(A, pictures=None), replace(B, pictures=None)])
    verdict = compare(view, EXPECTED)
    assert verdict.differences == []
    assert verdict.agreeing["pictures"] is None
    assert verdict.agreeing["feed"] is None


def test_subscriptions_differ_by_address_title_and_group() -> None:
    wanted = [
        Outline("https://example.org/a.atom", "A", "Topics"),
        Outline("https://example.org/b.atom", "B"),
    ]
    assert compare_outlines(wanted, wanted).differences == []
    found = [replace(wanted[0], group="Selections"), Outline("https://example.org/c.atom")]
    assert len(compare_outlines(found, wanted).differences) == 3
    assert len(compare_outlines([*wanted, wanted[0]], wanted).differences) == 1


@pytest.mark.parametrize(
    "value", ["2024-01-02T03:04:05Z", "Tue, 02 Jan 2024 04:04:05 +0100", 1704164645, 1704164645.0]
)
def test_moments_are_the_same_however_they_are_kept(value: str | float) -> None:
    assert moment(value) == A.published


def test_pictures_are_found_in_html() -> None:
    content = (
        '<p data-src="x"><img alt="" src="https://example.org/a?b=1&amp;c=2"><IMG src=\'d\'><img src="d"></p>'
    )
    assert pictures_in(content) == ("https://example.org/a?b=1&c=2", "d")
