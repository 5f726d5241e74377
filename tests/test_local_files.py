"""`feeds check --links`: the files and posts that articles name by relative addresses, where each generator has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sites import NOW, Workspace

from feeds.check.local_files import find_missing_files
from feeds.config import load
from feeds.errors import FeedsError
from feeds.model import Problem
from feeds.site import open_site

CONFIG = (
    '[site]\ntitle = "News"\nbase_url = "https://feeds.example.org/"\n\n[articles]\npath = "{path}"\n{more}\n'
)
DATED = "---\ntitle: A\ndate: 2024-01-02\n---\n"
OWN = "---\ntitle: A\npublishedDateTime: 2024-01-02\n---\n"
BLOG = 'base_url = "https://blog.example.org/"'


def find(folder: Path, path: str, *more: str, **files: str) -> list[Problem]:
    """Return what is missing on a site of these files, by their paths; an empty text is a file that is just there."""
    for name, text in {"feeds.toml": CONFIG.format(path=path, more="\n".join(more)), **files}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    site = open_site(load(folder / "feeds.toml"), NOW, record=False)
    with site.publisher.snapshot() as snapshot:
        return list(find_missing_files(snapshot))


def list_missing(found: list[Problem]) -> list[str]:
    """Return the addresses that are missing."""
    return [problem.message.split('"')[1] for problem in found]


# A generator, the file of a post, what it says, and the file of the site that this leads to.
FOUND = [
    ("hugo", "content/posts/a/index.md", "![](pic.png)", "content/posts/a/pic.png"),
    ("hugo", "content/posts/a/index.md", '{{< figure src="pic.png" >}}', "content/posts/a/pic.png"),
    ("hugo", "content/posts/a.md", "![](/img/a%20b.png)", "static/img/a b.png"),
    ("hugo", "content/posts/a.md", '<img src="/img/a.png?width=2#x">', "themes/t/static/img/a.png"),
    ("hugo", "content/posts/a.md", "[PDF](../b/paper.pdf)", "content/posts/b/paper.pdf"),
    ("hugo", "content/en/posts/a.md", "![](/posts/b/pic.png)", "content/en/posts/b/pic.png"),
    ("jekyll", "_posts/2024-01-02-a.md", "![]({{ site.baseurl }}/assets/a.png)", "assets/a.png"),
    ("jekyll", "web/_posts/2024-01-02-a.md", "[a]: /assets/a.png\n\n![x][a]", "web/assets/a.png"),
    ("jekyll", "_posts/2024-01-02-a.md", "![](../../../../images/a.png)", "images/a.png"),
    ("hexo", "source/_posts/a.md", "![](a.png)", "source/_posts/a/a.png"),
    ("hexo", "source/_posts/a.md", "![](/images/a.png)", "source/images/a.png"),
    ("zola", "content/blog/a/index.md", "![](pic.png)", "content/blog/a/pic.png"),
    ("zola", "content/blog/a.md", "![](/pic.png)", "static/pic.png"),
    ("mkdocs", "docs/blog/posts/a post.md", "![](../assets/a.png)", "docs/blog/assets/a.png"),
    ("docusaurus", "website/blog/2024-01-02-a.md", "![](/img/a.png)", "website/static/img/a.png"),
    ("docusaurus", "website/blog/2024-01-02-a.md", "![](./a.png)", "website/blog/a.png"),
    ("docusaurus", "website/blog/2024-01-02-a.md", "![](@site/static/a.png)", "website/static/a.png"),
    ("jekyll", "_posts/2024-01-02-a.md", '{% include figure.html src="/assets/a.png" %}', "assets/a.png"),
    ("pelican", "content/a.md", "![]({attach}a.png)", "content/a.png"),
    ("astro", "src/content/blog/a.md", "![](../../assets/a.png)", "src/assets/a.png"),
    ("astro", "src/content/blog/a.md", "![](/a.png)", "public/a.png"),
    ("quarto", "posts/a/index.qmd", "![](a.png)", "posts/a/a.png"),
    ("pelican", "content/a.md", "![]({static}/images/a.png)", "content/images/a.png"),
    ("eleventy", "content/blog/a.md", "![](/img/a.png)", "public/img/a.png"),
    ("nikola", "posts/a.md", "![](/images/a.png)", "images/a.png"),
    ("nikola", "posts/a.md", "![](/a.png)", "files/a.png"),
    ("obsidian", "notes/a.md", "![[a.png]]", "attachments/deep/a.png"),
]


@pytest.mark.parametrize(("preset", "post", "text", "file"), FOUND)
def test_a_file_is_found_where_the_generator_takes_it_from_and_missed_if_it_is_not_there(
    tmp_path: Path, preset: str, post: str, text: str, file: str
) -> None:
    folder = post.rpartition("/")[0].removesuffix("/a").removesuffix("/notes")
    more = (f'preset = "{preset}"', BLOG)
    files = {post: f"{DATED}{text}\n", "conf.py": "", "content/_index.md": "---\n---\n"}
    (missing,) = find(tmp_path / "without", folder, *more, **files)
    assert missing.code == "missing-file"
    assert missing.severity == "warning"
    assert missing.path == post.removeprefix(f"{folder}/")
    assert missing.line == 5 + text.count("\n", 0, text.find("a.png"))
    assert find(tmp_path / "with", folder, *more, **files, **{file: ""}) == []


def test_a_site_without_a_preset_has_its_files_beside_its_articles_or_its_configuration(
    tmp_path: Path,
) -> None:
    body = "![](pics/a.png) ![](/pics/b.png) ![](/c.png) ![](none.png) ![](/none.png)"
    files = {
        "articles/2024/a.md": OWN + body,
        "articles/2024/pics/a.png": "",
        "articles/pics/b.png": "",
        "c.png": "",
    }
    found = find(tmp_path, "articles", **files)
    assert list_missing(found) == ["none.png", "/none.png"]
    assert [(one.line, one.column) for one in found] == [(5, 50), (5, 64)]


def test_pictures_in_fields_are_looked_for_too(tmp_path: Path) -> None:
    matter = "---\ntitle: A\ndate: 2024-01-02\ncover: {cover}\n---\nText.\n"
    files = {
        "content/posts/a/index.md": matter.format(cover="a.png"),
        "content/posts/b.md": matter.format(cover="/b.png"),
    }
    found = find(tmp_path, "content/posts", 'preset = "hugo"', BLOG, **files, **{"content/posts/a/a.png": ""})
    assert [(one.path, one.line, one.field) for one in found] == [("b.md", 4, "images")]


def test_what_programs_make_and_what_is_elsewhere_is_not_missing(tmp_path: Path) -> None:
    """Pages, feeds, scripts and parts of a page; other hosts; what a template would have written; code."""
    body = (
        "[a](/about/) [b](/tags/x/) [c](/feed.xml) [d](/robots.txt) [e](#part) [f](https://other.example.org/a.png)"
        " ![g](https://blog.example.org/absolute.png) [h](/v1.2.3) [i](mailto:a@example.org) `![](code.png)`"
        " ![j]({{ page.picture }}.png)\n\n```\n![](code.png)\n```\n"
    )
    files = {"_posts/2024-01-02-a.md": DATED + body}
    assert find(tmp_path, "_posts", 'preset = "jekyll"', BLOG, **files) == []


def test_relative_links_to_posts_lead_to_a_file_or_to_the_address_of_a_post(tmp_path: Path) -> None:
    body = (
        "[a](b.md) [b](./b.md#part) [c](../c/) [d](../c) [e](d.md) [f](../d/) [g](page.md) [h](../page/)"
        " [i](../) [j](../renamed/)"
    )
    files = {
        "content/posts/a.md": DATED + body,
        "content/posts/b.md": f"{DATED}Text.",
        "content/posts/c/index.md": f"{DATED}Text.",
        "content/posts/2024-01-01-x.md": "---\ntitle: X\ndate: 2024-01-01\nslug: renamed\n---\nText.",
        "content/page.md": f"{DATED}Text.",
    }
    found = find(tmp_path, "content/posts", 'preset = "hugo"', BLOG, **files)
    assert list_missing(found) == ["d.md", "../d/"]
    assert {one.code for one in found} == {"missing-post"}


def test_a_dot_in_the_name_of_a_post_is_no_ending(tmp_path: Path) -> None:
    files = {
        "content/cargo-1.79/index.md": f"{DATED}Text.",
        "content/cargo-1.79/a.svg": "",
        "content/cargo-1.82/index.md": f"{DATED}![](../cargo-1.79/a.svg) [x](../cargo-1.79/) [y](../cargo-1.80/)",
    }
    found = find(tmp_path, "content", 'preset = "zola"', BLOG, **files)
    assert list_missing(found) == ["../cargo-1.80/"]


def test_files_beside_another_post_have_addresses_below_its_own(tmp_path: Path) -> None:
    files = {
        "content/posts/a/index.md": f"{DATED}Text.",
        "content/posts/a/a.png": "",
        "content/posts/b.md": f"{DATED}![](/2024/a/a.png) ![](/2024/a/b.png)",
    }
    found = find(
        tmp_path, "content/posts", 'preset = "hugo"', BLOG, 'permalink = "/:year/:contentbasename/"', **files
    )
    assert list_missing(found) == ["/2024/a/b.png"]


def test_a_site_below_a_path_of_its_host_writes_addresses_with_and_without_it(tmp_path: Path) -> None:
    body = "![](/site/assets/a.png) ![](/assets/a.png) ![](/site/assets/b.png) ![](/assets/c.png)"
    files = {"_posts/2024-01-02-a.md": DATED + body, "assets/a.png": ""}
    found = find(tmp_path, "_posts", 'preset = "jekyll"', 'base_url = "https://x.example.org/site/"', **files)
    assert list_missing(found) == ["/assets/b.png", "/assets/c.png"]
    assert [one.column for one in found] == [53, 72]


def test_articles_about_pages_of_others_are_left_alone(tmp_path: Path) -> None:
    """Relative addresses in them lead to the other site."""
    text = OWN.replace("title: A", "title: A\noriginalUrl: https://other.example.net/a")
    assert find(tmp_path, "articles", **{"articles/a.md": f"{text}![](a.png)"}) == []


def test_a_file_above_the_site_is_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_text("")
    found = find(tmp_path / "site", "articles", **{"articles/a.md": f"{OWN}![](../../secret.png)"})
    assert list_missing(found) == ["../../secret.png"]


def test_each_address_of_an_article_is_named_once(tmp_path: Path) -> None:
    body = '![](a.png) ![](a.png)\n\n![](a.png) <video src="b.mp4"></video>'
    assert list_missing(find(tmp_path, "articles", **{"articles/a.md": f"{OWN}{body}"})) == ["a.png", "b.mp4"]


def test_the_command_names_file_and_line_and_fails_only_if_it_is_strict(workspace: Workspace) -> None:
    workspace.write("a.md", f"{OWN}Text.\n\n![](a.png)\n")
    done = workspace.run("check", "--links")
    assert done.stdout.count("[missing-file]") == 1, (
        "what is published with the article is looked for in any case"
    )
    workspace.configure("assets = false")
    assert "missing-file" not in workspace.run("check").stdout
    done = workspace.run("check", "--links")
    assert done.returncode == 0
    assert 'articles/a.md:7:5: warning: text: shows "a.png", and there is no such file.' in done.stdout
    assert workspace.run("check", "--links", "--strict").returncode == 1
    assert workspace.run("check", "--links", "--strict", "articles/a.md").returncode == 1
    workspace.write("a.png", "")
    assert workspace.run("check", "--links", "--strict").returncode == 0


def test_articles_in_an_object_store_have_no_files_beside_them(workspace: Workspace) -> None:
    site = open_site(workspace.config, NOW, record=False)
    stored = workspace.configure(base=CONFIG.format(path="s3://bucket/articles", more=""))
    with site.publisher.snapshot() as snapshot:
        snapshot.config = stored
        with pytest.raises(FeedsError, match="object store"):
            list(find_missing_files(snapshot))
