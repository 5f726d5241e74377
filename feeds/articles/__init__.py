"""Reads one article: tolerant of how people write, exact about what is wrong."""

from feeds.articles.reader import Reader, Reading, ReadingRules, read

__all__ = ["Reader", "Reading", "ReadingRules", "read"]
