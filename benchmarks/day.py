"""A day of a site in little time: curator, operator and readers at once, every answer held against a model.

    python benchmarks/day.py [SECONDS [READERS [WINDOW]]]

The curator adds, edits, withdraws, renames, breaks and mends articles. The operator freezes, kills
a freeze, restarts and kills the server and its workers, and changes the configuration. The readers
poll as readers do, with tags and deltas. Exits with 1 if anything was lost, leaked, wrong or torn.
WINDOW is how many seconds after an edit, or after a deed of the operator, it may show: 10 unless the machine is busy.
``soak.py`` measures what load costs; this one asks whether what is answered is true.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from xml.etree import ElementTree as ET

from model import Model, Shown, Span, State, View, private, public

# An edit shows within a second; on a busy machine, later than this is a problem.
_WINDOW = 10.0
_TOPICS = ("alpha", "beta", "gamma", "delta")
_MOST_ARTICLES = 90
_CURATOR_SECONDS, _OPERATOR_SECONDS = 0.08, 4.0
_READER_THREADS = 8
_WATCH_SECONDS = 6.0
_PATIENCE = 120.0
_NAME = re.compile(r"https://example\.org/(a\d+)")
_ATOM = "{http://www.w3.org/2005/Atom}"
_CONFIG = """[site]
title = "A day"
base_url = "https://feeds.example.org/"
[articles]
path = "articles"
[feeds]
limit = 400
ttl = {ttl}
[freeze]
max_removed = "100%"  # this curator may withdraw any number between two freezes
[server]
workers = 2
[private.editorial]
include_unpublished = true
token_file = "token"
[topics]
alpha = {{}}
beta = {{}}
gamma = {{}}
delta = {{}}
"""
_ARTICLE = """---
title: {title}
publishedDateTime: {date}
originalUrl: https://example.org/{name}
topics: [{topics}]
secured: canary-secured
{switch}
---
"""
_SWITCHES: dict[str, tuple[Shown, str]] = {
    "public": ("public", "type: video"),
    "draft": ("draft", "published: false"),
    "removed": ("hidden", "removed: true"),
    "future": ("hidden", "published: perhaps"),
    "broken": ("hidden", "published: perhaps\ntopics: [unclosed"),
}


class Site:
    """A folder with articles, what is known of them, and what went wrong."""

    def __init__(self, folder: Path, window: float) -> None:
        self.folder = folder
        self.window = window
        self.articles = folder / "articles"
        self.articles.mkdir()
        self.token = secrets.token_urlsafe(32)
        (folder / "token").write_text(self.token)
        self.configure(30)
        self.model = Model(window)
        self.stop = threading.Event()
        self.done: Counter[str] = Counter()
        self.problems: list[str] = []
        self.deed = ("start", time.monotonic())
        # Times in which connections may fail: the operator is at work.
        self.cuts: list[list[float]] = []

    def configure(self, ttl: int) -> None:
        """Write the configuration."""
        _replace(self.folder / "config.toml", _CONFIG.format(ttl=ttl))

    def report(self, kind: str, text: str) -> None:
        """Note that something is not as it must be."""
        self.done[kind] += 1
        since = time.monotonic() - self.deed[1]
        self.problems.append(f"{kind}: {text}, {since:.1f} s after the operator began to {self.deed[0]}")

    @contextmanager
    def cutting(self, seconds: float = 0.0) -> Iterator[None]:
        """Connections may fail meanwhile, and so many seconds longer."""
        cut = [time.monotonic(), float("inf")]
        self.cuts.append(cut)
        yield
        cut[1] = time.monotonic() + seconds

    def is_cut(self, asked: float) -> bool:
        """Whether a request of this time, that failed just now, may have."""
        return any(began <= time.monotonic() and asked <= ended for began, ended in self.cuts)


class Curator:
    """Works on the articles, one edit after the other."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._chance = random.Random(1)
        self._files: dict[str, Path] = {}
        self._number = 0
        # When each article that is public was written.
        self._public: dict[str, float] = {}
        self._spoilt: set[str] = set()

    def work(self) -> None:
        """Until told to stop."""
        deeds = (
            self.edit,
            self.edit,
            self.switch,
            self.switch,
            self.withdraw,
            self.rename,
            self.careless,
            self.spoil,
        )
        while not self._site.stop.wait(_CURATOR_SECONDS):
            few = len(self._files) < _MOST_ARTICLES and self._chance.random() < 0.3  # noqa: PLR2004 - a share
            deed = self.add if few or not self._files else self._chance.choice(deeds)
            deed()
            self._site.done["changes"] += 1

    def add(self) -> None:
        """A new article, public or not."""
        name = f"a{len(self._site.done)}{self._number}"
        self._files[name] = self._path(name)
        self._write(name, self._chance.choice(list(_SWITCHES)))

    def edit(self) -> None:
        """Another title and other topics."""
        self._write(self._any(), "public")

    def switch(self) -> None:
        """Break, mend, hide, publish."""
        self._write(self._any(), self._chance.choice(list(_SWITCHES)))

    def withdraw(self) -> None:
        """Delete the file."""
        name = self._any()
        with self._site.model.writing(name, State()):
            self._files.pop(name).unlink()

    def rename(self) -> None:
        """Another file, the same article."""
        name = self._any()
        if name in self._spoilt:
            return
        old, new = self._files[name], self._path(name)
        new.parent.mkdir(exist_ok=True)
        old.rename(new)
        self._files[name] = new

    def spoil(self) -> None:
        """Break a file that has been public for a while: what was published stays."""
        seen = time.monotonic() - self._site.window
        names = [name for name, when in self._public.items() if when < seen and name in self._files]
        if names:
            name = self._chance.choice(names)
            self._spoilt.add(name)
            path = self._files[name]
            _replace(path, path.read_text().replace("title: ", "title: 'canary ", 1))

    def careless(self) -> None:
        """Written as some editors do: emptied, then filled in two steps."""
        name = self._any()
        state, text = self._text(name, "public")
        with self._site.model.writing(name, State()):
            stream = self._files[name].open("w")
        with self._site.model.writing(name, state), stream:
            stream.write(text[:40])
            stream.flush()
            time.sleep(0.02)
            stream.write(text[40:])
        self._note_written(name, "public")

    def _write(self, name: str, switch: str) -> None:
        state, text = self._text(name, switch)
        with self._site.model.writing(name, state):
            _replace(self._files[name], text)
        self._note_written(name, shown=state.shown)

    def _note_written(self, name: str, shown: str) -> None:
        self._spoilt.discard(name)
        self._public.pop(name, None)
        if shown == "public":
            self._public[name] = time.monotonic()

    def _text(self, name: str, switch: str) -> tuple[State, str]:
        self._number += 1
        shown, line = _SWITCHES[switch]
        topics = self._chance.sample(_TOPICS, self._chance.randint(1, 3))
        # What must not show has a word that is looked for in every public answer.
        title = f"{name} v{self._number}{'' if shown == 'public' else ' canary'}"
        day = random.Random(name).randrange(1, 28)
        date = f"2024-01-{day:02}T00:00:00Z"
        text = _ARTICLE.format(title=title, date=date, name=name, topics=", ".join(topics), switch=line)
        return State(title, frozenset(topics), shown), text

    def _any(self) -> str:
        return self._chance.choice(list(self._files))

    def _path(self, name: str) -> Path:
        self._number += 1
        folder = self._site.articles / self._chance.choice(("", "one", "two"))
        folder.mkdir(exist_ok=True)
        return folder / f"{name}-{self._number}.md"


class Operator:
    """Runs the server and freezes, and is rough with both."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._chance = random.Random(2)
        self._command = [sys.executable, "-m", "feeds", "--config", str(site.folder / "config.toml")]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.server = self._started()

    def work(self) -> None:
        """Until told to stop."""
        deeds = (
            self.freeze,
            self.freeze,
            self.kill_freeze,
            self.restart,
            self.kill,
            self.kill_worker,
            self.reload,
            self.configure,
        )
        while not self._site.stop.wait(_OPERATOR_SECONDS):
            deed = self._chance.choice(deeds)
            self._site.deed = (deed.__name__, time.monotonic())
            deed()
            self._site.done[deed.__name__] += 1

    def freeze(self) -> None:
        """Freeze, and hold what is there against the model."""
        began = time.monotonic()
        result = subprocess.run([*self._command, "freeze"], capture_output=True, text=True, check=False)
        if result.returncode:
            self._site.report("wrong", f"freeze: {result.stdout}{result.stderr}")
            return
        for path, view in _views().items():
            body = (self._site.folder / "build" / path).read_bytes()
            shown = _entries(self._site, path, body)
            _report(self._site, f"frozen {path}", shown, view, Span(began, time.monotonic()))

    def kill_freeze(self) -> None:
        """Kill a freeze somewhere: every file is whole, and the next one is right."""
        with subprocess.Popen(
            [*self._command, "freeze"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as freeze:
            time.sleep(self._chance.uniform(0.1, 0.8))
            freeze.kill()
        for file in (self._site.folder / "build").rglob("*.*"):
            if file.suffix in (".atom", ".rss", ".json") and not file.name.startswith((".", "feeds.")):
                _entries(self._site, f"after a kill {file.name}", file.read_bytes())
        self.freeze()

    def restart(self) -> None:
        """Stop the server as systemd does, and start it."""
        with self._site.cutting():
            self.server.terminate()
            self.server.wait(_PATIENCE)
            self.server = self._started()

    def kill(self) -> None:
        """The same without a warning."""
        with self._site.cutting():
            self.server.kill()
            self.server.wait(_PATIENCE)
            self.server = self._started()

    def kill_worker(self) -> None:
        """Kill one of the processes that answer; another one takes its place."""
        pid = self.server.pid
        with self._site.cutting(0.6 * self._site.window), suppress(ProcessLookupError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            os.kill(int(children[-1]), signal.SIGKILL)
        self._watch()

    def reload(self) -> None:
        """New workers take over from the old."""
        with self._site.cutting(0.6 * self._site.window):
            self.server.send_signal(signal.SIGHUP)
        self._watch()

    def configure(self) -> None:
        """Another configuration, which a running server takes up."""
        with self._site.cutting(self._site.window):
            self._site.configure(self._chance.randint(1, 60))
        self._watch()

    def _watch(self) -> None:
        """Start a server that ended by itself, as systemd does: one that lost two workers in five seconds
        takes that for a fault that no new worker mends, and has to say so by its exit code."""  # noqa: D205, D209 - two sentences
        with self._site.cutting():
            ends = time.monotonic() + _WATCH_SECONDS
            while time.monotonic() < ends and not self._site.stop.wait(0.05):
                if self.server.poll() is not None:
                    self._site.done["revived"] += 1
                    if self.server.returncode == 0:
                        self._site.report("failed", "a server that ended by itself says that all is well")
                    self.server = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        """A server that answers. Until the workers of a killed one are gone, it cannot start."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            server = subprocess.Popen(
                [*self._command, "run", "--port", str(self.port), "--no-access-log"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            assert server.stdout is not None  # noqa: S101 - it is a pipe
            if server.stdout.readline().startswith(b"Serving"):
                threading.Thread(target=server.stdout.read, daemon=True).start()
                return server
            server.wait(_PATIENCE)
            time.sleep(0.1)
        raise SystemExit("The server does not start.")


class Reader:
    """A reader of one feed: polls with the tag that it has; some take deltas."""

    def __init__(self, site: Site, port: int, number: int) -> None:
        self._site = site
        self._port = port
        views = list(_views(site.token).items())
        self._path, self._view = views[number % len(views)]
        self._name = self._path.replace(site.token, "***")
        self._takes_deltas = number % 3 == 0 and not self._path.startswith("private/")
        self._etag = ""
        self._shown: dict[str, str] = {}

    def poll(self) -> None:
        """Ask once, and hold the answer against the model."""
        headers = {"If-None-Match": self._etag} if self._etag else {}
        if self._takes_deltas:
            headers["A-IM"] = "feed"
        asked = time.monotonic()
        try:
            status, etag, body = self._asked(headers)
        except (OSError, http.client.HTTPException) as error:
            self._site.done["cut"] += 1
            if not self._site.is_cut(asked):
                self._site.report("failed", f"{self._name}: {error!r}")
            return
        self._site.done[f"answers {status}"] += 1
        self._take(status, etag, body, asked)

    def _take(self, status: int, etag: str, body: bytes, asked: float) -> None:
        if status == http.client.NOT_MODIFIED:
            self._hold(self._shown, asked)
        elif status == http.client.OK:
            if hashlib.sha256(body).hexdigest()[:32] != etag.strip('"').partition(".")[0]:
                self._site.report("torn", f"{self._path}: the tag is not that of the bytes")
            self._etag, self._shown = etag, _entries(self._site, self._path, body)
            self._hold(self._shown, asked)
        elif status == http.client.IM_USED:
            self._etag = etag
            self._shown = self._shown | _entries(self._site, self._path, body)
            self._hold(self._shown, asked)
        elif not (status == http.client.SERVICE_UNAVAILABLE and self._site.is_cut(asked)):
            self._site.report("failed", f"{self._name}: {status}")

    def _hold(self, shown: dict[str, str], asked: float) -> None:
        _report(self._site, self._path, shown, self._view, Span(asked, time.monotonic()))

    def _asked(self, headers: dict[str, str]) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        try:
            connection.request("GET", f"/{self._path}", headers=headers)
            response = connection.getresponse()
            return response.status, response.getheader("ETag") or "", response.read()
        finally:
            connection.close()


def _views(token: str = "") -> dict[str, View]:
    """The feeds that are looked at, and what each shows."""
    feeds: dict[str, View] = {f"all.{ending}": public() for ending in ("atom", "rss", "json")}
    feeds |= {f"topics/{topic}.{ending}": public(topic) for topic in _TOPICS for ending in ("atom", "json")}
    if token:
        feeds |= {f"feed.json?topic={topic}&type=video": public(topic) for topic in _TOPICS[:2]}
        feeds |= {f"private/editorial/{token}/feed.{ending}": private() for ending in ("atom", "json")}
    return feeds


def _report(site: Site, path: str, shown: dict[str, str], view: View, span: Span) -> None:
    site.done["checked"] += 1
    for found in site.model.find_mismatches(view, shown, span):
        site.report(found.kind, f"{path.replace(site.token, '***')}: {found.name}: {found.text}")


def _entries(site: Site, path: str, body: bytes) -> dict[str, str]:
    """The titles of a document by the names of their articles; torn if it cannot be read."""
    if b"canary" in body.replace(b"" if "private/" not in path else b"canary", b""):
        site.report("leaked", f"{path}: a canary")
    try:
        if path.partition("?")[0].endswith(".json"):
            found = [(item["url"], item["title"]) for item in json.loads(body)["items"]]
        else:
            found = list(_xml_entries(ET.fromstring(body)))  # noqa: S314 - our own document
    except (ValueError, KeyError, ET.ParseError) as error:
        site.report("torn", f"{path}: {error!r}")
        return {}
    names = [match[1] for url, _ in found if (match := _NAME.fullmatch(url))]
    if len(set(names)) < len(found):
        site.report("wrong", f"{path}: an article twice")
    return dict(zip(names, (title for _, title in found), strict=True))


def _xml_entries(root: ET.Element) -> Iterator[tuple[str, str]]:
    for entry in root.iter(f"{_ATOM}entry"):
        yield entry.find(f"{_ATOM}link").get("href", ""), entry.findtext(f"{_ATOM}title", "")  # type: ignore[union-attr] # an entry of ours has a link
    for item in root.iter("item"):
        yield item.findtext("link", ""), item.findtext("title", "")


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text)
    temporary.replace(path)


def _repeated(site: Site, doing: Callable[[], None]) -> None:
    try:
        doing()
    except Exception as error:  # noqa: BLE001 - a day that ends early must not seem a good one
        site.report("failed", f"{doing.__qualname__}: {error!r}")


def _poll(site: Site, readers: list[Reader]) -> None:
    while not site.stop.is_set():
        for reader in readers:
            reader.poll()
            if site.stop.wait(0.005):
                return


def run(seconds: float, readers: int, window: float, folder: Path) -> Site:
    """Live through a number of seconds, and say what was seen."""
    site = Site(folder, window)
    curator = Curator(site)
    for _ in range(20):
        curator.add()
    operator = Operator(site)
    polling = [Reader(site, operator.port, number) for number in range(readers)]
    jobs: list[Callable[[], None]] = [curator.work, operator.work]
    jobs += [lambda part=polling[n::_READER_THREADS]: _poll(site, part) for n in range(_READER_THREADS)]  # type: ignore[misc] # each has its own
    threads = [threading.Thread(target=_repeated, args=(site, job)) for job in jobs]
    for thread in threads:
        thread.start()
    with suppress(KeyboardInterrupt):
        time.sleep(seconds)
    site.stop.set()
    for thread in threads:
        thread.join()
    # Nothing changes any more, and the readers get to know that.
    ends = time.monotonic() + _PATIENCE
    while not site.done["answers 304"] and time.monotonic() < ends:
        for reader in polling:
            reader.poll()
    operator.server.terminate()
    operator.server.wait(_PATIENCE)
    return site


def main() -> None:
    """Print a summary; exit with 1 if there are problems."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0
    readers = int(sys.argv[2]) if len(sys.argv) > 2 else 200  # noqa: PLR2004 - the second argument
    window = float(sys.argv[3]) if len(sys.argv) > 3 else _WINDOW  # noqa: PLR2004 - the third argument
    with tempfile.TemporaryDirectory() as name:
        site = run(seconds, readers, window, Path(name))
    for line in sorted(site.problems, key=lambda problem: problem.startswith("failed"))[:30]:
        print(line)
    print(", ".join(f"{number} {what}" for what, number in sorted(site.done.items())))
    kinds = ("lost", "leaked", "wrong", "torn", "failed")
    print("; ".join(f"{site.done[kind]} {kind}" for kind in kinds), f"; stalest {site.model.stalest:.2f} s")
    sys.exit(1 if site.problems else 0)


if __name__ == "__main__":
    main()
