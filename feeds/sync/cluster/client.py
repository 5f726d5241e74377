"""Have a cluster process files in order, a few partitions at a time."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from distributed import CancelledError, Client, Future, KilledWorker
from msgspec import Struct

from feeds.errors import ClusterError
from feeds.index.rows import Result, Task
from feeds.lib.processes import pack
from feeds.model import Problem
from feeds.sync.cluster import worker
from feeds.sync.cluster.address import Address
from feeds.sync.cluster.versions import collect_versions, require_same
from feeds.sync.process import File, FileProcessor

# Partitions that may be under way for each thread of the workers, and for all of them together.
_AHEAD = 3
_MOST_AHEAD = 128
# Seconds after which a partition is given to other workers, and then done here. Its work takes a fraction of
# a second, and few others wait before it.
_LATE = 60.0
# Seconds that a scheduler, or the first answer of a worker, may take.
_ANSWER = 20.0
# If more files than this end workers, the files are not the reason.
_MOST_DEADLY = 3


class ClusterSession:
    """One sync's work with a cluster; it waits ``workers_wait`` seconds for workers.

    A worker that does not answer in time gets nothing more; what it has is given to others, then done here.
    Raises :class:`ClusterError` if the cluster has no workers, or machines that would give other bytes.
    """

    def __init__(self, client: Client, address: Address, processor: FileProcessor, workers_wait: int) -> None:
        self._client = client
        self._address = address
        self._workers_wait = workers_wait
        self._processor = processor
        self._versions = collect_versions(processor.config.articles.timezone)
        self._terms = worker.encode_terms(processor, self._versions)
        self._waiting: deque[_Pending] = deque()
        # The addresses of workers that were late.
        self._avoided: set[str] = set()
        self._deadly: list[str] = []
        with self._explain_errors():
            self._check_machines()

    def process_tasks(self, tasks: Sequence[Task]) -> Iterator[bytes]:
        """Yield the encoded results of all tasks in order.

        Raises :class:`ClusterError`.
        """
        with self._explain_errors():
            for partition in make_partitions(self._processor, tasks):
                self._waiting.append(_Pending(partition, self._submit(partition.files)))
                while len(self._waiting) > self._count_most_ahead():
                    yield from self._take_oldest()
            while self._waiting:
                yield from self._take_oldest()

    def _submit(self, files: Sequence[File]) -> Future | None:
        """Send files to a worker; return None if none is left that answers."""
        # Any worker, also one that comes later, unless some must be avoided.
        workers = self._list_workers() if self._avoided else None
        if workers is not None and not workers:
            return None
        return self._client.submit(
            worker.process_files, self._terms, pack(files), pure=False, workers=workers and list(workers)
        )

    def _take_oldest(self) -> Iterator[bytes]:
        """Yield the results of the oldest partition."""
        pending = self._waiting.popleft()
        yield pack(pending.partition.results)
        try:
            yield self._get_answer(pending)
        except KilledWorker:
            # All that was sent to a worker is blamed for its end. So nothing else may be under way
            # when the files are tried one by one.
            for other in self._waiting:
                self._wait_for(other)
            yield from map(self._try_alone, pending.partition.files)

    def _try_alone(self, file: File) -> bytes:
        """Return the result of one file of a partition that ended workers.

        Most files are innocent.
        """
        try:
            return self._get_answer(_Pending(Partition([file], []), self._submit([file])))
        except KilledWorker:
            self._deadly.append(file.path)
        if len(self._deadly) > _MOST_DEADLY:
            raise ClusterError(
                f"{self._address}: workers end again and again, with these files at least:"
                f" {', '.join(self._deadly)}. Have they enough memory? Nothing was changed."
            )
        return pack([_make_deadly_result(file.path)])

    def _get_answer(self, pending: _Pending) -> bytes:
        while True:
            self._wait_for(pending)
            if pending.future is None:
                return worker.process_files(self._terms, pack(pending.partition.files))
            try:
                made: bytes = pending.future.result(timeout=_LATE)
            except TimeoutError:
                # It is done, but its worker does not send it.
                self._move(pending)
            else:
                return made

    def _wait_for(self, pending: _Pending) -> None:
        """Wait until a partition is done, has failed, or is to be done here."""
        while pending.future is not None:
            try:
                pending.future.exception(timeout=_LATE)
            except TimeoutError:
                self._move(pending)
            else:
                return

    def _move(self, late: _Pending) -> None:
        """Give late partitions, and all that their worker has, to other workers.

        Those that were given before are done here.
        """
        assert late.future is not None  # noqa: S101 - it was waited for
        holder = self._find_holder(late.future)
        if holder is None:
            # It waits for a worker to come.
            self._require_workers()
            return
        self._avoided.add(holder)
        for pending in (late, *self._waiting):
            if pending is late or (pending.future and self._find_holder(pending.future) == holder):
                again = None if pending.was_moved else self._submit(pending.partition.files)
                pending.future, pending.was_moved = again, True

    def _find_holder(self, future: Future) -> str | None:
        """Return the address of the worker that has a task, or its result."""
        held: dict[str, Sequence[str]] = self._ask(self._client.processing)
        done: dict[str, Sequence[str]] = self._ask(partial(self._client.who_has, [future]))
        holders = [address for address, keys in held.items() if future.key in keys]
        return next(iter((*holders, *done.get(future.key, ()))), None)

    def _list_workers(self) -> dict[str, int]:
        """Return the workers that are not avoided, with their numbers of threads."""
        threads: dict[str, int] = self._ask(self._client.nthreads)
        return {address: number for address, number in threads.items() if address not in self._avoided}

    def _count_most_ahead(self) -> int:
        """Return how many partitions may be under way now: workers come and go."""
        return min(_AHEAD * sum(self._list_workers().values()), _MOST_AHEAD)

    def _require_workers(self) -> None:
        wait = partial(self._client.wait_for_workers, 1, timeout=self._workers_wait)
        try:
            self._ask(wait, self._workers_wait + _ANSWER)
        except TimeoutError:
            raise ClusterError(
                f"{self._address}: the cluster has no workers. Start some: dask worker {self._address}"
            ) from None

    def _check_machines(self) -> None:
        """Check that there are workers, and that all machines have the same versions."""
        self._require_workers()
        zone = self._processor.config.articles.timezone
        for where, found in self._ask_workers(zone).items():
            if isinstance(found, TimeoutError):
                self._avoided.add(where)
            # A worker that has ended meanwhile does no harm.
            elif not isinstance(found, OSError):
                require_same(self._versions, found, f"worker {where}")
        try:
            found = self._ask(partial(self._client.run_on_scheduler, collect_versions, zone))
        except ClusterError:
            raise
        except Exception as error:  # noqa: BLE001 - require_same reports whatever prevents the answer
            found = error
        require_same(self._versions, found, f"scheduler {self._address}")

    def _ask_workers(self, zone: str) -> dict[str, Any]:
        """Return each worker's versions or what prevents them, such as a TimeoutError."""

        async def ask(address: str) -> dict[str, Any]:
            run = self._client.run(collect_versions, zone, workers=[address], on_error="return")
            try:
                return dict(await asyncio.wait_for(run, _ANSWER))
            except TimeoutError as error:
                return {address: error}

        async def ask_all(addresses: Sequence[str]) -> list[dict[str, Any]]:
            return await asyncio.gather(*map(ask, addresses))

        answers = self._client.sync(ask_all, list(self._list_workers()))
        return {address: found for answer in answers for address, found in answer.items()}

    def _ask(self, question: Callable[[], Any], seconds: float = 0) -> Any:
        """Return what the scheduler answers.

        Raise :class:`ClusterError` if it is silent for some seconds.
        """
        answer: list[Any] = []
        errors: list[Exception] = []

        def ask() -> None:
            try:
                answer.append(question())
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(seconds or _ANSWER)
        if errors:
            raise errors[0]
        if not answer and thread.is_alive():
            raise ClusterError(
                f"{self._address}: the scheduler does not answer any more. Nothing was changed; please try again."
            )
        return answer[0]

    @contextmanager
    def _explain_errors(self) -> Iterator[None]:
        try:
            yield
        except (CancelledError, OSError):
            raise ClusterError(
                f"{self._address}: the connection to the cluster was lost. Nothing was changed; please try again."
            ) from None


def _make_deadly_result(path: str) -> Result:
    """Make the result of a file that no worker survives; the next sync reads it."""
    message = "ends each process of the cluster that reads it."
    problem = Problem(
        "deadly", "error", path, message, "Freeze without --cluster, and report it with the file."
    )
    return Result(path, b"", "faulty", problems=(problem,))


# A partition is full with this many files or bytes: a fraction of a second of work.
MOST_FILES = 250
_ENOUGH_BYTES = 500_000


class Partition(Struct, frozen=True):
    """Files to send to a worker, and results that need none."""

    files: list[File]
    results: list[Result]


def make_partitions(processor: FileProcessor, tasks: Sequence[Task]) -> Iterator[Partition]:
    """Divide tasks into partitions in order; open files when one is asked for."""
    partition, size = Partition([], []), 0
    for opened in processor.open_files(tasks):
        if isinstance(opened, Result):
            partition.results.append(opened)
        else:
            partition.files.append(opened)
            size += len(opened.data)
        if len(partition.files) + len(partition.results) >= MOST_FILES or size >= _ENOUGH_BYTES:
            yield partition
            partition, size = Partition([], []), 0
    if partition.files or partition.results:
        yield partition


class _Pending(Struct):
    """A partition under way: at a worker, or to be done here if it has no future."""

    partition: Partition
    future: Any
    was_moved: bool = False
