"""A PostgreSQL for each test process, and a database of either side, as if new, for each test that asks for one."""

import importlib.util
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg
import hypothesis
import pytest
import pytest_asyncio

from crossdock.runtime.postgres.folder import temporary_data_folder
from crossdock.runtime.postgres.migrations import migrate
from crossdock.runtime.postgres.pool import Pool, open_pool
from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.runtime.settings import Settings
from tests.keeping import Kept

# Tests of what survives a crash start a PostgreSQL of their own, without these.
HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}

numbers = count(1)

# How many examples a property is tried with where its test does not say; `make test-long` takes many.
hypothesis.settings.register_profile("everyday", max_examples=20)
hypothesis.settings.register_profile("long", max_examples=200)
hypothesis.settings.load_profile("everyday")

# What takes longest is begun first, so that nobody waits for one slow file in the end.
SLOWEST_FIRST = ("integration", "browser", "service", "store", "runtime")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        return SLOWEST_FIRST.index(folder) if folder in SLOWEST_FIRST else len(SLOWEST_FIRST)

    items.sort(key=rank)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    """An embedded PostgreSQL that lives as long as the test process."""
    with temporary_data_folder() as data:
        server = await EmbeddedPostgres.start(data, databases=[], binaries=Settings().pg_bin, settings=HASTY)
        yield server
        await server.stop()


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder for a PostgreSQL of the test's own."""
    with temporary_data_folder() as folder:
        yield folder / "postgres"


@asynccontextmanager
async def database(postgres: EmbeddedPostgres, template: str | None = None) -> AsyncIterator[str]:
    """Make a database, empty or like `template`, give its URL, and drop it in the end."""
    name = f"test_{next(numbers)}"
    admin = await asyncpg.connect(postgres.url("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        yield postgres.url(name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def migrated(postgres: EmbeddedPostgres, side: str) -> str:
    """Make the database from which those of this side are cloned, and return its name."""
    location = f"crossdock.{side}.database.migrations"
    if importlib.util.find_spec(f"crossdock.{side}.database") is None or importlib.util.find_spec(location) is None:
        pytest.skip(f"{location} is not there")
    name = f"{side}_template"
    admin = await asyncpg.connect(postgres.url("postgres"))
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    await migrate(postgres.url(name), location)
    return name


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def store_template(postgres: EmbeddedPostgres) -> str:
    return await migrated(postgres, "store")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service_template(postgres: EmbeddedPostgres) -> str:
    return await migrated(postgres, "service")


@pytest.fixture(scope="session")
def reused() -> dict[str, Kept]:
    """The databases that tests have one after the other, by their templates."""
    return {}


async def cleared(reused: dict[str, Kept], postgres: EmbeddedPostgres, template: str) -> str:
    """Return the URL of this process's database of a side, with nothing in it that its template has not."""
    found = reused.get(template)
    reused[template] = await (found.cleared() if found else Kept.clone(postgres, template, f"{template}_kept"))
    return reused[template].url


@pytest_asyncio.fixture
async def empty_database(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The URL of a database with nothing in it."""
    async with database(postgres) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def store_database(reused: dict[str, Kept], postgres: EmbeddedPostgres, store_template: str) -> str:
    """The URL of a migrated database of the store side that nobody else uses meanwhile."""
    return await cleared(reused, postgres, store_template)


@pytest_asyncio.fixture(loop_scope="session")
async def service_database(reused: dict[str, Kept], postgres: EmbeddedPostgres, service_template: str) -> str:
    """The URL of a migrated database of the service side that nobody else uses meanwhile."""
    return await cleared(reused, postgres, service_template)


@pytest_asyncio.fixture
async def store_pool(store_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(store_database, size=16, name="test")
    yield pool
    await pool.close()


@pytest_asyncio.fixture
async def service_pool(service_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(service_database, size=16, name="test")
    yield pool
    await pool.close()
