"""`feeds import`: what others export becomes articles, once each, and an imported feed's readers see nothing twice."""

from __future__ import annotations

import contextlib
import json
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
import yaml
from effort import examples, for_each, is_quick, measure, stressed
from hypothesis import given
from hypothesis import strategies as st
from sites import CONFIG, NOW, Workspace
from web_pages import serve_pages

from feeds.collect.imports.sources import read_records, recognise
from feeds.collect.imports.spreadsheets import TableReading
from feeds.collect.imports.writing import Choices, Importer
from feeds.errors import FeedsError

ALL = "[feeds]\nlimit = 500\n[tags]\nfeeds = true\n"
FORMATS = ("rss", "atom", "json")


def fields_of(workspace: Workspace) -> list[dict[str, Any]]:
    """The front matter of all articles, by the names of their files."""
    files = sorted(file for file in workspace.articles.rglob("*") if file.is_file())
    return [yaml.safe_load(file.read_text("utf-8").split("---\n")[1]) for file in files]


def imported(workspace: Workspace, name: str, content: str | bytes, *options: str) -> str:
    """What the command says about a source with this content."""
    source = workspace.folder / name
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = workspace.run("import", name, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rss(*items: str, head: str = "") -> str:
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    channel = f"<title>Salt</title><link>https://salt.example/</link>{head}"
    return f'<rss version="2.0" {spaces}><channel>{channel}{"".join(f"<item>{one}</item>" for one in items)}</channel></rss>'


def seen_by_readers(workspace: Workspace, ending: str) -> list[tuple[Any, ...]]:
    """What makes an entry the same one for readers, in the order of the feed."""
    body = workspace.read(f"all.{ending}")
    if ending == "json":
        keys = ("id", "url", "external_url", "title", "date_published", "tags", "authors", "attachments")
        return [tuple(item.get(key) for key in keys) for item in json.loads(body)["items"]]
    return [
        (
            entry.get("id"),
            entry.get("link"),
            entry.title,
            entry.get("published"),
            [tag.term for tag in entry.get("tags", [])],
            [author.get("name") for author in entry.get("authors", [])],
            [(link.href, link.type) for link in entry.links if link.rel == "enclosure"],
        )
        for entry in feedparser.parse(body).entries
    ]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A frozen site with all that entries can be."""
    site = Workspace(tmp_path_factory.mktemp("published"))
    site.configure(ALL)
    day = datetime(2024, 3, 1, 10, 0, tzinfo=UTC)
    site.article(
        "own",
        "Text & <b>more</b>\n\n    code  of\n\n    two",
        originalUrl=None,
        title="AT&amp;T <i>wins</i> 1 < 2",
    )
    site.article(
        "number",
        id="tag:example.org,2024:1",
        topics=["AI", "Robots & more"],
        tags=["a", "b, c"],
        excerpt="One < two",
    )
    site.article("odd", id="http://Example.org?p=2", publishedDateTime=day, provider=None)
    site.article("pod", "Hear", publishedDateTime=day, length="14:53",
                 featuredContent={"url": "https://example.org/a.mp3", "type": "audio/mpeg"})  # fmt: skip
    site.article("via", "Text", webUrl="https://mirror.example/via", images=[{"url": "https://example.org/a.png"}],
                 provider={"name": "N", "domain": "example.net", "authors": [{"name": "Ada"}, {"name": "Bob & Co"}]})  # fmt: skip
    site.freeze()
    return site


@pytest.mark.parametrize("full", [True, False], ids=["full", "excerpts"])
@pytest.mark.parametrize("ending", FORMATS)
def test_a_feed_of_ours_comes_back_as_it_was(
    published: Workspace, tmp_path: Path, ending: str, *, full: bool
) -> None:
    copy = Workspace(tmp_path / "copy")
    copy.configure(ALL)
    done = copy.run("import", str(published.output / f"all.{ending}"), *(["--full"] if full else []))
    assert (done.returncode, done.stdout.split("\n")[1]) == (0, "Written: 5 articles into articles/.")
    assert copy.run("check", "--strict").returncode == 0
    copy.freeze()
    assert seen_by_readers(copy, ending) == seen_by_readers(published, ending)
    if full:
        first, second = (json.loads(site.read("all.json"))["items"] for site in (published, copy))
        assert [item["content_html"] for item in second] == [item["content_html"] for item in first]


@pytest.mark.parametrize(
    "own",
    [
        "12345",
        "my own",
        "https://salt.example/ä",
        "http://Salt.example:80/?p=1",
        "tag:salt.example,2024:x",
        "a&amp;b",
    ],
)
def test_the_id_of_an_entry_stays_byte_for_byte(workspace: Workspace, own: str) -> None:
    item = f"<title>One</title><link>https://salt.example/1</link><guid>{own}</guid><pubDate>Mon, 01 Jan 2024 10:00:00 GMT</pubDate>"
    imported(workspace, "old.xml", rss(item))
    workspace.freeze()
    assert [entry.id for entry in feedparser.parse(workspace.read("all.rss")).entries] == [
        own.replace("&amp;", "&")
    ]


def test_an_entry_without_an_id_keeps_its_link_as_that(workspace: Workspace) -> None:
    imported(
        workspace,
        "old.xml",
        rss("<title>One</title><link>https://salt.example/1</link><pubDate>2024-01-01</pubDate>"),
    )
    assert fields_of(workspace)[0]["id"] == "https://salt.example/1"


def test_on_a_site_with_a_preset_the_id_has_the_name_that_is_read_there(workspace: Workspace) -> None:
    workspace.configure(base=f'{CONFIG}preset = "hugo"\nbase_url = "https://blog.example/"\n')
    item = (
        "<title>One</title><link>https://salt.example/1</link><guid>old-1</guid><pubDate>2024-01-01</pubDate>"
    )
    imported(workspace, "old.xml", rss(item))
    workspace.freeze()
    assert [entry.id for entry in feedparser.parse(workspace.read("all.rss")).entries] == ["old-1"]
    assert "There already, and left as they are: 1." in imported(workspace, "old.xml", rss(item))


def test_posts_of_a_generator_are_known_by_the_addresses_that_follow_from_their_paths(
    workspace: Workspace,
) -> None:
    workspace.configure(base=f'{CONFIG}preset = "jekyll"\nbase_url = "https://blog.example/"\n')
    workspace.write("2024-01-02-hello.md", "---\ntitle: Hello\n---\nText\n")
    workspace.write("2024-01-03-draft.md", "---\ntitle: Draft\npublished: false\n---\nText\n")
    items = (
        f"<title>{name}</title><link>https://blog.example/2024/01/0{day}/{name}.html</link><pubDate>2024-01-0{day}</pubDate>"
        for day, name in ((2, "hello"), (3, "draft"), (4, "new"))
    )
    out = imported(workspace, "old.xml", rss(*items))
    assert "Written: 1 article into articles/.\nThere already, and left as they are: 2." in out


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Mon, 01 Jan 2024 10:00:00 +0530", "2024-01-01T10:00:00+05:30"),
        ("2024-01-01T10:00:00-08:00", "2024-01-01T10:00:00-08:00"),
        ("Mon, 01 Jan 2024 10:00:00 GMT", "2024-01-01T10:00:00Z"),
        ("Mon, 01 Jan 2024 10:00:00 EST", "2024-01-01T15:00:00Z"),
        ("2024-07-01 10:00", "2024-07-01T10:00:00+02:00"),
    ],
)
def test_a_date_keeps_its_zone_and_one_without_is_in_that_of_the_site(
    workspace: Workspace, written: str, read: str
) -> None:
    workspace.configure(base=f'{CONFIG}timezone = "Europe/Berlin"\n')
    imported(workspace, "a.csv", f'title,url,date\nOne,https://salt.example/1,"{written}"\n')
    imported(
        workspace,
        "a.xml",
        rss(f"<title>Two</title><link>https://salt.example/2</link><pubDate>{written}</pubDate>"),
    )
    texts = [file.read_text() for file in workspace.articles.iterdir()]
    assert all(f"publishedDateTime: {read}\n" in text for text in texts)


NETSCAPE = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<TITLE>Bookmarks</TITLE><H1>Bookmarks</H1>
<DL><p><DT><H3 PERSONAL_TOOLBAR_FOLDER="true">Bar</H3><DL><p>
<DT><A HREF="https://salt.example/1?a=1&amp;b=2" ADD_DATE="1704103200" TAGS="ai,Rob ots">One &amp; all</A>
<DD>Said of it
</DL><p></DL><p>"""
POCKET = """<!DOCTYPE html><html><head><title>Pocket Export</title></head><body><h1>Unread</h1><ul>
<li><a href="https://salt.example/1?a=1&amp;b=2" time_added="1704103200" tags="ai,Rob ots">One &amp; all</a></li></ul></body></html>"""
ADDRESS = "https://salt.example/1?a=1&b=2"
EXPORTS: dict[str, tuple[str, str, str]] = {
    "netscape.html": ("a file of bookmarks", NETSCAPE, "Said of it"),
    "pocket.html": ("an export of Pocket", POCKET, ""),
    "pocket.csv": (
        "an export of Pocket", f"title,url,time_added,tags,status\nOne & all,{ADDRESS},1704103200,ai|Rob ots,unread\n", "",
    ),
    "raindrop.csv": (
        "an export of Raindrop.io",
        (
            "id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite\n"
            f"7,One & all,Said of it,Theirs,{ADDRESS},Rob ots,ai,2024-01-01T10:00:00.000Z,,,false\n"
        ),
        "Said of it",
    ),
    "pinboard.json": (
        "an export of Pinboard",
        json.dumps([{"href": ADDRESS, "description": "One & all", "extended": "Said of it", "meta": "m", "hash": "h",
                     "time": "2024-01-01T10:00:00Z", "shared": "yes", "toread": "no", "tags": "ai Rob_ots"}]),
        "Said of it",
    ),
    "wallabag.json": (
        "an export of wallabag",
        json.dumps([{"is_archived": 0, "is_starred": 0, "tags": ["ai", {"label": "Rob ots"}], "id": 3, "title": "One & all",
                     "url": ADDRESS, "content": "<p>Said <b>of</b> it</p>", "created_at": "2024-01-01T11:00:00+0100",
                     "language": "en", "published_by": ["Ada"], "preview_picture": "https://salt.example/a.png"}]),
        "Said of it",
    ),
    "linkding.json": (
        "an export of linkding",
        json.dumps({"count": 1, "next": None, "results": [{
            "id": 1, "url": ADDRESS, "title": "", "website_title": "One & all", "description": "Said of it", "notes": "",
            "shared": True, "tag_names": ["ai", "Rob ots"], "date_added": "2024-01-01T10:00:00.123456Z"}]}),
        "Said of it",
    ),
    "karakeep.json": (
        "an export of Karakeep",
        json.dumps({"bookmarks": [{"createdAt": 1704103200, "title": "One & all", "tags": ["ai", "Rob ots"],
                                   "content": {"type": "link", "url": ADDRESS}, "note": "Said of it", "archived": False}],
                    "lists": [{"name": "L"}]}),
        "Said of it",
    ),
    "instapaper.csv": (
        "an export of Instapaper",
        f'URL,Title,Selection,Folder,Timestamp,Tags\n{ADDRESS},One & all,Said of it,Unread,1704103200,"[""ai"",""Rob ots""]"\n',
        "Said of it",
    ),
    "readwise.csv": (
        "an export of Readwise Reader",
        (
            "Title,URL,ID,Document tags,Saved date,TableReading progress,Location,Seen\n"
            f"One & all,{ADDRESS},01h,\"['ai', 'Rob ots']\",2024-01-01 10:00:00+00:00,0.5,archive,True\n"
        ),
        "",
    ),
    "table.csv": ("a table", f'Title;Link;Date;Tags\nOne & all;{ADDRESS};2024-01-01 10:00;"ai, Rob ots"\n', ""),
    "lines.jsonl": (
        "a table",
        "\n".join(json.dumps({"title": title, "url": url, "date": "2024-01-01T10:00Z", "tags": ["ai", "Rob ots"]})
                  for title, url in [("One & all", ADDRESS)]) + "\n",
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_known_by_its_content_and_becomes_an_article(workspace: Workspace, name: str) -> None:
    kind, content, said = EXPORTS[name]
    workspace.configure('[topics.AI]\naliases = ["artificial intelligence"]\n')
    out = imported(workspace, "export", content)
    assert out == f"This is {kind}: 1 entry.\nWritten: 1 article into articles/.\n"
    (fields,) = fields_of(workspace)
    assert (fields["title"], fields["originalUrl"], fields.get("excerpt", "")) == ("One & all", ADDRESS, said)
    assert fields["publishedDateTime"] == datetime(2024, 1, 1, 10, 0, tzinfo=UTC)
    assert (fields["topics"], fields["tags"]) == (["AI"], ["Rob_ots" if "pinboard" in name else "Rob ots"])
    assert fields["provider"]["domain"] == "salt.example"
    assert workspace.run("check", "--strict").returncode == 0
    assert imported(workspace, "again", content).endswith("There already, and left as they are: 1.\n")


def test_bookmarks_of_linkding_come_without_its_own_marks(workspace: Workspace) -> None:
    imported(
        workspace,
        "bookmarks.html",
        '<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n<DT><A HREF="https://salt.example/?a=1&copy=2&amp;b=%20" ADD_DATE="1704103200"'
        ' PRIVATE="0" TOREAD="0" TAGS="a,linkding:bookmarks.archived">R&amp;D</A>\n'
        "<DD>Theirs &lt;b&gt;[linkding-notes]mine[/linkding-notes]\n</DL><p>",
    )
    (fields,) = fields_of(workspace)
    assert fields["originalUrl"] == "https://salt.example/?a=1&copy=2&b=%20"
    assert (fields["title"], fields["excerpt"], fields["tags"]) == ("R&D", "Theirs <b> mine", ["a"])


def test_a_text_without_an_address_is_an_article_of_a_full_import_only(workspace: Workspace) -> None:
    note = {
        "createdAt": 1704103200,
        "title": "Note",
        "tags": [],
        "content": {"type": "text", "text": "One\n\n1 < 2"},
    }
    content = json.dumps({"bookmarks": [note]})
    assert 'entry 1, "Note": has no address' in imported(workspace, "k.json", content)
    imported(workspace, "k.json", content, "--full")
    assert (
        (workspace.articles / "2024-01-01-note.html")
        .read_text()
        .endswith("---\n\n<p>One</p>\n<p>1 &lt; 2</p>\n")
    )
    assert "There already, and left as they are: 1." in imported(workspace, "k.json", content, "--full")


def test_a_long_title_stays_and_one_that_is_made_of_a_text_is_short(workspace: Workspace) -> None:
    title, text = "Word " * 50 + "end", "said " * 100
    item = f"<title>{title}</title><link>https://salt.example/1</link><pubDate>2024-01-02</pubDate>"
    imported(
        workspace,
        "a.xml",
        rss(
            item,
            f"<description>{text}</description><link>https://salt.example/2</link><pubDate>2024-01-01</pubDate>",
        ),
    )
    made, whole = (fields["title"] for fields in fields_of(workspace))
    assert (whole, made[:9], made[-1], len(made) <= 100) == (title, "said said", "…", True)


def test_what_would_be_too_large_to_be_read_is_named_and_not_written(workspace: Workspace) -> None:
    workspace.configure(base=f"{CONFIG}max_front_matter = 500\nmax_bytes = 2000\n")
    items = (
        f"<title>{name}</title><link>https://salt.example/{name}</link><pubDate>2024-01-01</pubDate><description><![CDATA[<p>{text}</p>]]></description>"
        for name, text in (("a" * 600, ""), ("b", "x" * 2000), ("c", "x" * 1000))
    )
    out = imported(workspace, "a.xml", rss(*items), "--full")
    assert "is larger than articles.max_front_matter (500 bytes)" in out
    assert 'entry 2, "b": is larger than articles.max_bytes (2,000 bytes)' in out
    assert [file.name for file in workspace.articles.iterdir()] == ["2024-01-01-c.html"]


def test_columns_of_any_table_are_named_with_map(workspace: Workspace) -> None:
    table = "Titel\tLink\tDatum\tText\tWer\nEins\tsalt.example/1\t01.02.2024\tWort\tAda\nZwei\thttps://salt.example/2\t2024-02-13\t<p>A</p>\tBob\n"
    done = workspace.run("import", str(workspace.write("../a.tsv", table)))
    assert done.returncode == 2
    assert (
        "has the columns Titel, Link, Datum, Text, Wer. Say which is which: --map title=COLUMN" in done.stderr
    )
    out = imported(
        workspace,
        "a.tsv",
        table,
        "--map",
        "title=Titel,originalUrl=Link,publishedDateTime=datum",
        "--map",
        "authors=Wer,text=Text",
    )
    assert "Written: 2 articles" in out
    assert 'entry 1, "Eins": "01.02.2024" is not a date that can be read in one way' in out
    assert [fields["title"] for fields in fields_of(workspace)] == ["Zwei", "Eins"]
    assert fields_of(workspace)[0]["provider"] == {"domain": "salt.example", "authors": [{"name": "Bob"}]}
    assert fields_of(workspace)[1]["draft"] is True


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("titel=Titel", "--map: titel is not a field that can be imported. Did you mean title?"),
        ("title=Titl", "--map: there is no column Titl. There are: Titel, Link."),
        ("title", "--map: title is not a field"),
    ],
)
def test_a_mapping_that_fits_nothing_says_what_would(workspace: Workspace, mapping: str, says: str) -> None:
    source = workspace.write("../a.csv", "Titel,Link\nEins,https://salt.example/1\n")
    done = workspace.run("import", str(source), "--map", mapping)
    assert done.returncode == 2
    assert says in done.stderr


def test_what_has_no_date_or_is_private_becomes_a_draft_and_is_told(workspace: Workspace) -> None:
    bookmarks = (
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>"
        '<DT><A HREF="https://salt.example/1" ADD_DATE="1704103200" PRIVATE="1">Hidden</A>'
        '<DT><A HREF="https://salt.example/2" ADD_DATE="0">Undated</A><DT><A HREF="javascript:a()">Script</A>'
    )
    out = imported(workspace, "b.html", bookmarks, "--dry-run")
    assert 'entry 3, "Script": "javascript:a()" is not an http(s) address' in out
    assert not list(workspace.articles.iterdir())
    out = imported(workspace, "b.html", bookmarks)
    assert "of which 2 are drafts." in out
    assert 'entry 1, "Hidden": is private there' in out
    assert 'entry 2, "Undated": has no date' in out
    assert [fields["draft"] for fields in fields_of(workspace)] == [True, True]
    for file in workspace.articles.iterdir():
        file.unlink()
    imported(workspace, "b.html", bookmarks, "--private")
    assert [fields.get("draft", False) for fields in fields_of(workspace)] == [False, True]


@pytest.mark.parametrize("written", ["Mon, 01 Jan 2024 10:00:00 IST", "01/02/2024 10:00", "32 Jan 2024"])
def test_a_date_that_has_two_readings_or_none_is_not_guessed(workspace: Workspace, written: str) -> None:
    out = imported(
        workspace,
        "a.xml",
        rss(f"<title>One</title><link>https://salt.example/1</link><pubDate>{written}</pubDate>"),
    )
    assert f'entry 1, "One": "{written}" is not a date that can be read in one way' in out
    assert "publishedDateTime" not in fields_of(workspace)[0]


def test_nothing_is_written_twice_nor_over_a_file(workspace: Workspace) -> None:
    table = "title,url,date\nSame,https://salt.example/1,2024-01-01\nSame,https://salt.example/2,2024-01-01\nSame,http://salt.example/1,2024-01-01\n"
    mine = workspace.write("2024-01-01-same.md", "mine")
    out = imported(workspace, "a.csv", table)
    assert "Written: 2 articles" in out
    assert "Twice in the source, and written once: 1." in out
    assert sorted(file.name for file in workspace.articles.iterdir()) == [
        "2024-01-01-same-2.md", "2024-01-01-same-3.md", "2024-01-01-same.md",
    ]  # fmt: skip
    assert mine.read_text() == "mine"
    workspace.article("other", originalUrl="https://salt.example/3", removed=True)
    before = {file: file.read_bytes() for file in workspace.articles.iterdir()}
    out = imported(workspace, "a.csv", f"{table}New,https://salt.example/3,2024-01-01\n")
    assert "Written: 0 articles into articles/.\nThere already, and left as they are: 4." in out
    assert {file: file.read_bytes() for file in workspace.articles.iterdir()} == before


def test_two_entries_about_one_page_are_two_articles_but_not_two_with_one_id(workspace: Workspace) -> None:
    item = (
        "<title>{0}</title><link>https://salt.example/1</link><guid>{1}</guid><pubDate>2024-01-0{0}</pubDate>"
    )
    out = imported(workspace, "a.xml", rss(item.format(1, "a"), item.format(2, "b"), item.format(3, "a")))
    assert "Written: 2 articles" in out
    assert "Twice in the source, and written once: 1." in out
    workspace.freeze()
    assert [entry.id for entry in feedparser.parse(workspace.read("all.rss")).entries] == ["b", "a"]


def test_only_a_full_import_takes_texts_and_these_are_published_as_they_are(workspace: Workspace) -> None:
    body = '<h2>A</h2>\n\n<pre>  x\n\n  * y</pre>\n<div><p>1 &lt; 2 &amp;amp; <a href="/b">b</a></p></div>\n\n    <p>four</p>'
    item = (
        f"<title>One</title><link>https://salt.example/1</link><pubDate>2024-01-01</pubDate><dc:creator>Ada</dc:creator>"
        f"<description>Short.</description><content:encoded><![CDATA[{body}]]></content:encoded>"
    )
    imported(workspace, "a.xml", rss(item), "--folder", "theirs")
    assert "four" not in (workspace.articles / "theirs/2024-01-01-one.md").read_text()
    assert fields_of(workspace)[0]["provider"] == {
        "name": "Salt",
        "domain": "salt.example",
        "authors": [{"name": "Ada"}],
    }
    (workspace.articles / "theirs/2024-01-01-one.md").unlink()
    imported(workspace, "a.xml", rss(item), "--full")
    assert (workspace.articles / "2024-01-01-one.html").read_text().endswith(f"---\n\n{body}\n")
    workspace.freeze()
    (entry,) = json.loads(workspace.read("all.json"))["items"]
    assert entry["content_html"] == (
        '<h2>A</h2>\n\n<pre>  x\n\n  * y</pre>\n<div><p>1 &lt; 2 &amp;amp; <a href="https://salt.example/b">b</a></p></div>\n\n'
        "    <p>four</p>"
    )
    assert (entry["summary"], entry["authors"]) == ("Short.", [{"name": "Ada"}])


def test_a_site_without_html_says_what_to_do_before_anything_is_written(workspace: Workspace) -> None:
    workspace.configure(base=f'{CONFIG}include = ["**/*.md"]\n')
    source = workspace.write(
        "../a.xml", rss("<title>One</title><description><![CDATA[<p>A</p>]]></description>")
    )
    done = workspace.run("import", str(source), "--full")
    assert (done.returncode, done.stderr) == (
        2, 'articles.include has no HTML. Add "**/*.html" to it, or import without --full.\n',
    )  # fmt: skip
    assert not list(workspace.articles.iterdir())


def test_topics_are_those_of_the_site_unless_all_are_wanted(workspace: Workspace) -> None:
    workspace.configure('[topics."Open Source"]\naliases = ["FLOSS"]\n')
    item = "<title>One</title><link>https://salt.example/{}</link><pubDate>2024-01-01</pubDate><category>floss</category><category>Misc</category>"
    imported(workspace, "a.xml", rss(item.format(1)), "--topic", "Mine")
    imported(workspace, "b.xml", rss(item.format(2)), "--as-topics")
    first, second = fields_of(workspace)[::-1]
    assert (first["topics"], first["tags"]) == (["Open Source", "Mine"], ["Misc"])
    assert (second["topics"], "tags" in second) == (["Open Source", "Misc"], False)


OPML = """<opml version="2.0"><body><outline text="AI"><outline text="Äda's &quot;Blog&quot;" type="rss" xmlUrl="https://ada.example/feed"/></outline>
<outline text="Äda's &quot;Blog&quot;" xmlUrl="https://bob.example/feed"/><outline text="x" xmlUrl="feed:x"/><outline text="]&#10;[site]" xmlUrl="https://c.example/"/>
</body></opml>"""


def test_a_list_of_feeds_is_printed_as_tables_that_config_toml_takes(workspace: Workspace) -> None:
    workspace.configure("[topics.ai]\n")
    source = workspace.write("../feeds.opml", OPML)
    done = workspace.run("import", str(source))
    assert "3 are new." in done.stderr
    assert 'Not read: 3: "feed:x" is not an http(s) address.' in done.stderr
    found = workspace.configure(f"[topics.ai]\n{done.stdout}").sources
    assert {name: (one.url, one.topics) for name, one in found.items()} == {
        "ada-s-blog": ("https://ada.example/feed", ("ai",)),
        "ada-s-blog-2": ("https://bob.example/feed", ()),
        "site": ("https://c.example/", ()),
    }
    again = workspace.run("import", str(source))
    assert (again.stdout, "3 are in the configuration already." in again.stderr) == ("", True)
    assert not list(workspace.articles.iterdir())


def test_an_address_is_fetched(workspace: Workspace) -> None:
    with serve_pages() as pages:
        url = pages.put("/feed", rss("<title>One</title><link>/1</link><pubDate>2024-01-01</pubDate>"))
        refused = workspace.run("import", url)
        assert refused.returncode == 2
        assert "private network" in refused.stderr
        assert workspace.run("import", url, "--allow-private").returncode == 0
        assert fields_of(workspace)[0]["originalUrl"] == f"{pages.root}/1"


@pytest.mark.parametrize("kind", ["csv", "xml"])
def test_the_charset_that_only_the_server_tells_counts(workspace: Workspace, kind: str) -> None:
    item = "<title>Привет</title><link>https://salt.example/1</link><pubDate>2024-01-01</pubDate>"
    text = rss(item) if kind == "xml" else "title,url,date\nПривет,https://salt.example/1,2024-01-01\n"
    with serve_pages() as pages:
        headers = {"Content-Type": f"text/{kind}; charset=windows-1251"}
        url = pages.put("/source", text.encode("windows-1251"), headers=headers)
        assert workspace.run("import", url, "--allow-private").returncode == 0
    assert fields_of(workspace)[0]["title"] == "Привет"


@pytest.mark.parametrize("ending", ["rss", "atom"])
def test_a_reader_that_knows_the_old_feed_finds_nothing_new_in_ours(
    workspace: Workspace, ending: str
) -> None:
    old = {
        "rss": rss(
            *(
                f"<title>{n}</title><link>https://salt.example/{n}</link><guid>{n}</guid><pubDate>2024-01-0{n}</pubDate>"
                for n in "123"
            ),
            "<title>4</title><link>https://salt.example/4</link><pubDate>2024-01-04</pubDate>",
        ),
        "atom": '<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>Salt</title><updated>2024-01-09T00:00:00Z</updated>'
        + "".join(
            f"<entry><id>http://Salt.example?p={n}</id><title>{n}</title><updated>2024-01-0{n}T00:00:00Z</updated>"
            f'<link href="https://salt.example/{n}"/></entry>'
            for n in "123"
        )
        + "</feed>",
    }[ending]
    with warnings.catch_warnings():
        # Those of a library are not ours.
        warnings.simplefilter("ignore")
        from reader import make_reader

        reader = make_reader(":memory:", feed_root=str(workspace.folder))
        (workspace.folder / "feed.xml").write_text(old)
        reader.add_feed("feed.xml")
        reader.update_feed("feed.xml")
        before = {entry.id for entry in reader.get_entries()}
        imported(workspace, "old.xml", old)
        workspace.freeze()
        (workspace.folder / "feed.xml").write_bytes(workspace.read(f"all.{ending}"))
        reader.update_feed("feed.xml")
        after = {entry.id: entry.updated for entry in reader.get_entries()}
    assert (len(before), set(after)) == (old.count("<title>") - 1, before)


def test_two_imports_at_once_write_each_article_once(workspace: Workspace) -> None:
    records = read_records(recognise(EXPORTS["table.csv"][1].encode()), TableReading()).records
    importers = [Importer(workspace.config, (), Choices()) for _ in range(2)]
    plans = [list(importer.plan(records, {})) for importer in importers]
    assert [importer.write(plan) for importer, (plan,) in zip(importers, plans, strict=True)] == [True, False]
    assert len(list(workspace.articles.iterdir())) == 1


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "'
    + "a" * 2000
    + '">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><rss version="2.0"><channel><title>x</title><item><title>&j;</title><link>https://salt.example/</link></item></channel></rss>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item>'
    "<title>A&x;</title><link>https://salt.example/</link></item></channel></rss>"
)
HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \n\n",
    "binary": bytes(range(256)) * 10,
    "zip": b"PK\x03\x04\x00\x00\x00\x00archive",
    "bomb": BOMB.encode(),
    "bomb of a list": BOMB.replace("<rss", "<opml").encode(),
    "outside": OUTSIDE.encode(),
    "half a feed": rss("<title>One</title><link>https://salt.example/1</link>").encode()[:-40],
    "deep xml": b"<rss><channel><item>" + b"<a>" * 5_000,
    "deep json": b"[" * 100_000,
    "deep list": b"<opml><body>" + b'<outline text="a">' * 5_000,
    "half json": b'[{"url": "https://salt.example/"',
    "json of nothing": b"[]",
    "json of numbers": b"[1, 2]",
    "json with nothing": b"{}",
    "broken lines": b'{"title": "", "url": "https://salt.example/1"}\n{"url": \n[1]\n"a"\n',
    "quote without end": b'title,url\n"One,https://salt.example/1\n',
    "odd cells": b"title,url,date\n\x00,https://salt.example/1,99999999999999999999\na,,\n,,,,\n",
    "nonsense of dates": b"title,url,date\nA,https://salt.example/1,0000-00-00\nB,https://salt.example/2,-1\nC,https://salt.example/3,1e999\n",
    "wrong types": json.dumps([
        {"href": {"a": 1}, "description": [1], "extended": 5, "toread": {}, "time": [], "tags": {"a": {}}, "shared": None},
        {"href": ["https://salt.example/"], "description": None, "extended": None, "toread": None, "tags": 7, "time": True},
    ]).encode(),
    "wrong json feed": b'{"version": "https://jsonfeed.org/version/1", "items": [1, {"id": {}, "tags": 5, "authors": 1, "attachments": [1]}]}',
    "surrogates": b'{"title": "\\ud800", "url": "https://salt.example/1"}',
    "bytes of latin 1": "title,url\nÄther,https://salt.example/1\n".encode("latin-1"),
    "utf-16": "title,url\nÄther,https://salt.example/1\n".encode("utf-16"),
    "many tags": b"<!DOCTYPE NETSCAPE-Bookmark-file-1>" + b"<DL><DT><H3>a" * 20_000,
    "unclosed": b'<!DOCTYPE NETSCAPE-Bookmark-file-1><A HREF="https://salt.example/1' + b"x" * 100_000,
    "long cell": b"title,url\n" + b"x" * 500_000 + b",https://salt.example/1\n",
    "a page": b"<!doctype html><html><head><title>A</title></head><body>Hello</body></html>",
    "path out": b"title,url\n../../../etc/passwd,https://salt.example/1\n",
    "yaml": b'title,url\n"a\n---\npublished: true",https://salt.example/1\n',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_a_source_holds_is_a_sentence_or_an_article(workspace: Workspace, name: str) -> None:
    source = workspace.folder / "source"
    source.write_bytes(HOSTILE[name])
    done = workspace.run("import", "source", "--full")
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert done.stderr.startswith("source: "), done.stderr
        assert len(done.stderr) < 500
    else:
        # What was written is an article, or a draft that the curator completes.
        assert [one for one in workspace.problems(NOW) if one.severity == "error"] == []
    assert {path.name for path in workspace.folder.iterdir()} <= {
        "source",
        "articles",
        "config.toml",
        ".feeds",
    }


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nothing", "source: is empty.\n"),
        ("binary", "source: is not text. If it is an archive, unpack it first.\n"),
        ("deep json", "source: is not JSON: "),
        ("json of numbers", "source: is JSON without a list of objects.\n"),
        ("a page", "source: is a page, and names no feed.\n"),
    ],
)
def test_what_cannot_be_imported_says_why(workspace: Workspace, name: str, says: str) -> None:
    (workspace.folder / "source").write_bytes(HOSTILE[name])
    assert workspace.run("import", "source").stderr.startswith(says)


def test_entries_that_cannot_be_read_are_named_by_number_and_the_others_are_written(
    workspace: Workspace,
) -> None:
    out = imported(workspace, "a.jsonl", HOSTILE["broken lines"])
    assert "Written: 1 article" in out
    assert "Not read: 3\n  entry 2: is not JSON: " in out
    assert "  entry 3: is not an object\n  entry 4: is not an object\n" in out


def test_a_broken_feed_says_where_it_breaks(workspace: Workspace) -> None:
    assert "which is broken (line 2: no element found)" in imported(
        workspace, "a.xml", HOSTILE["half a feed"]
    )


def test_a_file_outside_is_never_read(workspace: Workspace) -> None:
    imported(workspace, "a.xml", HOSTILE["outside"])
    assert "root" not in fields_of(workspace)[0]["title"]


def test_an_encoding_that_is_guessed_is_told(workspace: Workspace) -> None:
    assert "It is not UTF-8, and was read as Windows-1252." in imported(
        workspace, "a.csv", HOSTILE["bytes of latin 1"]
    )
    assert fields_of(workspace)[0]["title"] == "Äther"


def test_a_source_that_is_too_large_or_not_there_is_a_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.collect.imports.sources.MOST_BYTES", 1_000_000)
    (workspace.folder / "a.csv").write_bytes(b"title,url\n" + b"x" * 1_000_000)
    assert workspace.run("import", "a.csv").stderr == "a.csv: is larger than 1 MB. Divide it.\n"
    assert "missing.xml: cannot be read: No such file" in workspace.run("import", "missing.xml").stderr
    assert (
        "--folder: ../out is not below the folder of articles."
        in workspace.run(
            "import",
            str(workspace.write("../b.csv", "title,url\nA,https://salt.example/\n")),
            "--folder",
            "../out",
        ).stderr
    )


@pytest.mark.slow
@for_each(
    "piece",
    ['<A HREF="https://a.example/"><DD>', '<H3>a<DL><A HREF="https://a.example/">', "<H3>", "<DD>x</"],
)
def test_the_time_for_bookmarks_is_proportional_to_their_length(piece: str) -> None:
    count, seconds = (5000, 8) if stressed() else (1500, 0.7)
    text = f"<!DOCTYPE NETSCAPE-Bookmark-file-1>{piece * count}".encode()
    # In time that grows with the square of the length, these take four times as long.
    assert is_quick(measure(lambda: read_records(recognise(text), TableReading())), seconds)


@examples(80, 5000)
@given(
    st.binary(max_size=300)
    | st.text(st.sampled_from('<>{}[]",;:=\n\\&#ahref rsitemoplfd01'), max_size=300).map(str.encode)
    | st.tuples(st.sampled_from([*HOSTILE]), st.integers(0, 400), st.binary(max_size=9)).map(
        lambda cut: HOSTILE[cut[0]][: cut[1]] + cut[2] + HOSTILE[cut[0]][cut[1] : 2000]
    )
)
def test_reading_raises_nothing_but_sentences(data: bytes) -> None:
    with contextlib.suppress(FeedsError):
        content = recognise(data)
        if content.family != "list":
            found = read_records(content, TableReading(full=True))
            assert all(record.problem or record.fields for record in found.records)


def test_a_table_of_what_would_be_written_shows_whole_days_beside_long_titles(workspace: Workspace) -> None:
    title = "A title that is much longer than any narrow terminal has room for beside the other columns"
    feed = (
        '<rss version="2.0"><channel><title>T</title><link>https://a.example/</link><description/>'
        f"<item><title>{title}</title><link>https://a.example/1</link><pubDate>Fri, 02 Jan 2026 10:00:00 GMT</pubDate></item>"
        "</channel></rss>"
    )
    assert " 2026-01-02 " in imported(workspace, "feed.xml", feed, "--dry-run")
