"""feeds within programs of others: an extension of Sphinx, a plugin of MkDocs. Each is loaded by its program."""
