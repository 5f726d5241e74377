"""Push: tell hubs (WebSub), rssCloud and search engines (IndexNow) what changed.

They tell others. What one of them misses costs its readers one polling interval. So it is told again a few
times, by whatever process runs next, and no more is done than that needs.
"""

from feeds.push.commands import list_urls, notify_after_freeze, notify_named, notify_pending
from feeds.push.delivery import describe_failures, describe_successes
from feeds.push.rounds import Pinger

__all__ = [
    "Pinger", "describe_failures", "describe_successes", "list_urls", "notify_after_freeze", "notify_named", "notify_pending",
]  # fmt: skip
