"""Private feeds: for those who have a token, with drafts where these are wanted. Served, never frozen."""

from feeds.private.feed import PrivateFeeds
from feeds.private.tokens import ABSENT, Keyring, problems, require

__all__ = ["ABSENT", "Keyring", "PrivateFeeds", "problems", "require"]
