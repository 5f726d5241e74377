"""Writes a folder of made-up articles of the real schema: always the same ones for a number.

    python benchmarks/corpus.py 10000 FOLDER

Each has about 1.3 kB with a ``secured`` of 450 characters; 80 % are published; 1 to 3 of 200
topics and one of 2,000 providers, by Zipf's law; dates over five years.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

TOPICS, PROVIDERS = 200, 2000
# What other programs write as well.
FEEDS_ALONE = """
[feeds]
formats = ["atom", "rss"]
archive = false

[output]
pages = false
"""
_PER_FOLDER = 1000
_YEARS = 5
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)
_WORDS = (
    "agent archive article balance battery bridge budget canvas carbon channel circuit cloud coast "
    "compass copper council cursor dataset delta design device editor energy engine factory feed "
    "filter forest format future garden glacier harbour helmet horizon index island journal kernel "
    "ladder language lantern library machine market memory meter mirror model mountain network novel "
    "ocean orbit packet paper pattern planet pocket policy printer protocol quarry radio reader river "
    "robot rocket sample school sensor signal silver software station storage studio summer syntax "
    "teacher theory ticket timber tower traffic tunnel update valley vector vessel village voltage "
    "weather window winter writer"
).split()
_TEMPLATE = """\
---
title: "{title}"
excerpt: "{excerpt}"
publishedDateTime: {date}
originalUrl: https://{domain}/articles/{number}
webUrl: https://{domain}/articles/{number}
type: {kind}
quality: {quality}
heat: {heat}
published: {published}
provider:
  name: "{provider}"
  domain: {domain}
topics:
{topics}images:
  - url: https://{domain}/images/{number}.jpg
    width: 1200
    height: 675
related:
  - title: "{related}"
    webUrl: https://{domain}/articles/{number}/related
secured: "{secured}"
---
"""


def write(
    folder: Path, number: int, names: int = 0, *, topics_in_turn: int = 0, bodies: bool = False
) -> None:
    """Write a number of articles below a folder, a thousand in each of its folders.

    ``names`` is how many topics and providers there are together, all of them equally likely. With
    ``topics_in_turn``, there are so many topics, and each article has the next two. With ``bodies``, each article
    has a text in Markdown of about 5 kB.
    """
    chance = random.Random(number)
    topics_there, providers_there = (names // 3, names - names // 3) if names else (TOPICS, PROVIDERS)
    topic_weights = None if names else list(accumulate(1 / rank for rank in range(1, TOPICS + 1)))
    provider_weights = None if names else list(accumulate(1 / rank for rank in range(1, PROVIDERS + 1)))
    for place in range(number):
        inner = folder / f"{place // _PER_FOLDER:04}"
        if place % _PER_FOLDER == 0:
            inner.mkdir(parents=True, exist_ok=True)
        provider = chance.choices(range(providers_there), cum_weights=provider_weights)[0]
        topics = dict.fromkeys(
            chance.choices(range(topics_there), cum_weights=topic_weights, k=chance.randint(1, 3))
            if not topics_in_turn
            else ((2 * place) % topics_in_turn, (2 * place + 1) % topics_in_turn)
        )
        text = _TEMPLATE.format(
            title=_words(chance, 7).capitalize(),
            excerpt=_words(chance, 30).capitalize() + ".",
            date=(_FIRST + timedelta(seconds=chance.randrange(_YEARS * 365 * 86400))).isoformat(),
            number=place,
            kind=chance.choice(("article", "article", "video", "podcast")),
            quality=chance.randint(1, 100),
            heat=chance.randint(1, 100),
            published="true" if chance.random() < 0.8 else "false",  # noqa: PLR2004 - the share above
            provider=f"Provider {provider}",
            domain=f"provider-{provider}.example.com",
            topics="".join(f"  - topic-{topic}\n" for topic in topics),
            related=_words(chance, 6).capitalize(),
            secured=_words(chance, 70)[:450],
        )
        (inner / f"article-{place:07}.md").write_text(text + (make_body(place) if bodies else ""))


def make_body(number: int) -> str:
    """Make a text in Markdown of about 5 kB, with all that posts have: always the same one for a number."""
    chance = random.Random(number)
    parts: list[str] = []
    for part in range(6):
        link = f"[{_words(chance, 3)}](https://example.com/{number}/{part})"
        parts += (
            f"## {_words(chance, 5).capitalize()}",
            f"{_words(chance, 25).capitalize()} *{_words(chance, 2)}* {_words(chance, 8)} {link}, {_words(chance, 12)}.",
            f"{_words(chance, 18).capitalize()} **{_words(chance, 3)}**: `{_words(chance, 2)}` {_words(chance, 14)}.",
            "\n".join(f"- {_words(chance, 6)}" for _ in range(3)),
        )
    table = "\n".join(f"| {_words(chance, 2)} | {chance.randrange(1000)} |" for _ in range(4))
    return "\n\n".join(
        [
            *parts,
            f"> {_words(chance, 20).capitalize()}.",
            f"![{_words(chance, 3)}](https://example.com/{number}.jpg)",
            f"```python\n{_words(chance, 2).replace(' ', ' = ')}\nfor {_words(chance, 2).replace(' ', ' in ')}:\n    pass\n```",
            f"| name | number |\n|:-----|-------:|\n{table}",
            f"{_words(chance, 9).capitalize()}.[^1] See https://example.com/{number}/more.",
            f"[^1]: {_words(chance, 12).capitalize()}.\n",
        ]
    )


def configure(  # noqa: PLR0913 - as in write
    folder: Path,
    number: int,
    extra: str = "",
    names: int = 0,
    *,
    topics_in_turn: int = 0,
    bodies: bool = False,
) -> Path:
    """Write articles and a configuration for them; the path of the configuration."""
    write(folder / "articles", number, names, topics_in_turn=topics_in_turn, bodies=bodies)
    file = folder / "config.toml"
    file.write_text(
        f'[site]\ntitle = "Benchmark"\nbase_url = "https://feeds.example.org/"\n\n[articles]\npath = "articles"\n{extra}'
    )
    return file


def _words(chance: random.Random, number: int) -> str:
    return " ".join(chance.choices(_WORDS, k=number))


if __name__ == "__main__":
    configure(Path(sys.argv[2]), int(sys.argv[1]))
