"""The programs that docs/guides/library.md shows run, and do what it says; `make types` checks their types."""

from __future__ import annotations

import asyncio
import re
import runpy
import sys
from collections.abc import Callable
from typing import Any

import pytest
from documentation import blocks
from sites import CONFIG, ROOT, Workspace
from werkzeug.test import Client
from werkzeug.wrappers import Response

from feeds import formats
from feeds.check.lint import lint
from feeds.config.schema import FormatName

EXAMPLES = ROOT / "examples" / "library"
PAGE = ROOT / "docs" / "guides" / "library.md"


@pytest.fixture
def site(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A site at /feeds/, in the folder of which the examples are run."""
    workspace.article("a", title="First")
    workspace.configure(
        '[topics.AI]\naliases = ["Intelligence"]\n',
        base=CONFIG.replace("https://feeds.example.org/", "https://example.org/feeds/"),
    )
    monkeypatch.chdir(workspace.folder)
    monkeypatch.syspath_prepend(EXAMPLES)
    return workspace


def run(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def assert_served(get: Callable[[str], Response]) -> None:
    for path in ("all.atom", "topics/ai/", ""):
        assert get(f"/feeds/{path}").status_code == 200
    assert b"First" in get("/feeds/all.atom").data
    moved = get("/feeds/topics/Intelligence.atom").headers["Location"]
    assert moved == "https://example.org/feeds/topics/ai.atom"


def test_the_page_shows_each_example_as_it_is_and_no_other() -> None:
    """Copy the file into the page if this fails: types are checked in the files, and tests run these."""
    files = {path.name: path.read_text() for path in sorted(EXAMPLES.glob("*.py"))}
    assert sorted(blocks("python", PAGE.read_text())) == sorted(files.values())


def test_a_site_is_checked_and_frozen(site: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    publish = run("publish")["publish"]
    assert publish("config.toml") is True
    assert re.match(
        r"all\.atom: [\d,]+ bytes of application/atom\+xml\n\d+ written, 0 deleted\n",
        capsys.readouterr().out,
    )
    site.write("bad.md", "no front matter")
    assert publish("config.toml") is False
    assert "bad.md:1:1: error:" in capsys.readouterr().out


def test_entries_of_ones_own_are_valid_in_each_format() -> None:
    found = run("own_entries")
    names: tuple[tuple[FormatName, str], ...] = (("atom", "atom"), ("rss", "rss"), ("json", "json_feed"))
    for name, variable in names:
        body = found[variable]
        assert b"It starts in half the time." in body
        assert lint(name, formats.MEDIA_TYPES[name], body) == []


def test_a_flask_application_serves_them_beside_its_pages(site: Workspace) -> None:
    assert site.config
    client = run("flask_app")["create_app"]("config.toml").test_client()
    assert client.get("/").text == "The rest of the application."
    assert_served(client.get)


@pytest.mark.slow
def test_django_serves_them_by_views_and_as_a_whole(site: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django")
    from django.conf import settings

    settings.configure(ROOT_URLCONF="django_app", ALLOWED_HOSTS=["*"], SECRET_KEY="x")  # noqa: S106 - nothing is secret
    assert site.config
    application = run("django_wsgi")["application"]
    assert_served(Client(application, Response).get)
    # The views, in an application without the whole site.
    client = Client(application.app, Response)
    feed = client.get("/feeds/topics/ai.rss")
    assert (feed.status_code, feed.mimetype) == (200, "application/rss+xml")
    assert (
        client.get("/feeds/topics/ai.rss", headers={"If-None-Match": feed.headers["ETag"]}).status_code == 304
    )
    assert client.get("/feeds/topics/aj.rss").status_code == 404
    news = client.get("/news.atom", base_url="https://example.org/")
    assert lint("news.atom", "application/atom+xml", news.data) == []
    monkeypatch.delitem(sys.modules, "django_app")


def test_starlette_serves_them_beside_entries_of_its_own(site: Workspace) -> None:
    assert site.config
    assert_served_by_asgi(run("starlette_app")["app"])


def test_fastapi_takes_the_same_routes(site: Workspace) -> None:
    from fastapi import FastAPI

    assert site.config
    assert_served_by_asgi(FastAPI(routes=run("starlette_app")["routes"]))


def assert_served_by_asgi(app: Any) -> None:
    assert_served(lambda path: asyncio.run(ask_asgi(app, path)))
    news = asyncio.run(ask_asgi(app, "/news/feed.rss"))
    assert lint("feed.rss", "application/rss+xml", news.data) == []


async def ask_asgi(app: Any, path: str) -> Response:
    """Ask an ASGI application, as its server does."""
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
             "root_path": "", "headers": [(b"host", b"example.org")], "http_version": "1.1", "scheme": "https",
             "server": ("example.org", 443), "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"}}  # fmt: skip
    sent: list[dict[str, Any]] = []
    requests = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(requests, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = [(name.decode(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    return Response(b"".join(message.get("body", b"") for message in sent), sent[0]["status"], headers)
