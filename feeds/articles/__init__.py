"""Reads one article; tolerant of how people write, exact about what is wrong."""

from feeds.articles.reader import Reading, Rules, read

__all__ = ["Reading", "Rules", "read"]
