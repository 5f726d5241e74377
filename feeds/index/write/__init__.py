"""Writes to the index; for syncs alone."""
