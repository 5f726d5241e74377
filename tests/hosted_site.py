"""A site of every kind of document, for tests that compare frozen with served."""

from __future__ import annotations

# One path of each kind of document.
KINDS = (
    "/all.atom", "/all.rss", "/all.json", "/topics/t1.atom", "/topics/t1.json", "/providers/example.org.rss",
    "/feeds/best.json", "/feeds.opml", "/feeds.json", "/", "/all/", "/topics/t1/", "/feeds/best/",
    "/static/style.css", "/static/icon.svg", "/static/page.js", "/topics/", "/providers/", "/search/",
    "/search/feeds.json", "/robots.txt", "/sitemap.xml", "/404.html",
)  # fmt: skip
ARCHIVES = ("/all/archive/1.atom", "/topics/ai/archive/1.json")
SAME = (
    "Content-Type", "Cache-Control", "Content-Security-Policy", "Link", "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers", "X-Content-Type-Options",
)  # fmt: skip
EXTRA = """\
[output]
compress = ["gzip", "br", "zstd"]
hosts = ["netlify", "nginx", "caddy"]

[feeds]
ttl = 7
limit = 3
page_size = 3

[topics.AI]
aliases = ["Artificial Intelligence", "Machine Thought"]

[topics.Empty]

[topics.Retired]
retired = true
aliases = ["Outdated"]

[selections.best]
title = "Best"
min_quality = 1
"""
