"""Reading one file: every field, every kind of fault with its place, and who is public."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import msgspec
import pytest
import yaml
from effort import for_each
from hypothesis import given
from hypothesis import strategies as st
from sites import Workspace

from feeds.articles.reader import Reader, Reading, ReadingRules, read
from feeds.articles.unknown_fields import KNOWN
from feeds.formats import atom, jsonfeed, rss
from feeds.formats.context import EntryContext
from feeds.formats.entries import make_content
from feeds.model import Article, Image, Media, Provider, Related

RULES = ReadingRules(timezone="UTC", base_url="https://feeds.example.org/", max_bytes=1_000_000)
GOOD = 'title: Good\npublishedDateTime: 2024-01-02T03:04:05Z\noriginalUrl: "https://example.org/a"\n'
GOOD_TOML = (
    'title = "Good"\npublishedDateTime = 2024-01-02T03:04:05Z\noriginalUrl = "https://example.org/a"\n'
)


def reading(matter: str, body: str = "") -> Reading:
    return read("a.md", f"---\n{matter}---\n{body}".encode(), RULES)


def article(matter: str = "", body: str = "") -> Article:
    found = reading(GOOD + matter, body)
    assert found.article is not None, found.problems
    return found.article


def codes(found: Reading) -> set[str]:
    return {one.code for one in found.problems}


def problem(text: str | bytes) -> tuple[str, int, int, str]:
    data = text if isinstance(text, bytes) else text.encode()
    found = read("a.md", data, RULES)
    assert found.article is None
    assert found.hidden == "faulty"
    first = found.problems[0]
    return first.code, first.line, first.column, first.field


def test_every_field_is_read() -> None:
    found = article(
        """\
webUrl: https://example.org/b
sourceUrl: https://source.example/
updatedDateTime: 2024-02-01
excerpt: "It&#8217;s   <b>bold</b>"
type: video
categories: [news, tech]
tags: [one]
quality: 62.4
heat: "7"
length: PT14M53S
locale: pt_BR
topics: [AI, AI, Robots]
provider:
  name: Example
  domain: www.Example.org
  authors: [{name: Ann}, Bob]
  images: [{url: /logo.png, width: 50, height: 50}]
images:
  - {url: "https://example.org/p.png", width: 10, height: 20, title: T, attribution: "© A"}
related:
  - {title: R, webUrl: "https://example.org/r", publishedDateTime: 2024-01-01, provider: {name: Q}}
featuredContent: '<iframe src="https://www.youtube.com/embed/WJk-Y8LQlfE"></iframe>'
secured: nobody may see this
""",
        "Some *text*.",
    )
    assert found == Article(
        path="a.md",
        id="urn:uuid:77980eae-c343-5b01-9823-eb6ac1da021f",
        title="Good",
        published=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        updated=datetime(2024, 2, 1, tzinfo=UTC),
        url="https://example.org/b",
        via="https://source.example/",
        summary="It’s bold",
        body="<p>Some <em>text</em>.</p>",
        type="video",
        language="pt-BR",
        quality=62,
        heat=7,
        duration=893,
        provider=Provider(
            "example.org", "Example", ("Ann", "Bob"), (Image("https://feeds.example.org/logo.png", 50, 50),)
        ),
        topics=("AI", "Robots"),
        categories=("news", "tech"),
        tags=("one",),
        images=(Image("https://example.org/p.png", 10, 20, "T", "© A"),),
        related=(Related("https://example.org/r", "R", "Q", datetime(2024, 1, 1, tzinfo=UTC)),),
        media=Media(
            "video",
            "https://www.youtube.com/watch?v=WJk-Y8LQlfE",
            "https://www.youtube.com/embed/WJk-Y8LQlfE",
        ),
    )


def test_toml_front_matter_is_read_alike() -> None:
    text = '+++\ntitle = "Good"\npublishedDateTime = 2024-01-02T03:04:05Z\noriginalUrl = "https://example.org/a"\n+++\n'
    assert read("a.md", text.encode(), RULES).article == article()


@for_each(
    ("text", "expected"),
    [
        ("Just text.\n", ("no-front-matter", 1, 1, "")),
        ("", ("no-front-matter", 1, 1, "")),
        ("---\ntitle: x\n", ("unterminated", 1, 1, "")),
        ("---\n- one\n- two\n---\n", ("not-a-mapping", 2, 1, "")),
        ("---\n---\nText", ("not-a-mapping", 2, 1, "")),
        ("---\ntitle: x\nimages:\n\t- url: y\n z\n---\n", ("yaml", 5, 2, "")),
        ("---\n\n\ntitle: x\ntitle: y\n---\n", ("duplicate-key", 5, 1, "")),
        ("---\nprovider: {name: x, name: y}\n---\n", ("duplicate-key", 2, 21, "")),
        ("---\ntitle: a: b\n---\n", ("yaml", 2, 9, "")),
        ("---\nno: x\n---\n", ("bad-key", 2, 1, "")),
        ("+++\ntitle = \n+++\n", ("toml", 2, 9, "")),
        (b"---\ntitle: a\n\xff: b\n---\n", ("not-utf-8", 3, 1, "")),
        (b"\xef\xbb\xbf---\ntitle: a\nb: \xff\n---\n", ("not-utf-8", 3, 4, "")),
        (f"---\n{GOOD.replace('2024-01-02T03:04:05Z', 'tomorrow')}---\n", ("bad-date", 3, 1, "publishedDateTime")),
        (f"---\n{GOOD.replace('2024-01-02T03:04:05Z', '2024-13-45')}---\n", ("bad-date", 3, 1, "publishedDateTime")),
        (f"---\n{GOOD.replace('title: Good', 'excerpt: x')}---\n", ("missing-title", 1, 1, "title")),
        (f"---\n{GOOD.replace('originalUrl', 'other')}---\n", ("no-link", 1, 1, "originalUrl")),
        (f"---\n{GOOD}published: maybe\n---\n", ("unclear-switch", 5, 1, "published")),
        (f"---\r\n{GOOD}removed: perhaps\n---\r\n", ("unclear-switch", 5, 1, "removed")),
        (f"\ufeff---\n{GOOD}Published: false\n---\n", ("unclear-switch", 5, 1, "Published")),
        (b"---\n" + b"x" * 1_000_001, ("too-large", 1, 1, "")),
    ],
)  # fmt: skip
def test_a_faulty_file_is_held_back_with_the_place_of_its_fault(
    text: str | bytes, expected: tuple[str, int, int, str]
) -> None:
    assert problem(text) == expected


@for_each(
    ("matter", "hidden"),
    [
        ("", ""), ("published: true\n", ""), ("published: yes\n", ""), ('published: "on"\n', ""),
        ("removed: false\n", ""), ("deleted: no\n", ""), ('draft: "false"\n', ""),
        ("published: false\n", "unpublished"), ("published: no\n", "unpublished"), ("published: off\n", "unpublished"),
        ('published: "false"\n', "unpublished"), ("published: FALSE\n", "unpublished"), ("draft: true\n", "unpublished"),
        ("removed: true\n", "removed"), ('deleted: "yes"\n', "removed"),
        ("published:\n", "faulty"), ("published: 0\n", "faulty"), ("published: 1\n", "faulty"),
        ("published: later\n", "faulty"), ("removed: 2024-01-01\n", "faulty"), ("published: [false]\n", "faulty"),
    ],
)  # fmt: skip
def test_only_a_clear_yes_is_public(matter: str, hidden: str) -> None:
    found = reading(GOOD + matter)
    assert found.hidden == hidden
    assert (found.article is None) == bool(hidden)
    assert bool(found.problems) == (hidden == "faulty")


@for_each(
    ("matter", "code", "field"),
    [
        ("images: [{url: 'javascript:alert(1)'}]\n", "bad-url", "images[0].url"),
        ("provider: {name: x, domain: 'not a domain'}\n", "bad-domain", "provider.domain"),
        ("updatedDateTime: 2020-01-01\n", "bad-date", "updatedDateTime"),
        ("length: a while\n", "bad-duration", "length"),
        ("locale: english_language_of_england\n", "bad-locale", "locale"),
        ("quality: high\n", "bad-number", "quality"),
        ("topics: [AI, {a: b}]\n", "not-text", "topics[1]"),
        ("publishedDatetime: 2024-01-01\n", "unknown-field", "publishedDatetime"),
        ('excerpt: "a\\x07b"\n', "control-character", "excerpt"),
    ],
)
def test_a_faulty_lesser_field_is_a_warning_and_the_article_is_published(
    matter: str, code: str, field: str
) -> None:
    found = reading(GOOD + matter)
    assert found.article is not None
    assert [(p.code, p.field, p.severity, p.line) for p in found.problems] == [(code, field, "warning", 5)]


def test_a_raw_control_character_costs_itself_only() -> None:
    text = f"---\n{GOOD}---\n".replace("Good", "Go\x07od")
    found = read("a.md", text.encode(), RULES)
    assert found.article is not None
    assert found.article.title == "Good"
    assert found.problems[0].code == "control-character"


def test_an_id_survives_changes_of_title_date_scheme_host_and_web_url() -> None:
    base = article().id
    assert article().id == base
    for old, new in (("Good", "Better"), ("2024-01", "2025-01"), ("https:", "http:")):
        changed = reading(GOOD.replace(old, new)).article
        assert changed is not None
        assert changed.id == base
    assert article("webUrl: https://mirror.example/a\n").id == base
    elsewhere = read(
        "b/c.md", f"---\n{GOOD}---\n".encode(), ReadingRules("UTC", "https://other.example/", 10_000)
    ).article
    assert elsewhere is not None
    assert elsewhere.id == base
    assert article("id: tag:example.org,2024:1\n").id == "tag:example.org,2024:1"
    assert article("id: http://Example.org?p=1\n").id == "http://Example.org?p=1"
    assert article("id: my own\n").id.startswith("urn:uuid:")


@for_each("own", ["12345", "my own", "https://example.org/ä", "a?b=1&c=2", "/2024/a"])
def test_an_own_id_that_is_no_uri_stays_in_rss_and_json_and_makes_the_one_of_atom(own: str) -> None:
    found = article(f'id: "{own}"\n')
    assert (found.guid, found.id[:9]) == (own, "urn:uuid:")
    context = EntryContext("https://feeds.example.org/", "en")
    content = make_content(found, context)
    escaped = own.replace("&", "&#x26;")
    assert f'<guid isPermaLink="false">{escaped}</guid>'.encode() in rss.render_entry(content, context)
    assert json.loads(jsonfeed.render_entry(content, context))["id"] == own
    assert f"<id>{found.id}</id>".encode() in atom.render_entry(content, context)


@pytest.mark.parametrize("own", ["https://me:secret@example.org/", "https://example.org/" + "a" * 1000])
def test_an_own_id_that_may_hold_a_secret_or_is_very_long_is_in_no_format(own: str) -> None:
    found = article(f'id: "{own}"\n')
    assert (found.guid, found.id[:9]) == ("", "urn:uuid:")


def test_a_body_is_sanitised_and_its_links_made_absolute() -> None:
    body = article(
        "",
        '# H\n\n[x](y.html) <script>alert(1)</script><iframe src="//e.example"></iframe><img src="/p.png" onerror="x">',
    ).body
    assert body == (
        '<h1 id="h">H</h1>\n<p><a href="https://example.org/y.html">x</a> <a href="https://e.example/">e.example</a>'
        '<img src="https://example.org/p.png" alt=""></p>'
    )


def test_a_film_in_the_text_becomes_a_link_with_its_picture() -> None:
    body = article(
        "", '<iframe src="https://www.youtube.com/embed/0klgLsSxGsU"></iframe> '
        '<video><source src="https://a.example/f.mp4"></video> <iframe src="javascript:x"></iframe>',
    ).body  # fmt: skip
    assert body == (
        '<a href="https://www.youtube.com/watch?v=0klgLsSxGsU"><img src="https://i.ytimg.com/vi/0klgLsSxGsU/hqdefault.jpg"'
        ' alt="▶ youtube.com" width="480" height="360"></a> '
        '<a href="https://a.example/f.mp4">▶ f.mp4 (a.example)</a>'
    )


@given(
    st.text(st.sampled_from("aB &;<>ä\u00a0\u202d\x00\u00ad.*"), max_size=8)
    | st.sampled_from(["A &amp; B", "  a  b ", ""]),
    st.text(st.sampled_from("aB.-/ :@ä\u00ad\u202d"), max_size=12)
    | st.sampled_from(["Example.org", "www.a.example", "http://a.example/", "bücher.example", "1.2.3.4"]),
)
def test_a_provider_with_name_and_domain_only_is_read_like_any_other(name: str, host: str) -> None:
    """The short way, which remembers it, gives what the long way gives: that taken where there are pictures."""
    fields = {"name": name, "domain": host}
    short = reading(GOOD + yaml.safe_dump({"provider": fields}, sort_keys=False))
    assert short == reading(GOOD + yaml.safe_dump({"provider": {**fields, "images": []}}, sort_keys=False))


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    found = read("a.md", data, RULES)
    assert (found.article is None) == bool(found.hidden)
    assert "internal" not in codes(found)


# What Python, PyYAML or tomllib refuse to write or read, or read as something unexpected.
HOSTILE_VALUES = st.sampled_from(
    [
        "0x" + "f" * 4000, "-0x" + "f" * 4000, "0b" + "1" * 4000, "0o" + "7" * 4400, "9" * 4300, "9" * 4301, "9" * 7000,
        "-" + "9" * 5000, "1" + ":59" * 40, "1" + ":59" * 2000, "1e999999", "-1e999999", ".inf", "inf", "nan", "-.nan",
        "1" * 5000 + ".5", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0000-00-00", "2023-02-30",
        "2023-01-01T00:00:00." + "1" * 3000, "23:59:60", "12:00:00", r'"\uD800"', r'"\U0010FFFF"', r'"\U00110000"', r'"\0"',
        "[" * 60 + "]" * 60, "[" * 3000, "{a: " * 60 + "}" * 60, "!!int x", "!!float x", "!!timestamp x", "!!binary x",
        "!!int " + "7" * 5000, "!!set {a}", "!!omap [a: 1]", "!!python/name:os.system", "&a [*a]", "{<<: 1}", "{[]: 1}",
        "{{}: 1}", "=", "<<", "~", "{}", "[]", "[[]]", "[{}]", "true", "'" + "a\u0301" * 90 + "'", "'https://[::'", "'//['",
        "'https://\u2488com/'", "'https://a:\u0661/'", "'https://xn--a/'", "'P" + "9" * 5000 + "D'", "'\u0661\u0662'",
    ]
)  # fmt: skip


@given(st.sampled_from(sorted(KNOWN)), st.booleans(), st.sampled_from("+-"), HOSTILE_VALUES)
def test_no_value_of_any_field_is_a_fault_of_ours(name: str, in_list: bool, fence: str, value: str) -> None:  # noqa: FBT001
    """Whether it is a problem or not, alone or in a list, in YAML and TOML, also for drafts."""
    mark, fields = (": ", GOOD) if fence == "-" else (" = ", GOOD_TOML)
    kept = "".join(
        line for line in fields.splitlines(keepends=True) if not line.startswith((name, "published:"))
    )
    text = (
        f"{fence * 3}\n{kept}{name}{mark}{f'[{value}, {value}]' if in_list else value}\n{fence * 3}\ntext\n"
    )
    for rules in (RULES, msgspec.structs.replace(RULES, drafts=True)):
        reader = Reader(rules)
        found = reader.interpret("a.md", reader.parse_matter("a.md", text.encode()))
        assert "internal" not in codes(found)


@given(st.text(alphabet=st.sampled_from("ab:-'\"#&*!|>%@`{}[],\n\t <\x00\u00e9"), max_size=80))
def test_no_front_matter_makes_the_reader_raise(matter: str) -> None:
    found = reading(GOOD + matter + "\n")
    assert (found.article is None) == bool(found.hidden)
    assert all(p.line >= 1 for p in found.problems)


def test_ten_broken_files_cost_themselves_only(workspace: Workspace) -> None:
    """The good articles around them are published; check names each with file and line."""
    good = [workspace.article(f"good{n}", publishedDateTime=date(2024, 1, n + 1)) for n in range(3)]
    broken: dict[str, str | bytes] = {
        "no-fence.md": "Just text\n",
        "list.md": "---\n- a\n---\n",
        "tab.md": "---\ntitle: x\nimages:\n\t- url: y\n---\n",
        "twice.md": "---\ntitle: x\ntitle: y\n---\n",
        "date.md": f"---\n{GOOD.replace('2024-01-02T03:04:05Z', 'soon')}---\n",
        "title.md": f"---\n{GOOD.replace('title: Good', 'x: y')}---\n",
        "link.md": f"---\n{GOOD.replace('originalUrl', 'x')}---\n",
        "latin1.md": b"---\ntitle: caf\xe9\n---\n",
        "huge.md": b"---\n" + b"x" * 50_000_000,
        "control.md": f"---\n{GOOD}---\n".replace("Good", '"A\\x01B"'),
    }
    for name, text in broken.items():
        workspace.write(name, text)
    workspace.freeze()
    found = {problem.path: problem for problem in workspace.problems()}
    assert sorted(found) == sorted(broken)
    assert all(problem.line for problem in found.values())
    assert found["control.md"].severity == "warning"
    feed = workspace.read("all.atom")
    assert all(f"About {path.stem}".encode() in feed for path in good)
    assert feed.count(b"<entry>") == 4
    assert b"<title>AB</title>" in feed
