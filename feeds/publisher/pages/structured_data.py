"""What pages tell sites that link to them: Open Graph and JSON-LD (schema.org)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from feeds.config.schema import Config
from feeds.lib.text.dates import format_rfc3339
from feeds.lib.text.plain import shorten
from feeds.lib.text.urls import canonicalise
from feeds.model import Article, Channel
from feeds.paths import make_page_path

_LENGTH = 200


class About(Struct, frozen=True):
    """A page in a few words; ``data`` is for search engines."""

    url: str
    title: str
    description: str
    data: dict[str, Any]
    type: str = "website"
    image: str = ""


def describe_page(config: Config, path: str, title: str, description: str) -> About:
    """Describe a page that has no data of its own."""
    url = config.site.base_url + path
    return About(url, title, description, _make_json_ld("WebPage", url, title, description))


def describe_site(config: Config, summary: str) -> About:
    """Describe the index page."""
    site = config.site
    description = site.description or summary
    data = _make_json_ld("WebSite", site.base_url, site.title, description) | {"inLanguage": site.language}
    return About(site.base_url, site.title, description, data, image=_find_picture(config))


def describe_channel(config: Config, channel: Channel, summary: str, articles: Sequence[Article]) -> About:
    """Describe a channel's page, with the picture of its newest article that has one.

    ``summary`` is for a channel without a description.
    """
    url = config.site.base_url + make_page_path(channel)
    description = channel.description or summary
    data = _make_json_ld("CollectionPage", url, channel.title, description)
    data["isPartOf"] = {"@type": "WebSite", "name": config.site.title, "url": config.site.base_url}
    newest = next((article.images[0].url for article in articles if article.images), "")
    return About(url, channel.title, description, data, image=newest or _find_picture(config))


def describe_article(config: Config, path: str, article: Article) -> About:
    """Describe an article's page."""
    url = config.site.base_url + path
    description = shorten(article.summary or article.title, _LENGTH)
    data = _make_json_ld("Article", url, article.title, description) | {
        "headline": article.title,
        "datePublished": format_rfc3339(article.published),
        "dateModified": format_rfc3339(article.updated),
        "inLanguage": article.language or config.site.language,
        "image": [image.url for image in article.images],
        "author": [{"@type": "Person", "name": name} for name in article.provider.authors],
        "publisher": {"@type": "Organization", "name": article.provider.name or config.site.title},
    }
    image = article.images[0].url if article.images else _find_picture(config)
    return About(url, article.title, description, data, "article", image)


def _make_json_ld(type_: str, url: str, name: str, description: str) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": type_,
        "url": url,
        "name": name,
        "description": description,
    }


def _find_picture(config: Config) -> str:
    return canonicalise(config.site.logo, config.site.base_url) or "" if config.site.logo else ""
