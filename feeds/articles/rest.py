"""Renders reStructuredText by docutils, without files, network or clock.

Directives and roles that docutils does not have belong to a generator or to Sphinx: what they show is written
where their name says it, otherwise their text stays. Options that it does not have are left out. The HTML is not
sanitised, so raw HTML in it is as good as that in Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from threading import Lock
from typing import Any, NamedTuple

from feeds.articles.template_syntax.meanings import find_meaning
from feeds.articles.template_syntax.media import Arguments
from feeds.articles.template_syntax.work import TemplateSite, Work

_DIRECTIVE = re.compile(
    r"^[ \t]*+\.\.[ \t]++(?:\|[^|\n]++\|[ \t]++)?([A-Za-z][\w:.+-]{0,60}?)[ \t]?::", re.MULTILINE
)
_ROLE = re.compile(r":([A-Za-z][\w:.+-]{0,60}?):(?=`)|(?<=`):([A-Za-z][\w:.+-]{0,60}?):(?!`)")
_TARGET = re.compile(r"(.*?)\s*<([^<>]+)>", re.DOTALL)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = frozenset(["code", "code-block", "sourcecode", "highlight", "code-include", "parsed-code"])
# These show nothing that is part of the text, or something that depends on the day or on other files.
_SILENT = frozenset(
    ["contents", "date", "footer", "header", "meta", "sectnum", "section-numbering", "target-notes", "title"]
)
_FILES = frozenset(["include", "literalinclude", "listing"])
_LINKS = frozenset(["doc", "ref", "post", "page"])
_SETTINGS = {
    "_disable_config": True,
    "cloak_email_addresses": False,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "embed_stylesheet": False,
    "file_insertion_enabled": False,
    "footnote_references": "superscript",
    "halt_level": 5,
    "initial_header_level": 2,
    "input_encoding": "unicode",
    "line_length_limit": 10_000_000,
    "math_output": "LaTeX",
    "output_encoding": "unicode",
    "raw_enabled": True,
    "report_level": 5,
    "smart_quotes": False,
    "strip_comments": True,
    "stylesheet_path": "",
    "syntax_highlight": "none",
    "traceback": True,
    "warning_stream": "",
}
_ERROR = 3
# docutils keeps directives and roles for the whole process.
_lock = Lock()


class MissingDocutilsError(Exception):
    """docutils is not installed."""


class RenderedRest(NamedTuple):
    """HTML, not sanitised; what was left out, as kind and name; and docutils' errors.

    Errors have their lines, from 1.
    """

    html: str
    removed: tuple[tuple[str, str], ...]
    errors: tuple[tuple[int, str], ...]


def find_docutils_version() -> str:
    """Return the version of docutils, "" if it is not installed."""
    try:
        import docutils
    except ImportError:
        return ""
    return str(docutils.__version__)


def render_rest(text: str, site: TemplateSite | None = None) -> RenderedRest:
    """Return the HTML of a text.

    Raises :class:`MissingDocutilsError`, and :class:`ValueError` if the text is nested too deeply.
    """
    if not find_docutils_version():
        raise MissingDocutilsError
    work = Work(site or TemplateSite())
    errors: list[tuple[int, str]] = []
    try:
        with _lock, _lend_directives(text, work):
            html = _publish(text, errors)
    except RecursionError:
        raise ValueError("nests its parts too deeply") from None
    return RenderedRest(html, tuple((one.kind, one.name) for one in work.list_removals("")), tuple(errors))


def _publish(text: str, errors: list[tuple[int, str]]) -> str:
    from docutils.core import publish_parts
    from docutils.readers.standalone import Reader

    class NotingReader(Reader):  # type: ignore[misc]
        """Has docutils tell its errors to us, not to the document."""

        def new_document(self) -> Any:
            document = super().new_document()
            document.reporter.attach_observer(note)
            return document

    def note(message: Any) -> None:
        said = message.children[0].astext().split("\n", 1)[0].rstrip(".")
        # That a file is not read is a warning only.
        if message["level"] >= _ERROR or "disabled" in said or "deactivated" in said:
            errors.append((message.get("line", 0), said))

    parts = publish_parts(text, reader=NotingReader(), writer=_make_writer()(), settings_overrides=_SETTINGS)
    return str(parts["body"])


@cache
def _make_writer() -> Any:
    """Return a writer whose HTML says with elements what docutils says with classes."""
    from docutils import nodes
    from docutils.writers import html5_polyglot

    def write_literal(self: Any, node: Any) -> None:
        self.body.append(f"<code>{escape(node.astext(), quote=False)}</code>")
        raise nodes.SkipNode

    def begin_block(self: Any, node: Any) -> None:
        language = next((name for name in node["classes"] if name != "code"), "")
        self.body.append(f'<pre><code class="language-{escape(language)}">' if language else "<pre><code>")

    def begin_title(self: Any, node: Any) -> None:
        if isinstance(node.parent, nodes.Admonition):
            self.body.append("<p><strong>")
            self.context.append("</strong></p>\n")
        else:
            html5_polyglot.HTMLTranslator.visit_title(self, node)

    def write(text: str) -> Callable[..., None]:
        def append(self: Any, _node: Any = None) -> None:
            self.body.append(text)

        return append

    methods = {
        "visit_literal": write_literal,
        "visit_literal_block": begin_block,
        "depart_literal_block": write("</code></pre>\n"),
        "visit_admonition": write("<blockquote>\n"),
        "depart_admonition": write("</blockquote>\n"),
        "visit_title": begin_title,
        # Its link leads to a message that nobody sees.
        "visit_problematic": write(""),
        "depart_problematic": write(""),
    }

    class Writer(html5_polyglot.Writer):  # type: ignore[misc]
        """Has our translator."""

        def __init__(self) -> None:
            super().__init__()
            self.translator_class = type("Translator", (html5_polyglot.HTMLTranslator,), methods)

    return Writer


@contextmanager
def _lend_directives(text: str, work: Work) -> Iterator[None]:
    """Give docutils the directives that a text uses and it lacks, for a while."""
    from docutils.parsers.rst import directives, roles

    known, known_roles = dict(directives._directives), dict(roles._roles)  # noqa: SLF001 - there is no other way to take one away
    for name in {match[1].lower() for match in _DIRECTIVE.finditer(text)}:
        directives._directives[name] = _make_directive(name, work)  # noqa: SLF001
    for name in {(match[1] or match[2]).lower() for match in _ROLE.finditer(text)}:
        if not _is_known_role(name):
            roles._roles[name] = _make_role(name, work)  # noqa: SLF001
    try:
        yield
    finally:
        for table, before in ((directives._directives, known), (roles._roles, known_roles)):  # noqa: SLF001
            table.clear()
            table.update(before)


def _is_known_role(name: str) -> bool:
    from docutils.parsers.rst import roles
    from docutils.parsers.rst.languages import en

    return name in en.roles or name in roles._role_registry  # noqa: SLF001


def _make_directive(name: str, work: Work) -> Any:
    from docutils.parsers.rst import directives
    from docutils.parsers.rst.languages import en

    if name in _CODE:
        return _make_code_directive()
    entry = directives._directive_registry.get(en.directives.get(name, name))  # noqa: SLF001
    if entry is None or name in _SILENT or name in _FILES:
        return _make_foreign_directive(name, work)
    from importlib import import_module

    found: Any = getattr(import_module(f"docutils.parsers.rst.directives.{entry[0]}"), entry[1])
    spec = getattr(found, "option_spec", None) or {}
    return type(name, (found,), {"option_spec": _AnyOption(spec)}) if isinstance(found, type) else found


class _AnyOption(dict[str, Any]):
    """The options of a directive, to which any other belongs that says nothing."""

    def __missing__(self, name: str) -> Callable[[str], str]:
        return lambda value: value or ""


def _make_code_directive() -> Any:
    from docutils import nodes
    from docutils.parsers.rst import Directive

    class Code(Directive):  # type: ignore[misc]
        optional_arguments = 1
        final_argument_whitespace = True
        has_content = True
        option_spec = _AnyOption(name=str)

        def run(self) -> list[Any]:
            language = (self.arguments or [""])[0].split(" ", 1)[0]
            code = "\n".join(self.content)
            return [nodes.literal_block(code, code, classes=["code", *([language] if language else [])])]

    return Code


def _make_foreign_directive(name: str, work: Work) -> Any:
    """Make a directive that shows what its name says, and its text in any case."""
    from docutils import nodes
    from docutils.parsers.rst import Directive

    class Foreign(Directive):  # type: ignore[misc]
        optional_arguments = 1
        final_argument_whitespace = True
        has_content = True
        option_spec = _AnyOption(name=str)

        def run(self) -> list[Any]:
            if name in _SILENT:
                return []
            argument = (self.arguments or [""])[0]
            arguments = Arguments(tuple(argument.split()), dict(self.options))
            shown = None
            if name not in _FILES:
                shown = find_meaning(name.rpartition(":")[2], arguments, work, is_paired=bool(self.content))
            inner = nodes.container()
            if self.content:
                self.state.nested_parse(self.content, self.content_offset, inner)
            if shown is None:
                work.remove("directive", name, "")
                return list(inner.children)
            return [*_make_raw(shown.text), *inner.children, *_make_raw(shown.end)]

    def _make_raw(text: str) -> list[Any]:
        text = _BOLD.sub(r"<p><strong>\1</strong></p>", text).strip()
        return [nodes.raw("", text, format="html")] if text else []

    return Foreign


def _make_role(name: str, work: Work) -> Any:
    """Make a role that links to another page if it does elsewhere, or shows text."""
    from docutils import nodes

    def show(
        _role: str, _raw: str, text: str, _line: int, _inliner: Any, options: Any = None, content: Any = None
    ) -> tuple[list[Any], list[Any]]:
        del options, content
        text = text.replace("\x00", "")
        match = _TARGET.fullmatch(text)
        shown, target = (match[1], match[2]) if match is not None else (text, text)
        address = work.site.find_address(target) if name.rpartition(":")[2] in _LINKS else ""
        if "://" in address or "://" in target:
            return [nodes.reference("", shown, refuri=address if "://" in address else target)], []
        return [nodes.Text(shown or target)], []

    return show
