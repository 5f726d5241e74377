"""Object stores, such as S3: where articles may be read from and frozen trees written to.

Only addresses are loaded with the configuration; what speaks to a store, when there is one.
"""
