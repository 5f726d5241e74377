"""Work done in processes gives what it gives here, and leaves nothing behind."""

from __future__ import annotations

import errno
import multiprocessing.synchronize
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sites import NOW, Workspace, tree
from waiting import is_running, until

from feeds.errors import ProcessError, StorageError
from feeds.freeze.freeze import freeze
from feeds.index.rows import Task
from feeds.lib import processes
from feeds.site import open_site
from feeds.sync import mappers

pytestmark = pytest.mark.slow

# A process that has two others wait for a minute each, and says their numbers.
SLEEPERS = """
import os, time
from feeds.lib import processes
def work(n):
    os.write(1, f"{os.getpid()}\\n".encode())  # at once: lines of several processes must not mix
    time.sleep(60)
if __name__ == "__main__":
    list(processes.map_in_processes(work, [[n] for n in range(os.cpu_count() or 1)]))
"""

# A freeze by the command, which says how its processes were started.
COMMAND = """
import sys
from multiprocessing.process import BaseProcess
from feeds.cli import main
from feeds.index.rows import Task
from feeds.lib import processes
from feeds.sync import mappers
mappers.WORTH_A_POOL = processes.WORTH_FORKING = 1
kinds, start = [], BaseProcess.start
def start_and_record(process):
    kinds.append(type(process).__name__)
    start(process)
BaseProcess.start = start_and_record
main(["--config", sys.argv[1], "freeze"], standalone_mode=False)
print(sorted(set(kinds)), len(kinds))
"""


@pytest.fixture
def many(workspace: Workspace) -> Workspace:
    for n in range(70):
        workspace.article(
            f"a{n:03}", topics=[f"T{n % 7}"], publishedDateTime=f"2024-01-01T00:{n // 60:02}:{n % 60:02}Z"
        )
    return workspace


def refuse_semaphores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system refuse what processes share, as it does if /dev/shm is full."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(multiprocessing.synchronize.SemLock, "__init__", refuse)


@pytest.fixture(params=["forked", "spawned", "too many to share", "no shared memory"])
def in_processes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(mappers, "WORTH_A_POOL", 1)
    monkeypatch.setattr(processes, "WORTH_FORKING", 1)
    monkeypatch.setattr(processes, "can_fork", lambda: request.param != "spawned")
    if request.param == "too many to share":
        monkeypatch.setattr(mappers, "MOST_SHARED", 1)
    if request.param == "no shared memory":
        refuse_semaphores(monkeypatch)


@pytest.mark.usefixtures("in_processes")
def test_a_site_made_in_processes_has_the_same_bytes(
    many: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = many.folder / "other"
    plan = many.freeze(NOW, output=other)
    monkeypatch.undo()
    (many.folder / ".feeds").rename(many.folder / "old-index")
    assert many.freeze(NOW) == plan
    assert tree(other) == tree(many.output)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_an_index_that_moves_on_before_the_processes_look_is_frozen_as_it_is_then(
    many: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "WORTH_FORKING", 1)
    monkeypatch.setattr(processes, "can_fork", lambda: True)
    site = open_site(many.config, NOW)
    close = site.publisher.index.close

    def meanwhile() -> None:
        many.article("late", topics=["Late"])
        open_site(many.config, NOW)
        close()

    monkeypatch.setattr(site.publisher.index, "close", meanwhile)
    plan = freeze(site.publisher, many.output)
    assert "topics/late.atom" in plan.written
    assert many.freeze(NOW).written == []


def test_a_file_that_a_process_cannot_write_is_named(
    many: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "WORTH_FORKING", 1)
    many.output.mkdir()
    (many.output / "topics").write_text("in the way")
    with pytest.raises(StorageError, match="topics"):
        many.freeze(NOW)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_the_command_forks_all_its_processes_on_linux(many: Workspace) -> None:
    command = [sys.executable, "-c", COMMAND, str(many.folder / "config.toml")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    kinds, count = said.rsplit(maxsplit=1)
    # A process for each core, to read articles and to write documents.
    assert (kinds, int(count)) == ("['ForkProcess']", 2 * (os.cpu_count() or 1))
    by_processes = tree(many.output)
    (many.folder / ".feeds").rename(many.folder / "old-index")
    assert many.freeze(datetime.now(UTC)).written == []
    assert tree(many.output) == by_processes


def test_nothing_is_forked_while_other_threads_run() -> None:
    assert processes.can_fork() == (sys.platform == "linux" and threading.active_count() == 1)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert not processes.can_fork()
    done.set()
    thread.join()


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "sleepers.py"
    script.write_text(SLEEPERS)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(os.cpu_count() or 1)]
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        until(lambda: not any(map(is_running, workers)))


def double(numbers: Sequence[int]) -> list[int]:
    """Work that fails for one number, and is killed by another."""
    if 7 in numbers:
        raise StorageError("seven")
    if 13 in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return [2 * number for number in numbers]


def one_by_one(numbers: range) -> list[range]:
    return [numbers[place : place + 1 + place % 3] for place in range(len(numbers))]


@pytest.mark.parametrize("forked", [True, False])
def test_results_come_in_order_and_errors_of_a_process_are_raised(
    monkeypatch: pytest.MonkeyPatch, *, forked: bool
) -> None:
    monkeypatch.setattr(processes, "can_fork", lambda: forked)
    stages = (one_by_one(range(14, 60)), one_by_one(range(20, 25)), ())
    expected = [double(batch) for stage in stages for batch in stage]
    assert list(processes.map_in_processes(double, *stages)) == expected
    with pytest.raises(StorageError, match="seven"):
        list(processes.map_in_processes(double, one_by_one(range(12))))
    with pytest.raises(ProcessError, match="ended from outside"):
        list(processes.map_in_processes(double, one_by_one(range(8, 40))))


SEEN: list[int] = []


def seen(_numbers: Sequence[int]) -> int:
    """How many numbers the process knows from before it was begun."""
    return len(SEEN)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_processes_that_are_not_to_share_memory_have_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "can_fork", lambda: True)
    monkeypatch.setattr(sys.modules[__name__], "SEEN", [1, 2])
    assert list(processes.map_in_processes(seen, [[0], [0]])) == [2, 2]
    assert list(processes.map_in_processes(seen, [[0], [0]], shared=False)) == [0, 0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_a_process_that_is_slow_does_not_change_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests before this one may have left threads.
    monkeypatch.setattr(processes, "can_fork", lambda: True)

    def slow_when_even(numbers: Sequence[int]) -> list[int]:
        time.sleep(0.01 * (numbers[0] % 2 == 0))
        return list(numbers)

    batches = [[n] for n in range(60)]
    assert list(processes.map_in_processes(slow_when_even, batches)) == batches


@pytest.mark.parametrize(("size", "of_files"), [(1000, [200, 200, 50]), (100_000, [3] * 150)])
def test_a_batch_of_files_is_full_by_their_number_or_by_their_bytes(size: int, of_files: list[int]) -> None:
    tasks = [Task(f"{n}.md", None, size) for n in range(450)]
    batches = mappers.divide_tasks(tasks)
    assert [len(batch) for batch in batches] == of_files
    assert [task for batch in batches for task in batch] == tasks
