"""Push as people meet it: links in the feeds, and what freeze and ping do."""

from __future__ import annotations

import json
from pathlib import Path

import feedparser
import pytest
from hubs import FakeHub, hub
from lxml import etree
from servers import Server, free_port
from sites import CONFIG, Workspace
from waiting import PATIENCE

from feeds.config import load
from feeds.errors import ConfigError
from feeds.push.outbox import Outbox

pytestmark = pytest.mark.slow

HUBS = ["https://hub.example.org/", "https://push.example.net/?site=1&x=2"]
BASE = "https://feeds.example.org/"
LAW = [f"{BASE}topics/law.{name}" for name in ("atom", "rss", "json")]


@pytest.fixture(autouse=True)
def _time_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a freeze and each receiver as long as a slow machine needs, which is more than a curator would wait."""
    monkeypatch.setattr("feeds.push.commands._SECONDS", PATIENCE)
    monkeypatch.setattr("feeds.push.rounds.TIMEOUT", PATIENCE)


def frozen(workspace: Workspace, *hubs: str) -> Workspace:
    """A site with a hub, frozen once."""
    workspace.configure(f"[websub]\nhubs = {json.dumps(hubs)}\n[feeds]\nlimit = 1\npage_size = 1\n")
    for name in ("a", "b", "c"):
        workspace.article(name)
    done = workspace.run("freeze")
    assert (done.returncode, done.stderr) == (0, "")
    return workspace


def pending(workspace: Workspace) -> list[str]:
    outbox = Outbox.of(workspace.config)
    return [url for one in outbox.receivers for url in outbox.read(one.address).urls]


def test_every_format_names_the_hubs_where_readers_subscribe_and_archives_do_not(
    workspace: Workspace,
) -> None:
    frozen(workspace, *HUBS)
    for name in ("topics/ai.atom", "topics/ai.rss"):
        links = feedparser.parse(workspace.read(name)).feed.links
        assert [link.href for link in links if link.rel == "hub"] == HUBS
        found = etree.fromstring(workspace.read(name)).iterfind(".//{http://www.w3.org/2005/Atom}link")
        assert [dict(link.attrib) for link in found if link.get("rel") == "hub"] == [
            {"rel": "hub", "href": href} for href in HUBS
        ]
    assert json.loads(workspace.read("topics/ai.json"))["hubs"] == [
        {"type": "WebSub", "url": url} for url in HUBS
    ]
    archives = [path for path in workspace.output.rglob("archive/*") if path.is_file()]
    assert len(archives) >= 3
    assert not any(b"hub" in path.read_bytes() for path in archives)


def test_the_lint_finds_nothing_in_feeds_that_name_hubs(workspace: Workspace) -> None:
    checked = frozen(workspace, *HUBS).run("check", "--feeds")
    assert (checked.returncode, checked.stdout) == (0, "0 problems.\n")


def test_the_link_header_names_the_hubs_beside_self(workspace: Workspace) -> None:
    frozen(workspace, *HUBS)
    server = Server(workspace.folder / "config.toml")
    try:
        for path, named in (
            ("topics/ai.atom", True),
            ("all.json", True),
            ("topics/ai/archive/1.atom", False),
            ("", False),
        ):
            header = server.get(f"/{path}")[0].getheader("Link") or ""
            assert all((f'<{url}>; rel="hub"' in header) is named for url in HUBS), path
        assert f'<{BASE}topics/ai.atom>; rel="self"' in (
            server.get("/topics/ai.atom")[0].getheader("Link") or ""
        )
    finally:
        server.stop()


def test_another_hub_changes_the_feeds_and_leaves_archives_and_pages_as_they_are(
    workspace: Workspace,
) -> None:
    frozen(workspace, HUBS[0])
    text = (workspace.folder / "config.toml").read_text()
    (workspace.folder / "config.toml").write_text(text.replace(HUBS[0], HUBS[1]))
    written = workspace.freeze().written
    assert "topics/ai.atom" in written
    assert not any("/archive/" in file or file.endswith(".html") for file in written)


@pytest.mark.parametrize(
    ("hubs", "fault"),
    [
        ('["hub.example.org"]', '"hub.example.org" is not an absolute http(s) URL.'),
        ('["ftp://hub.example.org/"]', "is not an absolute http(s) URL."),
        ('["https://me:secret@hub.example.org/"]', "is not an absolute http(s) URL."),
        ('["https://hub.example.org", "https://HUB.example.org/"]', "names a hub twice."),
        ('"https://hub.example.org/"', "is text, but must be a list."),
    ],
)
def test_a_hub_that_cannot_be_one_is_a_fault_of_the_configuration(
    workspace: Workspace, hubs: str, fault: str
) -> None:
    (workspace.folder / "config.toml").write_text(f"{CONFIG}\n[websub]\nhubs = {hubs}\n")
    with pytest.raises(ConfigError) as raised:
        load(workspace.folder / "config.toml")
    [problem] = raised.value.problems
    assert (problem.field, problem.line) == ("websub.hubs", 9)
    assert fault in problem.message


def test_a_freeze_tells_hubs_which_feeds_changed_and_of_nothing_else(workspace: Workspace) -> None:
    with hub() as party:
        frozen(workspace, party.url)
        assert party.told() == [], "before the first freeze nobody can have subscribed"
        assert workspace.run("freeze").returncode == 0
        assert party.told() == [], "nothing changed"
        workspace.article("law", topics=["Law"], provider={"domain": "law.example"})
        workspace.run("freeze", "--dry-run")
        assert party.told() == []
        done = workspace.run("freeze", "--json")
        assert json.loads(done.stdout)["written"]
        assert done.stderr == ""
        stems = ("all", "topics/law", "providers/law.example")
        assert sorted(party.told()) == sorted(
            f"{BASE}{stem}.{name}" for stem in stems for name in ("atom", "rss", "json")
        )
        assert pending(workspace) == []


def test_a_dead_hub_fails_no_freeze_and_is_notified_when_it_is_back(workspace: Workspace) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    frozen(workspace, address)
    workspace.article("law", topics=["Law"], provider=None)
    done = workspace.run("freeze")
    assert done.returncode == 0
    assert "written" in done.stdout
    assert done.stderr == (
        f"{address} could not be told of 6 feeds: it cannot be reached (Connection refused)."
        " The next freeze, `feeds ping` or a running server tries again.\n"
    )
    assert set(LAW) < set(pending(workspace))
    failed = workspace.run("ping")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "cannot be reached" in failed.stderr
    with hub(port) as party:
        told = workspace.run("ping")
        assert told.returncode == 0
        assert set(told.stdout.splitlines()) > {f"Told {party.url} of {url}" for url in LAW}
        assert set(party.told()) > set(LAW)
    assert pending(workspace) == []
    assert workspace.run("ping").stdout == "Nothing is pending.\n"


def test_a_freeze_without_ping_leaves_it_to_ping_after_the_upload(workspace: Workspace) -> None:
    with hub() as party:
        frozen(workspace, party.url)
        workspace.article("law", topics=["Law"], provider=None)
        assert workspace.run("freeze", "--no-ping").returncode == 0
        assert party.told() == []
        assert workspace.run("ping").returncode == 0
        assert set(party.told()) > set(LAW)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["topics/ai"], {f"{BASE}topics/ai.{name}" for name in ("atom", "rss", "json")}),
        (["/topics/ai.rss", "all.json"], {f"{BASE}topics/ai.rss", f"{BASE}all.json"}),
        ([f"{BASE}providers/example.org.atom"], {f"{BASE}providers/example.org.atom"}),
        ([f"{BASE}topics/robots/"], {f"{BASE}topics/ai.{name}" for name in ("atom", "rss", "json")}),
        (["--all"], {f"{BASE}{stem}.{name}" for stem in ("all", "topics/ai", "providers/example.org") for name in ("atom", "rss", "json")}),
    ],
)  # fmt: skip
def test_ping_tells_of_the_feeds_that_are_named(
    workspace: Workspace, words: list[str], told: set[str]
) -> None:
    with hub() as party:
        workspace.configure(f'[websub]\nhubs = ["{party.url}"]\n[topics.AI]\naliases = ["Robots"]\n')
        workspace.article("a")
        done = workspace.run("ping", *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert set(party.told()) == told
        assert set(done.stdout.splitlines()) == {f"Told {party.url} of {url}" for url in told}


def test_ping_says_what_it_cannot_do(workspace: Workspace) -> None:
    workspace.article("a")
    without = workspace.run("ping")
    assert (without.returncode, without.stderr) == (
        2, 'There is nobody to tell. Name a hub, for instance: [websub] hubs = ["https://…"].\n',
    )  # fmt: skip
    with hub(status=403) as party:
        frozen(workspace, party.url)
        for name in ("topics/ay", "https://other.example/topics/ai.atom", "topics/ai.xml", "/"):
            unknown = workspace.run("ping", name)
            assert unknown.returncode == 2
            assert f'"{name}" is not a feed of this site. ' in unknown.stderr
        assert 'Did you mean "topics/ai"?' in workspace.run("ping", "topics/ay").stderr
        assert party.told() == []
        refused = workspace.run("ping", "all.atom")
        assert refused.returncode == 1
        assert refused.stderr == (
            f"{party.url} refused to be told of {BASE}all.atom: it answered 403 Forbidden: what the hub says.\n"
        )
        assert pending(workspace) == []


def test_an_outbox_that_cannot_be_written_fails_no_freeze(workspace: Workspace, tmp_path: Path) -> None:
    party = FakeHub()
    try:
        frozen(workspace, party.url)
        (workspace.folder / ".feeds" / "push.lock").mkdir()
        workspace.article("law", topics=["Law"])
        done = workspace.run("freeze")
    finally:
        party.stop()
    assert done.returncode == 0
    assert done.stderr.startswith(f"Nobody was told of the changes. {tmp_path}")
    assert "push.lock: is a folder in the way of a file of feeds." in done.stderr
