"""What is served over HTTP equals what is frozen, and carries the headers that readers go by."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from servers import Server
from sites import NOW, Workspace, as_file, tree
from waiting import PATIENCE

from feeds.site import open_site
from feeds.web.app import create


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, Server]]:
    workspace = Workspace(tmp_path_factory.mktemp("http") / "site")
    for n in range(12):
        workspace.article(
            f"a{n}", publishedDateTime=f"2024-01-{n + 1:02}T00:00:00Z", topics=["AI", f"T{n % 3}", "日本"],
        )  # fmt: skip
    workspace.configure(
        '[topics."Artificial Intelligence"]\naliases = ["AI"]\n[topics.Empty]\n'
        '[selections.best]\ntitle = "Best"\nmin_quality = 1\n'
    )
    server = Server(workspace.folder / "config.toml")
    workspace.freeze()
    yield workspace, server
    server.stop()


def test_every_frozen_file_is_served_with_the_same_bytes(site: tuple[Workspace, Server]) -> None:
    workspace, server = site
    files = tree(workspace.output)
    assert len(files) > 20
    for file, body in files.items():
        # The application searches its index instead.
        if file.startswith("search/index/"):
            continue
        path = "/" + file.removesuffix("index.html")
        response, served = server.get(path)
        if response.status == 301:
            target = (response.getheader("Location") or "").removeprefix("https://feeds.example.org")
            response, served = server.get(target)
        assert (response.status, as_file(served)) == (200, body), path


def test_types_name_the_format_and_charset(site: tuple[Workspace, Server]) -> None:
    for path, expected in (
        ("/all.atom", "application/atom+xml; charset=utf-8"),
        ("/all.rss", "application/rss+xml; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/static/style.css", "text/css; charset=utf-8"),
    ):
        response, _ = site[1].get(path)
        assert response.getheader("Content-Type") == expected
        assert response.getheader("X-Content-Type-Options") == "nosniff"
        assert response.getheader("Access-Control-Allow-Origin") == "*"
        assert response.getheader("Set-Cookie") is None


def test_a_reader_that_has_the_document_gets_304_without_a_body(site: tuple[Workspace, Server]) -> None:
    server = site[1]
    first, body = server.get("/all.atom")
    assert body
    for headers in (
        {"If-None-Match": first.getheader("ETag") or ""},
        {"If-None-Match": f'"other", W/{first.getheader("ETag")}'},
        {"If-Modified-Since": first.getheader("Last-Modified") or ""},
    ):
        response, body = server.get("/all.atom", headers)
        assert (response.status, body) == (304, b"")
        assert response.getheader("ETag") == first.getheader("ETag")
        assert response.getheader("Cache-Control") == first.getheader("Cache-Control")
    response, _ = server.get("/all.atom", {"If-None-Match": '"other"'})
    assert response.status == 200


def test_header_and_body_are_sent_at_once(site: tuple[Workspace, Server]) -> None:
    """A proxy that has a part of the answer of a node that is killed then can ask no other node any more."""
    _, server = site
    for path in ("/all.atom", "/topics/ai.rss", "/", "/nothing", "/all.json?topic=t1", "/all.json?topic=t2"):
        for _ in range(10):
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                header, _, body = client.recv(1 << 20).partition(b"\r\n\r\n")
            fields = http.client.parse_headers(io.BytesIO(header.partition(b"\r\n")[2] + b"\r\n\r\n"))
            assert len(body) == int(fields["Content-Length"]), path


def test_head_is_get_without_a_body(site: tuple[Workspace, Server]) -> None:
    get, body = site[1].get("/all.rss")
    head, nothing = site[1].get("/all.rss", method="HEAD")
    assert nothing == b""
    assert head.getheader("Content-Length") == str(len(body)) == get.getheader("Content-Length")


def test_a_known_topic_without_articles_is_an_empty_feed_and_an_unknown_one_is_missing(
    site: tuple[Workspace, Server],
) -> None:
    response, body = site[1].get("/topics/empty.atom")
    assert response.status == 200
    assert b"<entry>" not in body
    response, body = site[1].get("/topics/nonsense.atom")
    assert response.status == 404
    assert (response.getheader("Content-Type") or "").startswith("text/plain")


def test_an_alias_leads_on_for_good_and_a_variant_to_the_one_address(site: tuple[Workspace, Server]) -> None:
    for old, new, status in (
        ("/topics/ai.atom", "topics/artificial-intelligence.atom", 301),
        ("/topics/ai/", "topics/artificial-intelligence/", 301),
        ("/topics/AI.atom", "topics/artificial-intelligence.atom", 308),
        ("/topics/t1", "topics/t1/", 308),
        ("/Topics/T1/", "topics/t1/", 308),
        ("/topics/t1.ATOM", "topics/t1.atom", 308),
        ("/topics//t1.atom", "topics/t1.atom", 308),
        ("/topics/t1.atom/", "topics/t1.atom", 308),
        ("/topics/t1/index.html", "topics/t1/", 308),
        ("/index.html", "", 308),
    ):
        response, _ = site[1].get(old, {"Host": "evil.example"})
        assert response.status == status, old
        assert response.getheader("Location") == f"https://feeds.example.org/{new}"


@pytest.mark.slow
def test_an_unknown_feed_names_the_nearest_and_a_retired_one_says_so(workspace: Workspace) -> None:
    workspace.article("a", topics=["Robots", "Retired"])
    workspace.configure("[topics.Retired]\nretired = true\n")
    server = Server(workspace.folder / "config.toml")
    try:
        response, body = server.get("/topics/robot.atom")
        assert response.status == 404
        assert b"https://feeds.example.org/topics/robots/" in body
        for path in ("/topics/retired.atom", "/topics/retired/"):
            response, body = server.get(path)
            assert response.status == 410, path
            assert response.getheader("Cache-Control") == "public, max-age=60"
            assert b"retired" in body
    finally:
        server.stop()


def test_errors_and_preflights_can_be_read_from_any_page(site: tuple[Workspace, Server]) -> None:
    for path, method, status in (
        ("/nope", "GET", 404),
        ("/all.atom", "POST", 405),
        ("/all.atom", "OPTIONS", 200),
    ):
        response, _ = site[1].get(path, method=method)
        assert response.status == status
        assert response.getheader("Access-Control-Allow-Origin") == "*"
        assert response.getheader("X-Content-Type-Options") == "nosniff"
    assert response.getheader("Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS"


def test_the_link_header_names_self_and_the_other_formats(site: tuple[Workspace, Server]) -> None:
    response, _ = site[1].get(
        "/topics/t1.rss?_=123", {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    base = "https://feeds.example.org/topics/t1"
    assert response.getheader("Link") == (
        f'<{base}.rss>; rel="self"; type="application/rss+xml", '
        f'<{base}.atom>; rel="alternate"; type="application/atom+xml", '
        f'<{base}.json>; rel="alternate"; type="application/feed+json"'
    )


@pytest.mark.slow
def test_a_document_is_answered_the_same_whether_it_is_in_memory_or_not(workspace: Workspace) -> None:
    """All headers too, of answers with a body and without one."""
    workspace.article("a")
    wishes: tuple[dict[str, str], ...] = ({}, {"If-None-Match": "*"}, {"Accept-Encoding": "br"})
    for wish in wishes:
        for method in ("GET", "HEAD"):
            client = create(open_site(workspace.config, NOW).publisher).test_client()
            first, second = (client.open("/all.atom", method=method, headers=wish) for _ in range(2))
            assert "Last-Modified" in first.headers
            assert (first.status, first.headers.to_wsgi_list(), first.data) == (
                second.status, second.headers.to_wsgi_list(), second.data,
            ), wish  # fmt: skip


@pytest.mark.slow
def test_last_modified_moves_when_an_article_is_withdrawn(workspace: Workspace) -> None:
    gone = workspace.article("a", topics=["AI"])
    workspace.article("b", topics=["AI"])
    workspace.freeze(NOW)
    gone.unlink()
    from feeds.site import open_site

    with open_site(workspace.config, NOW + timedelta(days=1)).publisher.snapshot() as snapshot:
        document = snapshot.document("topics/ai.atom")
    assert document is not None
    assert document.last_modified == NOW + timedelta(days=1)
