"""Feeds the reader and the sanitiser with bytes that lead them where they have not been yet.

    python tools/fuzz.py --seconds 3600            an hour, from the sample's articles on
    python tools/fuzz.py --corpus DIR              beginning with the files of a folder, too

atheris (``pip install 'feeds[fuzz]'``) watches which lines and comparisons of our own modules each input
reaches. Bytes that begin as a file of front matter does are read as an article and rendered in all formats;
others are HTML. Nothing may raise, each entry must be well-formed, and what is left of HTML must be inert. An
input that breaks this is kept in the working directory as ``crash-…``, ``timeout-…`` or ``oom-…``.

Exit codes: 0 nothing found, 2 atheris is not installed, others as libFuzzer ends.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 4096
CONFIG = '[site]\ntitle = "F"\nbase_url = "https://f.example/"\n[articles]\npath = "."\n'
NAMESPACES = (
    ' xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
# What the sanitiser writes: every tag and attribute in its plainest form.
PLAIN_TAG = re.compile(r"</?([a-z][a-z0-9]*)((?: [a-z-]+=\"[^\"]*\")*)>")
ATTRIBUTE = re.compile(r" ([a-z-]+)=\"([^\"]*)\"")
BANNED = {"script", "style", "iframe", "object", "embed", "svg", "math", "form", "link", "meta", "base"}


def main() -> int:
    """Fuzz until something is found or the time is over."""
    parser = argparse.ArgumentParser(description="Fuzzes the reader and the sanitiser, guided by coverage.")
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=0, help="0 takes another one each time")
    parser.add_argument("--corpus", type=Path, action="append", default=[], help="a folder of articles")
    options = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print("atheris is not installed: pip install 'feeds[fuzz]'", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["feeds", "frontmatter", "dateutil"]):
        one = target()
    with tempfile.TemporaryDirectory() as folder:
        gather([ROOT / "seeds", ROOT.parent / "shared" / "corpus", *options.corpus], Path(folder))
        limits = ["-timeout=20", "-rss_limit_mb=2048", f"-max_len={LONGEST}", "-print_final_stats=1"]
        chosen = [f"-max_total_time={options.seconds}", f"-seed={options.seed}"]
        atheris.Setup([sys.argv[0], folder, *limits, *chosen], one)
        atheris.Fuzz()
    return 0


def gather(folders: Iterable[Path], into: Path) -> None:
    """Seeds: articles, cut to a length that is quick, and the named attacks' small relatives."""
    files = (path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*.*")))
    seeds = [path.read_bytes()[:LONGEST] for path in files if path.suffix in (".md", ".txt")]
    head = b"title: A\npublishedDateTime: 2020-01-01\noriginalUrl: https://a.example/\n"
    seeds += [b"---\n" + head + extra + b"---\n" + body for extra, body in small()]
    seeds += [body for _, body in small()]
    for number, seed in enumerate(seeds):
        (into / str(number)).write_bytes(seed)


def small() -> Sequence[tuple[bytes, bytes]]:
    """Front matter and a body of each kind that is worth a start."""
    return [
        (b"x: &a [1]\ny: *a\nz: {<<: {a: 1}}\n", b"<script>x</script><p onclick=y>z"),
        (b"topics: [a, 1, 2020-01-01, null, ~, 0x1, 1:1, .inf]\n", b"[x](javascript:y) ![](data:,z) <svg/onload=x>"),
        (b"images:\n- url: https://a.example/a.png\n  width: 1\n", b"| a |\n|---|\n| b |\n\n> - 1. `x`\n"),
        (b"related:\n- title: x\n  webUrl: /y\n", b"[a]: /x 'y'\n\n[a] <https://x.example> &#1; &lt;"),
        (b"featuredContent: '<iframe src=\"https://www.youtube.com/embed/abcdef\"></iframe>'\nlength: PT1M\n", b"<!-- x -->"),
        (b"provider: {name: p, domain: \xc3\xa4.example, authors: [a]}\n", b"<math><mi><style><img src=x onerror=y>"),
        (b"x: !!timestamp 2020-01-01\ny: !!binary YQ==\nz: !!set {a}\n", b"<img data-src=//a.example/b src=data:,x>"),
    ]  # fmt: skip


def target() -> Callable[[bytes], None]:
    """What is called with each input."""
    # Some of these are loaded when they are needed first: here they are watched from the beginning.
    import dateutil.parser  # noqa: F401 - likewise

    from feeds import formats
    from feeds.articles import pyyaml  # noqa: F401 - likewise
    from feeds.articles.reader import ReadingRules, read
    from feeds.config import parse
    from feeds.config.names import Names
    from feeds.formats.context import make_entry_context
    from feeds.formats.entries import make_content
    from feeds.lib.text.html import TooDeepError, sanitise

    config = parse(CONFIG, Path("config.toml"))
    context = make_entry_context(config, Names(config))
    rules = ReadingRules("UTC", "https://f.example/", 1_000_000)
    written = {name: formats.load(name) for name in formats.MEDIA_TYPES}

    def one(data: bytes) -> None:
        if data[:3] not in (b"---", b"+++"):
            html = data.decode(errors="replace")
            with suppress(TooDeepError):
                assert_inert(sanitise(html, "https://f.example/").html)
            return
        reading = read("x.md", data, rules)
        for problem in reading.problems:
            if not problem.text().isprintable():
                raise AssertionError(problem)
        if reading.article is None:
            return
        assert_inert(reading.article.body)
        made = make_content(reading.article, context)
        for name, shape in written.items():
            entry = shape.render_entry(made, context)
            if name == "json":
                json.loads(entry)
            else:
                etree.fromstring(b"<feed%s>%s</feed>" % (NAMESPACES.encode(), entry))

    return one


def assert_inert(html: str) -> None:
    """Raise :class:`AssertionError` where something in sanitised HTML may run."""
    left = PLAIN_TAG.sub("", html)
    tags = PLAIN_TAG.findall(html)
    names = {name for name, _ in tags}
    attributes = [pair for _, written in tags for pair in ATTRIBUTE.findall(written)]
    handlers = [name for name, _ in attributes if name.startswith("on")]
    addresses = [value for name, value in attributes if name in ("href", "src")]
    bad = [value for value in addresses if not value.startswith(("http://", "https://"))]
    if "<" in left or names & BANNED or handlers or bad:
        raise AssertionError(html[:200])


if __name__ == "__main__":
    sys.exit(main())
