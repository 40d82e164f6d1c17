"""Bring a database to the newest revision of one side's migrations.

A side's migrations are files `versions/NNNN_name.py` in a package, each with `revision = "NNNN"`, `down_revision` and
`def upgrade()`. Revisions are numbers, so that the newest one is known without loading Alembic.
"""

import asyncio
import re
import threading
from importlib import resources

import asyncpg

# Any number that nobody else takes; each side has its own database, so one is enough for both.
LOCK = 0x63726F7373
# Alembic keeps the running upgrade in module globals, so one process does one at a time; LOCK is for the others.
ONE_AT_A_TIME = threading.Lock()
SCRIPT_LOCATION = "crossdock.runtime.postgres:environment"


async def migrate(url: str, location: str) -> None:
    """Upgrade the database to the newest revision in `location`, as "crossdock.store.database.migrations".

    Any number of processes may do so at once. Costs one statement when there is nothing to do. A database that is
    ahead of this program is left alone: migrations expand first and contract later.
    """
    if await current_revision(url) < newest_revision(location):
        await asyncio.to_thread(_upgrade, url, location)


def newest_revision(location: str) -> str:
    """Return the highest number among the package's revision files."""
    names = (file.name for file in (resources.files(location) / "versions").iterdir())
    return max(found[1] for name in names if (found := re.fullmatch(r"(\d{4})_\w+\.py", name)))


async def current_revision(url: str) -> str:
    """Return the revision that the database is at, or "" for one that was never migrated."""
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval("SELECT version_num FROM alembic_version") or "")
    except asyncpg.UndefinedTableError:
        return ""
    finally:
        await connection.close()


def _upgrade(url: str, location: str) -> None:
    # Loading Alembic and SQLAlchemy takes longer than starting the rest of the program, and is rarely needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"url": url, "lock": LOCK})
    config.set_main_option("script_location", SCRIPT_LOCATION)
    config.set_main_option("version_locations", f"{location}:versions")
    config.set_main_option("path_separator", "newline")
    with ONE_AT_A_TIME:
        command.upgrade(config, "head")
