"""A database that the tests of one process have one after the other, each of them as if it were new.

Cloning a template costs PostgreSQL thirty times what deleting the rows of one test does.
"""

import asyncio
from dataclasses import dataclass

import asyncpg

from crossdock.runtime.postgres.pool import Connection
from crossdock.runtime.postgres.server import EmbeddedPostgres

# A table that has grown is made anew, so that nobody looks through what was left in it by tests long gone.
GROWN_BYTES = 1_000_000

# Whoever is still connected belongs to a test that failed.
PUT_OUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

# Every CREATE, ALTER and DROP changes a number of these; ANALYZE, VACUUM and TRUNCATE do not.
SHAPE = """
SELECT (SELECT sum(xmin::text::bigint) FROM pg_attribute WHERE attrelid >= 16384),
       (SELECT sum(xmin::text::bigint) FROM pg_attrdef),
       (SELECT sum(xmin::text::bigint) FROM pg_index WHERE indexrelid >= 16384),
       (SELECT sum(xmin::text::bigint) FROM pg_constraint WHERE oid >= 16384),
       (SELECT sum(xmin::text::bigint) FROM pg_trigger),
       (SELECT sum(xmin::text::bigint) FROM pg_proc WHERE oid >= 16384),
       (SELECT sum(xmin::text::bigint) FROM pg_namespace),
       (SELECT count(*) FROM pg_db_role_setting)
"""

TABLES = """
SELECT pg_class.oid::regclass::text AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
"""

SEQUENCES = """
SELECT format('SELECT setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename),
              coalesce(last_value, start_value), last_value IS NOT NULL)
FROM pg_sequences
"""

MAKE_GROWN_ANEW = f"""
DO $$
DECLARE
    grown text;
BEGIN
    SELECT string_agg(name, ', ') INTO grown FROM ({TABLES}) tables WHERE pg_relation_size(name) > {GROWN_BYTES};
    IF grown IS NOT NULL THEN
        EXECUTE 'TRUNCATE ' || grown || ' CASCADE';
    END IF;
END $$
"""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One database, with the connection and the statements that clear it."""

    postgres: EmbeddedPostgres
    template: str
    name: str
    connection: Connection
    shape: asyncpg.Record | None
    clear: str

    @property
    def url(self) -> str:
        return self.postgres.url(self.name)

    @classmethod
    async def clone(cls, postgres: EmbeddedPostgres, template: str, name: str) -> "Kept":
        """Make the database from its template, in place of one that may be there."""
        admin = await asyncpg.connect(postgres.url("postgres"))
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        await admin.close()
        # Keys and triggers watch over what a program writes; this is not one.
        connection = await asyncpg.connect(postgres.url(name), server_settings={"session_replication_role": "replica"})
        return cls(
            postgres=postgres,
            template=template,
            name=name,
            connection=connection,
            shape=await connection.fetchrow(SHAPE),
            clear=await statements_that_clear(connection),
        )

    async def cleared(self) -> "Kept":
        """Return it as it was when it was cloned: without its rows, or cloned again if more than rows was changed."""
        while await self.connection.fetchval(PUT_OUT):
            await asyncio.sleep(0.002)
        if await self.connection.fetchrow(SHAPE) != self.shape:
            await self.connection.close()
            return await self.clone(self.postgres, self.template, self.name)
        await self.connection.execute(self.clear)
        return self


async def statements_that_clear(connection: Connection) -> str:
    """Return what brings every table and sequence back to where it is now."""
    tables = [row["name"] for row in await connection.fetch(TABLES)]
    deletions = [f"DELETE FROM {table}" for table in tables]
    rows = await connection.fetch(
        " UNION ALL ".join(f"SELECT '{table}' AS name, jsonb_agg(t)::text AS rows FROM {table} t" for table in tables)
    )
    written = [
        f"INSERT INTO {row['name']} OVERRIDING SYSTEM VALUE"
        f" SELECT * FROM jsonb_populate_recordset(NULL::{row['name']}, $rows${row['rows']}$rows$)"
        for row in rows
        if row["rows"]
    ]
    sequences = [row[0] for row in await connection.fetch(SEQUENCES)]
    return ";".join([MAKE_GROWN_ANEW, *deletions, *written, *sequences])
