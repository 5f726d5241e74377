"""A program opens a site and asks for its feeds, a freeze and its problems; nothing of that prints."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec
import pytest
from sites import NOW, Workspace

import feeds
from feeds.config import parse
from feeds.errors import MissingFeedError, RemovalsError


@pytest.fixture
def site_file(workspace: Workspace) -> str:
    workspace.article("a", title="First")
    return str(workspace.folder / "config.toml")


def test_a_feed_is_the_document_that_a_freeze_writes(workspace: Workspace, site_file: str) -> None:
    with feeds.open(site_file, now=NOW) as site:
        document = site.feed("topics/ai", "atom")
        plan = site.freeze()
        page = site.document("topics/ai/")
    assert (document.path, document.media_type) == ("topics/ai.atom", "application/atom+xml")
    assert document.path in plan.written
    assert workspace.read(document.path) == document.body
    assert page is not None
    assert workspace.read("topics/ai/index.html") == page.body


def test_a_freeze_says_what_it_did_and_prints_nothing(
    workspace: Workspace, site_file: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with feeds.open(site_file, now=NOW) as site:
        planned = site.freeze(dry_run=True)
        assert not workspace.output.exists()
        plan = site.freeze()
        again = site.freeze()
    assert set(planned.written) == set(plan.written)
    assert (planned.dry_run, plan.dry_run, plan.refused, plan.published) == (True, False, False, 1)
    assert (plan.articles["public"], plan.problems, plan.failed_pushes()) == (1, (), [])
    assert (again.written, set(again.kept)) == ((), set(plan.written))
    assert capfd.readouterr() == ("", "")


def test_with_errors_a_strict_freeze_writes_nothing_and_a_check_says_where_they_are(
    workspace: Workspace, site_file: str
) -> None:
    workspace.write("bad.md", "no front matter")
    with feeds.open(site_file, now=NOW) as site:
        plan = site.freeze(strict=True)
        problems = site.check()
        assert site.check(["a.md"]) == ()
    assert plan.refused
    assert plan.problems == problems
    assert [(one.severity, one.path.rpartition("/")[2]) for one in problems] == [("error", "bad.md")]
    assert not workspace.output.exists()


def test_a_site_follows_its_folder_when_it_is_told_to(workspace: Workspace, site_file: str) -> None:
    with feeds.open(site_file, now=NOW) as site:
        assert not site.sync(NOW)
        workspace.article("b", title="Second")
        assert b"Second" not in site.feed("all").body
        assert site.sync(NOW)
        assert b"Second" in site.feed("all").body
        assert {"all": 2, "topics/ai": 2}.items() <= {one.path: one.count for one in site.channels()}.items()


@pytest.mark.parametrize(
    ("path", "name", "said"),
    [
        ("topics/aj", "atom", '"topics/aj" is not a feed of this site. Did you mean "topics/ai"?'),
        ("/topics/ai/", "atom", '"/topics/ai/" is not a feed of this site. Did you mean "topics/ai"?'),
        ("topics/ai.atom", "atom", '"topics/ai.atom" is not a feed of this site. Did you mean "topics/ai"?'),
        ("nothing/like/it", "atom", '"nothing/like/it" is not a feed of this site. Name one such as'),
        ("topics/ai", "xml", 'no feeds in the format "xml", only: atom, rss, json.'),
    ],
)
def test_a_feed_that_is_missing_is_an_error_that_names_what_there_is(
    site_file: str, path: str, name: str, said: str
) -> None:
    with feeds.open(site_file, now=NOW) as site, pytest.raises(MissingFeedError) as caught:
        site.feed(path, name)  # type: ignore[arg-type] # as a program without type hints may
    assert said in str(caught.value)


def test_a_former_path_of_a_channel_gives_its_feed(workspace: Workspace, site_file: str) -> None:
    workspace.configure('[topics."Machine Learning"]\naliases = ["AI"]')
    with feeds.open(site_file, now=NOW) as site:
        assert site.feed("topics/ai") == site.feed("topics/machine-learning")
        assert site.document("nothing.atom") is None


def test_a_configuration_may_be_a_value_and_options_replace_what_it_says(
    workspace: Workspace, site_file: str
) -> None:
    config = parse(
        '[site]\ntitle = "Own"\nbase_url = "https://a.example/"\n[articles]\npath = "articles"',
        workspace.folder / "x.toml",
    )
    where = workspace.folder / "elsewhere"
    with feeds.open(config, base_url="https://b.example/", now=NOW) as site:
        assert "all.atom" in site.freeze(where).written
        # Each folder has a plan of its own.
        assert "all.atom" in site.freeze(dry_run=True).written
        assert b'href="https://b.example/all.atom"' in site.feed("all").body
    assert (where / "all.atom").is_file()
    assert site_file


def test_too_many_removals_are_refused_unless_they_are_allowed(workspace: Workspace, site_file: str) -> None:
    for number in range(30):
        workspace.article(f"n{number}")
    feeds.open(site_file, now=NOW).freeze()
    for number in range(30):
        (workspace.articles / f"n{number}.md").unlink()
    with pytest.raises(RemovalsError):
        feeds.open(site_file, now=NOW)
    with feeds.open(site_file, now=NOW, allow_removals=True) as site:
        assert site.freeze().published == 1


def test_a_time_without_a_zone_and_a_configuration_with_faults_are_refused(
    workspace: Workspace, site_file: str
) -> None:
    with pytest.raises(ValueError, match="time zone"):
        feeds.open(site_file, now=datetime(2024, 6, 1))  # noqa: DTZ001 - it is what is refused
    (workspace.folder / "config.toml").write_text("[site]\n")
    with pytest.raises(feeds.ConfigError) as caught:
        feeds.open(site_file)
    assert caught.value.problems


def test_whatever_comes_later_is_in_the_future_as_of_the_time_that_is_given(
    workspace: Workspace, site_file: str
) -> None:
    workspace.article("b", publishedDateTime=datetime(2025, 1, 1, tzinfo=UTC))
    with feeds.open(site_file, now=NOW) as site:
        assert site.freeze().articles["future"] == 1
        site.sync(datetime(2025, 6, 1, tzinfo=UTC))
        assert site.freeze().articles["future"] == 0


def test_threads_may_share_a_site_while_it_syncs_and_freezes(workspace: Workspace, site_file: str) -> None:
    with feeds.open(site_file, now=NOW) as site, ThreadPoolExecutor(3) as pool:

        def read(_turn: int) -> int:
            assert site.document("topics/ai/") is not None
            assert site.check() == ()
            return site.feed("all").body.count(b"<entry>")

        seen = pool.map(read, range(12))
        for number in range(3):
            workspace.article(f"n{number}")
            site.sync(NOW)
            site.freeze()
        # Each is a whole state: as many entries as there were articles after one of the syncs.
        assert set(seen) <= {1, 2, 3, 4}
        assert workspace.read("all.atom") == site.feed("all").body


def test_what_another_process_syncs_shows_and_a_forked_process_has_connections_of_its_own(
    workspace: Workspace, site_file: str
) -> None:
    with feeds.open(site_file, now=NOW) as site:
        before = site.feed("all").body
        child = os.fork()
        if child == 0:
            workspace.article("b", title="Second")
            changed = site.sync(NOW) and b"Second" in site.feed("all").body
            os._exit(0 if changed else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert before != site.feed("all").body
        assert site.freeze().published == 2


def test_an_index_that_somebody_damages_is_built_again_as_of_the_same_moment(
    workspace: Workspace, site_file: str
) -> None:
    workspace.article("later", publishedDateTime=datetime(2025, 1, 1, tzinfo=UTC))
    with feeds.open(site_file, now=NOW) as site:
        body = site.feed("all").body
        with site.syncer.index.writing() as connection:
            connection.execute("DROP TABLE members")
        assert site.feed("all").body == body


def test_a_site_can_be_closed_twice_and_values_stay(site_file: str) -> None:
    site = feeds.open(site_file, now=NOW)
    document = site.feed("all")
    site.close()
    site.close()
    with pytest.raises(AttributeError):
        document.path = "x"  # type: ignore[misc] # it is frozen
    assert msgspec.structs.replace(document, path="x").body == document.body


def test_every_name_of_the_package_is_there_and_no_other() -> None:
    for name in feeds.__all__:
        assert getattr(feeds, name) is not None
        assert name in dir(feeds)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        feeds.nothing  # type: ignore[attr-defined]  # noqa: B018 - to ask is the test
