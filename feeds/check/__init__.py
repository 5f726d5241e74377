"""Problems gathered: of articles, of what was published before, of finished documents."""
