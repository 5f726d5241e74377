"""Remembers articles and who belongs to which channel; a cache that can be deleted."""

from feeds.index.scan import Listing, scan, scan_below
from feeds.index.store import Index, is_damage
from feeds.index.sync import Changes, Fingerprints, Job, sync
from feeds.index.work import Result, Task

__all__ = [
    "Changes",
    "Fingerprints",
    "Index",
    "Job",
    "Listing",
    "Result",
    "Task",
    "is_damage",
    "scan",
    "scan_below",
    "sync",
]
