"""Nothing private gets out: a secret word in everything that must not show is found nowhere else."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hubs import FakeHub
from servers import Server
from sites import Workspace

pytestmark = pytest.mark.slow

CANARY = "kanarienvogelq7x"
WHEN = "2024-01-02T00:00:00Z"
SOON = datetime.now(UTC) + timedelta(days=300)


def hidden(extra: str) -> str:
    """An article that must not show, with the word in every field."""
    return f"""---
title: "{CANARY} title"
publishedDateTime: {WHEN}
originalUrl: https://{CANARY}.example/x
id: "{CANARY}-id"
excerpt: "{CANARY} excerpt"
type: {CANARY}
category: {CANARY}
topics: ["{CANARY} topic"]
tags: ["{CANARY}"]
provider: {{name: {CANARY}, domain: {CANARY}.example, authors: [{CANARY}]}}
images: [{{url: "https://{CANARY}.example/i.png", title: {CANARY}}}]
related: [{{title: {CANARY}, webUrl: "https://{CANARY}.example/r"}}]
featuredContent: "<p>{CANARY}</p>"
secured: {CANARY}
{extra}
---
{CANARY} body
"""


HIDDEN = {
    "unpublished": "published: false",
    "unclear": "published: maybe",
    "removed": "removed: true",
    "deleted": "deleted: true",
    "draft": "draft: true",
    "future": "",
    "faulty": "updatedDateTime: [",
    "faulty-switch": f"Published: {CANARY}",
}
PUBLIC = f"""---
# {CANARY} comment
title: "In the open"  # {CANARY} comment
publishedDateTime: {WHEN}
originalUrl: https://example.org/open
topics: ["AI"]
secured: {CANARY}
secret: {CANARY}
{CANARY}: 1
actions: [{{title: {CANARY}}}]
price: {CANARY}
provider: {{name: "P", domain: p.example, secret: {CANARY}, contact: {{mail: {CANARY}}}}}
images: [{{url: "https://example.org/i.png", secured: {CANARY}}}]
related: [{{title: "R", webUrl: "https://example.org/r", secured: {CANARY}, provider: {{name: "Q", key: {CANARY}}}}}]
---
Text <!-- {CANARY} --> <p data-x="{CANARY}" class="{CANARY}" onclick="{CANARY}">more</p>
"""
TOPIC = f"name: AI\nsecured: {CANARY}\ndescription: Machines\nsecret: {{x: {CANARY}}}\n"
REQUESTS = [
    "/", "/all.atom", "/all.rss", "/all.json", "/all/", "/feeds.opml", "/feeds.json", "/topics/ai.atom", "/topics/ai/",
    "/providers/p.example.rss", "/healthz", "/metrics", "/feed.json?q=open", "/feed.atom?topic=AI&exclude_topic=x",
    "/feed.json?min_quality=x", "/feed.json?topic=nothing", "/feed.json?since=x", "/nothing", "/ALL.atom", "/all.atom/",
    "/../config.toml", "/static/../../config.toml", "/%2e%2e/config.toml", "/articles/open.md", "/.feeds/index.sqlite",
    "/push.json", "/digests.json", "/.feeds-manifest.json", "/feeds/weekly.atom", "/%00", "/%ff", "/all.atom?x=%ff",
]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "OPTIONS"]
HEADERS: list[dict[str, str]] = [{}, {"Accept-Encoding": "gzip"}, {"A-IM": "feed", "Host": "evil.example"}]


class Found:
    """Looks for the word, and for paths of the machine, in all that comes out."""

    def __init__(self, *words: str) -> None:
        self._words = [word.encode() for word in words]
        self.where: list[str] = []

    def look(self, name: str, data: bytes) -> None:
        self.where += [f"{word.decode()} in {name}" for word in self._words if word.lower() in data.lower()]

    def look_below(self, folder: Path) -> None:
        for path in sorted(folder.rglob("*")):
            self.look(str(path), str(path.relative_to(folder)).encode())
            # A server that runs may have removed it by now.
            with suppress(FileNotFoundError, IsADirectoryError):
                data = path.read_bytes()
                self.look(str(path), gzip.decompress(data) if path.suffix == ".gz" else data)


@pytest.fixture
def site(workspace: Workspace) -> Iterator[Workspace]:
    hub = FakeHub()
    topics = workspace.folder / "topics"
    topics.mkdir()
    (topics / "ai.yaml").write_text(TOPIC)
    # The path of the machine has the word, too: the folder's own name must not show either.
    workspace.articles.rename(workspace.folder / f"articles-{CANARY}")
    workspace.articles = workspace.folder / f"articles-{CANARY}"
    base = (workspace.folder / "config.toml").read_text().replace('"articles"', f'"articles-{CANARY}"')
    workspace.configure(
        '[topics]\npath = "topics"\n[selections.weekly]\ntitle = "Weekly"\ndigest = "weekly"\n'
        f'[websub]\nhubs = ["{hub.url}"]\n[feeds]\ntombstones = true\n'
        f'[output]\ncompress = ["gzip"]\nhosts = ["nginx", "netlify"]\n# {CANARY}\n',
        base,
    )
    workspace.write("open.md", PUBLIC)
    for name, extra in HIDDEN.items():
        text = hidden(extra)
        workspace.write(f"{name}.md", text if name != "future" else text.replace(WHEN, f"{SOON:%Y-%m-%d}"))
    yield workspace
    hub.stop()


def run(site: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    return site.run(*arguments, SECRET=CANARY)


def run_alone(site: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own: the index is closed with it."""
    command = [sys.executable, "-m", "feeds", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"SECRET": CANARY}, cwd=site.folder
    )


def test_the_word_is_in_no_file_that_is_written(site: Workspace) -> None:
    assert run(site, "freeze").returncode == 0
    withdraw(site)
    found = Found(CANARY, str(site.folder))
    assert b"In the open" in site.read("all.atom")
    found.look_below(site.output)
    for name in ("build.nginx.conf", "digests.json"):
        found.look(name, (site.folder / name).read_bytes())
    assert found.where == []


def test_the_word_is_not_in_the_index_nor_in_the_files_beside_it(site: Workspace) -> None:
    assert run_alone(site, "freeze").returncode == 0
    withdraw(site, run_alone)
    found = Found(CANARY, str(site.folder))
    found.look_below(site.folder / ".feeds")
    assert found.where == []


def withdraw(site: Workspace, run: Callable[..., subprocess.CompletedProcess[str]] = run) -> None:
    """Publish an article with the word, and take it away again: from then on it is private."""
    # The addresses of feeds that there were are kept, since they stay as empty feeds.
    text = hidden("").replace(f'"{CANARY} topic"', "AI").replace(f"category: {CANARY}\n", "")
    text = text.replace(f"domain: {CANARY}.example", "domain: p.example")
    for extra in ("", "removed: true"):
        site.write("was-public.md", text.replace("---\n", f"---\n{extra}\n", 1))
        assert run(site, "freeze").returncode == 0
        assert (CANARY.encode() in site.read("all.atom")) is not extra.startswith("removed")


def test_the_word_is_in_no_answer_header_log_line_or_metric(site: Workspace) -> None:
    said = site.folder / "said.txt"
    found = Found(CANARY, str(site.folder))
    server = Server(site.folder / "config.toml", "--access-log", errors=said)
    try:
        for path, method, headers in product(REQUESTS, METHODS, HEADERS):
            response, body = server.get(path, headers, method)
            found.look(f"{method} {path}", str(response.headers).encode())
            packed = response.headers.get("Content-Encoding") == "gzip" and body
            found.look(f"{method} {path}", gzip.decompress(body) if packed else body)
        _, body = server.get(f"/feed.json?q={CANARY}")
        assert json.loads(body)["items"] == []
        assert server.process.stdout is not None
        found.look_below(site.folder / ".feeds")
    finally:
        server.process.terminate()
        rest = server.process.stdout.read() if server.process.stdout else ""
        server.stop()
    # The one request for the word is in the log, as it was sent.
    lines = [line for line in rest.splitlines() if f"q={CANARY}" not in line]
    found.look("the log", "\n".join(lines).encode())
    found.look("what the server said", said.read_bytes())
    assert found.where == []


@pytest.mark.parametrize(
    "arguments", [("freeze",), ("freeze", "--json"), ("freeze", "--dry-run"), ("ping", "--all")]
)
def test_the_word_is_not_in_what_commands_say(site: Workspace, arguments: tuple[str, ...]) -> None:
    site_of_one(site)
    done = run(site, *arguments)
    found = Found(CANARY)
    found.look(" ".join(arguments), (done.stdout + done.stderr).encode())
    assert found.where == []


@pytest.mark.parametrize("style", ["text", "json", "github"])
def test_problems_name_files_and_fields_but_no_value_that_is_secured_or_unknown(
    site: Workspace, style: str
) -> None:
    site_of_one(site)
    site.write(
        "open.md", PUBLIC.replace(f"secured: {CANARY}", f"secured: {{a: [{CANARY}, 1]}}").replace("AI", "[]")
    )
    done = run(site, "check", "--format", style, "--feeds")
    assert done.returncode in (0, 1)
    found = Found(CANARY)
    found.look("check", (done.stdout + done.stderr).encode())
    assert found.where == []


@pytest.mark.parametrize(
    "value", [f"*{CANARY}", f"!{CANARY} x", f"'{CANARY}", f"[{CANARY}", f"@{CANARY}", f"!!int {CANARY}"]
)
def test_a_value_that_breaks_the_front_matter_is_not_quoted(site: Workspace, value: str) -> None:
    site_of_one(site)
    site.write(
        "open.md",
        PUBLIC.replace(f"secured: {CANARY}\nsecret", f"secured: {value}\nsecret").replace(
            f"\n{CANARY}: 1", ""
        ),
    )
    done = run(site, "check")
    assert "open.md" in done.stdout
    found = Found(CANARY)
    found.look("check", (done.stdout + done.stderr).encode())
    assert found.where == []


def site_of_one(site: Workspace) -> None:
    """The public article and no other; problems name files, so the folder has a name without the word."""
    for name in HIDDEN:
        (site.articles / f"{name}.md").unlink()
    site.articles.rename(site.folder / "plain")
    site.articles = site.folder / "plain"
    config = site.folder / "config.toml"
    config.write_text(config.read_text().replace(f'"articles-{CANARY}"', '"plain"'))
    site.write("open.md", PUBLIC.replace(f"\n{CANARY}: 1", ""))
