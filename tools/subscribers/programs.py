"""Readers that are programs: newsboat, sfeed and rss2email."""

from __future__ import annotations

import configparser
import mailbox
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from .libraries import fetched
from .records import Outline, Reader, Record, View, moment, pictures_in, unique

_FORMATS = ("atom", "rss")
_ITEMS = "SELECT guid, title, url, pubDate, content, enclosure_url, enclosure_type FROM rss_item"
# All that rss2email keeps of an entry is a mail: one with HTML, with the date of publishing.
_MAIL = {
    "email-protocol": "maildir", "maildir-mailbox": "mail", "html-mail": "True",
    "date-header": "True", "date-header-order": "issued, modified",
}  # fmt: skip


def readers() -> list[Reader]:
    """The readers of this module."""
    newsboat = _version("newsboat", ["newsboat", "-v"])
    rss2email = _version("r2e", ["r2e", "--version"])
    sfeed = _version("sfeed", ["dpkg-query", "-W", "-f", "${Version}", "sfeed"])
    return [
        Reader("newsboat", newsboat, _FORMATS, read_with_newsboat, import_with_newsboat),
        Reader("sfeed", sfeed, _FORMATS, read_with_sfeed, import_with_sfeed),
        Reader("rss2email", rss2email, _FORMATS, read_with_rss2email, import_with_rss2email),
    ]


def read_with_newsboat(url: str, folder: Path) -> View:
    """What newsboat has in its cache after a reload."""
    (folder / "urls").write_text(f"{url}\n", encoding="utf-8")
    _newsboat(folder, "-q", "-x", "reload")
    with closing(sqlite3.connect(folder / "cache.db")) as cache:
        records = [_newsboat_record(row) for row in cache.execute(_ITEMS)]
        title, home = cache.execute("SELECT title, url FROM rss_feed").fetchone()
    return View(records, title, home)


def _newsboat_record(row: Sequence[str]) -> Record:
    guid, title, url, published, content, enclosure, kind = row
    pictures = (*pictures_in(content), enclosure if kind.startswith("image/") else "")
    return Record(guid, title, url, moment(int(published)), unique(pictures))


def import_with_newsboat(url: str, folder: Path) -> list[Outline]:
    """The subscriptions that newsboat imports; it keeps groups as tags, and no titles."""
    (folder / "feeds.opml").write_bytes(fetched(url))
    _newsboat(folder, "-i", str(folder / "feeds.opml"))
    lines = map(shlex.split, (folder / "urls").read_text(encoding="utf-8").splitlines())
    return [Outline(line[0], group="/".join(line[1:])) for line in lines]


def _newsboat(folder: Path, *options: str) -> None:
    (folder / "config").touch()
    places = ["-C", folder / "config", "-u", folder / "urls", "-c", folder / "cache.db"]
    _run(["newsboat", *map(str, places), *options], folder)


def read_with_sfeed(url: str, folder: Path) -> View:
    """What sfeed prints: a line for each entry, with its fields between tabs."""
    printed = _run(["sfeed", url], folder, fetched(url))
    return View([_sfeed_record(line.split("\t")) for line in printed.splitlines()])


def _sfeed_record(fields: Sequence[str]) -> Record:
    published, title, link, content, _type, guid = fields[:6]
    content = re.sub(r"\\([nt\\])", lambda found: {"n": "\n", "t": "\t"}.get(found[1], "\\"), content)
    return Record(guid, title, link, moment(int(published or 0)), pictures_in(content))


def import_with_sfeed(url: str, folder: Path) -> list[Outline]:
    """The subscriptions that sfeed_opml_import writes; it keeps no groups."""
    printed = _run(["sfeed_opml_import"], folder, fetched(url))
    lines = [shlex.split(line) for line in printed.splitlines() if line.startswith("\tfeed ")]
    return [Outline(line[2], line[1]) for line in lines]


def read_with_rss2email(url: str, folder: Path) -> View:
    """What rss2email puts into the mails that it delivers to a Maildir."""
    _r2e(folder, "new", "reader@example.org")
    config = configparser.ConfigParser(interpolation=None)
    config.read(folder / "config")
    config["DEFAULT"].update(_MAIL | {"maildir-path": str(folder)})
    with (folder / "config").open("w", encoding="utf-8") as file:
        config.write(file)
    mailbox.Maildir(folder / "mail")
    _r2e(folder, "add", "feed", url)
    _r2e(folder, "run")
    mails = sorted((folder / "mail" / "new").iterdir())
    return View([_mail_record(path.read_bytes()) for path in mails])


def _mail_record(mail: bytes) -> Record:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(mail)
    body = message.get_body(("html",))
    return Record(
        id=message["X-RSS-ID"] or "",
        title=message["Subject"] or "",
        link=message["X-RSS-URL"] or "",
        published=moment(message["Date"] or ""),
        pictures=pictures_in(body.get_content() if body else ""),
    )


def import_with_rss2email(url: str, folder: Path) -> list[Outline]:
    """The subscriptions that rss2email imports; of a title it keeps a name of its own making."""
    (folder / "feeds.opml").write_bytes(fetched(url))
    _r2e(folder, "new", "reader@example.org")
    _r2e(folder, "opmlimport", str(folder / "feeds.opml"))
    config = configparser.ConfigParser(interpolation=None)
    config.read(folder / "config")
    return [Outline(config[name]["url"]) for name in config.sections()]


def _r2e(folder: Path, *arguments: str) -> None:
    _run(["r2e", "-c", str(folder / "config"), "-d", str(folder / "data.json"), *arguments], folder)


def _run(command: list[str], folder: Path, given: bytes = b"") -> str:
    done = subprocess.run(command, input=given, cwd=folder, capture_output=True, check=False, timeout=120)
    if done.returncode:
        said = done.stderr.decode().strip().splitlines()[-1:]
        raise ValueError(f"{command[0]}: exit code {done.returncode}: {''.join(said)}")
    return done.stdout.decode()


def _version(program: str, command: list[str]) -> Callable[[], str | None]:
    """The first number that a command prints, if the program is installed."""

    def version() -> str | None:
        if shutil.which(program) is None:
            return None
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        found = re.search(r"\d+(\.\d+)+", done.stdout)
        return found[0] if found else "?"

    return version
