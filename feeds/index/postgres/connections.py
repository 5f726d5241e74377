"""Opens connections to a schema of a PostgreSQL database."""

from __future__ import annotations

import psycopg
from psycopg import conninfo, sql

from feeds.errors import IndexFaultError
from feeds.index.postgres.session import Session

# What index.url does not say: a server that does not answer is not waited for without an end, and one that
# is gone is noticed though it says nothing.
_DEFAULTS = {
    "application_name": "feeds",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
# The server notices likewise that a machine is gone which holds a lock. Statements are short: to compile them takes longer.
_SETTINGS = (
    "SET search_path TO {}; SET client_min_messages TO warning; SET jit TO off;"
    " SET tcp_keepalives_idle TO 30; SET tcp_keepalives_interval TO 10; SET tcp_keepalives_count TO 3"
)


def parameters(url: str) -> dict[str, str]:
    """The connection parameters of an address, as libpq knows them."""
    try:
        given = conninfo.conninfo_to_dict(f"postgresql://{url.partition('://')[2]}")
    except psycopg.ProgrammingError:
        # Its own message may show all of the address.
        raise IndexFaultError("index.url: is no address of a PostgreSQL database.") from None
    return _DEFAULTS | {key: str(value) for key, value in given.items() if value is not None}


def opened(given: dict[str, str], schema: str) -> Session:
    """A connection of one's own that sees one schema. Raises :class:`psycopg.Error`."""
    connection = psycopg.connect(conninfo.make_conninfo("", **given), autocommit=True, client_encoding="utf8")
    try:
        connection.execute(sql.SQL(_SETTINGS).format(sql.Identifier(schema)))
    except psycopg.Error:
        connection.close()
        raise
    return Session(connection)
