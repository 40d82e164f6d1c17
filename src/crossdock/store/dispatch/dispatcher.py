"""The way in for every command and query: it owns the transaction, and nothing above it sees a table."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg

from crossdock.domain.access import Hidden
from crossdock.domain.commands import OrderCommand
from crossdock.domain.places import Location
from crossdock.domain.refusals import Refusal
from crossdock.domain.shops import Shop
from crossdock.domain.subscriptions import Happened
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.messages import IncomingMessage, incoming_rows, wake
from crossdock.runtime.postgres.pool import acquire_ready, keyed_transaction, transaction
from crossdock.runtime.secrets import Vault
from crossdock.store.database.changes import Changes, write
from crossdock.store.database.facts import used_key
from crossdock.store.database.shops import load_shop
from crossdock.store.database.webhooks import Subscriber, subscribers_of
from crossdock.store.dispatch.batch import Task, carry_out
from crossdock.store.dispatch.calls import (
    Render,
    Rendered,
    answer_again,
    fingerprint,
    key_row,
    newly_used,
    received,
)
from crossdock.store.dispatch.lane import Lane
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.callback_urls import UrlPolicy
from crossdock.store.handlers.commands import COMMANDS
from crossdock.store.handlers.context import ReadContext, WriteContext
from crossdock.store.handlers.queries import QUERIES
from crossdock.store.handlers.tellers import FORETOLD, TOLD
from crossdock.store.handlers.telling import Done
from crossdock.store.jobs.announcements import add_messages, fan_out_happenings

# Two writers of the same key, import key or parcel, or two transactions that waited for each other: one of them won,
# and the other finds out when it looks again.
LOST_RACE = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
TRIES = 3


class Dispatcher:
    """Carries out commands and answers queries of any shop in one database."""

    def __init__(self, pool: Pool, clock: Clock, *, callback_urls: UrlPolicy, vault: Vault | None = None) -> None:
        self.pool = pool
        self.clock = clock
        self.callback_urls = callback_urls
        self.vault = vault
        self.lane: Lane[Task, Rendered] = Lane(self._carry_out)

    async def dispatch(
        self, command: Any, origin: Origin, render: Render
    ) -> Rendered:  # any command that has a handler
        """Carry out a command, once for each idempotency key, and return its answer after the commit.

        Raises: Refusal (nothing was changed), LaneFull, DatabaseUnavailable (it may have been carried out or not).
        """
        handler = COMMANDS.get(type(command))
        if handler is None:
            return await self.lane.submit(Task(command=command, origin=origin, render=render))
        for _ in range(TRIES - 1):
            try:
                return await self._carry_out_alone(command, origin, render)
            except LOST_RACE:
                continue
        return await self._carry_out_alone(command, origin, render)

    async def dispatch_together(self, commands: Sequence[OrderCommand], origin: Origin, render: Render) -> Rendered:
        """Carry out commands about orders, all of them or none. `render` gets the list of their results.

        Raises: as `dispatch` does; the first refusal undoes what went before it.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._carry_out_together(commands, origin, render)
            except LOST_RACE:
                continue
        return await self._carry_out_together(commands, origin, render)

    async def tell(self, command: Any, origin: Origin) -> Any:
        """Carry out a command of somebody at no wire, and return what it results in. Raises as `dispatch` does.

        None for a command that was carried out before, under the same idempotency key.
        """
        results: list[Any] = []

        def keep(result: Any, *_: object) -> Rendered:
            results.append(result)
            return Rendered(status=200, body=b"")

        await self.dispatch(command, origin, keep)
        return results[-1] if results else None

    async def tell_by_itself(self, shop_id: int, command: Any) -> None:
        """Carry out a command in the store's own name, as a job does. Raises as `dispatch` does."""
        await self.tell(command, Origin(shop_id=shop_id, actor="store"))

    async def ask(self, query: Any, origin: Origin) -> tuple[Any, Shop, Mapping[int, Location]]:
        """Answer a query, with the shop and its locations, which every wire's answers name. Raises: Refusal."""
        async with acquire_ready(self.pool) as connection:
            at = await self.clock.now(connection)
            shop, locations = await load_shop(connection, origin.shop_id)
            context = ReadContext(
                shop=shop,
                locations=locations,
                caller=origin.caller,
                at=at,
                hidden=origin.hidden,
                level_ids=origin.level_ids,
            )
            return await QUERIES[type(query)](connection, query, context), shop, locations

    async def note_refusal(self, origin: Origin, rendered: Rendered) -> None:
        """Put a refused API write into the ledger of messages."""
        async with acquire_ready(self.pool) as connection:
            at = await self.clock.now(connection)
            changes = Changes(messages=list(incoming_rows(received(origin, rendered, None), at)))
            await write(connection, changes)

    async def note_hidden(self, origin: Origin, told: Callable[[Sequence[Hidden]], str]) -> None:
        """Put a query into the ledger of messages whose answer left something out: the same once a day and order."""
        call = origin.call
        if call is None:
            return
        by_order: defaultdict[int | None, list[Hidden]] = defaultdict(list)
        for each in dict.fromkeys(origin.hidden):
            by_order[each.order_id].append(each)
        async with acquire_ready(self.pool) as connection:
            at = await self.clock.now(connection)
            asked = [
                IncomingMessage(
                    tenant_id=origin.shop_id,
                    kind="api_call",
                    source=origin.actor,
                    method=call.method,
                    url=call.url,
                    headers=call.headers,
                    subject=None if order_id is None else f"order:{order_id}",
                    message_id=f"{at.date()}:{fingerprint(replace(origin, call=None), reason)}",
                    answer_status=200,
                    reason=reason,
                )
                for order_id, hidden in by_order.items()
                for reason in (told(hidden),)
            ]
            await write(connection, Changes(messages=list(incoming_rows(asked, at))))

    async def _carry_out_alone(self, command: Any, origin: Origin, render: Render) -> Rendered:
        """Carry out a command that is not about an order, in a transaction of its own."""
        async with transaction(self.pool) as connection:
            replayed = await self._replayed(connection, command, origin)
            if replayed is not None:
                return replayed
            at = await self.clock.now(connection)
            context = WriteContext(
                shop_id=origin.shop_id,
                caller=origin.caller,
                at=at,
                actor=origin.actor,
                callback_urls=self.callback_urls,
                vault=self.vault,
                request_id=origin.request_id,
            )
            listening, happened = await self._foretold(connection, command, context)
            result = await COMMANDS[type(command)](connection, command, context)
            shop, locations = await load_shop(connection, origin.shop_id)
            rendered = render(result, shop, locations)
            notes = self._notes(command, origin, rendered, at)
            if listening and type(command) in TOLD:
                done = Done(command=command, result=result, context=context, locations=locations)
                happened = [*happened, *await TOLD[type(command)](connection, done)]
            told = list(fan_out_happenings(happened, listening, shop, locations))
            add_messages(notes, told, at)
            await write(connection, notes)
        if told:
            async with acquire_ready(self.pool) as connection:
                await wake(connection)
        return rendered

    async def _foretold(
        self, connection: Connection, command: Any, context: WriteContext
    ) -> tuple[Sequence[Subscriber], Sequence[Happened]]:
        """Return who may want to hear of a command, and what it will make an end of."""
        kind = type(command)
        if kind not in TOLD and kind not in FORETOLD:
            return (), ()
        listening = await subscribers_of(connection, context.shop_id)
        foretell = FORETOLD.get(kind)
        return listening, await foretell(connection, command, context) if listening and foretell else ()

    async def _carry_out_together(self, commands: Sequence[OrderCommand], origin: Origin, render: Render) -> Rendered:
        results: list[Any] = []
        premises: list[tuple[Shop, Mapping[int, Location]]] = []

        def keep(result: Any, shop: Shop, locations: Mapping[int, Location]) -> Rendered:
            results.append(result)
            premises.append((shop, locations))
            return Rendered(status=200, body=b"")

        plain = replace(origin, key=None, call=None)
        tasks = [Task(command=command, origin=plain, render=keep) for command in commands]
        async with transaction(self.pool) as connection:
            replayed = await self._replayed(connection, commands, origin)
            if replayed is not None:
                return replayed
            outcome = await carry_out(connection, tasks, self.clock)
            for answer in outcome.answers:
                if isinstance(answer, Refusal):
                    raise answer
            rendered = render(results[-len(commands) :], *premises[-1])  # ids may have run out at a first try
            at = await self.clock.now(connection)
            await write(connection, self._notes(commands, origin, rendered, at))
        if outcome.announced:
            async with acquire_ready(self.pool) as connection:
                await wake(connection)
        return rendered

    async def _replayed(self, connection: Connection, command: Any, origin: Origin) -> Rendered | None:
        if origin.key is None:
            return None
        used = await used_key(connection, origin.shop_id, origin.caller.app_id or 0, origin.key)
        return None if used is None else answer_again(used, origin, command)

    def _notes(self, command: Any, origin: Origin, rendered: Rendered, at: datetime) -> Changes:
        changes = Changes(messages=list(incoming_rows(received(origin, rendered, None), at)))
        if origin.key is not None:
            changes.idempotency_keys.append(key_row(newly_used(origin, origin.key, command, rendered), at))
        return changes

    async def _carry_out(self, tasks: Sequence[Task]) -> Sequence[Rendered | Exception]:
        try:
            return await self._in_one_transaction(tasks)
        except LOST_RACE:
            return [await self._singly(task) for task in tasks]

    async def _singly(self, task: Task) -> Rendered | Exception:
        for attempt in range(1, TRIES + 1):
            try:
                (answer,) = await self._in_one_transaction([task])
            except LOST_RACE as problem:
                if attempt == TRIES:
                    return problem
            else:
                return answer
        raise AssertionError

    async def _in_one_transaction(self, tasks: Sequence[Task]) -> Sequence[Rendered | Refusal]:
        async with keyed_transaction(self.pool) as connection:
            outcome = await carry_out(connection, tasks, self.clock)
        if outcome.announced:
            async with acquire_ready(self.pool) as connection:
                await wake(connection)
        return outcome.answers
