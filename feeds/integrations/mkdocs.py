"""A MkDocs plugin that freezes the feeds of a folder of articles into each build.

``plugins: [feeds]`` in mkdocs.yml reads ``feeds.toml`` beside it. What ``site.base_url`` says decides where in the
built site the feeds are, and each page names the one of all articles.
"""

from __future__ import annotations

import logging
from html import escape
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from mkdocs.config import base, config_options
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin

from feeds import formats
from feeds.config import load, override
from feeds.config.schema import Config
from feeds.errors import ConfigError, FeedsError
from feeds.site import open_site

# Its warnings are those of MkDocs, so that `mkdocs build --strict` fails for them.
_log = logging.getLogger("mkdocs.plugins.feeds")


class FeedsPluginConfig(base.Config):  # type: ignore[misc] # MkDocs is not installed everywhere
    """What mkdocs.yml says about the plugin: the file of its configuration."""

    config = config_options.Type(str, default="feeds.toml")


class FeedsPlugin(BasePlugin[FeedsPluginConfig]):  # type: ignore[misc] # MkDocs is not installed everywhere
    """Freezes feeds into the folder of the built site."""

    def __init__(self) -> None:
        super().__init__()
        self._is_serving = False

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:  # noqa: ARG002 - the name that MkDocs calls
        """Note whether the site is served here, at another address than its own."""
        self._is_serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> None:
        """Read the configuration, which decides where the feeds are."""
        self._config = self._load(config)
        self._folder = self._find_folder(config)
        self._base_url = (
            urljoin(config.site_url, self._folder) if self._is_serving else self._config.site.base_url
        )

    def on_post_page(self, output: str, *, page: object, config: MkDocsConfig) -> str:  # noqa: ARG002 - as above
        """Name the feeds of all articles in the head of a page, where readers look."""
        links = "".join(
            f'<link rel="alternate" type="{formats.MEDIA_TYPES[name]}" title="{escape(self._config.site.title)}"'
            f' href="{escape(self._base_url)}all.{name}">'
            for name in self._config.feeds.formats
        )
        return output.replace("</head>", f"{links}</head>", 1)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Freeze the feeds, and warn of what is wrong with articles.

        Hubs are not told: the site is not published yet.
        """
        try:
            chosen = override(self._config, base_url=self._base_url)
            with open_site(chosen, record=not self._is_serving) as site:
                plan = site.freeze(Path(config.site_dir, self._folder), ping=False)
        except FeedsError as error:
            raise PluginError(f"feeds: {error}") from error
        for problem in plan.problems:
            _log.log(logging.INFO if problem.severity == "note" else logging.WARNING, "%s", problem.text())

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> None:  # noqa: ARG002 - as above
        """Build again when an article or the configuration changes."""
        server.watch(self._config.file)
        if not self._config.articles_address:
            server.watch(str(self._config.articles_path))

    def _load(self, config: MkDocsConfig) -> Config:
        file = Path(config.config_file_path).parent / self.config.config
        try:
            return load(file)
        except ConfigError as error:
            raise PluginError(f"feeds: {error}") from error

    def _find_folder(self, config: MkDocsConfig) -> str:
        """Return where the feeds are below the built site, "" or with a slash at its end."""
        ours, theirs = self._config.site.base_url, config.site_url or ""
        root = f"{urlsplit(theirs).path.rstrip('/')}/"
        if not theirs or not urlsplit(ours).path.startswith(root):
            raise PluginError(
                f"feeds: site.base_url of {self._config.file}, {ours}, is not below the site_url of mkdocs.yml, {theirs or 'which is missing'}."
            )
        return urlsplit(ours).path.removeprefix(root)
