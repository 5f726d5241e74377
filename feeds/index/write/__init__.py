"""What a sync writes to the index."""
