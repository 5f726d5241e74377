"""Gather problems of articles, finished documents, and changes that readers would notice."""
