"""Divides the files of a sync into partitions, and opens them when their turn comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from feeds.index.rows import Result, Task
from feeds.sync.process import File, Intake

# So many files at most, and none after so many bytes: a fraction of a second of work.
MOST_FILES = 250
_ENOUGH_BYTES = 500_000


class Partition(Struct, frozen=True):
    """Files to be sent, and results that need no worker."""

    files: list[File]
    results: list[Result]


def partitions(intake: Intake, tasks: Sequence[Task]) -> Iterator[Partition]:
    """The tasks in their order; the files of a partition are opened when it is asked for."""
    partition, size = Partition([], []), 0
    for opened in intake.each_opened(tasks):
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
