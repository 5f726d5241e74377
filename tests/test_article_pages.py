"""The page of an article: what it shows of a text, where it leads, and when it changes."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from effort import for_each
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from sites import NOW, Workspace, tree

from feeds.publisher.pages.prose import make_prose

PARAGRAPH = "A sentence that is said again. " * 40
LONG = f"## One\n\n{PARAGRAPH}\n\n### Within\n\n{PARAGRAPH}\n\n## Two & *three*\n\n{PARAGRAPH}\n"
PIECES = [
    "<table>", "<tr><td>a</td></tr>", "</table>", "<pre>", "x &lt; y", "</pre>", "<p>text</p>", '<pre class="a>b">',
    "<code>c</code>", "<table title='<pre>'>", "<blockquote>", "</blockquote>",
]  # fmt: skip


def page(workspace: Workspace, name: str) -> html.HtmlElement:
    return html.document_fromstring(workspace.read(f"articles/{name}/index.html"))


def own(workspace: Workspace, number: int, text: str = "Text.", **fields: object) -> None:
    day = NOW - timedelta(days=number)
    workspace.article(f"own-{number}", text, originalUrl=None, publishedDateTime=day, **fields)


def test_a_long_article_begins_with_a_list_of_its_parts(workspace: Workspace) -> None:
    own(workspace, 1, LONG)
    own(workspace, 2, "## One\n\n## Two\n\n## Three\n")
    workspace.freeze()
    links = page(workspace, "own-1").xpath("//details[@class='contents']//a")
    assert [link.text for link in links] == ["One", "Within", "Two & three"]
    ids = page(workspace, "own-1").xpath("//h2/@id | //h3/@id")
    assert [link.get("href") for link in links] == [f"#{id_}" for id_ in ids if not id_.startswith("site-")]
    assert page(workspace, "own-1").xpath("//li[@class='inner']/a/text()") == ["Within"]
    assert not page(workspace, "own-2").xpath("//details[@class='contents']")


@for_each("level", range(1, 6))
def test_parts_are_those_of_the_first_two_levels_that_a_text_has(level: int) -> None:
    text = f"<p>{PARAGRAPH * 3}</p>"
    body = "".join(
        f'<h{n} id="a{place}">Part <em>{place}</em></h{n}>{text}'
        for place, n in enumerate((level, level + 1, level, min(level + 2, 7)))
    )
    parts = make_prose(body + "<h2>No id</h2>" + '<h2 id="empty"><img alt="x"></h2>', "").parts
    expected = [("a0", "Part 0", False), ("a1", "Part 1", True), ("a2", "Part 2", False)]
    assert [tuple(part) for part in parts] == expected


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_what_is_wide_scrolls_and_nothing_else_changes(body: str) -> None:
    made = str(make_prose(body, "https://example.org/").html)
    assert made.replace('<div class="wide" tabindex="0">', "").replace("</table></div>", "</table>").replace(
        '<pre tabindex="0"', "<pre"
    ) == body.replace("</table></div>", "</table>")


def test_tables_and_code_can_be_scrolled_by_keys(workspace: Workspace) -> None:
    own(workspace, 1, "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n")
    workspace.freeze()
    assert page(workspace, "own-1").xpath("//div[@class='wide'][@tabindex='0']/table//td/text()") == [
        "1",
        "2",
    ]
    assert page(workspace, "own-1").xpath("//pre[@tabindex='0']/code/text()") == ["x = 1\n"]
    assert b"tabindex" not in workspace.read("all.atom")


def neighbours(workspace: Workspace, number: int) -> list[str]:
    links = page(workspace, f"own-{number}").xpath("//nav[@class='neighbours']//a")
    return [f"{link.get('rel')} {link.get('href')} {link.text}" for link in links]


def test_a_page_leads_to_the_articles_before_and_after_it(workspace: Workspace) -> None:
    for number in range(1, 4):
        own(workspace, number)
    workspace.article("linked", publishedDateTime=NOW - timedelta(days=1, hours=12))
    workspace.freeze()
    older, newer = "prev ../../articles/own-3/ About own-3", "next ../../articles/own-1/ About own-1"
    assert neighbours(workspace, 2) == [older, newer]
    assert neighbours(workspace, 1) == ["prev ../../articles/own-2/ About own-2"]
    assert neighbours(workspace, 3) == ["next ../../articles/own-2/ About own-2"]
    own(workspace, 9)
    (workspace.articles / "own-1.md").unlink()
    workspace.freeze()
    assert neighbours(workspace, 2) == [older]
    assert neighbours(workspace, 3) == [
        "prev ../../articles/own-9/ About own-9",
        "next ../../articles/own-2/ About own-2",
    ]


@pytest.mark.slow
def test_after_each_edit_a_freeze_gives_the_pages_that_a_new_freeze_gives(workspace: Workspace) -> None:
    for number in range(1, 6):
        own(workspace, number)
    workspace.freeze()
    moved = {"originalUrl": None, "publishedDateTime": NOW - timedelta(days=20)}
    for edit in (
        lambda: own(workspace, 3, title="Edited"),
        (workspace.articles / "own-2.md").unlink,
        lambda: own(workspace, 4, published=False),
        lambda: own(workspace, 7),
        lambda: workspace.article("own-1", "Text.", **moved),
        lambda: workspace.article("own-5", publishedDateTime=NOW - timedelta(days=5)),
        lambda: own(workspace, 4),
    ):
        edit()
        workspace.freeze()
        again = workspace.output.with_name("again")
        workspace.freeze(output=again)
        mine, new = (
            {path: body for path, body in tree(folder).items() if path.startswith("articles/")}
            for folder in (workspace.output, again)
        )
        assert mine == new
        shutil.rmtree(again)


def test_a_link_blogs_page_leads_to_the_source_with_the_own_words_below(workspace: Workspace) -> None:
    workspace.configure('[pages]\narticles = "all"\n')
    workspace.article("linked", "My words. [Down](#end)\n\n## End {#end}\n", excerpt="About it.")
    workspace.freeze()
    found = page(workspace, "linked")
    assert found.xpath("//h1/a/@href") == ["https://example.org/linked"]
    assert found.xpath("//p[@class='onward']/a/text()") == ["Read this at Example"]
    assert "My words." in found.xpath("//div[@class='prose']")[0].text_content()
    assert found.xpath("//div[@class='prose']//a/@href") == ["#end"]
