"""A site's own look: a colour that can be read, and templates that come before ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sites import NOW, ROOT, Workspace

from feeds.cli import main
from feeds.config.accent import (
    DARK,
    GRAPHICS,
    LIGHT,
    TEXT,
    find_readable,
    measure_contrast,
    write_style_sheet,
)
from feeds.errors import ConfigError, SiteTemplateError
from feeds.publisher.marks import add_mark
from feeds.site import open_site
from feeds.web.app import create

STYLE = (ROOT / "feeds/publisher/pages/static" / "style.css").read_text()
EXTENDED = '{% extends "feeds/base.html" %}\n{% block footer %}<p>By Ada</p>{% endblock %}\n'


def colours(sheet: str) -> list[dict[str, str]]:
    """The colours by name, in light and then in dark."""
    return [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part)) for part in sheet.split("@media (prefers")[:2]
    ]


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}"))
def test_any_readable_colour_can_be_read_in_light_and_in_dark(accent: str) -> None:
    readable = find_readable(accent)
    assert find_readable(readable) == readable
    for found, grounds in zip(colours(write_style_sheet(readable).decode()), (LIGHT, DARK), strict=True):
        assert all(measure_contrast(found["accent"], ground) >= TEXT for ground in grounds)
        assert all(measure_contrast(found["bar"], ground) >= GRAPHICS for ground in grounds)


def test_the_colours_of_the_style_sheet_itself_can_be_read() -> None:
    sheet = re.sub(r"#fff\b", "#ffffff", STYLE)
    for found, grounds in zip(colours(sheet), (LIGHT, DARK), strict=True):
        assert (found["ground"], found["raised"]) == grounds
        assert all(
            measure_contrast(found[name], ground) >= TEXT
            for name in ("text", "quiet", "accent")
            for ground in grounds
        )
        assert all(
            measure_contrast(found[name], ground) >= GRAPHICS
            for name in ("bar", "edge")
            for ground in grounds
        )
        assert measure_contrast(found["accent"], found["on-accent"]) >= TEXT


def test_a_colour_that_cannot_be_read_is_refused_with_the_nearest_that_can_be(workspace: Workspace) -> None:
    with pytest.raises(
        ConfigError, match=r'pages\.accent: "#FFCC00" is too pale .*"(#[0-9a-f]{6})"'
    ) as caught:
        workspace.configure('[pages]\naccent = "#FFCC00"\n')
    nearest = find_readable("#FFCC00")
    assert f'"{nearest}"' in str(caught.value)
    assert TEXT <= min(measure_contrast(nearest, ground) for ground in LIGHT) < TEXT + 0.2
    workspace.configure(f'[pages]\naccent = "{nearest}"\n')


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert find_readable("#A33F08") == "#a33f08"
    assert "--accent: #a33f08" in write_style_sheet("#A33F08").decode()
    assert measure_contrast("#000000", "#ffffff") == pytest.approx(21)


def test_pages_link_the_sheet_of_a_colour_if_there_is_one(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.freeze()
    assert b"site.css" not in workspace.read("index.html")
    workspace.configure('[pages]\naccent = "#2255ff"\n')
    workspace.freeze()
    assert b'href="../../static/site.css"' in workspace.read("topics/ai/index.html")
    assert workspace.read("static/site.css") == add_mark("static/site.css", write_style_sheet("#2255ff"))
    workspace.configure()
    assert "static/site.css" in workspace.freeze().deleted
    with pytest.raises(ConfigError, match=r'pages\.accent: "red" is not a colour'):
        workspace.configure('[pages]\naccent = "red"\n')
    with pytest.raises(ConfigError, match=r"pages\.templates: names the folder"):
        workspace.configure('[pages]\ntemplates = "nowhere"\n')


@pytest.fixture
def templates(workspace: Workspace) -> Path:
    folder = workspace.folder / "templates"
    folder.mkdir()
    workspace.configure('[pages]\ntemplates = "templates"\n')
    workspace.article("a")
    return folder


def test_a_template_of_the_site_comes_before_ours_and_may_extend_it(
    workspace: Workspace, templates: Path
) -> None:
    (templates / "base.html").write_text(EXTENDED)
    workspace.freeze()
    for path in ("index.html", "topics/ai/index.html", "404.html"):
        assert b"<p>By Ada</p>" in workspace.read(path)
    (templates / "base.html").write_text(EXTENDED.replace("Ada", "Bob"))
    written = workspace.freeze().written
    assert "topics/ai/index.html" in written
    assert "topics/ai.atom" not in written
    (templates / "base.html").unlink()
    workspace.freeze()
    assert b"By Bob" not in workspace.read("index.html")


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ('{% extends "feeds/base.html" %}\n\n{% block footer %}{{ x', ":3:", "unexpected end of template"),
        ('{% extends "feeds/base.html" %}\n{% block footer %}\n{{ nothing.here }}{% endblock %}', ":3:", "'nothing' is undefined"),
        ('{% extends "feeds/base.html" %}\n{% block footer %}{{ 1 / 0 }}{% endblock %}', ":2:", "division by zero"),
        ('{% include "lost.html" %}', ":1:", 'there is no template "lost.html"'),
    ],
)  # fmt: skip
def test_a_faulty_template_is_a_sentence_with_file_and_line(
    workspace: Workspace, templates: Path, text: str, place: str, says: str
) -> None:
    (templates / "base.html").write_text(text)
    result = CliRunner().invoke(main, ["--config", str(workspace.folder / "config.toml"), "freeze"])
    assert result.exit_code == 2
    assert f"{templates / 'base.html'}{place}" in result.output
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_template_that_breaks_while_it_is_served_costs_its_page_and_no_feed(
    workspace: Workspace, templates: Path
) -> None:
    (templates / "index.html").write_text("{{ nothing.here }}")
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (500, "no-store")
    assert client.get("/all.atom").status_code == 200
    (templates / "index.html").write_text("{% if %}")
    with pytest.raises(SiteTemplateError):
        open_site(workspace.config, NOW)


OWN_CSS = "@font-face { font-family: Ours; src: url(own/ours.woff2); }\n"


@pytest.fixture
def own_files(workspace: Workspace) -> Path:
    folder = workspace.folder / "files"
    (folder / "fonts").mkdir(parents=True)
    (folder / "ours.woff2").write_bytes(b"wOF2\0\1")
    (folder / "fonts" / "B.TTF").write_bytes(b"\0\1")
    (folder / ".DS_Store").write_bytes(b"never")
    (workspace.folder / "own.css").write_text(OWN_CSS)
    workspace.configure('[pages]\ncss = "own.css"\nstatic = "files"\n')
    workspace.article("a")
    return folder


def test_a_style_sheet_and_files_of_the_site_are_published_served_and_frozen(
    workspace: Workspace, own_files: Path
) -> None:
    workspace.freeze()
    assert workspace.read("static/own/ours.woff2") == b"wOF2\0\1"
    assert workspace.read("static/own.css") == add_mark("static/own.css", OWN_CSS.encode())
    page = workspace.read("topics/ai/index.html").decode()
    assert page.index("static/style.css") < page.index('href="../../static/own.css"')
    assert not list(workspace.output.rglob("*DS_Store"))
    client = create(open_site(workspace.config, NOW).publisher).test_client()
    answer = client.get("/static/own/fonts/B.TTF")
    assert (answer.data, answer.headers["Content-Type"]) == (b"\0\1", "font/ttf")
    assert client.get("/static/own.css").headers["Content-Type"] == "text/css; charset=utf-8"
    assert client.get("/static/own/.DS_Store").status_code == 404
    assert "font-src 'self'" in client.get("/").headers["Content-Security-Policy"]
    (own_files / "ours.woff2").write_bytes(b"wOF2\0\2")
    (own_files / "fonts" / "B.TTF").unlink()
    outcome = workspace.freeze()
    assert workspace.read("static/own/ours.woff2") == b"wOF2\0\2"
    assert outcome.deleted == ["static/own/fonts/B.TTF"]
    assert "topics/ai.atom" not in outcome.written


@pytest.mark.parametrize(
    ("name", "says"),
    [("page.html", "is of no kind"), ("ein schönes.png", "cannot stand in an address"), ("a.png.gz", "is of no kind")],
)  # fmt: skip
def test_a_file_that_cannot_be_published_is_named(
    workspace: Workspace, own_files: Path, name: str, says: str
) -> None:
    (own_files / name).write_bytes(b"x")
    with pytest.raises(ConfigError, match=rf"pages\.static: .*{says}"):
        _ = workspace.config


def test_no_link_leads_out_of_the_folder_of_files(workspace: Workspace, own_files: Path) -> None:
    (own_files / "secret.txt").symlink_to(workspace.folder / "config.toml")
    with pytest.raises(ConfigError, match=r'"secret\.txt" is a link out of the folder'):
        _ = workspace.config
    (own_files / "secret.txt").unlink()
    (own_files / "linked.woff2").symlink_to(own_files / "ours.woff2")
    workspace.freeze()
    assert workspace.read("static/own/linked.woff2") == b"wOF2\0\1"


def test_the_foot_of_each_page_has_the_text_and_the_links_of_the_site(workspace: Workspace) -> None:
    workspace.article("a")
    workspace.configure(
        '[pages]\nfooter = "Made in Lisbon & Graz"\nlinks = { About = "/about/", Write = "mailto:a@example.org" }\n'
    )
    workspace.freeze()
    for path in ("index.html", "topics/ai/index.html", "404.html"):
        page = workspace.read(path).decode()
        assert "Made in Lisbon &amp; Graz" in page
        assert '<a href="https://feeds.example.org/about/">About</a>' in page
        assert '<a href="mailto:a@example.org">Write</a>' in page
    with pytest.raises(ConfigError, match=r'pages\.links\.Run: "javascript:x\(\)" is not a usable URL'):
        workspace.configure('[pages]\nlinks = { Run = "javascript:x()" }\n')


def test_the_style_of_the_pages_is_a_choice_of_one_word(workspace: Workspace) -> None:
    workspace.article("a")
    for style in ("paper", "plain", "dense"):
        workspace.configure(f'[pages]\nstyle = "{style}"\n')
        workspace.freeze()
        assert f'data-style="{style}"'.encode() in workspace.read("index.html")
    with pytest.raises(ConfigError, match=r"Allowed are: paper, plain, dense"):
        workspace.configure('[pages]\nstyle = "loud"\n')


def test_which_articles_have_pages_is_a_choice_and_links_of_feeds_stay(workspace: Workspace) -> None:
    workspace.article("linked", "My words about it.", originalUrl="https://example.org/linked")
    workspace.article("own", "A text of my own.", originalUrl=None)
    workspace.article("bare")
    pages = {}
    feeds = {}
    for which in ("own", "all", "none"):
        workspace.configure(f'[pages]\narticles = "{which}"\n')
        workspace.freeze()
        pages[which] = sorted(
            path.parent.name for path in (workspace.output / "articles").rglob("index.html")
        )
        feeds[which] = workspace.read("all.atom")
        assert (b"articles/linked/" in workspace.read("sitemap.xml")) is (which == "all")
        assert (b'href="../articles/linked/"' in workspace.read("all/index.html")) is (which == "all")
    assert pages == {"own": ["own"], "all": ["linked", "own"], "none": []}
    assert feeds["own"] == feeds["all"]
    assert b"https://feeds.example.org/articles/" not in feeds["none"]
