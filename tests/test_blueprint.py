"""A blueprint serves a site within another Flask application, which keeps its own routes and errors."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask import Response as FlaskResponse
from flask.testing import FlaskClient
from sites import CONFIG, Workspace
from waiting import until

import feeds
from feeds.web.app import create_app

BASE = "https://feeds.example.org/news/"


def configure(workspace: Workspace, base_url: str = BASE) -> Path:
    workspace.article("a", title="First")
    workspace.configure(
        '[topics.AI]\naliases = ["Intelligence"]\n',
        base=CONFIG.replace("https://feeds.example.org/", base_url),
    )
    return workspace.folder / "config.toml"


def make_host() -> Flask:
    """An application of others: a page, a catch-all with another form, an own page for what is missing."""
    host = Flask("host", static_folder=None)

    @host.route("/")
    def home() -> str:
        return "home"

    @host.route("/news/about")
    def about() -> str:
        return "about the news"

    @host.errorhandler(404)
    def miss(_error: Exception) -> tuple[str, int]:
        return "the host's own page", 404

    @host.after_request
    def sign(response: FlaskResponse) -> FlaskResponse:
        response.headers["X-Host"] = "yes"
        return response

    return host


@pytest.fixture
def client(workspace: Workspace) -> FlaskClient:
    host = make_host()
    host.register_blueprint(feeds.create_blueprint(configure(workspace)))
    return host.test_client()


def test_it_answers_at_the_path_of_the_base_url_as_the_application_does(
    workspace: Workspace, client: FlaskClient
) -> None:
    alone = create_app(workspace.folder / "config.toml").test_client()
    for path in (
        "",
        "all.atom",
        "topics/ai/",
        "topics/ai.json",
        "feeds.opml",
        "static/style.css",
        "feed.rss?topic=AI",
    ):
        # Twice: made, and from the cache.
        for _ in range(2):
            ours, own = client.get(f"/news/{path}"), alone.get(f"/{path}")
            assert (ours.status, ours.data) == (own.status, own.data), path
            headers = dict(ours.headers)
            assert headers.pop("X-Host") == "yes"
            assert headers == dict(own.headers), path


def test_the_hosts_routes_and_its_page_for_what_is_missing_stay(client: FlaskClient) -> None:
    for path, status, text in (
        ("/", 200, "home"),
        ("/news/about", 200, "about the news"),
        ("/nothing", 404, "the host's own page"),
        ("/news/nothing", 404, "the host's own page"),
        ("/news/topics/nothing.atom", 404, "the host's own page"),
        ("/all.atom", 404, "the host's own page"),
        ("/news/%ff%00.atom", 404, "the host's own page"),
        # It has metrics of its own.
        ("/news/healthz", 404, "the host's own page"),
        ("/news/metrics", 404, "the host's own page"),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.text) == (status, text), path
    assert client.post("/news/all.atom").status_code == 405
    with client.application.test_request_context():
        assert url_for("feeds.serve", path="topics/ai.atom") == "/news/topics/ai.atom"


def test_caches_and_heads_get_what_they_ask_for(client: FlaskClient) -> None:
    whole = client.get("/news/all.atom")
    known = {"If-None-Match": whole.headers["ETag"]}
    same = client.get("/news/all.atom", headers=known)
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", whole.headers["ETag"])
    assert "Last-Modified" in same.headers
    head = client.head("/news/all.atom")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.data))
    assert client.get("/news/all.atom", headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "br"
    assert "Access-Control-Allow-Methods" in client.options("/news/all.atom").headers


def test_other_spellings_are_led_to_the_one_address(client: FlaskClient) -> None:
    for path, right in (
        ("/news/topics/ai", "topics/ai/"),
        ("/news/TOPICS/AI.atom", "topics/ai.atom"),
        ("/news/topics/intelligence.rss", "topics/ai.rss"),
        ("/news/all", "all/"),
    ):
        answer = client.get(path)
        assert (answer.status_code in (301, 308), answer.headers["Location"]) == (True, BASE + right), path
    assert client.get("/news").headers["Location"].endswith("/news/")


def test_it_may_be_registered_at_another_path_and_more_than_once(
    workspace: Workspace, tmp_path: Path
) -> None:
    other = Workspace(tmp_path / "other")
    host = make_host()
    first = configure(workspace, "https://feeds.example.org/")
    host.register_blueprint(feeds.create_blueprint(first), url_prefix="/de/feeds")
    second = feeds.create_blueprint(configure(other), name="more")
    host.register_blueprint(second)
    other.article("b", title="Of the other site")
    client = host.test_client()
    assert b"First" in client.get("/de/feeds/all.atom").data
    assert client.get("/de/feeds/nothing").text == "the host's own page"
    assert client.get("/news/all.atom").status_code == 200
    assert client.get("/").text == "home"
    assert len(host.extensions["feeds"]) == 2
    feeds.stop(host)


def test_it_works_behind_a_mount_of_the_whole_application(client: FlaskClient) -> None:
    answer = client.get("/news/all.atom", environ_overrides={"SCRIPT_NAME": "/app"})
    assert answer.status_code == 200


def test_edits_show_until_its_threads_are_ended_with_the_application(
    workspace: Workspace, client: FlaskClient
) -> None:
    before = set(threading.enumerate())
    assert client.get("/news/all.atom").status_code == 200
    started = set(threading.enumerate()) - before
    assert {"keeper"} <= {thread.name for thread in started}
    workspace.article("b", title="Second")
    until(lambda: b"Second" in client.get("/news/all.atom").data)
    feeds.stop(client.application)
    assert not any(thread.is_alive() for thread in started)
