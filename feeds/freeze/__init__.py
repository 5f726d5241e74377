"""Documents to files or objects."""
