"""The HTML of pages: templates, static files, and the values that templates show."""
