"""Remembers articles and who belongs to which channel; a cache that can be deleted."""

from feeds.index.scan import Listing, scan, scan_below
from feeds.index.store import FAULTS, Index, is_damage, is_filled, open_index
from feeds.index.sync import Changes, Fingerprints, Job, sync
from feeds.index.work import Result, Task

__all__ = [
    "FAULTS",
    "Changes",
    "Fingerprints",
    "Index",
    "Job",
    "Listing",
    "Result",
    "Task",
    "is_damage",
    "is_filled",
    "open_index",
    "scan",
    "scan_below",
    "sync",
]
