"""Telling hubs: what is asked of them, what their answers mean, and that nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

import pytest
from hubs import SECONDS, hub, silent_hub
from sites import NOW, Workspace

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.site import open_site
from feeds.websub.backoff import Pending, again, delay
from feeds.websub.commands import failures
from feeds.websub.delivery import HubAnswer, tell
from feeds.websub.feed_urls import changed_urls
from feeds.websub.outbox import Outbox
from feeds.websub.pinger import Pinger
from feeds.websub.round import HubSession, Round, due, everything

pytestmark = pytest.mark.slow

FEED = "https://feeds.example.org/topics/ai.atom"
OTHER = "https://feeds.example.org/topics/ai.rss"
GONE = "http://127.0.0.1:1/"
AGAIN = "The next freeze, `feeds ping` or a running server tries again."
DAY = 86400.0


def with_hubs(workspace: Workspace, *hubs: str) -> Config:
    return workspace.configure(f"[websub]\nhubs = {list(hubs)}\n")


def urls(outbox: Outbox, name: str) -> list[str]:
    return [pending.url for pending in outbox.waiting(name)]


def at_work() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("websub ")]


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_hub_is_told_by_the_form_that_hubs_have_in_common() -> None:
    with hub() as party:
        assert tell(party.url, FEED, "feeds/1 (+https://x.example/)", now=0) == HubAnswer("told")
        heard = party.heard.get(timeout=SECONDS)
    assert heard.form == {"hub.mode": "publish", "hub.url": FEED, "hub.topic": FEED}
    assert heard.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert heard.headers["User-Agent"] == "feeds/1 (+https://x.example/)"


@pytest.mark.parametrize(
    ("status", "headers", "answer"),
    [
        (204, {}, HubAnswer("told")),
        (400, {}, HubAnswer("refused", "it answered 400 Bad Request: what the hub says")),
        (404, {}, HubAnswer("refused", "it answered 404 Not Found: what the hub says")),
        (408, {}, HubAnswer("later", "it answered 408 Request Timeout")),
        (429, {"Retry-After": "90"}, HubAnswer("later", "it answered 429 Too Many Requests", 90, away=True)),
        (500, {}, HubAnswer("later", "it answered 500 Internal Server Error")),
        (503, {"Retry-After": formatdate(1_000_120, usegmt=True)}, HubAnswer("later", "it answered 503 Service Unavailable", 120, away=True)),
        (503, {"Retry-After": "soon"}, HubAnswer("later", "it answered 503 Service Unavailable", away=True)),
        (599, {}, HubAnswer("later", "it answered 599")),
        (301, {"Location": "https://new.example/"}, HubAnswer("refused", "it has moved to https://new.example/")),
        (302, {"Location": "https://new.example/"}, HubAnswer("later", "it answered 302 Found")),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int, headers: dict[str, str], answer: HubAnswer) -> None:
    with hub(status=status, headers=headers) as party:
        assert tell(party.url, FEED, "feeds", now=1_000_000) == answer


def test_a_redirect_is_not_followed() -> None:
    with hub() as target, hub(status=307, headers={"Location": target.url}) as party:
        assert tell(party.url, FEED, "feeds", now=0).verdict == "later"
        assert target.told() == []


def test_a_hub_that_is_not_there_or_does_not_answer_is_away() -> None:
    assert tell(GONE, FEED, "feeds", now=0) == HubAnswer(
        "later", "it cannot be reached (Connection refused)", away=True
    )
    with silent_hub() as address:
        answer = tell(address, FEED, "feeds", now=0, timeout=0.1)
    assert answer == HubAnswer("later", "it did not answer in time", away=True)


@pytest.mark.parametrize(
    ("attempts", "retry_after", "seconds"),
    [
        (1, 0, 30), (2, 0, 60), (3, 0, 120), (10, 0, 15360), (11, 0, 21600), (5000, 0, 21600),
        (1, 90, 90), (3, 90, 120), (1, 1e9, 21600),
    ],
)  # fmt: skip
def test_each_wait_is_twice_the_last_or_what_the_hub_asks_for_but_never_over_six_hours(
    attempts: int, retry_after: float, seconds: float
) -> None:
    assert delay(attempts, retry_after) == seconds


def test_a_hub_is_given_up_after_three_days() -> None:
    pending: Pending | None = Pending(FEED, serial=1, queued=0, due=0)
    moments = []
    while pending is not None:
        moments.append(pending.due)
        pending = again(pending, pending.due)
    assert moments[:4] == [0, 30, 90, 210]
    assert 2.5 * DAY < moments[-1] <= 3 * DAY
    assert len(moments) == 21


def test_an_attempt_that_failed_waits_as_long_as_the_hub_asks_and_one_that_did_not_is_forgotten(
    tmp_path: Path,
) -> None:
    outbox = Outbox(tmp_path / "websub.json", ["https://a.example/", "https://b.example/"])
    outbox.add([FEED], 1000)
    for name, answer in (
        ("https://a.example/", HubAnswer("later", "no", 300)),
        ("https://b.example/", HubAnswer("told")),
    ):
        taken = outbox.take(name, 1000, lambda pending: due(pending, 1000))
        told = outbox.settle(name, [(one, answer) for one in taken], 1000)
        assert [(one.url, one.verdict) for one in told] == [(FEED, answer.verdict)]
    [kept] = outbox.waiting("https://a.example/")
    assert (kept.due, kept.attempts) == (1300, 1)
    assert outbox.waiting("https://b.example/") == []


def test_a_feed_that_changes_while_a_hub_is_told_of_it_stays_pending(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "websub.json", ["https://a.example/"])
    outbox.add([FEED], 1000)
    taken = outbox.take("https://a.example/", 1000, lambda _: True)
    outbox.add([FEED], 1000)
    outbox.settle("https://a.example/", [(one, HubAnswer("told")) for one in taken], 1001)
    assert urls(outbox, "https://a.example/") == [FEED]


def test_what_one_process_has_taken_another_finds_due_only_after_ten_minutes(tmp_path: Path) -> None:
    first, second = (Outbox(tmp_path / "websub.json", ["https://a.example/"]) for _ in range(2))
    first.add([FEED], 1000)
    assert first.take("https://a.example/", 1000, lambda one: due(one, 1000))
    assert second.take("https://a.example/", 1599, lambda one: due(one, 1599)) == []
    assert second.take("https://a.example/", 1600, lambda one: due(one, 1600))


def test_a_broken_outbox_is_an_empty_one_and_a_hub_that_is_not_configured_any_more_is_forgotten(
    tmp_path: Path,
) -> None:
    file = tmp_path / "websub.json"
    for body in (b"{", b"[]", b"\xff", b'{"hubs": {"https://a.example/": [{"url": 3}]}}'):
        file.write_bytes(body)
        assert Outbox(file, ["https://a.example/"]).waiting("https://a.example/") == []
    Outbox(file, ["https://a.example/", "https://b.example/"]).add([FEED], 0)
    Outbox(file, ["https://b.example/"]).add([OTHER], 0)
    assert b"a.example" not in file.read_bytes()
    assert urls(Outbox(file, ["https://b.example/"]), "https://b.example/") == [FEED, OTHER]


def test_two_processes_that_use_the_outbox_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom feeds.websub import Outbox\n"
        "outbox = Outbox(Path(sys.argv[1]), ['https://a.example/'])\n"
        "for n in range(40): outbox.add([f'https://x.example/{sys.argv[2]}/{n}'], n)\n"
    )
    file = tmp_path / "deep" / "websub.json"
    running = [subprocess.Popen([sys.executable, "-c", program, str(file), name]) for name in "abc"]
    assert [process.wait(SECONDS) for process in running] == [0, 0, 0]
    found = urls(Outbox(file, ["https://a.example/"]), "https://a.example/")
    assert set(found) == {f"https://x.example/{name}/{n}" for name in "abc" for n in range(40)}
    assert len(found) == 120


def test_an_outbox_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"websub\.json: cannot be written: "):
        Outbox(tmp_path / "file" / "websub.json", ["https://a.example/"]).add([FEED], 0)


def test_a_hub_that_never_answers_holds_up_no_other(workspace: Workspace) -> None:
    with hub() as party, silent_hub() as silent:
        config = with_hubs(workspace, silent, party.url)
        outbox = Outbox.of(config)
        outbox.add([FEED, OTHER], time.time())
        going = Round(config, everything, seconds=3)
        # Both are heard while the silent one still has its time.
        assert {party.heard.get(timeout=SECONDS).url for _ in range(2)} == {FEED, OTHER}
        told = going.results()
    assert [(one.hub, one.verdict) for one in told] == [(silent, "later")] * 2 + [(party.url, "told")] * 2
    assert urls(outbox, silent) == [FEED, OTHER]
    assert urls(outbox, party.url) == []
    assert list(failures(told)) == [
        f"{silent} could not be told of 2 feeds: it did not answer in time. {AGAIN}"
    ]


def test_what_there_was_no_time_for_stays_due(workspace: Workspace) -> None:
    with hub() as party:
        config = with_hubs(workspace, party.url)
        outbox = Outbox.of(config)
        outbox.add([FEED], 1000)
        told = Round(config, seconds=0).results()
        assert [one.reason for one in told] == ["there was no time left"]
        assert [pending.due for pending in outbox.waiting(party.url)] == [1000]
        assert party.told() == []


def test_one_that_is_away_is_asked_once_and_one_that_refuses_a_feed_is_told_of_the_others(
    tmp_path: Path,
) -> None:
    for status, requests, left in ((503, 1, 2), (400, 2, 0), (500, 2, 2)):
        with hub(status=status) as party:
            outbox = Outbox(tmp_path / f"{status}.json", [party.url])
            outbox.add([FEED, OTHER], 1000)
            HubSession(outbox, party.url, "feeds", clock=lambda: 1000.0).run(due)
            assert (len(party.told()), len(outbox.waiting(party.url))) == (requests, left)


def test_a_running_server_tells_hubs_in_the_background(workspace: Workspace) -> None:
    with hub() as party:
        config = with_hubs(workspace, party.url)
        with Pinger(config) as pinger:
            pinger.notify([FEED])
            assert party.heard.get(timeout=SECONDS).url == FEED
            pinger.notify([OTHER, FEED])
            assert {party.heard.get(timeout=SECONDS).url for _ in range(2)} == {FEED, OTHER}
        assert at_work() == []
        assert Outbox.of(config).waiting(party.url) == []


def test_a_server_that_starts_goes_on_with_what_an_earlier_one_could_not_tell(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    with hub(status=503) as party:
        config = with_hubs(workspace, party.url)
        outbox = Outbox.of(config)
        with Pinger(config, outbox) as pinger:
            pinger.notify([FEED])
            party.heard.get(timeout=SECONDS)
            until(lambda: [one.attempts for one in outbox.waiting(party.url)] == [1])
        party.status = 202
        with Pinger(config, outbox):
            # Not before its time.
            assert party.told() == []
        with Pinger(config, outbox, clock=lambda: time.time() + 60):
            assert party.heard.get(timeout=SECONDS).url == FEED
            until(lambda: outbox.waiting(party.url) == [])
    assert f"{party.url} could not be told of {FEED}: it answered 503 Service Unavailable." in caplog.text


def test_a_server_outlives_an_outbox_that_cannot_be_written(
    workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    config = with_hubs(workspace, GONE)
    config.outbox_path.parent.write_text("in the way")
    with Pinger(config) as pinger:
        pinger.notify([FEED])
        assert at_work() == [f"websub {GONE}"]
    assert "Hubs were not told of a change." in caplog.text


def test_the_changed_urls_are_the_documents_that_readers_subscribe_to(workspace: Workspace) -> None:
    workspace.configure('[feeds]\nformats = ["atom", "json"]\nlimit = 1\npage_size = 1\n')
    for name in ("a", "b", "c"):
        workspace.article(name)
    site = open_site(workspace.config, NOW)
    with site.publisher.snapshot() as snapshot:
        before = snapshot.state.generation
        assert "https://feeds.example.org/all.json" in changed_urls(snapshot)
        assert not any("/archive/" in url for url in changed_urls(snapshot))
        assert changed_urls(snapshot, before) == []
    workspace.article("d", topics=["Law"], provider={"domain": "law.example"})
    with open_site(workspace.config, NOW).publisher.snapshot() as snapshot:
        stems = ("all", "topics/law", "providers/law.example")
        assert sorted(changed_urls(snapshot, before)) == sorted(
            f"https://feeds.example.org/{stem}.{ending}" for stem in stems for ending in ("atom", "json")
        )
