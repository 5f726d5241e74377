"""Articles as an attack: whatever one holds, or is, all others are published and nothing in it runs."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import html5lib
import msgspec
import pytest
from attacks import ATTACKS, HEAD, MARK, SLY_HTML, article, articles, assert_attributes_stay
from effort import examples, is_quick, stressed
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from lxml import etree
from sites import NOW, Workspace, make_socket, tree
from waiting import PATIENCE

from feeds.check.lint import lint
from feeds.check.problems import format_for_github
from feeds.index.rows import Task
from feeds.lib.text.depth import is_too_deep
from feeds.model import Problem
from feeds.sync.object_articles import read_original
from feeds.sync.process import FileProcessor

pytestmark = pytest.mark.slow

TYPES = {".atom": "application/atom+xml", ".rss": "application/rss+xml", ".json": "application/feed+json"}
SCHEMES = ("javascript:", "data:", "vbscript:")
MEMORY, SECONDS = 2 << 30, 120 if stressed() else 30
# A machine may be ten times slower; what needs more than this is ended.
MOST_SECONDS = 20 * SECONDS
MOST_OF_A_KIND = 5
INERT: set[str] = set()


def assert_sound(workspace: Workspace) -> None:
    """Every document is well-formed, has no error, and holds nothing that runs.

    Of documents whose names differ by a number, which are those of one article's topics, some are looked at.
    """
    seen: Counter[str] = Counter()
    for path, body in tree(workspace.output).items():
        kind = re.sub(r"\d+", "0", path)
        seen[kind] += 1
        if seen[kind] > MOST_OF_A_KIND and not stressed():
            continue
        suffix = Path(path).suffix
        if path in ("feeds.json", "search/feeds.json"):
            json.loads(body)
        elif suffix in TYPES or suffix == ".opml":
            found = lint(path, TYPES.get(suffix, "text/x-opml"), body)
            assert [finding for finding in found if finding.severity == "error"] == [], path
            for html in contents(suffix, body):
                assert_inert(html, path)
        elif suffix == ".html":
            parser = html5lib.HTMLParser()
            document = parser.parse(body)
            assert parser.errors == [], path
            assert_no_handlers(document, path)


def contents(suffix: str, body: bytes) -> list[str]:
    """The HTML in a feed."""
    if suffix == ".json":
        return [item.get("content_html", "") for item in json.loads(body)["items"]]
    root = etree.fromstring(body)
    return [
        e.text or ""
        for e in root.iter("{*}content", "{*}encoded")
        if e.get("type") == "html" or "encoded" in str(e.tag)
    ]


def assert_inert(html: str, path: str) -> None:
    # An article is in many documents, and html5lib is slow.
    if html not in INERT:
        assert_no_handlers(html5lib.parse(html), path, scripts=True)
        INERT.add(html)


def assert_no_handlers(document: object, path: str, *, scripts: bool = False) -> None:
    for element in document.iter():  # type: ignore[attr-defined] # an element of html5lib, which has no types
        name = str(element.tag).rpartition("}")[2]
        if name in ("script", "style", "iframe", "object", "embed", "svg", "math"):
            assert not scripts, path
            assert MARK not in "".join(element.itertext()), path
        for key, value in element.attrib.items():
            assert not (str(key).lower().startswith("on") and (scripts or MARK in value)), path
            address = str(key).lower() in ("href", "src", "srcset", "action", "formaction", "poster", "data")
            assert not (address and value.strip().lower().startswith(SCHEMES)), path


@examples(6, 250, HealthCheck.function_scoped_fixture)
@given(found=st.lists(articles, min_size=1, max_size=4))
def test_whatever_articles_hold_all_documents_are_sound_and_the_others_published(
    tmp_path_factory: pytest.TempPathFactory, found: list[bytes]
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("hostile") / "site")
    workspace.article("good", provider={"name": "Good", "domain": "good.example"})
    for n, data in enumerate(found):
        workspace.write(f"bad{n}.md", data)
    workspace.freeze()
    assert b"About good" in workspace.read("providers/good.example.atom")
    assert_sound(workspace)
    problems = workspace.problems()
    assert [problem for problem in problems if problem.code == "internal"] == []
    look = FileProcessor(workspace.config, NOW)([Task(f"bad{n}.md", None) for n in range(len(found))])
    named = {problem.path for problem in problems if problem.severity == "error"}
    assert {result.path for result in look if result.state == "faulty"} == named


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


def test_named_attacks_all_at_once_cost_bounded_time_and_memory_and_are_named(workspace: Workspace) -> None:
    # So much that every attack gets to the bound that it is about.
    workspace.configure("max_front_matter = 1000000")
    workspace.article("good", provider={"name": "Good", "domain": "good.example"})
    for name, (text, _) in ATTACKS.items():
        path = workspace.write(f"{name}.md", text)
        path.write_text(text.replace("https://a.example/x", f"https://a.example/{name}"))
    with (workspace.articles / "sparse.md").open("wb") as stream:
        stream.truncate(1 << 30)
    command = [sys.executable, "-m", "feeds", "--config", str(workspace.folder / "config.toml")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, "freeze", "--json"], capture_output=True, text=True, check=False, preexec_fn=limited
    )
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert is_quick(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, SECONDS)
    assert b"About good" in workspace.read("providers/good.example.atom")
    problems = json.loads(done.stdout)["problems"]
    codes: dict[str, set[str]] = {}
    for problem in problems:
        codes.setdefault(Path(problem["path"]).stem, set()).add(problem["code"])
    for name, (_, code) in ATTACKS.items():
        assert code in codes.get(name, {""}), name
    assert "too-large" in codes["sparse"]
    assert not any("internal" in found for found in codes.values())
    assert_sound(workspace)


def test_attributes_with_angle_brackets_stay_attributes_in_feeds_and_pages(workspace: Workspace) -> None:
    workspace.article("sly", body=SLY_HTML, featuredContent=SLY_HTML)
    workspace.freeze()
    for ending in (".atom", ".rss", ".json"):
        assert_attributes_stay(workspace.read(f"all{ending}"), ending)
    assert_sound(workspace)


def test_html_as_people_write_it_is_never_too_deep() -> None:
    letter = (
        "<style>p {}</style>"
        + "<table><tbody><tr><td><p>x <b>y</b><br><a href='/'>z</a></td></tr></tbody></table>" * 800
    )
    sloppy = "<!-- more --><div><span>x</div><p><i>y</p></i><ul><li>a<li>b</ul>" * 800
    assert not is_too_deep(letter)
    assert not is_too_deep(sloppy)
    assert not is_too_deep("a < b & c > d " * 2000)


@pytest.mark.parametrize("kind", ["fifo", "socket", "link out", "vanished", "folder", "link in"])
def test_a_file_that_became_something_else_since_it_was_listed_is_not_waited_for_nor_followed(
    workspace: Workspace, kind: str
) -> None:
    outside = workspace.folder / "outside.md"
    outside.write_text(article(head=HEAD.replace("title: A", "title: Secret")))
    path = workspace.article("a")
    path.unlink()
    keep = []
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "socket":
            keep.append(make_socket(path))
        case "link out":
            path.symlink_to(outside)
        case "link in":
            path.symlink_to(workspace.article("b"))
        case "folder":
            path.mkdir()
    found: list[object] = []
    reader = threading.Thread(
        target=lambda: found.extend(FileProcessor(workspace.config, NOW)([Task("a.md", None)])), daemon=True
    )
    reader.start()
    reader.join(PATIENCE)
    for held in keep:
        held.close()
    (result,) = found
    assert b"Secret" not in msgspec.json.encode(result)
    state, codes = result.state, {p.code for p in result.problems}  # type: ignore[attr-defined] # a result
    expected: dict[str, tuple[str, set[str]]] = {
        "link in": ("public", set()),
        "vanished": ("vanished", set()),
    }
    assert (state, codes) == expected.get(kind, ("faulty", {"unreadable"}))


def test_what_is_read_again_for_a_draft_or_a_finding_is_not_read_through_a_link_out_of_the_folder(
    workspace: Workspace, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    inside = workspace.article("inside")
    (workspace.articles / "out.md").symlink_to(secret)
    (workspace.articles / "in.md").symlink_to(inside)
    with pytest.raises(OSError, match="symbolic links"):
        read_original(workspace.config, "out.md")
    assert read_original(workspace.config, "in.md") == inside.read_bytes()


def test_files_that_change_and_vanish_while_a_freeze_reads_them_cost_only_themselves(
    workspace: Workspace,
) -> None:
    for n in range(40):
        workspace.article(f"good{n}")
    paths = [workspace.articles / f"flaky{n}.md" for n in range(40)]
    stop = threading.Event()

    def disturb() -> None:
        while not stop.is_set():
            for n, path in enumerate(paths):
                path.write_text(article(head=HEAD.replace("/x", f"/{n}"))[: n * 7])
                path.unlink()

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(15 if stressed() else 5):
            workspace.freeze()
            assert workspace.read("all.json").count(b"About good") >= 40
    finally:
        stop.set()
        thread.join()
    assert_sound(workspace)


def test_names_of_files_that_no_text_can_hold_are_named_and_cost_only_themselves(
    workspace: Workspace,
) -> None:
    workspace.article("good")
    folder = os.fsencode(workspace.articles)
    for name in (
        b"new\nline.md",
        b"\xff\xfe.md",
        b"<script>evil().md",
        b"%s.md",
        b"::error::x.md",
        b"a\rb.md",
        b"\x1b[31m.md",
    ):
        with open(folder + b"/" + name, "wb") as stream:  # noqa: PTH123 - a name that is no text
            stream.write(b"no front matter")
    for style in ("text", "json", "github"):
        done = workspace.run("check", "--format", style)
        assert done.returncode == 1, done.stderr
        lines = done.stdout.splitlines()
        if style != "json":
            severity = "::error " if style == "github" else ": error: "
            assert len([line for line in lines if severity in line]) == 7, done.stdout
            assert all(line.isprintable() for line in lines)
    workspace.freeze()
    assert b"About good" in workspace.read("all.atom")


def test_what_a_problem_quotes_does_nothing_to_a_terminal() -> None:
    problem = Problem("yaml", "error", "a\x1b[2J\r.md", "\u202eis bad\x07", "\x9b", field="\n")
    assert problem.text().isprintable()
    assert format_for_github([problem]).isprintable()


def test_domains_that_look_like_others_are_written_in_ascii(workspace: Workspace) -> None:
    workspace.article("real", provider={"domain": "apple.example"})
    workspace.article(
        "fake", provider={"domain": "\u0430pple.example"}, originalUrl="https://\u0430pple.example/"
    )
    workspace.freeze()
    written = b"".join(tree(workspace.output).values()).decode()
    assert "\u0430pple" not in written
    assert "https://xn--pple-43d.example/" in written
    assert workspace.read("providers/apple.example.json").count(b"About") == 1
    assert workspace.read("providers/xn--pple-43d.example.json").count(b"About") == 1


def test_topics_named_like_places_of_the_site_have_addresses_of_their_own(workspace: Workspace) -> None:
    names = ["..", ".", "/", "\\", "../../x", "a\u0000b", "index", "all", "archive", "con", "feeds", "static", "t" * 200,
             "index.html", "%2e%2e", "<b>", "'\"", "?", "#", "archive/1", "\u202etxt"]  # fmt: skip
    for n, name in enumerate(names):
        workspace.article(f"a{n}", topics=[name], title=f"About [{n}]")
    workspace.freeze()
    files = [path for path in tree(workspace.output) if path.startswith("topics/") and path.endswith(".json")]
    assert len([path for path in files if path.count("/") == 1]) == len(names)
    assert all(path.resolve().is_relative_to(workspace.output) for path in workspace.output.rglob("*"))
    assert workspace.read("all.json").count(b'"title":"About') == len(names)
    assert_sound(workspace)
