"""The store answers 29 Next's Admin API as its OpenAPI file says: every operation, asked well, badly and as forms."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.dialects.next29_openapi import read_file
from tests.store.next29_calls import Next29, next29_shop
from tests.store.next29_conformance import Examination
from tests.store.next29_errands import Things

PARTS = 4


@pytest_asyncio.fixture
async def acme(store_database: str) -> AsyncIterator[Next29]:
    async with next29_shop(store_database) as shop:
        yield shop
        assert await shop.shop.offences() == []


async def examined(acme: Next29, part: int, *, good: int, bad: int, number: int) -> Examination:
    """Ask for every fourth operation of the file."""
    things = Things(acme.desk, acme.warehouse, await acme.client_id("Order desk"))
    examination = Examination(things, acme.desk, acme.warehouse)
    for asked in list(read_file().operations())[part::PARTS]:
        await examination.operation(asked, good=good, bad=bad, number=number)
    print(examination.tally)
    return examination


@pytest.mark.parametrize("part", range(PARTS))
async def test_answers_are_those_of_the_file(acme: Next29, part: int) -> None:
    examination = await examined(acme, part, good=2, bad=1, number=1)
    assert examination.tally.failures == {}, str(examination.tally)


@pytest.mark.long
@pytest.mark.parametrize("number", range(2, 4))
@pytest.mark.parametrize("part", range(PARTS))
async def test_answers_are_those_of_the_file_whatever_is_asked(acme: Next29, part: int, number: int) -> None:
    examination = await examined(acme, part, good=15, bad=30, number=number)
    assert examination.tally.failures == {}, str(examination.tally)
