"""``_headers`` and ``_redirects`` as Netlify and Cloudflare Pages read them.

If two matching rules set one header, both hosts join or replace the values. So no two rules here give a
path different values. ``*`` is any text, ``:name`` one segment of a path. Cloudflare
Pages takes 100 rules of headers, with one ``*`` in each, 2,000 redirects, and after these 100 with patterns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from feeds.channels.channel_set import list_kinds
from feeds.freeze.hosts.rules import HostRules
from feeds.paths import GUESSED_NAMES, NOT_FOUND, SEARCH
from feeds.publisher import headers
from feeds.publisher.guesses import ANY
from feeds.publisher.headers import Headers

_CLOUDFLARE_REDIRECTS, _CLOUDFLARE_PATTERNS = 2000, 100


def write_headers(rules: HostRules) -> str:
    """Write ``_headers``: for every answer, then types and caching, then for pages."""
    cache = ("Cache-Control", headers.make_cache_control(rules.config))
    blocks: list[tuple[str, Headers]] = [(f"{rules.root}*", headers.SHARED)]
    for ending, type_ in rules.types.items():
        blocks.extend(
            (path, (("Content-Type", type_), cache)) for path in _list_document_patterns(rules, ending)
        )
    blocks.extend((path, (("Content-Type", type_), cache)) for path, type_ in rules.catalogues.items())
    blocks.extend(
        (path, (("Content-Security-Policy", headers.PAGE_POLICY), cache))
        for path in _list_page_patterns(rules)
    )
    return "\n".join(_write_block(path, values) for path, values in blocks)


def write_redirects(rules: HostRules, *, cloudflare: bool) -> str:
    """Write ``_redirects`` for old addresses of renamed feeds and for guessed ones.

    At Netlify, a file comes before a rule unless the rule says ``!``, which Cloudflare does not understand.
    Only Netlify knows 410. To Netlify, a path with a slash at its end and one without are the same.
    """
    endings = tuple(f".{name}" for name in rules.config.feeds.formats)
    if cloudflare:
        guesses = [
            f"{old}{slash} {new} {status}"
            for old, new, status in rules.guessed
            for slash in (("",) if "." in old.rpartition("/")[2] else ("", "/"))
        ]
        fixed, patterns = (
            [line for line in guesses if (ANY in line) == is_pattern] for is_pattern in (False, True)
        )
        lines = [f"{old} {new} {status}" for old, new, status in rules.redirects]
        left_out = len(lines) - _CLOUDFLARE_REDIRECTS
        del lines[_CLOUDFLARE_REDIRECTS:]
        lines += [*fixed[: _CLOUDFLARE_REDIRECTS - len(lines)], *patterns[:_CLOUDFLARE_PATTERNS]]
        if left_out > 0:
            lines.append(f"# {left_out:,} more are over the limit; what is frozen there is served instead.")
    else:
        lines = [f"{old} {new} 301!" for old, new, status in rules.redirects if status == 301]  # noqa: PLR2004 - a status says it best
        lines += [
            f"{path} {rules.root}404.html 410"
            for path in (*rules.gone, *(f"{folder}*" for folder in rules.gone_folders))
            # Of a provider, the path without a slash has a dot, too.
            if path.endswith(("/", "*", *endings)) or path.rpartition("/")[2] in GUESSED_NAMES
        ]
        lines += [f"{old} {new} {status}" for old, new, status in rules.guessed]
    return "".join(f"{line}\n" for line in lines)


def write_missing_page(rules: HostRules) -> str:
    """Write ``404.html``; without it, Cloudflare Pages answers with the index page."""
    text, _, address = rules.missing.rpartition(" ")
    link = f'<a href="{escape(address)}">{escape(address)}</a>'
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Not found</title>\n'
        f"<p>{escape(text)} {link}</p>\n</html>\n"
    )


def _list_document_patterns(rules: HostRules, ending: str) -> Iterable[str]:
    """List the patterns of documents with an ending; none matches a list of all feeds."""
    if ending == "html":
        return ()
    if any(path.endswith(f".{ending}") for path in rules.catalogues):
        named = [f"{path}.{ending}" for path in rules.alone]
        return [*named, *(f"{path}/*.{ending}" for path in (*rules.alone, *rules.folders))]
    return [f"{rules.root}*.{ending}"]


def _list_page_patterns(rules: HostRules) -> Iterator[str]:
    """List the patterns of pages. No two of them match one path."""
    yield rules.root
    for path in rules.alone:
        yield from (f"{path}/", f"{path}/archive/:number/")
    for path in (f"{rules.root}{kind}" for kind in list_kinds(rules.config)):
        yield from (f"{path}/", f"{path}/page/:number/", f"{path}/:page/", f"{path}/:page/archive/:number/")
    yield from (f"{rules.root}{path}" for path in (SEARCH, NOT_FOUND, "articles/*"))


def _write_block(path: str, values: Headers) -> str:
    return "".join([f"{path}\n", *(f"  {name}: {value}\n" for name, value in values)])
