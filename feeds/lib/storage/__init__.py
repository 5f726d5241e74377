"""Files and object stores such as S3: articles come from them, trees go to them.

The configuration loads addresses only. Clients of stores are loaded if a store is used.
"""
