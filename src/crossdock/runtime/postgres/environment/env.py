"""What Alembic executes for each upgrade: one connection, one transaction, one process at a time."""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool


def _run(connection: Connection) -> None:
    # Whoever comes second waits here, and then finds nothing left to do.
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": context.config.attributes["lock"]})
    context.configure(connection=connection)
    context.run_migrations()


async def _upgrade(url: str) -> None:
    # asyncpg reads the URL itself, so that one URL means the same everywhere.
    engine = create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, async_creator=lambda: asyncpg.connect(url)
    )
    async with engine.begin() as connection:
        await connection.run_sync(_run)


asyncio.run(_upgrade(context.config.attributes["url"]))
