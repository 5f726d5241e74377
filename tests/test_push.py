"""Telling hubs: what is asked of them, what their answers mean, and that nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace

import pytest
from effort import for_each
from hubs import DRIPS, dripping_hub, hub, silent_hub
from sites import NOW, Workspace
from waiting import PATIENCE, until

from feeds.config.schema import Config
from feeds.errors import StorageError
from feeds.push import Pinger, list_urls
from feeds.push.delivery import Notification, Verdict, describe_failures, notify
from feeds.push.outbox import Outbox, Pending, compute_delay
from feeds.push.receivers import Hub
from feeds.push.rounds import Round, choose_all, choose_due
from feeds.site import open_site

pytestmark = pytest.mark.slow

FEED = "https://feeds.example.org/topics/ai.atom"
OTHER = "https://feeds.example.org/topics/ai.rss"
GONE = "http://127.0.0.1:1/"
HUB = "https://a.example/"
AWAY = Notification(HUB, FEED, "later", "it did not answer in time", away=True)
AGAIN = "The next freeze, `feeds ping` or a running server tries again."
DAY = 86400.0


def with_hubs(workspace: Workspace, *hubs: str) -> Config:
    return workspace.configure(f"[websub]\nhubs = {list(hubs)}\n")


def urls(outbox: Outbox, name: str) -> list[str]:
    return list(outbox.read(name).urls)


def notify_hub(address: str, url: str, sender: str, timeout: float = PATIENCE) -> Notification:
    [result] = notify(Hub(address), [url], sender, timeout)
    return result


def at_work() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("push")]


@contextmanager
def running(config: Config) -> Iterator[Pinger]:
    pinger = Pinger(config)
    pinger.start()
    try:
        yield pinger
    finally:
        pinger.stop()


def test_a_hub_is_notified_by_the_form_that_all_hubs_understand() -> None:
    with hub() as party:
        assert notify_hub(party.url, FEED, "feeds/1 (+https://x.example/)").verdict == "told"
        heard = party.heard.get(timeout=PATIENCE)
    assert heard.form == {"hub.mode": "publish", "hub.url": FEED, "hub.topic": FEED}
    assert heard.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert heard.headers["User-Agent"] == "feeds/1 (+https://x.example/)"


@pytest.mark.parametrize(
    ("status", "headers", "answer"),
    [
        (204, {}, ("told", "", 0, False)),
        (400, {}, ("refused", "it answered 400 Bad Request: what the hub says", 0, False)),
        (404, {}, ("refused", "it answered 404 Not Found: what the hub says", 0, False)),
        (408, {}, ("later", "it answered 408 Request Timeout", 0, False)),
        (429, {"Retry-After": "90"}, ("later", "it answered 429 Too Many Requests", 90, True)),
        (500, {}, ("later", "it answered 500 Internal Server Error", 0, False)),
        (503, {"Retry-After": formatdate(1_000_120, usegmt=True)}, ("later", "it answered 503 Service Unavailable", 120, True)),
        (503, {"Retry-After": "soon"}, ("later", "it answered 503 Service Unavailable", 0, True)),
        (599, {}, ("later", "it answered 599", 0, False)),
        (301, {"Location": "https://new.example/"}, ("refused", "it has moved to https://new.example/", 0, False)),
        (302, {"Location": "https://new.example/"}, ("later", "it answered 302 Found", 0, False)),
    ],
)  # fmt: skip
def test_what_an_answer_means(
    status: int,
    headers: dict[str, str],
    answer: tuple[Verdict, str, float, bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("feeds.push.delivery.time", SimpleNamespace(time=lambda: 1_000_000.0))
    with hub(status=status, headers=headers) as party:
        assert notify_hub(party.url, FEED, "feeds") == Notification(party.url, FEED, *answer)


def test_a_redirect_is_not_followed() -> None:
    with hub() as target, hub(status=307, headers={"Location": target.url}) as party:
        assert notify_hub(party.url, FEED, "feeds").verdict == "later"
        assert target.told() == []


def test_a_hub_that_is_not_there_or_does_not_answer_is_away() -> None:
    assert notify_hub(GONE, FEED, "feeds") == Notification(
        GONE, FEED, "later", "it cannot be reached (Connection refused)", away=True
    )
    with silent_hub() as address:
        answer = notify_hub(address, FEED, "feeds", timeout=0.1)
    assert answer == Notification(address, FEED, "later", "it did not answer in time", away=True)


def assert_notified(address: str, expected: Notification) -> None:
    """Tell a hub that never ends its answer; compare what comes of it, and how the reason begins.

    A busy machine has not got the first bytes in the least time.
    """
    answers: list[Notification] = []
    for seconds in (0.2, 2, 20):
        began = time.monotonic()
        answer = notify_hub(address, FEED, "feeds", timeout=seconds)
        assert time.monotonic() - began < seconds + PATIENCE / 2
        answers.append(answer._replace(reason=answer.reason[: len(expected.reason)]))
        if answers[-1] == expected:
            return
    pytest.fail(f"{answers}")


@for_each("drip", DRIPS)
def test_a_hub_that_sends_a_byte_now_and_then_has_no_more_time_than_one_that_sends_none(drip: str) -> None:
    scheme = "https" if drip == "TLS" else "http"
    with dripping_hub(DRIPS[drip]) as port:
        address = f"{scheme}://127.0.0.1:{port}/"
        # All that is sent by one that sends for ever.
        if drip == "chunks of an error":
            expected = Notification(address, FEED, "later", "it answered 500 Internal Server Error")
        else:
            expected = Notification(address, FEED, "later", "it did not answer in time", away=True)
        assert_notified(address, expected)
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_a_hub_that_drips_what_it_does_not_like_is_understood_as_far_as_it_came() -> None:
    with dripping_hub(b"HTTP/1.1 404 No\r\nContent-Length: 99999\r\n\r\nno such ") as port:
        address = f"http://127.0.0.1:{port}/"
        begin = "it answered 404 Not Found: no such 11111"
        assert_notified(address, Notification(address, FEED, "refused", begin))


def test_a_proxy_that_drips_has_no_more_time_either(monkeypatch: pytest.MonkeyPatch) -> None:
    with dripping_hub(b"HTTP/1.1 200 OK\r\nX: a") as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        answer = notify_hub(HUB, FEED, "feeds", timeout=0.2)
    assert answer == Notification(HUB, FEED, "later", "it did not answer in time", away=True)


def test_a_name_server_that_does_not_answer_has_no_more_time_either(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: ended.wait(PATIENCE))
    began = time.monotonic()
    answer = notify_hub(HUB, FEED, "feeds", timeout=0.2)
    ended.set()
    assert time.monotonic() - began < PATIENCE
    assert answer == Notification(HUB, FEED, "later", "it did not answer in time", away=True)


@for_each(
    ("attempts", "retry_after", "seconds"),
    [
        (1, 0, 30), (2, 0, 60), (3, 0, 120), (10, 0, 15360), (11, 0, 21600), (5000, 0, 21600),
        (1, 90, 90), (3, 90, 120), (1, 1e9, 21600),
    ],
)  # fmt: skip
def test_each_wait_is_twice_the_last_or_what_the_hub_asks_for_but_never_over_six_hours(
    attempts: int, retry_after: float, seconds: float
) -> None:
    assert compute_delay(attempts, retry_after) == seconds


def test_a_hub_is_given_up_after_three_days(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "push.json", [Hub(HUB)])
    outbox.add([FEED], 0)
    moments, verdicts = [], []
    while (pending := outbox.read(HUB)).urls:
        moments.append(pending.due)
        verdicts += [one.verdict for one in outbox.settle([AWAY], pending, pending.due)]
    assert moments[:4] == [0, 30, 90, 210]
    assert 2.5 * DAY < moments[-1] <= 3 * DAY
    assert len(moments) == 21
    assert verdicts == ["later"] * 20 + ["given up"]


def test_an_attempt_that_failed_waits_as_long_as_the_hub_asks_and_one_that_did_not_is_forgotten(
    tmp_path: Path,
) -> None:
    outbox = Outbox(tmp_path / "push.json", [Hub(HUB), Hub("https://b.example/")])
    outbox.add([FEED], 1000)
    for result in (
        Notification(HUB, FEED, "later", "no", 300),
        Notification("https://b.example/", FEED, "told"),
    ):
        assert outbox.settle([result], outbox.read(result.receiver), 1000) == [result]
    kept = outbox.read(HUB)
    assert (kept.urls, kept.due, kept.attempts) == ({FEED: 1000}, 1300, 1)
    assert urls(outbox, "https://b.example/") == []


def test_a_feed_that_changes_while_a_hub_is_notified_of_it_stays_pending(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "push.json", [Hub(HUB)])
    outbox.add([FEED], 1000)
    tried = outbox.read(HUB)
    outbox.add([FEED], 1000.001)
    outbox.settle([Notification(HUB, FEED, "told")], tried, 1001)
    assert urls(outbox, HUB) == [FEED]


def test_a_broken_outbox_is_an_empty_one_and_a_hub_that_is_not_configured_any_more_is_forgotten(
    tmp_path: Path,
) -> None:
    file = tmp_path / "push.json"
    for body in (b"{", b"[]", b"\xff", b'{"https://a.example/": {"urls": 3}}'):
        file.write_bytes(body)
        assert urls(Outbox(file, [Hub(HUB)]), HUB) == []
    Outbox(file, [Hub("https://a.example/"), Hub("https://b.example/")]).add([FEED], 0)
    Outbox(file, [Hub("https://b.example/")]).add([OTHER], 0)
    assert b"a.example" not in file.read_bytes()
    assert urls(Outbox(file, [Hub("https://b.example/")]), "https://b.example/") == [FEED, OTHER]


def test_two_processes_that_use_the_outbox_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom feeds.push import outbox\nfrom feeds.push.outbox import Outbox\n"
        "from feeds.push.receivers import Hub\n"
        # Who comes between two of the other's changes gets the lock: on a slow disk, that takes its time.
        f"outbox._LOCK_SECONDS = {PATIENCE}\n"
        "kept = Outbox(Path(sys.argv[1]), [Hub('https://a.example/')])\n"
        "for n in range(40): kept.add([f'https://x.example/{sys.argv[2]}/{n}'], n)\n"
    )
    file = tmp_path / "deep" / "push.json"
    running = [subprocess.Popen([sys.executable, "-c", program, str(file), name]) for name in "abc"]
    assert [process.wait(PATIENCE) for process in running] == [0, 0, 0]
    found = urls(Outbox(file, [Hub("https://a.example/")]), "https://a.example/")
    assert set(found) == {f"https://x.example/{name}/{n}" for name in "abc" for n in range(40)}
    assert len(found) == 120


def test_an_outbox_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"push\.json: cannot be written: "):
        Outbox(tmp_path / "file" / "push.json", [Hub("https://a.example/")]).add([FEED], 0)


def test_a_hub_that_never_answers_holds_up_no_other(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub() as party:
        with silent_hub() as silent:
            config = with_hubs(workspace, silent, party.url)
            outbox = Outbox.of(config)
            outbox.add([FEED, OTHER], time.time())
            monkeypatch.setattr("feeds.push.rounds.TIMEOUT", PATIENCE)
            going = Round(config, choose_all, seconds=PATIENCE)
            assert {party.heard.get(timeout=PATIENCE).url for _ in range(2)} == {FEED, OTHER}
            until(lambda: urls(outbox, party.url) == [])
            assert outbox.read(silent).attempts == 0, "the silent one still has its time"
            monkeypatch.setattr("feeds.push.rounds.TIMEOUT", 0.3)
            told = Round(config, choose_all).wait()
            assert [(one.receiver, one.verdict) for one in told] == [(silent, "later")] * 2
            assert urls(outbox, silent) == [FEED, OTHER]
            assert list(describe_failures(told)) == [
                f"{silent} could not be told of 2 feeds: it did not answer in time. {AGAIN}"
            ]
        # It is gone, and so the first round has an end.
        told = going.wait()
        assert [(one.receiver, one.verdict) for one in told] == [(silent, "later")] * 2 + [
            (party.url, "told")
        ] * 2


def test_what_there_was_no_time_for_stays_due(workspace: Workspace) -> None:
    with hub() as party:
        config = with_hubs(workspace, party.url)
        outbox = Outbox.of(config)
        outbox.add([FEED], 1000)
        told = Round(config, seconds=0).wait()
        assert [one.reason for one in told] == ["there was no time left"]
        assert (outbox.read(party.url).due, urls(outbox, party.url)) == (1000, [FEED])
        assert party.told() == []


def test_one_that_is_away_is_asked_once_and_one_that_refuses_a_feed_is_told_of_the_others(
    workspace: Workspace,
) -> None:
    for status, requests, left in ((503, 1, 2), (400, 2, 0), (500, 2, 2)):
        with hub(status=status) as party:
            config = with_hubs(workspace, party.url)
            Outbox.of(config).add([FEED, OTHER], time.time())
            Round(config).wait()
            assert (len(party.told()), len(urls(Outbox.of(config), party.url))) == (requests, left)


def test_a_running_server_tells_hubs_in_the_background(workspace: Workspace) -> None:
    with hub() as party:
        config = with_hubs(workspace, party.url)
        with running(config) as pinger:
            pinger.notify([FEED])
            assert party.heard.get(timeout=PATIENCE).url == FEED
            pinger.notify([OTHER, FEED])
            assert {party.heard.get(timeout=PATIENCE).url for _ in range(2)} == {FEED, OTHER}
        until(lambda: at_work() == [])
        assert urls(Outbox.of(config), party.url) == []


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What a running server has chosen to tell, each time that it has looked."""
    found: list[list[str]] = []

    def choose_and_record(pending: Pending) -> list[str]:
        found.append(list(choose_due(pending)))
        return found[-1]

    monkeypatch.setattr("feeds.push.rounds.choose_due", choose_and_record)
    return found


def test_a_server_that_starts_goes_on_with_what_an_earlier_one_could_not_tell(
    workspace: Workspace,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    looks: list[list[str]],
) -> None:
    monkeypatch.setattr("feeds.push.outbox._FIRST_DELAY", 3600.0)
    with hub(status=503) as party:
        config = with_hubs(workspace, party.url)
        outbox = Outbox.of(config)
        with running(config) as pinger:
            pinger.notify([FEED])
            party.heard.get(timeout=PATIENCE)
            until(lambda: outbox.read(party.url).attempts == 1)
            until(lambda: "503" in caplog.text)
        party.status = 202
        looks.clear()
        with running(config):
            until(lambda: looks)
        assert (looks[0], party.told()) == ([], []), "not before its time"
        later = SimpleNamespace(time=lambda: time.time() + 7200, monotonic=time.monotonic)
        monkeypatch.setattr("feeds.push.rounds.time", later)
        with running(config):
            assert party.heard.get(timeout=PATIENCE).url == FEED
            until(lambda: urls(outbox, party.url) == [])
    assert f"{party.url} could not be told of {FEED}: it answered 503 Service Unavailable." in caplog.text


def test_a_server_outlives_an_outbox_that_cannot_be_written(
    workspace: Workspace, caplog: pytest.LogCaptureFixture, looks: list[list[str]]
) -> None:
    config = with_hubs(workspace, GONE)
    config.outbox_path.parent.write_text("in the way")
    with running(config) as pinger:
        until(lambda: looks)
        pinger.notify([FEED])
        until(lambda: len(looks) > 1, "it looks again")
        assert "push" in at_work()
    assert "Nobody was told of a change." in caplog.text


def test_the_changed_urls_are_the_documents_that_readers_subscribe_to(workspace: Workspace) -> None:
    workspace.configure('[feeds]\nformats = ["atom", "json"]\nlimit = 1\npage_size = 1\n')
    for name in ("a", "b", "c"):
        workspace.article(name)
    site = open_site(workspace.config, NOW)
    with site.publisher.snapshot() as snapshot:
        before = snapshot.state.generation
        assert "https://feeds.example.org/all.json" in list_urls(snapshot)
        assert not any("/archive/" in url for url in list_urls(snapshot))
        assert list_urls(snapshot, before) == []
    workspace.article("d", topics=["Law"], provider={"domain": "law.example"})
    with open_site(workspace.config, NOW).publisher.snapshot() as snapshot:
        stems = ("all", "topics/law", "providers/law.example")
        assert sorted(list_urls(snapshot, before)) == sorted(
            f"https://feeds.example.org/{stem}.{ending}" for stem in stems for ending in ("atom", "json")
        )
