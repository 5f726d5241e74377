"""`_headers` and `_redirects`, read by the rules that Netlify and Cloudflare Pages document, say what
the application says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from effort import for_each
from hosted_site import ARCHIVES, EXTRA, KINDS, SAME
from servers import Server
from sites import Workspace

from feeds.publisher import headers

pytestmark = pytest.mark.slow

BASE = "https://feeds.example.org"


@pytest.fixture(scope="module", params=["netlify", "cloudflare"])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workspace, Server, str]]:
    workspace = Workspace(tmp_path_factory.mktemp("files") / "site")
    workspace.configure(EXTRA.replace('"netlify", "nginx", "caddy"', f'"{request.param}"'))
    workspace.article("old", topics=["Retired"], publishedDateTime="2023-12-31T00:00:00Z")
    for n in range(8):
        workspace.article(
            f"a{n}", publishedDateTime=f"2024-01-0{n + 1}T00:00:00Z", topics=["AI", f"T{n % 3}"]
        )
    workspace.freeze()
    app = Server(workspace.folder / "config.toml")
    yield workspace, app, request.param
    app.stop()


def blocks(text: str) -> list[tuple[str, dict[str, str]]]:
    """The rules of a `_headers` file: a path on a line, then indented headers."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in text.splitlines():
        if line.startswith("/"):
            found.append((line, {}))
        elif line.strip() and not line.startswith("#"):
            name, _, value = line.strip().partition(": ")
            assert name not in found[-1][1]
            found[-1][1][name] = value
    return found


def matches(pattern: str, path: str, host: str) -> bool:
    """`*` is any text, `:name` one segment; at Netlify a slash at the end makes no difference."""
    if host == "netlify":
        path = path.rstrip("/")
        pattern = re.sub(r"/\*$", "*", pattern.rstrip("/"))
    parts = re.split(r"(\*|:\w+)", pattern)
    regex = "".join(".*" if p == "*" else "[^/]+" if p.startswith(":") else re.escape(p) for p in parts)
    return re.fullmatch(regex, path) is not None


def sent(text: str, path: str, host: str) -> dict[str, list[str]]:
    """The values of each header that the rules for a path set."""
    values: dict[str, list[str]] = {}
    for pattern, block in blocks(text):
        if matches(pattern, path, host):
            for name, value in block.items():
                values.setdefault(name, []).append(value)
    return values


@for_each("path", [*KINDS, *ARCHIVES])
def test_the_headers_of_each_kind_of_document_are_those_of_the_application(
    site: tuple[Workspace, Server, str], path: str
) -> None:
    workspace, app, host = site
    ours, _ = app.get(path)
    values = sent(workspace.read("_headers").decode(), path, host)
    # Both hosts name the type of a page as the application does; no rule can name the links of a feed.
    for name in set(SAME) - {"Link"} - ({"Content-Type"} if path.endswith(("/", ".html")) else set()):
        expected = ours.getheader(name)
        if name == "Cache-Control" and path in ARCHIVES:
            expected = headers.make_cache_control(workspace.config)
        found = set(values.get(name, []))
        if name == "Content-Security-Policy" and host == "netlify" and expected is None:
            # A segment is a page or a feed there; a feed loads nothing that the policy forbids.
            found.discard(headers.PAGE_POLICY)
        assert found == ({expected} if expected else set()), name


def test_no_two_rules_set_one_header_of_a_path_at_cloudflare_which_would_join_them(
    site: tuple[Workspace, Server, str],
) -> None:
    workspace, _, host = site
    for path in (*KINDS, *ARCHIVES, "/topics/nope.json"):
        values = sent(workspace.read("_headers").decode(), path, host)
        assert host == "netlify" or all(len(found) == 1 for found in values.values()), path


def test_what_is_missing_is_readable_from_any_page(site: tuple[Workspace, Server, str]) -> None:
    workspace, _, host = site
    values = sent(workspace.read("_headers").decode(), "/nope", host)
    assert values == {name: [value] for name, value in headers.SHARED}
    assert b'<a href="/">All feeds</a>' in workspace.read("404.html")


def test_redirects_lead_to_where_the_application_leads(site: tuple[Workspace, Server, str]) -> None:
    workspace, app, host = site
    lines = [line.split() for line in workspace.read("_redirects").decode().splitlines()[1:]]
    rules = {old: (new, status) for old, new, status in lines}
    assert len(rules) == len(lines)
    for name in ("artificial-intelligence", "machine-thought"):
        for ending in (".atom", ".rss", ".json", "/", ""):
            old = f"/topics/{name}{ending}"
            if host == "netlify" and not ending:
                continue
            ours, _ = app.get(old)
            new, status = rules.pop(old)
            assert urljoin(BASE, new) == ours.getheader("Location")
            assert status == (f"{ours.status}!" if host == "netlify" else str(ours.status))
    assert {status for _, status in rules.values()} == ({"410", "301"} if host == "netlify" else {"301"})
    for old, (new, status) in rules.items():
        named = {"topics": "ai", "providers": "example.org", "feeds": "best"}.get(old.split("/")[1], "")
        old, new = (path.replace(":channel", named) for path in (old, new))  # noqa: PLW2901 - of one channel
        ours, _ = app.get(old.replace("*", "1.atom"))
        assert status == str(ours.status).replace("308", "301")
        assert status == "410" or urljoin(BASE, new) == ours.getheader("Location")
        assert (workspace.output / new[1:]).exists()


def test_the_limits_of_cloudflare_pages_are_kept(workspace: Workspace) -> None:
    aliases = ", ".join(f'"Alias {n}"' for n in range(600))
    workspace.configure(f'[output]\nhosts = ["cloudflare"]\n[topics.AI]\naliases = [{aliases}]\n')
    workspace.article("a", topics=["AI", *(f"T{n}" for n in range(150))], category="News")
    workspace.freeze()
    text = workspace.read("_redirects").decode()
    redirects = [line for line in text.splitlines() if not line.startswith("#")]
    fixed, patterns = redirects[:2000], redirects[2000:]
    assert all(not set(line.split()[0]) & set("*:") for line in fixed)
    assert 0 < len(patterns) <= 100
    assert all(":channel" in line for line in patterns), "they follow all others"
    assert "# 1,000 more are over the limit" in text
    rules = blocks(workspace.read("_headers").decode())
    assert len(rules) <= 100
    assert all(pattern.count("*") <= 1 for pattern, _ in rules)
    assert all(len(line) <= 1000 for line in [*redirects, *workspace.read("_headers").decode().splitlines()])
