"""Posts of other generators in their own syntax, read as a whole: text, excerpt, and problems with their lines."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from effort import for_each

from feeds.articles.presets import TranslationRules
from feeds.articles.reader import Reader, Reading, ReadingRules
from feeds.config import parse
from feeds.model import Article, PresetName
from feeds.sync import process
from feeds.sync.process import hash_work


def read(preset: PresetName, path: str, text: str, *, bounded: bool = True) -> Reading:
    translation = TranslationRules(preset=preset, base_url="https://blog.example.org/")
    rules = ReadingRules(
        "UTC", "https://feeds.example.org/", 1_000_000, translation=translation, excerpt_words=50
    )
    reader = Reader(rules, bounded=bounded)
    return reader.interpret(path, reader.parse_matter(path, text.encode()))


def read_article(preset: PresetName, path: str, text: str) -> Article:
    found = read(preset, path, text)
    assert found.article is not None, found.problems
    return found.article


YAML = "---\ntitle: T\ndate: 2024-01-02\n---\n\n"
BODIES: list[tuple[PresetName, str, str, str]] = [
    ("hugo", "posts/a.md", YAML + "{{< note >}}One{{< /note >}}", "<blockquote>\n<p><strong>Note</strong></p>\n<p>One</p>\n</blockquote>"),
    ("hugo", "posts/a.md", YAML + '{{< param "title" >}}', "<p>T</p>"),
    ("hugo", "posts/a.org", "#+title: T\n#+date: <2024-01-02 Tue>\n\n/One/ {{< x >}}", "<p><em>One</em> {{&lt; x &gt;}}</p>"),
    ("jekyll", "_posts/2024-01-02-a.md", "---\ntitle: T\n---\n{% if a %}One{% endif %} {{ page.title }}\n{: .x}", "<p>One T</p>"),
    ("docusaurus", "blog/2024-01-02-a.mdx", "import A from 'a'\n\n# T\n\n:::tip\n\nOne\n\n:::", "<blockquote>\n<p><strong>Tip</strong></p>\n<p>One</p>\n</blockquote>"),
    ("astro", "a.md", "---\ntitle: T\npubDate: 2024-01-02\n---\n<C> {a}", "<p>&lt;C&gt; {a}</p>"),
    ("mkdocs", "a.md", YAML + '=== "Tab"\n\n    One', "<p><strong>Tab</strong></p>\n<p>One</p>"),
    ("zola", "a.md", '+++\ntitle = "T"\ndate = 2024-01-02\n+++\n# One {#id}', '<h1 id="one">One</h1>'),
    ("pelican", "a.md", "Title: T\nDate: 2024-01-02\n\n*One*", "<p><em>One</em></p>"),
    ("pelican", "a.rst", "T\n#\n\n:date: 2024-01-02\n\n`One <{static}/a.png>`_", '<p><a href="https://blog.example.org/a.png">One</a></p>'),
    ("nikola", "a.rst", '.. title: T\n.. date: 2024-01-02\n\n``{{% a %}}`` {{% kbd "Ctrl" %}}', "<p><code>{{% a %}}</code> <kbd>Ctrl</kbd></p>"),
    ("nikola", "a.rst", ".. title: T\n.. date: 2024-01-02\n\n=== ===\na   b\n=== ===\n1   2\n=== ===", "<table>"),
    ("obsidian", "a.md", YAML + "[[A|b]] %%c%%", '<p><a href="https://blog.example.org/A">b</a></p>'),
    ("quarto", "a.qmd", YAML + "```{python}\n#| echo: false\nprint(1)\n```", '<pre><code class="language-python">print(1)\n</code></pre>'),
    ("hexo", "a.md", YAML + "{% note %}\nOne\n{% endnote %}", "<blockquote>"),
]  # fmt: skip


@for_each(("preset", "path", "text", "wanted"), BODIES)
def test_a_post_shows_what_its_generator_shows(preset: PresetName, path: str, text: str, wanted: str) -> None:
    article = read_article(preset, path, text)
    assert article.title == "T"
    assert article.published.date().isoformat() == "2024-01-02"
    assert article.body.startswith(wanted)


EXCERPTS: list[tuple[PresetName, str, str]] = [
    ("docusaurus", "2024-01-02-a.mdx", "---\ntitle: T\n---\nOne.\n\nTwo.\n\n{/* truncate */}\n\nThree."),
    ("hexo", "a.md", YAML + "One.\n\nTwo.\n\n<!-- more -->\n\nThree."),
    ("hexo", "a.md", YAML + "One.\n\nTwo.\n\n{% more %}\n\nThree."),
    ("nikola", "a.rst", ".. title: T\n.. date: 2024-01-02\n\nOne.\n\nTwo.\n\n.. TEASER_END\n\nThree."),
    ("hugo", "a.org", "#+title: T\n#+date: 2024-01-02\n\nOne.\n\nTwo.\n\n<!--more-->\n\nThree."),
]


@for_each(("preset", "path", "text"), EXCERPTS)
def test_an_excerpt_ends_at_the_mark_in_every_syntax(preset: PresetName, path: str, text: str) -> None:
    article = read_article(preset, path, text)
    assert article.summary == "One. Two."
    assert article.body.count("<p>") == 3
    assert "\ue0f7" not in article.body


def test_a_note_says_what_was_removed_and_where() -> None:
    (problem,) = read("hugo", "a.md", YAML + "```\n{{< chart >}}\n```\n\n{{< chart >}}\n").problems
    assert (problem.code, problem.severity, problem.line) == ("template-syntax", "note", 10)
    assert '1 shortcode "chart"' in problem.message


def test_a_note_about_a_text_without_front_matter_has_its_line_too() -> None:
    problems = read("mkdocs", "2024/a.md", '\n# T\n\n--8<-- "a.md"\n\nText').problems
    assert [problem.line for problem in problems if problem.code == "template-syntax"] == [4]


def test_a_problem_of_rest_points_at_its_line() -> None:
    found = read("pelican", "a.rst", "T\n#\n\n:date: 2024-01-02\n\nOne\n\n.. image::\n\nTwo\n")
    assert [(one.code, one.line) for one in found.problems] == [("bad-rst", 8)]


@pytest.mark.parametrize("bounded", [True, False])
@pytest.mark.parametrize(
    ("preset", "path", "text"),
    [
        ("pelican", "a.md", "Title: T\nDate: 2024-01-02\n\n{}"),
        ("pelican", "a.rst", "T\n#\n\n:date: 2024-01-02\n\n{}"),
        ("hugo", "a.org", "#+title: T\n#+date: 2024-01-02\n\n{}"),
        ("mkdocs", "2024-01-02.md", "# T\n\n{}"),
    ],
)
def test_long_posts_are_read_like_short_ones(
    preset: PresetName, path: str, text: str, *, bounded: bool
) -> None:
    found = read(preset, path, text.format("Text *in* it.\n\n" * 1000), bounded=bounded)
    assert found.article is not None, found.problems
    assert found.article.title == "T"


def test_without_docutils_a_post_is_held_back_and_its_problem_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "docutils", None)
    found = read("pelican", "a.rst", "T\n#\n\n:date: 2024-01-02\n\nOne")
    assert found.article is None
    assert found.hidden == "faulty"
    (problem,) = found.problems
    assert problem.severity == "error"
    assert "feeds[rst]" in problem.hint


def test_posts_are_read_again_when_docutils_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    site = '[site]\ntitle = "T"\nbase_url = "https://feeds.example.org/"\n[articles]\npath = "a"\npreset = '
    pelican, jekyll = (
        parse(site + f'"{name}"\n', tmp_path / "config.toml") for name in ("pelican", "jekyll")
    )
    before = hash_work(pelican), hash_work(jekyll)
    monkeypatch.setitem(sys.modules, "docutils", None)
    monkeypatch.setattr(process, "find_spec", lambda _name: None)
    assert hash_work(pelican) != before[0]
    assert hash_work(jekyll) == before[1]


def test_fields_of_nikola_in_a_file_beside_the_post_are_asked_for() -> None:
    found = read("nikola", "a.rst", "One\n")
    assert found.article is None
    assert [one.code for one in found.problems if ".meta" in one.message] == ["no-fields"]


def test_a_draft_in_any_syntax_is_hidden() -> None:
    hidden = [
        read("pelican", "a.md", "Title: T\nDate: 2024-01-02\nStatus: draft\n\nOne"),
        read("pelican", "a.rst", "T\n#\n\n:date: 2024-01-02\n:status: hidden\n\nOne"),
        read("nikola", "a.rst", ".. title: T\n.. date: 2024-01-02\n.. status: private\n\nOne"),
        read("nikola", "a.md", "<!--\n.. title: T\n.. date: 2024-01-02\n.. status: draft\n-->\n\nOne"),
        read("hugo", "a.org", "#+title: T\n#+date: 2024-01-02\n#+draft: true\n\nOne"),
    ]
    assert [(one.article, one.hidden) for one in hidden] == [(None, "unpublished")] * 5
