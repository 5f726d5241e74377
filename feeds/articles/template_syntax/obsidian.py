"""Rewrites links, comments and marks of Obsidian, and Pelican's links to files."""

from __future__ import annotations

import re
from html import escape

from feeds.articles.template_syntax.containers import MARKED
from feeds.articles.template_syntax.media import write_youtube
from feeds.articles.template_syntax.work import NO_ADDRESS, TemplateRewriter, Work, is_alone_in_line

_LINK = re.compile(r"(!?)\[\[([^\[\]|\n]++)(?:\|([^\[\]\n]*+))?\]\]")
_BLOCK_NAME = re.compile(r"(?:(?<=\s)|^)\^[A-Za-z0-9-]++[ \t]*+$", re.MULTILINE)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|avif|bmp)$", re.IGNORECASE)
_SOUND = re.compile(r"\.(?:mp3|m4a|wav|ogg|flac|3gp)$", re.IGNORECASE)
_FILM = re.compile(r"\.(?:mp4|webm|ogv|mov|mkv)$", re.IGNORECASE)
_FILE_KINDS = "filename|static|attach|photo|index|tag|category|author"
_FILE_LINK = re.compile(rf"([\"'(<]|: )[{{|]({_FILE_KINDS})[}}|]([^\s()<>\"']*+)")
# Two patterns, because Python looks fast for what begins with one sign, and slowly for one of several.
_MAYBE_FILE_LINK = (re.compile(rf"\{{(?:{_FILE_KINDS})[}}|]"), re.compile(rf"\|(?:{_FILE_KINDS})[}}|]"))
_MEDIA = ("<img ", "<audio ", "<video ")
_SIZE = re.compile(r"[0-9]{1,5}(?:x[0-9]{1,5})?")


def rewrite_obsidian(text: str, work: Work) -> str:
    """Replace ``[[links]]``, ``![[pictures]]``, ``%%comments%%`` and ``==marks==``."""
    if "%%" in text:
        text = _drop_comments(text)
    if "[[" in text:
        text = _rewrite_links(text, work)
    if "==" in text:
        text = MARKED.sub(r"<mark>\1</mark>", text)
    return _BLOCK_NAME.sub("", text) if "^" in text else text


def _drop_comments(text: str) -> str:
    parts = text.split("%%")
    # Without an end, it is no comment.
    if len(parts) % 2 == 0:
        parts[-2:] = ["%%".join(parts[-2:])]
    return "".join(parts[::2])


def _rewrite_links(text: str, work: Work) -> str:
    rewriter = TemplateRewriter(text)
    for match in _LINK.finditer(text):
        written = _write_link(match, work)
        # HTML at the beginning of a line would take the lines below it.
        is_block = match[1] and written.startswith(_MEDIA) and is_alone_in_line(text, *match.span())
        (rewriter.replace_by_block if is_block else rewriter.replace)(*match.span(), written)
    return rewriter.finish()


def _write_link(match: re.Match[str], work: Work) -> str:
    target, label = match[2].strip().rstrip("\\"), (match[3] or "").strip()
    name = target.partition("#")[0]
    if match[1]:
        return _embed(target, name, label, work)
    heading = target.rpartition("#")[2] if "#" in target else ""
    shown = label or (f"{name} > {heading.lstrip('^')}" if name and heading else name or heading)
    address = work.site.find_address(name) if name else NO_ADDRESS
    return shown if address == NO_ADDRESS else f'<a href="{escape(address)}">{shown}</a>'


def _embed(target: str, name: str, label: str, work: Work) -> str:
    address = escape(name.replace(" ", "%20"))
    if _PICTURE.search(name):
        sizes = label.rpartition("|")[2]
        alt = "" if _SIZE.fullmatch(label) else label.partition("|")[0]
        width = f' width="{sizes.partition("x")[0]}"' if _SIZE.fullmatch(sizes) else ""
        return f'<img src="{address}" alt="{escape(alt)}"{width}>'
    if _SOUND.search(name):
        return f'<audio src="{address}" controls></audio>'
    if _FILM.search(name):
        return f'<video src="{address}" controls></video>'
    if "youtu" in target and target.startswith("http"):
        return write_youtube(target)
    found = work.site.find_address(name)
    shown = label or target
    if found != NO_ADDRESS:
        return f'<a href="{escape(found)}">{shown}</a>'
    work.remove("embedded note", target, f"![[{target}")
    return shown


def may_have_file_links(text: str) -> bool:
    """Return whether a text may have what ``rewrite_file_links`` rewrites."""
    return any(form.search(text) for form in _MAYBE_FILE_LINK) and _FILE_LINK.search(text) is not None


def rewrite_file_links(text: str, work: Work) -> str:
    """Replace ``{static}/a.png`` and ``{filename}other.md`` by their addresses."""

    def write(match: re.Match[str]) -> str:
        before, kind, path = match[1], match[2], match[3]
        if kind in ("static", "attach", "photo"):
            return before + (work.site.make_path(path) if path.startswith("/") else path)
        if kind == "index":
            return before + work.site.make_path("")
        return before + (work.site.find_address(path) if kind == "filename" else NO_ADDRESS)

    return _FILE_LINK.sub(write, text)
