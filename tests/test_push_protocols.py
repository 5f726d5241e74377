"""rssCloud and IndexNow beside WebSub: who is named in feeds, who is told of what, and by which request."""

from __future__ import annotations

import json
import time
from pathlib import Path

import feedparser
import pytest
from effort import for_each
from hubs import FakeHub, hub
from lxml import etree
from sites import CONFIG, NOW, Workspace
from waiting import PATIENCE
from werkzeug.test import Client

from feeds.check.lint import lint
from feeds.config import parse
from feeds.errors import ConfigError
from feeds.push import describe_failures, describe_successes, list_urls, notify_named
from feeds.push.delivery import Notification, notify
from feeds.push.outbox import Outbox
from feeds.push.receivers import Cloud, Hub, SearchEngine, list_receivers
from feeds.site import open_site
from feeds.web.app import create

BASE = "https://feeds.example.org/"
KEY = "0123-abcDEF"
RSS, ATOM, PAGE = f"{BASE}topics/ai.rss", f"{BASE}topics/ai.atom", f"{BASE}articles/a/"
# As rssCloud's own server answers.
REFUSED = b"""<?xml version="1.0"?>\n<result success="false" msg="There&apos;s no such feed."/>"""


@pytest.fixture(autouse=True)
def _time_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a freeze and each receiver as long as a slow machine needs, which is more than a curator would wait."""
    monkeypatch.setattr("feeds.push.commands._SECONDS", PATIENCE)
    monkeypatch.setattr("feeds.push.rounds.TIMEOUT", PATIENCE)


def configure(workspace: Workspace, party: FakeHub, more: str = "") -> None:
    workspace.configure(
        f'[websub]\nhubs = ["{party.url}hub"]\n[rsscloud]\nserver = "{party.url}cloud"\n'
        f'[indexnow]\nkey = "{KEY}"\nengines = ["{party.url}indexnow"]\n{more}'
    )


def hear(party: FakeHub) -> dict[str, list[str]]:
    """The addresses that were told at each path since the last call."""
    found: dict[str, list[str]] = {}
    for one in (party.heard.get_nowait() for _ in range(party.heard.qsize())):
        told = json.loads(one.body)["urlList"] if one.path == "/indexnow" else [one.form.get("hub.url", "")]
        found.setdefault(one.path, []).extend([one.form["url"]] if one.path == "/cloud/ping" else told)
    return {path: sorted(url.removeprefix(BASE) for url in urls) for path, urls in found.items()}


def test_the_cloud_is_told_by_the_form_of_rsscloud_and_refuses_in_an_answer_of_status_200() -> None:
    with hub(status=200) as party:
        party.answer = b'<?xml version="1.0"?><result success="true" msg="Thanks for the ping."/>'
        cloud = Cloud(f"{party.url}ping")
        assert notify(cloud, [RSS], "feeds") == [Notification(cloud.address, RSS, "told")]
        heard = party.heard.get_nowait()
        assert (heard.path, heard.form) == ("/ping", {"url": RSS})
        assert heard.headers["Content-Type"] == "application/x-www-form-urlencoded"
        for answer, reason in (
            (REFUSED, "There's no such feed"),
            (b"<notifyResult success='false'/>", "it does not say why"),
            (REFUSED.replace(b"There", b"\x1b[2J"), "[2J's no such feed"),
        ):
            party.answer = answer
            [result] = notify(cloud, [RSS], "feeds")
            assert (result.verdict, result.reason) == ("refused", reason)


def test_an_engine_is_told_of_many_pages_in_one_request_of_indexnow() -> None:
    with hub(status=202) as party:
        engine = SearchEngine(party.url, KEY, f"{BASE}news/")
        urls = [f"{BASE}news/articles/{n}/" for n in range(3)]
        assert [one.verdict for one in notify(engine, urls, "feeds")] == ["told"] * 3
        heard = party.heard.get_nowait()
    assert heard.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(heard.body) == {
        "host": "feeds.example.org", "key": KEY, "keyLocation": f"{BASE}news/{KEY}.txt", "urlList": urls,
    }  # fmt: skip


@for_each(
    ("status", "verdict"), [(200, "told"), (403, "refused"), (422, "refused"), (429, "later"), (500, "later")]
)
def test_what_a_status_means_to_an_engine_is_true_of_all_pages_of_a_request(
    status: int, verdict: str
) -> None:
    with hub(status=status) as party:
        results = notify(SearchEngine(party.url, KEY, BASE), [PAGE, f"{BASE}articles/b/"], "feeds")
    assert [(one.url, one.verdict) for one in results] == [(PAGE, verdict), (f"{BASE}articles/b/", verdict)]


def test_each_receiver_gets_what_it_wants_and_a_change_of_nothing_for_it_earns_it_no_attempt(
    tmp_path: Path,
) -> None:
    receivers = (Hub("https://hub/"), Cloud("https://cloud/"), SearchEngine("https://engine/", KEY, BASE))
    outbox = Outbox(tmp_path / "push.json", receivers)
    outbox.add([RSS, ATOM, PAGE, BASE], 5)
    pending = {one.address: list(outbox.read(one.address).urls) for one in receivers}
    assert pending == {"https://hub/": [RSS, ATOM], "https://cloud/": [RSS], "https://engine/": [PAGE, BASE]}
    outbox.add([ATOM], 9)
    assert [outbox.read(one.address).due for one in receivers] == [9, 5, 5]


def test_ten_thousand_pages_go_into_a_request_and_the_rest_into_the_next(workspace: Workspace) -> None:
    with hub(status=200) as party:
        configure(workspace, party)
        urls = [f"{BASE}articles/{n}/" for n in range(10_001)]
        Outbox.of(workspace.config).add(urls, time.time())
        from feeds.push.rounds import Round

        told = Round(workspace.config).wait()
        sizes = [len(json.loads(party.heard.get_nowait().body)["urlList"]) for _ in range(2)]
    assert (sizes, party.heard.qsize()) == ([10_000, 1], 0)
    assert describe_successes(told) == [f"Told {party.url}indexnow of 10,001 pages"]


def test_an_engine_that_is_away_is_told_later_and_said_so_in_one_sentence(workspace: Workspace) -> None:
    with hub(status=503, headers={"Retry-After": "90"}) as party:
        configure(workspace, party)
        outbox = Outbox.of(workspace.config)
        outbox.add([PAGE, BASE], time.time())
        from feeds.push.rounds import Round

        before = time.time()
        sentences = list(describe_failures(Round(workspace.config).wait()))
        pending = outbox.read(f"{party.url}indexnow")
        assert pending.due >= before + 90
        assert (list(pending.urls), party.heard.qsize()) == ([PAGE, BASE], 1)
    again = "The next freeze, `feeds ping` or a running server tries again."
    assert sentences == [
        f"{party.url}indexnow could not be told of 2 pages: it answered 503 Service Unavailable. {again}"
    ]


def test_a_freeze_tells_each_what_it_wrote_and_an_engine_what_is_gone(workspace: Workspace) -> None:
    with hub(status=200) as party:
        configure(workspace, party)
        for name in ("a", "b"):
            workspace.article(name, "Text.", originalUrl=None)
        site = open_site(workspace.config, NOW)
        assert site.freeze().failed_pushes() == []
        assert hear(party) == {}, "before the first freeze nobody can know the site"
        (workspace.articles / "b.md").unlink()
        workspace.article("c", "Text.", originalUrl=None, topics=["Law"])
        site = open_site(workspace.config, NOW)
        assert site.freeze().failed_pushes() == []
        told = hear(party)
    stems = ("all", "providers/example.org", "topics/ai", "topics/law")
    assert [path for path in told["/hub"] if path.endswith(".rss")] == told["/cloud/ping"]
    assert told["/cloud/ping"] == [f"{stem}.rss" for stem in stems]
    pages = {"", "all/", "topics/ai/", "topics/law/", "articles/a/", "articles/b/", "articles/c/"}
    assert pages <= set(told["/indexnow"])
    assert all(path.endswith("/") or path == "" for path in told["/indexnow"])
    assert not any(
        "archive" in path or path in ("topics/", "build/", "search/") for path in told["/indexnow"]
    )


def test_pages_are_listed_by_what_changed_and_only_if_somebody_wants_to_know(workspace: Workspace) -> None:
    with hub() as party:
        configure(workspace, party)
        for name, topic in (("a", "AI"), ("b", "Law")):
            workspace.article(name, "Text.", originalUrl=None, topics=[topic])
        with open_site(workspace.config, NOW).publisher.snapshot() as snapshot:
            before = snapshot.state.generation
            assert f"{BASE}articles/a/" in list_urls(snapshot)
            assert list_urls(snapshot, before) == []
        workspace.article("a", "Another text.", originalUrl=None)
        with open_site(workspace.config, NOW).publisher.snapshot() as snapshot:
            urls = list_urls(snapshot, before)
        assert {f"{BASE}articles/a/", BASE, f"{BASE}topics/ai/"} <= set(urls)
        assert f"{BASE}topics/law/" not in urls
        assert describe_successes(notify_named(open_site(workspace.config, NOW).publisher, ["topics/law.rss"], every=False)) == [
            f"Told {party.url}hub of {BASE}topics/law.rss", f"Told {party.url}cloud/ping of {BASE}topics/law.rss",
        ]  # fmt: skip
    workspace.configure(f'[websub]\nhubs = ["{party.url}hub"]\n')
    with open_site(workspace.config, NOW).publisher.snapshot() as snapshot:
        assert not any(url.endswith("/") for url in list_urls(snapshot))


def test_rss_names_the_cloud_where_readers_subscribe_and_other_documents_do_not(workspace: Workspace) -> None:
    workspace.configure(
        '[rsscloud]\nserver = "http://rpc.rsscloud.io:5337"\n[feeds]\nlimit = 1\npage_size = 1\n'
    )
    for name in ("a", "b", "c"):
        workspace.article(name)
    workspace.freeze()
    expected = {"domain": "rpc.rsscloud.io", "port": "5337", "path": "/pleaseNotify", "registerProcedure": "",
                "protocol": "http-post"}  # fmt: skip
    for path in ("all.rss", "topics/ai.rss"):
        body = workspace.read(path)
        [cloud] = etree.fromstring(body).iterfind("channel/cloud")
        assert dict(cloud.items()) == expected
        assert feedparser.parse(body).feed.cloud["port"] == "5337"
        assert lint(path, "application/rss+xml", body) == []
    others = [
        path for path in workspace.output.rglob("*.*") if path.is_file() and path.suffix in (".atom", ".json")
    ]
    archives = list(workspace.output.rglob("archive/*.rss"))
    assert len(others) > 4 < len(archives) + 3
    assert not any(b"pleaseNotify" in path.read_bytes() for path in (*others, *archives))


@pytest.mark.parametrize(
    ("server", "cloud", "ping"),
    [("http://a.example", ("a.example", 80, "/pleaseNotify"), "http://a.example/ping"),
     ("https://a.example/x", ("a.example", 443, "/x/pleaseNotify"), "https://a.example/x/ping"),
     ("http://[::1]:99/", ("::1", 99, "/pleaseNotify"), "http://[::1]:99/ping")],
)  # fmt: skip
def test_the_parts_of_a_cloud_follow_from_its_address(
    workspace: Workspace, server: str, cloud: tuple[str, int, str], ping: str
) -> None:
    workspace.article("a")
    workspace.configure(f'[rsscloud]\nserver = "{server}"\n')
    with open_site(workspace.config, NOW).publisher.snapshot() as snapshot:
        document = snapshot.document("all.rss")
    assert document is not None
    [found] = etree.fromstring(document.body).iterfind("channel/cloud")
    assert (found.get("domain"), int(found.get("port") or 0), found.get("path")) == cloud
    assert [one.address for one in list_receivers(workspace.config)] == [ping]


def test_the_key_is_served_and_frozen_as_a_file_of_its_own_and_goes_with_it(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.configure(f'[indexnow]\nkey = "{KEY}"\n')
    site = open_site(workspace.config, NOW)
    response = Client(create(site.publisher)).get(f"/{KEY}.txt")
    assert (response.status_code, response.data) == (200, KEY.encode())
    assert response.content_type == "text/plain; charset=utf-8"
    workspace.freeze()
    assert workspace.read(f"{KEY}.txt") == KEY.encode()
    assert KEY.encode() not in workspace.read("sitemap.xml")
    workspace.configure('[indexnow]\nkey = "another-key"\n')
    plan = workspace.freeze()
    assert "another-key.txt" in plan.written
    assert plan.deleted == [f"{KEY}.txt"]


@for_each(
    ("table", "message"),
    [('[indexnow]\nkey = "short"\n', "cannot be a key"), ('[indexnow]\nkey = "with space"\n', "cannot be a key"),
     ('[indexnow]\nkey = "../../../etc"\n', "cannot be a key"),
     ('[indexnow]\nkey = "12345678"\nengines = ["x"]\n', r"indexnow\.engines.*not an absolute"),
     ('[indexnow]\nkey = "12345678"\n[output]\npages = false\n', "without pages there is nothing to tell"),
     ('[rsscloud]\nserver = "rpc.rsscloud.io:5337"\n', r"rsscloud\.server.*not an absolute"),
     ('[rsscloud]\nserver = "https://a.example/?x=1"\n', "has parameters"),
     ('[rsscloud]\nserver = "https://a.example/"\n[feeds]\nformats = ["atom"]\n', "which alone names it"),
     ('[indexnow]\nengines = ["https://a.example/", "https://a.example"]\n', "names an engine twice")],
)  # fmt: skip
def test_what_cannot_work_is_said_before_anything_is_done(table: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(f"{CONFIG}{table}", Path("config.toml"))
