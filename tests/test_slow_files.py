"""No file takes long to read, whatever is in it: its cost is linear, refused, or ended with its process."""

from __future__ import annotations

import mmap
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from effort import for_each, is_quick, stressed
from sites import Workspace

from feeds.articles import reader
from feeds.articles.reader import Reading, ReadingRules, read, read_for_parent
from feeds.lib import bounded_work, processes
from feeds.lib.bounded_work import BoundedWork, EndedError, TooSlowError

RULES = ReadingRules("UTC", "https://feeds.example.org/", 1_000_000)
MANY = 1_000_000_000
# Seconds of a processor for work that does come to an end. Twenty times as long by the clock ends it, too: then a slow
# machine may not even have started the process that does it.
PLENTY = 100
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")


def spin(request: bytes) -> bytes:
    """Read a file as ever, but never come to an end with one that says so, inside C code."""
    if b"for ever" in request:
        sum(range(MANY**2))
    if b"crash" in request:
        os.abort()
    return read_for_parent(request)


def yaml_file(matter: str, body: str = "x") -> str:
    return f"---\ntitle: T\npublishedDateTime: 2023-07-24T09:36:00Z\n{matter}\n---\n{body}\n"


def toml_file(matter: str) -> str:
    return f'+++\ntitle = "T"\npublishedDateTime = 2023-07-24T09:36:00Z\n{matter}\n+++\nx\n'


def numbered(form: str, size: int) -> str:
    count = size // (len(form) + 2)
    return "\n".join(form.format(n) for n in range(count))


def body_of(unit: str) -> Callable[[int], str]:
    return lambda size: yaml_file("", unit * (size // len(unit)))


# Each makes an input of about so many bytes.
KINDS: dict[str, Callable[[int], str]] = {
    "a key of TOML with many parts": lambda n: toml_file("a" + ".a" * (n // 2) + " = 1"),
    "a quoted key of TOML with many parts": lambda n: toml_file('"a"' + '."a"' * (n // 4) + " = 1"),
    "a spaced key of TOML with many parts": lambda n: toml_file("a" + " . a" * (n // 4) + " = 1"),
    "a table of TOML with many parts": lambda n: toml_file("[a" + ".a" * (n // 2) + "]"),
    "an inline key of TOML with many parts": lambda n: toml_file("x = {" + "a." * (n // 2) + "a = 1}"),
    "keys of TOML": lambda n: toml_file(numbered("k{} = 1", n)),
    "a long number of TOML": lambda n: toml_file("quality = 0x" + "f" * n),
    "a long number of YAML": lambda n: yaml_file("quality: " + "7" * n),
    "a long number in base 60": lambda n: yaml_file("quality: 1" + ":59" * (n // 3)),
    "keys before numbers": lambda n: yaml_file(
        numbered("k{}: v", n * 3 // 4) + "\ntopics:\n" + numbered("- {}", n // 4)
    ),
    "topics": lambda n: yaml_file("topics:\n" + numbered("- t{}", n)),
    "images": lambda n: yaml_file("images:\n" + numbered("- https://example.org/{}.png", n)),
    "related articles": lambda n: yaml_file("related:\n" + numbered("- https://example.org/{}", n)),
    "aliases": lambda n: yaml_file("a: &a x\nx: [" + "*a, " * (n // 4) + "]"),
    "merged keys": lambda n: yaml_file(
        "a: &a {" + ", ".join(f"k{i}: 1" for i in range(n // 9)) + "}\nb:\n  <<: [*a, *a, *a, *a, *a]"
    ),
    "nested lists": lambda n: yaml_file("x: " + "[" * n),
    "combining marks in a host": lambda n: yaml_file("webUrl: https://a" + "\u0301\u0323" * (n // 4) + ".org"),
    "combining marks in a domain": lambda n: yaml_file(
        "provider: {domain: a" + "\u0301\u0323" * (n // 4) + ".org}"
    ),
    "combining marks in a link": lambda n: yaml_file(
        "", "[a](https://a" + "\u0301\u0323" * (n // 4) + ".org)"
    ),
    "a long URL": lambda n: yaml_file("webUrl: https://example.org/" + "é" * (n // 2)),
    **{f"a body of {unit!r}": body_of(unit) for unit in (
        "[", "![", "[a](", "[a\n", "**a*", "*a _b", "`a", "<", "<a b='", "&", "- ", "> a\n", "a|b\n-|-\n", "|a\n",
        "[a]: b\n", "<b><p>", "<div>", "<!--", "<iframe src", "![a](data:image/png;base64,",
    )},
}  # fmt: skip


def measure(text: str) -> tuple[float, Reading]:
    """Return the processor seconds that reading takes in this process, and its result."""
    one = reader.Reader(RULES, bounded=False)
    data = text.encode()
    begun = time.process_time()
    reading = one.interpret("a.md", one.parse_matter("a.md", data))
    return time.process_time() - begun, reading


@pytest.mark.slow
@for_each("kind", KINDS)
def test_the_cost_of_growing_inputs_is_linear_or_they_are_refused(kind: str) -> None:
    """Small input costs less than half a second; four times as much costs less than nine times as much."""
    small, large = (64_000, 256_000) if stressed() else (4_000, 16_000)
    # The best of two, because something else may run in between.
    first = min(measure(KINDS[kind](small))[0] for _ in range(2))
    second = min(measure(KINDS[kind](large))[0] for _ in range(2))
    assert is_quick(second, 0.1) or second < 9 * first, f"{first:.3f} s, then {second:.3f} s"
    assert stressed() or is_quick(first, 0.5)


@for_each(
    ("text", "code", "line"),
    [
        (yaml_file("x: " + "a" * 64_000), "long-front-matter", 2),
        (yaml_file("x: " + "é" * 32_000), "long-front-matter", 2),
        (toml_file("x = '" + "a" * 64_000 + "'"), "long-front-matter", 2),
        (toml_file("b = 1\n" + "a." * 50 + "a = 1"), "too-deep", 5),
        (toml_file("[" + "a . " * 50 + "'a']"), "too-deep", 4),
        (toml_file("x = {b = 1, " + '"a".' * 50 + "a = 1}"), "too-deep", 4),
    ],
)
def test_what_is_refused_before_it_is_parsed_is_named_with_its_line(text: str, code: str, line: int) -> None:
    _, reading = measure(text)
    assert (reading.hidden, [p.code for p in reading.problems]) == ("faulty", [code])
    assert reading.problems[0].line == line
    assert reading.problems[0].hint


def test_text_with_many_dots_is_no_key() -> None:
    for matter in ("x = '" + "a." * 60 + "a'", "x = [" + "1.5, " * 60 + "]", "x = 1 # " + "a." * 60):
        assert measure(toml_file(matter))[1].article is not None


def test_front_matter_may_have_as_many_bytes_as_config_toml_says(workspace: Workspace) -> None:
    text = yaml_file("excerpt: " + "a " * 200)
    workspace.write("a.md", text)
    base = '[site]\ntitle = "T"\nbase_url = "https://feeds.example.org/"\n[articles]\npath = "articles"\n'
    workspace.configure(base=base + "max_front_matter = 100")
    assert [p.code for p in workspace.problems()] == ["long-front-matter"]
    workspace.configure(base=base + "max_front_matter = 1000")
    assert workspace.problems() == []


def test_hosts_and_urls_have_a_length() -> None:
    for url in ("https://example.org/" + "a" * 8000, "https://" + "é" * 300 + ".org/"):
        _, reading = measure(yaml_file(f"webUrl: {url}"))
        assert [p.code for p in reading.problems] == ["bad-url"]
    assert measure(yaml_file("webUrl: https://example.org/" + "a" * 7900))[1].problems == ()


def test_a_large_file_is_read_elsewhere_as_it_is_read_here() -> None:
    text = yaml_file("topics: [AI]\nheat: 7", "A *paragraph*.\n\n" * 4000)
    assert read("a.md", text.encode(), RULES) == measure(text)[1]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of processor time")
@pytest.mark.slow
def test_a_file_that_takes_for_ever_is_a_problem_and_its_last_good_version_stays(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others are published meanwhile, and it is not tried again as long as its bytes are the same."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setattr(reader, "_MOST_SECONDS", 1)
    large = "a paragraph\n\n" * 4000
    workspace.article("slow", body="The good version.")
    workspace.freeze()
    work, asked = BoundedWork(__name__, spin.__name__), list[bytes]()

    def ask(request: bytes, seconds: int) -> bytes:
        asked.append(request)
        # As long as a slow machine takes for the other one.
        return work(request, seconds if b"for ever" in request else PLENTY)

    monkeypatch.setattr(reader, "_read_elsewhere", ask)
    workspace.article("slow", body="for ever\n\n" + large)
    workspace.article("other", body=large)
    workspace.freeze()
    asked.clear()
    assert [(p.code, p.path) for p in workspace.problems() if p.severity == "error"] == [
        ("too-slow", "slow.md")
    ]
    assert not any(b"for ever" in request for request in asked), "it is not tried again"
    feed = workspace.read("all.atom")
    assert b"The good version." in feed
    assert b"About other" in feed


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of processor time")
@pytest.mark.slow
@for_each("forked", sorted({hasattr(os, "fork"), False}))
def test_work_that_is_ended_leaves_the_next_piece_alone(
    monkeypatch: pytest.MonkeyPatch, *, forked: bool
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    monkeypatch.setattr(bounded_work, "can_fork", lambda: forked)
    work = BoundedWork(__name__, echo_or_spin.__name__)
    assert work(b"one", PLENTY) == b"one"
    with pytest.raises(TooSlowError):
        work(b"for ever", 1)
    with pytest.raises(EndedError):
        work(b"crash", PLENTY)
    assert work(b"two" * 1_000_000, PLENTY) == b"two" * 1_000_000


def echo_or_spin(request: bytes) -> bytes:
    """Return the request, unless it says to spin or to crash."""
    if request == b"for ever":
        sum(range(MANY**2))
    if request == b"crash":
        os.abort()
    return request


@forks
def test_a_forked_process_works_whatever_its_parent_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """It works without a standard input, and with more addresses than it may add."""
    monkeypatch.setattr(bounded_work, "can_fork", lambda: True)
    usual = os.dup(0)
    os.close(0)
    try:
        with mmap.mmap(-1, 3 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS):
            work = BoundedWork(__name__, echo_or_spin.__name__)
            assert work(b"one" * 1_000_000, PLENTY) == b"one" * 1_000_000
    finally:
        os.dup2(usual, 0)
        os.close(usual)


@forks
def test_a_forked_process_may_be_waited_for_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system does so for a program that was started with SIGCHLD ignored."""
    monkeypatch.setattr(bounded_work, "can_fork", lambda: True)
    work = BoundedWork(__name__, echo_or_spin.__name__)
    usual = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with pytest.raises(EndedError):
            work(b"crash", PLENTY)
        assert work(b"two", PLENTY) == b"two"
    finally:
        signal.signal(signal.SIGCHLD, usual)


@forks
def test_a_forked_process_keeps_no_file_of_its_parent_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """So whoever waits for the end of a pipe of its parent does not wait for it."""
    monkeypatch.setattr(bounded_work, "can_fork", lambda: True)
    reading, writing = os.pipe()
    work = BoundedWork(__name__, echo_or_spin.__name__)
    assert work(b"one", PLENTY) == b"one"
    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)
    assert work(b"two", PLENTY) == b"two"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_the_processes_of_a_pool_can_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """They need no thread to notice that their parent is gone, so that each can fork one for large files."""
    answers = [can_fork_here] * 2
    monkeypatch.setattr(processes, "can_fork", lambda: True)
    assert list(processes.map_in_processes(lambda ask: ask(), answers)) == [True, True]


def can_fork_here() -> bool:
    """Return whether this process has only its first thread."""
    return threading.active_count() == 1
