"""Collect the words of the site into feeds/words/languages/: a list of all, and the catalogue of each language.

Run it after a change of words: python tools/words.py. What a translator has to write stays empty, and
tests/test_words.py names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

from feeds.words.catalogues import TEMPLATE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "feeds"
LANGUAGES = PACKAGE / "words" / "languages"
_CALLS = re.compile(r"gettext\(|N_\(")
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None, "NN_": (1, 2)}


def collect_messages() -> Catalog:
    """Return every message that templates and modules name, in English, with its places."""
    found = Catalog(charset="utf-8")
    for file, text in _extract():
        found.add(text, locations=[(file, 0)])
    return found


def _extract() -> Iterator[tuple[str, Any]]:
    """Yield the path of each file that names words, with each message in it."""
    for path in sorted((*PACKAGE.rglob("templates/*.html"), *PACKAGE.rglob("*.py"))):
        if path.suffix == ".html":
            method, options = "jinja2", {"trim_blocks": "true", "lstrip_blocks": "true"}
        elif _CALLS.search(path.read_text()):
            method, options = "python", {}
        else:
            continue
        for _, text, _, _ in extract_from_file(method, path, _KEYWORDS, options=options):
            yield path.relative_to(ROOT).as_posix(), text


def read_catalogue(path: Path) -> Catalog:
    """Read a catalogue of a language, with what is wrong in its form as an error."""
    return read_po(BytesIO(path.read_bytes()), abort_invalid=True)


def write_catalogue(path: Path, catalogue: Catalog) -> bool:
    """Write a catalogue if that changes it; return whether it did."""
    out = BytesIO()
    for message in catalogue:
        message.flags.discard("python-format")
        message.flags.discard("python-brace-format")
        message.locations = sorted({(file, 0) for file, _ in message.locations})
    # Places are in the list alone, so that a template may move without a change of every language.
    places = path.name != TEMPLATE
    write_po(out, catalogue, width=110, omit_header=True, include_lineno=False, no_location=places)
    text = _write_header(path) + out.getvalue()
    if path.exists() and path.read_bytes() == text:
        return False
    path.write_bytes(text)
    return True


def _write_header(path: Path) -> bytes:
    """Return the header of a catalogue: the one that it has, or one to be looked at by the translator."""
    if path.name == TEMPLATE:
        return b""
    if path.exists() and path.stat().st_size:
        return path.read_bytes().partition(b"\n\n")[0] + b"\n\n"
    plural = get_plural(path.stem.replace("-", "_"))
    lines = (
        "",
        f"Language: {path.stem}\\n",
        "Content-Type: text/plain; charset=utf-8\\n",
        f"Plural-Forms: {plural}\\n",
    )
    return ('msgid ""\nmsgstr ' + "\n".join(f'"{line}"' for line in lines) + "\n\n").encode()


def update(language: str) -> bool:
    """Bring the catalogue of a language up to date: what is translated stays, new words are empty."""
    path = LANGUAGES / f"{language}.po"
    old = read_catalogue(path) if path.exists() else Catalog()
    # It says how many plural forms the language has.
    new = read_po(BytesIO(_write_header(path)))
    for message in collect_messages():
        if message.id:
            known = old.get(message.id)
            new.add(message.id, known.string if known else "", message.locations)
    return write_catalogue(path, new)


if __name__ == "__main__":
    write_catalogue(LANGUAGES / TEMPLATE, collect_messages())
    for file in sorted(LANGUAGES.glob("*.po")):
        print(file.name, "written" if update(file.stem) else "unchanged")
