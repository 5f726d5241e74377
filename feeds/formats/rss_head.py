"""The head of an RSS channel: written by feedgen, corrected by an extension."""

from __future__ import annotations

import threading
from typing import Any

from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.formats.atom_head import HISTORY, add_history
from feeds.formats.media_rss import NAMESPACE as MEDIA
from feeds.formats.media_rss import media_type
from feeds.lib.text.dates import format_rfc822
from feeds.model import Feed, Image

END = b"</channel></rss>"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_DC = "http://purl.org/dc/elements/1.1/"
_SY = "http://purl.org/rss/1.0/modules/syndication/"
# The largest picture that the specification allows a channel, in pixels.
_MAX_IMAGE = (144, 400)

# feedgen switches the locale of the whole process to format lastBuildDate.
_ONE_AT_A_TIME = threading.Lock()


class _RssExtension(BaseExtension):  # type: ignore[misc] # feedgen has no type hints
    feed: Feed

    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC, "fh": HISTORY, "media": MEDIA, "sy": _SY}

    def extend_rss(self, root: Any) -> None:
        if not hasattr(self, "feed"):
            return
        channel = root.find("channel")
        channel.find("lastBuildDate").text = format_rfc822(self.feed.updated)
        # feedgen writes only the first self link, and no other link.
        for link in channel.findall(_ATOM_LINK):
            channel.remove(link)
        for link in self.feed.links:
            if link.href != self.feed.home:
                etree.SubElement(channel, _ATOM_LINK, link.attributes())
        add_history(channel, self.feed)
        # feedgen misspells these two.
        period, frequency = _update_rhythm(self.feed.ttl)
        etree.SubElement(channel, f"{{{_SY}}}updatePeriod").text = period
        etree.SubElement(channel, f"{{{_SY}}}updateFrequency").text = str(frequency)


def write_head(feed: Feed) -> bytes:
    """Return what feedgen writes before the items."""
    generator = _make_generator()
    generator.house.feed = feed
    generator.title(feed.title)
    generator.link(href=feed.home, rel="alternate")
    generator.description(feed.subtitle or feed.title)
    generator.language(feed.language)
    generator.lastBuildDate(feed.updated)
    generator.ttl(feed.ttl)
    generator.generator(f"feeds {feed.generator}")
    if feed.rights:
        generator.rights(feed.rights)
    if feed.logo and _fits_as_channel_image(feed.logo):
        size = {"width": feed.logo.width, "height": feed.logo.height}
        sizes = {name: str(pixels) for name, pixels in size.items() if pixels}
        generator.image(url=feed.logo.url, title=feed.title, link=feed.home, **sizes)
    with _ONE_AT_A_TIME:
        text: bytes = generator.rss_str()
    return text.removesuffix(END)


def _fits_as_channel_image(image: Image) -> bool:
    fits = (image.width or 0) <= _MAX_IMAGE[0] and (image.height or 0) <= _MAX_IMAGE[1]
    return fits and media_type(image.url) in ("image/jpeg", "image/png", "image/gif")


def _update_rhythm(minutes: int) -> tuple[str, int]:
    """Return the period and frequency nearest to one update every ``minutes``."""
    period, length = next(
        ((name, length) for name, length in (("hourly", 60), ("daily", 1440)) if minutes <= length),
        ("weekly", 10080),
    )
    return period, max(1, round(length / minutes))


def _make_generator() -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("house", _RssExtension, atom=False)
    return generator
