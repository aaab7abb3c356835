"""The database's rows as set-up left them: remembered once, restored before each scenario.

Restoring is one transaction over all tables and takes tens of milliseconds, where a new database
would take a new stack.
"""

from collections.abc import Sequence
from fnmatch import fnmatch
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

SCHEMA: Final = "crucible_baseline"
#: Part of what a template depends on: raise it when what is remembered changes.
VERSION: Final = "baseline 1"
LOCK_SECONDS_MAX: Final = 10
TABLES: Final[LiteralString] = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
)
SEQUENCES: Final[LiteralString] = (
    "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"
)


def remember(url: str) -> None:
    """Copy every table and sequence of the target into a schema of our own."""
    with psycopg.connect(url) as connection:
        connection.execute(_sql("CREATE SCHEMA {schema}"))
        for table in _names(connection, TABLES):
            connection.execute(
                _sql("CREATE TABLE {schema}.{name} AS TABLE public.{name}", name=table)
            )
        connection.execute(_sql("CREATE TABLE {schema}.sequences_ (name text, value bigint)"))
        for sequence in _names(connection, SEQUENCES):
            connection.execute(
                _sql(
                    "INSERT INTO {schema}.sequences_ SELECT {text}, last_value"
                    " FROM public.{name} WHERE is_called",
                    name=sequence,
                    text=sql.Literal(sequence),
                )
            )


def restore(url: str, keep: Sequence[str] = ()) -> None:
    """Put every table back, except those whose name matches a pattern of ``keep``.

    Raises:
        psycopg.Error: the database is away, or somebody holds a lock for too long.
    """
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL("SET lock_timeout = {}").format(f"{LOCK_SECONDS_MAX}s"))
        # Foreign keys hold again at the end: they held when the rows were remembered.
        connection.execute("SET session_replication_role = replica")
        tables = [
            name
            for name in _names(connection, TABLES)
            if not any(fnmatch(name, pattern) for pattern in keep)
        ]
        everything = sql.SQL(", ").join(sql.Identifier("public", name) for name in tables)
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(everything))
        for table in tables:
            connection.execute(
                _sql("INSERT INTO public.{name} SELECT * FROM {schema}.{name}", name=table)
            )
        connection.execute(
            _sql("SELECT setval(format('public.%I', name), value) FROM {schema}.sequences_")
        )


def _names(connection: "psycopg.Connection[Any]", query: LiteralString) -> list[str]:
    return [name for (name,) in connection.execute(query)]


def _sql(query: LiteralString, name: str = "", **more: sql.Composable) -> sql.Composed:
    return sql.SQL(query).format(schema=sql.Identifier(SCHEMA), name=sql.Identifier(name), **more)
