"""Fetching pages of others: with manners, within bounds, and every failure is a sentence."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import urllib.request
import zlib
from collections.abc import Iterator

import pytest
from effort import for_each
from servers import free_port
from waiting import PATIENCE
from web_pages import Answer, Pages, serve_pages

from feeds.collect.fetch import Fetcher, is_public
from feeds.errors import FetchError
from feeds.lib.exchange import AddressRefusedError, exchange

SITE = "https://feeds.example.org/"


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with serve_pages() as served:
        yield served


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(SITE, allow_private=True, pause=0, seconds=PATIENCE, limit=10_000)


def test_a_request_says_who_asks_and_for_which_site(pages: Pages, fetcher: Fetcher) -> None:
    found = fetcher.fetch(pages.put("/plain", "Hello"))
    assert (found.status, found.body, found.content_type) == (200, b"Hello", "text/html; charset=utf-8")
    agent = pages.requests[-1][1]["user-agent"]
    assert agent.startswith("feeds/")
    assert agent.endswith(f"(+{SITE})")


def test_an_answer_that_has_not_changed_is_not_sent_again(pages: Pages, fetcher: Fetcher) -> None:
    pages.answers["/same"] = Answer(status=304, headers={"ETag": '"a"'})
    found = fetcher.fetch(f"{pages.root}/same", etag='"a"', last_modified="Sat, 01 Jun 2024 12:00:00 GMT")
    assert (found.status, found.body, found.etag) == (304, b"", '"a"')
    sent = pages.requests[-1][1]
    assert sent["if-none-match"] == '"a"'
    assert sent["if-modified-since"] == "Sat, 01 Jun 2024 12:00:00 GMT"


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [((301, 308), "/end"), ((301, 302), "/step1"), ((302, 301), ""), ((303, 307), "")],
)
def test_only_redirects_for_good_tell_of_a_new_address(
    pages: Pages, fetcher: Fetcher, statuses: tuple[int, int], moved: str
) -> None:
    pages.put("/end", "end")
    first = pages.redirect("/start", "/step1", statuses[0])
    pages.redirect("/step1", f"{pages.root}/end#part", statuses[1])
    found = fetcher.fetch(first)
    assert (found.url, found.body) == (f"{pages.root}/end", b"end")
    assert found.moved == (pages.root + moved if moved else "")
    assert found.visited == (first, f"{pages.root}/step1", f"{pages.root}/end")


@pytest.mark.parametrize(
    "target", ["/circle", "file:///etc/passwd", "ftp://example.org/", "http://u:p@example.org/", ""]
)
def test_a_redirect_that_leads_to_no_page_is_a_sentence(pages: Pages, fetcher: Fetcher, target: str) -> None:
    with pytest.raises(
        FetchError, match=r"/circle: leads (in a circle|to .*which is not the address)|not the address"
    ):
        fetcher.fetch(pages.redirect("/circle", target))


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/a", "javascript:alert(1)", "http://", "no address"]
)
def test_only_http_and_https_are_fetched(fetcher: Fetcher, url: str) -> None:
    with pytest.raises(FetchError, match="is not the address of a page"):
        fetcher.fetch(url)


@pytest.mark.parametrize(
    ("status", "says"),
    [(403, "in a browser"), (404, "complete"), (410, "gone"), (429, "fewer"), (503, "later"), (599, "later")],
)
def test_a_refusal_says_what_to_do_and_when_to_ask_again(
    pages: Pages, fetcher: Fetcher, status: int, says: str
) -> None:
    pages.answers["/refused"] = Answer(b"no", status, {"Retry-After": "120"})
    with pytest.raises(FetchError, match=rf"/refused: the server answered {status}.*{says}") as caught:
        fetcher.fetch(f"{pages.root}/refused")
    assert (caught.value.status, caught.value.retry_after) == (status, 120)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_answer_is_read_as_it_was(pages: Pages, fetcher: Fetcher, coding: str) -> None:
    text = b"Hello " * 1000
    packed = gzip.compress(text) if coding == "gzip" else zlib.compress(text)
    assert fetcher.fetch(pages.put("/packed", packed, headers={"Content-Encoding": coding})).body == text


def test_no_more_than_the_limit_is_read_or_unpacked(pages: Pages, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match=r"is larger than 0.01 MB"):
        fetcher.fetch(pages.put("/large", b"x" * 10_001))
    bomb = gzip.compress(bytes(50_000_000))
    with pytest.raises(FetchError, match=r"is larger than 0.01 MB"):
        fetcher.fetch(pages.put("/bomb", bomb, headers={"Content-Encoding": "gzip"}))


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_an_answer_that_breaks_off_is_none(pages: Pages, fetcher: Fetcher, coding: str) -> None:
    body = gzip.compress(b"Hello")[:-4] if coding else b"Hello"
    headers = {"Content-Encoding": coding} if coding else {"Content-Length": "50"}
    with pytest.raises(FetchError, match="ended in the middle"):
        fetcher.fetch(pages.put("/broken", body, headers=headers))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip"])
def test_what_cannot_be_unpacked_is_a_sentence(pages: Pages, fetcher: Fetcher, coding: str) -> None:
    with pytest.raises(FetchError, match="/strange: "):
        fetcher.fetch(pages.put("/strange", b"\x00\x01 no such coding", headers={"Content-Encoding": coding}))


def test_a_server_that_never_ends_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(FetchError, match="did not answer in time"):
            Fetcher(SITE, allow_private=True, seconds=0.1).fetch(f"http://127.0.0.1:{port}/")
        assert time.monotonic() - began < PATIENCE


def test_a_host_that_is_not_there_is_a_sentence(fetcher: Fetcher) -> None:
    port = free_port()
    with pytest.raises(FetchError, match=r"cannot be reached \(Connection refused\)"):
        fetcher.fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"],  # noqa: S104
)
def test_this_machine_is_not_asked_unless_that_is_meant(pages: Pages, host: str) -> None:
    before = len(pages.requests)
    port = pages.root.rpartition(":")[2]
    with pytest.raises(FetchError, match=r"private network or on this machine|cannot be reached"):
        Fetcher(SITE, pause=0).fetch(f"http://{host}:{port}/plain")
    assert len(pages.requests) == before


def test_a_proxy_is_not_asked_for_private_addresses(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """It resolves names itself, and so has to guard its own network, but addresses can be refused before."""
    monkeypatch.setenv("http_proxy", pages.root)
    before = len(pages.requests)
    for host in ("169.254.169.254", "10.0.0.1", "[::1]"):
        with pytest.raises(FetchError, match="--allow-private"):
            Fetcher(SITE, pause=0).fetch(f"http://{host}/latest")
    assert len(pages.requests) == before
    pages.put("http://public.example.org/", "through")
    assert Fetcher(SITE, pause=0, seconds=PATIENCE).fetch("http://public.example.org/").body == b"through"


@for_each(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fe80::1", False),
        ("fe80::1%lo", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:a00:1::", False),
    ],
)
def test_an_address_is_public_only_if_what_it_leads_to_is(address: str, *, public: bool) -> None:
    assert is_public(address) == public


def test_what_is_judged_is_the_address_that_is_connected_to(pages: Pages) -> None:
    """A name that has another address a moment later (DNS rebinding) gains nothing."""
    judged: list[str] = []

    def refuse(address: str) -> bool:
        judged.append(address)
        return False

    request = urllib.request.Request(pages.root.replace("127.0.0.1", "localhost"))  # noqa: S310 - a server of ours
    with (
        exchange(request, PATIENCE, refuse) as send,
        pytest.raises(OSError, match="must not be connected to") as caught,
    ):
        send()
    assert isinstance(getattr(caught.value, "reason", caught.value), AddressRefusedError)
    assert "127.0.0.1" in judged


def test_a_host_is_asked_for_one_thing_at_a_time_with_a_pause(pages: Pages) -> None:
    fetcher = Fetcher(SITE, allow_private=True, pause=0.05, seconds=PATIENCE)
    url = pages.put("/plain", "Hello")
    began = time.monotonic()
    threads = [threading.Thread(target=fetcher.fetch, args=(url,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 0.1
