"""The tables of the index. Times are seconds since 1970 in UTC; paths are relative.

Nothing of an article that is not public is kept but its path, stamp and hash.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    literal_column,
)

VERSION = 9

# A tree that was frozen longer ago than this many syncs is compared whole.
KEPT_GENERATIONS = 1000

metadata = MetaData()

# version, birth (random, of this index alone), generation, the fingerprints work, site and digests_work, and site_changed.
meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

# Each state of the index has a random name, so that a frozen tree knows whether it was made
# from a state that this index has been in, or from one of another index.
generations = Table(
    "generations",
    metadata,
    Column("generation", Integer, primary_key=True),
    Column("token", String, nullable=False),
)

# state: public, future, unpublished, removed or faulty
files = Table(
    "files",
    metadata,
    Column("path", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime", BigInteger, nullable=False),  # nanoseconds; 0 when too fresh to be trusted
    Column("hash", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("due", BigInteger, index=True),  # when it must be looked at again
    Column("problems", LargeBinary),
)

# A key is never used again, so that what was noted of an article is not taken for another's.
articles = Table(
    "articles",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("path", String, nullable=False, unique=True),
    Column("id", String, nullable=False, index=True),
    Column("url", String, nullable=False, index=True),
    Column("published", BigInteger, nullable=False),
    Column("updated", BigInteger, nullable=False),
    Column("quality", Integer),
    Column("heat", Integer),
    Column("type", String, nullable=False),  # folded
    Column("language", String, nullable=False),  # in small letters; empty for the site's own
    Column("shown", Integer, nullable=False),  # 1 for the one of those with this id that readers get
    Column("page", String, nullable=False),  # of one without a link; else empty
    Column("memberships", LargeBinary, nullable=False),
    Column("article", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
# True for the others of those with the same id; written out, so that the index of them serves.
SHADOWED = articles.c.shown == literal_column("0")
Index("shadowed", articles.c.id, sqlite_where=SHADOWED)
# Most articles have a link: the few others are found by this.
PAGED = (articles.c.page != literal_column("''")) & (articles.c.shown == literal_column("1"))
Index("paged", articles.c.page, sqlite_where=PAGED)

entries = Table(
    "entries",
    metadata,
    Column("article", Integer, ForeignKey("articles.key"), primary_key=True),
    Column("format", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

channels = Table(
    "channels",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("newest", BigInteger),
    Column("label", String, nullable=False),  # the prevailing spelling of its name
    UniqueConstraint("kind", "name"),
)

# Digests are articles that no file holds: their path begins with this.
DIGEST_PATH = "digest:"

# The primary key is the order of a feed: newest first, ties by id.
members = Table(
    "members",
    metadata,
    Column("channel", Integer, ForeignKey("channels.key"), primary_key=True),
    Column("age", BigInteger, primary_key=True),  # the negative of published
    Column("id", String, primary_key=True),
    Column("article", Integer, nullable=False),
    Column("label", String, nullable=False),
    sqlite_with_rowid=False,
)

# Where in a channel something changed, so that only the archive documents from there on
# are made anew: ``moved`` where an article came or went, so that those after it moved. It is
# EDITED where none did, CAME where only new ones came, LEFT where one went or was edited too.
EDITED, CAME, LEFT = 0, 1, 2
touches = Table(
    "touches",
    metadata,
    Column("channel", Integer, ForeignKey("channels.key"), primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("age", BigInteger, primary_key=True),
    Column("moved", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# What was withdrawn from which channel, and when.
tombstones = Table(
    "tombstones",
    metadata,
    Column("channel", Integer, ForeignKey("channels.key"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("withdrawn", BigInteger, nullable=False),
)
