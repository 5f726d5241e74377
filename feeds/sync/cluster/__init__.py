"""Has files read and entries rendered by a Dask cluster: the work of a sync, done elsewhere.

The files are opened here and their bytes sent, so workers need not share the folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Self

from feeds.index.rows import Result, Task, decode_results
from feeds.sync.cluster.connect import Address
from feeds.sync.cluster.own_process import iterate_in_process
from feeds.sync.mappers import map_by_size
from feeds.sync.process import FileProcessor

__all__ = ["Address", "Cluster"]

# To start the processes of a cluster, or only to ask one, costs more than reading this many files.
WORTH_A_CLUSTER = 1500


class Cluster:
    """Where a sync's files are read: a mapper, to be used in a ``with`` statement, which ends what it began.

    ``used`` tells whether there was enough to do to ask the cluster.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._begun = ExitStack()
        self.used = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._begun.close()

    def __call__(
        self, processor: FileProcessor, batches: Sequence[Sequence[Task]]
    ) -> Iterator[Sequence[Result]]:
        """Like :func:`map`; answers come in the order of the files, in batches of another size.

        Raises :class:`feeds.errors.ClusterError` where there is no cluster, where one of its
        machines would give other bytes than this one, and where it is lost meanwhile.
        """
        if sum(map(len, batches)) < WORTH_A_CLUSTER:
            yield from map_by_size(processor, batches)
            return
        self.used = True
        tasks = [task for batch in batches for task in batch]
        results = iterate_in_process(partial(_ask_cluster, self._address, processor, tasks))
        yield from map(decode_results, self._begun.enter_context(closing(results)))


def _ask_cluster(address: Address, processor: FileProcessor, tasks: Sequence[Task]) -> Iterator[bytes]:
    """The results of all tasks, encoded, from a cluster that is open as long as that takes."""
    # Loaded in the process that asks, so that the others have neither its threads nor its size.
    from feeds.sync.cluster.client import ClusterSession
    from feeds.sync.cluster.connect import open_client

    with open_client(address) as client:
        yield from ClusterSession(client, address, processor).process_tasks(tasks)
