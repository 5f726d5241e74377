"""Have a Dask cluster do the work of a sync: read files and render entries.

This machine opens the files and sends their bytes, so workers need not share the folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Self

from feeds.index.rows import Result, Task, decode_results
from feeds.lib.processes import iterate_in_process
from feeds.sync.cluster.address import Address, Waits
from feeds.sync.mappers import map_by_size
from feeds.sync.process import FileProcessor

__all__ = ["Address", "Cluster", "Waits"]

# Starting the processes of a cluster, or only asking one, costs more than reading this many files.
WORTH_A_CLUSTER = 1500


class Cluster:
    """A mapper that has a cluster read files; a ``with`` statement ends its processes.

    ``used`` tells whether there was enough to do to ask the cluster. ``waits`` tells how long
    it waits for the scheduler and for workers.
    """

    def __init__(self, address: Address, waits: Waits = Waits()) -> None:  # noqa: B008 - it is frozen
        self._address = address
        self._waits = waits
        self._begun = ExitStack()
        self.used = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._begun.close()

    def __call__(
        self, processor: FileProcessor, batches: Sequence[Sequence[Task]]
    ) -> Iterator[Sequence[Result]]:
        """Like :func:`map`; results come in the files' order, in batches of other sizes.

        Raises :class:`feeds.errors.ClusterError` if there is no cluster, if one of its machines
        would give other bytes than this one, or if the cluster is lost meanwhile.
        """
        if sum(map(len, batches)) < WORTH_A_CLUSTER:
            yield from map_by_size(processor, batches)
            return
        self.used = True
        tasks = [task for batch in batches for task in batch]
        results = iterate_in_process(partial(_ask_cluster, self._address, self._waits, processor, tasks))
        yield from map(decode_results, self._begun.enter_context(closing(results)))


def _ask_cluster(
    address: Address, waits: Waits, processor: FileProcessor, tasks: Sequence[Task]
) -> Iterator[bytes]:
    """Yield the encoded results of all tasks from a cluster, opened meanwhile."""
    # Loaded in the process that asks the cluster, so that no other has Dask's threads and size.
    from feeds.sync.cluster.client import ClusterSession
    from feeds.sync.cluster.connect import open_client

    with open_client(address, waits.scheduler) as client:
        yield from ClusterSession(client, address, processor, waits.workers).process_tasks(tasks)
