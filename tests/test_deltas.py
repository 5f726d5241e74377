"""Feed deltas (RFC 3229, ``A-IM: feed``): a reader that has a state of a feed gets what is new since."""

from __future__ import annotations

from datetime import timedelta

import feedparser
import pytest
from flask.testing import FlaskClient
from sites import NOW, Workspace
from werkzeug.test import TestResponse

from feeds.site import Site, open_site
from feeds.web.app import create


class Reader:
    """Polls a feed as a reader does that takes deltas: it keeps the tag of each answer with a body."""

    def __init__(self, client: FlaskClient, path: str = "/topics/ai.atom") -> None:
        self.client = client
        self.path = path
        self.tag = ""
        self.known: dict[str, str] = {}

    def poll(self, **headers: str) -> TestResponse:
        asked = {"A-IM": "feed", **({"If-None-Match": self.tag} if self.tag else {}), **headers}
        response = self.client.get(self.path, headers=asked)
        if response.status_code != 304:
            self.tag = response.headers["ETag"]
            parsed = feedparser.parse(response.data)
            assert not parsed.bozo
            self.known.update({entry.id: entry.title for entry in parsed.entries})
        return response


class Busy:
    """A site that changes while a reader polls."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        for n in range(20):
            workspace.article(f"a{n:02}", publishedDateTime=f"2024-01-{n + 1:02}T00:00:00Z")
        self.site: Site = open_site(workspace.config, NOW, search=True)
        self.client = create(self.site.publisher).test_client()
        self.now = NOW

    def sync(self) -> None:
        self.now += timedelta(minutes=30)
        self.site.syncer.sync_all(self.now)
        self.site.publisher.refresh()


@pytest.fixture
def busy(workspace: Workspace) -> Busy:
    return Busy(workspace)


def entries(response: TestResponse) -> list[str]:
    return [entry.title.removeprefix("About ") for entry in feedparser.parse(response.data).entries]


def test_a_new_article_comes_alone_with_226_and_the_tag_of_the_whole_feed(busy: Busy) -> None:
    reader = Reader(busy.client)
    assert reader.poll().status_code == 200
    busy.workspace.article("new", publishedDateTime="2024-05-01T00:00:00Z")
    busy.sync()
    had = reader.tag
    response = reader.poll()
    assert (response.status, response.headers["IM"]) == ("226 IM Used", "feed")
    assert response.headers["Delta-Base"] == had
    assert response.headers["Cache-Control"] == "no-store, im"
    assert entries(response) == ["new"]
    assert reader.poll().status_code == 304
    whole = busy.client.get("/topics/ai.atom")
    assert reader.tag.strip('"').partition(".")[0] == whole.headers["ETag"].strip('"')
    assert len(entries(whole)) == 21


def test_an_edited_article_comes_again_and_after_a_withdrawal_the_whole_feed(busy: Busy) -> None:
    reader = Reader(busy.client)
    reader.poll()
    busy.workspace.article("a03", publishedDateTime="2024-01-04T00:00:00Z", title="Edited")
    busy.sync()
    response = reader.poll()
    assert (response.status_code, entries(response)) == (226, ["Edited"])
    (busy.workspace.articles / "a19.md").unlink()
    busy.workspace.article("new", publishedDateTime="2024-05-01T00:00:00Z")
    busy.sync()
    response = reader.poll()
    assert (response.status_code, len(entries(response))) == (200, 20), "older ones may have come in"


def test_a_reader_of_deltas_knows_in_the_end_what_the_feed_holds(busy: Busy) -> None:
    reader = Reader(busy.client)
    for n in range(12):
        if n % 3:
            busy.workspace.article(f"n{n}", publishedDateTime=f"2024-02-{n + 1:02}T00:00:00Z")
        if n % 4 == 0:
            busy.workspace.article(
                f"a{n:02}", publishedDateTime=f"2024-01-{n + 1:02}T00:00:00Z", title=f"Edited {n}"
            )
        busy.sync()
        reader.poll()
    now = {entry.id: entry.title for entry in feedparser.parse(busy.client.get(reader.path).data).entries}
    assert now.items() <= reader.known.items()


@pytest.mark.parametrize(
    ("a_im", "tag", "status"),
    [
        ("feed", None, 226), ("feed;q=0.5, gzip", None, 226), ("gzip, FEED", None, 226), ("vcdiff", None, 200),
        ("", None, 200), ("feed", '"unknown"', 200), ("feed", '"0000.1.0000000000000000"', 200), ("feed", '"0000.99.0000000000000000"', 200),
        ("feed", "nonsense", 200), ("feed", '"0000.-1.0000000000000000"', 200),
    ],
)  # fmt: skip
def test_a_base_that_is_not_known_gets_the_whole_feed(
    busy: Busy, a_im: str, tag: str | None, status: int
) -> None:
    reader = Reader(busy.client)
    reader.poll()
    busy.workspace.article("new", publishedDateTime="2024-05-01T00:00:00Z")
    busy.sync()
    response = busy.client.get(reader.path, headers={"A-IM": a_im, "If-None-Match": tag or reader.tag})
    assert response.status_code == status
    assert len(entries(response)) == (1 if status == 226 else 21)
    assert ("IM" in response.headers) == (status == 226)


def test_another_configuration_gets_the_whole_feed(busy: Busy) -> None:
    reader = Reader(busy.client)
    reader.poll()
    busy.workspace.configure('[topics.AI]\ndescription = "About machines that learn"\n')
    client = create(open_site(busy.workspace.config, NOW).publisher).test_client()
    response = client.get(reader.path, headers={"A-IM": "feed", "If-None-Match": reader.tag})
    assert (response.status_code, len(entries(response))) == (200, 20)


def test_readers_that_do_not_ask_for_deltas_see_nothing_of_them(busy: Busy) -> None:
    plain = busy.client.get("/topics/ai.atom")
    tag = plain.headers["ETag"].strip('"')
    assert tag.isalnum()
    reader = Reader(busy.client)
    reader.poll()
    # A client that got the longer tag from a cache is understood without A-IM too.
    assert busy.client.get("/topics/ai.atom", headers={"If-None-Match": reader.tag}).status_code == 304


def test_every_format_and_a_selection_have_deltas_and_say_not_that_they_are_complete(busy: Busy) -> None:
    paths = ["/topics/ai.rss", "/topics/ai.json", "/all.atom", "/feed.atom?topic=ai&type=article&type=video"]
    for n in range(20):
        busy.workspace.article(f"a{n:02}", publishedDateTime=f"2024-01-{n + 1:02}T00:00:00Z", type="video")
    busy.sync()
    tags = {path: busy.client.get(path, headers={"A-IM": "feed"}).headers["ETag"] for path in paths}
    busy.workspace.article("new", publishedDateTime="2024-05-01T00:00:00Z", type="video")
    busy.sync()
    for path in paths:
        response = busy.client.get(path, headers={"A-IM": "feed", "If-None-Match": tags[path]})
        assert response.status_code == 226, path
        assert response.text.count("About new") == 1
        assert "About a0" not in response.text
        assert "fh:complete" not in response.text


def test_a_delta_is_compressed_like_any_answer(busy: Busy) -> None:
    reader = Reader(busy.client)
    reader.poll()
    busy.workspace.article("new", publishedDateTime="2024-05-01T00:00:00Z")
    busy.sync()
    headers = {"A-IM": "feed", "If-None-Match": reader.tag, "Accept-Encoding": "gzip"}
    response = busy.client.get(reader.path, headers=headers)
    assert (response.status_code, response.headers["Content-Encoding"]) == (226, "gzip")
    assert response.headers["ETag"].endswith('-gzip"')


def test_a_feed_of_the_best_has_no_deltas(workspace: Workspace) -> None:
    workspace.configure('[selections.best]\ntitle = "Best"\nsort = "quality"\nlimit = 2\n')
    for n in range(4):
        workspace.article(f"a{n}", quality=n)
    busy = Busy(workspace)
    first = busy.client.get("/feeds/best.atom", headers={"A-IM": "feed"})
    workspace.article("better", quality=99)
    busy.sync()
    headers = {"A-IM": "feed", "If-None-Match": first.headers["ETag"]}
    response = busy.client.get("/feeds/best.atom", headers=headers)
    assert (response.status_code, len(entries(response))) == (200, 2)
