"""Migrations bring a database up once, whoever and how many ask for it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from crossdock.runtime.postgres.migrations import current_revision, migrate, newest_revision

FIRST = '''
from crossdock.runtime.postgres.revision import execute
revision = "0001"
down_revision = None
def upgrade() -> None:
    execute("""
        CREATE TABLE orders (id bigint, note jsonb DEFAULT '{"a": ":b 100%"}'::jsonb); -- a "colon: and %s"
        CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;
        INSERT INTO orders VALUES (1);
    """)
'''
SECOND = """
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade() -> None:
    op.execute("ALTER TABLE orders ADD placed_at timestamptz")
    op.execute("INSERT INTO orders VALUES (2)")
"""
BROKEN = """
from alembic import op
revision = "0003"
down_revision = "0002"
def upgrade() -> None:
    op.execute("INSERT INTO orders VALUES (3)")
    op.execute("SELECT 1 / 0")
"""


@pytest.fixture
def location(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A side's migrations, two of them, in a package that can be imported."""
    name = f"side_{tmp_path.name.replace('-', '_')}"
    (tmp_path / name / "versions").mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    (tmp_path / name / "versions" / "0001_orders.py").write_text(FIRST)
    (tmp_path / name / "versions" / "0002_placed_at.py").write_text(SECOND)
    monkeypatch.syspath_prepend(tmp_path)
    return name


async def ids(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetchval("SELECT array_agg(id ORDER BY id) FROM orders"))
    finally:
        await connection.close()


async def test_a_database_is_brought_to_the_newest_revision_once(empty_database: str, location: str) -> None:
    assert (await current_revision(empty_database), newest_revision(location)) == ("", "0002")
    for _ in range(2):
        await migrate(empty_database, location)
    assert await current_revision(empty_database) == "0002"
    assert await ids(empty_database) == [1, 2]


async def test_many_in_one_process_may_ask_at_once(empty_database: str, location: str) -> None:
    await asyncio.gather(*(migrate(empty_database, location) for _ in range(4)))
    assert await ids(empty_database) == [1, 2]


async def test_many_processes_may_ask_at_once(empty_database: str, location: str, tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; from crossdock.runtime.postgres.migrations import migrate;"
        "asyncio.run(migrate(sys.argv[1], sys.argv[2]))"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, empty_database, location, env=environment, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    ends = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0] * 4, ends
    assert await ids(empty_database) == [1, 2]


async def test_a_migration_that_fails_changes_nothing(empty_database: str, location: str, tmp_path: Path) -> None:
    await migrate(empty_database, location)
    (tmp_path / location / "versions" / "0003_broken.py").write_text(BROKEN)
    with pytest.raises(Exception, match="division by zero"):
        await migrate(empty_database, location)
    assert await current_revision(empty_database) == "0002"
    assert await ids(empty_database) == [1, 2]


async def test_a_database_ahead_of_this_program_is_left_alone(
    empty_database: str, location: str, tmp_path: Path
) -> None:
    await migrate(empty_database, location)
    (tmp_path / location / "versions" / "0002_placed_at.py").unlink()
    await migrate(empty_database, location)
    assert await current_revision(empty_database) == "0002"


async def test_nothing_to_do_does_not_load_alembic(empty_database: str, location: str, tmp_path: Path) -> None:
    await migrate(empty_database, location)
    code = (
        "import asyncio, sys; from crossdock.runtime.postgres.migrations import migrate;"
        "asyncio.run(migrate(sys.argv[1], sys.argv[2])); print('alembic' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, empty_database, location, env=environment, stdout=subprocess.PIPE
    )
    assert (await process.communicate())[0] == b"False\n"
