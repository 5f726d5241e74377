"""Private feeds: for those who have a token, with drafts where these are wanted. Served, never frozen."""

from feeds.config.tokens import ABSENT, problems, require
from feeds.web.private.feed import PrivateFeeds
from feeds.web.private.keyring import Keyring

__all__ = ["ABSENT", "Keyring", "PrivateFeeds", "problems", "require"]
