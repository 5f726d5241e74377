"""Private feeds: for readers who have a token, with drafts if wanted. Served, never frozen."""
