"""Writes a site of a year of invented news, for a look at how feeds is with many articles.

    python tools/demo.py [FOLDER] [--articles N]

The same command writes the same files. Names of places, papers and people are invented, and the papers are at
``.example``, so nothing can be taken for real. Nothing of others is replaced: a folder that holds anything else is refused.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

_FIRST = datetime(2025, 12, 1, 5, tzinfo=UTC)
_SECONDS = 361 * 86400
_MARK = "# Written by tools/demo.py: changes to this folder are lost.\n"
CONFIG = f"""{_MARK}
[site]
title = "The Invented Year"
base_url = "https://feeds.example.org/"
description = "A year of news that never happened, by topic and by paper"
author = "The Invented Year"

[articles]
path = "articles"

[pages]
static = "pictures"
accent = "#8a3324"

[selections.best]
title = "Best of the year"
min_quality = 90

[selections.films]
title = "Films"
types = ["video"]

[selections.weekly]
title = "The week"
digest = "weekly"
min_quality = 85
"""


class Beat(NamedTuple):
    """A field of news: who acts in it, what they do, and to what."""

    category: str
    topics: tuple[str, ...]
    actors: tuple[str, ...]
    deeds: tuple[str, ...]
    things: tuple[str, ...]


_BEATS = (
    Beat("Technology", ("Programming Languages", "Open Source", "Web Standards", "Databases", "Robotics"),
         ("The makers of Quill", "A student in {town}", "The Lantern project", "Three libraries", "The browser Heron"),
         ("release", "rewrite", "measure", "give away", "explain", "abandon", "repair"),
         ("a parser for old calendars", "the slowest query of the year", "a robot that folds maps", "their file format",
          "a font for small screens", "an index of ten million letters")),
    Beat("Science", ("Astronomy", "Oceans", "Climate", "Medicine", "Mathematics"),
         ("Researchers of {town}", "The observatory at {town}", "Two divers", "A team of nurses", "A retired teacher"),
         ("find", "count", "photograph", "doubt", "map", "prove", "follow"),
         ("a comet with two tails", "the sleep of owls", "a warmer current", "an old proof", "the seeds of a lost wheat",
          "every lake above the tree line")),
    Beat("Culture", ("Books", "Film", "Music", "Museums", "Photography"),
         ("The orchestra of {town}", "A publisher in {town}", "The film club", "A museum of bridges", "Four painters"),
         ("open", "record", "translate", "lend", "restore", "show", "discover"),
         ("a forgotten novel", "the diary of a lighthouse", "an opera for trams", "photographs from the old harbour",
          "a library of smells", "letters between two clockmakers")),
    Beat("Economy", ("Railways", "Energy", "Trade", "Housing", "Farming"),
         ("The railway of {town}", "Farmers around {town}", "The harbour company", "A cooperative", "The city of {town}"),
         ("plan", "finish", "buy", "postpone", "insure", "test", "share"),
         ("a night train", "batteries as large as barns", "two hundred flats", "the price of bread", "a second bridge",
          "heat from the river")),
    Beat("Sport", ("Cycling", "Chess", "Rowing", "Football", "Climbing"),
         ("The eight of {town}", "A chess player of sixteen", "The club of {town}", "Two climbers", "The tour"),
         ("win", "lose", "repeat", "delay", "celebrate", "cross", "begin"),
         ("the final of the lakes", "a match without a draw", "the north wall", "the longest stage", "the youth cup",
          "a record of thirty years")),
)  # fmt: skip
_TOWNS = ("Almere Bay", "Brisk", "Carrow", "Dunmere", "Elsholm", "Fennick", "Gild", "Harrowby", "Isk", "Jarrow Sound",
          "Kettle", "Lomond Vale", "Mirren", "Northolt", "Orsk", "Pell")  # fmt: skip
_PAPERS = ("Courier", "Herald", "Post", "Review", "Observer", "Gazette", "Mirror", "Telegraph")
_WHYS = (
    "It took them {n} months, and nobody expected it.",
    "The plans are open to everybody until the end of the month.",
    "Those who were there tell it differently.",
    "A first attempt failed {n} years ago.",
    "What it costs is known; who pays is not.",
    "Neighbours wrote {n} letters, most of them friendly.",
)  # fmt: skip
_TEXT = "Seen from the editors' window, it was a quiet week in {town}. {why}\n\n- {what}\n- {why}\n"


def main() -> None:
    """Write the folder, and say how many articles are in it."""
    parser = argparse.ArgumentParser(description="Write a site of a year of invented news.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("demo"))
    parser.add_argument("--articles", type=int, default=10_000)
    wanted = parser.parse_args()
    config = wanted.folder / "config.toml"
    if wanted.folder.exists() and not (config.is_file() and config.read_text().startswith(_MARK)):
        sys.exit(f"{wanted.folder}: exists, and this program has not written it. Name another folder.")
    write_site(wanted.folder, wanted.articles)
    print(f"{wanted.folder}: {wanted.articles:,} articles.")


def write_site(folder: Path, articles: int) -> None:
    """Write configuration, articles and pictures into a folder."""
    for name in ("articles", "pictures"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "pictures").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG)
    for beat in _BEATS:
        for topic in beat.topics:
            (folder / "pictures" / f"{_name(topic)}.svg").write_text(draw(topic))
    for path, text in list_articles(articles):
        file = folder / "articles" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def list_articles(count: int) -> Iterator[tuple[str, str]]:
    """Yield the path and text of each article, in the order of their days."""
    chance = Random(2026)  # noqa: S311 - news, no secrets
    for number in range(count):
        published = _FIRST + timedelta(seconds=_SECONDS * number // max(count, 1) + chance.randrange(600))
        yield f"{published:%Y/%m}/{number:06}.md", _write(chance, number, published)


def _write(chance: Random, number: int, published: datetime) -> str:
    beat, town = chance.choice(_BEATS), chance.choice(_TOWNS)
    topics = chance.sample(beat.topics, chance.choice((1, 1, 2)))
    actor = chance.choice(beat.actors).format(town=town)
    what = f"{actor} {_inflect(chance.choice(beat.deeds), actor)} {chance.choice(beat.things)}"
    why = chance.choice(_WHYS).format(n=chance.randrange(3, 40))
    is_own = number % 50 == 0
    lines = [
        f'title: "{what}"', f'excerpt: "{why} {chance.choice(_WHYS).format(n=chance.randrange(3, 40))}"',
        f"publishedDateTime: {published:%Y-%m-%dT%H:%M:%SZ}", f"category: {beat.category}",
        f"quality: {min(100, int(chance.gauss(62, 15)))}", f"heat: {chance.randrange(100)}",
        f"type: {'article' if number % 37 else 'video'}", "topics:", *(f"  - {topic}" for topic in topics),
        "images:", f"  - {{url: /static/own/{_name(topics[0])}.svg, width: 1200, height: 675}}",
    ]  # fmt: skip
    if is_own:
        return "\n".join(["---", *lines, "---", _TEXT.format(town=town, why=why, what=what)])
    paper = chance.choice(_PAPERS)
    domain = f"{_name(paper)}.{_name(town)}.example"
    lines += [
        f"originalUrl: https://{domain}/{published:%Y/%m}/{number}",
        f'provider: {{name: "{town} {paper}", domain: {domain}}}',
    ]
    return "\n".join(["---", *lines, "---", ""])


def _inflect(deed: str, actor: str) -> str:
    """Return a verb as one or as many do it."""
    many = actor.startswith(("Three ", "Two ", "Four ", "Researchers ", "Farmers ", "The makers "))
    first, _, rest = deed.partition(" ")
    if many:
        return deed
    ending = "es" if first.endswith(("sh", "ss", "ch", "x")) else "s"
    return f"{first}{ending} {rest}".strip()


def draw(topic: str) -> str:
    """Draw a picture for a topic: circles that its letters place."""
    chance = Random(topic)  # noqa: S311 - a picture
    hue = chance.randrange(360)
    circles = "".join(
        f'<circle cx="{chance.randrange(1200)}" cy="{chance.randrange(675)}" r="{chance.randrange(60, 300)}"'
        f' fill="hsl({hue + chance.randrange(50)} 45% {chance.randrange(35, 75)}%)" opacity="0.5"/>'
        for _ in range(9)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 675" width="1200" height="675">'
        f'<rect width="1200" height="675" fill="hsl({hue} 40% 85%)"/>{circles}</svg>\n'
    )


def _name(text: str) -> str:
    return text.lower().replace(" ", "-")


if __name__ == "__main__":
    main()
