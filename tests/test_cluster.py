"""What a Dask cluster has read gives what reading here gives, whatever becomes of its processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from multiprocessing import Value
from pathlib import Path

import msgspec
import pytest
from clusters import Dask
from documentation import blocks
from effort import for_each, stressed
from sites import NOW, ROOT, Workspace, tree
from waiting import PATIENCE, is_running, until

from feeds.errors import ClusterError
from feeds.freeze.freeze import freeze
from feeds.freeze.plan import Outcome
from feeds.index.read import overview
from feeds.index.rows import Result, Task, decode_results
from feeds.lib import processes as process
from feeds.lib.processes import pack
from feeds.model import Problem
from feeds.site import Site, open_site
from feeds.sync import cluster as clustering
from feeds.sync.cluster import Cluster, Waits, versions, worker
from feeds.sync.cluster.address import Address
from feeds.sync.process import READER_VERSION, File, FileProcessor, hash_work

pytestmark = pytest.mark.slow

ARTICLES = 230
# By its name: it loads Dask, half a second that only a process with these tests shall need.
CLIENT = "feeds.sync.cluster.client"
# From here on a command asks a cluster; really, from many more.
WORTH = 100
# It has the patience of the tests; with HOLD in its environment, it reads nothing and says so.
COMMAND = f"""
import os, pathlib, time
from feeds.cli import main
from feeds.lib import processes
from feeds.sync import cluster
processes._ENDING, cluster.WORTH_A_CLUSTER = {PATIENCE}, {WORTH}
cluster.Cluster.__init__.__defaults__ = (cluster.Waits({PATIENCE:.0f}, {PATIENCE:.0f}),)
def hold(*_):
    pathlib.Path(os.environ["HOLD"]).touch()
    time.sleep(10 * {PATIENCE})
    yield
def ask(*arguments, real=cluster._ask_cluster):
    from feeds.sync.cluster import client
    client._ANSWER = client._LATE = {PATIENCE}
    client.make_partitions = hold if "HOLD" in os.environ else client.make_partitions
    yield from real(*arguments)
cluster._ask_cluster = ask
main(prog_name="feeds")
"""
# What a worker runs first. It ends when it meets a certain name; it has another reader; it has no feeds.
DEADLY = """
import os, signal, time
from feeds.articles.reader import Reader
def parse_matter(reader, path, data, real=Reader.parse_matter):
    if "deadly" in path:
        while not os.path.exists(os.path.join({known!r}, str(os.getpid()))):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGKILL)
    return real(reader, path, data)
Reader.parse_matter = parse_matter
"""
ANOTHER_READER = "import feeds.sync.process\nfeeds.sync.process.READER_VERSION = 99\n"
NO_FEEDS = "import sys\nfor name in [n for n in sys.modules if n.split('.')[0] == 'feeds']: del sys.modules[name]\nsys.modules['feeds'] = None\n"


@pytest.fixture
def many(workspace: Workspace) -> Workspace:
    """Articles of all kinds: public, hidden, in two files, faulty, due later, with a text, without a zone."""
    workspace.configure(
        'timezone = "Europe/Lisbon"\n[topics.T1]\nparent = "T2"\n[selections.best]\ntitle = "Best"\n'
        'topics = ["T3"]\n[private.editors]\ntoken_env = "NOWHERE"\ninclude_unpublished = true\n'
    )
    for n in range(ARTICLES):
        workspace.article(
            f"a{n:03}", topics=[f"T{n % 7}"], publishedDateTime=f"2024-01-01T00:{n // 60:02}:{n % 60:02}Z"
        )
    workspace.article("b-hidden", published=False)
    workspace.article("b-twice", originalUrl="https://example.org/a001")
    workspace.article("b-later", publishedDateTime="2024-06-02T00:00:00Z")
    workspace.article("b-local", publishedDateTime="1 April 2024 10:00")
    workspace.article("b-text", "# A heading\n\n*Text* with a [link](/there) and `code`.")
    workspace.write("b-faulty.md", "---\ntitle: [\n---\n")
    workspace.write("b-binary.md", b"---\ntitle: \xff\xfe\n---\n")
    return workspace


@pytest.fixture
def large(workspace: Workspace) -> Workspace:
    """As many articles as the command asks a cluster for."""
    for n in range(WORTH + 50):
        path = workspace.write(
            f"{n // 50}/{n:04}.md",
            f"---\ntitle: Number {n}\npublishedDateTime: 2024-01-01T00:{n // 60:02}:{n % 60:02}Z\noriginalUrl: https://example.org/{n}\n---\n",
        )
        # What was written just now is read again.
        os.utime(path, (0, 0))
    workspace.configure("[feeds]\narchive = false\n[output]\npages = false\n")
    return workspace


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """A cluster that goes on, though one of its workers may be killed: another one is started."""
    with Dask(tmp_path_factory.mktemp("dask")) as running:
        yield running


@pytest.fixture
def deadly(tmp_path: Path) -> Iterator[Dask]:
    """A cluster with a worker that certain files end; another one is started then."""
    folder = tmp_path / "deadly"
    folder.mkdir()
    with Dask(folder, 1, preload=DEADLY.format(known=str(folder / "known")), failures=0) as running:
        yield running


@pytest.fixture(autouse=True)
def worth_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a cluster be asked for a few files; the process that does so has to be forked to know it."""
    monkeypatch.setattr(process, "can_fork", lambda: True)
    monkeypatch.setattr(clustering, "WORTH_A_CLUSTER", 1)
    monkeypatch.setattr(f"{CLIENT}.MOST_FILES", 10)
    for limit in ("_ANSWER", "_LATE"):
        monkeypatch.setattr(f"{CLIENT}.{limit}", PATIENCE)


def open_site_by_cluster(
    site: Workspace,
    address: str,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    waits: Waits = Waits(int(PATIENCE), int(PATIENCE)),  # noqa: B008 - it is frozen
) -> Site:
    with Cluster(Address.parse(address), waits) as mapper:
        return open_site(site.config, NOW, progress, mapper=mapper)


def frozen(site: Site) -> tuple[Outcome, dict[str, bytes]]:
    output = site.publisher.config.output_path
    return freeze(site.publisher, output), tree(output)


def titles(site: Workspace) -> list[str]:
    """The titles of the articles that the index has."""
    with closing(sqlite3.connect(site.config.index_path)) as connection:
        return [title for (title,) in connection.execute("SELECT article ->> '$.title' FROM articles")]


def here(site: Workspace) -> tuple[tuple[Outcome, dict[str, bytes]], list[Problem]]:
    """What a freeze without a cluster makes, which is then forgotten."""
    made = site.freeze(NOW), tree(site.output)
    problems = site.problems()
    for place in (site.output, site.folder / ".feeds"):
        place.rename(place.with_name(f"{place.name}-before"))
    return made, problems


# `make stress` tries all four. The next test compares what is read by way of a scheduler, too.
@pytest.mark.parametrize(
    ("forked", "local"),
    [
        pytest.param(True, True, id="forked, local"),
        pytest.param(False, False, id="spawned, scheduler", marks=pytest.mark.stress),
        pytest.param(True, False, id="forked, scheduler", marks=pytest.mark.stress),
        pytest.param(False, True, id="spawned, local", marks=pytest.mark.stress),
    ],
)
def test_a_site_that_a_cluster_has_read_has_the_same_bytes_and_problems(
    many: Workspace,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    *,
    forked: bool,
    local: bool,
) -> None:
    made, problems = here(many)
    monkeypatch.setattr(process, "can_fork", lambda: forked)
    address = "local:2" if local else request.getfixturevalue("dask").address
    site = open_site_by_cluster(many, address)
    assert frozen(site) == made
    assert many.problems() == problems
    assert many.freeze(NOW).written == []


@contextmanager
def standing_still(pids: Sequence[int]) -> Iterator[Callable[[], None]]:
    """Lend what has processes stand still, until the end."""

    def stop() -> None:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)

    try:
        yield stop
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.stress)])
def test_the_work_of_workers_that_stand_still_is_done_by_others_or_here(
    many: Workspace, dask: Dask, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(f"{CLIENT}._LATE", 1.0)
    made, problems = here(many)
    with standing_still(dask.living[:number]) as stop:
        site = open_site_by_cluster(
            many, dask.address, lambda done, of: stop() if 0 < done < of / 2 else None
        )
    assert frozen(site) == made
    assert many.problems() == problems


@pytest.mark.stress
def test_a_worker_that_stands_still_from_the_beginning_gets_nothing(
    many: Workspace, dask: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{CLIENT}._ANSWER", 5.0)
    made, problems = here(many)
    with standing_still(dask.living[:1]) as stop:
        stop()
        site = open_site_by_cluster(many, dask.address)
    assert frozen(site) == made
    assert many.problems() == problems


def test_a_scheduler_that_stands_still_is_a_sentence(
    many: Workspace, dask: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{CLIENT}._ANSWER", 1.0)
    monkeypatch.setattr(f"{CLIENT}._LATE", 1.0)
    with (
        standing_still([dask.process.pid]) as stop,
        pytest.raises(ClusterError, match="scheduler does not answer any more"),
    ):
        open_site_by_cluster(many, dask.address, lambda done, _of: stop() if done else None)


def test_the_work_of_a_worker_that_is_killed_is_done_by_another(many: Workspace, dask: Dask) -> None:
    made, problems = here(many)
    killed: list[int] = []

    def kill(done: int, of: int) -> None:
        if not killed:
            assert done < of / 2
            killed.append(dask.living[0])
            os.kill(killed[0], signal.SIGKILL)

    site = open_site_by_cluster(many, dask.address, kill)
    assert killed
    assert frozen(site) == made
    assert many.problems() == problems


def test_a_file_that_no_worker_survives_is_held_back_alone_and_read_again_by_the_next_sync(
    many: Workspace, deadly: Dask
) -> None:
    (many.articles / "a229.md").rename(many.articles / "a229-deadly.md")
    made, problems = here(many)
    site = open_site_by_cluster(many, deadly.address)
    with site.publisher.snapshot() as snapshot:
        found = [
            problem for problem in overview.read_problems(snapshot.connection) if problem.code == "deadly"
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


def test_if_one_file_after_the_other_ends_workers_nothing_is_changed_and_the_files_are_named(
    many: Workspace, deadly: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{CLIENT}._MOST_DEADLY", 1)
    for n in range(3):
        many.article(f"a-deadly{n}")
    with pytest.raises(ClusterError, match=r"a-deadly0\.md.*memory"):
        open_site_by_cluster(many, deadly.address)
    assert len(many.freeze(NOW).written) > ARTICLES / 10


@pytest.mark.parametrize("end", [Dask.kill, Dask.stop] if stressed() else [Dask.kill])
def test_a_scheduler_that_is_lost_leaves_everything_as_it_was(
    many: Workspace, tmp_path: Path, end: Callable[[Dask], None]
) -> None:
    many.freeze(NOW)
    before = tree(many.output)
    assert len(titles(many)) > ARTICLES
    for path in many.articles.glob("a*.md"):
        path.write_text(path.read_text().replace("About", "Of"))
    with Dask(tmp_path, 1) as dask:

        def progress(done: int, _of: int) -> None:
            if done:
                end(dask)

        # A connection that ends is noticed at once, and a silent one after a while: which comes first is chance.
        lost = r"(connection to the cluster was lost|the scheduler does not answer any more)\. Nothing was changed"
        with pytest.raises(ClusterError, match=lost):
            open_site_by_cluster(many, dask.address, progress)
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
        open_site_by_cluster(many, dask.address)
    text = str(raised.value)
    assert text.startswith("worker tcp://127.0.0.1:")
    assert f"feeds' reader is {READER_VERSION} here and 99 there" in text
    assert f"msgspec is {msgspec.__version__} here and 9.9 there" in text
    assert "Unicode" not in text
    assert "Install the same versions" in text
    assert titles(many) == []


def test_a_worker_that_comes_later_looks_at_the_versions_itself(many: Workspace) -> None:
    processor = FileProcessor(many.config, NOW)
    same = versions.collect_versions(many.config.articles.timezone)
    file = processor.open_file(Task("a000.md", None))
    assert isinstance(file, File)
    made = worker.process_files(worker.encode_terms(processor, same), pack([file]))
    assert decode_results(made) == processor([Task("a000.md", None)])
    other = worker.encode_terms(processor, {**same, "PyYAML": "1.0"})
    with pytest.raises(ClusterError, match=r"PyYAML is 1\.0 here and"):
        worker.process_files(other, pack([file]))


def test_whatever_a_worker_answers_in_place_of_versions_names_it() -> None:
    """What Dask gives as the answer of a worker that has no feeds, or breaks in another way."""
    for found in (ModuleNotFoundError("feeds"), RuntimeError("broken")):
        with pytest.raises(ClusterError, match=r"worker tcp://a:1.*does not run there"):
            versions.require_same({}, found, "worker tcp://a:1")


@pytest.mark.parametrize("who", [pytest.param("worker", marks=pytest.mark.stress), "scheduler"])
def test_a_machine_without_feeds_is_named(many: Workspace, tmp_path: Path, who: str) -> None:
    given = {"preload": NO_FEEDS} if who == "worker" else {"scheduler_kwargs": {"preload": NO_FEEDS}}
    with (
        Dask(tmp_path, 1, **given) as dask,
        pytest.raises(ClusterError, match=rf"{who} tcp.*does not run there"),
    ):
        open_site_by_cluster(many, dask.address)


def test_a_cluster_without_workers_is_waited_for_and_then_said_to_have_none(
    many: Workspace, tmp_path: Path
) -> None:
    with Dask(tmp_path, 0) as dask, pytest.raises(ClusterError, match=r"no workers.*dask worker tcp"):
        open_site_by_cluster(many, dask.address, waits=Waits(int(PATIENCE), 1))


def test_what_no_scheduler_answers_at_is_named(many: Workspace) -> None:
    waits = Waits(scheduler=1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ClusterError, match=f"127.0.0.1:{port}: no scheduler answers"):
            open_site_by_cluster(many, f"tcp://127.0.0.1:{port}", waits=waits)
    with pytest.raises(ClusterError, match="no scheduler answers"):
        open_site_by_cluster(many, f"tcp://127.0.0.1:{port}", waits=waits)


@for_each("text", ["", "scheduler:8786", "http://x:1", "local", "local:0", "local:x", "tcp://a b:1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ClusterError, match="is not the address of a cluster"):
        Address.parse(text)


def test_without_dask_the_option_says_what_to_install(workspace: Workspace) -> None:
    """In a process of its own: here it may have been loaded already."""
    program = (
        "import sys; sys.modules['distributed'] = sys.modules['dask'] = None\n"
        "from feeds.cli import main; main(['--config', sys.argv[1], 'freeze', '--cluster', 'local:2'])"
    )
    command = [sys.executable, "-c", program, str(workspace.folder / "config.toml")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "--cluster needs Dask, which is not installed: pip install 'feeds[dask]'.\n"


def test_so_many_files_are_open_ahead_of_the_answers_and_no_more(
    many: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, real = Value("i"), FileProcessor.open_file

    def open_file(processor: FileProcessor, task: Task) -> File | Result:
        number.value += 1
        return real(processor, task)

    monkeypatch.setattr(FileProcessor, "open_file", open_file)
    tasks = [Task(path.name, None) for path in sorted(many.articles.iterdir())]
    seen, most = 0, 0
    with Cluster(Address.parse("local:1")) as mapper:
        for results in mapper(FileProcessor(many.config, NOW), [tasks]):
            time.sleep(0.01)
            most = max(most, number.value - seen)
            seen += len(results)
    assert (seen, number.value) == (len(tasks), len(tasks))
    # Those under way, the one that is being put together, and those that wait in the pipe.
    assert most < len(tasks) / 2


def test_every_package_that_reading_loads_is_compared(many: Workspace) -> None:
    program = (
        "import sys; from datetime import UTC, datetime; from importlib.metadata import packages_distributions\n"
        "from feeds.config import load; from feeds.sync.process import FileProcessor; from feeds.index.rows import Task\n"
        "processor = FileProcessor(load(sys.argv[1]), datetime.now(UTC))\n"
        "assert all(processor([Task(name, None)]) for name in sys.argv[2:])\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(*{owner for name, owners in packages_distributions().items() if name in loaded for owner in owners})"
    )
    many.article(
        "zélé", "A page <b style='color:red'>of its own</b>, at an address in ASCII", originalUrl=None,
        provider={"name": "Bücher", "domain": "bücher.example"},
    )  # fmt: skip
    names = [path.name for path in sorted(many.articles.iterdir()) if path.name >= "a22"]
    command = [sys.executable, "-c", program, str(many.folder / "config.toml"), *names]
    loaded = set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    # What these do is the same in all their versions; python-dateutil 2 wants the last of them.
    ours, plain = {"feeds"}, {"setuptools", "typing_extensions", "six"}
    assert loaded - ours - plain == set(versions.PACKAGES)


def test_what_is_sent_has_all_that_results_depend_on_and_nothing_of_private_feeds_or_the_database(
    many: Workspace,
) -> None:
    text = (many.folder / "config.toml").read_text()
    many.configure(base=text, extra='[index]\nurl = "postgresql://someone:secret@database/feeds"\n')
    config = many.config
    encoded = worker.encode_terms(FileProcessor(config, NOW), {})
    terms = worker.decode_terms(encoded)
    assert not re.search(rb"NOWHERE|secret|editors", encoded)
    assert config.topics == terms.config.topics != {}
    assert hash_work(terms.config) == hash_work(config)
    assert terms.now == NOW


def test_what_other_files_of_the_site_say_counts_on_a_machine_without_them(tmp_path: Path) -> None:
    """Names of authors, and where a generator's site begins: in addresses, ids and categories."""
    site = Workspace(tmp_path)
    (tmp_path / "_config.yml").write_text("title: S\n")
    for folder in ("blog/_posts", "blog/_data"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "blog" / "_data" / "authors.yml").write_text("ann: {name: Ann Example}\n")
    text = (tmp_path / "config.toml").read_text().replace('"articles"', '"blog/_posts"')
    site.configure(base=f'{text}preset = "jekyll"\nbase_url = "https://b.example/"\n')
    terms = worker.encode_terms(FileProcessor(site.config, NOW), {})
    for file in ("_config.yml", "blog/_data/authors.yml"):
        (tmp_path / file).unlink()
    post = File("2024-01-02-a.md", b"---\ntitle: A\nauthor: ann\n---\nText.\n", b"")
    given = worker.decode_terms(terms)
    (result,) = FileProcessor(given.config, given.now, given.rules).process([post])
    entry = str(result.entries["atom"])
    assert "Ann Example" in entry
    assert "https://b.example/blog/2024/01/02/a.html" in entry


def test_nobody_else_can_use_or_look_into_a_cluster_of_this_machine() -> None:
    """In its own process, because Dask leaves threads behind and later tests fork."""
    program = """
import http.client, os, sys
from distributed import Client
from feeds.sync.cluster.address import Address
from feeds.sync.cluster.connect import open_client
def target(link):
    try:
        return os.readlink(link)
    except OSError:
        return None
def listening(pid):
    inodes = {target(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    rows = [line.split() for file in ("tcp", "tcp6") for line in open(f"/proc/{pid}/net/{file}")]
    return [row[1].split(":") for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
if __name__ == "__main__":
    with open_client(Address.parse("local:1"), 120) as client:
        (worker,) = client.run(os.getpid).values()
        places = listening(os.getpid()) + listening(worker)
        assert len(places) > 3 and {host for host, _ in places} == {"0100007F"}, places
        answered = 0
        for port in (int(port, 16) for _, port in places):
            for path in ("/", "/health", "/metrics", "/info/main/workers.html", "/json/counts.json"):
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                    connection.request("GET", path)
                    assert connection.getresponse().status == 404, path
                    answered += 1
                except (OSError, http.client.HTTPException):
                    break
        assert answered
        port = client.scheduler.address.rpartition(":")[2]
        try:
            Client(f"tcp://127.0.0.1:{port}", timeout=2, set_as_default=False)
        except OSError:
            print("refused")
    """
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.stdout, result.returncode) == ("refused\n", 0), result.stderr


def run(site: Workspace, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", COMMAND, "--config", "config.toml", "freeze", *options]
    return subprocess.run(
        command,
        cwd=site.folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_leaves_nothing_behind_and_says_what_it_says_without(
    large: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    alone = large.run("freeze", "--output", "alone")
    (large.folder / ".feeds").rename(large.folder / "before")
    result = run(large, "--cluster", "local:2", HOME=str(home), TMPDIR=str(temporary))
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[:-1] == alone.stdout.splitlines()[:-1]
    assert tree(large.output) == tree(large.folder / "alone")
    assert [*home.rglob("*"), *temporary.rglob("*")] == []
    # Once more without it: a file that changed less than two seconds before it was read is read again.
    large.run("freeze")
    monkeypatch.setattr(clustering, "WORTH_A_CLUSTER", WORTH)
    again = large.run("freeze", "--cluster", "tcp://127.0.0.1:9")
    assert (again.returncode, again.stderr) == (0, "The cluster was not asked: there was little to read.\n")


def test_what_keeps_the_command_from_using_a_cluster_is_a_sentence_and_exit_code_2(
    workspace: Workspace,
) -> None:
    result = workspace.run("freeze", "--cluster", "nowhere")
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r'--cluster: "nowhere" is not the address of a cluster\. .*\n', result.stderr)
    assert not workspace.output.exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_all_processes_end_with_the_command(large: Workspace, tmp_path: Path, sent: signal.Signals) -> None:
    command = [sys.executable, "-c", COMMAND, "--config", "config.toml", "freeze", "--cluster", "local:2"]
    held = tmp_path / "held"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "HOLD": str(held)}
    with subprocess.Popen(command, cwd=large.folder, env=environment, stderr=subprocess.DEVNULL) as process:
        until(lambda: held.exists() or process.poll() is not None, "the cluster is asked")
        family = descendants(process.pid)
        assert len(family) >= 4
        process.send_signal(sent)
        process.wait(PATIENCE)
    until(lambda: not any(map(is_running, family)), "all of them end")
    assert not large.output.exists()
    assert sent == signal.SIGKILL or not list(tmp_path.glob("feeds-*"))


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found.extend(int(word) for word in file.read_text().split())
    return [*found, *(below for child in found for below in descendants(child))]


def test_without_the_option_nothing_of_dask_is_loaded(many: Workspace) -> None:
    program = (
        "import sys; from feeds.cli import main; main(['--config', sys.argv[1], 'freeze'], standalone_mode=False);"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'dask', 'distributed', 'tornado'}))"
    )
    command = [sys.executable, "-c", program, str(many.folder / "config.toml")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_the_commands_that_the_docs_show_make_a_cluster_that_asks_for_certificates(
    large: Workspace, tmp_path: Path
) -> None:
    """As they stand, but for the scheduler's address and its port, which are free ones of this machine."""
    from distributed.security import Security

    keys = Security.temporary()
    for name, text in (
        ("ca.pem", keys.tls_ca_file),
        ("node.pem", keys.tls_client_cert),
        ("node.key", keys.tls_client_key),
    ):
        (large.folder / name).write_text(text)
    alone = large.run("freeze", "--output", "alone")
    (large.folder / ".feeds").rename(large.folder / "before")
    shown = [
        block.splitlines() for block in blocks("sh", (ROOT / "docs" / "guides" / "cluster.md").read_text())
    ]
    ((scheduler, worker),) = (
        lines for lines in shown if lines[0].startswith("dask scheduler --protocol tls")
    )
    ((*exports, freeze),) = (lines for lines in shown if lines[0].startswith("export DASK_DISTRIBUTED__COMM"))
    environment = dict(line.removeprefix("export ").split("=") for line in exports)
    where = tmp_path / "scheduler.json"
    options = f"--host 127.0.0.1 --port 0 --scheduler-file {where}"
    with ExitStack() as running:
        running.enter_context(started(f"{scheduler} {options}", large.folder))
        until(lambda: where.exists() and where.read_text(), "the scheduler says where it is")
        address = json.loads(where.read_text())["address"]
        running.enter_context(started(worker.replace("tls://scheduler:8786", address), large.folder))
        words = freeze.replace("tls://scheduler:8786", address).split()
        assert words[:2] == ["feeds", "freeze"]
        result = run(large, *words[2:], **environment)
        assert (result.returncode, result.stderr) == (0, "")
        without = large.run(*words[1:], "--output", "other", "--base-url", "https://other.example.org/")
        assert (without.returncode, "TLS" in without.stderr) == (2, True)
    assert alone.returncode == 0
    assert tree(large.output) == tree(large.folder / "alone")


@contextmanager
def started(command: str, folder: Path) -> Iterator[None]:
    """A command of Dask that runs meanwhile."""
    words = [str(Path(sys.executable).with_name("dask")), *command.split()[1:]]
    with subprocess.Popen(words, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()
