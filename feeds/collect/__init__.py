"""Ways for articles and configurations to come from elsewhere: files of generators, pages, feeds, bookmarks."""
