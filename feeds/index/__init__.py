"""The database of articles and channels: a cache that can be deleted."""

from feeds.index.index import INDEX_ERRORS, Index, is_damage
from feeds.index.open import is_filled, open_index

__all__ = ["INDEX_ERRORS", "Index", "is_damage", "is_filled", "open_index"]
