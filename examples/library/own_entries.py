"""Render a program's own entries, without a folder of articles."""

from datetime import UTC, datetime

from feeds import formats

NEWS = "https://example.org/news/"
feed = formats.make_feed("Example news", NEWS, author="Example Ltd")
articles = [
    formats.make_article(
        "Version 1.2 is out",
        datetime(2026, 11, 28, 9, 30, tzinfo=UTC),
        url=f"{NEWS}1.2",
        html='<p>It starts in half the time. <a href="/download">Get it</a>.</p>',
        summary="It starts in half the time.",
        topics=["Releases"],
    ),
    # An entry without a page of its own needs an id, which must never change.
    formats.make_article(
        "We moved",
        datetime(2026, 11, 1, tzinfo=UTC),
        id="tag:example.org,2026:moved",
        html="<p>To the next street.</p>",
    ),
]
atom = formats.render(feed, articles, "atom", f"{NEWS}feed.atom")
rss = formats.render(feed, articles, "rss", f"{NEWS}feed.rss")
json_feed = formats.render(feed, articles, "json", f"{NEWS}feed.json")
