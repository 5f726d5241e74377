"""How Sphinx builds the documentation: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from feeds.errors import DOCUMENTATION
from feeds.version import __version__

project = "feeds"
author = "the feeds contributors"
project_copyright = author
release = version = __version__
extensions = ["myst_parser", "sphinx_click", "reference_pages"]
html_theme = "furo"
html_title = f"feeds {release}"
html_baseurl = DOCUMENTATION
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["docs.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#a33f08", "color-brand-content": "#a33f08"},
    "dark_css_variables": {"color-brand-primary": "#f0935f", "color-brand-content": "#f0935f"},
}
myst_heading_anchors = 4
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist"]
nitpicky = True
smartquotes = False
# Examples that leave out a part with "…".
suppress_warnings = ["misc.highlighting_failure"]


def setup(app: Sphinx) -> None:
    """Show the diagrams that forges draw (Mermaid) as the text that they are."""
    app.add_lexer("mermaid", TextLexer)
