"""A site whose articles differ in everything that a query can ask for."""

from __future__ import annotations

from typing import Any

from sites import Workspace

BASE = "https://feeds.example.org"
ARTICLES: dict[str, dict[str, Any]] = {
    "robot-arms": {"topics": ["Robotics", "AI"], "type": "video", "quality": 80, "heat": 5, "locale": "en-GB"},
    "chess": {"topics": ["AI"], "type": "article", "quality": 40, "heat": 60, "categories": ["Games"]},
    "garten": {"topics": ["Gardens"], "type": "article", "quality": 60, "locale": "de",
               "provider": {"name": "Grün", "domain": "gruen.example"}},
    "roses": {"topics": ["Gardens"], "type": "video", "locale": "fr", "excerpt": "Café roses, deep learning",
              "provider": {"name": "Grün", "domain": "gruen.example"}},
    "plain": {"topics": ["C++"], "title": "Learning deep water"},
}  # fmt: skip
DAYS = {name: f"2024-01-{day:02}T10:00:00Z" for day, name in enumerate(ARTICLES, start=1)}


def write_articles(workspace: Workspace) -> Workspace:
    """Write the articles, and configure topics with a parent and an alias."""
    for name, fields in ARTICLES.items():
        workspace.article(
            name,
            "Body text about lilies." if name == "garten" else "",
            **{"publishedDateTime": DAYS[name], **fields},
        )
    workspace.configure(
        '[topics."Artificial Intelligence"]\naliases = ["AI"]\nslug = "ai"\n'
        '[topics.Robotics]\nparent = "Machines"\n[topics.Machines]\ninclude_children = true\n'
    )
    return workspace
