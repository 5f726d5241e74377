"""How a file shows that feeds wrote it; a freeze knows it without a manifest.

Atom and RSS feeds and pages name their generator; JSON documents are known by their form. The others
have a comment that says so.
"""

from __future__ import annotations

import re

_TEXT = "Written by feeds"
XML_COMMENT = f" {_TEXT} "
_COMMENTS = {
    "css": f"/* {_TEXT} */\n",
    "js": f"// {_TEXT}\n",
    "svg": f"<!--{XML_COMMENT}-->\n",
    "txt": f"# {_TEXT}\n",
}
# Each mark is in the first bytes of a document.
HEAD_BYTES = 16_384
_FIRST_BYTES = 200
_GENERATOR = re.compile(
    rb'<generator version="[^"]*">feeds</generator>|<generator>feeds [^<]*</generator>'
    rb'|<meta name="generator" content="feeds">'
)
_JSON_FEED = re.compile(
    rb'\{"version":"https://jsonfeed\.org/version/1(?:\.\d)?","title":.*"items":\[\n', re.DOTALL
)
_JSON_LIST = re.compile(rb'\{\n "title": ".*\n "home_page_url": "|\{"feeds":\[\[')
_OUR_PATHS = re.compile(
    r"index\.html|404\.html|robots\.txt|sitemap(-\d+)?\.xml|feeds(-\d+)?\.json|feeds\.opml|all\.(atom|rss|json)"
    r"|(all|topics|providers|categories|tags|feeds|search|build|articles|static)/.+",
    re.DOTALL,
)


def add_mark(path: str, body: bytes) -> bytes:
    """Return a text file's bytes with a comment in front that says who wrote it."""
    return _COMMENTS[path.rpartition(".")[2]].encode() + body


def may_be_ours(path: str) -> bool:
    """Return whether feeds would write a file of this path."""
    return _OUR_PATHS.fullmatch(path) is not None


def is_ours(head: bytes) -> bool:
    """Return whether feeds wrote a file, by its first bytes."""
    return (
        _TEXT.encode() in head[:_FIRST_BYTES]
        or _GENERATOR.search(head) is not None
        or _JSON_FEED.match(head) is not None
        or _JSON_LIST.match(head) is not None
    )
