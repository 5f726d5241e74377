"""Rewrites shortcodes: ``{{< name >}}`` and their like in Hugo, Nikola and Zola."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from html import unescape

from feeds.articles.template_syntax.masks import CodeTag
from feeds.articles.template_syntax.meanings import find_meaning
from feeds.articles.template_syntax.media import Arguments, Shown, begin_at_root
from feeds.articles.template_syntax.template_tags import TemplateTag, find_template_tags, read_arguments
from feeds.articles.template_syntax.work import NO_ADDRESS, TemplateRewriter, Work, is_in_address

_ENDS = {"{{<": ">}}", "{{%": "%}}"}
_ZOLA_ENDS = {"{{": "}}", "{%": "%}"}
# To Zola, a path with a folder begins at the root; a file beside the post is named alone.
_FROM_ROOT = re.compile(r"(?!\w*:)[^\s/.][^\s/]*/")
# A shortcode may be in folders, which say little.
_NAME = re.compile(r"\s*+(/?)\s*+(?:[\w.-]++/(?=\w))*+([^\s/\"=<>{}]++)(.*)", re.DOTALL)
_CALL = re.compile(r"-?\s*+([A-Za-z_][\w:]*+)\s*+\((.*)\)\s*-?", re.DOTALL)
_CODE_NAMES = "highlight|code|codeblock|code-block|prism|mermaid|plantuml|goat|graphviz|raw-code"
# Alone in its line, as Quarto wants it.
_INCLUDE = re.compile(
    r"""(?m)^[ \t]*\{\{<[ \t]*include[ \t]+(?:(["'])([^"'\n<>]+)\1|([^\s"'<>]+))[ \t]*>\}\}[ \t]*$"""
)
_MATTER = re.compile(r"\A\s*---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_MOST_INCLUDED, _DEEPEST_INCLUDE = 200_000, 3
_LANGUAGE = re.compile(r"""\s*+(?:lang(?:uage)?\s*+=\s*+)?["'`]?([\w+#.-]++)""")
# In the code of a post about shortcodes, these show that they are not to be run.
_SHOWN_AS_CODE = re.compile(r"\{\{([<%])/\*([^*{}]*+)\*/([>%])\}\}")
_SHOWN_BY_QUARTO = re.compile(r"\{\{\{([<%][^{}]*+)\}\}\}")
_SHOWN_BY_ZOLA = re.compile(r"\{([{%])/\*([^*{}]*+)\*/([%}])\}")
_INTERNAL_LINK = re.compile(r"(\]\(<?|\]:\s)@/([^\s()<>\"]++)")


def _find_language(begin: str) -> str:
    """Return the language in a tag such as ``{{< highlight go "linenos=table" >}}``."""
    name, _, rest = begin.strip("{}<>%/ \t").partition(" ")
    match = _LANGUAGE.match(rest)
    if name in ("mermaid", "plantuml", "goat", "graphviz"):
        return name
    return match[1] if match and not rest.lstrip().startswith(("title", "file")) else ""


def _make_code_tag(opening: str, closing: str) -> CodeTag:
    return CodeTag(
        re.compile(rf"\{{\{{{opening}\s*+(?:{_CODE_NAMES})(?=[\s{closing}])[^{{}}]*?{closing}\}}\}}"),
        re.compile(rf"\{{\{{{opening}\s*+/\s*+(?:{_CODE_NAMES})\s*+{closing}\}}\}}"),
        _find_language,
    )


CODE_TAGS = (_make_code_tag("<", ">"), _make_code_tag("%", "%"))


def show_escaped(code: str) -> str:
    """Return code as a site shows it: ``{{</* figure */>}}`` as ``{{< figure >}}``."""
    if "/*" in code:
        code = _SHOWN_AS_CODE.sub(r"{{\1\2\3}}", code)
    return _SHOWN_BY_QUARTO.sub(r"{{\1}}", code) if "{{{" in code else code


def show_escaped_by_zola(code: str) -> str:
    """Return code as the site shows it, with the tags that Zola is told not to run."""
    return _SHOWN_BY_ZOLA.sub(r"{\1\2\3}", code) if "/*" in code else code


def expand_includes(text: str, path: str, files: Mapping[str, str], prefix: str = "") -> str:
    """Return a text with other files in place of Quarto's ``{{< include >}}``.

    ``path`` is that of the text, from which the paths of others start; ``prefix`` is the path of all of them below the
    site, from which those start that begin with a slash. An include of a file that is not there stays, and so does
    one in a file that is too deep, or that would make the text too long.
    """
    left = _MOST_INCLUDED

    def expand(text: str, folder: str, depth: int) -> str:
        def show(match: re.Match[str]) -> str:
            nonlocal left
            name = match[2] or match[3]
            place = (
                name[1:].removeprefix(f"{prefix}/" if prefix else "")
                if name[0] == "/"
                else f"{folder}/{name}"
            )
            place = posixpath.normpath(place.lstrip("/"))
            found = files.get(place)
            if found is None or not depth or len(found) > left:
                return match[0]
            left -= len(found)
            return f"\n{expand(_MATTER.sub('', found), posixpath.dirname(place), depth - 1).strip()}\n"

        return _INCLUDE.sub(show, text)

    return expand(text, posixpath.dirname(path), _DEEPEST_INCLUDE)


def rewrite_shortcodes(text: str, work: Work) -> str:
    """Replace ``{{< name arguments >}}`` and its like with ``%`` by what they show."""
    tags = list(find_template_tags(text, _ENDS))
    read = [_NAME.fullmatch(tag.content.strip()) for tag in tags]
    ends = Counter(match[2] for match in read if match and match[1])
    writer = TagWriter(text, work, ends)
    hidden = -1
    for tag, match in zip(tags, read, strict=True):
        if hidden >= 0 or (match and match[2] == "comment" and ends["comment"]):
            if hidden < 0:
                hidden = tag.start
            elif match and match[1] and match[2] == "comment":
                writer.show(hidden, tag.end, "")
                hidden = -1
            continue
        start, end = tag.start, tag.end
        content = tag.content.strip()
        if text[start - 1 : start] == "{" and text[end : end + 1] == "}":
            # Quarto shows what has one brace more.
            writer.show(start - 1, end + 1, work.mask(text[start:end]))
        elif content.startswith("/*"):
            shown = content.removeprefix("/*").removesuffix("*/").strip()
            writer.show(start, end, work.mask(f"{tag.sign} {shown} {_ENDS[tag.sign]}"))
        elif match is None:
            writer.remove(tag, "")
        elif match[1]:
            writer.close(tag, match[2])
        else:
            writer.open(
                tag,
                match[2],
                read_arguments(unescape(match[3].removesuffix("/"))),
                is_single=content.endswith("/"),
            )
    return writer.finish()


def rewrite_zola(text: str, work: Work) -> str:
    """Replace Zola's ``{{ name(key="value") }}``, blocks, and links to ``@/`` files."""
    if "@/" in text:
        text = _INTERNAL_LINK.sub(lambda match: f"{match[1]}{work.site.find_address(match[2])}", text)
    tags = list(find_template_tags(text, _ZOLA_ENDS))
    # Each end ends the last one that is open.
    opened: list[str] = []
    writer = TagWriter(text, work, Counter({"": len(tags)}))
    for tag in tags:
        content = tag.content.strip()
        if content.startswith("/*"):
            shown = content.removeprefix("/*").removesuffix("*/").strip()
            writer.show(tag.start, tag.end, work.mask(f"{tag.sign} {shown} {_ZOLA_ENDS[tag.sign]}"))
        elif tag.sign == "{%" and content.strip("- ") == "end":
            if opened:
                writer.close(tag, opened.pop())
            else:
                writer.show(tag.start, tag.end, "")
        elif (call := _CALL.fullmatch(content)) is None:
            # A text about templates: nothing that Zola would run.
            if tag.sign == "{%":
                writer.remove(tag, content)
        else:
            name = call[1].rpartition(":")[2]
            opened += [name] if tag.sign == "{%" else []
            arguments = begin_at_root(read_arguments(call[2]), _FROM_ROOT.match)
            writer.open(tag, name, arguments, is_paired=tag.sign == "{%")
    return writer.finish()


class TagWriter:
    """Writes what tags show, and remembers what their end tags will."""

    def __init__(self, text: str, work: Work, ends: Counter[str]) -> None:
        self._text = text
        self._work = work
        self._left = ends
        self._rewriter = TemplateRewriter(text)
        # By name, what ends each one that is open.
        self._open: dict[str, list[Shown]] = {}
        self.show = self._rewriter.replace
        self.finish = self._rewriter.finish

    def open(
        self,
        tag: TemplateTag,
        name: str,
        arguments: Arguments,
        *,
        is_single: bool = False,
        is_paired: bool = False,
    ) -> None:
        """Write what a tag shows that is alone or begins something."""
        has_end = not is_single and (is_paired or self._left[name] > len(self._open.get(name, ())))
        shown = find_meaning(name, arguments, self._work, is_paired=has_end)
        if has_end:
            self._open.setdefault(name, []).append(shown or Shown(""))
        if shown is None:
            self.remove(tag, name)
        elif shown.text.startswith("<a ") and is_in_address(self._text, tag.start):
            # A whole link is no address.
            self.show(tag.start, tag.end, NO_ADDRESS)
        elif shown.is_block and not is_in_address(self._text, tag.start):
            self._rewriter.replace_by_block(tag.start, tag.end, shown.text)
        else:
            self.show(tag.start, tag.end, shown.text)

    def close(self, tag: TemplateTag, name: str) -> None:
        """Write what an end tag shows."""
        self._left[name] -= 1
        opened = self._open.get(name)
        shown = opened.pop() if opened else Shown("")
        if shown.end and shown.is_block:
            self._rewriter.replace_by_block(tag.start, tag.end, shown.end)
        else:
            self.show(tag.start, tag.end, shown.end)

    def remove(self, tag: TemplateTag, name: str) -> None:
        """Leave out a tag of which nobody knows what it shows."""
        self._work.remove("shortcode", name, self._text[tag.start : tag.end])
        missing = NO_ADDRESS if is_in_address(self._text, tag.start) else ""
        self.show(tag.start, tag.end, missing)
