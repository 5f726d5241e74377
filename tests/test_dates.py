"""Last-Modified never lies to a reader that sends dates alone, whatever the clock did."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPResponse
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from servers import Server
from sites import NOW, Workspace
from waiting import until
from werkzeug.http import http_date

from feeds.site import Site, open_site
from feeds.web.app import create

WRONG = NOW + timedelta(days=400)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def show_date(site: Site, path: str = "all.atom") -> datetime:
    """Return the date of a document."""
    with site.publisher.snapshot() as snapshot:
        document = snapshot.document(path)
    assert document is not None
    return document.last_modified


def ask(client: FlaskClient, since: datetime, path: str = "/all.atom") -> int:
    return client.get(path, headers={"If-Modified-Since": http_date(since)}).status_code


def poll(
    server: Server, headers: dict[str, str], fits: Callable[[HTTPResponse, bytes], bool]
) -> HTTPResponse:
    """Ask for a feed until the answer fits."""

    def ask() -> HTTPResponse | None:
        response, body = server.get("/all.atom", headers)
        return response if fits(response, body) else None

    return until(ask)


def shows(title: str, _response: HTTPResponse, body: bytes) -> bool:
    return title.encode() in body


def has_status(status: int, response: HTTPResponse, _body: bytes) -> bool:
    return response.status == status


def test_two_changes_in_one_second_have_two_dates(workspace: Workspace) -> None:
    dates = []
    for n in range(3):
        workspace.article("a", title=f"Title {n}")
        site = open_site(workspace.config, NOW)
        dates.append(show_date(site))
        client = create(site.publisher).test_client()
        assert [ask(client, date) for date in dates] == [200] * n + [304]
    assert dates == [NOW, NOW + timedelta(seconds=1), NOW + timedelta(seconds=2)]


def test_a_change_of_the_configuration_in_the_same_second_has_its_own_date(workspace: Workspace) -> None:
    workspace.article("a")
    before = show_date(open_site(workspace.config, NOW))
    workspace.configure('[topics.AI]\ndescription = "About machines"\n')
    assert show_date(open_site(workspace.config, NOW)) > before


def test_what_did_not_change_keeps_its_date(workspace: Workspace) -> None:
    workspace.article("a", topics=["AI"])
    workspace.article("b", topics=["Robots"])
    before = show_date(open_site(workspace.config, NOW), "topics/ai.atom")
    workspace.article("b", topics=["Robots"], title="Edited")
    site = open_site(workspace.config, NOW + timedelta(days=1))
    assert show_date(site, "topics/ai.atom") == before
    assert show_date(site, "topics/robots.atom") == NOW + timedelta(days=1)


def test_after_a_sync_with_a_clock_that_was_ahead_dates_are_right_again(workspace: Workspace) -> None:
    workspace.article("a", topics=["AI"])
    workspace.article("b", topics=["Robots"])
    right = show_date(open_site(workspace.config, NOW))
    workspace.article("a", topics=["AI"], title="Edited while the clock was ahead")
    assert show_date(open_site(workspace.config, WRONG)) == WRONG
    later = NOW + timedelta(hours=1)
    site = open_site(workspace.config, later)
    healed = show_date(site)
    assert right < healed <= later
    assert show_date(site, "topics/robots.atom") == right, "it was dated before the clock was wrong"
    workspace.article("a", topics=["AI"], title="Edited again")
    site = open_site(workspace.config, later)
    assert healed < show_date(site) <= later
    client = create(site.publisher).test_client()
    # The clock of this test is after all of these: readers may hold any of them.
    assert [ask(client, date) for date in (right, healed, WRONG, WRONG + timedelta(hours=-1))] == [200] * 4
    assert ask(client, show_date(site)) == 304
    assert ask(client, WRONG + timedelta(days=1)) == 304


def test_after_a_clock_that_was_behind_no_reader_is_told_that_it_has_what_it_has_not(
    workspace: Workspace,
) -> None:
    workspace.article("a")
    had = show_date(open_site(workspace.config, NOW))
    workspace.article("a", title="Edited while the clock was behind")
    open_site(workspace.config, datetime(2000, 1, 1, tzinfo=UTC))
    site = open_site(workspace.config, NOW + timedelta(minutes=1))
    client = create(site.publisher).test_client()
    assert ask(client, had) == 200
    assert ask(client, show_date(site)) == 304


def test_a_top_feed_has_its_articles_again_when_the_clock_is_right(workspace: Workspace) -> None:
    workspace.configure('[selections.top]\ntitle = "Top"\nsort = "quality"\nwindow = "7d"\n')
    workspace.article("a", publishedDateTime=NOW - timedelta(days=1))
    workspace.freeze(WRONG)
    assert b"About a" not in workspace.read("feeds/top.atom")
    workspace.freeze(NOW)
    assert b"About a" in workspace.read("feeds/top.atom")


def test_a_date_is_never_later_than_that_of_the_answer(workspace: Workspace) -> None:
    workspace.article("a")
    client = create(open_site(workspace.config, FAR).publisher).test_client()
    before = int(time.time())
    for _ in range(2):
        shown = parsedate_to_datetime(client.get("/all.atom").headers["Last-Modified"])
        assert before <= shown.timestamp() <= time.time()
        assert ask(client, shown) == ask(client, FAR) == 200


def test_a_text_search_has_no_date_because_words_become_known_after_their_article(
    workspace: Workspace,
) -> None:
    workspace.article("a", title="Bees")
    client = create(open_site(workspace.config, NOW, search=True).publisher).test_client()
    first = client.get("/feed.atom?q=bees")
    assert ask(client, parsedate_to_datetime(first.headers["Last-Modified"]), "/feed.atom?q=bees") == 200
    tagged = client.get("/feed.atom?q=bees", headers={"If-None-Match": first.headers["ETag"]})
    assert tagged.status_code == 304


def test_the_title_of_a_query_changes_its_date(workspace: Workspace) -> None:
    path = "feed.atom?topic=ai&exclude_topic=robots"
    workspace.article("a", topics=["AI"])
    workspace.article("r", topics=["robots"])
    site = open_site(workspace.config, NOW)
    before = create(site.publisher).test_client().get(f"/{path}")
    workspace.article("r", topics=["ROBOTS"])
    site = open_site(workspace.config, NOW + timedelta(days=1))
    after = create(site.publisher).test_client().get(f"/{path}")
    assert before.data != after.data
    assert before.headers["Last-Modified"] != after.headers["Last-Modified"]


@pytest.mark.parametrize("body", ["One", "Two longer"])
def test_a_frozen_file_that_changes_twice_in_a_second_has_two_dates(workspace: Workspace, body: str) -> None:
    seconds = []
    for n in range(3):
        workspace.article("a", title=f"{body} {n}")
        workspace.freeze()
        seconds.append((workspace.output / "all.atom").stat().st_mtime_ns // 10**9)
    assert seconds == sorted(set(seconds))


@pytest.mark.slow
def test_a_served_feed_that_is_edited_twice_at_once_never_answers_304_to_the_first_date(
    workspace: Workspace,
) -> None:
    path: Path = workspace.article("a", title="Aaa")
    text = path.read_text()
    server = Server(workspace.folder / "config.toml")
    try:
        dates = []
        for title in ("Bbb", "Ccc", "Ddd"):
            path.write_text(text.replace("Aaa", title))
            response = poll(server, {}, partial(shows, title))
            shown = parsedate_to_datetime(response.getheader("Last-Modified") or "")
            assert shown <= parsedate_to_datetime(response.getheader("Date") or "")
            dates.append(shown)
        assert dates == sorted(set(dates))
        # Each process of the server follows the index for itself, within a tenth of a second.
        for date, status in zip(dates, (200, 200, 304), strict=True):
            wish = {"If-Modified-Since": http_date(date)}
            poll(server, wish, partial(has_status, status))
    finally:
        server.stop()
