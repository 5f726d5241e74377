"""Push by WebSub (www.w3.org/TR/websub): hubs are told which feeds changed, and tell the subscribers.

What is to be told goes into the outbox first, so that nothing is lost where a hub is away or
the process ends. A freeze and `feeds ping` go round the hubs once, a server has a Pinger.
"""

from feeds.websub.commands import after_freeze, by_hand, failures, pending, successes
from feeds.websub.feed_urls import changed_urls
from feeds.websub.outbox import Outbox, Told
from feeds.websub.pinger import Pinger
from feeds.websub.round import Round

__all__ = [
    "Outbox",
    "Pinger",
    "Round",
    "Told",
    "after_freeze",
    "by_hand",
    "changed_urls",
    "failures",
    "pending",
    "successes",
]
