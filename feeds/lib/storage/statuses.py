"""Reads the sizes, times and kinds of many files at once, a column of each.

:func:`os.lstat` makes an object of twenty numbers for each file. Linux's statx(2) writes its answers into memory that
we give, from which three columns are taken.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from operator import add, mul
from typing import NamedTuple

# So few that their answers stay near the processor until they are taken.
AT_ONCE = 256
# Loading ctypes takes as long as statx saves with half of these.
_MANY = 20_000
_SECOND = 1_000_000_000
# Of statx(2), on every machine: what to ask for, how many bytes an answer has, and where its parts begin.
_NO_FOLLOW, _KIND_TIME_AND_SIZE = 0x100, 0x241
_BYTES = 256
_MODE, _SIZE, _SECONDS, _NANOSECONDS = 28, 40, 112, 120


class Statuses(NamedTuple):
    """The sizes, times and modes of files.

    Sizes are in bytes, times in nanoseconds since 1970; :mod:`stat` tells what modes mean.
    """

    sizes: list[int]
    times: list[int]
    modes: list[int]


def read_statuses(folder: int, names: Sequence[str]) -> Iterator[Statuses]:
    """Yield the statuses of files below an open folder, ``AT_ONCE`` at a time.

    No link is followed. Raises :class:`OSError` if there is no such file, and :class:`ValueError` if there can be none.
    """
    read = (_make_statx_reader() if len(names) >= _MANY else None) or _read_one_by_one
    for first in range(0, len(names), AT_ONCE):
        yield read(folder, names[first : first + AT_ONCE])


def _read_one_by_one(folder: int, names: Sequence[str]) -> Statuses:
    found = [os.lstat(name, dir_fd=folder) for name in names]
    return Statuses(
        [one.st_size for one in found], [one.st_mtime_ns for one in found], [one.st_mode for one in found]
    )


def _make_statx_reader() -> Callable[[int, Sequence[str]], Statuses] | None:
    """Return what reads by statx, None if the system does not have it."""
    if sys.platform != "linux":
        return None
    try:
        import ctypes

        statx: Callable[..., int] = ctypes.CDLL(None).statx
    except (ImportError, OSError, AttributeError):
        return None
    memory = ctypes.create_string_buffer(_BYTES * AT_ONCE)
    places = [ctypes.byref(memory, place) for place in range(0, len(memory), _BYTES)]
    take_columns = _make_columns(memoryview(memory).cast("B"))

    def read(folder: int, names: Sequence[str]) -> Statuses:
        encoded = os.fsencode("\0".join(names)).split(b"\0")
        if len(encoded) != len(names):
            raise ValueError("a name has a null byte, and that of no file has")
        for name, place in zip(encoded, places, strict=False):
            if statx(folder, name, _NO_FOLLOW, _KIND_TIME_AND_SIZE, place):
                # This says what is wrong, or answers if the system refuses statx alone.
                return _read_one_by_one(folder, names)
        return take_columns(len(names))

    return read


def _make_columns(answers: memoryview) -> Callable[[int], Statuses]:
    """Return what takes the columns of the first answers."""
    modes = answers.cast("H")[_MODE // 2 :: _BYTES // 2]
    sizes = answers.cast("Q")[_SIZE // 8 :: _BYTES // 8]
    seconds = answers.cast("q")[_SECONDS // 8 :: _BYTES // 8]
    rests = answers.cast("I")[_NANOSECONDS // 4 :: _BYTES // 4]

    def take(number: int) -> Statuses:
        times = map(add, map(mul, seconds[:number].tolist(), repeat(_SECOND)), rests[:number].tolist())
        return Statuses(sizes[:number].tolist(), list(times), modes[:number].tolist())

    return take
