"""Decide where a sync's work is done: in this process, or in one for each core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from feeds.index.rows import Folder, Result, Task, Work, decode_results
from feeds.lib.processes import PackedWork, map_in_processes
from feeds.sync.scan import unpack_folders

# Starting processes costs more than reading this many files without texts.
WORTH_A_POOL = 1500
# A batch has as many files as cost little to hand out together. Of large ones it has a few, because one process works
# on the last batch while the others have nothing to do, and what it made is written when all have ended.
_MOST_FILES, _MOST_BYTES = 200, 250_000
# Reading a file costs as much as rendering this many bytes of text.
_BYTES_LIKE_A_FILE = 2000
# Starting processes costs more than listing this many files.
WORTH_LISTING_APART = 30_000
# A forked process copies most of the memory that it shares with its parent sooner or later, because
# Python counts references there. With a million files to read, that is half a gigabyte.
MOST_SHARED = 300_000


def divide_tasks(tasks: Iterable[Task]) -> list[Sequence[Task]]:
    """Divide tasks into batches, each of which is full by its files or by their bytes."""
    batches: list[Sequence[Task]] = []
    batch: list[Task] = []
    size = 0
    for task in tasks:
        batch.append(task)
        size += task.size
        if len(batch) == _MOST_FILES or size >= _MOST_BYTES:
            batches.append(batch)
            batch, size = [], 0
    return [*batches, batch] if batch else batches


def map_by_size(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`map`, but in several processes if there is much to do."""
    if sum(map(_weigh, batches)) < WORTH_A_POOL:
        return map(work, batches)
    _import_readers(batches)
    return map(decode_results, map_in_processes(PackedWork(work), batches))


def _import_readers(batches: Sequence[Sequence[Task]]) -> None:
    """Import here once what processes that are forked need to read articles."""
    import feeds.articles.reader

    if any(task.size > _BYTES_LIKE_A_FILE for batch in batches for task in batch):
        # Such a file has a text.
        import feeds.articles.body
        import feeds.articles.excerpts
        import feeds.lib.text.markdown  # noqa: F401


def _weigh(batch: Sequence[Task]) -> int:
    """Return how long a batch takes, in files without a text."""
    return sum(1 + task.size // _BYTES_LIKE_A_FILE for task in batch)


def map_sparingly(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`map_by_size`, but with less memory if there is very much to do.

    For our own commands only. A process that is not forked imports the program that started it, and if
    feeds is used as a library, that can be any program.
    """
    if sum(map(len, batches)) < MOST_SHARED:
        return map_by_size(work, batches)
    return map(decode_results, map_in_processes(PackedWork(work), batches, shared=False))


def map_folders_by_size(
    trees: Callable[[Sequence[str]], Sequence[Folder]], batches: Sequence[Sequence[str]]
) -> Iterator[Sequence[Folder]]:
    """Like :func:`map`, but in processes if the first tree suggests many files."""
    for first in batches[:1]:
        found = trees(first)
        yield found
        if sum(folder.number for folder in found) * len(batches) < WORTH_LISTING_APART:
            yield from map(trees, batches[1:])
        else:
            yield from map(unpack_folders, map_in_processes(PackedWork(trees), batches[1:]))
