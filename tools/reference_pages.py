"""Writes what the reference of the documentation takes from the program: an extension of Sphinx.

In a page, a comment such as ``<!-- every table -->`` is replaced by what the types of the configuration say. Each problem
of docs/reference/problems.toml gets a page of its own in docs/problems, a folder that git ignores.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from feeds.config.json_schema import ARTICLE_FIELDS, make_config_schema, read_descriptions
from feeds.config.schema import Tables

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PROBLEMS = DOCS / "reference" / "problems.toml"
# Tables of which there may be several, by name: what the name is.
_NAMED = {
    "topics": '"NAME"',
    "providers": '"DOMAIN"',
    "categories": '"NAME"',
    "selections": "NAME",
    "private": "NAME",
    "sources": "NAME",
}
# Where a guide says more about a table.
_GUIDES = {
    "articles": "../start/generators/index.md",
    "feeds": "",
    "output": "../guides/static-hosts.md",
    "pages": "../guides/look.md",
    "index": "../guides/postgres.md",
    "server": "../guides/serve.md",
    "websub": "../guides/push.md",
    "topics": "../guides/curate.md",
    "providers": "../guides/curate.md",
    "selections": "../guides/curate.md",
    "private": "../guides/private.md",
    "sources": "../guides/collect.md",
}
_FOLDER_KEY = (
    "path",
    "text",
    "A folder of YAML files, relative to config.toml. What config.toml itself says comes first.",
)
_LITERAL = re.compile(r'\[?"[^"\s]+"\]?')
_OUTSIDE = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)#\s]+)\)")
GROUPS = {
    "configuration": "Configuration",
    "files": "Files and folders",
    "fields": "Fields of an article",
    "text": "The text of an article",
    "history": "What was published before",
    "documents": "Finished documents (`feeds check --feeds`)",
}


def describe_tables() -> str:
    """Return every table of config.toml in Markdown: its keys, what each may be, its default and meaning."""
    return "\n".join(_describe_tables())


def _describe_tables() -> Iterator[str]:
    schema = make_config_schema()
    for field in msgspec.structs.fields(Tables):
        name = field.name
        title = f"{name}.{_NAMED[name]}" if name in _NAMED else name
        kind = field.type if isinstance(field.type, type) else field.type.__args__[1]
        definition = schema["$defs"][kind.__name__]
        guide = f" [More]({_GUIDES[name]})" if _GUIDES.get(name) else ""
        yield f"## `[{title}]`\n\n{definition['description']}{guide}\n"
        defaults = {one.name: one for one in msgspec.structs.fields(kind)}
        for key, said in read_descriptions(kind).items():
            kinds = _name_kinds(definition["properties"][key])
            yield _define(f"{title}.{key}", kinds, _show_default(defaults[key]), said)
        if name in ("topics", "providers"):
            yield _define(f"{name}.{_FOLDER_KEY[0]}", _FOLDER_KEY[1], "", _FOLDER_KEY[2])


def _define(key: str, kinds: str, default: str, said: str) -> str:
    # A value in quotes, or a list of such, is code; what is code already stays.
    said = "`".join(
        part if n % 2 else _LITERAL.sub(r"`\g<0>`", part) for n, part in enumerate(said.split("`"))
    )
    anchor = re.sub(r"[^\w]+", "-", key.lower()).strip("-")
    return f'<span id="{anchor}"></span>`{key}` — {kinds}{f", {default}" if default else ""}\n: {said}\n'


def _name_kinds(schema: dict[str, Any]) -> str:
    """Return what a value may be, in words."""
    if "anyOf" in schema:
        return " or ".join(_name_kinds(one) for one in schema["anyOf"] if one != {"type": "null"})
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"] if one != "")
    if schema.get("type") == "array":
        return f"list of {_name_kinds(schema['items'])}"
    names = {"string": "text", "integer": "number", "boolean": "`true` or `false`", "object": "table"}
    return names.get(schema.get("type", ""), "any value")


def _show_default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT:
        return "required"
    default = field.default if field.default is not msgspec.NODEFAULT else None
    if default is None or default in ("", (), {}):
        return ""
    return f"default `{json.dumps(default)}`"


def describe_fields() -> str:
    """Return the fields of an article in Markdown, with what each may be."""
    rows = [f"| `{name}` | {said} |" for name, (_, said) in ARTICLE_FIELDS.items() if said != "Is not shown."]
    return "\n".join(["| field | meaning |", "| --- | --- |", *rows, ""])


def read_problems() -> dict[str, dict[str, Any]]:
    """Return what the documentation says about each code."""
    return tomllib.loads(PROBLEMS.read_text("utf-8"))


def format_problem(code: str, problem: dict[str, Any]) -> str:
    """Return the page of a problem in Markdown: its cause, an example, and its cure."""
    # The side bar of each page would be five times as long with them.
    parts = [
        "---\norphan: true\n---",
        f"# {code}",
        f"**{problem['severity'].capitalize()}.** {problem['cause'].strip()}",
    ]
    parts += ["## Example"]
    parts += [f"```text\n{problem['article'].strip()}\n```"] if "article" in problem else []
    parts += [f"```toml\n{problem['config'].strip()}\n```"] if "config" in problem else []
    parts += [f"```{{code-block}} text\n:class: message\n\n{problem['message'].strip()}\n```"]
    parts += ["## What to do", problem["cure"].strip()]
    parts.append("[All problems](../reference/problems.md)")
    return "\n\n".join(parts) + "\n"


def list_problems() -> str:
    """Return the list of all problems by group, with links to their pages."""
    parts = []
    known = read_problems()
    for group, title in GROUPS.items():
        rows = [
            f"| [{code}](../problems/{code}.md) | {one['severity']} | {_first_sentence(one['cause'])} |"
            for code, one in sorted(known.items())
            if one["group"] == group
        ]
        parts.append("\n".join([f"## {title}\n", "| code | | cause |", "| --- | --- | --- |", *rows, ""]))
    return "\n".join(parts)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.])\s", " ".join(text.split()), maxsplit=1)[0]


FILLED: dict[str, Callable[[], str]] = {
    "<!-- every table -->": describe_tables,
    "<!-- every field -->": describe_fields,
    "<!-- every problem -->": list_problems,
}


def fill(text: str, page: Path) -> str:
    """Return the text of a page with its generated parts; what leads to a folder or page outside of docs is its name."""
    for mark, make in FILLED.items():
        if mark in text:
            text = text.replace(mark, make())

    def name_outside(match: re.Match[str]) -> str:
        target = (page.parent / match[2]).resolve()
        # Sphinx offers other files for download.
        is_page = target.is_dir() or target.suffix == ".md"
        return f"`{match[1].strip('`')}`" if is_page and not target.is_relative_to(DOCS) else match[0]

    # Nothing colours Caddyfiles, and of an article nothing but its front matter.
    return _OUTSIDE.sub(
        name_outside, text.replace("```caddy\n", "```text\n").replace("```markdown\n", "```yaml\n")
    )


def write_problem_pages(folder: Path) -> None:
    """Write the page of each problem, and leave alone those that are as they should be."""
    folder.mkdir(exist_ok=True)
    pages = {f"{code}.md": format_problem(code, one) for code, one in read_problems().items()}
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        file = folder / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx what to call."""
    app.connect("builder-inited", lambda _app: write_problem_pages(DOCS / "problems"))
    app.connect("source-read", _fill_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill_source(app: Any, page: str, source: list[str]) -> None:
    source[0] = fill(source[0], Path(app.env.doc2path(page)))
