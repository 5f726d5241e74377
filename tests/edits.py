"""Edits of a folder of articles, as hypothesis chooses them, and what an index knows after them."""

from __future__ import annotations

import os
import shutil

from hypothesis import strategies as st
from sites import Workspace

from feeds.index.index import Index

FOLDERS = ["", "a", "a/b", "c"]
EDIT = st.tuples(
    st.sampled_from(["write", "touch", "delete", "away", "back", "hide", "later", "partly", "nothing"]),
    st.sampled_from(FOLDERS),
    st.integers(0, 3),
)
OLD = 1_600_000_000


QUERIES = (
    "SELECT path, size, hash, state, due FROM files ORDER BY 1",
    "SELECT path, id, shown, article FROM articles ORDER BY 1",
    """SELECT kind, name, members.id, path, members.label FROM members
       JOIN channels ON channels.key = channel JOIN articles ON articles.key = members.article ORDER BY 1, 2, 3""",
    "SELECT kind, name, count, newest, label FROM channels WHERE count > 0 ORDER BY 1, 2",
    "SELECT kind, name, oldest FROM channels WHERE count > 0 ORDER BY 1, 2",
    "SELECT path, entries.* FROM entries JOIN articles ON key = entries.article ORDER BY 1",
)


def known(index: Index) -> list[object]:
    """What the index knows of files and channels, without keys and generations."""
    with index.reading() as connection:
        rows = [row for query in QUERIES for row in connection.execute(query)]
    # The second column of an entry is the article's key.
    return [(row[0], *row[2:]) if len(row) == 6 else row for row in rows]


def edit(site: Workspace, what: str, folder: str, name: str, number: int) -> None:
    """One edit of the curator's; folders are moved aside, and back as they were."""
    path, aside = f"{folder}/{name}".lstrip("/"), site.folder / "aside" / folder
    file, inside = site.articles / f"{path}.md", site.articles / folder
    if what in ("write", "hide"):
        # Of two files with one link, the one that was published first keeps its place: no new index knows that.
        link = f"https://example.org/{path}"
        site.article(path, title=f"Title {number}", published=what == "write", originalUrl=link)
        os.utime(file, (OLD, OLD + number))
    elif what == "touch" and file.exists():
        os.utime(file, (OLD, OLD + number))
    elif what == "delete":
        file.unlink(missing_ok=True)
    elif folder and what == "away" and inside.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
        shutil.move(inside, aside)
    elif folder and what == "back" and aside.is_dir() and not inside.exists():
        shutil.move(aside, inside)
