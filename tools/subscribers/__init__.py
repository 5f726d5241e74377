"""Real feed readers, each brought to show what it makes of a feed."""
