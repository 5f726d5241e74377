"""Reads one article: tolerant of how people write, exact about what is wrong."""
