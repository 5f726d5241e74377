"""Linting: each rule finds the one fault of a document that breaks it, and nothing in a clean one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from effort import examples, for_each
from hypothesis import given
from hypothesis import strategies as st
from sites import Workspace

from feeds.check.lint import lint
from feeds.check.lint.findings import Finding
from feeds.model import ProblemCode

ATOM = """\
<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en">
<id>urn:uuid:7d7d3c1c-6a0c-5ab6-8b3e-8e1a1c6d6a01</id>
<title>A feed</title>
<updated>2024-02-02T00:00:00Z</updated>
<author><name>Ann</name></author>
<generator uri="https://example.org/" version="1">feeds</generator>
<icon>https://example.org/icon.png</icon>
<link rel="self" href="https://example.org/all.atom" type="application/atom+xml"/>
<link rel="alternate" href="https://example.org/" type="text/html"/>
<entry>
<id>tag:example.org,2024:two</id>
<title>Two</title>
<updated>2024-02-02T00:00:00Z</updated>
<published>2024-02-02T00:00:00Z</published>
<link href="https://example.org/two"/>
<category term="AI" scheme="https://example.org/topics/" label="AI"/>
<summary>Sums up.</summary>
<content type="html">&lt;p&gt;Two &lt;a href="https://example.org/"&gt;words&lt;/a&gt;.&lt;/p&gt;</content>
<media:content url="https://example.org/two.png" medium="image" type="image/png" width="640"/>
</entry>
<entry>
<id>https://example.org/one</id>
<title>One</title>
<updated>2024-02-01T00:00:00Z</updated>
<published>2024-02-01T00:00:00Z</published>
<link rel="alternate" href="https://example.org/one"/>
<summary>Sums up.</summary>
</entry>
</feed>
"""

RSS = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel>
<title>A channel</title>
<link>https://example.org/</link>
<description>What it is about</description>
<language>en</language>
<lastBuildDate>Fri, 02 Feb 2024 00:00:00 GMT</lastBuildDate>
<ttl>30</ttl>
<sy:updatePeriod>hourly</sy:updatePeriod>
<image>
<url>https://example.org/logo.png</url>
<title>A channel</title>
<link>https://example.org/</link>
<width>88</width>
<height>31</height>
</image>
<atom:link rel="self" href="https://example.org/all.rss" type="application/rss+xml"/>
<item>
<title>Two &#x26; a half</title>
<link>https://example.org/two</link>
<guid isPermaLink="false">tag:example.org,2024:two</guid>
<pubDate>Fri, 02 Feb 2024 00:00:00 GMT</pubDate>
<dc:creator>Ann</dc:creator>
<category domain="https://example.org/topics/">AI</category>
<source url="https://example.org/feed">Example</source>
<description>&lt;p&gt;Sums up.&lt;/p&gt;</description>
<content:encoded>&lt;p&gt;Two words.&lt;/p&gt;</content:encoded>
<enclosure url="https://example.org/two.mp3" length="1234" type="audio/mpeg"/>
<media:thumbnail url="https://example.org/two.png" width="640"/>
</item>
<item>
<title>One</title>
<link>https://example.org/one</link>
<guid>https://example.org/one</guid>
<pubDate>Thu, 01 Feb 2024 00:00:00 +0000</pubDate>
<description>Sums up.</description>
</item>
</channel>
</rss>
"""

JSON = """\
{"version": "https://jsonfeed.org/version/1.1", "title": "A feed", "home_page_url": "https://example.org/",
"feed_url": "https://example.org/all.json", "language": "en", "icon": "https://example.org/icon.png",
"authors": [{"name": "Ann"}], "next_url": "https://example.org/archive/1.json", "_feeds": {"about": "x"},
"items": [
{"id": "two", "url": "https://example.org/two", "title": "Two", "summary": "Sums up.",
"content_html": "<p>Two words.</p>", "date_published": "2024-02-02T00:00:00Z", "tags": ["AI", "C & C++"],
"attachments": [{"url": "https://example.org/two.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 1}]},
{"id": "one", "content_text": "One word.", "date_published": "2024-02-01T00:00:00Z"}]}
"""

OPML = """\
<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
<head><title>Feeds</title><dateCreated>Fri, 02 Feb 2024 00:00:00 GMT</dateCreated></head>
<body>
<outline text="Topics">
<outline type="rss" text="AI" title="AI" xmlUrl="https://example.org/ai.atom" htmlUrl="https://example.org/ai/"/>
</outline>
</body>
</opml>
"""

CLEAN = {
    "application/atom+xml": ATOM,
    "application/rss+xml": RSS,
    "application/feed+json": JSON,
    "text/x-opml": OPML,
}
TWO = "tag:example.org,2024:two"
ONE_ITEM = RSS[RSS.rindex("<item>") : RSS.rindex("</channel>")]
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

# What is found (code, severity, entry, field), and what must be written in place of what.
Breach = tuple[str, str, str, str, str, str]
ATOM_BREACHES: list[Breach] = [
    ("malformed", "error", "", "", "</feed>", ""),
    ("malformed", "error", "", "", "Sums up.", "Sums&nbsp;up."),
    ("malformed", "error", "", "", "Sums up.", "Sums\x0bup."),
    ("not-a-feed", "error", "", "feed", "http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"),
    ("missing-element", "error", "", "id", "<id>urn:uuid:7d7d3c1c-6a0c-5ab6-8b3e-8e1a1c6d6a01</id>", ""),
    ("missing-element", "error", "", "title", "<title>A feed</title>", ""),
    ("missing-element", "error", "", "updated", "<updated>2024-02-02T00:00:00Z</updated>\n<author>", "<author>"),
    ("missing-element", "error", TWO, "title", "<title>Two</title>", ""),
    ("missing-element", "error", TWO, "updated", "<updated>2024-02-02T00:00:00Z</updated>\n<published>", "<published>"),
    ("missing-element", "error", "https://example.org/two", "id", f"<id>{TWO}</id>", ""),
    ("missing-element", "error", "", "name", "<name>Ann</name>", "<uri>https://example.org/</uri>"),
    ("duplicate-element", "error", "", "title", "<title>A feed</title>", "<title>A feed</title><title>B</title>"),
    ("duplicate-element", "error", TWO, "summary", "<summary>", "<summary>Short.</summary><summary>"),
    ("unknown-element", "error", "", "pubDate", "<icon>", "<pubDate>2024</pubDate><icon>"),
    ("unknown-element", "error", TWO, "guid", "<category", "<guid>1</guid><category"),
    ("unknown-attribute", "error", TWO, "link", 'href="https://example.org/two"', 'href="https://example.org/two" x="1"'),
    ("unexpected-text", "error", "", "feed", "<icon>", "text<icon>"),
    ("no-namespace", "warning", TWO, "?:x", "<summary>", '<x xmlns="">1</x><summary>'),
    ("missing-self", "warning", "", "link", '<link rel="self" href="https://example.org/all.atom" type="application/atom+xml"/>', ""),
    ("self-not-feed", "warning", "", "link", 'type="application/atom+xml"', 'type="text/xml"'),
    ("relative-url", "warning", "", "link", "https://example.org/all.atom", "/all.atom"),
    ("duplicate-link", "error", TWO, "link", '<link href="https://example.org/two"/>', '<link href="https://example.org/two"/><link href="https://example.org/3"/>'),
    ("unknown-relation", "warning", "", "link", "<icon>", '<link rel="prev" href="https://example.org/2"/><icon>'),
    ("history-in-entry", "warning", TWO, "link", "<category", '<link rel="next" href="https://example.org/2"/><category'),
    ("missing-attribute", "error", TWO, "link", '<link href="https://example.org/two"/>', '<link href="https://example.org/two"/><link rel="via"/>'),
    ("bad-media-type", "error", "", "link", 'type="text/html"', 'type="html"'),
    ("bad-language", "error", TWO, "link", '<link href="https://example.org/two"/>', '<link href="https://example.org/two" hreflang="en_US"/>'),
    ("bad-number", "error", TWO, "link", '<link href="https://example.org/two"/>', '<link href="https://example.org/two" length="many"/>'),
    ("link-not-empty", "warning", TWO, "link", '<link href="https://example.org/two"/>', '<link href="https://example.org/two">text</link>'),
    ("bad-url", "error", TWO, "link", 'href="https://example.org/two"', 'href="https://example.org/two words"'),
    ("bad-url", "error", "", "id", "urn:uuid:7d7d3c1c-", "urn:uuid:7d7d3c1c"),
    ("bad-url", "error", "tag:example.org:two", "id", TWO, "tag:example.org:two"),
    ("relative-url", "error", "two", "id", TWO, "two"),
    ("unsafe-url", "warning", TWO, "link", 'href="https://example.org/two"', 'href="javascript:alert(1)"'),
    ("unknown-scheme", "warning", TWO, "link", 'href="https://example.org/two"', 'href="foo:bar"'),
    ("non-canonical-url", "warning", "https://Example.org/one", "id", "<id>https://example.org/one", "<id>https://Example.org/one"),
    ("non-canonical-url", "warning", "https://example.org:443/one", "id", "<id>https://example.org/one", "<id>https://example.org:443/one"),
    ("non-canonical-url", "warning", "https://example.org/a/../one", "id", "<id>https://example.org/one", "<id>https://example.org/a/../one"),
    ("non-canonical-url", "warning", "https://example.org", "id", "<id>https://example.org/one", "<id>https://example.org"),
    ("non-canonical-url", "warning", "https://example.org/%7eone", "id", "<id>https://example.org/one", "<id>https://example.org/%7eone"),
    ("non-ascii-url", "error", "https://example.org/é", "id", "<id>https://example.org/one", "<id>https://example.org/é"),
    ("relative-url", "error", TWO, "category", "https://example.org/topics/", "topics/"),
    ("unexpected-space", "error", TWO, "id", f"<id>{TWO}", f"<id> {TWO}"),
    ("blank", "warning", TWO, "title", "<title>Two</title>", "<title/>"),
    ("blank", "warning", TWO, "summary", "<summary>Sums up.</summary>\n<content", "<summary/>\n<content"),
    ("blank", "warning", TWO, "category", 'term="AI"', 'term=""'),
    ("blank", "warning", TWO, "link", '<link href="https://example.org/two"/>', '<link href="https://example.org/two" title=""/>'),
    ("blank", "warning", "", "icon", "<icon>https://example.org/icon.png</icon>", "<icon/>"),
    ("blank", "warning", "", "generator", ">feeds</generator>", "></generator>"),
    ("missing-attribute", "error", TWO, "category", 'term="AI"', ""),
    ("html-in-text", "warning", TWO, "title", "<title>Two</title>", "<title>&lt;b&gt;Two&lt;/b&gt;</title>"),
    ("html-in-text", "warning", TWO, "summary", "Sums up.</summary>\n<content", "Sums&amp;nbsp;up.</summary>\n<content"),
    ("html-in-text", "warning", TWO, "category", 'label="AI"', 'label="A &amp;#38; I"'),
    ("email-in-name", "warning", "", "author", "<name>Ann", "<name>Ann &lt;ann@example.org&gt;"),
    ("bad-email", "error", "", "author", "<name>Ann</name>", "<name>Ann</name><email>ann</email>"),
    ("bad-text-type", "error", TWO, "summary", "<summary>", '<summary type="text/html">'),
    ("bad-text-type", "error", TWO, "content", '<content type="html">', '<content type="CDATA">'),
    ("unknown-element", "error", TWO, "summary", "<summary>Sums up.", "<summary>Sums <b>up</b>."),
    ("xhtml-without-div", "error", TWO, "summary", "<summary>Sums up.", '<summary type="xhtml">Sums up.'),
    ("missing-text", "warning", "https://example.org/one", "content", "<summary>Sums up.</summary>\n</entry>", "</entry>"),
    ("missing-element", "error", "https://example.org/one", "content", '<link rel="alternate" href="https://example.org/one"/>', '<link rel="via" href="https://example.org/one"/>'),
    ("missing-element", "error", TWO, "summary", '<summary>Sums up.</summary>\n<content type="html">', '<content type="image/png">'),
    ("bad-date", "error", TWO, "published", "<published>2024-02-02T00:00:00Z", "<published>2024-02-02"),
    ("bad-date", "error", TWO, "published", "<published>2024-02-02T00:00:00Z", "<published>2024-02-02T00:00:00"),
    ("bad-date", "error", TWO, "published", "<published>2024-02-02T00:00:00Z", "<published>2024-02-30T00:00:00Z"),
    ("old-date", "warning", TWO, "published", "<published>2024-02-02T00:00:00Z", "<published>1970-01-01T00:00:00Z"),
    ("duplicate-id", "warning", TWO, "id", "https://example.org/one</id>", f"{TWO}</id>"),
    ("misplaced-metadata", "error", "", "rights", "</feed>", "<rights>Ann</rights></feed>"),
    ("incomplete-source", "warning", TWO, "source", "<summary>", "<source><id>urn:x-a:b</id><title>A</title></source><summary>"),
    ("bad-language", "error", "", "xml:lang", 'xml:lang="en"', 'xml:lang="en_US"'),
    ("bad-language", "error", TWO, "xml:lang", "<title>Two", '<title xml:lang="qq">Two'),
    ("bad-characters", "warning", TWO, "title", "<title>Two", "<title>Two \x93quoted\x94"),
    ("bad-characters", "warning", TWO, "title", "<title>Two", "<title>Two \ufffd"),
    ("bad-characters", "warning", TWO, "title", "<title>Two", "<title>Caf\xc3\xa9"),
    ("bad-characters", "warning", TWO, "category", 'label="AI"', 'label="A\x85I"'),
    ("avoid-prefix", "warning", "", "xmlns", "<feed ", '<feed xmlns:atom="http://www.w3.org/2005/Atom" '),
    ("avoid-prefix", "warning", "", "xmlns", "<feed ", '<feed xmlns:xhtml="http://www.w3.org/1999/xhtml" '),
    ("unknown-namespace", "warning", "", "xmlns", "<feed ", '<feed xmlns:x="https://example.org/ns" '),
    ("reserved-prefix", "warning", "", "xmlns", "<feed ", '<feed xmlns:dc="https://example.org/ns" '),
    ("media-namespace", "error", "", "xmlns", 'xmlns:media="http://search.yahoo.com/mrss/"', 'xmlns:media="http://search.yahoo.com/mrss"'),
    ("bad-medium", "error", TWO, "media:content", 'medium="image"', 'medium="picture"'),
    ("bad-number", "error", TWO, "media:content", 'width="640"', 'width="0"'),
    ("bad-number", "error", TWO, "media:content", 'width="640"', 'duration="PT1H"'),
    ("bad-boolean", "error", TWO, "media:content", 'width="640"', 'isDefault="yes"'),
    ("bad-language", "error", TWO, "media:content", 'width="640"', 'lang="en_US"'),
    ("html-fragment", "warning", TWO, "content", '<content type="html">', '<content type="text/html">'),
    ("non-canonical-url", "warning", "https://:@example.org/one", "id", "<id>https://example.org/one", "<id>https://:@example.org/one"),
    ("blank", "warning", TWO, "content", ATOM[ATOM.index("<content") : ATOM.index("</content>")], '<content type="html">'),
    ("unknown-scheme", "warning", "doi:10.1038/nature05582", "id", TWO, "doi:10.1038/nature05582"),
    ("bad-media-type", "error", TWO, "media:content", 'type="image/png"', 'type="png"'),
    ("relative-url", "error", TWO, "media:content", "https://example.org/two.png", "two.png"),
    ("missing-attribute", "error", TWO, "media:thumbnail", "<media:content", "<media:thumbnail/><media:content"),
    ("lonely-group", "error", TWO, "media:group", "<media:content", '<media:group><media:content url="https://example.org/"/></media:group><media:content'),
    ("bad-text-type", "error", TWO, "media:title", 'width="640"/>', 'width="640"><media:title type="text">A</media:title></media:content>'),
    ("archive-without-chain", "warning", "", "link", "<icon>", '<a:archive xmlns:a="http://purl.org/syndication/history/1.0"/><link rel="current" href="https://example.org/"/><icon>'),
    ("archive-without-current", "warning", "", "link", "<icon>", '<a:archive xmlns:a="http://purl.org/syndication/history/1.0"/><link rel="prev-archive" href="https://example.org/"/><icon>'),
    ("complete-with-pages", "error", "", "link", "<icon>", '<a:complete xmlns:a="http://purl.org/syndication/history/1.0"/><link rel="next" href="https://example.org/"/><icon>'),
    ("complete-not-current", "error", "", "link", "<icon>", '<a:complete xmlns:a="http://purl.org/syndication/history/1.0"/><link rel="current" href="https://example.org/"/><icon>'),
    ("link-past-end", "error", "", "link", "<icon>", '<link rel="first" href="https://example.org/all.atom"/><link rel="previous" href="https://example.org/"/><icon>'),
    ("out-of-order", "warning", "https://example.org/one", "published", "<published>2024-02-01", "<published>2024-02-03"),
    ("stale-updated", "warning", "", "updated", "<updated>2024-02-02T00:00:00Z</updated>\n<author>", "<updated>2024-01-02T00:00:00Z</updated>\n<author>"),
]  # fmt: skip

HTML_BREACHES: list[tuple[ProblemCode, str]] = [
    ("invalid-html", "<b>open"),
    ("invalid-html", "<p><div>a</div></p>"),
    ("invalid-html", "a < b"),
    ("invalid-html", '<a href="https://example.org/?a=1&copy=2">a</a>'),
    ("invalid-html", "<svg></svg>"),
    ("invalid-html", "<a title='never closed"),
    ("invalid-html", "<x-card></x-card>"),
    ("invalid-html", "<!DOCTYPE html>"),
    ("dangerous-html", '<iframe src="https://example.org/"></iframe>'),
    ("dangerous-html", "<script></script>"),
    ("dangerous-html", "<style></style>"),
    ("dangerous-html", "<object></object>"),
    ("dangerous-html", "<embed>"),
    ("dangerous-html", "<link>"),
    ("dangerous-html", "<meta>"),
    ("dangerous-attribute", '<b onclick="x()">a</b>'),
    ("dangerous-style", '<b style="background: url(https://example.org/x)">a</b>'),
    ("dangerous-style", '<b style="position: fixed">a</b>'),
    ("dangerous-style", '<b style="max-width: 10px">a</b>'),
    ("dangerous-style", '<b style="margin: 1rem">a</b>'),
    ("relative-url", '<a href="/two">a</a>'),
    ("relative-url", '<img src="two.png" alt="">'),
    ("relative-url", '<img src="https://example.org/a" srcset="https://example.org/a 1x, b.png 2x" alt="">'),
    ("relative-url", '<video poster="two.png"></video>'),
    ("unsafe-url", '<a href="javascript:alert(1)">a</a>'),
    ("unsafe-url", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">'),
]

RSS_BREACHES: list[Breach] = [
    ("malformed", "error", "", "", "<channel>", "<channel"),
    ("not-a-feed", "error", "", "rss", "<rss ", '<rss xmlns="https://example.org/rss" '),
    ("bad-version", "error", "", "rss", 'rss version="2.0"', 'rss version="3.0"'),
    ("bad-version", "error", "", "rss", 'rss version="2.0"', "rss"),
    ("missing-element", "error", "", "description", "<description>What it is about</description>", ""),
    ("missing-element", "error", "", "link", "<link>https://example.org/</link>\n<description>", "<description>"),
    ("missing-element", "error", "", "title", "<title>A channel</title>\n<link>https://example.org/</link>\n<desc", "<link>https://example.org/</link>\n<desc"),
    ("missing-self", "warning", "", "link", 'rel="self"', 'rel="related"'),
    ("duplicate-element", "error", "", "ttl", "<ttl>30</ttl>", "<ttl>30</ttl><ttl>60</ttl>"),
    ("unknown-element", "error", "", "subtitle", "<ttl>", "<subtitle>A</subtitle><ttl>"),
    ("unknown-element", "error", TWO, "image", "<source", "<image>https://example.org/</image><source"),
    ("unknown-attribute", "error", TWO, "title", "<title>Two", '<title type="text">Two'),
    ("unexpected-text", "error", "", "channel", "<ttl>", "text<ttl>"),
    ("misplaced-metadata", "warning", "", "copyright", "</channel>", "<copyright>Ann</copyright></channel>"),
    ("avoid-element", "warning", "", "textInput", "<ttl>", "<textInput><title>A</title><description>A</description><name>a</name><link>https://example.org/</link></textInput><ttl>"),
    ("bad-language", "error", "", "language", "<language>en<", "<language>english<"),
    ("bad-number", "error", "", "ttl", "<ttl>30", "<ttl>0"),
    ("bad-period", "error", "", "sy:updatePeriod", "hourly", "often"),
    ("bad-url", "error", "", "link", "<link>https://example.org/</link>\n<description>", "<link/>\n<description>"),
    ("bad-date", "error", TWO, "pubDate", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "Fri, 02 Feb 2024</pubDate>"),
    ("bad-date", "error", TWO, "pubDate", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "Fri, 02 Feb 2024 00:00:00</pubDate>"),
    ("bad-date", "error", TWO, "pubDate", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "Fri, 02 Feb 2024 00:00:00 UTC</pubDate>"),
    ("bad-date", "error", TWO, "pubDate", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "ven., 02 févr. 2024 00:00:00 GMT</pubDate>"),
    ("bad-date", "error", TWO, "pubDate", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "2024-02-02T00:00:00Z</pubDate>"),
    ("bad-date", "error", TWO, "pubDate", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "31 Feb 2024 00:00:00 GMT</pubDate>"),
    ("odd-date", "warning", TWO, "pubDate", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "Fri, 02 Feb 24 00:00:00 GMT</pubDate>"),
    ("wrong-weekday", "error", TWO, "pubDate", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "Mon, 02 Feb 2024 00:00:00 GMT</pubDate>"),
    ("old-date", "warning", "https://example.org/one", "pubDate", "Thu, 01 Feb 2024 00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("bad-date", "error", "", "lastBuildDate", "<lastBuildDate>Fri, 02 Feb 2024 00:00:00 GMT", "<lastBuildDate>today"),
    ("email-form", "warning", "", "managingEditor", "<ttl>", "<managingEditor>ann@example.org</managingEditor><ttl>"),
    ("bad-email", "error", "", "webMaster", "<ttl>", "<webMaster>Ann</webMaster><ttl>"),
    ("bad-email", "error", "https://example.org/one", "author", "<title>One", "<author>Ann</author><title>One"),
    ("said-twice", "warning", TWO, "dc:creator", "<source", "<author>ann@example.org (Ann)</author><source"),
    ("image-format", "warning", "", "image", "logo.png", "logo.svg"),
    ("image-title", "warning", "", "image", "<title>A channel</title>\n<link>https://example.org/</link>\n<width>", "<title>A logo</title>\n<link>https://example.org/</link>\n<width>"),
    ("image-link", "warning", "", "image", "<link>https://example.org/</link>\n<width>", "<link>https://example.org/logo</link>\n<width>"),
    ("bad-number", "error", "", "image", "<width>88", "<width>145"),
    ("bad-number", "error", "", "image", "<height>31", "<height>401"),
    ("missing-element", "error", "", "url", "<url>https://example.org/logo.png</url>", ""),
    ("missing-element", "error", "https://example.org/one", "title", ONE_ITEM, "<item><guid>https://example.org/one</guid></item>"),
    ("missing-guid", "warning", "https://example.org/one", "guid", "<guid>https://example.org/one</guid>", ""),
    ("bad-boolean", "error", TWO, "guid", 'isPermaLink="false"', 'isPermaLink="no"'),
    ("relative-url", "error", "one", "guid", "<guid>https://example.org/one", "<guid>one"),
    ("bad-permalink", "error", TWO, "guid", ' isPermaLink="false"', ""),
    ("blank", "warning", "https://example.org/two", "guid", TWO, ""),
    ("said-twice", "warning", "", "dc:language", "<ttl>", "<dc:language>en</dc:language><ttl>"),
    ("weak-guid", "warning", "1234", "guid", TWO, "1234"),
    ("duplicate-id", "error", TWO, "guid", "<guid>https://example.org/one", f'<guid isPermaLink="false">{TWO}'),
    ("blank", "warning", "https://example.org/one", "title", "<title>One</title>", "<title/>"),
    ("blank", "warning", TWO, "category", ">AI</category>", "></category>"),
    ("missing-attribute", "error", TWO, "enclosure", ' length="1234"', ""),
    ("missing-attribute", "error", TWO, "enclosure", ' type="audio/mpeg"', ""),
    ("missing-attribute", "error", TWO, "enclosure", 'url="https://example.org/two.mp3" ', ""),
    ("bad-number", "error", TWO, "enclosure", 'length="1234"', 'length="-1"'),
    ("bad-media-type", "error", TWO, "enclosure", 'type="audio/mpeg"', 'type="mp3"'),
    ("relative-url", "error", TWO, "enclosure", "https://example.org/two.mp3", "two.mp3"),
    ("bad-url", "error", TWO, "enclosure", "https://example.org/two.mp3", "ftp://example.org/two.mp3"),
    ("duplicate-enclosure", "warning", TWO, "enclosure", "<enclosure", '<enclosure url="https://example.org/a" length="1" type="a/b"/><enclosure'),
    ("missing-attribute", "error", TWO, "source", ' url="https://example.org/feed"', ""),
    ("content-before-description", "warning", TWO, "content:encoded", "<description>&lt;p&gt;Sums up.&lt;/p&gt;</description>", ""),
    ("html-in-text", "warning", "https://example.org/one", "title", "<title>One", "<title>&lt;b&gt;One&lt;/b&gt;"),
    ("html-in-text", "warning", "https://example.org/one", "title", "<title>One", "<title>One&amp;nbsp;two"),
    ("character-data", "warning", "https://example.org/one", "title", "<title>One", "<title>One &lt;br"),
    ("character-data", "warning", "", "description", "What it is about", "<![CDATA[1 <a 2]]>"),
    ("relative-url", "error", "https://example.org/one", "link", "<link>https://example.org/one", "<link>/one"),
    ("non-ascii-url", "error", "https://example.org/one", "link", "<link>https://example.org/one", "<link>https://example.org/é"),
    ("non-ascii-url", "error", "https://example.org/é", "guid", "<guid>https://example.org/one", "<guid>https://example.org/é"),
    ("non-ascii-url", "error", TWO, "enclosure", "https://example.org/two.mp3", "https://exämple.org/two.mp3"),
    ("non-canonical-url", "warning", "https://example.org/one", "link", "<link>https://example.org/one", "<link>https://Example.org/one"),
    ("unknown-namespace", "warning", "", "xmlns", "<rss ", '<rss xmlns:x="https://example.org/ns" '),
    ("avoid-prefix", "warning", "", "xmlns", "<rss ", '<rss xmlns:h="http://www.w3.org/1999/xhtml" '),
    ("bad-characters", "warning", TWO, "category", "AI<", "A\x92I<"),
    ("invalid-html", "warning", TWO, "content:encoded", "&lt;p&gt;Two words.", "&lt;p&gt;&lt;b&gt;Two words."),
    ("out-of-order", "warning", "https://example.org/one", "published", "Fri, 02 Feb 2024 00:00:00 GMT</pubDate>", "Wed, 31 Jan 2024 00:00:00 GMT</pubDate>"),
]  # fmt: skip

JSON_BREACHES: list[Breach] = [
    ("malformed", "error", "", "", "]}\n", "]"),
    ("not-a-feed", "error", "", "", JSON, "[]"),
    ("bad-version", "error", "", "version", "version/1.1", "version/2"),
    ("missing-key", "error", "", "version", '"version": "https://jsonfeed.org/version/1.1", ', ""),
    ("missing-key", "error", "", "title", '"title": "A feed", ', ""),
    ("missing-key", "error", "", "items", JSON, '{"version": "https://jsonfeed.org/version/1.1", "title": "A", "home_page_url": "https://example.org/", "feed_url": "https://example.org/f"}'),
    ("missing-key", "warning", "", "home_page_url", ' "home_page_url": "https://example.org/",', ""),
    ("missing-key", "warning", "", "feed_url", '"feed_url": "https://example.org/all.json", ', ""),
    ("wrong-type", "error", "", "title", '"A feed"', "1"),
    ("wrong-type", "error", "", "authors", '[{"name": "Ann"}]', '{"name": "Ann"}'),
    ("wrong-type", "error", "", "authors", '[{"name": "Ann"}]', '["Ann"]'),
    ("missing-key", "error", "", "authors", '[{"name": "Ann"}]', "[{}]"),
    ("wrong-type", "error", "", "_feeds", '{"about": "x"}', '"x"'),
    ("unknown-key", "error", "", "feeds", '"_feeds"', '"feeds"'),
    ("unknown-key", "error", "two", "heat", '"id": "two"', '"id": "two", "heat": 1'),
    ("relative-url", "error", "", "icon", "https://example.org/icon.png", "/icon.png"),
    ("link-past-end", "error", "", "next_url", "https://example.org/archive/1.json", "https://example.org/all.json"),
    ("bad-language", "error", "", "language", '"en"', '"en_US"'),
    ("blank", "warning", "", "title", '"A feed"', '""'),
    ("html-in-text", "warning", "two", "title", '"Two"', '"<b>Two</b>"'),
    ("bad-characters", "warning", "two", "title", '"Two"', '"Two\\u0085"'),
    ("missing-key", "error", "item 2", "id", '"id": "one", ', ""),
    ("wrong-type", "error", "1", "id", '"id": "one"', '"id": 1'),
    ("duplicate-id", "error", "two", "id", '"id": "one"', '"id": "two"'),
    ("missing-key", "error", "one", "content_html", '"content_text": "One word.", ', ""),
    ("invalid-html", "warning", "two", "content_html", "<p>Two", "<p><b>Two"),
    ("bad-date", "error", "two", "date_published", "2024-02-02T00:00:00Z", "2024-02-02"),
    ("old-date", "warning", "one", "date_published", "2024-02-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ("out-of-order", "warning", "one", "published", "2024-02-01T00:00:00Z", "2024-02-03T00:00:00Z"),
    ("relative-url", "error", "two", "url", '"https://example.org/two"', '"two"'),
    ("non-ascii-url", "error", "two", "url", '"https://example.org/two"', '"https://example.org/é"'),
    ("html-in-text", "warning", "two", "tags", '"C & C++"', '"C &amp; C++"'),
    ("html-in-text", "warning", "two", "tags", '"C & C++"', '"a < b"'),
    ("wrong-type", "error", "two", "tags", '"C & C++"', "1"),
    ("missing-key", "error", "two", "attachments", ', "mime_type": "audio/mpeg"', ""),
    ("missing-key", "error", "two", "attachments", '"url": "https://example.org/two.mp3", ', ""),
    ("bad-media-type", "error", "two", "attachments", '"audio/mpeg"', '"mp3"'),
    ("wrong-type", "error", "two", "attachments", '"size_in_bytes": 1', '"size_in_bytes": "1"'),
]  # fmt: skip

OPML_BREACHES: list[Breach] = [
    ("malformed", "error", "", "", "</opml>", ""),
    ("not-a-feed", "error", "", "opml", OPML, "<html/>"),
    ("bad-version", "error", "", "opml", 'opml version="2.0"', 'opml version="3.0"'),
    ("missing-element", "error", "", "body", OPML, f'{XML}<opml version="2.0"><head><title>A</title></head></opml>'),
    ("missing-element", "error", "", "head", OPML, f'{XML}<opml version="2.0"><body><outline text="A"/></body></opml>'),
    ("missing-element", "error", "", "outline", OPML, f'{XML}<opml version="2.0"><head><title>A</title></head><body/></opml>'),
    ("missing-title", "warning", "", "title", "<title>Feeds</title>", ""),
    ("bad-date", "error", "", "dateCreated", "Fri, 02 Feb 2024 00:00:00 GMT", "2024"),
    ("unknown-element", "error", "", "subtitle", "<title>", "<subtitle>A</subtitle><title>"),
    ("missing-attribute", "error", "", "text", 'text="Topics"', ""),
    ("missing-attribute", "warning", "AI", "xmlUrl", 'xmlUrl="https://example.org/ai.atom"', ""),
    ("missing-attribute", "warning", "https://example.org/ai.atom", "title", 'title="AI"', ""),
    ("missing-attribute", "warning", "https://example.org/ai.atom", "type", 'type="rss" ', ""),
    ("relative-url", "error", "ai.atom", "xmlUrl", "https://example.org/ai.atom", "ai.atom"),
    ("relative-url", "error", "https://example.org/ai.atom", "htmlUrl", "https://example.org/ai/", "ai/"),
    ("invalid-html", "warning", "https://example.org/ai.atom", "text", 'text="AI"', 'text="&lt;b&gt;AI"'),
    ("bad-boolean", "error", "Topics", "isComment", 'text="Topics"', 'text="Topics" isComment="no"'),
    ("unknown-attribute", "error", "", "outline", 'text="Topics"', 'text="Topics" heat="1"'),
]  # fmt: skip

TABLES = dict(zip(CLEAN, (ATOM_BREACHES, RSS_BREACHES, JSON_BREACHES, OPML_BREACHES), strict=True))


def breaches() -> Iterator[tuple[str, str, Finding]]:
    """Media type, broken document, and what must be found."""
    for media_type, table in TABLES.items():
        for code, severity, entry, field, before, after in table:
            document = CLEAN[media_type].replace(before, after, 1)
            assert document != CLEAN[media_type], before
            yield media_type, document, Finding(code, severity, "", entry, field)  # type: ignore[arg-type]
    for code, markup in HTML_BREACHES:
        escaped = markup.replace("&", "&amp;").replace("<", "&lt;")
        found = Finding(code, "warning", "", TWO, "content")
        yield "application/atom+xml", ATOM.replace("&lt;p&gt;Two ", f"{escaped}&lt;p&gt;Two "), found


def without_message(finding: Finding) -> Finding:
    return Finding(finding.code, finding.severity, "", finding.entry, finding.field)


@pytest.mark.parametrize("media_type", CLEAN)
def test_a_clean_document_has_no_findings(media_type: str) -> None:
    assert lint("all", media_type, CLEAN[media_type].encode()) == []


@for_each(("media_type", "document", "expected"), breaches())
def test_a_breach_of_one_rule_is_found_and_nothing_else(
    media_type: str, document: str, expected: Finding
) -> None:
    found = lint("all", media_type, document.encode())
    assert [without_message(finding) for finding in found] == [expected]
    assert found[0].message.endswith(".")


def test_an_entry_without_any_author_is_found() -> None:
    document = ATOM.replace("<author><name>Ann</name></author>", "").encode()
    found = lint("all.atom", "application/atom+xml", document)
    assert {(f.code, f.field) for f in found} == {("missing-element", "author")}
    assert [f.entry for f in found] == [TWO, "https://example.org/one"]


def test_entries_may_share_their_time() -> None:
    document = ATOM.replace("2024-02-01", "2024-02-02").encode()
    assert lint("all.atom", "application/atom+xml", document) == []


def test_the_prefix_of_atom_itself_does_not_matter_but_is_advised_against() -> None:
    prefixed = ATOM.replace("xmlns=", "xmlns:a=").replace("</", "</a:").replace("</a:media:", "</media:")
    prefixed = "".join(
        f"<a:{part}" if part[0].isalpha() and not part.startswith("media:") else f"<{part}"
        for part in prefixed.split("<")[1:]
    )
    found = lint("all.atom", "application/atom+xml", prefixed.encode())
    assert [f.code for f in found] == ["avoid-prefix"]


def test_hexadecimal_references_hold_for_their_own_element_alone() -> None:
    one_line = RSS.replace("\n", "").replace("<title>One", "<title>1 &#60;b 2")
    found = lint("all.rss", "application/rss+xml", one_line.encode())
    assert [(f.code, f.entry) for f in found] == [("character-data", "https://example.org/one")]


def test_no_entity_is_expanded() -> None:
    bomb = '<!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    document = ATOM.replace("<feed", f"{bomb}<feed").replace("<title>Two", "<title>&b;")
    found = lint("all.atom", "application/atom+xml", document.encode())
    assert "aaaa" not in str(found)


def test_other_media_types_have_no_findings() -> None:
    assert lint("index.html", "text/html", b"<b>") == []


def test_parameters_of_a_media_type_do_not_matter() -> None:
    assert len(lint("all.atom", "Application/Atom+XML; charset=utf-8", b"<b>")) == 1


@pytest.mark.slow
def test_nothing_is_found_in_the_sample(sample: Workspace) -> None:
    endings = {
        ".atom": "application/atom+xml",
        ".rss": "application/rss+xml",
        ".json": "application/feed+json",
    }
    endings |= {".opml": "text/x-opml"}
    documents = [
        path
        for path in sample.output.rglob("*")
        # feeds.json is the catalogue, no JSON Feed.
        if path.suffix in endings and not path.name.startswith(".") and path.name != "feeds.json"
    ]
    assert len(documents) > 20
    found = [
        (path.name, finding)
        for path in documents
        for finding in lint(path.name, endings[path.suffix], path.read_bytes())
    ]
    assert found == []


PIECES = st.sampled_from(
    [
        "<",
        ">",
        "&",
        "]]>",
        "<![CDATA[",
        "<!",
        "</b>",
        "\x00",
        "\ud800",
        "http://[",
        "//:x",
        "%",
        "é",
        "{",
        "null",
    ]
)


@examples(60, 3000)
@given(st.sampled_from(list(CLEAN)), st.binary(max_size=200))
def test_no_bytes_make_it_fail(media_type: str, body: bytes) -> None:
    lint("all", media_type, body)


@examples(60, 3000)
@given(st.sampled_from(list(CLEAN)), st.data())
def test_no_change_to_a_document_makes_it_fail(media_type: str, data: st.DataObject) -> None:
    document = CLEAN[media_type]
    begin = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(begin, min(begin + 40, len(document))))
    new = data.draw(st.one_of(st.text(max_size=12), st.lists(PIECES, max_size=4).map("".join)))
    lint("all", media_type, (document[:begin] + new + document[end:]).encode("utf-8", "surrogatepass"))


@examples(25, 2000)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=8).map("".join)))
def test_no_value_makes_it_fail(value: str) -> None:
    safe = value.encode("utf-8", "replace").decode().replace("\x00", "")
    escaped = safe.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("]]>", "]]&gt;")
    for media_type, document in CLEAN.items():
        if media_type == "application/feed+json":
            continue
        for old in ("https://example.org/two", "Sums up.", "Two", "2024-02-02T00:00:00Z", "AI", "en", "Ann"):
            lint("all", media_type, document.replace(old, escaped).encode())
