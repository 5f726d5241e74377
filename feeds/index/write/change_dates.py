"""Dates the states of the index so that ``Last-Modified`` never lies.

The clock may do what it wants. Readers may know a document by its date alone, in whole seconds. So each
state that changes a document has a date later than that of every earlier state, even if both are of the
same second. If the clock was ahead once, no later date would come for a long time: :func:`correct_dates`
notices and mends that.
"""

from __future__ import annotations

from datetime import datetime

from feeds.index.index import Index
from feeds.index.sql import Connection, begin_generation, get_meta, set_meta

# Dates may be ahead of the clock by some seconds, if there were several changes in one. More than this
# means that the clock was wrong.
_MOST_SECONDS_AHEAD = 600


def choose_date(connection: Connection, now: datetime) -> int:
    """Return a date for a new state: now, but a second after the last one at least."""
    return max(int(now.timestamp()), _read_last_date(connection) + 1)


def note_date(connection: Connection, date: int) -> None:
    """Note that a document may have this date."""
    set_meta(connection, "last_date", str(date))


def correct_dates(index: Index, now: datetime) -> None:
    """If the clock was ahead, bring the dates that have not come back to now.

    Readers may still hold such a date. Until it has come, no date but that of a document itself is
    trusted (``doubtful_until``). Articles that are public stay so, even if their date has not come: this
    clock may be the wrong one.
    """
    latest = int(now.timestamp()) + _MOST_SECONDS_AHEAD
    with index.reading() as connection:
        if _read_last_date(connection) <= latest:
            return
    with index.writing() as connection:
        last = _read_last_date(connection)
        if last > latest:
            _correct(connection, last, int(now.timestamp()))


def _correct(connection: Connection, last: int, now: int) -> None:
    generation = int(get_meta(connection, "generation") or 0) + 1
    # One second ago, so that a change in this second has a later date. The window of a selection ends at the
    # date of its channel, so its feed is made again.
    connection.execute(
        "UPDATE channels SET generation = CASE WHEN kind = 'feeds' THEN ? ELSE generation END, changed = ?"
        " WHERE changed >= ?",
        (generation, now - 1, now),
    )
    # An empty feed is dated when it was emptied.
    connection.execute(
        "UPDATE channels SET generation = ?, emptied = ? WHERE emptied >= ?", (generation, now - 1, now)
    )
    if int(get_meta(connection, "site_changed") or 0) >= now:
        set_meta(connection, "site_changed", str(now - 1))
    set_meta(connection, "doubtful_until", str(max(last, int(get_meta(connection, "doubtful_until") or 0))))
    note_date(connection, now - 1)
    begin_generation(connection, generation)


def _read_last_date(connection: Connection) -> int:
    known = get_meta(connection, "last_date")
    if known is not None:
        return int(known)
    # An index that was made before dates were noted.
    (newest,) = connection.execute("SELECT max(changed) FROM channels").fetchone()
    return newest or 0
