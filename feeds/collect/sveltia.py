"""Write the configuration of Sveltia CMS, a browser editor for git repositories."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from feeds.collect.new import refuse_bucket
from feeds.config.schema import Config
from feeds.errors import FeedsError
from feeds.lib.storage.files import read_file

_REMOTE = re.compile(r'\[remote "origin"\][^\[]*?\burl\s*=\s*(\S+)')
_BRANCH = re.compile(r"ref: refs/heads/(\S+)")
_AT_HOST = re.compile(r"(?:\w+://)?(?:[^@/]+@)?([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?/?")
_BACKENDS = {"github.com": "github", "gitlab.com": "gitlab", "codeberg.org": "gitea"}
_LARGEST = 100_000
_KEPT = (
    "id", "updatedDateTime", "featuredContent", "locale", "categories", "category", "heat", "length", "related", "published", "deleted", "secured",
    "actions", "price", "ampWebUrl", "cdnAmpWebUrl",
)  # fmt: skip
_HEAD = """\
# Written by `feeds schema --cms sveltia`. Put it beside admin/index.html, which holds one line:
# <script src="https://unpkg.com/@sveltia/cms/dist/sveltia-cms.js" type="module"></script>
"""


def format_sveltia(config: Config, topics: Sequence[str]) -> str:
    """Return the configuration of the editor for a site, as YAML.

    Where the repository is, its own configuration tells; if it does not, that is to be filled in. Raises
    :class:`FeedsError` if the articles are in a bucket or are not in the repository.
    """
    refuse_bucket(config)
    root = _find_root(config.folder.resolve())
    try:
        articles = config.articles_path.resolve().relative_to(root).as_posix()
    except ValueError:
        raise FeedsError(
            f"{config.articles_path}: is not in the repository {root}, which is edited."
        ) from None
    static = config.locate(config.pages.static or "static").resolve()
    media = static.relative_to(root).as_posix() if static.is_relative_to(root) else "static"
    tables = {
        "backend": _describe_backend(root),
        "media_folder": media,
        # Where `pages.static` is published.
        "public_folder": "/static/own",
        "site_url": config.site.base_url,
        "output": {"omit_empty_optional_fields": True},
        "collections": [
            {
                "name": "articles",
                "label": "Articles",
                "label_singular": "Article",
                "folder": "" if articles == "." else articles,
                "create": True,
                "extension": "md",
                "format": "yaml-frontmatter",
                "slug": "{{year}}-{{month}}-{{day}}-{{slug}}",
                "summary": "{{publishedDateTime | date('YYYY-MM-DD')}} {{title}}",
                "sortable_fields": ["publishedDateTime", "title"],
                "fields": _list_fields(topics),
            }
        ],
    }
    warning = (
        ""
        if config.pages.static
        else f'# Pictures are published with [pages] static = "{media}" in config.toml.\n'
    )
    return _HEAD + warning + yaml.safe_dump(tables, sort_keys=False, allow_unicode=True, width=110)


def _find_root(folder: Path) -> Path:
    """Return the folder of the repository around a folder, or the folder itself."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def _describe_backend(root: Path) -> dict[str, str]:
    remote, branch = _REMOTE.search(_read(root / ".git/config")), _BRANCH.search(_read(root / ".git/HEAD"))
    place = _AT_HOST.fullmatch(remote[1]) if remote else None
    backend = {"name": "github", "repo": "OWNER/REPOSITORY", "branch": branch[1] if branch else "main"}
    if place is not None:
        backend |= {"name": _BACKENDS.get(place[1], "gitea"), "repo": place[2]}
        if place[1] not in _BACKENDS:
            backend |= {"base_url": f"https://{place[1]}", "api_root": f"https://{place[1]}/api/v1"}
        elif place[1] == "codeberg.org":
            backend |= {"base_url": "https://codeberg.org", "api_root": "https://codeberg.org/api/v1"}
    return backend


def _read(file: Path) -> str:
    try:
        return read_file(file, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""


def _list_fields(topics: Sequence[str]) -> list[dict[str, Any]]:
    """Return the fields of an article as the editor shows them, the usual ones first."""
    address = {"widget": "string", "type": "url", "required": False}
    named = {"widget": "select", "options": list(topics), "multiple": True} if topics else {"widget": "list"}
    picture = [
        {"name": "url", "label": "Picture", "widget": "image"},
        {"name": "title", "label": "What it shows", "widget": "string", "required": False},
        {"name": "attribution", "label": "By whom", "widget": "string", "required": False},
    ]
    provider = [
        {"name": "name", "label": "Name", "widget": "string", "required": False},
        {
            "name": "domain",
            "label": "Domain",
            "widget": "string",
            "required": False,
            "hint": "Such as example.org",
        },
    ]
    return [
        {"name": "title", "label": "Title", "widget": "string"},
        {"name": "excerpt", "label": "Excerpt", "widget": "text", "required": False},
        {"name": "publishedDateTime", "label": "Published", "widget": "datetime", "format": "YYYY-MM-DDTHH:mm:ssZ",
         "default": "{{now}}"},
        {"name": "originalUrl", "label": "Address", **address, "hint": "Of what it is about"},
        {"name": "topics", "label": "Topics", **named, "required": False},
        {"name": "tags", "label": "Tags", "widget": "list", "required": False},
        {"name": "provider", "label": "Provider", "widget": "object", "required": False, "collapsed": True, "fields": provider},
        {"name": "images", "label": "Pictures", "widget": "list", "required": False, "collapsed": True, "fields": picture},
        {"name": "type", "label": "Type", "widget": "string", "required": False, "hint": "Such as article or video"},
        {"name": "quality", "label": "Quality", "widget": "number", "value_type": "int", "required": False},
        {"name": "sourceUrl", "label": "Found at", **address},
        {"name": "webUrl", "label": "Where to read it", **address, "hint": "If that is not the address"},
        {"name": "removed", "label": "Taken back", "widget": "boolean", "required": False, "default": False},
        {"name": "draft", "label": "Draft", "widget": "boolean", "required": False, "default": False},
        # The editor would drop fields that it does not know.
        *({"name": name, "widget": "hidden"} for name in _KEPT),
        {"name": "body", "label": "Text", "widget": "markdown", "required": False},
    ]  # fmt: skip
