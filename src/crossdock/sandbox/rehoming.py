"""A kept sandbox that comes back on other ports: each side is told where the other one is by now."""

from crossdock.runtime.connection import Pool
from crossdock.runtime.postgres.pool import transaction

# Of each side: the columns with addresses of the other side.
ADDRESSES = {"fulfillment_services": "callback_url", "stores": "url", "messages": "url"}


async def rehome(pool: Pool, old: str, new: str) -> None:
    """Replace the beginning of every address of the other side, also of messages that still wait to be sent."""
    async with transaction(pool) as connection:
        present = {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables")}
        for table, column in ADDRESSES.items():
            if table in present:
                await connection.execute(
                    f"""
                    UPDATE {table} SET {column} = $2 || substr({column}, length($1) + 1)
                    WHERE {column} = $1 OR {column} LIKE $1 || '/%'
                    """,
                    old,
                    new,
                )
