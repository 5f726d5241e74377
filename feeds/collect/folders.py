"""Find the folder of posts where no generator says which it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

MOST_LOOKED_AT = 20_000
# The folder of posts has at least one half of all texts.
_SHARE = 2
_ENDINGS = {".ipynb", ".md", ".markdown", ".mdx", ".qmd", ".rst", ".org", ".html", ".txt"}
_NO_POSTS = {"node_modules", "themes", "layouts", "public", "_site", "dist", "build", "output", "venv"}
# A "{" may also begin a template.
_JSON = re.compile(r'\{\s*"')
_BEGIN = 2000


class FolderOfPosts(NamedTuple):
    """A folder of texts with front matter, of which no generator is known.

    ``preset`` is one that reads it if its texts do not have our own fields, else "". ``url`` is where the site is,
    "" if that is not known.
    """

    path: str
    preset: str
    url: str = ""


def find_folder_of_posts(folder: Path) -> FolderOfPosts | None:
    """Return the smallest folder with most of the texts that have front matter, relative to this one.

    Texts with a date, or with one in their path, count, and all of them only if none has one. None if there is no
    text with front matter.
    """
    texts = list(_list_texts(folder))
    found = {file: matter for file in texts if (matter := _read_begin(file))}
    named = [file for file in texts if _DATED_PATH.search(file.relative_to(folder).as_posix())]
    dated = {file: matter for file, matter in found.items() if _DATED.search(matter)}
    if not found:
        return None
    if len(named) > len(dated):
        # The preset that reads a date in any path, and texts without front matter.
        return FolderOfPosts(_find_common_folder(folder, named), "docusaurus")
    dated = dated or found
    preset = ""
    if not any("publishedDateTime" in matter for matter in dated.values()):
        # None expects more of a post than a date. Two of them read components, one of these in any Markdown.
        has_components = any(file.suffix == ".mdx" for file in dated)
        is_next = any(folder.glob("next.config.*"))
        preset = "docusaurus" if is_next else "astro" if has_components else "hugo"
    return FolderOfPosts(_find_common_folder(folder, dated), preset)


def _find_common_folder(folder: Path, texts: Iterable[Path]) -> str:
    """Return the smallest folder with most texts; a year or a month is none."""
    folders = [text.parent for text in texts]
    around = Counter(parent for one in folders for parent in (one, *one.parents))
    fitting = [one for one, number in around.items() if number * _SHARE >= len(folders)]
    path = max(fitting, key=lambda one: len(one.parts))
    while path != folder and _PART_OF_DATE.fullmatch(path.name):
        path = path.parent
    return path.relative_to(folder).as_posix()


def has_posts(folder: Path) -> bool:
    """Return whether there is any text below a folder."""
    return folder.is_dir() and next(_list_texts(folder), None) is not None


def _list_texts(folder: Path) -> Iterator[Path]:
    """Yield the texts below a folder, but those of programs and hidden ones."""
    for file in islice(folder.rglob("*"), MOST_LOOKED_AT):
        inside = file.relative_to(folder).parts
        if file.suffix.lower() in _ENDINGS and not any(
            part.startswith(".") or part in _NO_POSTS for part in inside
        ):
            yield file


_DATED = re.compile(
    r"""^\s*["']?(?:\w*date\w*|published\w*|created\w*|posted\w*|issued|timestamp)["']?[ \t]*[:=][ \t]*["']?"""
    r"(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*[ ,.]|\n[ \t])",
    re.MULTILINE | re.IGNORECASE,
)


# Of the day of a post, as in "2024-01-31-name.md", "2024/01-31-name.md" and "2024/01/31/name.md".
_DATED_PATH = re.compile(r"(?:\A|/)(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2])[-/](?:0?[1-9]|[12]\d|3[01])(?=[-_/.])")
_PART_OF_DATE = re.compile(r"\d{1,4}(?:-\d\d?)*")


def _read_begin(file: Path) -> str:
    """Return the begin of a text with front matter, "" if it has none."""
    try:
        with file.open("rb") as stream:
            begin = stream.read(_BEGIN).decode("utf-8-sig", "replace")
    except OSError:
        return ""
    return begin if begin.startswith(("---", "+++")) or _JSON.match(begin) else ""
