"""Frozen equals served: a real nginx and a real Caddy over a frozen tree answer as the application does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import NamedTuple

import pytest
from effort import for_each
from hosted_site import ARCHIVES, EXTRA, KINDS, SAME
from programs import require_program
from servers import Server
from sites import CONFIG, Workspace, as_file
from web_servers import Caddy, Host, Nginx

from feeds.config.schema import Config
from feeds.errors import ConfigError, StorageError
from feeds.freeze.plan import find_file
from feeds.lib.compression import ENDINGS, compress
from feeds.publisher import headers

pytestmark = pytest.mark.slow

BASE = "https://feeds.example.org"


class Site(NamedTuple):
    """A site that is frozen, and served by the application."""

    workspace: Workspace
    app: Server

    @property
    def config(self) -> Config:
        return self.workspace.config


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    workspace = Workspace(tmp_path_factory.mktemp("hosts") / "site")
    workspace.configure(EXTRA)
    workspace.article("old", topics=["Retired"], publishedDateTime="2023-12-31T00:00:00Z")
    for n in range(8):
        workspace.article(
            f"a{n}", publishedDateTime=f"2024-01-0{n + 1}T00:00:00Z", topics=["AI", f"T{n % 3}"]
        )
    workspace.freeze()
    app = Server(workspace.folder / "config.toml")
    yield Site(workspace, app)
    app.stop()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def host(
    request: pytest.FixtureRequest, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("server") / "run"
    running = start(request.param, folder, site.workspace.output, site.workspace.output)
    yield running
    running.stop()


def start(name: str, folder: Path, output: Path, root: Path) -> Host:
    if name == "nginx":
        return Nginx(folder, f'server {{ listen 80; root "{root}"; include "{output}.nginx.conf"; }}')
    return Caddy(folder, f'feeds.example.org {{\n\troot * "{root}"\n\timport "{output}.Caddyfile"\n}}\n')


@for_each("path", KINDS)
def test_each_kind_of_document_has_the_headers_and_bytes_of_the_application(
    site: Site, host: Host, path: str
) -> None:
    ours, expected = site.app.get(path)
    theirs, body = host.get(path)
    assert (theirs.status, body) == (200, as_file(expected))
    assert {name: theirs.headers.get_all(name) for name in SAME} == {
        name: ours.headers.get_all(name) for name in SAME
    }
    assert theirs.headers.get_all("Vary") == ["Accept-Encoding"]


@for_each("path", ["/all.atom", "/topics/ai.rss", "/all.json", "/missing.atom", "/"])
@for_each("coding", ["identity", "gzip"])
def test_a_feed_that_a_browser_opens_is_xml_as_the_application_sends_it(
    site: Site, host: Host, path: str, coding: str
) -> None:
    asked = {"Sec-Fetch-Dest": "document", "Accept-Encoding": coding}
    (ours, expected), (theirs, body) = site.app.get(path, asked), host.get(path, asked)
    compared = (*SAME, "Vary", "Link", "Content-Encoding")
    assert (theirs.status, {name: theirs.headers.get_all(name) for name in compared}) == (
        ours.status,
        {name: ours.headers.get_all(name) for name in compared},
    )
    if coding == "identity" and ours.status == 200:
        assert body == as_file(expected)


@pytest.mark.parametrize("path", ARCHIVES)
def test_an_archive_document_is_kept_as_long_as_any_other_since_the_last_one_grows(
    site: Site, host: Host, path: str
) -> None:
    ours, expected = site.app.get(path)
    theirs, body = host.get(path)
    assert (theirs.status, body) == (200, expected)
    assert theirs.getheader("Content-Type") == ours.getheader("Content-Type")
    assert theirs.getheader("Cache-Control") == headers.make_cache_control(site.config)


@for_each("path", [*KINDS, *ARCHIVES])
def test_a_reader_that_has_the_document_gets_304_with_its_headers(host: Host, path: str) -> None:
    first, _ = host.get(path)
    tag = first.getheader("ETag") or ""
    for condition in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", {tag}'},
        {"If-Modified-Since": first.getheader("Last-Modified") or ""},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ):
        response, body = host.get(path, condition)
        assert (response.status, body) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
            assert response.getheader(name) == first.getheader(name), name
    assert host.get(path, {"If-None-Match": '"other"'})[0].status == 200


def test_head_is_get_without_a_body(host: Host) -> None:
    get, body = host.get("/all.rss")
    head, nothing = host.get("/all.rss", method="HEAD")
    assert nothing == b""
    assert head.getheader("Content-Length") == str(len(body)) == get.getheader("Content-Length")


def test_an_old_address_leads_to_the_new_one_though_a_file_is_there(site: Site, host: Host) -> None:
    assert (site.workspace.output / "topics" / "machine-thought.atom").exists()
    for ending, status in ((".atom", 301), (".rss", 301), (".json", 301), ("/", 301), ("", 308)):
        for old in ("/topics/artificial-intelligence", "/topics/machine-thought"):
            ours, _ = site.app.get(old + ending)
            theirs, _ = host.get(old + ending)
            assert theirs.status == ours.status == status
            assert theirs.getheader("Location") == ours.getheader("Location")
            assert theirs.getheader("Cache-Control") == ours.getheader("Cache-Control")
            assert theirs.getheader("Access-Control-Allow-Origin") == "*"
            assert theirs.getheader("Link") is None


@for_each(
    "path",
    ["/feed", "/feed/", "/rss", "/rss/", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml", "/index.rss", "/index.json",
     "/blog/feed", "/blog/rss/", "/topics/ai/feed", "/topics/ai/feed/", "/topics/ai/feed.json", "/topics/t1/index.xml",
     "/providers/example.org/rss.xml", "/feeds/best/atom.xml", "/all/feed", "/topics/nope/feed", "/topics/feed", "/fed",
     "/topics/ai/fed", "/feed/feed", "/xfeed", "/indexaxml", "/topics/retired/feed", "/topics/retired/rss.xml"],
)  # fmt: skip
def test_an_address_that_readers_guess_leads_where_the_application_leads(
    site: Site, host: Host, path: str
) -> None:
    ours, _ = site.app.get(path)
    theirs, _ = host.get(path)
    assert (theirs.status, theirs.getheader("Location")) == (ours.status, ours.getheader("Location"))
    for name in ("Cache-Control", "Access-Control-Allow-Origin", "Link"):
        assert theirs.headers.get_all(name) == ours.headers.get_all(name), name


def test_no_guess_hides_a_file_of_the_site(site: Site, host: Host) -> None:
    for name, path in (("index.rss", "/index.rss"), ("blog/feed/index.html", "/blog/feed/")):
        file = site.workspace.output / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("mine")
        response, body = host.get(path)
        assert (response.status, body) == (200, b"mine")
        file.unlink()
    file.parent.rmdir()


def test_a_page_without_its_slash_or_with_the_name_of_its_file_is_redirected(site: Site, host: Host) -> None:
    for path, page in (
        ("/topics/t1", "/topics/t1/"),
        ("/topics/t1/index.html", "/topics/t1/"),
        ("/index.html", "/"),
    ):
        ours, _ = site.app.get(path)
        theirs, _ = host.get(path)
        assert theirs.status == ours.status == 308
        location = (theirs.getheader("Location") or "").removeprefix(BASE)
        assert location in (page, "./", f"{path.rpartition('/')[2]}/")
        assert theirs.getheader("Access-Control-Allow-Origin") == "*"


def test_a_retired_feed_is_410_and_soon_forgotten(site: Site, host: Host) -> None:
    for path in (
        "/topics/retired.atom", "/topics/retired.json", "/topics/retired/", "/topics/retired",
        "/topics/outdated.rss", "/topics/outdated/", "/topics/retired/archive/1.atom",
        "/topics/retired/archive/2/",
    ):  # fmt: skip
        ours, said = site.app.get(path)
        theirs, body = host.get(path)
        assert theirs.status == ours.status == 410
        assert body.strip() == said.strip()
        same_error(theirs, ours)


@for_each(
    "path",
    [
        "/nope", "/nope.atom", "/nope.json", "/topics/nope/", "/topics/page/2/", "/static/nope.css",
        "/.feeds-manifest.json", "/.feeds-new-1", "/.git/config", "/all.atom.gz", "/topics/t1/index.html.br",
        "/_headers", "/_redirects",
    ],
)  # fmt: skip
def test_what_is_unknown_or_hidden_is_404_readable_from_any_page_and_soon_forgotten(
    site: Site, host: Host, path: str
) -> None:
    ours, _ = site.app.get(path)
    theirs, body = host.get(path)
    assert theirs.status == ours.status == 404
    assert BASE.encode() in body
    same_error(theirs, ours)


@for_each("path", ["/nope", "/topics/nope/", "/nope.html", "/.git/config", "/nope.atom", "/topics/retired/"])
def test_a_browser_gets_a_page_if_nothing_is_found_and_a_feed_reader_a_line(
    site: Site, host: Host, path: str
) -> None:
    wish = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    ours, page = site.app.get(path, wish)
    theirs, body = host.get(path, wish)
    assert theirs.status == ours.status == (410 if "retired" in path else 404)
    same_error(theirs, ours)
    if path.endswith(".atom"):
        assert ours.getheader("Content-Type") == "text/plain; charset=utf-8"
    else:
        assert body == site.workspace.read("404.html")
        assert b"<h1>Gone</h1>" in page if "retired" in path else b"<h1>Not found</h1>" in page


def same_error(theirs: HTTPResponse, ours: HTTPResponse) -> None:
    for name in (*SAME, "Vary"):
        values = [response.headers.get_all(name) for response in (theirs, ours)]
        assert values[0] == values[1] or (name == "Vary" and values[1] is None), name


def test_a_preflight_and_other_methods_are_answered_as_by_the_application(site: Site, host: Host) -> None:
    for path in ("/all.atom", "/topics/machine-thought.atom"):
        ours, _ = site.app.get(path, method="OPTIONS")
        theirs, body = host.get(path, method="OPTIONS")
        assert theirs.status == ours.status
        assert body == b""
        for name, value in (*headers.SHARED, *headers.PREFLIGHT):
            assert theirs.headers.get_all(name) == ours.headers.get_all(name) == [value]
    ours, _ = site.app.get("/all.atom", method="POST")
    theirs, _ = host.get("/all.atom", method="POST")
    assert theirs.status == ours.status == 405
    assert theirs.getheader("Cache-Control") == ours.getheader("Cache-Control")
    for response in (ours, theirs):
        assert set(re.split(r", ?", response.getheader("Allow") or "")) == {"GET", "HEAD", "OPTIONS"}
        assert response.getheader("Access-Control-Allow-Origin") == "*"


@for_each("coding", ["gzip", "br", "zstd"])
@for_each("path", [*KINDS, *ARCHIVES])
def test_a_compressed_answer_has_the_bytes_and_type_of_the_application(
    site: Site, host: Host, path: str, coding: str
) -> None:
    plain, body = host.get(path)
    response, packed = host.get(path, {"Accept-Encoding": coding})
    smaller = (site.workspace.output / (find_file(path[1:]) + ENDINGS[coding])).exists()
    if coding == "zstd" and isinstance(host, Nginx):
        smaller = False  # Debian's nginx has no module for it, and sends the document as it is.
    assert packed == (compress(body, coding) if smaller else body)
    assert response.getheader("Content-Encoding") == (coding if smaller else None)
    assert response.headers.get_all("Vary") == ["Accept-Encoding"]
    for name in SAME:
        assert response.headers.get_all(name) == plain.headers.get_all(name), name
    again, nothing = host.get(
        path, {"Accept-Encoding": coding, "If-None-Match": response.getheader("ETag") or ""}
    )
    assert (again.status, nothing) == (304, b"")


def test_brotli_is_preferred_if_a_reader_takes_anything(host: Host) -> None:
    response, _ = host.get("/all.atom", {"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert response.getheader("Content-Encoding") == "br"


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_site_below_a_path_is_hosted_below_it(workspace: Workspace, tmp_path: Path, name: str) -> None:
    base = CONFIG.replace("https://feeds.example.org/", "https://example.org/a$b%20c/feeds")
    workspace.configure(
        f'[output]\npath = "public/a$b c/feeds"\nhosts = ["{name}"]\n[topics.AI]\naliases = ["KI"]\n', base
    )
    workspace.article("a")
    output = workspace.folder / "public" / "a$b c" / "feeds"
    workspace.freeze(output=output)
    running = start(name, tmp_path / "run", output, workspace.folder / "public")
    try:
        response, body = running.get("/a$b%20c/feeds/topics/ai.atom")
        assert (response.status, body) == (200, (output / "topics" / "ai.atom").read_bytes())
        assert response.getheader("Content-Type") == "application/atom+xml; charset=utf-8"
        link = response.getheader("Link") or ""
        assert re.match(r"<https://example\.org/a(\$|%24)b%20c/feeds/topics/ai\.atom>; rel=\"self\"", link)
        response, _ = running.get("/a$b%20c/feeds/topics/ki.atom")
        assert response.status == 301
        location = (response.getheader("Location") or "").replace("%24", "$")
        assert location == "https://example.org/a$b%20c/feeds/topics/ai.atom"
        for path, feed in (("rss.xml", "all.rss"), ("topics/ai/feed/", "topics/ai.atom")):
            response, _ = running.get(f"/a$b%20c/feeds/{path}")
            location = (response.getheader("Location") or "").replace("%24", "$")
            assert (response.status, location) == (301, f"https://example.org/a$b%20c/feeds/{feed}")
        assert running.get("/a$b%20c/feeds/nope/feed")[0].status == 404
        assert running.get("/a$b%20c/feeds/feeds.json")[0].getheader("Content-Type") == (
            "application/json; charset=utf-8"
        )
        response, body = running.get("/a$b%20c/feeds/all.rss", {"Accept-Encoding": "gzip"})
        assert response.getheader("Content-Encoding") == ("gzip" if name == "nginx" else None)
    finally:
        running.stop()


def test_hosts_are_named_once_and_only_one_of_those_that_read_the_same_files(workspace: Workspace) -> None:
    for hosts in ('["nginx", "nginx"]', '["netlify", "cloudflare"]', '["apache"]'):
        with pytest.raises(ConfigError, match=r"output\.hosts"):
            workspace.configure(f"[output]\nhosts = {hosts}\n")
    with pytest.raises(ConfigError, match=r"output\.compress.*twice"):
        workspace.configure('[output]\ncompress = ["br", "br"]\n')


def test_files_for_hosts_come_and_go_with_the_configuration(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.configure('[output]\nhosts = ["netlify", "nginx", "caddy"]\n')
    names = {"_headers", "_redirects", "../build.nginx.conf", "../build.Caddyfile"}
    planned = workspace.freeze(dry_run=True)
    assert not (workspace.folder / "build.nginx.conf").exists()
    plan = workspace.freeze()
    assert sorted(plan.written) == sorted(planned.written)
    assert names <= set(plan.written)
    assert names <= set(workspace.freeze().kept)
    workspace.configure('[output]\nhosts = ["cloudflare"]\n')
    plan = workspace.freeze()
    assert plan.deleted == ["../build.Caddyfile", "../build.nginx.conf"]
    # It has a rule of its own for a path with a slash.
    assert plan.written == ["_redirects"]
    workspace.configure()
    assert workspace.freeze().deleted == ["_headers", "_redirects"]
    assert not any((workspace.output / name).exists() for name in names)


def test_a_file_of_the_operator_is_neither_replaced_nor_deleted(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.output.mkdir()
    for name in ("404.html", "robots.txt", "sitemap.xml"):
        (workspace.output / name).write_text("mine")
    workspace.freeze()
    (workspace.folder / "build.nginx.conf").write_text("mine")
    workspace.configure('[output]\nhosts = ["netlify"]\n')
    workspace.freeze()
    workspace.configure('[output]\nhosts = ["nginx"]\n')
    with pytest.raises(StorageError, match=r"build\.nginx\.conf: is in the way"):
        workspace.freeze()
    workspace.configure()
    workspace.freeze()
    assert {(workspace.output / name).read_text() for name in ("404.html", "robots.txt", "sitemap.xml")} == {
        "mine"
    }
    (workspace.output / "robots.txt").unlink()
    assert workspace.freeze().written == ["robots.txt"]
    assert (workspace.folder / "build.nginx.conf").read_text() == "mine"


def test_a_new_alias_changes_the_files_for_hosts_in_the_same_freeze(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.configure('[output]\nhosts = ["nginx"]\n')
    workspace.freeze()
    workspace.configure('[output]\nhosts = ["nginx"]\n[topics.AI]\naliases = ["KI"]\n')
    assert "../build.nginx.conf" in workspace.freeze().written
    assert "/topics/ki.atom" in (workspace.folder / "build.nginx.conf").read_text()


def test_a_server_that_is_not_installed_skips_its_tests_by_name_and_fails_them_under_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-server is not installed"):
        require_program("no-such-server")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-server is not installed"):
        require_program("no-such-server")
