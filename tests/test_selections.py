"""Named feeds: conditions, top feeds with a window, and digests that keep their articles once closed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sites import NOW, Workspace, tree

from feeds.errors import StorageError
from feeds.sync.digests.ledger import Rhythm, find_due_periods, find_period

RHYTHMS: st.SearchStrategy[Rhythm] = st.sampled_from(["daily", "weekly", "monthly"])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them bare


def titles(workspace: Workspace, path: str) -> list[str]:
    return [entry.title.removeprefix("About ") for entry in feedparser.parse(workspace.read(path)).entries]


def test_every_condition_of_a_named_feed_counts(workspace: Workspace) -> None:
    workspace.article("a", topics=["AI"], type="article", quality=80, heat=5, category="news", locale="en-GB")
    workspace.article("b", topics=["Robots"], type="video", quality=40, heat=9, category="tech", locale="de")
    workspace.article(
        "c", topics=["AI", "Ads"], type="video", provider={"name": "P", "domain": "www.p.example"}
    )
    conditions = {
        'topics = ["ai", "robots"]': {"a", "b", "c"},
        'topics = ["AI"]\nexclude_topics = ["ads"]': {"a"},
        'providers = ["p.example"]': {"c"},
        'categories = ["News"]': {"a"},
        'types = ["video"]': {"b", "c"},
        'language = "en"': {"a", "c"},
        'language = "de"': {"b"},
        "min_quality = 41": {"a"},
        "min_heat = 9": {"b"},
        'types = ["video"]\ntopics = ["AI"]': {"c"},
    }
    workspace.configure(
        "".join(f'[selections.f{n}]\ntitle = "F"\n{text}\n' for n, text in enumerate(conditions))
    )
    workspace.freeze()
    for n, expected in enumerate(conditions.values()):
        assert set(titles(workspace, f"feeds/f{n}.atom")) == expected, list(conditions)[n]


def test_a_top_feed_holds_the_best_of_its_window_and_changes_only_when_one_leaves_it(
    workspace: Workspace,
) -> None:
    workspace.configure('[selections.top]\ntitle = "Top"\nsort = "quality"\nwindow = "7d"\nlimit = 3\n')
    for n, (age, quality, heat) in enumerate([(1, 10, 0), (2, 90, 0), (3, 90, 5), (6, 50, 0), (8, 99, 0)]):
        workspace.article(f"a{n}", publishedDateTime=NOW - timedelta(days=age), quality=quality, heat=heat)
    workspace.freeze(NOW)
    assert titles(workspace, "feeds/top.atom") == ["a2", "a1", "a3"]
    assert workspace.freeze(NOW + timedelta(hours=23)).written == []
    plan = workspace.freeze(NOW + timedelta(days=1, hours=1))
    assert "feeds/top.atom" in plan.written
    assert "topics/ai.atom" not in plan.written
    assert titles(workspace, "feeds/top.atom") == ["a2", "a1", "a0"]
    whole = tree(workspace.output)
    shutil.rmtree(workspace.folder / ".feeds")
    workspace.freeze(NOW + timedelta(days=1, hours=1))
    assert tree(workspace.output) == whole


@given(MOMENTS, RHYTHMS)
def test_a_moment_is_in_its_period_and_periods_follow_each_other(moment: datetime, rhythm: Rhythm) -> None:
    period = find_period(moment, rhythm)
    assert period.start <= moment < period.end
    after = find_period(period.end, rhythm)
    assert after.start == period.end
    assert after.name > period.name
    assert [p.name for p in find_due_periods(moment, after.end, rhythm)] == [period.name, after.name]
    assert list(find_due_periods(moment, moment, rhythm)) == []


WEEKLY = '[selections.weekly]\ntitle = "Weekly"\ndigest = "weekly"\n'


def test_a_digest_lists_the_best_of_a_closed_period_and_none_of_an_open_one(workspace: Workspace) -> None:
    workspace.configure(WEEKLY)
    monday = datetime(2024, 5, 27, tzinfo=UTC)
    workspace.article("low", publishedDateTime=monday, quality=1)
    workspace.article(
        "high", publishedDateTime=monday + timedelta(days=1), quality=9, images=["https://example.org/p.png"]
    )
    workspace.article("before", publishedDateTime=monday - timedelta(seconds=1))
    workspace.article("after", publishedDateTime=monday + timedelta(days=7))
    workspace.freeze(datetime(2024, 6, 4, tzinfo=UTC))
    feed = feedparser.parse(workspace.read("feeds/weekly.atom"))
    assert [entry.title for entry in feed.entries] == [
        "Weekly: 27 May 2024 – 2 June 2024",
        "Weekly: 20 May 2024 – 26 May 2024",
    ]
    content = feed.entries[0].content[0].value
    assert content.index("About high") < content.index("About low")
    assert 'href="https://example.org/high"' in content
    assert 'src="https://example.org/p.png"' in content
    assert "About before" in feed.entries[1].content[0].value
    assert "About after" not in content
    assert feed.entries[0].published == "2024-06-03T00:00:00Z"
    assert "Weekly:" not in workspace.read("all.atom").decode()


def test_a_late_article_goes_into_the_next_digest_and_a_closed_one_stays_as_it_is(
    workspace: Workspace,
) -> None:
    workspace.configure(WEEKLY)
    monday = datetime(2024, 5, 20, tzinfo=UTC)
    workspace.article("first", publishedDateTime=monday)
    workspace.freeze(datetime(2024, 5, 28, tzinfo=UTC))
    entry = feedparser.parse(workspace.read("feeds/weekly.atom")).entries[0]
    workspace.article("late", publishedDateTime=monday + timedelta(hours=1))
    shutil.rmtree(workspace.folder / ".feeds")
    assert "feeds/weekly.atom" not in workspace.freeze(datetime(2024, 5, 30, tzinfo=UTC)).written
    workspace.freeze(datetime(2024, 6, 4, tzinfo=UTC))
    newer, older = feedparser.parse(workspace.read("feeds/weekly.atom")).entries
    assert older == entry
    assert "About late" in newer.content[0].value
    assert newer.id != older.id


def test_a_digest_goes_when_the_configuration_no_longer_names_it(workspace: Workspace) -> None:
    workspace.configure(WEEKLY)
    workspace.article("a")
    workspace.freeze()
    assert (workspace.output / "feeds" / "weekly.atom").exists()
    workspace.configure()
    assert workspace.problems() == []
    workspace.freeze()
    assert [path.name for path in (workspace.output / "feeds").iterdir()] == ["index.html"]


def test_a_broken_record_of_digests_is_not_replaced(workspace: Workspace) -> None:
    workspace.configure(WEEKLY)
    workspace.article("a")
    (workspace.folder / "digests.json").write_text("{")
    with pytest.raises(StorageError, match="Restore it"):
        workspace.freeze()


def test_check_records_nothing(workspace: Workspace) -> None:
    from feeds.site import open_site

    workspace.configure(WEEKLY)
    workspace.article("a")
    open_site(workspace.config, NOW, record=False)
    assert not (workspace.folder / "digests.json").exists()


def test_languages_and_directions_come_through_every_format(workspace: Workspace) -> None:
    texts = {
        "ar": ("مرحبا بالعالم", "خلاصات الويب تصل إلى القارئ"),
        "ja": ("ウェブフィードの歴史", "RSSリーダーが終了した。"),
        "he": ("שלום עולם", "הזנות תוכן"),
    }
    for locale, (title, excerpt) in texts.items():
        workspace.article(locale, title=title, excerpt=excerpt, locale=locale, topics=[title])
    workspace.configure('[selections.arabic]\ntitle = "عربي"\nlanguage = "ar"\n')
    workspace.freeze()
    for ending in ("atom", "rss"):
        entries = feedparser.parse(workspace.read(f"all.{ending}")).entries
        assert {(e.title, e.summary) for e in entries} == set(texts.values())
    for title, excerpt in texts.values():
        assert title.encode() in workspace.read("all.json")
        assert excerpt.encode() in workspace.read("all.json")
    assert titles(workspace, "feeds/arabic.atom") == [texts["ar"][0]]
    atom = workspace.read("all.atom").decode()
    assert all(f'<entry xml:lang="{locale}">' in atom for locale in texts)
    page = workspace.read("all/index.html").decode()
    assert 'lang="ar" dir="rtl"' in page
    assert 'lang="ja" dir="ltr"' in page


def test_a_withdrawn_article_leaves_a_tombstone_for_90_days_until_it_comes_back(workspace: Workspace) -> None:
    workspace.configure("[feeds]\ntombstones = true\n")
    workspace.article("stays")
    workspace.article("goes")
    workspace.freeze()
    (gone,) = [e.id for e in feedparser.parse(workspace.read("all.atom")).entries if e.title == "About goes"]
    workspace.article("goes", published=False)
    workspace.freeze(NOW + timedelta(days=1))
    mark = f'<at:deleted-entry ref="{gone}" when="2024-06-02T12:00:00Z"/>'.encode()
    for path in ("all.atom", "topics/ai.atom", "providers/example.org.atom"):
        assert mark in workspace.read(path)
        assert b"About goes" not in workspace.read(path)
    workspace.article("goes")
    workspace.freeze(NOW + timedelta(days=2))
    assert b"deleted-entry" not in workspace.read("all.atom")
    workspace.article("goes", published=False)
    workspace.freeze(NOW + timedelta(days=3))
    assert "all.atom" not in workspace.freeze(NOW + timedelta(days=92)).written
    assert "all.atom" in workspace.freeze(NOW + timedelta(days=94)).written
    assert b"tombstones" not in workspace.read("all.atom")
