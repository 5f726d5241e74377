"""Files and object stores such as S3: articles are read from them, frozen trees written to them.

The configuration loads addresses only. Clients of stores are loaded if a store is used.
"""
