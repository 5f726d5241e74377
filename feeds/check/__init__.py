"""Gather problems of articles, documents, and changes that readers would notice."""
