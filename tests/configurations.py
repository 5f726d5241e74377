"""Configurations that several tests use."""

from __future__ import annotations

# Each kind of channel, and limits so small that a few articles fill several documents.
EVERYTHING = """\
[feeds]
limit = 4
page_size = 3
tombstones = true
[topics.Machines]
include_children = true
aliases = ["Engines"]
[topics.Robots]
parent = "Machines"
[selections.top]
title = "Top"
sort = "quality"
window = "7d"
limit = 3
[selections.weekly]
title = "Weekly"
digest = "weekly"
[selections.picked]
title = "Picked"
min_quality = 5
exclude_topics = ["Zebra"]
"""
