"""`feeds init` and `feeds new`: from nothing, or from the folder of another generator, to a site."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from feeds.cli import main
from feeds.collect.folders import find_folder_of_posts
from feeds.collect.generators import recognise
from feeds.collect.new import format_fields, quote
from feeds.config import load
from feeds.lib.storage.files import create_file

POST = "---\ntitle: A post\ndate: 2024-01-02\npublishedDateTime: 2024-01-02\n---\nText.\n"


def command(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(main, words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_from_an_empty_folder_to_a_frozen_site_no_question_is_asked_in_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = command(tmp_path, monkeypatch, "init", "--title", 'Ada\'s "News"', "--language", "de")
    assert result.exit_code == 0, result.output
    assert "Written: config.toml, articles/welcome.md, .gitignore." in result.output
    assert "1 article, which is published." in result.output
    config = load(tmp_path / "config.toml")
    assert (config.site.title, config.site.language) == ('Ada\'s "News"', "de")
    assert command(tmp_path, monkeypatch, "check", "--strict").exit_code == 0
    assert command(tmp_path, monkeypatch, "freeze", "--strict").exit_code == 0
    assert "Welcome to Ada" in (tmp_path / "build" / "all.atom").read_text("utf-8")


def test_nothing_that_is_there_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, **{".gitignore": "/build/\n", "netlify.toml": "mine\n", "posts/a.md": POST})
    result = command(tmp_path, monkeypatch, "init", "--netlify", "--nginx")
    assert result.exit_code == 0, result.output
    assert "There already, and left as it is: .gitignore, netlify.toml." in result.output
    assert "Add to .gitignore: /.feeds/." in result.output
    assert (tmp_path / ".gitignore").read_text() == "/build/\n"
    assert (tmp_path / "netlify.toml").read_text() == "mine\n"
    assert not (tmp_path / "articles").exists()
    config = load(tmp_path / "config.toml")
    assert (config.articles.path, config.output.hosts) == ("posts", ("nginx", "netlify"))
    again = command(tmp_path, monkeypatch, "init")
    assert again.exit_code == 2
    assert "config.toml: is there already." in again.output


@pytest.mark.parametrize("host", ["--github-pages", "--compose"])
def test_a_host_gets_the_files_that_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    assert command(tmp_path, monkeypatch, "init", host).exit_code == 0
    expected = {
        "--github-pages": [".github/workflows/feeds.yml"],
        "--compose": ["compose.yaml", "Containerfile"],
    }
    assert all((tmp_path / name).stat().st_size for name in expected[host])
    hosts = load(tmp_path / "config.toml").output.hosts
    assert hosts == (("github-pages",) if host == "--github-pages" else ())


TEXTS = st.text(max_size=30)
FIELDS = st.dictionaries(
    st.sampled_from(["title", "excerpt", "id"]),
    st.one_of(
        TEXTS,
        st.integers(0, 10**6),
        st.booleans(),
        st.datetimes(timezones=st.just(timezone(timedelta(hours=5, minutes=30)))).map(
            lambda one: one.replace(microsecond=0)
        ),
        st.lists(TEXTS, max_size=3),
        st.dictionaries(st.sampled_from(["name", "url"]), TEXTS.filter(bool), min_size=1),
        st.lists(
            st.dictionaries(st.sampled_from(["name", "url"]), TEXTS.filter(bool), min_size=1), max_size=3
        ),
    ),
)


@examples(40, 3000)
@given(FIELDS)
def test_front_matter_that_is_written_is_read_as_the_same_values(fields: dict[str, Any]) -> None:
    filled = {name: value for name, value in fields.items() if value not in ("", [], {})}
    text = format_fields(filled)
    assert (yaml.safe_load(text.strip("-\n")) or {}) == filled


@given(TEXTS)
def test_toml_reads_a_quoted_text_as_the_same(text: str) -> None:
    assert tomllib.loads(f"a = {quote(text)}") == {"a": text}


def test_a_new_file_replaces_none_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    assert create_file(tmp_path / "a.md", b"one")
    assert not create_file(tmp_path / "a.md", b"two")
    assert not create_file(tmp_path, b"three")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.md", b"one")]


def test_a_missing_configuration_says_how_to_write_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = command(tmp_path, monkeypatch, "check")
    assert result.exit_code == 2
    assert "feeds init" in result.output


SITES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "hugo": (
        {
            "hugo.toml": 'baseURL = "https://blog.example.org"\ntitle = "Salt"\nlanguageCode = "en-gb"\ntimeZone = "Europe/London"\n'
            '[permalinks]\nposts = "/:year/:slug/"\n',
            "content/posts/a.md": POST,
        },
        ("content/posts", "Salt", "https://blog.example.org/", "en-gb", "Europe/London", "/:year/:slug/"),
    ),
    "jekyll": (
        {
            "_config.yml": "title: Salt\nurl: https://blog.example.org\nbaseurl: /notes\npermalink: /:title/\ntimezone: Asia/Tokyo\n",
            "_posts/2024-01-02-a.md": POST,
        },
        ("_posts", "Salt", "https://blog.example.org/notes/", "", "Asia/Tokyo", "/:title/"),
    ),
    "hexo": (
        {"_config.yml": "title: Salt\nurl: https://blog.example.org\nlanguage: de\npermalink: :year/:title/\n", "source/_posts/a.md": POST},
        ("source/_posts", "Salt", "https://blog.example.org/", "de", "", ":year/:title/"),
    ),
    "zola": (
        {"config.toml": 'base_url = "https://blog.example.org"\ntitle = "Salt"\ndefault_language = "fr"\n', "content/blog/a.md": POST},
        ("content/blog", "Salt", "https://blog.example.org/", "fr", "", ""),
    ),
    "pelican": (
        {
            "pelicanconf.py": "import os\nSITENAME = 'Salt'\nSITEURL = ''\nTIMEZONE = 'Europe/Rome'\nDEFAULT_LANG = 'it'\nPATH = os.getcwd()\n",
            "publishconf.py": "from pelicanconf import *\nSITEURL = 'https://blog.example.org'\n",
            "content/a.md": POST,
        },
        ("content", "Salt", "https://blog.example.org/", "it", "Europe/Rome", ""),
    ),
    "nikola": (
        {"conf.py": "BLOG_TITLE = 'Salt'\nSITE_URL = 'https://blog.example.org/'\nTIMEZONE = 'UTC'\n", "posts/a.rst": "A\n=\n"},
        ("posts", "Salt", "https://blog.example.org/", "", "UTC", ""),
    ),
    "mkdocs": (
        {
            "mkdocs.yml": "site_name: Salt\nsite_url: https://blog.example.org/\nmarkdown_extensions:\n  - a: {b: !!python/name:os.system }\n",
            "docs/blog/posts/a.markdown": POST,
        },
        ("docs/blog/posts", "Salt", "https://blog.example.org/", "", "", ""),
    ),
    "quarto": (
        {"_quarto.yml": "website:\n  title: Salt\n  site-url: https://blog.example.org\nlang: nl\n", "posts/a/index.qmd": POST},
        ("posts", "Salt", "https://blog.example.org/", "nl", "", ""),
    ),
    "docusaurus": (
        {
            "website/docusaurus.config.js": "module.exports = {\n  title: 'Salt',\n  url: 'https://blog.example.org',\n  baseUrl: '/en/',\n};\n",
            "website/blog/a.md": POST,
        },
        ("website/blog", "Salt", "https://blog.example.org/en/", "", "", ""),
    ),
    "astro": (
        {
            "astro.config.mjs": "export default defineConfig({\n  site: 'https://blog.example.org',\n})\n",
            "src/consts.ts": "export const SITE_TITLE = 'Salt'\n",
            "src/content/blog/a.md": POST,
        },
        ("src/content/blog", "Salt", "https://blog.example.org/", "", "", ""),
    ),
    "middleman": (
        {
            "config.rb": "set :url, 'https://blog.example.org'\nactivate :blog do |blog|\n  blog.prefix = 'news'\nend\nactivate :directory_indexes\n",
            "source/news/2024-01-02-a.html.md": POST,
        },
        ("source/news", "", "https://blog.example.org/", "", "", "/news/{year}/{month}/{day}/{title}/"),
    ),
    "eleventy": (
        {".eleventy.js": "", "_data/metadata.json": '{"title": "Salt", "url": "https://blog.example.org"}', "posts/a.md": POST},
        ("posts", "Salt", "https://blog.example.org/", "", "", ""),
    ),
    "obsidian": ({".obsidian/app.json": "{}", "notes/a.md": POST}, (".", "", "", "", "", "")),
}  # fmt: skip


@pytest.mark.parametrize("generator", SITES)
def test_the_configuration_of_a_generator_says_what_would_be_asked(tmp_path: Path, generator: str) -> None:
    files, expected = SITES[generator]
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert found == (generator, *expected, "")


def test_a_configuration_that_cannot_be_read_is_no_traceback_and_nothing_of_it_is_run(tmp_path: Path) -> None:
    bad = {
        "conf.py": "raise SystemExit('run')\nBLOG_TITLE = open('/x')\n",
        "_config.yml": "a: [\n",
        "hugo.toml": "= =",
    }
    write(tmp_path, **bad, **{"posts/a.md": POST, "content/a.md": POST, "_posts/a.md": POST})
    found = recognise(tmp_path)
    assert found is not None
    assert (found.generator, found.title, found.url) == ("hugo", "", "")


def test_where_a_generator_has_a_config_toml_ours_is_feeds_toml_and_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, **{"config.toml": 'base_url = "https://blog.example.org"\n', "content/a.md": POST})
    before = (tmp_path / "config.toml").read_text()
    result = command(tmp_path, monkeypatch, "init")
    assert "This is a site of Zola, with its posts in content/." in result.output
    assert "Written: feeds.toml, .gitignore." in result.output
    assert (tmp_path / "config.toml").read_text() == before
    assert command(tmp_path, monkeypatch, "check").exit_code == 0


def test_the_folder_of_posts_is_the_smallest_with_most_of_them(tmp_path: Path) -> None:
    posts = {f"notes/{year}/{n}.md": POST for year in (2023, 2024) for n in range(3)}
    write(tmp_path, **posts, **{"README.md": "# No front matter", "about/a.md": POST, ".hidden/a.md": POST})
    assert find_folder_of_posts(tmp_path) == ("notes", "", "")
    assert find_folder_of_posts(tmp_path / ".hidden" / "..") == ("notes", "", "")
    (tmp_path / "none").mkdir()
    assert find_folder_of_posts(tmp_path / "none") is None


FOREIGN = "---\ntitle: A post\ndate: 2024-01-02\ntags: [salt]\n---\nText.\n"


@pytest.mark.parametrize(("ending", "preset"), [("md", "hugo"), ("mdx", "astro")])
def test_dated_posts_of_an_unknown_generator_are_published_with_a_preset_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, preset: str
) -> None:
    pages = {f"content/guide/{n}.md": "---\ntitle: A page\n---\nText.\n" for n in range(5)}
    write(tmp_path, **pages, **{f"content/blog/2024/{n}.{ending}": FOREIGN for n in range(2)})
    result = command(tmp_path, monkeypatch, "init")
    # Not in content/blog/2024, in which the posts of the next year will not be.
    assert "There are texts with front matter in content/blog/." in result.output
    assert "2 articles, 2 of them published." in result.output
    config = load(tmp_path / "config.toml")
    assert (config.articles.path, config.articles.preset) == ("content/blog", preset)
    assert command(tmp_path, monkeypatch, "check", "--strict").exit_code == 0


@pytest.mark.parametrize(
    "name",
    ["2024-01-0{}-salt.md", "2024/01-0{}-salt.md", "2024/1/{}/salt.md", "2024/2024-01-0{}-salt/index.md"],
)
@pytest.mark.parametrize("matter", ["---\ntags: [salt]\n---\n", ""])
def test_posts_whose_day_is_in_their_path_are_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, matter: str
) -> None:
    """More of them than of pages whose front matter only looks like a date."""
    pages = {f"reference/{n}.md": "---\ntitle: A\ndate: |\n  Of days.\n---\nText.\n" for n in range(2)}
    posts = {f"blog/posts/{name.format(n)}": f"{matter}\n# On salt\n\nText.\n" for n in (1, 2, 3)}
    write(
        tmp_path,
        **pages,
        **posts,
        **{"blog/posts/first.md": "---\ntitle: No day\n---\n", "CNAME": "blog.example.org\n"},
    )
    result = command(tmp_path, monkeypatch, "init")
    assert "There are texts with front matter in blog/posts/." in result.output
    assert "4 articles, 3 of them published." in result.output
    config = load(tmp_path / "config.toml")
    assert (config.articles.base_url, config.site.base_url) == (
        "https://blog.example.org/", "https://blog.example.org/feeds/",
    )  # fmt: skip


def test_a_day_at_the_beginning_of_all_names_needs_no_preset_that_reads_more_into_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        f"source/blog/2024-01-0{n}-a.html.markdown": "---\ntitle: A\n---\nWrite {{view}}.\n" for n in (1, 2)
    }
    result = command(write(tmp_path, **files), monkeypatch, "init")
    assert "2 articles, 2 of them published." in result.output
    assert command(tmp_path, monkeypatch, "freeze").exit_code == 0
    assert "Write {{view}}." in (tmp_path / "build" / "all.json").read_text()


def test_the_sections_of_a_blog_are_found_together(tmp_path: Path) -> None:
    sections = {f"pages/en/blog/{name}/a.md": FOREIGN for name in ("events", "news", "npm")}
    releases = {f"pages/en/blog/release/{n}.md": FOREIGN for n in range(9)}
    pages = {f"pages/en/about/{n}.md": "---\ntitle: A\n---\n" for n in range(3)}
    write(tmp_path, **sections, **releases, **pages)
    assert find_folder_of_posts(tmp_path) == ("pages/en/blog", "hugo", "")


def test_posts_of_next_may_be_in_the_folder_that_is_published(tmp_path: Path) -> None:
    write(
        tmp_path, **{"README.md": "# A", "public/first/index.md": FOREIGN, "public/second/index.md": FOREIGN}
    )
    assert find_folder_of_posts(tmp_path) is None
    write(tmp_path, **{"next.config.js": ""})
    assert find_folder_of_posts(tmp_path) == ("public", "docusaurus", "")


def test_notebooks_are_counted_since_they_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = '{"cells": [], "metadata": {"date": "2024-01-02"}}'
    result = command(write(tmp_path / "a", **{"a.ipynb": notebook, "b.ipynb": notebook}), monkeypatch, "init")
    assert "2 notebooks (.ipynb) cannot be read: export what is for readers as Markdown.\n" in result.output
    assert "texts with front matter" not in result.output
    files = {
        "_quarto.yml": "",
        "posts/a/index.qmd": POST,
        "posts/b/index.ipynb": notebook,
        "c.ipynb": notebook,
    }
    result = command(write(tmp_path / "b", **files), monkeypatch, "init")
    assert "\n1 notebook (.ipynb) cannot be read: " in result.output


def test_a_folder_that_jekyll_names_gets_its_preset_and_a_guess_says_that_it_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, **{"src/_posts/2024-01-02-a.md": FOREIGN, "CNAME": "blog.example.org\n"})
    assert command(tmp_path, monkeypatch, "init").exit_code == 0
    written = (tmp_path / "config.toml").read_text()
    assert '\npreset = "jekyll"   # no generator was recognised: ' in written
    assert '\nbase_url = "https://blog.example.org/"   # where the articles are\n# permalink = ' in written


def test_whoever_has_no_dates_is_told_that_none_is_invented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = {"notes/.obsidian/app.json": "{}", "notes/a.md": "Text.", "notes/b.md": "---\na: 1\na: 2\n---\n"}
    result = command(write(tmp_path, **vault) / "notes", monkeypatch, "init")
    assert "2 articles, 0 of them published." in result.output
    assert "\n  1 held back: date is missing.\n" in result.output
    assert '\n  1 held back: the key "a" stands here for the second time.\n' in result.output
    assert "\nNo date is invented: write `date: 2024-01-31` into what is for readers; " in result.output


def test_a_permalink_is_written_once_it_is_known_where_the_articles_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a file for GitHub Pages knows it."""
    files = {"_config.yml": "title: S\npermalink: /blog/:title/\n", "_posts/2024-01-02-a.md": POST}
    write(tmp_path, **files)
    assert command(tmp_path, monkeypatch, "init").exit_code == 0
    assert '\n# permalink = "/blog/:title/"\n' in (tmp_path / "config.toml").read_text()
    (tmp_path / "config.toml").unlink()
    write(tmp_path, CNAME="blog.example.org\n")
    command(tmp_path, monkeypatch, "init")
    config = load(tmp_path / "config.toml")
    assert (config.articles.base_url, config.articles.permalink) == (
        "https://blog.example.org/",
        "/blog/:title/",
    )


@pytest.mark.parametrize(
    ("text", "preset"),
    [
        ("title: A\ndate: 2024-01-02\ntags:\n- salt\n---\nText.\n", "hexo"),
        ("Title: A\nDate: 2024-01-02\nTags: salt\n\nText.\n", "pelican"),
    ],
)
def test_posts_whose_fields_have_no_line_before_them_get_a_preset_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, preset: str
) -> None:
    """Also those that have one beside them; a text of letters is no post."""
    write(
        tmp_path,
        **{"a.md": text, "b.md": text, "c.md": FOREIGN, "letters.txt": "Dear reader: salt.\n\nYours\n"},
    )
    result = command(tmp_path, monkeypatch, "init")
    assert load(tmp_path / "config.toml").articles.preset == preset
    assert ", 3 of them published." in result.output


@pytest.mark.parametrize(
    ("text", "preset"),
    [
        ("See [[Other note]].", "obsidian"),
        ("- ![[picture.png]] and [[a|b]]", "obsidian"),
        ("`[[code]]` and if [[ -f a ]]", "hugo"),
        ("    [[code]]", "hugo"),
        ("See [a](b) [[1]](https://a.example/).", "hugo"),
    ],
)
def test_notes_with_links_to_others_are_a_vault_also_without_the_settings_of_its_program(
    tmp_path: Path, text: str, preset: str
) -> None:
    """One of four notes has such a link."""
    notes = {f"notes/{n}.md": "---\ncreated: 2024-01-02\n---\nText.\n" for n in range(3)}
    write(tmp_path, **notes, **{"notes/a.md": f"---\ncreated: 2024-01-02\n---\n# A\n\n{text}\n"})
    assert find_folder_of_posts(tmp_path) == ("notes", preset, "")


def test_a_date_that_is_a_link_is_a_date_of_a_vault(tmp_path: Path) -> None:
    pages = {f"pages/{n}.md": "---\ntitle: A\n---\nText.\n" for n in range(3)}
    write(tmp_path, **pages, **{"notes/a.md": '---\ncreated: "[[2024-01-02]]"\n---\nText.\n'})
    assert find_folder_of_posts(tmp_path) == ("notes", "obsidian", "")


def test_the_two_languages_of_an_astro_site_keep_their_addresses_apart(tmp_path: Path) -> None:
    """Both have routes, of which none is that of all posts."""
    files = {f"src/content/blog_{one}/a.md": POST for one in ("en", "ja")}
    routes = {f"src/pages/blog/{one}/[slug].astro": "" for one in ("en", "ja")} | {
        "src/pages/[slug].astro": ""
    }
    found = recognise(write(tmp_path, **{"astro.config.mjs": ""}, **files, **routes))
    assert found is not None
    assert (found.posts, found.permalink) == ("src/content", "")


def test_the_data_of_an_eleventy_site_may_be_in_any_of_the_usual_folders(tmp_path: Path) -> None:
    data = "export default {\n  title: 'Salt',\n  url: 'https://blog.example.org',\n  lang: 'de',\n}\n"
    for number, name in enumerate(
        ("_data/metadata.js", "src/_data/site.js", "src/data/site.js", "src/site/_data/meta.mjs")
    ):
        site = write(tmp_path / str(number), **{"eleventy.config.js": "", "src/posts/a.md": POST, name: data})
        found = recognise(site)
        assert found is not None
        assert (found.title, found.url, found.language) == ("Salt", "https://blog.example.org/", "de")


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("permalink: function ({page}) { return `/web/${ page.fileSlug }/`; }", 'permalink = "/web/{{ page.fileSlug }}/"'),
        ("permalink: (data) => `/${data.page.filePathStem}/`", 'permalink = "/{{ page.filePathStem }}/"'),
        ("permalink: (data) => data.draft ? false : `/${data.page.fileSlug}/`", '# permalink = "{{ function | posts.11tydata.js }}"'),
        ("permalink: (data) => `/${data.year}/${data.page.fileSlug}/`", '# permalink = "{{ function | posts.11tydata.js }}"'),
    ],
)  # fmt: skip
def test_a_function_of_an_eleventy_site_that_returns_one_pattern_is_that_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, line: str
) -> None:
    data = f"export default {{\n  {program},\n  other() {{ return `x`; }},\n}};\n"
    files = {"eleventy.config.js": "", "_data/site.yaml": "host: https://salt.example\n", "posts/a.md": POST}
    write(tmp_path, **files, **{"posts/posts.11tydata.js": data})
    assert command(tmp_path, monkeypatch, "init").exit_code == 0
    written = (tmp_path / "config.toml").read_text()
    assert f"\n{line}" in written
    assert '\nbase_url = "https://salt.example/" ' in written


def test_templates_are_no_texts_with_front_matter(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{"templates/a.html": "{% extends 'b' %}", "templates/c.html": "{{ title }}", "d.html": "{# e #}"},
    )
    assert find_folder_of_posts(tmp_path) is None
    write(tmp_path, **{"notes/a.md": '{ "title": "A", "date": "2024-01-02" }\nText.\n'})
    assert find_folder_of_posts(tmp_path) == ("notes", "hugo", "")
    write(tmp_path, **{"next.config.mjs": ""})
    assert find_folder_of_posts(tmp_path) == ("notes", "docusaurus", "")


HUGO: dict[str, tuple[dict[str, str], tuple[str, str, str]]] = {
    "a folder for each language": (
        {"hugo.toml": "title = 'S'\n", "content/de/blog/a.md": POST, "content/en/blog/a.md": POST, "content/en/a.md": POST},
        ("content/en/blog", "S", ""),
    ),
    "another main language": (
        {
            "hugo.toml": "title = 'S'\ndefaultContentLanguage = 'de'\n",
            "content/de/posts/a.md": POST,
            "content/en/posts/a.md": POST,
        },
        ("content/de/posts", "S", ""),
    ),
    "contentDir": ({"hugo.yaml": "title: S\ncontentDir: texts\n", "texts/news/a.md": POST, "content/a.md": POST}, ("texts/news", "S", "")),
    "contentDir of the language, in a table of its own": (
        {
            "config/_default/hugo.toml": "",
            "config/_default/languages.en.toml": "title = 'S'\ncontentDir = 'content/en'\n",
            "config/_default/languages.fr.toml": "title = 'T'\ncontentDir = 'content/fr'\n",
            "content/en/post/a.md": POST,
            "content/fr/post/a.md": POST,
        },
        ("content/en/post", "S", ""),
    ),
    "only the permalinks of the section": (
        {
            "hugo.toml": "title = 'S'\n[permalinks]\nposts = '/no/:slug/'\n[permalinks.page]\nblog = '/:year/:slug/'\n",
            "content/blog/a.md": POST,
        },
        ("content/blog", "S", "/:year/:slug/"),
    ),
    "permalinks in a file": (
        {"hugo.toml": "title = 'S'\n", "config/_default/permalinks.yaml": "articles: /:slug/\n", "content/articles/a.md": POST},
        ("content/articles", "S", "/:slug/"),
    ),
    "ugly addresses of a section": (
        {
            "hugo.toml": "title = 'S'\n[uglyURLs]\npost = true\n[permalinks]\npost = '/:year/:slug/'\n",
            "content/post/a.md": POST,
        },
        ("content/post", "S", "/:year/:slug.html"),
    ),
    "ugly addresses": (
        {"hugo.toml": "title = 'S'\nuglyURLs = true\n", "content/posts/a.md": POST},
        ("content/posts", "S", "/:sections/:slugorfilename.html"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", HUGO)
def test_posts_of_hugo_are_those_of_the_main_language_with_the_addresses_of_their_section(
    tmp_path: Path, kind: str
) -> None:
    files, expected = HUGO[kind]
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert (found.posts, found.title, found.permalink) == expected


@pytest.mark.parametrize(
    ("collections", "expected"),
    [("collections:\n  posts:\n    permalink: /news/:title/\n", "/news/:title/"), ("", "/:title.html")],
)
def test_the_addresses_of_jekylls_collection_of_posts_come_before_those_of_the_site(
    tmp_path: Path, collections: str, expected: str
) -> None:
    write(
        tmp_path, **{"_config.yml": f"permalink: /:title.html\n{collections}", "_posts/2024-01-02-a.md": POST}
    )
    found = recognise(tmp_path)
    assert found is not None
    assert found.permalink == expected


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("[year]/[month]/[day]/[slug].astro", "/:year/:month/:day/:slug/"),
        ("posts/[...slug].astro", ""),
        ("blog/[...slug].astro", "/blog/:file/"),
        ("[...id].astro", "/:file/"),
        ("blog/en/[slug].astro", "/blog/en/:file/"),
        ("en/[slug].astro", "/en/:file/"),
        ("tags/[tag].astro", ""),
        ("community/teams/[...slug].astro", ""),
        ("[page].astro", ""),
    ],
)
def test_the_addresses_of_astros_posts_are_those_of_their_only_route(
    tmp_path: Path, route: str, expected: str
) -> None:
    files = {
        "astro.config.mjs": "",
        "src/content/posts/a.md": POST,
        f"src/pages/{route}": "",
        "src/pages/og/[...route].ts": "",
    }
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert found.permalink == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("POSTS = (('posts/*.rst', 'posts', 'post.tmpl'),)\n", ("posts", "")),
        ("POSTS = (('posts/*.rst', 'blog', 'post.tmpl'),)\n", ("posts", "/blog/:sections[1:]/:slug/")),
        ("POSTS = [('posts/*.rst', '', 'post.tmpl')]\n", ("posts", "/:sections[1:]/:slug/")),
        (
            "POSTS = (('posts/*.rst', 'posts', 'p'),)\nPRETTY_URLS = False\n",
            ("posts", "/posts/:sections[1:]/:slug.html"),
        ),
        ("POSTS = (('texts/news/*.md', 'news', 'p'),)\n", ("texts/news", "/news/:sections[2:]/:slug/")),
        # The first folder that there is.
        (
            "POSTS = (('none/*.md', 'x', 'p'), ('texts/news/*.md', 'news', 'p'))\n",
            ("texts/news", "/news/:sections[2:]/:slug/"),
        ),
        ("POSTS = 5\n", ("posts", "")),
        ("POSTS = ()\n", ("posts", "")),
    ],
)
def test_the_folder_and_the_addresses_of_nikolas_posts_are_those_of_its_configuration(
    tmp_path: Path, lines: str, expected: tuple[str, str]
) -> None:
    files = {"conf.py": f"BLOG_TITLE = 'Salt'\n{lines}", "posts/a.rst": "A\n=\n", "texts/news/a.md": "A"}
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert (found.posts, found.permalink) == expected


def test_a_configuration_for_the_blog_alone_comes_before_that_of_the_documents(tmp_path: Path) -> None:
    files = {
        "mkdocs.yml": "site_name: Documents\n",
        "mkdocs.blog.yml": "site_name: Salt\ndocs_dir: blog\nplugins:\n  blog:\n    blog_dir: .\n",
        "docs/a.markdown": "A",
        "blog/posts/a.md": POST,
    }
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert (found.title, found.posts, found.permalink) == ("Salt", "blog/posts", "/{date}/{slug}/")


@pytest.mark.parametrize(
    ("settings", "permalink"),
    [
        (r"FILENAME_METADATA = r'(?P<date>\d{4}-\d{2}-\d{2})-(?P<slug>.*)'", "b/{date:%Y}/{name}/"),
        ("SLUGIFY_SOURCE = 'basename'", "b/{date:%Y}/{basename}/"),
        (r"FILENAME_METADATA = r'(?P<date>\d{4}).*'", "b/{date:%Y}/{slug}/"),
    ],
)
def test_a_slug_of_pelican_is_made_of_what_its_configuration_says(
    tmp_path: Path, settings: str, permalink: str
) -> None:
    conf = f"ARTICLE_URL = 'b/{{date:%Y}}/{{slug}}/'\n{settings}\n"
    found = recognise(write(tmp_path, **{"pelicanconf.py": conf, "content/2024-01-02-a.md": POST}))
    assert found is not None
    assert found.permalink == permalink


def test_hexo_is_recognised_by_its_source_wherever_that_is(tmp_path: Path) -> None:
    settings = "title: S\nurl: https://salt.example\nsource_dir: src\npermalink: blog/:title/\n"
    write(tmp_path, **{"_config.prod.yml": settings, "src/_posts/a.md": POST})
    found = recognise(tmp_path)
    assert found is not None
    assert (found.generator, found.posts, found.permalink) == ("hexo", "src/_posts", "blog/:title/")


def test_an_address_of_which_the_environment_may_say_another_is_that_of_the_site(tmp_path: Path) -> None:
    program = 'export default defineConfig({\n  site: process.env.URL || "https://salt.example",\n});\n'
    found = recognise(write(tmp_path, **{"astro.config.ts": program, "src/posts/a.md": POST}))
    assert found is not None
    assert found.url == "https://salt.example/"


def test_a_template_for_several_feeds_of_jekyll_says_what_ids_they_have(tmp_path: Path) -> None:
    template = "{% for post in site.posts %}<guid>{{ site.url }}{{ post.url }}</guid>{% endfor %}"
    write(
        tmp_path, **{"_config.yml": "title: S", "_posts/2024-01-02-a.md": POST, "_layouts/news.rss": template}
    )
    found = recognise(tmp_path)
    assert found is not None
    assert found.id == "permalink"


def test_a_site_in_a_folder_of_packages_has_the_outermost_title_of_its_configuration(tmp_path: Path) -> None:
    config = "export default {\n  navbar: {\n    title: 'Docs',\n  },\n  \"title\": 'Salt',\n  \"url\": 'https://salt.example',\n}\n"
    files = {"packages/website/docusaurus.config.mts": config, "packages/website/blog/a.md": POST}
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert (found.title, found.url, found.posts) == ("Salt", "https://salt.example/", "packages/website/blog")


def test_a_site_in_a_folder_of_any_name_is_found_by_its_posts(tmp_path: Path) -> None:
    files = {
        "salt.example/hugo.toml": "baseURL = 'https://salt.example'",
        "salt.example/content/blog/a.md": POST,
    }
    found = recognise(
        write(tmp_path, **files, **{"README.md": "A", "api/hugo.toml": "baseURL = 'https://api'"})
    )
    assert found is not None
    assert (found.generator, found.posts, found.url) == (
        "hugo",
        "salt.example/content/blog",
        "https://salt.example/",
    )


@pytest.mark.parametrize("name", ["config/_default/hugo.yaml", "config/_default/config.yml", "hugo.json"])
def test_hugo_is_recognised_by_each_of_its_configurations(tmp_path: Path, name: str) -> None:
    text = (
        '{"baseURL": "https://salt.example"}' if name.endswith("json") else "baseURL: https://salt.example\n"
    )
    found = recognise(write(tmp_path, **{name: text, "content/posts/a.md": POST}))
    assert found is not None
    assert (found.generator, found.url) == ("hugo", "https://salt.example/")


def test_pages_beside_the_folder_of_posts_are_none(tmp_path: Path) -> None:
    """A date in the text of a page, as an example, dates nothing."""
    page = "---\ntitle: A page\n---\nWrite:\n\ndate: 2024-01-02\n"
    files = {".eleventy.js": "", "src/pages/a.md": page, "src/news/a.md": POST, "src/news/2024/b.md": POST}
    found = recognise(write(tmp_path / "a", **files))
    assert found is not None
    assert found.posts == "src/news"
    found = recognise(write(tmp_path / "b", **files, **{"src/links/a.md": POST}))
    assert found is not None
    assert found.posts == "src"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://salt.example/blog", "https://salt.example/"),
        ("https://salt.example/news/", "https://salt.example/news/"),
        ("https://salt.example/blog/2/", "https://salt.example/blog/2/"),
        ("https://salt.example/", "https://salt.example/"),
    ],
)
def test_the_address_of_an_eleventy_site_does_not_repeat_the_folder_of_its_posts(
    tmp_path: Path, url: str, expected: str
) -> None:
    files = {
        "eleventy.config.js": "",
        "_data/metadata.json": f'{{"url": "{url}"}}',
        "content/blog/a.md": POST,
    }
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert found.url == expected


def test_a_blog_in_starlight_has_its_addresses_at_the_root_of_the_site(tmp_path: Path) -> None:
    files = {
        "astro.config.mjs": "import starlight from '@astrojs/starlight';\n",
        "src/content/docs/a.mdx": "---\ntitle: A\n---\n",
        "src/content/docs/blog/a.mdx": POST,
        "src/content/docs/de/blog/a.mdx": POST,
    }
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert (found.posts, found.permalink) == ("src/content/docs/blog", "/blog/:file/")


@pytest.mark.parametrize(
    ("lines", "folder", "permalink"),
    [
        ("plugins: [blog, search]\n", "docs/blog/posts", ""),
        ("plugins:\n  - search\n  - blog:\n      blog_toc: true\n", "docs/blog/posts", ""),
        ("plugins:\n  - blog:\n      blog_dir: news\n", "docs/news/posts", "/news/{date}/{slug}/"),
        ("plugins:\n  blog:\n    blog_dir: .\n", "docs/posts", "/{date}/{slug}/"),
        ("plugins:\n  - blog:\n      post_url_format: '{slug}'\n", "docs/blog/posts", "/blog/{slug}/"),
        (
            "plugins:\n  - blog:\n      post_url_date_format: yyyy/MM\n",
            "docs/blog/posts",
            "/blog/{date:%Y/%m}/{slug}/",
        ),
        ("use_directory_urls: false\nplugins: [blog]\n", "docs/blog/posts", "/blog/{date}/{slug}.html"),
        ("docs_dir: texts\nplugins: [blog]\n", "texts/blog/posts", ""),
        ("plugins: [material/blog]\n", "docs/blog/posts", ""),
        # Without the plugin, posts are pages.
        ("plugins: [search]\n", "docs/blog", "/{path}/"),
        ("use_directory_urls: false\nplugins:\n  rss: {}\n", "docs/blog", "/{path}.html"),
        ("plugins: 5\n", "docs/blog/posts", ""),
    ],
)
def test_the_addresses_of_a_blog_of_mkdocs_are_those_of_its_plugin(
    tmp_path: Path, lines: str, folder: str, permalink: str
) -> None:
    found = recognise(
        write(
            tmp_path,
            **{"mkdocs.yml": f"site_name: Salt\n{lines}", f"{folder}/a.md": POST, "docs/index.markdown": "A"},
        )
    )
    assert found is not None
    assert (found.posts, found.permalink) == (folder, permalink)


NOT_DATED = "---\ntitle: A page\n---\nText.\n"


@pytest.mark.parametrize(
    ("files", "generator", "folder"),
    [
        # A folder with the usual name may have pages only.
        ({"eleventy.config.js": "", "blog/index.html": NOT_DATED, "_posts/a.md": POST}, "eleventy", "_posts"),
        ({"eleventy.config.js": "", "notes/2024-01-02-a.md": NOT_DATED}, "eleventy", "notes"),
        ({"_quarto.yml": "", "index.qmd": NOT_DATED, "log/a/index.qmd": POST, "log/b/index.qmd": POST}, "quarto", "log"),
        ({"_config.yml": "title: S", "news/_posts/2024-01-02-a.md": NOT_DATED}, "jekyll", "news/_posts"),
        ({"_config.yml": "title: S", **{f"{one}/_posts/2024-01-02-a.md": NOT_DATED for one in ("de", "en", "fr")}}, "jekyll", "."),
        # Octopress.
        ({"_config.yml": "source: source", "source/_posts/2024-01-02-a.md": NOT_DATED}, "jekyll", "source/_posts"),
        ({"astro.config.mjs": "", "src/writing/a.mdx": POST, "src/pages/x.md": NOT_DATED}, "astro", "src/writing"),
    ],
)  # fmt: skip
def test_posts_in_a_folder_of_an_unusual_name_are_found_by_their_dates(
    tmp_path: Path, files: dict[str, str], generator: str, folder: str
) -> None:
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert (found.generator, found.posts) == (generator, folder)


@pytest.mark.parametrize(
    "files",
    [
        {"_config.yml": "title: A book", "text/a.md": POST},
        {"conf.py": "blog_title = 'A blog of Sphinx'\n", "posts/a.md": POST},
        {"_quarto.yml": "", "index.qmd": NOT_DATED},
    ],
)
def test_a_sign_alone_makes_no_site_of_a_generator(tmp_path: Path, files: dict[str, str]) -> None:
    assert recognise(write(tmp_path, **files)) is None


def test_posts_of_vitepress_get_a_preset_that_knows_its_containers(tmp_path: Path) -> None:
    found = find_folder_of_posts(
        write(tmp_path, **{"site/.vitepress/config.ts": "", "site/blog/a.md": FOREIGN})
    )
    assert found == ("site/blog", "eleventy", "")


def test_a_pattern_that_feeds_do_not_know_is_written_as_a_comment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = "SITEURL = 'https://blog.example.org'\nARTICLE_URL = '{date:%Y}/{part}/'\n"
    write(tmp_path, **{"pelicanconf.py": conf, "content/a.md": POST})
    assert command(tmp_path, monkeypatch, "init").exit_code == 0
    line = '\n# permalink = "{date:%Y}/{part}/"   # feeds cannot compute this: '
    assert line in (tmp_path / "config.toml").read_text()
    assert load(tmp_path / "config.toml").articles.permalink == ""


@pytest.mark.parametrize(
    "address", ["http://localhost:1313/", "//localhost", "http://127.0.0.1:4000", "localhost:80"]
)
def test_the_address_of_the_authors_own_machine_is_none(tmp_path: Path, address: str) -> None:
    found = recognise(
        write(tmp_path, **{"hugo.toml": f'baseURL = "{address}"\n', "content/posts/a.md": POST})
    )
    assert found is not None
    assert found.url == ""


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("astro.config.mjs", "src/content/blog"),
        ("eleventy.config.js", "content/blog"),
        ("docusaurus.config.js", "blog"),
    ],
)
def test_a_time_zone_for_what_pages_show_is_not_that_of_dates(tmp_path: Path, name: str, folder: str) -> None:
    """JavaScript reads a day without a zone as one of UTC, whatever a site's own settings say."""
    said = "export const site = {\n  timezone: 'America/New_York',\n  title: 'Salt',\n}\n"
    files = {name: said, "src/config.ts": said, f"{folder}/a.md": POST}
    found = recognise(write(tmp_path, **files))
    assert found is not None
    assert (found.posts, found.timezone) == (folder, "")


def test_quartz_publishes_a_vault(tmp_path: Path) -> None:
    config = 'const config: QuartzConfig = {\n  configuration: {\n    pageTitle: "Salt",\n    baseUrl: "blog.example.org/notes",\n'
    found = recognise(write(tmp_path, **{"quartz.config.ts": config, "content/a.md": POST}))
    assert found == ("obsidian", "content", "Salt", "https://blog.example.org/notes/", "", "", "", "")


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (("created: 14-03-2024", "created: 03-04-2024"), "day-first"),
        (("date created: '03/14/2024'", "date: 03/04/2024"), "month-first"),
        (('Date: "[[14.03.2024]]"', "date: 03.04.2024"), "day-first"),
        (("created: 14-03-2024", "created: 03-14-2024"), ""),
        (("created: 03-04-2024", "created: 04-03-2024"), ""),
        (("created: 2024-03-14", "due: 14-03-2024"), ""),
    ],
)
@pytest.mark.parametrize("sign", [".obsidian/app.json", "_config.yml", ""])
def test_the_order_of_day_and_month_is_what_posts_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dates: tuple[str, str], expected: str, sign: str
) -> None:
    """Not of a generator that has an order of its own, as Jekyll has."""
    posts = {f"_posts/2024-01-0{n}-a.md": f"---\ntitle: A\n{date}\n---\n" for n, date in enumerate(dates, 1)}
    write(tmp_path, **posts, **({sign: "{}"} if sign else {}))
    assert command(tmp_path, monkeypatch, "init").exit_code == 0
    assert load(tmp_path / "config.toml").articles.date_order == ("" if sign == "_config.yml" else expected)


def test_a_new_article_has_the_date_of_the_site_and_is_never_written_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(tmp_path, monkeypatch, "init")
    with (tmp_path / "config.toml").open("a") as config:
        config.write('timezone = "Asia/Tokyo"\n[topics."R&D"]\n')
    title = 'Über "Salz": 100 % & mehr'
    first = command(tmp_path, monkeypatch, "new", title, "--draft")
    second = command(tmp_path, monkeypatch, "new", title)
    paths = [tmp_path / result.output.removeprefix("Written: ").strip() for result in (first, second)]
    assert len(set(paths)) == 2
    text = paths[0].read_text("utf-8")
    assert "+09:00\n" in text
    assert "draft: true\n" in text
    assert '"R&D"' in text
    with paths[1].open("a", encoding="utf-8") as stream:
        stream.write("A text.\n")
    found = json.loads(command(tmp_path, monkeypatch, "freeze", "--json").output)
    assert found["articles"]["unpublished"] == 1
    feed = json.loads((tmp_path / "build" / "all.json").read_text("utf-8"))
    assert title in [item["title"] for item in feed["items"]]


def test_the_configuration_may_be_named_before_and_after_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(tmp_path, monkeypatch, "init")
    (tmp_path / "config.toml").rename(tmp_path / "other.toml")
    for words in (("--config", "other.toml", "check"), ("check", "--config", "other.toml")):
        assert command(tmp_path, monkeypatch, *words).exit_code == 0
    assert command(tmp_path, monkeypatch, "check").exit_code == 2


def test_the_help_of_a_command_and_the_extras_that_are_there_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--github-pages" in command(tmp_path, monkeypatch, "help", "init").output
    assert "Commands:" in command(tmp_path, monkeypatch, "help").output
    unknown = command(tmp_path, monkeypatch, "help", "frieze")
    assert (unknown.exit_code, "There is no command frieze." in unknown.output) == (2, True)
    assert re.fullmatch(
        r"feeds \S+ \(.*\bpostgres\b.*\)\n", command(tmp_path, monkeypatch, "--version").output
    )


@pytest.mark.parametrize(("preset", "mark"), [("hugo", "draft: true"), ("jekyll", "published: false")])
def test_a_new_article_of_a_generators_site_has_the_fields_that_the_generator_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: str, mark: str
) -> None:
    write(
        tmp_path,
        **{
            "posts/.keep": "",
            "config.toml": '[site]\ntitle = "T"\nbase_url = "https://e.org/"\n'
            f'[articles]\npath = "posts"\npreset = "{preset}"\nbase_url = "https://e.org/"\n',
        },
    )
    result = command(tmp_path, monkeypatch, "new", "A draft", "--draft")
    assert result.exit_code == 0, result.output
    (file,) = (tmp_path / "posts").glob("*.md")
    lines = file.read_text("utf-8").splitlines()
    assert mark in lines
    assert any(line.startswith("date: 20") for line in lines)
    checked = command(tmp_path, monkeypatch, "check", "--strict")
    assert checked.exit_code == 0, checked.output
