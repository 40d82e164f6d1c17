"""Performing what a GraphQL document asks for: set-based reads in one snapshot, and its mutations one by one.

What a document asks for before it can go on is loaded together, each kind of query by one call of its loader: how many
statements there are rests on how deep a document goes, and not on how long its lists are.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from crossdock.dialects.operation import Json
from crossdock.dialects.shopify.graphql.context import Made, Write
from crossdock.dialects.shopify.graphql.errors import TopLevel
from crossdock.domain.places import Location
from crossdock.domain.refusals import NotFound, Refusal
from crossdock.domain.shops import Shop
from crossdock.runtime.connection import Connection
from crossdock.runtime.json import write_json
from crossdock.runtime.postgres.pool import acquire_ready, in_time, snapshot
from crossdock.store.database.shops import load_shop
from crossdock.store.dispatch.calls import Rendered
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.context import ReadContext
from crossdock.store.handlers.loaders import LOADERS
from crossdock.store.handlers.queries import QUERIES


@dataclass(frozen=True, slots=True)
class Wish:
    """A query that waits to be answered together with others, and what is to be made of the answer."""

    query: Any
    then: Made
    future: "asyncio.Future[Any]"


class DocumentServing:
    """Serves one document. `connection`: of the snapshot that it reads from; without one, each read is of its moment.

    `replayed`: a mutation was answered as before, for its key's sake.
    """

    def __init__(self, dispatcher: Dispatcher, origin: Origin, connection: Connection | None) -> None:
        self.dispatcher = dispatcher
        self.origin = origin
        self.connection = connection
        self.context: ReadContext | None = None
        self.replayed = False
        self._wishes: list[Wish] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()
        self._closed = False

    @property
    def shop(self) -> Shop:
        return self._known().shop

    @property
    def locations(self) -> Mapping[int, Location]:
        return self._known().locations

    @property
    def at(self) -> datetime:
        return self._known().at

    def load(self, query: Any, then: Made) -> Awaitable[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._wishes.append(Wish(query, then, future))
        if len(self._wishes) == 1:
            loop.call_soon(self._wait_for_more, 1)
        return future

    async def carry_out(self, write: Write) -> Json:
        results: Sequence[Any] = ()
        learned: list[tuple[Shop, Mapping[int, Location]]] = []

        def render(result: Any, shop: Shop, locations: Mapping[int, Location]) -> Rendered:
            nonlocal results
            results = result if several else [result]
            learned.append((shop, locations))
            return Rendered(status=200, body=msgspec.json.encode(result))

        several = len(write.commands) != 1
        origin = self._origin_of(write.what, write.key)
        try:
            if several:
                rendered = await self.dispatcher.dispatch_together(write.commands, origin, render)
            else:
                rendered = await self.dispatcher.dispatch(write.commands[0], origin, render)
        except Refusal as refusal:
            try:
                payload = write.refused(refusal)
            except TopLevel as problem:
                return await self.turn_down(write.what, problem)
            return await self.turn_down(write.what, payload)
        if rendered.replayed:
            self.replayed = True
            expected = list[write.result] if several else write.result  # type: ignore[name-defined]
            result = msgspec.json.decode(rendered.body, type=expected)
            results = result if several else [result]
            await self.look()
        else:
            self._learn(*learned[-1], await self.dispatcher.clock.now())
        return write.done(results)

    async def turn_down(self, what: Json, answer: Json | TopLevel) -> Json:
        # It is answered with 200 as well, and has used no key.
        raised = isinstance(answer, TopLevel)
        told = {"errors": [{"message": answer.message, "code": answer.code}]} if raised else answer
        rendered = Rendered(status=200, body=msgspec.json.encode(told))
        await self.dispatcher.note_refusal(self._origin_of(what, key=None), rendered)
        if raised:
            raise answer
        await self.look()
        return answer

    async def look(self) -> None:
        """Look at the shop and its locations, if they are not known yet."""
        if self.context is None:
            async with self._reading() as connection:
                await self._look(connection)

    async def close(self) -> None:
        """Drop what nobody waits for any more: a document can be answered before all that it asked for is loaded."""
        self._closed = True
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _known(self) -> ReadContext:
        if self.context is None:
            raise RuntimeError("a resolver asked for the shop before anything was loaded")
        return self.context

    def _learn(self, shop: Shop, locations: Mapping[int, Location], at: datetime) -> None:
        self.context = ReadContext(
            shop=shop, locations=locations, caller=self.origin.caller, at=at, hidden=self.origin.hidden
        )

    def _origin_of(self, what: Json, key: str | None) -> Origin:
        call = replace(self.origin.call, body=write_json(what)) if self.origin.call else None
        return replace(self.origin, key=key, call=call)

    def _wait_for_more(self, seen: int) -> None:
        if self._closed:  # the connection is another's by now
            return
        # Those who wait for one answer go on in the same round of the loop, or in the next few: their wishes go along.
        if len(self._wishes) > seen:
            asyncio.get_running_loop().call_soon(self._wait_for_more, len(self._wishes))
            return
        wishes, self._wishes = self._wishes, []
        task = asyncio.create_task(self._answer(wishes))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answer(self, wishes: Sequence[Wish]) -> None:
        by_kind: dict[type, list[Wish]] = defaultdict(list)
        for wish in wishes:
            by_kind[type(wish.query)].append(wish)
        try:
            async with self._one_at_a_time, self._reading() as connection:
                if self.context is None:
                    await self._look(connection)
                for kind, alike in by_kind.items():
                    _fulfil(alike, await self._loaded(connection, kind, [wish.query for wish in alike]))
        except Exception as problem:  # whatever it is, those who wait must hear of it
            for wish in wishes:
                if not wish.future.done():
                    wish.future.set_exception(problem)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Connection]:
        if self.connection is not None:
            with in_time():
                yield self.connection
        else:
            async with acquire_ready(self.dispatcher.pool) as connection:
                yield connection

    async def _look(self, connection: Connection) -> None:
        at = await self.dispatcher.clock.now(connection)
        shop, locations = await load_shop(connection, self.origin.shop_id)
        self._learn(shop, locations, at)

    async def _loaded(self, connection: Connection, kind: type, queries: Sequence[Any]) -> Sequence[Any]:
        distinct = list(dict.fromkeys(queries))
        context = self._known()
        loader = LOADERS.get(kind)
        if loader is not None:
            found = dict(zip(distinct, await loader(connection, distinct, context), strict=True))
        else:
            found = {each: await _single(connection, each, context) for each in distinct}
        return [found[query] for query in queries]


def _fulfil(wishes: Sequence[Wish], loaded: Sequence[Any]) -> None:
    for wish, each in zip(wishes, loaded, strict=True):
        if wish.future.done():
            continue
        if isinstance(each, Exception):
            wish.future.set_exception(each)
            continue
        try:
            wish.future.set_result(wish.then(each))
        except Exception as problem:  # of this field alone
            wish.future.set_exception(problem)


async def _single(connection: Connection, query: Any, context: ReadContext) -> Any:
    """Answer a query that stands at the root, where nothing multiplies it."""
    try:
        return await QUERIES[type(query)](connection, query, context)
    except NotFound:
        return None
    except Refusal as refusal:
        return refusal


@asynccontextmanager
async def serving(dispatcher: Dispatcher, origin: Origin, *, reads: bool) -> AsyncIterator[DocumentServing]:
    """Serve one document: a query (`reads`) from one snapshot, mutations each at its own moment."""
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(snapshot(dispatcher.pool)) if reads else None
        served = DocumentServing(dispatcher, origin, connection)
        if reads:
            await served.look()
        try:
            yield served
        finally:
            await served.close()
