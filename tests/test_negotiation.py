"""Which coding a client gets (RFC 9110, section 12.5.3): each line of the table is one header."""

from __future__ import annotations

import gzip

import brotli
import zstandard
from effort import for_each
from hypothesis import given
from hypothesis import strategies as st

from feeds.lib.compression import CODINGS, compress
from feeds.web.negotiation import rank_codings

TABLE: list[tuple[str | None, str]] = [
    (None, "identity"), ("", "identity"), ("identity", "identity"), (" ", "identity"),
    # one
    ("gzip", "gzip identity"), ("br", "br identity"), ("zstd", "zstd identity"), ("x-gzip", "gzip identity"),
    ("GZIP", "gzip identity"), ("deflate", "identity"), ("compress, deflate", "identity"),
    # several: the smallest first if the client has no preference
    ("gzip, deflate, br, zstd", "br zstd gzip identity"), ("gzip,br", "br gzip identity"), ("zstd,gzip", "zstd gzip identity"),
    ("gzip ,\tbr", "br gzip identity"),
    # weights
    ("br;q=0.5, gzip;q=1.0", "gzip br identity"), ("br;q=0.5,gzip;q=0.8,zstd;q=0.6", "gzip zstd br identity"),
    ("gzip;q=0.001", "gzip identity"), ("gzip;q=0", "identity"), ("gzip;q=0.000, br", "br identity"),
    ("gzip; q=0.3, br ; q = 0.2", "gzip br identity"), ("gzip;Q=0.5", "gzip identity"),
    # identity
    ("identity, gzip;q=0.5", "identity gzip"), ("gzip, identity;q=0.5", "gzip identity"), ("gzip, identity;q=0", "gzip"),
    ("identity;q=0", ""), ("br;q=0, identity;q=0", ""), ("gzip;q=0.4, identity;q=0.4", "gzip identity"),
    # any
    ("*", "gzip identity"), ("*;q=0", ""), ("br, *;q=0", "br"), ("gzip;q=0, *", "identity"), ("identity, *;q=0", "identity"),
    ("*;q=0.5, br;q=0.1", "gzip identity br"), ("*;q=0, identity;q=0.1", "identity"),
    # no weights: left out
    ("gzip;q=2", "identity"), ("gzip;q=-1", "identity"), ("gzip;q=high", "identity"), ("gzip;q=0.1234", "identity"),
    ("gzip;level=9, br", "br identity"), (",, ,gzip,", "gzip identity"), ("gzip br", "identity"), ('"gzip"', "identity"),
]  # fmt: skip


@for_each(("header", "expected"), TABLE)
def test_the_codings_of_a_header_are_those_of_the_table(header: str | None, expected: str) -> None:
    assert " ".join(rank_codings(header)) == expected


@given(st.text(max_size=60))
def test_no_header_raises_and_no_coding_comes_twice(header: str) -> None:
    found = rank_codings(header)
    assert len(set(found)) == len(found)
    assert set(found) <= {*CODINGS, "identity"}


@given(st.binary(max_size=2000))
def test_what_is_compressed_can_be_read_by_others_and_is_the_same_each_time(body: bytes) -> None:
    read = {
        "gzip": gzip.decompress,
        "br": brotli.decompress,
        "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
    }
    for coding in CODINGS:
        packed = compress(body, coding)
        assert read[coding](packed) == body
        assert compress(body, coding) == packed
