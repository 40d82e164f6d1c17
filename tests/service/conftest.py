"""A warehouse connected to a fake store, with a worker."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.service.fake_store import FakeStore, fake_store
from tests.service.warehouse import Warehouse, warehouse, working


@pytest_asyncio.fixture(params=["graphql", "rest"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[FakeStore]:
    """A store that is asked by each transport."""
    async with fake_store() as each:
        each.transport = request.param
        yield each


@pytest_asyncio.fixture
async def idle(service_database: str, store: FakeStore) -> AsyncIterator[Warehouse]:
    """A connected warehouse in which nobody works yet."""
    async with warehouse(service_database, store) as each:
        await each.connect(TEE=10, MUG=5)
        yield each


@pytest_asyncio.fixture
async def house(idle: Warehouse) -> AsyncIterator[Warehouse]:
    """A connected warehouse at work."""
    async with working(idle.service):
        await idle.settle()
        yield idle
