"""Where a sync has its work done: in this process, or in one for each core."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from feeds.index.rows import Folder, Result, Task, Work, decode_results
from feeds.lib.processes import PackedWork, map_in_processes
from feeds.sync.scan import unpack_folders

# Starting processes costs more than reading this many files, or than writing this many documents.
WORTH_A_POOL = 1500
# Or than listing this many files.
WORTH_LISTING_APART = 30_000
# A forked process comes to copy most of what it shares with the one that asks, since it counts references there:
# with a million files to read, that is half a gigabyte.
MOST_SHARED = 300_000


def map_by_size(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`map`: here where there is little to do, in processes where there is much."""
    if sum(map(len, batches)) < WORTH_A_POOL:
        return map(work, batches)
    return map(decode_results, map_in_processes(PackedWork(work), batches))


def map_sparingly(work: Work, batches: Sequence[Sequence[Task]]) -> Iterable[Sequence[Result]]:
    """Like :func:`map_by_size`, and with less memory for very much. For commands of our own: a process that is
    begun anew imports the program that began it, which may be any where feeds is a library."""  # noqa: D205, D209 - two sentences
    if sum(map(len, batches)) < MOST_SHARED:
        return map_by_size(work, batches)
    return map(decode_results, map_in_processes(PackedWork(work), batches, shared=False))


def map_folders_by_size(
    trees: Callable[[Sequence[str]], Sequence[Folder]], batches: Sequence[Sequence[str]]
) -> Iterator[Sequence[Folder]]:
    """Like :func:`map`, but in processes where there seem to be many files by the first of the trees."""
    for first in batches[:1]:
        found = trees(first)
        yield found
        if sum(folder.number for folder in found) * len(batches) < WORTH_LISTING_APART:
            yield from map(trees, batches[1:])
        else:
            yield from map(unpack_folders, map_in_processes(PackedWork(trees), batches[1:]))
