"""What the tables of both sides have in common."""

import asyncpg

# Indexes over all rows that begin as the key does and have all of it, beside the key itself.
TAKEN_FOR_THE_KEY = """
    SELECT other.indexrelid::regclass::text
    FROM pg_index key JOIN pg_index other USING (indrelid)
    WHERE key.indisprimary AND NOT other.indisprimary AND other.indpred IS NULL AND other.indrelid >= 16384
        AND key.indnkeyatts > 1 AND other.indkey[0] = key.indkey[0]
        AND string_to_array(key.indkey::text, ' ') <@ string_to_array(other.indkey::text, ' ')
    ORDER BY 1
"""


async def test_no_index_is_taken_for_the_key_of_a_young_table(store_database: str, service_database: str) -> None:
    await _examine(store_database)
    await _examine(service_database)


async def _examine(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        assert [row[0] for row in await connection.fetch(TAKEN_FOR_THE_KEY)] == []
        await connection.execute("CREATE TABLE young (shop_id bigint, id bigint, at bigint, PRIMARY KEY (shop_id, id))")
        await connection.execute("CREATE INDEX young_at ON young (shop_id, at, id)")
        assert [row[0] for row in await connection.fetch(TAKEN_FOR_THE_KEY)] == ["young_at"]
    finally:
        await connection.execute("DROP TABLE IF EXISTS young")
        await connection.close()
