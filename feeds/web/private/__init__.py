"""Private feeds: for readers with a token, with drafts if wanted. Never frozen."""
