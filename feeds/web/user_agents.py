"""Which family of readers a request comes from, by its User-Agent."""

from __future__ import annotations

import re
from functools import lru_cache

# What each family has in its User-Agent; the first that fits counts. Services that fetch for
# many come before the libraries and browsers that they also name.
_FAMILIES = (
    ("feedly", "feedly"), ("inoreader", "inoreader"), ("newsblur", "newsblur"), ("feedbin", "feedbin"),
    ("theoldreader", "theoldreader"), ("freshrss", "freshrss"), ("miniflux", "miniflux"), ("tiny tiny rss", "tt-rss"),
    ("nextcloud", "nextcloud-news"), ("commafeed", "commafeed"), ("feedwrangler", "feedwrangler"), ("bazqux", "bazqux"),
    ("netnewswire", "netnewswire"), ("reeder", "reeder"), ("newsboat", "newsboat"), ("thunderbird", "thunderbird"),
    ("akregator", "akregator"), ("liferea", "liferea"), ("quiterss", "quiterss"), ("rssguard", "rssguard"),
    ("newsflash", "newsflash"), ("feeder", "feeder"), ("sfeed", "sfeed"), ("slack", "slack"), ("discord", "discord"),
    ("ifttt", "ifttt"), ("zapier", "zapier"), ("rss2email", "rss2email"), ("reader/", "reader"),
    ("feedparser", "feedparser"), ("python", "python"), ("go-http", "go"), ("okhttp", "java"), ("java/", "java"),
    ("node", "node"), ("axios", "node"), ("ruby", "ruby"), ("curl", "curl"), ("wget", "wget"), ("wrk", "wrk"),
    ("bot", "bot"), ("spider", "bot"), ("crawler", "bot"), ("mozilla", "browser"), ("opera", "browser"),
)  # fmt: skip
_ANY = re.compile("|".join(f"({re.escape(sign)})" for sign, _ in _FAMILIES))


@lru_cache(maxsize=2048)
def family(agent: str) -> str:
    """The family of a User-Agent: one of some forty, ``none`` or ``other``."""
    if not agent:
        return "none"
    signs = {match.lastindex for match in _ANY.finditer(agent.lower())}
    places = [place for place in signs if place is not None]
    return _FAMILIES[min(places) - 1][1] if places else "other"
