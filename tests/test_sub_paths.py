"""A site below a path answers at its address: served directly, behind proxies, mounted in another application."""

from __future__ import annotations

from pathlib import Path

import pytest
from effort import for_each
from flask import Flask
from sites import CONFIG, NOW, Workspace
from waiting import PATIENCE
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from feeds.config import parse
from feeds.errors import ConfigError
from feeds.site import open_site
from feeds.web.app import create

BASE = "https://feeds.example.org/news/"


def make_app(workspace: Workspace, base_url: str = BASE) -> Flask:
    workspace.article("a", topics=["AI"])
    workspace.configure(
        '[topics.AI]\naliases = ["Intelligence"]\n',
        base=CONFIG.replace("https://feeds.example.org/", base_url),
    )
    return create(open_site(workspace.config, NOW, search=True).publisher)


def ask(app: Flask, path: str, mount: str = "") -> tuple[int, str]:
    response = Client(app).get(path, environ_overrides={"SCRIPT_NAME": mount, "PATH_INFO": path})
    return response.status_code, response.headers.get("Location", "")


@pytest.mark.parametrize(
    ("prefix", "mount"), [("/news", ""), ("", ""), ("", "/news")], ids=["kept", "stripped", "mounted"]
)
def test_the_advertised_address_answers_whether_the_path_is_kept_or_stripped(
    workspace: Workspace, prefix: str, mount: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may be late.
    monkeypatch.setattr("feeds.web.monitoring._HEALTH_SECONDS", PATIENCE)
    app = make_app(workspace)
    # Twice: made, and from the cache.
    for _ in range(2):
        for path in ("/", "/all.atom", "/topics/ai/", "/static/style.css", "/feeds.opml", "/healthz"):
            assert ask(app, prefix + path, mount)[0] == 200, path
    for path, right in (
        ("/topics/ai", "topics/ai/"),
        ("/TOPICS/AI.atom", "topics/ai.atom"),
        ("//all.atom", "all.atom"),
        ("/topics/intelligence.rss", "topics/ai.rss"),
        ("/Index.html", ""),
        ("/feed.atom", "all.atom"),
    ):
        status, location = ask(app, prefix + path, mount)
        assert (status in (301, 308), location) == (True, BASE + right), path
    assert ask(app, f"{prefix}/nothing", mount)[0] == 404


def test_other_spellings_of_the_base_path_lead_to_the_right_address(workspace: Workspace) -> None:
    app = make_app(workspace)
    assert ask(app, "/news") == (308, BASE)
    assert ask(app, "", "/news") == (308, BASE)
    assert ask(app, "/NEWS/all.atom") == (308, f"{BASE}all.atom")
    assert ask(app, "//news//all.atom") == (308, f"{BASE}all.atom")
    assert ask(app, "/newsletter/all.atom")[0] == 404
    assert ask(app, "/news/news/all.atom")[0] in (308, 404)


def test_a_base_path_that_is_also_a_path_of_the_site_answers_for_both(workspace: Workspace) -> None:
    app = make_app(workspace, "https://feeds.example.org/topics/")
    for path in (
        "/topics/topics/ai.atom",
        "/topics/ai.atom",
        "/topics/all.atom",
        "/all.atom",
        "/topics/topics/",
    ):
        for _ in range(2):
            assert ask(app, path)[0] == 200, path


def test_a_path_with_signs_of_other_scripts_answers(workspace: Workspace) -> None:
    app = make_app(workspace, "https://feeds.example.org/ñ o/")
    assert ask(app, "/ñ o/all.atom".encode().decode("latin-1"))[0] == 200


def test_it_can_be_mounted_in_another_flask_application(workspace: Workspace) -> None:
    other = Flask("other")
    other.add_url_rule("/", view_func=lambda: "home")
    other.wsgi_app = DispatcherMiddleware(other.wsgi_app, {"/news": make_app(workspace)})  # type: ignore[method-assign] # as Flask documents it
    client = Client(other)
    assert client.get("/").text == "home"
    response = client.get("/news/all.atom")
    assert response.status_code == 200
    assert f'rel="self" href="{BASE}all.atom"' in response.text
    assert client.get("/news").headers["Location"] == BASE
    assert client.get("/news/all.atom").data == client.get("/news/all.atom").data


@for_each("base_url", ["https://x//", "https://x/a//b/", "https://x/./", "https://x/a/../b", "https://x/?", "https://x/?a=b",
                                      "https://x/#a", "https://x/a\\\\b", "//x/", "x/", ""])  # fmt: skip
def test_a_base_url_that_would_become_another_one_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        parse(CONFIG.replace("https://feeds.example.org/", base_url), Path("config.toml"))
