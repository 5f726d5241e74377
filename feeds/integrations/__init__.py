"""Feeds within other programs: a Sphinx extension and a MkDocs plugin."""
