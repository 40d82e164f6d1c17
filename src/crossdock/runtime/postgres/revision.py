"""What a migration file calls."""

from alembic import op


def execute(script: str) -> None:
    """Run SQL as it is written: any number of statements, no parameters, colons and percent signs mean themselves."""
    connection = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda raw: raw.execute(script))  # type: ignore[union-attr]  # asyncpg's adapter has it
