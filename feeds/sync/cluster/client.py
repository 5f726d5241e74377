"""Have a cluster process files, a bounded number of partitions at a time, and keep their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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
# Seconds after which the machines are checked because an answer is late.
_LATE = 60
# If more files than this end workers, the files are not the reason.
_MOST_DEADLY = 3


class ClusterSession:
    """One sync's work with a cluster, which may be without workers for ``workers_wait`` seconds.

    Raises :class:`ClusterError` if the cluster has no workers, or machines that would give other bytes.
    """

    def __init__(self, client: Client, address: Address, processor: FileProcessor, workers_wait: int) -> None:
        self._client = client
        self._address = address
        self._workers_wait = workers_wait
        self._processor = processor
        self._versions = collect_versions(processor.config.articles.timezone)
        self._terms = worker.encode_terms(processor, self._versions)
        self._waiting: deque[tuple[Partition, Future]] = deque()
        self._deadly: list[str] = []
        with self._explain_errors():
            self._check_machines()

    def process_tasks(self, tasks: Sequence[Task]) -> Iterator[bytes]:
        """Yield the results of all tasks in their order, encoded. Raises :class:`ClusterError`."""
        with self._explain_errors():
            for partition in make_partitions(self._processor, tasks):
                self._waiting.append((partition, self._submit(partition.files)))
                while len(self._waiting) > self._most_ahead():
                    yield from self._take_oldest()
            while self._waiting:
                yield from self._take_oldest()

    def _submit(self, files: Sequence[File]) -> Future:
        return self._client.submit(worker.process_files, self._terms, pack(files), pure=False)

    def _take_oldest(self) -> Iterator[bytes]:
        """Yield the results of the oldest partition."""
        partition, future = self._waiting.popleft()
        yield pack(partition.results)
        try:
            yield self._get_answer(future)
        except KilledWorker:
            # All that was sent to a worker is blamed for its end. So nothing else may be under way
            # when the files are tried one by one.
            for _, other in self._waiting:
                self._wait_for(other)
            yield from map(self._try_alone, partition.files)

    def _try_alone(self, file: File) -> bytes:
        """Return the result of one file of a partition that ended workers: most files are innocent."""
        try:
            return self._get_answer(self._submit([file]))
        except KilledWorker:
            self._deadly.append(file.path)
        if len(self._deadly) > _MOST_DEADLY:
            raise ClusterError(
                f"{self._address}: workers end again and again, with these files at least:"
                f" {', '.join(self._deadly)}. Have they enough memory? Nothing was changed."
            )
        return pack([_make_deadly_result(file.path)])

    def _get_answer(self, future: Future) -> bytes:
        self._wait_for(future)
        made: bytes = future.result()
        return made

    def _wait_for(self, future: Future) -> None:
        """Wait until a partition is done or has failed, as long as there are workers to do it."""
        while True:
            try:
                future.exception(timeout=_LATE)
            except TimeoutError:
                self._check_machines()
            else:
                return

    def _most_ahead(self) -> int:
        """Return how many partitions may be under way now: workers come and go."""
        threads: dict[str, int] = self._client.nthreads()
        return min(_AHEAD * sum(threads.values()), _MOST_AHEAD)

    def _check_machines(self) -> None:
        """Check that there are workers, and that all machines have the versions of this one."""
        try:
            self._client.wait_for_workers(1, timeout=self._workers_wait)
        except TimeoutError:
            raise ClusterError(
                f"{self._address}: the cluster has no workers. Start some: dask worker {self._address}"
            ) from None
        zone = self._processor.config.articles.timezone
        for where, found in self._client.run(collect_versions, zone, on_error="return").items():
            # A worker that has ended meanwhile does no harm.
            if not isinstance(found, OSError):
                require_same(self._versions, found, f"worker {where}")
        try:
            found = self._client.run_on_scheduler(collect_versions, zone)
        except Exception as error:  # noqa: BLE001 - require_same reports whatever prevents the answer
            found = error
        require_same(self._versions, found, f"scheduler {self._address}")

    @contextmanager
    def _explain_errors(self) -> Iterator[None]:
        try:
            yield
        except (CancelledError, OSError):
            raise ClusterError(
                f"{self._address}: the connection to the cluster was lost. Nothing was changed; please try again."
            ) from None


def _make_deadly_result(path: str) -> Result:
    """Make the result of a file that no worker survives; the next sync reads the file again."""
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
    """Divide tasks into partitions in their order; open the files when the caller asks for a partition."""
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
