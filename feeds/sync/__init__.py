"""Articles to index: list, find what changed, read, write."""
