"""What a Dask cluster has read gives what reading here gives, whatever becomes of its processes."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from clusters import Dask
from conftest import NOW, Workspace, tree

from feeds import cluster as clustering
from feeds.app import Site, open_site
from feeds.cluster import Address, Cluster, asking, partitions, process, versions, wire, worker
from feeds.errors import ClusterError
from feeds.freeze import Plan, freeze
from feeds.index import queries
from feeds.index.work import Task
from feeds.intake import File, Intake
from feeds.model import Problem

ARTICLES = 230
# What a worker runs first. It ends when it meets a certain name; it has another reader; it has no feeds.
DEADLY = """
import os, signal
import feeds.articles
def read(path, data, rules, real=feeds.articles.read):
    if "deadly" in path:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(path, data, rules)
feeds.articles.read = read
"""
ANOTHER_READER = "import feeds.intake\nfeeds.intake.READER_VERSION = 99\n"
NO_FEEDS = "import sys\nfor name in [n for n in sys.modules if n.split('.')[0] == 'feeds']: del sys.modules[name]\nsys.modules['feeds'] = None\n"


@pytest.fixture
def many(workspace: Workspace) -> Workspace:
    """Articles of all kinds: public, hidden, in two files, faulty, due later, with a text, without a zone."""
    workspace.configure(
        'timezone = "Europe/Lisbon"\n[topics.T1]\nparent = "T2"\n[custom.best]\ntitle = "Best"\n'
        'topics = ["T3"]\n[private.editors]\ntoken_env = "NOWHERE"\ninclude_unpublished = true\n'
    )
    for n in range(ARTICLES):
        workspace.article(
            f"a{n:03}", topics=[f"T{n % 7}"], publishedDateTime=f"2024-01-01T00:{n // 60:02}:{n % 60:02}Z"
        )
    workspace.article("b-hidden", published=False)
    workspace.article("b-twice", originalUrl="https://example.org/a001")
    workspace.article("b-later", publishedDateTime="2024-06-02T00:00:00Z")
    workspace.article("b-local", publishedDateTime="2024-04-01 10:00")
    workspace.article("b-text", "# A heading\n\n*Text* with a [link](/there) and `code`.")
    workspace.write("b-faulty.md", "---\ntitle: [\n---\n")
    workspace.write("b-binary.md", b"---\ntitle: \xff\xfe\n---\n")
    return workspace


@pytest.fixture(autouse=True)
def worth_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clustering, "WORTH_A_CLUSTER", 1)
    monkeypatch.setattr(partitions, "MOST_FILES", 10)


def opened(
    site: Workspace, address: str, progress: Callable[[int, int], None] = lambda _done, _of: None
) -> Site:
    with Cluster(Address.parse(address)) as mapper:
        return open_site(site.config, NOW, progress, mapper=mapper)


def frozen(site: Site) -> tuple[Plan, dict[str, bytes]]:
    output = site.publisher.config.output_path
    return freeze(site.publisher, output), tree(output)


def titles(site: Workspace) -> list[str]:
    """The titles of the articles that the index has."""
    with closing(sqlite3.connect(site.config.index_path)) as connection:
        return [title for (title,) in connection.execute("SELECT article ->> '$.title' FROM articles")]


def here(site: Workspace) -> tuple[tuple[Plan, dict[str, bytes]], list[Problem]]:
    """What a freeze without a cluster makes, which is then forgotten."""
    made = site.freeze(NOW), tree(site.output)
    problems = site.problems()
    for place in (site.output, site.folder / ".feeds"):
        place.rename(place.with_name(f"{place.name}-before"))
    return made, problems


@pytest.mark.parametrize("forked", [True, False], ids=["forked", "spawned"])
@pytest.mark.parametrize("local", [True, False], ids=["local", "scheduler"])
def test_a_site_that_a_cluster_has_read_has_the_same_bytes_and_problems(
    many: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, forked: bool, local: bool
) -> None:
    made, problems = here(many)
    monkeypatch.setattr(process, "can_fork", lambda: forked)
    if local:
        site = opened(many, "local:2")
    else:
        with Dask(tmp_path) as dask:
            site = opened(many, dask.address)
    assert frozen(site) == made
    assert many.problems() == problems
    assert many.freeze(NOW).written == []


def test_the_work_of_a_worker_that_is_killed_is_done_by_another(many: Workspace, tmp_path: Path) -> None:
    made, problems = here(many)
    killed: list[int] = []
    with Dask(tmp_path) as dask:

        def kill(done: int, of: int) -> None:
            if not killed:
                assert done < of / 2
                killed.append(dask.workers[0])
                os.kill(killed[0], signal.SIGKILL)

        site = opened(many, dask.address, kill)
    assert killed
    assert frozen(site) == made
    assert many.problems() == problems


def test_a_file_that_no_worker_survives_is_held_back_alone_and_read_again_by_the_next_sync(
    many: Workspace, tmp_path: Path
) -> None:
    (many.articles / "a229.md").rename(many.articles / "a229-deadly.md")
    made, problems = here(many)
    with Dask(tmp_path, preload=DEADLY, failures=0) as dask:
        site = opened(many, dask.address)
    with site.publisher.snapshot() as snapshot:
        found = [
            problem for problem in queries.file_problems(snapshot.connection) if problem.code == "deadly"
        ]
    assert [problem.path for problem in found] == ["a229-deadly.md"]
    without = frozen(site)[1]["all.json"]
    assert (without.count(b"About a228"), without.count(b"About a229"), without.count(b"About a227")) == (
        1,
        0,
        1,
    )
    many.freeze(NOW)
    assert tree(many.output) == made[1]
    assert many.problems() == problems


def test_where_one_file_after_the_other_ends_workers_nothing_is_changed_and_they_are_named(
    many: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_MOST_DEADLY", 1)
    for n in range(3):
        many.article(f"a-deadly{n}")
    with (
        Dask(tmp_path, preload=DEADLY, failures=0) as dask,
        pytest.raises(ClusterError, match=r"a-deadly0\.md.*memory"),
    ):
        opened(many, dask.address)
    assert len(many.freeze(NOW).written) > ARTICLES / 10


def test_a_scheduler_that_is_lost_leaves_everything_as_it_was(many: Workspace, tmp_path: Path) -> None:
    many.freeze(NOW)
    before = tree(many.output)
    assert len(titles(many)) > ARTICLES
    for path in many.articles.glob("a*.md"):
        path.write_text(path.read_text().replace("About", "Of"))
    with Dask(tmp_path) as dask:

        def kill(_done: int, _of: int) -> None:
            dask.process.kill()

        with pytest.raises(ClusterError, match=r"connection to the cluster was lost\. Nothing was changed"):
            opened(many, dask.address, kill)
    assert {title[:8] for title in titles(many)} == {"About a0", "About a1", "About a2", "About b-"}
    assert tree(many.output) == before
    assert len(many.freeze(NOW).written) > ARTICLES / 10


def test_workers_with_other_versions_are_refused_before_anything_is_read(
    many: Workspace, tmp_path: Path
) -> None:
    folder = tmp_path / "other" / "msgspec-9.9.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: msgspec\nVersion: 9.9\n")
    other = f"{ANOTHER_READER}\nimport sys\nsys.path.insert(0, {str(folder.parent)!r})\n"
    with Dask(tmp_path, 1, preload=other) as dask, pytest.raises(ClusterError) as raised:
        opened(many, dask.address)
    text = str(raised.value)
    assert text.startswith("worker tcp://127.0.0.1:")
    assert "feeds' reader is 5 here and 99 there" in text
    assert f"msgspec is {msgspec.__version__} here and 9.9 there" in text
    assert "Unicode" not in text
    assert "Install the same versions" in text
    assert titles(many) == []


def test_a_worker_that_comes_later_looks_at_the_versions_itself(many: Workspace) -> None:
    intake = Intake(many.config, NOW)
    same = versions.versions(many.config.articles.timezone)
    file = intake.opened(Task("a000.md", None))
    assert isinstance(file, File)
    made = worker.made(wire.encoded_terms(intake, same), wire.encode([file]))
    assert wire.results(made) == intake([Task("a000.md", None)])
    other = wire.encoded_terms(intake, {**same, "PyYAML": "1.0"})
    with pytest.raises(ClusterError, match=r"PyYAML is 1\.0 here and"):
        worker.made(other, wire.encode([file]))


@pytest.mark.parametrize("who", ["worker", "scheduler"])
def test_a_machine_without_feeds_is_named(many: Workspace, tmp_path: Path, who: str) -> None:
    given = {"preload": NO_FEEDS} if who == "worker" else {"scheduler_kwargs": {"preload": NO_FEEDS}}
    with (
        Dask(tmp_path, 1, **given) as dask,
        pytest.raises(ClusterError, match=rf"{who} tcp.*does not run there"),
    ):
        opened(many, dask.address)


def test_a_cluster_without_workers_is_waited_for_and_then_said_to_have_none(
    many: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_WORKER_WAIT", 1)
    with Dask(tmp_path, 0) as dask, pytest.raises(ClusterError, match=r"no workers.*dask worker tcp"):
        opened(many, dask.address)


def test_what_no_scheduler_answers_at_is_named(many: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.cluster.connecting._SCHEDULER_WAIT", 1, raising=True)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ClusterError, match=f"127.0.0.1:{port}: no scheduler answers"):
            opened(many, f"tcp://127.0.0.1:{port}")
    with pytest.raises(ClusterError, match="no scheduler answers"):
        opened(many, f"tcp://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "text", ["", "scheduler:8786", "http://x:1", "local", "local:0", "local:x", "tcp://a b:1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ClusterError, match="is no address of a cluster"):
        Address.parse(text)


def test_without_dask_the_option_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'feeds\[dask\]'"):
        Address.parse("local:2")
