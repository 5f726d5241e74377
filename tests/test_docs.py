"""What README and docs show is true: commands run, configurations load, tables name every key."""

from __future__ import annotations

import base64
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import pythons
from documentation import DEPLOY, DOCS, README, blocks
from effort import for_each
from programs import require_program
from reference_pages import describe_fields, describe_tables
from servers import Server, free_port
from sites import ROOT
from web_servers import Caddy, Host, Nginx

from feeds.articles.unknown_fields import KNOWN
from feeds.config import load
from feeds.config.json_schema import list_tables

pytestmark = pytest.mark.slow

# What tells a freeze to write files for hosts.
HOSTED = next(text for text in blocks("toml", DEPLOY) if "hosts" in text)


def run(words: list[str], folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    result = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def begin(folder: Path) -> Path:
    """Write the first configuration and the article that README shows."""
    (folder / "articles").mkdir()
    (folder / "config.toml").write_text(blocks("toml")[0])
    (folder / "articles" / "atom.md").write_text(blocks("markdown")[0])
    return folder


@pytest.fixture
def newcomer(tmp_path: Path) -> Path:
    return begin(tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application over a newcomer's site, which proxies are put before."""
    running = Server(begin(tmp_path_factory.mktemp("served")) / "config.toml")
    yield running
    running.stop()


@pytest.mark.parametrize(
    "path", [path for path in DOCS if "```toml" in path.read_text()], ids=lambda path: path.name
)
def test_every_configuration_that_a_page_shows_loads_alone_or_below_the_first_one(
    newcomer: Path, path: Path
) -> None:
    """What lies on this machine, such as the articles of a blog, is made for it."""
    for text in blocks("toml", path.read_text()):
        whole = text if "[site]" in text else blocks("toml")[0] + text.replace("[articles]\n", "")
        (newcomer / whole.partition('[articles]\npath = "')[2].partition('"')[0]).mkdir(
            parents=True, exist_ok=True
        )
        (newcomer / "config.toml").write_text(whole)
        assert load(newcomer / "config.toml").site.title.startswith("Example")


def test_the_feeds_commands_that_it_shows_run(newcomer: Path) -> None:
    commands = [line.split("#")[0].split() for block in blocks("sh") for line in block.splitlines()]
    ours = [words for words in commands if words[0] == "feeds"]
    assert [words[1] for words in ours] == ["init", "check", "freeze", "run"]
    (newcomer / "empty").mkdir()
    run(ours[0], newcomer / "empty")
    for words in ours[1:3]:
        run(words, newcomer)
    feed = (newcomer / "build" / "topics" / "standards.atom").read_text()
    assert "The Atom Syndication Format is RFC 4287" in feed


@pytest.mark.parametrize(("language", "host"), [("nginx", Nginx), ("caddy", Caddy)])
def test_the_application_answers_through_the_proxy_that_it_shows_as_without(
    server: Server, tmp_path: Path, language: str, host: Callable[[Path, str], Host]
) -> None:
    (shown,) = (block for block in blocks(language, DEPLOY) if "127.0.0.1:5000" in block)
    running = host(tmp_path / "server", shown.replace("127.0.0.1:5000", f"127.0.0.1:{server.port}"))
    own = ("server", "date", "connection", "alt-svc", "via")
    try:
        for path, wish in (
            ("/topics/standards.atom", {"Accept-Encoding": "br"}),
            ("/topics/standards.atom", {"If-None-Match": "*"}),
            ("/feed.rss?topic=standards&type=article", {}),
            ("/topics/Standards.atom", {}),
            ("/nothing", {}),
        ):
            direct, body = server.get(path, wish)
            passed, same = running.get(path, wish)
            assert (passed.status, same) == (direct.status, body), path
            for name, value in direct.getheaders():
                assert name in own or passed.getheader(name) == value, (path, name)
        if language == "caddy":
            assert running.get("/metrics")[0].status == 404
    finally:
        running.stop()


TOKEN = "aB3dEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"  # noqa: S105 - of the tests alone
WITH_TOKEN = [
    "/private/ed/{}/feed.atom", "/Private/ed/{}/feed.atom", "/private-ed/{}/feed.atom", "//private/ed/{}/feed.atom",
    "/private./ed/{}/feed.atom", "/%70rivate/ed/{}/feed.atom", "/x/private/ed/{}/feed.atom", "/privte/ed/{}/feed.atom",
    "/private/ed/{}/feed.atom.", "/private/ed/{}/%zz", "/privte/ed/{}/%zz", "/private/../x/{}/feed.atom", "/x?y={}",
    "/feed.atom?u=/private/ed/{}", "/{}", "/privte%2fed%2f{}", "/PRIVATE%2Fed%2F{}%2Ffeed.atom",
]  # fmt: skip


def proxy_for_private_feeds(kind: str, folder: Path, upstream: int) -> tuple[Host, list[Path]]:
    """Start a proxy as docs/guides/serve.md has it for private feeds; return it and the files of its logs."""
    part = DEPLOY.partition("## Private feeds behind a proxy")[2].partition("\n## ")[0]
    nginx, caddy = (block.replace("127.0.0.1:5000", f"127.0.0.1:{upstream}") for block in blocks("", part))
    if kind == "nginx":
        folder.mkdir()
        log = folder / "access.log"
        host: Host = Nginx(folder / "nginx", nginx.replace("/var/log/nginx/access.log", str(log)))
        return host, [log, folder / "nginx" / "log"]
    port = free_port()
    folder.mkdir()
    text = caddy.replace("{\n", "{\n\tadmin off\n", 1).replace(
        "feeds.example.org", f"http://127.0.0.1:{port}"
    )
    (folder / "Caddyfile").write_text(text)
    command = [require_program("caddy"), "run", "--config", str(folder / "Caddyfile")]
    return Host(command, port, folder / "log"), [folder / "log"]


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
@pytest.mark.parametrize("away", [False, True], ids=["the-application-answers", "it-is-away"])
def test_the_proxy_that_it_shows_for_private_feeds_logs_no_token_however_it_is_sent(
    server: Server, tmp_path: Path, kind: str, *, away: bool
) -> None:
    host, logs = proxy_for_private_feeds(kind, tmp_path / "proxy", free_port() if away else server.port)
    try:
        for path in WITH_TOKEN:
            host.get(path.format(TOKEN))
        host.get("/static/style.css", {"Referer": f"https://feeds.example.org/private/ed/{TOKEN}/feed.atom"})
        basic = base64.b64encode(f"me:{TOKEN}".encode()).decode()
        host.get("/private/ed/feed.atom", {"Authorization": f"Basic {basic}"})
        assert host.get("/all.atom")[0].status == (502 if away else 200)
    finally:
        host.stop()
    logged = "".join(log.read_text() for log in logs)
    assert "/all.atom" in logged
    assert TOKEN not in logged
    assert basic not in logged


def test_every_configuration_for_deploying_loads_beside_the_first_one(newcomer: Path) -> None:
    configurations = blocks("toml", DEPLOY)
    hosts = [text for text in configurations if "hosts" in text]
    assert (len(configurations), len(hosts)) == (6, 3)
    for text in configurations:
        (newcomer / "config.toml").write_text(blocks("toml")[0] + text)
        output = load(newcomer / "config.toml").output
        assert output.hosts if text in hosts else output.path.startswith(("/state", "/var"))


@pytest.mark.parametrize(
    ("language", "host", "place", "file"),
    [
        ("nginx", Nginx, "/etc/nginx/feeds.conf", "build.nginx.conf"),
        ("caddy", Caddy, "/etc/caddy/feeds.caddy", "build.Caddyfile"),
    ],
)
def test_the_web_server_that_it_shows_serves_what_the_command_that_it_shows_froze(
    newcomer: Path, language: str, host: Callable[[Path, str], Host], place: str, file: str
) -> None:
    (newcomer / "config.toml").write_text(blocks("toml")[0] + HOSTED)
    run(["feeds", "freeze"], newcomer)
    (shown,) = (block for block in blocks(language, DEPLOY) if place in block)
    shown = shown.replace("/var/www/feeds", str(newcomer / "build")).replace(place, str(newcomer / file))
    running = host(newcomer / "server", shown)
    try:
        response, body = running.get("/topics/standards.atom", {"Accept-Encoding": "br"})
        assert response.getheader("Content-Type") == "application/atom+xml; charset=utf-8"
        assert body == (newcomer / "build" / "topics" / "standards.atom.br").read_bytes()
    finally:
        running.stop()


def test_the_make_targets_that_it_shows_exist() -> None:
    targets = re.findall(r"^make (\w+)$", README, re.MULTILINE)
    assert targets == ["run", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_the_reference_names_every_key_of_the_configuration() -> None:
    shown = set(re.findall(r"^<span[^>]*></span>`([^`]+)`", describe_tables(), re.MULTILINE))
    assert {"site.title", 'topics."NAME".slug', "topics.path", "selections.NAME.min_heat"} <= shown
    keys = sum(len(msgspec.structs.fields(table)) for table in list_tables())
    assert len(shown) == keys + len(("topics.path", "providers.path"))


def test_the_reference_names_every_field_of_an_article_that_feeds_use() -> None:
    shown = set(re.findall(r"^\| `(\w+)`", describe_fields(), re.MULTILINE))
    unused = {"actions", "price", "ampWebUrl", "cdnAmpWebUrl"}
    assert shown == KNOWN - unused


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


@for_each("path", DOCS)
def test_every_file_that_a_document_links_to_is_there(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert all((path.parent / link).exists() for link in links)


@for_each("path", DOCS)
def test_every_file_of_the_project_that_a_document_names_is_there(path: Path) -> None:
    """Names in capitals, as in feeds/formats/NAME.py, stand for a file that is yet to be written."""
    named = set(
        re.findall(r"`((?:benchmarks|deploy|docs|examples|feeds|tests|tools)/[\w./-]*)`", path.read_text())
    )
    assert [name for name in sorted(named) if "NAME" not in name and not (ROOT / name).exists()] == []


def test_every_module_that_code_and_its_comments_name_is_there() -> None:
    """Paths as in feeds/paths.py, dotted names as in feeds.paths within roles, and the test modules that tools run."""
    folders = ("feeds", "tests", "tools", "benchmarks", "examples", "deploy")
    files = [*DOCS, ROOT / "Makefile", ROOT / "SECURITY.md"]
    files += [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    missing = []
    for path in files:
        text = path.read_text()
        named = set(
            re.findall(r"\b(?:feeds|tests|tools|benchmarks|examples|docs)/[\w/-]+\.(?:py|md)\b", text)
        )
        missing += [(path.name, name) for name in named if "NAME" not in name and not (ROOT / name).exists()]
        for name in re.findall(r":\w+:`~?(feeds(?:\.\w+)+)`", text):
            missing += [] if _is_defined(name) else [(path.name, name)]
    assert missing == []
    assert [core for core in pythons.CORE if not (ROOT / f"tests/test_{core}.py").exists()] == []


def _is_defined(name: str) -> bool:
    """Return whether a dotted name is that of a module, or of what a module defines."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True
