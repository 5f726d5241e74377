"""Ways for articles and configurations to come from elsewhere.

They come from files of generators, pages, feeds and bookmarks.
"""
