"""Private feeds: who has the token reads the drafts, all others learn nothing, and no token gets out."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from attacks import SLY_HTML, assert_attributes_stay
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from servers import Server
from sites import NOW, Workspace, tree
from waiting import PATIENCE, until

from feeds.cli import main
from feeds.config import load
from feeds.config.tokens import find_problems
from feeds.errors import ConfigError
from feeds.site import open_site
from feeds.web.access_log import AccessLog, mask_token
from feeds.web.app import create, create_app, stop
from feeds.web.private.keyring import Keyring
from feeds.web.private.rate_limit import FailedTokens

pytestmark = pytest.mark.slow

TOKEN = secrets.token_urlsafe(32)
OTHER = secrets.token_urlsafe(32)
PRIVATE = """
[private.editorial]
include_unpublished = true
token_file = "tokens"

[private.ai-only]
title = "AI before it is out"
include_unpublished = true
topics = ["AI"]
limit = 3
token_env = "AI_ONLY_TOKEN"

[private.plain]
token_file = "tokens"
"""
ADDRESS = f"/private/editorial/{TOKEN}/feed.atom"
BASIC = "/private/editorial/feed.atom"


def written(workspace: Workspace) -> Workspace:
    (workspace.folder / "tokens").write_text(f"# of the editors\n{TOKEN}\n")
    workspace.configure(PRIVATE)
    day = "2024-01-{:02}T00:00:00Z".format
    workspace.article("public", publishedDateTime=day(1))
    workspace.article("draft", published=False, publishedDateTime=day(2), secured="canary-secured")
    workspace.article(
        "also-draft", draft=True, publishedDateTime=day(3), topics=["Robots"], unknown="canary-unknown"
    )
    workspace.article("future", publishedDateTime="2200-01-01T00:00:00Z")
    workspace.article("removed", removed=True, publishedDateTime=day(4))
    workspace.article("removed-draft", published=False, deleted=True, publishedDateTime=day(5))
    workspace.article("unclear", published="perhaps", publishedDateTime=day(6))
    workspace.article("unclear-draft", draft=True, removed="perhaps", publishedDateTime=day(7))
    workspace.article("undated", draft=True, publishedDateTime=None)
    return workspace


@pytest.fixture
def site(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("AI_ONLY_TOKEN", OTHER)
    return written(workspace)


def application(workspace: Workspace, log: AccessLog | None = None) -> Flask:
    return create(open_site(workspace.config, NOW, search=True).publisher, log)


@pytest.fixture
def client(site: Workspace) -> FlaskClient:
    return application(site).test_client()


def basic(token: str, user: str = "me") -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{token}'.encode()).decode()}"}


def titles(body: bytes) -> list[str]:
    return [entry.title for entry in feedparser.parse(body).entries]


def test_drafts_are_marked_and_listed_among_the_public_articles_newest_first(client: FlaskClient) -> None:
    expected = ["Draft: About future", "Draft: About also-draft", "Draft: About draft", "About public"]
    for ending in ("atom", "rss"):
        assert titles(client.get(f"/private/editorial/{TOKEN}/feed.{ending}").data) == expected
    items = client.get(f"/private/editorial/{TOKEN}/feed.json").get_json()["items"]
    assert [item["title"] for item in items] == expected


def test_a_private_feed_may_do_without_drafts_and_choose_like_any_selection(client: FlaskClient) -> None:
    assert titles(client.get(f"/private/plain/{TOKEN}/feed.atom").data) == ["About public"]
    chosen = titles(client.get(f"/private/ai-only/{OTHER}/feed.atom").data)
    assert chosen == ["Draft: About future", "Draft: About draft", "About public"]


def test_secured_and_unknown_keys_are_in_no_private_feed(client: FlaskClient) -> None:
    for ending in ("atom", "rss", "json"):
        body = client.get(f"/private/editorial/{TOKEN}/feed.{ending}").data
        assert b"canary" not in body
        assert TOKEN.encode() not in body


def test_an_entry_has_an_id_of_its_own_that_stays_when_its_draft_is_published(site: Workspace) -> None:
    client = application(site).test_client()
    before = {e.link: e.id for e in feedparser.parse(client.get(ADDRESS).data).entries}
    site.article("draft", publishedDateTime="2024-01-02T00:00:00Z")
    client = application(site).test_client()
    after = {e.link: e.id for e in feedparser.parse(client.get(ADDRESS).data).entries}
    assert after == before
    assert "About draft" in titles(client.get(ADDRESS).data)
    public = {e.id for e in feedparser.parse(client.get("/all.atom").data).entries}
    assert not public & set(after.values())


def test_a_draft_comes_in_place_of_the_public_article_that_it_will_replace(site: Workspace) -> None:
    site.article("public-anew", published=False, title="Anew", originalUrl="https://example.org/public")
    found = titles(application(site).test_client().get(ADDRESS).data)
    assert "Draft: Anew" in found
    assert "About public" not in found


def test_the_documents_are_well_formed_and_have_no_self_link(client: FlaskClient) -> None:
    for ending in ("atom", "rss"):
        root = etree.fromstring(client.get(f"/private/editorial/{TOKEN}/feed.{ending}").data)
        assert not [link for link in root.iter("{*}link") if link.get("rel") == "self"]
    assert "feed_url" not in client.get(f"/private/editorial/{TOKEN}/feed.json").get_json()


def test_basic_authentication_takes_the_token_as_password_of_any_user(client: FlaskClient) -> None:
    for user in ("me", "", "ü"):
        assert client.get(BASIC, headers=basic(TOKEN, user)).data == client.get(ADDRESS).data
    refused = client.get(BASIC)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert refused.headers["Cache-Control"] == "no-store"
    for header in (
        "Basic",
        "Basic !",
        "Bearer x",
        "Basic " + "A" * 5000,
        *basic("wrong").values(),
        *basic("").values(),
    ):
        assert client.get(BASIC, headers={"Authorization": header}).status_code == 401, header


def test_a_wrong_token_is_answered_as_an_unknown_feed(client: FlaskClient) -> None:
    unknown = client.get(f"/topics/nowhere/{TOKEN}/feed.atom")
    assert unknown.status_code == 404
    addresses = [
        f"/private/editorial/{OTHER}/feed.atom",
        f"/private/ai-only/{TOKEN}/feed.atom",
        f"/private/nobody/{TOKEN}/feed.atom",
        f"/private/editorial/{TOKEN}/feed.txt",
        f"/private/editorial/{TOKEN}/",
        f"/private/editorial/{TOKEN}",
        f"/private/editorial/{TOKEN.swapcase()}/feed.atom",
        f"/Private/editorial/{TOKEN}/feed.atom",
        f"//private/editorial/{TOKEN}/feed.atom",
        f"/private/editorial/{TOKEN}/feed.atom/",
    ]
    for address in addresses:
        response = client.get(address)
        assert (response.status_code, response.data) == (404, unknown.data), address
        assert dict(response.headers) == dict(unknown.headers), address
    # The address for passwords does not show which names exist either.
    nobody, somebody = client.get("/private/nobody/feed.atom"), client.get(BASIC)
    assert (nobody.status_code, nobody.data, dict(nobody.headers)) == (
        401,
        somebody.data,
        dict(somebody.headers),
    )


def test_no_cache_keeps_it_and_no_page_that_it_links_to_learns_of_it(client: FlaskClient) -> None:
    response = client.get(ADDRESS)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert not {"Access-Control-Allow-Origin", "Link", "Set-Cookie", "Last-Modified"} & set(
        response.headers.keys()
    )
    again = client.get(ADDRESS, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "private, no-store"
    head = client.head(ADDRESS)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (
        200,
        b"",
        str(len(response.data)),
    )
    # A tag of the document opens nothing.
    for address in (BASIC, f"/private/editorial/{OTHER}/feed.atom"):
        assert client.get(address, headers={"If-None-Match": response.headers["ETag"]}).status_code in (
            401,
            404,
        )


def test_a_new_token_opens_and_an_old_one_closes_without_a_restart(
    site: Workspace, client: FlaskClient
) -> None:
    new = secrets.token_urlsafe(32)
    address = f"/private/editorial/{new}/feed.atom"
    assert client.get(address).status_code == 404
    (site.folder / "tokens").write_text(f"{TOKEN}\n{new}\n")
    assert (client.get(ADDRESS).status_code, client.get(address).status_code) == (200, 200)
    (site.folder / "tokens").write_text(f"{new}\n")
    assert (client.get(ADDRESS).status_code, client.get(address).status_code) == (404, 200)
    (site.folder / "tokens").unlink()
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "canary", "canary" + "a" * 40, "x y" * 20, "ab" * 20, b"\xff" * 40]
)
def test_a_token_that_could_be_guessed_opens_nothing_and_keeps_a_server_from_starting(
    site: Workspace, content: str | bytes
) -> None:
    (site.folder / "tokens").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        create_app(site.folder / "config.toml")
    assert {problem.field for problem in caught.value.problems} == {
        "private.editorial.token_file",
        "private.plain.token_file",
    }
    assert all(problem.line for problem in caught.value.problems)
    said: list[str] = []
    keys = Keyring(site.config, said.append)
    for token in ("", *str(content).split()):
        assert not keys.opens("editorial", token)
    assert len(said) == 2  # a sentence for each feed of that file, once
    assert not any("canary" in text for text in (*said, str(caught.value)))


def test_a_pipe_in_place_of_the_file_of_tokens_is_not_waited_for(site: Workspace) -> None:
    (site.folder / "tokens").unlink()
    os.mkfifo(site.folder / "tokens")
    assert not Keyring(site.config).opens("editorial", TOKEN)


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ('[private.a]\ntoken = "canary-token-in-the-wrong-place"', "private.a.token"),
        ("[private.a]\ninclude_unpublished = true", "private.a"),
        ('[private.a]\ntoken_env = "A"\ntoken_file = "b"', "private.a"),
        ('[private.a]\ntoken_env = "canary-token-in-the-wrong-place"', "private.a.token_env"),
        ('[private.a]\ntoken_file = "articles/canary-token"', "private.a.token_file"),
        ('[private.a]\ntoken_file = "build/canary-token"', "output.path"),
        ('[private.a]\ntoken_env = "A"\nlimit = 0', "private.a.limit"),
        ('[private.a]\ntoken_env = "A"\nlanguage = "qqq-zz"', "private.a.language"),
        ('[private.a]\ntoken_env = "A"\ninclude_unpublished = "yes"', "private.a.include_unpublished"),
        ('[private.a]\ntoken_env = "A"\nwindow = "7d"', "private.a.window"),
        ('[private."A b"]\ntoken_env = "A"', 'private."A b"'),
    ],
)
def test_a_fault_names_its_key_and_never_what_might_be_a_token(
    workspace: Workspace, table: str, field: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        workspace.configure(table)
    assert {problem.field for problem in caught.value.problems} == {field}
    assert "canary" not in str(caught.value)


def test_check_names_a_bad_token_and_only_notes_one_that_is_elsewhere(site: Workspace) -> None:
    for name in ("unclear", "unclear-draft"):
        (site.articles / f"{name}.md").unlink()
    command = ["--config", str(site.folder / "config.toml"), "check"]
    assert CliRunner().invoke(main, command, env={"AI_ONLY_TOKEN": OTHER}).exit_code == 0
    (site.folder / "tokens").write_text("canary-short\n")
    bad = CliRunner().invoke(main, command, env={"AI_ONLY_TOKEN": OTHER})
    assert bad.exit_code == 1
    assert "private.editorial.token_file: holds a token that could be guessed" in bad.output
    assert "canary" not in bad.output
    (site.folder / "tokens").unlink()
    elsewhere = CliRunner().invoke(main, command, env={"AI_ONLY_TOKEN": None})
    assert elsewhere.exit_code == 0
    assert "note: private.ai-only.token_env: names a variable that is not set" in elsewhere.stdout
    assert "names a file that is not there" in elsewhere.stdout


def test_freezing_needs_no_token_and_writes_nothing_private(site: Workspace) -> None:
    with_private = (site.freeze(), tree(site.output))[1]
    assert not any(b"private" in body or "private" in path for path, body in with_private.items())
    (site.folder / "tokens").unlink()
    site.configure()
    assert site.freeze().written == []
    assert tree(site.output) == with_private


def test_the_index_holds_neither_token_nor_draft(site: Workspace, client: FlaskClient) -> None:
    assert client.get(ADDRESS).status_code == 200
    for path in site.config.index_path.parent.iterdir():
        data = path.read_bytes()
        assert TOKEN.encode() not in data
        assert b"About draft" not in data


def test_wrong_tokens_are_limited_by_address_and_right_ones_are_not(client: FlaskClient) -> None:
    guesses = [f"/private/editorial/{secrets.token_urlsafe(32)}/feed.atom" for _ in range(30)]
    answers = [client.get(address).status_code for address in guesses]
    assert answers == [404] * 10 + [429] * 20
    limited = client.get(BASIC, headers=basic("wrong"))
    assert limited.status_code == 429
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert limited.headers["Cache-Control"] == "no-store"
    # Who has the token cannot be shut out by those who guess behind the same proxy.
    assert client.get(ADDRESS).status_code == 200
    assert client.get(BASIC).status_code == 401
    elsewhere = client.get(guesses[0], environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 404


def test_attempts_are_forgotten_after_their_time_and_take_a_bounded_memory() -> None:
    now = [0.0]
    attempts = FailedTokens(2, 60, 100, clock=lambda: now[0])
    assert [attempts.register("192.0.2.1") for _ in range(3)] == [0, 0, 60]
    now[0] = 59.9
    assert attempts.register("192.0.2.1") == 1
    now[0] = 61
    assert attempts.register("192.0.2.1") == 0
    for n in range(1000):
        attempts.register(f"198.51.{n // 250}.{n % 250}")
    assert len(attempts) == 100
    several = FailedTokens(2, 60, 100)
    assert [several.register(f"2001:db8::{n}") > 0 for n in range(4)] == [False, False, True, True]
    assert several.register("2001:db8:0:1::1") == 0


@given(
    st.sampled_from(
        ["/private/", "/Private/", "//private/", "/private%2F", "/x/private\\", "https://a.example/private/"]
    ),
    st.sampled_from(["editorial/", "", "editorial%2f", "//"]),
    st.text(max_size=20),
)
def test_no_form_of_a_private_address_is_logged_with_its_token(begin: str, name: str, end: str) -> None:
    assert TOKEN not in mask_token(f"{begin}{name}{TOKEN}{end}")


MISSPELT = [
    "/Private/editorial/{}/feed.atom", "/PRIVATE/editorial/{}/feed.atom", "//private/editorial/{}/feed.atom",
    "/private-editorial/{}/feed.atom", "/private./editorial/{}/feed.atom", "/private/editorial/{}./feed.atom",
    "/private/editorial/{}/feed.atom.", "/private/editorial/{}/feed.atom...", "/private/editorial/{}/feed.xml",
    "/private/{}/editorial/feed.atom", "/privte/editorial/{}/feed.atom", "/{}/feed.atom", "/{}", "/topics/{}.atom",
    "/providers/private/{}/", "/privat/editorial/{}", "/feeds/editorial/{}/feed.atom", "/x%2Fprivate%2Feditorial%2F{}",
    "/private%252Feditorial%252F{}", "/%2570rivate/editorial/{}/feed.atom", "/private%E2%81%84editorial%E2%81%84{}",
    "/private\\editorial\\{}", "/private;editorial;{}", "/search/?q={}", "/search/?q=https%3A%2F%2Fx%2Fprivate%2F{}",
    "/feed.atom?topic={}", "/build/?topic={}", "/?token={}", "/all.atom?{}", "/topics/ai.atom?t={}%2F", "/articles/{}/",
    "/private/editorial/feed.atom?token={}", "/private/editorial/ {}/feed.atom", "/private/editorial/{}\t", "/editorial{}",
]  # fmt: skip


def test_no_misspelt_address_leaves_its_token_in_log_metrics_or_pages_nor_sends_it_on(
    site: Workspace,
) -> None:
    reading, writing = os.pipe()
    app = application(site, AccessLog(writing))
    client = app.test_client()
    lines = 0
    for path in MISSPELT:
        # All of it, what is left if the last letters were not copied, and if the first one was encoded.
        for token in (TOKEN, TOKEN[:-3], f"%{ord(TOKEN[0]):x}{TOKEN[1:]}"):
            address = path.format(token)
            for headers in ({}, {"Accept": "text/html"}):
                response = client.get(
                    address,
                    headers={"Referer": f"https://x{address}", "User-Agent": f"reader {address}", **headers},
                )
                lines += 1
                assert response.status_code != 200 or "token" in path or "?" in path, address
                if response.status_code in (401, 404):
                    pages = response.mimetype == "text/html"
                    assert pages or response.headers["Referrer-Policy"] == "no-referrer", address
                    assert not pages or 'name="referrer" content="no-referrer"' in response.text
                    assert token not in response.text
                    assert "Location" not in response.headers
            # In any of the two, nothing that is left tells the rest.
    metrics = client.get("/metrics").text
    stop(app)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        log = pipe.read()
    assert log.count("\n") == lines + 1
    for text in (log, metrics):
        assert TOKEN[1:-3] not in text
        assert TOKEN[5:29] not in text


def test_the_log_of_a_site_with_private_feeds_shows_public_addresses_whole(site: Workspace) -> None:
    name = "A topic with a long name that nobody could take for a token"
    site.article("long", topics=[name, "Private"], publishedDateTime="2024-01-02T00:00:00Z")
    reading, writing = os.pipe()
    app = application(site, AccessLog(writing))
    client = app.test_client()
    paths = [
        "/topics/a-topic-with-a-long-name-that-nobody-could-take-for-a-token.atom",
        "/topics/private/",
        "/topics/private.rss",
    ]
    for path in paths * 2:
        assert client.get(path).status_code == 200
    assert client.get("/topics/a-topic-with-a-long-name-that-nobody-knows.atom").status_code == 404
    stop(app)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        log = pipe.read()
    assert all(log.count(f"GET {path} HTTP") == 2 for path in paths)
    assert "GET /topics/*** HTTP" in log


@pytest.mark.parametrize(
    ("mode", "is_problem"),
    [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o620, True), (0o644, True)],
)
def test_a_token_file_that_others_can_read_is_a_problem_with_the_command_that_mends_it(
    site: Workspace, mode: int, *, is_problem: bool
) -> None:
    site.configure('[private.a]\ntoken_file = "the tokens"\n')
    file = site.folder / "the tokens"
    file.write_text(f"{TOKEN}\n")
    file.chmod(mode)
    found = find_problems(site.config)
    assert [(p.code, p.severity, p.field) for p in found] == [
        ("open-token-file", "warning", "private.a.token_file")
    ] * is_problem
    if not is_problem:
        return
    assert f"{mode:03o}" in found[0].message
    command = found[0].hint.partition(": ")[2]
    subprocess.run(command, shell=True, check=True)  # noqa: S602 - what it tells people to run
    assert find_problems(site.config) == []
    file.chmod(mode)
    result = CliRunner().invoke(main, ["--config", str(site.folder / "config.toml"), "check"])
    assert "[open-token-file]" in result.output
    assert TOKEN not in result.output


@pytest.mark.parametrize(
    "path", ["/topics/private.atom", "/topics/private-clouds.rss", "/topics/unprivate/", "/all.atom"]
)
def test_the_log_shows_all_other_addresses_whole(path: str) -> None:
    assert mask_token(path) == path


def test_an_unforeseen_error_is_no_5xx_but_503_and_its_log_holds_no_token(
    site: Workspace, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise KeyError(TOKEN)

    monkeypatch.setattr("feeds.web.private.feed.PrivateFeeds.make_document", fail)
    response = application(site).test_client().get(ADDRESS)
    assert (response.status_code, TOKEN in response.text) == (503, False)
    assert "A private feed cannot be made (KeyError)." in caplog.text
    assert TOKEN not in caplog.text


@pytest.fixture
def server(site: Workspace) -> Iterator[Server]:
    site.configure(PRIVATE + "[server]\nworkers = 2\n")
    server = Server(site.folder / "config.toml", "--access-log", errors=site.folder / "errors.txt")
    yield server
    server.stop()


def test_a_running_server_tells_the_token_to_nobody(site: Workspace, server: Server) -> None:
    right = [ADDRESS, f"/private/ai-only/{OTHER}/feed.rss"]
    odd = [
        f"/private/editorial/{TOKEN}", f"/private//editorial//{TOKEN}/feed.atom", f"/PRIVATE/editorial/{TOKEN}/feed.atom",
        f"/private%2Feditorial%2F{TOKEN}%2Ffeed.atom", f"/private/editorial/feed.atom?token={TOKEN}",
        f"/private%252Feditorial%252F{TOKEN}", f"/private/{TOKEN}/feed.atom",
    ]  # fmt: skip
    shown = []
    until(server.ask_health, "it is well")
    # Of its health, a busy machine may also say that the index does not answer in time.
    odd.append("/healthz")
    for path in (*right, *odd, "/", "/feeds.opml", "/feeds.json", "/all.atom", "/metrics"):
        response, body = server.get(path, {"Referer": f"https://feeds.example.org{ADDRESS}"})
        assert response.status == 200 or path in odd, path
        shown.append(str(response.getheaders()).encode() + body)
        answers = [server.get(path, method=method)[0] for method in ("POST", "OPTIONS", "DELETE")]
        shown += [str(answer.getheaders()).encode() for answer in answers]
    assert b"Draft: About draft" in server.get(BASIC, basic(TOKEN))[1]

    def find_counts() -> bytes:
        counts = server.get("/metrics")[1]
        return counts if b'feed="private/***"' in counts else b""

    shown.append(until(find_counts, "each worker has told what it counted"))
    server.process.send_signal(signal.SIGTERM)
    shown += [
        server.process.communicate(timeout=PATIENCE)[0].encode(),
        (site.folder / "errors.txt").read_bytes(),
    ]
    log = shown[-2] + shown[-1]
    assert b"GET /private/*** HTTP/1.1" in log
    for token in (TOKEN, OTHER):
        places = [text for text in shown if token.encode() in text]
        assert places == []
        assert hashlib.sha256(token.encode()).hexdigest().encode() not in b"".join(shown)


def test_a_running_server_shows_a_draft_that_is_edited_and_withholds_it_when_it_is_removed(
    site: Workspace, server: Server
) -> None:
    def wait_for(title: str, *, there: bool) -> None:
        until(lambda: (title in titles(server.get(ADDRESS)[1])) is there, title)

    site.article("draft", published=False, title="Edited")
    wait_for("Draft: Edited", there=True)
    site.article("draft", published=False, removed=True, title="Edited")
    wait_for("Draft: Edited", there=False)
    site.article("draft", title="Edited")
    wait_for("Edited", there=True)


def test_run_says_that_a_token_is_missing_and_does_not_start(site: Workspace) -> None:
    (site.folder / "tokens").unlink()
    command = [
        sys.executable,
        "-m",
        "feeds",
        "--config",
        str(site.folder / "config.toml"),
        "run",
        "--port",
        "0",
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert result.returncode == 2
    assert "private.editorial.token_file: names a file that is not there." in result.stderr


def test_more_drafts_than_are_read_cost_no_more(site: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.web.private.feed._MOST_FILES", 2)
    assert sum("Draft" in title for title in titles(application(site).test_client().get(ADDRESS).data)) == 2


def test_a_file_counts_as_it_is_now_whatever_the_index_knew(site: Workspace) -> None:
    client = application(site).test_client()
    site.article("draft", removed=True, title="canary")
    site.article("also-draft", title="Just published", publishedDateTime="2024-01-03T00:00:00Z")
    assert titles(client.get(ADDRESS).data) == ["Draft: About future", "Just published", "About public"]
    site.article("also-draft", draft=True, title="Not yet", publishedDateTime="2024-01-03T00:00:00Z")
    assert "Draft: Not yet" in titles(client.get(ADDRESS).data)


def test_a_draft_that_cannot_be_read_is_left_out_and_named_and_all_others_are_there(
    site: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    expected = titles(application(site).test_client().get(ADDRESS).data)
    head = '+++\ntitle = {}\npublished = false\npublishedDateTime = {}\noriginalUrl = "https://example.org/x"\n+++\n'
    number = "0x" + "f" * 4000
    bad = {
        "number": head.format('"T"', number),
        "long": head.format('"T"', "2023-01-01T00:00:00Z") + "<div>" * 2000 + "x" + "</div>" * 2000,
        "empty": head.format("''", "2023-01-01T00:00:00Z"),
    }
    for name, text in bad.items():
        site.write(f"bad-{name}.md", text)
    site.write("huge-title.md", head.format(number, "2023-01-01T00:00:00Z"))
    caplog.clear()
    client = application(site).test_client()
    for ending in ("atom", "rss", "json"):
        answer = client.get(f"/private/editorial/{TOKEN}/feed.{ending}")
        assert answer.status_code == 200
    found = titles(client.get(ADDRESS).data)
    assert [title for title in found if number not in title] == expected
    assert len(found) == len(expected) + 1
    said = [record.getMessage() for record in caplog.records]
    for name in bad:
        assert sum(f"bad-{name}.md" in line for line in said) == 1, said


def test_attributes_with_angle_brackets_stay_attributes_in_a_private_feed(site: Workspace) -> None:
    site.article("sly", published=False, body=SLY_HTML, featuredContent=SLY_HTML)
    client = application(site).test_client()
    for ending in ("atom", "rss", "json"):
        assert_attributes_stay(client.get(f"/private/editorial/{TOKEN}/feed.{ending}").data, f".{ending}")


def test_what_is_removed_is_removed_whatever_else_it_is(site: Workspace) -> None:
    application(site)
    now = NOW + timedelta(days=1)
    states = open_site(load(site.folder / "config.toml"), now).publisher
    with states.snapshot() as snapshot:
        rows = snapshot.connection.execute("SELECT state FROM files WHERE path LIKE 'removed%'").fetchall()
    assert rows == [("removed",), ("removed",)]


def test_a_draft_that_is_moved_is_waited_for_and_one_that_is_gone_is_not_for_long(
    site: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = open_site(site.config, NOW)
    client = create(opened.publisher).test_client()
    (site.articles / "draft.md").rename(site.articles / "moved.md")
    sync = threading.Timer(0.3, opened.syncer.sync_below, (["draft.md", "moved.md"], NOW))
    with monkeypatch.context() as patch:
        patch.setattr("feeds.web.private.gate._MOST_LOOKS", 1000)
        sync.start()
        assert "Draft: About draft" in titles(client.get(ADDRESS).data)
        sync.join()
    (site.articles / "also-draft.md").unlink()
    found = titles(client.get(ADDRESS).data)
    assert ("Draft: About draft" in found, "Draft: About also-draft" in found) == (True, True)
    assert "Draft: About also-draft" not in titles(application(site).test_client().get(ADDRESS).data)
