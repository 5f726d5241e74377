"""Rewrites template syntax in an article's body, so that no reader sees it.

What a tag shows is written where its name says it plainly (:mod:`.meanings`). Otherwise it is removed, the text
in it stays, and what was removed is listed. Code is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple

from feeds.articles.template_syntax import (
    containers,
    liquid,
    markdown_elements,
    masks,
    mdx,
    obsidian,
    shortcodes,
)
from feeds.articles.template_syntax.masks import CodeTag, Masking
from feeds.articles.template_syntax.work import Removal, TemplateSite, Work, drop_missing_addresses
from feeds.lib.text.elements import UNKNOWN_END
from feeds.lib.text.plain import remove_unwanted

Family = Literal[
    "anchors",
    "attributes",
    "callouts",
    "containers",
    "elements",
    "files",
    "kramdown",
    "liquid",
    "markdown",
    "mdx",
    "mkdocs",
    "obsidian",
    "quarto",
    "shortcodes",
    "zola",
]
Templates = Literal[
    "",
    "liquid",
    "hugo",
    "zola",
    "mdx",
    "quarto",
    "nikola",
    "docusaurus",
    "mkdocs",
    "obsidian",
    "pelican",
    "hexo",
    "eleventy",
    "kramdown",
]
# What each kind of template knows.
_FAMILIES: dict[str, tuple[Family, ...]] = {
    "liquid": ("liquid", "kramdown", "markdown", "attributes", "elements", "callouts"),
    # The plug-ins of these for Markdown are those of markdown-it.
    "hexo": ("liquid", "containers", "attributes", "elements", "callouts"),
    "eleventy": ("liquid", "containers", "attributes", "elements", "callouts"),
    "kramdown": ("kramdown", "markdown", "attributes", "elements", "callouts"),
    "hugo": ("shortcodes", "attributes", "callouts", "elements"),
    "zola": ("zola", "anchors", "elements", "callouts"),
    "mdx": ("mdx", "containers", "attributes", "elements", "callouts"),
    "quarto": ("shortcodes", "quarto", "containers", "attributes", "elements", "callouts"),
    "nikola": ("shortcodes", "markdown", "mkdocs", "attributes", "elements", "callouts"),
    "docusaurus": ("mdx", "containers", "attributes", "elements", "callouts"),
    "mkdocs": ("markdown", "mkdocs", "containers", "attributes", "elements", "callouts"),
    "obsidian": ("obsidian", "callouts", "elements"),
    "pelican": ("liquid", "files", "markdown", "mkdocs", "attributes", "elements", "callouts"),
}


_MOST_NAMED = 6


# In these syntaxes, the other signs mean something else. They are looked for in the HTML.
_FAMILIES_IN_HTML: tuple[Family, ...] = ("shortcodes", "files")


class TemplateRules(NamedTuple):
    """The kind of template syntax, "" for none, and what templates know of the site."""

    templates: str = ""
    site: TemplateSite = TemplateSite()


class Stripped(NamedTuple):
    """A body without template syntax, and the removals that may have shown more."""

    body: str
    removed: tuple[Removal, ...] = ()


class _Step(NamedTuple):
    """A rewriting of one family, done if the text has one of its signs."""

    family: Family
    signs: tuple[str, ...]
    rewrite: Callable[[str, Work], str]
    # A closer look, which takes longer than to look for the signs.
    may_be_there: Callable[[str], object] = bool


# In this order: what a template inserts may be Markdown with attributes. The signs are what programs in
# code seldom have, and what is quick to look for.
_STEPS = (
    _Step("liquid", ("{%", "{{", "{#"), liquid.rewrite_liquid),
    _Step("shortcodes", ("{{<", "{{%"), shortcodes.rewrite_shortcodes),
    _Step(
        "zola",
        ("{{", "{%", "@/"),
        shortcodes.rewrite_zola,
        re.compile(r"\{[{%]-?\s*(?:\w[\w:]*\s*\(|end|/\*)|@/").search,
    ),
    _Step("mdx", ("{", "<", "import", "export"), mdx.rewrite_mdx),
    _Step(
        "markdown",
        (" markdown",),
        markdown_elements.rewrite_markdown_elements,
        markdown_elements.MAYBE_ELEMENT.search,
    ),
    _Step("markdown", ("](",), markdown_elements.write_addresses, markdown_elements.WIDE_ADDRESS.search),
    _Step(
        "kramdown",
        ("|\n",),
        markdown_elements.write_headless_tables,
        markdown_elements.HEADLESS_TABLE.search,
    ),
    _Step("quarto", ("<",), markdown_elements.open_blocks),
    _Step("elements", ("/>",), markdown_elements.write_components, markdown_elements.COMPONENT.search),
    _Step("elements", ("</",), markdown_elements.drop_unknown_elements, UNKNOWN_END.search),
    _Step("files", ("{", "|"), obsidian.rewrite_file_links, obsidian.may_have_file_links),
    _Step("obsidian", ("[[", "%%", "==", "^"), obsidian.rewrite_obsidian),
    _Step("containers", (":::", "::", "///"), containers.rewrite_fenced_containers, containers.FENCED.search),
    _Step("mkdocs", ("!!!", "???", "===", "8<"), containers.rewrite_indented_containers),
    _Step(
        "mkdocs",
        (":material-", ":fontawesome-", ":octicons-", ":simple-", "++", "==", "^^"),
        containers.rewrite_mkdocs,
        containers.may_have_marks,
    ),
    _Step("anchors", ("{#", "{."), containers.rewrite_anchors, containers.ANCHORS.search),
    _Step("quarto", ("@",), containers.rewrite_references, containers.REFERENCE.search),
    _Step("quarto", ("^[",), containers.rewrite_inline_notes),
    _Step("callouts", ("[!",), containers.rewrite_callouts),
    _Step(
        "attributes",
        ("{", "[TOC]", "[toc]", "[[toc]]", "[[_TOC_]]"),
        containers.rewrite_attributes,
        containers.may_have_attributes,
    ),
)
_CODE_TAGS: dict[str, tuple[CodeTag, ...]] = {"liquid": liquid.CODE_TAGS, "shortcodes": shortcodes.CODE_TAGS}
# Blocks between fences that are no code, or of which not all is shown, and their signs.
_READERS_OF_CODE = {"quarto": masks.read_cell, "obsidian": masks.read_query}
_SIGNS_OF_CODE = {
    "quarto": ("``{", "`` {", "~~{", "~~ {"),
    "obsidian": ("```dataview", "```query", "```tasks", "```base"),
    "mdx": ("mdx-code-block",),
}
_SHOWN_IN_CODE: dict[str, tuple[str, Callable[[str], str]]] = {
    "liquid": ("{%", liquid.show_raw),
    "shortcodes": ("{{", shortcodes.show_escaped),
    "zola": ("/*", shortcodes.show_escaped_by_zola),
}


def strip_template_syntax(
    body: str, templates: str, path: str = "", site: TemplateSite | None = None
) -> Stripped:
    """Return a body with what its template syntax shows in place of that syntax.

    ``templates`` is the kind that the generator of the site knows, "" for none; ``path`` is that of the file, whose
    ending may say more; of reStructuredText and org-mode, the body is their HTML. Code is left alone, but for what only
    says that it is code.
    """
    families = _FAMILIES.get(templates, ())
    if templates == "mdx" and not path.endswith(".mdx"):
        families = families[1:]
    elif path.endswith(".mdx") and "mdx" not in families:
        families = ("mdx", *families)
    elif path.endswith((".rst", ".org")):
        families = tuple(family for family in families if family in _FAMILIES_IN_HTML)
    steps = [
        step
        for step in _STEPS
        if step.family in families and _has_any(body, step.signs) and step.may_be_there(body)
    ]
    signs = _SIGNS_OF_CODE.get(next((one for one in families if one in _SIGNS_OF_CODE), ""), ())
    if not steps and not _has_any(body, signs):
        return Stripped(body)
    body = remove_unwanted(body)
    if "mdx" in families and "mdx-code-block" in body:
        body = masks.open_mdx_blocks(body)
    if "quarto" in families and "include_graphics(" in body:
        body = masks.show_pictures(body)
    work = Work(site or TemplateSite())
    masked = text = masks.mask_code(body, work, _choose_masking(families))
    for step in steps:
        text = step.rewrite(text, work)
    for family, (sign, change) in _SHOWN_IN_CODE.items():
        if family in families and sign in body:
            work.change_kept(change)
    return Stripped(work.restore(drop_missing_addresses(text)), work.list_removals(masked))


def describe_removals(removed: Iterable[Removal]) -> str:
    """Say what was removed: ``2 shortcodes "chart", 1 component "Map"``."""
    removed = tuple(removed)
    named = removed[:_MOST_NAMED]
    more = sum(one.times for one in removed[_MOST_NAMED:])
    shown = ", ".join(f'{one.times} {one.kind}{"s" if one.times > 1 else ""} "{one.name}"' for one in named)
    return f"{shown} and {more} more" if more else shown


def _has_any(text: str, signs: tuple[str, ...]) -> bool:
    # To look for one character takes a tenth of the time, and many texts lack the first one.
    return any(first in text and search(text) is not None for first, search in _compile_signs(signs))


@cache
def _compile_signs(signs: tuple[str, ...]) -> list[tuple[str, Callable[[str], object]]]:
    """Return the first characters of signs, each with what finds those that begin so.

    A pattern that begins with one character takes as long as a search for one sign.
    """
    grouped = groupby(sorted(signs), key=itemgetter(0))
    return [
        (first, re.compile(f"{re.escape(first)}(?:{'|'.join(re.escape(sign[1:]) for sign in same)})").search)
        for first, same in grouped
    ]


def _choose_masking(families: Collection[Family]) -> Masking:
    tags = tuple(tag for family, tags in _CODE_TAGS.items() if family in families for tag in tags)
    reads_info = "quarto" in families or "mkdocs" in families
    return Masking(
        tags,
        indented="mdx" not in families,
        math="mdx" in families or "quarto" in families,
        read_info=masks.read_info if reads_info else None,
        read_code=_READERS_OF_CODE.get(next((one for one in families if one in _READERS_OF_CODE), "")),
    )
