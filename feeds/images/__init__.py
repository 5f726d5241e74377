"""Pictures of other sites: fetched once, made small, and kept beside the index."""
