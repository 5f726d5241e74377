"""The commands that begin something: a site, an article."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from feeds.cli.options import CONTEXT, FilledText, config_option, find_config, load_config
from feeds.cli.terminal import Command, echo, echo_json, explain_errors

if TYPE_CHECKING:
    from feeds.collect.folders import FolderOfPosts
    from feeds.collect.init import NewSite, SiteAnswers
    from feeds.collect.site_details import GeneratorSite
    from feeds.model import Problem

_MOST_REASONS = 5
# Other messages are whole sentences.
_PREDICATE = re.compile(r"(?:is|has|does|holds|cannot|was|names|could)\b")


@click.command(cls=Command, context_settings=CONTEXT)
@click.argument("folder", metavar="[DIR]", default=".", type=FilledText())
@click.option("--title", metavar="TEXT", type=FilledText(), help="What the site is called.")
@click.option("--base-url", metavar="URL", type=FilledText(), help="Where the feeds will be.")
@click.option("--language", metavar="TAG", type=FilledText(), help="The language of the site, such as en.")
@click.option("--github-pages", is_flag=True, help="Write a workflow that publishes at GitHub Pages.")
@click.option("--netlify", is_flag=True, help="Write what Netlify needs.")
@click.option("--nginx", is_flag=True, help="Have each freeze write a block for nginx.")
@click.option("--compose", is_flag=True, help="Write a compose file that serves the feeds.")
def init(folder: str, title: str | None, base_url: str | None, language: str | None, **hosts: bool) -> None:
    """Write a configuration for a folder of posts, or for an empty one.

    If DIR is the site of Hugo, Jekyll or another generator, its configuration answers the questions.
    Nothing that is there is overwritten.
    """
    with explain_errors():
        from feeds.collect import init as beginning
        from feeds.collect.folders import find_date_order, find_folder_of_posts
        from feeds.collect.generators import find_own_address, recognise
        from feeds.collect.post_defaults import find_defaults

        at = Path(folder)
        config = beginning.choose_config(at)
        found = recognise(at)
        posts = None if found else find_folder_of_posts(at)
        if posts is not None:
            posts = posts._replace(url=find_own_address(at))
        suggested = beginning.suggest_answers(at, found, posts)
        answers = _ask(suggested, title, base_url, language)
        wanted = [name for name in beginning.HOSTS if hosts[name.replace("-", "_")]]
        site = beginning.Beginning(answers, found, posts, wanted)
        if texts := found.posts if found else posts.path if posts else "":
            site = site._replace(date_order=find_date_order(at / texts))
        if found is not None:
            site = site._replace(defaults=find_defaults(at, found))
        made = beginning.write_site(config, site, datetime.now(UTC))
        for line in _describe(config, found, posts, made):
            echo(line)


def _ask(
    suggested: SiteAnswers, title: str | None, base_url: str | None, language: str | None
) -> SiteAnswers:
    """Return the answers that were given, asked for on a terminal, or else suggested."""
    given = (title, base_url, language)
    questions = ("What is the site called?", "Where will the feeds be?", "In which language is it?")
    if sys.stdin is None or not sys.stdin.isatty():
        return type(suggested)(*(one or other for one, other in zip(given, suggested, strict=True)))
    return type(suggested)(
        *(
            one or click.prompt(question, default=other)
            for one, question, other in zip(given, questions, suggested, strict=True)
        )
    )


def _describe(
    config: Path, found: GeneratorSite | None, posts: FolderOfPosts | None, made: NewSite
) -> Iterator[str]:
    """Yield what was found and written, and what to do next."""
    from feeds.collect.init import list_missing_ignores

    if found is not None:
        yield f"This is a site of {found.generator.title()}, with its posts in {found.posts}/."
    elif posts is not None:
        yield f"There are texts with front matter in {posts.path}/."
    if notebooks := _count_notebooks(config.parent, found, posts):
        yield (
            f"{notebooks:,} notebook{'' if notebooks == 1 else 's'} (.ipynb) cannot be read: "
            "export what is for readers as Markdown."
        )
    yield f"Written: {', '.join(made.written)}." if made.written else "Nothing was written."
    if made.kept:
        yield f"There already, and left as it is: {', '.join(made.kept)}."
    if missing := list_missing_ignores(config.parent):
        yield f"Add to .gitignore: {', '.join(missing)}."
    yield from _count(config)
    yield "Next: `feeds check` says what is wrong, `feeds run` serves the feeds."


def _count_notebooks(folder: Path, found: GeneratorSite | None, posts: FolderOfPosts | None) -> int:
    """Return how many posts may be notebooks: not every generator knows them."""
    from feeds.collect.folders import count_notebooks

    if found is not None:
        return count_notebooks(folder / found.posts) if found.generator in ("quarto", "nikola") else 0
    return count_notebooks(folder / posts.path if posts is not None else folder)


def _count(config: Path) -> Iterator[str]:
    """Yield how many articles are published, and the main reasons why others are not."""
    from feeds.check.problems import gather_problems
    from feeds.config import load
    from feeds.index.read.overview import count_file_states
    from feeds.site import open_site

    site = open_site(load(config), record=False)
    with site.publisher.snapshot() as snapshot:
        counts = count_file_states(snapshot.connection)
        errors = Counter(
            (_name_reason(problem), problem.field if problem.code == "missing-date" else "")
            for problem in gather_problems(snapshot, site.problems)
            if problem.severity == "error"
        )
    every, public = sum(counts.values()), counts.get("public", 0)
    if every == 1:
        yield f"1 article, which is {'' if public else 'not '}published."
    else:
        yield f"{every:,} articles, {public:,} of them published."
    for (reason, _), number in errors.most_common(_MOST_REASONS):
        yield f"  {number:,} held back: {reason}"
    if not public and (field := next((field for _, field in errors if field), "")):
        yield f"No date is invented: write `{field}: 2024-01-31` into what is for readers; the rest may stay."


def _name_reason(problem: Problem) -> str:
    """Return what is wrong as a sentence."""
    if problem.field or _PREDICATE.match(problem.message):
        return f"{problem.field or 'it'} {problem.message}"
    return problem.message


@click.command(cls=Command, context_settings=CONTEXT)
@click.argument("title", type=FilledText())
@click.option("--draft", is_flag=True, help="Mark it as a draft.")
@config_option
@click.pass_context
def new(context: click.Context, title: str, *, draft: bool) -> None:
    """Write an article with today's date.

    On a terminal, open it in $EDITOR.
    """
    with explain_errors():
        from feeds.collect.new import NewArticle, list_topics, write_article

        config = load_config(context)
        now = datetime.now(ZoneInfo(config.articles.timezone)).replace(microsecond=0)
        file = write_article(config, NewArticle(title, now, list_topics(config), draft))
        echo(f"Written: {os.path.relpath(file)}")
        if sys.stdout.isatty() and os.environ.get("EDITOR"):
            click.edit(filename=str(file))


_FILES = {"article": "article.schema.json", "config": "config.schema.json"}


@click.command(cls=Command, context_settings=CONTEXT)
@click.argument("what", metavar="[article|config]", type=click.Choice(list(_FILES)), required=False)
@click.option("--cms", type=click.Choice(["sveltia"]), help="Print the configuration of an editor instead.")
@config_option
@click.pass_context
def schema(context: click.Context, what: str | None, cms: str | None) -> None:
    """Print the JSON Schema of front matter or config.toml for editors.

    Without a name, write both into files beside config.toml.
    """
    with explain_errors():
        if cms and what:
            raise click.UsageError("--cms prints something else: leave one of the two out.")
        if cms:
            from feeds.collect.new import list_topics
            from feeds.collect.sveltia import format_sveltia

            config = load_config(context)
            echo(format_sveltia(config, list_topics(config)).rstrip("\n"))
            return
        from feeds.config.json_schema import format_schema, write_schema

        if what:
            echo_json(format_schema(what))
            return
        folder = find_config(context).parent
        for name, file in _FILES.items():
            write_schema(name, folder / file)
            echo(f"Written: {os.path.relpath(folder / file)}")
        echo(f'Begin config.toml with "#:schema ./{_FILES["config"]}", and editors for TOML check it.')
