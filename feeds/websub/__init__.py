"""Push by WebSub (www.w3.org/TR/websub): tell hubs which feeds changed; they tell the subscribers.

What a hub misses costs its readers one polling interval. So a hub is told again a few times,
by whatever process runs next, and no more is done than that needs.
"""

from feeds.websub.commands import list_urls, notify_after_freeze, notify_named, notify_pending
from feeds.websub.delivery import describe_failures, describe_successes
from feeds.websub.rounds import Pinger

__all__ = [
    "Pinger", "describe_failures", "describe_successes", "list_urls", "notify_after_freeze", "notify_named", "notify_pending",
]  # fmt: skip
