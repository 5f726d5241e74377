"""The tables of the index, in SQL. Times are in seconds since 1970 in UTC.

Paths are relative. Of an article that is not public, the index keeps only path, stamp and hash.

The statements are those of SQLite; PostgreSQL's engine translates their types and keys. To change the
tables, add a migration at the end: the existing ones have been run, and never change.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

# A tree that was frozen more syncs ago than this is compared whole.
KEPT_GENERATIONS = 1000

# A channel leaves the lists this long after its last article; its address stays.
LISTED_WHEN_EMPTY = timedelta(days=90)

# The table touches has where in a channel something changed, so that only the archive documents from
# there on are made again. ``moved`` is EDITED if no article came or went there, so that none moved; CAME
# if only new ones came; LEFT if one went or was edited too.
EDITED, CAME, LEFT = 0, 1, 2


class Migration(NamedTuple):
    """A step to the next version of the tables: statements for both databases or one."""

    both: tuple[str, ...]
    sqlite: tuple[str, ...] = ()
    postgres: tuple[str, ...] = ()


_FIRST = (
    # version, birth (random, of this index alone), generation, last_key, searched, site_changed, last_date,
    # doubtful_until, synced, withdrawn, indexed, the fingerprints work, site, digests_made and digests_state; in
    # PostgreSQL owner, the id of the site.
    """
    CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    # Each state of the index has a random token, so that a frozen tree knows whether it was made
    # from a state of this index or of another one.
    """
    CREATE TABLE generations (
        generation INTEGER PRIMARY KEY,
        token TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE files (
        path TEXT PRIMARY KEY,
        size INTEGER NOT NULL,
        mtime INTEGER NOT NULL,  -- nanoseconds; 0 when too fresh to be trusted
        hash BLOB NOT NULL,
        state TEXT NOT NULL,     -- public, future, unpublished, removed or faulty
        due INTEGER,             -- when it must be looked at again
        problems BLOB,
        folder TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX files_folder ON files (folder)",
    "CREATE INDEX files_due ON files (due) WHERE due IS NOT NULL",
    # The folders whose files are known with just the stamps that the fingerprint (column digest) stands for.
    """
    CREATE TABLE folders (
        path TEXT PRIMARY KEY,
        digest BLOB NOT NULL,
        files INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX files_problems ON files (path) WHERE problems IS NOT NULL",
    # A key is never used again, so that nothing that was noted of one article is taken for another's.
    # meta has the last one.
    """
    CREATE TABLE articles (
        key INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        id TEXT NOT NULL,
        url TEXT NOT NULL,
        published INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        quality INTEGER,
        heat INTEGER,
        type TEXT NOT NULL,      -- folded
        language TEXT NOT NULL,  -- in small letters; empty for the site's own
        page TEXT NOT NULL,      -- of one without a link; else empty
        memberships BLOB NOT NULL,
        article BLOB NOT NULL,
        shown INTEGER NOT NULL   -- 1 for the one of those with this id that readers get
    )
    """,
    "CREATE INDEX articles_id ON articles (id)",
    "CREATE INDEX articles_shadowed ON articles (id) WHERE shown = 0",
    # Most articles have a link. This finds the few others.
    "CREATE INDEX articles_page ON articles (page) WHERE page != '' AND shown = 1",
    # The rendered entries of an article, one column per format.
    """
    CREATE TABLE entries (
        article INTEGER PRIMARY KEY,
        updated INTEGER NOT NULL,
        atom BLOB,
        rss BLOB,
        json BLOB
    )
    """,
    """
    CREATE TABLE channels (
        key INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        generation INTEGER NOT NULL DEFAULT 0,
        changed INTEGER NOT NULL DEFAULT 0,
        count INTEGER NOT NULL DEFAULT 0,
        newest INTEGER,
        label TEXT NOT NULL DEFAULT '',  -- the prevailing spelling of its name
        UNIQUE (kind, name)
    )
    """,
    # The primary key is the order of a feed: newest first, ties by id. ``age`` is the negative of published.
    """
    CREATE TABLE members (
        channel INTEGER NOT NULL,
        age INTEGER NOT NULL,
        id TEXT NOT NULL,
        article INTEGER NOT NULL,
        label TEXT NOT NULL,
        PRIMARY KEY (channel, age, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE touches (
        channel INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        age INTEGER NOT NULL,
        moved INTEGER NOT NULL,
        PRIMARY KEY (channel, generation, age)
    ) WITHOUT ROWID
    """,
    # Which article was withdrawn from which channel, and when.
    """
    CREATE TABLE tombstones (
        channel INTEGER NOT NULL,
        id TEXT NOT NULL,
        withdrawn INTEGER NOT NULL,
        PRIMARY KEY (channel, id)
    ) WITHOUT ROWID
    """,
)

# What is needed to tell a faulty file from an article that was withdrawn, and an emptied channel from one
# that never had an article.
_FAULTY_FILES_AND_EMPTIED_CHANNELS = (
    # When the version was read that is published. In a faulty file, NULL if none is published.
    "ALTER TABLE files ADD COLUMN since INTEGER",
    # The hashes of the lines of the published version that may say whether it is public.
    "ALTER TABLE files ADD COLUMN visibility BLOB",
    # When the channel lost its last article; NULL while it has one.
    "ALTER TABLE channels ADD COLUMN emptied INTEGER",
    "UPDATE channels SET emptied = changed WHERE count = 0",
)

# What tells a file from another one though size and mtime are the same, because only the system sets it.
_STAMPS_OF_THE_SYSTEM = (
    # Nanoseconds, and 63 bits of the inode; 0 for an object of a store, and when too fresh to be trusted.
    "ALTER TABLE files ADD COLUMN ctime INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE files ADD COLUMN inode INTEGER NOT NULL DEFAULT 0",
)

# Hashes with a key that the index does not have (feeds/index/seals.py).
_SEALS = (
    "ALTER TABLE articles ADD COLUMN seal BLOB",
    """
    CREATE TABLE seals (
        article INTEGER PRIMARY KEY,
        atom BLOB,
        rss BLOB,
        json BLOB
    )
    """,
)

# Of two names that want one address, the one with the older article has it.
_OLDEST_ARTICLES = (
    # When the oldest article of the channel was published. One that lost its last article keeps it.
    "ALTER TABLE channels ADD COLUMN oldest INTEGER",
    "UPDATE channels SET oldest = (SELECT -max(age) FROM members WHERE members.channel = channels.key)",
)

# An article's page leads to the pages of the articles before and after it.
_PAGES_IN_ORDER = ("CREATE INDEX articles_paged ON articles (published, id) WHERE page != '' AND shown = 1",)

# A picture beside an article is published with its page. Few articles have one.
_ARTICLES_WITH_FILES = (
    "ALTER TABLE articles ADD COLUMN has_files INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX articles_with_files ON articles (page) WHERE has_files > 0 AND shown = 1",
)

# The words of titles, summaries, topics and providers, for the search of a frozen site.
_WORD_INDEX = (
    # A part is some articles by key, a cell the words that begin with the same letters. ``numbers`` is how many numbers
    # of articles the body has.
    """
    CREATE TABLE word_parts (
        part INTEGER NOT NULL,
        cell TEXT NOT NULL,
        numbers INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (part, cell)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX word_parts_cell ON word_parts (cell, part)",
    # Which articles a part has: their number, the sum of their keys and that of the squares.
    """
    CREATE TABLE word_part_keys (
        part INTEGER PRIMARY KEY,
        articles INTEGER NOT NULL,
        total INTEGER NOT NULL,
        squares INTEGER NOT NULL
    )
    """,
    # When a cell last changed, and the first letters of its words if it is so large that it is divided by them.
    """
    CREATE TABLE word_cells (
        cell TEXT PRIMARY KEY,
        generation INTEGER NOT NULL,
        divided BLOB
    ) WITHOUT ROWID
    """,
)

# What queries choose by stands beside the place in a channel: to look at each article takes ten times as long.
_MEMBERS_WITH_FIELDS = (
    "ALTER TABLE members ADD COLUMN quality INTEGER",
    "ALTER TABLE members ADD COLUMN heat INTEGER",
    "ALTER TABLE members ADD COLUMN type TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE members ADD COLUMN language TEXT NOT NULL DEFAULT ''",
    """
    UPDATE members SET
        quality = (SELECT quality FROM articles WHERE articles.key = members.article),
        heat = (SELECT heat FROM articles WHERE articles.key = members.article),
        type = (SELECT type FROM articles WHERE articles.key = members.article),
        language = (SELECT language FROM articles WHERE articles.key = members.article)
    """,
)

# In PostgreSQL, a row takes as long as ten entries of an index. So what a query counts is in one, without the ids, which
# are most of a place in a channel.
_MEMBERS_TO_COUNT = (
    "CREATE INDEX members_counted ON members (channel, article) INCLUDE (age, quality, heat, type, language)",
)


MIGRATIONS = (
    Migration(
        both=_FIRST,
        sqlite=("CREATE INDEX articles_url ON articles (url)",),
        postgres=(
            # Hashed, because an address may be longer than a key of a tree can be.
            "CREATE INDEX articles_url ON articles USING hash (url)",
            """
            CREATE TABLE words (
                article INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
                text TEXT NOT NULL  -- words, each after a space; a dot between title, excerpt and content
            )
            """,
            "CREATE INDEX words_text ON words USING gin (string_to_array(text, ' '))",
        ),
    ),
    Migration(both=(*_FAULTY_FILES_AND_EMPTIED_CHANNELS, *_STAMPS_OF_THE_SYSTEM)),
    Migration(both=_SEALS),
    Migration(both=_OLDEST_ARTICLES),
    Migration(both=_PAGES_IN_ORDER),
    Migration(both=_ARTICLES_WITH_FILES),
    Migration(both=_WORD_INDEX),
    Migration(both=_MEMBERS_WITH_FIELDS),
    Migration(both=(), postgres=_MEMBERS_TO_COUNT),
)
# Before there were migrations, there were eleven versions; none of them is migrated.
VERSION = 11 + len(MIGRATIONS)
# A file of SQLite that lacks something is built again, so what PostgreSQL alone has does not count there.
SQLITE_VERSION = VERSION - sum(not (one.both or one.sqlite) for one in MIGRATIONS)
