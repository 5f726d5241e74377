"""Files beside articles: what an article of one's own names is published with its page, and nothing else ever is."""

from __future__ import annotations

import os
import struct
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from effort import examples, for_each
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from lxml import etree, html
from sites import CONFIG, NOW, Workspace, tree

from feeds.freeze.freeze import freeze
from feeds.lib.picture_sizes import read_picture_size
from feeds.site import open_site
from feeds.web.app import create
from feeds.web.conditional import find_range

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\x02\0\0\0rest"
SECRET = b"nobody may read this"
SOUND = bytes(range(256)) * 40


def own(workspace: Workspace, name: str, body: str, **fields: object) -> None:
    workspace.article(name, body, **({"originalUrl": None} | fields))


def list_files(workspace: Workspace) -> dict[str, bytes]:
    """Return what is frozen below the pages of articles beside the pages."""
    frozen = tree(workspace.output)
    return {
        path.removeprefix("articles/"): body
        for path, body in frozen.items()
        if path.startswith("articles/") and not path.endswith("index.html")
    }


def list_codes(workspace: Workspace) -> list[tuple[str, int]]:
    return sorted((one.code, one.line) for one in workspace.problems() if one.severity == "warning")


@pytest.fixture
def client(workspace: Workspace) -> FlaskClient:
    """The application of a site with an article, its picture and its sound."""
    workspace.write("posts/pic.png", PNG)
    workspace.write("posts/a.mp3", SOUND)
    own(workspace, "posts/hello", "![x](pic.png) [listen](a.mp3)")
    return create(open_site(workspace.config, NOW).publisher).test_client()


def test_what_an_article_names_is_published_below_its_page_and_nothing_else_is(workspace: Workspace) -> None:
    for name in ("pic.png", "parts/b.JPG", "a.mp3", "paper.pdf", "cover.webp", "unnamed.png"):
        workspace.write(f"posts/{name}", PNG)
    own(
        workspace, "posts/hello", '![x](pic.png?v=1#top) [pdf](./paper.pdf) ![](parts/b.JPG)\n<audio src="a.mp3"></audio>',
        images=["cover.webp"],
    )  # fmt: skip
    workspace.article("posts/link", "![x](unnamed.png)")
    workspace.freeze()
    names = ["a.mp3", "cover.webp", "paper.pdf", "parts/b.JPG", "pic.png"]
    assert sorted(list_files(workspace)) == [f"posts/hello/{name}" for name in names]
    assert set(list_files(workspace).values()) == {PNG}
    assert list_codes(workspace) == []


def test_links_lead_to_the_file_relative_in_the_page_and_absolute_in_feeds(workspace: Workspace) -> None:
    workspace.write("posts/pic.png", PNG)
    own(workspace, "posts/hello", "![x](pic.png)", images=["pic.png"])
    workspace.freeze()
    page = html.document_fromstring(workspace.read("articles/posts/hello/index.html"))
    assert page.xpath("//article//img/@src") == ["./pic.png"]
    assert page.xpath("//article//img/@width | //article//img/@height") == ["640", "480"]
    absolute = "https://feeds.example.org/articles/posts/hello/pic.png"
    assert page.xpath("//meta[@property='og:image']/@content") == [absolute]
    item = msgspec.json.decode(workspace.read("all.json"))["items"][0]
    assert f'src="{absolute}"' in item["content_html"]
    assert item["image"] == absolute
    front = html.document_fromstring(workspace.read("index.html"))
    assert front.xpath("//img[@class='picture']/@src") == ["./articles/posts/hello/pic.png"]


UNPUBLISHED = [
    ("![x](../secret.png)", "outside-file"),
    ("![x](../../../articles/secret.png)", "outside-file"),
    ("![x](%2e%2e/secret.png)", "file-name"),
    ("![x](%2E%2E%2Fsecret.png)", "file-name"),
    ("![x](..%5Csecret.png)", "file-name"),
    ("![x](a%00.png)", "file-name"),
    ("![x](.hidden.png)", "file-name"),
    ("![x](.git/secret.png)", "file-name"),
    ("![x](se%63ret.png)", "file-name"),
    ("![x](two%20words.png)", "file-name"),
    ("![x](missing.png)", "missing-file"),
    ("![x](outside.png)", "missing-file"),
    ("![x](hidden-link.png)", "missing-file"),
    ("![x](draft-link.png)", "missing-file"),
    ("![x](folder.png)", "missing-file"),
    ("![x](linked/secret.png)", "missing-file"),
    ("![x](drawing.svg)", "file-kind"),
    ("[x](page.Xhtml)", "file-kind"),
    ("[x](script.js)", "file-kind"),
    ("![x](large.png)", "large-file"),
]


def test_a_file_that_cannot_be_published_is_a_problem_with_its_line(workspace: Workspace) -> None:
    outside, posts = workspace.folder / "outside", workspace.articles / "posts"
    outside.mkdir()
    workspace.configure("max_asset_bytes = 1000")
    workspace.write("secret.png", SECRET)
    (outside / "secret.png").write_bytes(SECRET)
    for name in (
        "secret.png",
        ".hidden.png",
        ".git/secret.png",
        "two words.png",
        "drawing.svg",
        "script.js",
        "page.Xhtml",
    ):
        workspace.write(f"posts/{name}", SECRET)
    workspace.write("posts/large.png", SECRET * 100)
    workspace.article("posts/draft", "Draft", published=False)
    workspace.write("posts/folder.png/a.txt", b"")
    for link, target in {
        "outside.png": outside / "secret.png", "hidden-link.png": Path(".hidden.png"),
        "draft-link.png": Path("draft.md"), "linked": outside,
    }.items():  # fmt: skip
        (posts / link).symlink_to(target)
    for number, (written, _) in enumerate(UNPUBLISHED):
        own(workspace, f"posts/a{number}", f"Text.\n\n{written}")
    done = workspace.freeze()
    assert list_files(workspace) == {}
    assert SECRET not in b"".join(tree(workspace.output).values())
    expected = {f"posts/a{number}.md": one for number, one in enumerate(UNPUBLISHED)}
    found = {
        one.path: ((workspace.articles / one.path).read_text().splitlines()[one.line - 1], one.code)
        for one in done.problems
    }
    assert found == expected
    assert {(one.path, one.code, one.line) for one in done.problems} <= {
        (one.path, one.code, one.line) for one in workspace.problems()
    }
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    for number, (written, _) in enumerate(UNPUBLISHED):
        asked = written.partition("(")[2].removesuffix(")")
        assert client.get(f"/articles/posts/a{number}/{asked}").status_code in (404, 308), written


_NAMES = st.lists(
    st.sampled_from(
        ["..", ".", "%2e", "%2E", "/", "\\", "%2f", "%00", "a", "SECRET", "secret", ".png", ".PNG", "~", ":"]
    ),
    max_size=8,
).map("".join)


@examples(60, 600, HealthCheck.function_scoped_fixture)
@given(name=_NAMES)
def test_no_path_of_a_request_leads_out_of_what_an_article_names(client: FlaskClient, name: str) -> None:
    """Whatever is asked for, the answer is the picture, the sound, a page or an error."""
    answer = client.get(f"/articles/posts/hello/{name}")
    if answer.status_code == 200 and answer.mimetype != "text/html":
        assert answer.data in (PNG, SOUND)


def test_an_article_with_a_link_without_a_page_or_without_assets_publishes_no_file(
    workspace: Workspace,
) -> None:
    workspace.write("pic.png", PNG)
    own(workspace, "a", "![x](pic.png)")
    for extra in ("[pages]\narticles = 'none'", "assets = false"):
        workspace.configure(extra)
        workspace.freeze()
        assert list_files(workspace) == {}
        client = create(open_site(workspace.config, NOW).publisher).test_client()
        assert client.get("/articles/a/pic.png").status_code == 404


def test_a_page_goes_before_a_file_that_wants_its_address(workspace: Workspace) -> None:
    workspace.write("b.png", PNG)
    own(workspace, "a", "![x](b.png)")
    own(workspace, "a/b.png", "A text.")
    done = workspace.freeze()
    assert [one.code for one in done.problems] == ["same-address"] * (
        "articles/a/b.png/index.html" in done.written
    )


def test_of_two_files_with_one_address_the_one_next_to_it_is_published(workspace: Workspace) -> None:
    workspace.write("b/c.png", b"below the other")
    workspace.write("a/c.png", b"next to it")
    own(workspace, "a", "![x](b/c.png)")
    own(workspace, "a/b", "![x](c.png)")
    workspace.freeze()
    assert list_files(workspace) == {"a/b/c.png": b"next to it"}
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    assert client.get("/articles/a/b/c.png").data == b"next to it"


def test_a_freeze_copies_what_changed_and_removes_what_is_not_named_any_more(workspace: Workspace) -> None:
    workspace.write("pic.png", PNG)
    workspace.write("b.png", PNG)
    own(workspace, "a", "![x](pic.png) ![](b.png)")
    assert {"articles/a/pic.png", "articles/a/b.png"} <= set(workspace.freeze().written)
    assert workspace.freeze().written == []
    workspace.write("pic.png", PNG + b"other")
    assert workspace.freeze().written == ["articles/a/pic.png"]
    wider = PNG.replace(struct.pack(">II", 640, 480), struct.pack(">II", 900, 10))
    workspace.write("pic.png", wider)
    assert sorted(workspace.freeze().written) == ["articles/a/index.html", "articles/a/pic.png"]
    own(workspace, "a", "![](b.png)")
    assert workspace.freeze().deleted == ["articles/a/pic.png"]
    (workspace.articles / "b.png").unlink()
    done = workspace.freeze()
    assert done.deleted == ["articles/a/b.png"]
    assert [one.code for one in done.problems] == ["missing-file"]
    workspace.write("b.png", PNG)
    (workspace.articles / "a.md").unlink()
    workspace.freeze()
    assert list_files(workspace) == {}


def test_no_compressed_copy_is_made_of_what_is_compressed(workspace: Workspace) -> None:
    workspace.configure('[output]\ncompress = ["gzip"]')
    workspace.write("pic.png", PNG + bytes(10_000))
    own(workspace, "a", "![x](pic.png)")
    workspace.freeze()
    assert list(list_files(workspace)) == ["a/index.html.gz", "a/pic.png"]
    assert workspace.freeze().written == []


def test_in_a_store_files_are_read_written_replaced_and_removed_as_in_folders(workspace: Workspace) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    store = MemoryFileSystem()
    config = workspace.configure(
        '[output]\npath = "memory://files/build"', CONFIG.replace('"articles"', '"memory://files/articles"')
    )
    own(workspace, "posts/a", "![x](pic.png) ![x](gone.png) [sound](a.mp3)", featuredContent={"url": "a.mp3"})

    def run() -> tuple[list[str], list[str], list[str]]:
        for path in workspace.articles.rglob("*.md"):
            store.pipe(f"/files/articles/{path.relative_to(workspace.articles)}", path.read_bytes())
        publisher = open_site(config, NOW).publisher
        done = freeze(publisher, "memory://files/build")
        client = create(publisher).test_client()
        answer = client.get("/articles/posts/a/pic.png")
        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        written = [path for path in done.written if path.endswith((".png", ".mp3"))]
        return sorted(written), done.deleted, sorted(one.code for one in done.problems)

    try:
        store.pipe("/files/articles/posts/pic.png", PNG)
        store.pipe("/files/articles/posts/a.mp3", SOUND)
        files = ["articles/posts/a/a.mp3", "articles/posts/a/pic.png"]
        assert run() == (files, [], ["missing-file"])
        assert store.cat("/files/build/articles/posts/a/pic.png") == PNG
        assert f'length="{len(SOUND)}"'.encode() in store.cat("/files/build/all.rss")
        assert run() == ([], [], ["missing-file"])
        store.pipe("/files/articles/posts/pic.png", PNG + b"other")
        assert run() == (files[1:], [], ["missing-file"])
        own(workspace, "posts/a", "![x](pic.png)")
        assert run() == ([], files[:1], [])
    finally:
        store.rm("/files", recursive=True)


def test_an_enclosure_beside_its_article_has_its_length_and_a_new_one_when_it_changes(
    workspace: Workspace,
) -> None:
    workspace.write("posts/a.mp3", SOUND)
    own(
        workspace,
        "posts/a",
        "Text.",
        featuredContent="a.mp3",
        publishedDateTime=datetime(2024, 1, 1, tzinfo=UTC),
    )
    own(
        workspace,
        "posts/b",
        "Text.",
        featuredContent="../a.mp3",
        publishedDateTime=datetime(2023, 1, 1, tzinfo=UTC),
    )

    def read_enclosures() -> list[tuple[str | None, str | None]]:
        workspace.freeze()
        found = etree.fromstring(workspace.read("all.rss")).iter("enclosure")
        return [(one.get("length"), one.get("type")) for one in found]

    assert read_enclosures() == [(str(len(SOUND)), "audio/mpeg"), ("0", "audio/mpeg")]
    item = msgspec.json.decode(workspace.read("all.json"))["items"][0]
    assert item["attachments"][0]["size_in_bytes"] == len(SOUND)
    assert f'length="{len(SOUND)}"'.encode() in workspace.read("all.atom")
    workspace.write("posts/a.mp3", SOUND * 2)
    assert read_enclosures()[0] == (str(2 * len(SOUND)), "audio/mpeg")
    (workspace.articles / "posts/a.mp3").unlink()
    assert read_enclosures()[0] == ("0", "audio/mpeg")


def test_a_file_is_served_with_its_type_for_no_sniffing_and_not_again_if_it_is_the_same(
    client: FlaskClient,
) -> None:
    answer = client.get("/articles/posts/hello/pic.png", headers={"Accept-Encoding": "br, gzip"})
    assert (answer.status_code, answer.data, answer.headers["Content-Type"]) == (200, PNG, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Content-Encoding" not in answer.headers
    head = client.head("/articles/posts/hello/pic.png")
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(PNG)))
    again = client.get("/articles/posts/hello/pic.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_picture_that_is_replaced_is_served_though_no_article_changed(
    workspace: Workspace, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.web.responder._FILE_SECONDS", 0)
    first = client.get("/articles/posts/hello/pic.png")
    path = workspace.write("posts/pic.png", PNG + b"other")
    os.utime(path, (0, 0))
    stale = {"If-None-Match": first.headers["ETag"], "If-Modified-Since": first.headers["Last-Modified"]}
    assert client.get("/articles/posts/hello/pic.png", headers=stale).data == PNG + b"other"
    path.unlink()
    assert client.get("/articles/posts/hello/pic.png").status_code == 404


def test_a_player_gets_the_part_of_a_sound_that_it_asks_for(client: FlaskClient) -> None:
    path, size = "/articles/posts/hello/a.mp3", len(SOUND)
    whole = client.get(path)
    for wanted, first, last in (
        ("0-", 0, size),
        ("5-9", 5, 10),
        ("-7", size - 7, size),
        ("9-999999", 9, size),
    ):
        part = client.get(path, headers={"Range": f"bytes={wanted}"})
        assert (part.status_code, part.data) == (206, SOUND[first:last]), wanted
        assert part.headers["Content-Range"] == f"bytes {first}-{last - 1}/{size}"
        assert (part.headers["Content-Length"], part.mimetype) == (str(last - first), "audio/mpeg")
        assert part.headers["ETag"] == whole.headers["ETag"]
    beyond = client.get(path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    for headers in (
        {"Range": "bytes=0-1,4-5"}, {"Range": "lines=1-2"}, {"Range": "bytes=9-5"},
        {"Range": "bytes=0-1", "If-Range": '"another"'}, {"Range": "bytes=0-1", "If-Range": "Sat, 01 Jun 2024 12:00:00 GMT"},
    ):  # fmt: skip
        assert client.get(path, headers=headers).data == SOUND, headers
    kept = client.get(path, headers={"Range": "bytes=0-1", "If-Range": whole.headers["ETag"]})
    assert (kept.status_code, kept.data) == (206, SOUND[:2])
    unchanged = client.get(path, headers={"Range": "bytes=0-1", "If-None-Match": whole.headers["ETag"]})
    assert unchanged.status_code == 304
    assert client.head(path, headers={"Range": "bytes=0-1"}).status_code == 200
    assert client.get("/all.atom", headers={"Range": "bytes=0-1"}).status_code == 200


@given(st.text(alphabet="bytes=0123456789-, \t", max_size=30), st.integers(0, 50))
def test_any_range_is_a_part_of_the_document_or_none(wanted: str, length: int) -> None:
    part = find_range(wanted, None, "tag", length)
    assert part is None or not part or (part[0] >= 0 and part[-1] < length)


@for_each(
    ("head", "size"),
    [
        (PNG, (640, 480)),
        (b"GIF89a" + struct.pack("<HH", 7, 9), (7, 9)),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0" + bytes((9, 0, 0, 4, 0, 0)), (10, 5)),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<HH", 30, 20), (30, 20)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + (29 | 19 << 14).to_bytes(4, "little"), (30, 20)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08" + struct.pack(">HH", 20, 30), (30, 20)),
        (PNG[:20], None), (b"", None), (b"<svg/>", None), (b"\xff\xd8" + b"\xff" * 40, None),
        (PNG.replace(struct.pack(">II", 640, 480), struct.pack(">II", 0, 1 << 31)), None),
    ],
)  # fmt: skip
def test_the_size_of_a_picture_is_read_from_its_first_bytes(
    head: bytes, size: tuple[int, int] | None
) -> None:
    assert read_picture_size(head) == size


@given(
    st.binary(max_size=60),
    st.sampled_from(
        [PNG[:16], b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8L", b"\xff\xd8\xff\xe1\0\x30Exif\0\0II"]
    ),
)
def test_no_bytes_break_the_reading_of_sizes(rest: bytes, begin: bytes) -> None:
    size = read_picture_size(begin + rest)
    assert size is None or min(size) > 0
