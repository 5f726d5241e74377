"""Find the folder of posts where no generator says which it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import NamedTuple

MOST_LOOKED_AT = 20_000
# The folder of posts has at least one half of all texts.
_SHARE = 2
_NOTEBOOK = ".ipynb"
_ENDINGS = {_NOTEBOOK, ".md", ".markdown", ".mdx", ".qmd", ".rst", ".org", ".html", ".txt"}
_NO_POSTS = frozenset(
    {"node_modules", "themes", "layouts", "public", "_site", "dist", "build", "output", "venv"}
)
# A site of Next.js publishes what lies in "public" as it is, and may have its posts there.
_NO_POSTS_OF_NEXT = _NO_POSTS - {"public"}
_NEXT = "next.config.*"
# A "{" may also begin a template.
_JSON = re.compile(r'\{\s*"')
# The fields of Hexo end with a line "---" and those of Pelican with a blank one; neither begins with one.
_UNFENCED = re.compile(
    r"(?=(?:title|date|layout|slug|author|category|tags)[ \t]*:)(?:[^\s-][^\n]*\n|[ \t]+\S[^\n]*\n|-[ \t][^\n]*\n)+?(?:---+[ \t]*\n|\n)",
    re.IGNORECASE,
)
# [[Another note]], but no condition of a shell.
_LINK_TO_NOTE = re.compile(r"(?m)^(?:(?!    |\t)[^`\n]*[^`\n\[])?\[\[(?=\w)[^\[\]\n]+\w\]\](?!\()")
_FEW, _SOME, _MOST_READ = 10, 4, 200
_SECTIONS = 3
_BEGIN = 2000
_VUE = (".vitepress", ".vuepress")


class FolderOfPosts(NamedTuple):
    """A folder of texts with front matter, of which no generator is known.

    ``preset`` is one that reads it if its texts do not have our own fields, else "". ``url`` is where the site is,
    "" if that is not known.
    """

    path: str
    preset: str
    url: str = ""


def find_folder_of_posts(folder: Path) -> FolderOfPosts | None:
    """Return the smallest folder with most of the texts with front matter.

    It is relative to ``folder``. Texts with a date, or with one in their path, count, and all of them only
    if none has one. None if there is no text with front matter.
    """
    texts = list(_list_texts(folder))
    if any(folder.glob(_NEXT)) and not any(map(_read_begin, texts)):
        texts = list(_list_texts(folder, _NO_POSTS_OF_NEXT))
    found = {file: matter for file in texts if (matter := _read_begin(file))}
    named = [file for file in texts if _DATED_PATH.search(file.relative_to(folder).as_posix())]
    dated = {file: matter for file, matter in found.items() if _DATED.search(matter)}
    if not found:
        return None
    if len(named) > len(dated):
        path = _find_common_folder(folder, named)
        if all(file in found and _DATED_NAME.match(file.name) for file in named):
            return FolderOfPosts(path, _choose_preset(folder, path, {file: found[file] for file in named}))
        # The preset that reads a date in any path, and texts without front matter.
        return FolderOfPosts(path, "docusaurus")
    dated = dated or found
    path = _widen(folder, _find_common_folder(folder, dated), dated, texts)
    is_ours = any("publishedDateTime" in matter for matter in dated.values())
    return FolderOfPosts(path, "" if is_ours else _choose_preset(folder, path, dated))


def _widen(folder: Path, path: str, dated: Collection[Path], texts: Collection[Path]) -> str:
    """Return the folder above a section of a blog, if most texts in it are dated ones.

    Sections such as releases and events are folders side by side.
    """
    above = (folder / path).parent
    if path == "." or above == folder:
        return path
    inside = [text for text in texts if text.is_relative_to(above)]
    posts = [text for text in dated if text.is_relative_to(above)]
    sections = {text.relative_to(above).parts[0] for text in posts}
    is_blog = len(sections) >= _SECTIONS and len(posts) * _FEW >= len(inside) * (_FEW - 1)
    return above.relative_to(folder).as_posix() if is_blog else path


def _choose_preset(folder: Path, path: str, dated: Mapping[Path, str]) -> str:
    """Return a preset that expects no more of the posts in a path than a date."""
    if any((folder / one / name).is_dir() for one in _list_above(path) for name in _VUE):
        # Its Markdown has what that of VitePress and VuePress has: containers and "{{".
        return "eleventy"
    if unfenced := _choose_unfenced(dated.values()):
        return unfenced
    if PurePosixPath(path).name == "_posts":
        return "jekyll"
    if any(folder.glob(_NEXT)):
        return "docusaurus"
    if any(file.suffix == ".mdx" for file in dated):
        return "astro"
    looked_at = list(islice(dated, _MOST_READ))
    linked = sum(_LINK_TO_NOTE.search(_read_text(file)) is not None for file in looked_at)
    # A vault without the settings of its program.
    return "obsidian" if linked * _SOME >= len(looked_at) else "hugo"


def _choose_unfenced(matters: Collection[str]) -> str:
    """Return the preset for fields with no line before them, "" if they are few."""
    unfenced = [matter for matter in matters if matter[:1].isalpha()]
    if len(unfenced) * _FEW < len(matters):
        return ""
    fenced_below = sum(matter.endswith("---") for matter in unfenced)
    return "hexo" if fenced_below * 2 > len(unfenced) else "pelican"


def _list_above(path: str) -> list[str]:
    return [path, *(one.as_posix() for one in PurePosixPath(path).parents)]


def find_dated_folder(folder: Path, endings: Collection[str], within: str = "") -> str | None:
    """Return the smallest folder with most dated texts of some endings, None without.

    ``within`` is the name of a folder that they must be in.
    """
    texts = [
        file
        for file in _list_texts(folder)
        if file.suffix.lower() in endings
        and (not within or within in file.relative_to(folder).parts)
        and _is_dated(folder, file)
    ]
    return _find_common_folder(folder, texts) if texts else None


def narrow(folder: Path) -> str:
    """Return the smallest folder with all dated texts, if others are beside it."""
    texts = list(_list_texts(folder))
    dated = [file for file in texts if _is_dated(folder, file)]
    path = _find_common_folder(folder, dated, share=1) if dated else "."
    return path if any(not file.is_relative_to(folder / path) for file in texts) else "."


def has_dated_posts(folder: Path) -> bool:
    """Return whether any text below a folder has a date, in front matter or path."""
    return folder.is_dir() and any(_is_dated(folder, file) for file in _list_texts(folder))


def _is_dated(folder: Path, file: Path) -> bool:
    path = f"/{file.relative_to(folder).as_posix()}"
    return _DATED_PATH.search(path) is not None or _DATED.search(_read_begin(file)) is not None


def _find_common_folder(folder: Path, texts: Iterable[Path], share: int = _SHARE) -> str:
    """Return the smallest folder with most texts, but no year, month or single post."""
    folders = [text.parent.parent if _is_bundle(folder, text) else text.parent for text in texts]
    around = Counter(parent for one in folders for parent in (one, *one.parents))
    fitting = [one for one, number in around.items() if number * share >= len(folders)]
    path = max(fitting, key=lambda one: len(one.parts))
    while path != folder and _PART_OF_DATE.fullmatch(path.name):
        path = path.parent
    return path.relative_to(folder).as_posix()


def _is_bundle(folder: Path, text: Path) -> bool:
    return text.name.startswith("index.") and text.parent != folder


def find_date_order(folder: Path) -> str:
    """Return whether the texts below a folder write the day or the month first.

    Dates such as 14/03/2024 show it. "" if there are none, or of both kinds.
    """
    orders: set[str] = set()
    for file in _list_texts(folder):
        for one, other in _YEAR_LAST.findall(_read_begin(file)):
            if max(int(one), int(other)) > _MONTHS:
                orders.add("day-first" if int(one) > _MONTHS else "month-first")
    return orders.pop() if len(orders) == 1 else ""


def has_posts(folder: Path) -> bool:
    """Return whether there is any text below a folder."""
    return folder.is_dir() and next(_list_texts(folder), None) is not None


def count_notebooks(folder: Path) -> int:
    """Return the number of notebooks of Jupyter below a folder, which no preset reads."""
    return sum(file.suffix == _NOTEBOOK for file in _list_texts(folder))


def _list_texts(folder: Path, without: Collection[str] = _NO_POSTS) -> Iterator[Path]:
    """Yield the texts below a folder, but those of programs and hidden ones."""
    for file in islice(folder.rglob("*"), MOST_LOOKED_AT):
        inside = file.relative_to(folder).parts
        if file.suffix.lower() in _ENDINGS and not any(
            part.startswith(".") or part in without for part in inside
        ):
            yield file


_DATED = re.compile(
    r"""^\s*["']?(?:\w*date\w*|published\w*|created\w*|posted\w*|issued|timestamp)["']?[ \t]*[:=][ \t]*["'\[]*"""
    r"(?:\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*[ ,.]|\n[ \t])",
    re.MULTILINE | re.IGNORECASE,
)


# 14-03-2024, 14.03.2024, 03/14/2024
_YEAR_LAST = re.compile(
    r"""^[ \t]*["']?[\w -]*(?:date|created|published|modified|updated)[\w -]*["']?[ \t]*[:=][\s"'\[]*"""
    r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(?!\d)",
    re.MULTILINE | re.IGNORECASE,
)
_MONTHS = 12
# Of the day of a post, as in "2024-01-31-name.md", "2024/01-31-name.md" and "2024/01/31/name.md".
_DATED_PATH = re.compile(r"(?:\A|/)(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2])[-/](?:0?[1-9]|[12]\d|3[01])(?=[-_/.])")
# Every preset reads such a day.
_DATED_NAME = re.compile(r"(?:19|20)\d\d-\d\d-\d\d[-_.]")
_PART_OF_DATE = re.compile(r"\d{1,4}(?:-\d\d?)*")


def _read_text(file: Path, size: int = _BEGIN * 10) -> str:
    """Return the beginning of a file, "" if it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(size).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def _read_begin(file: Path) -> str:
    """Return the beginning of a text with front matter, "" if it has none."""
    begin = "" if file.suffix == _NOTEBOOK else _read_text(file, _BEGIN)
    if begin.startswith(("---", "+++")):
        # Without the text, which may show front matter too.
        return begin.partition(f"\n{begin[:3]}")[0]
    if (unfenced := _UNFENCED.match(begin)) is not None:
        return unfenced[0].rstrip()
    return begin if _JSON.match(begin) else ""
