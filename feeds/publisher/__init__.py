"""A path to the document that is served and frozen there."""
