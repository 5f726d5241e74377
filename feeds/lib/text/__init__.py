"""Pure functions on text: plain text, HTML, URLs, dates, languages, identifiers."""
