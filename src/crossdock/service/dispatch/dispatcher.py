"""The way in for everything that changes the service side: it owns the transactions."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import asyncpg

from crossdock.domain.work import AssignedFulfillmentOrder, BookedFulfillment
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.messages import record, wake
from crossdock.runtime.postgres.pool import acquire_ready, transaction
from crossdock.service.dispatch.calls import ApiCall, Render, Rendered, earlier_answer, keep_answer, received
from crossdock.service.handlers import (
    closing,
    correcting,
    counting,
    deciding_by_hand,
    following,
    installing,
    pulling,
    shipping,
    taking_in,
    telling,
)

T = TypeVar("T")

# Two who wait for each other, or write the same row first: one of them finds out and looks again.
LOST_RACE = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
TRIES = 3


class Handler(Protocol):
    """Carries out a command of its kind in a transaction. Raises: Refusal."""

    async def __call__(self, connection: Connection, command: Any, *, actor: str, at: Any) -> Any: ...


HANDLERS: Mapping[type, Handler] = {
    shipping.ShipParcel: shipping.ship,
    closing.CloseAssignment: closing.close,
    correcting.CorrectTracking: correcting.correct,
    correcting.CancelParcel: correcting.cancel,
    counting.CountShelf: counting.count,
    deciding_by_hand.AcceptAssignment: deciding_by_hand.accept,
    deciding_by_hand.RejectAssignment: deciding_by_hand.reject,
    pulling.PullStore: pulling.pull,
    pulling.ChangeStore: pulling.change,
    pulling.HearNotification: pulling.hear,
    pulling.HearHint: pulling.hear_hint,
    pulling.TryAgain: pulling.try_again,
    following.NoteCarrierEvent: following.follow,
    installing.UseState: installing.use_state,
    installing.LetIn: installing.let_in,
    installing.HearOfUninstall: installing.hear_of_uninstall,
    telling.FindParcel: telling.find,
}


class Dispatcher:
    """Carries out commands, each in one transaction, and wakes the couriers after it."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self.pool = pool
        self.clock = clock

    async def dispatch(self, command: Any, *, actor: str) -> Any:  # any command that has a handler
        """Carry out a command and return what its handler does; `actor` is how the journey names who asked.

        Raises: Refusal (nothing was changed), DatabaseUnavailable (it may have been carried out or not).
        """

        async def act(connection: Connection) -> Any:
            return await self.carry_out(connection, command, actor)

        return await self.in_transaction(act)

    async def answer(self, command: Any, call: ApiCall, render: Render) -> Rendered:
        """Carry out a command that came over the API: once for its key, with the call in the ledger of messages.

        Raises: Refusal, DatabaseUnavailable.
        """

        async def act(connection: Connection) -> Rendered:
            if call.key is not None and (earlier := await earlier_answer(connection, call)) is not None:
                return earlier
            rendered = render(await self.carry_out(connection, command, call.actor))
            at = await self.clock.now(connection)
            if call.key is not None:
                await keep_answer(connection, call, rendered, at)
            await record(connection, [received(call, rendered)], at)
            return rendered

        return await self.in_transaction(act)

    async def note_refusal(self, call: ApiCall, rendered: Rendered, reason: str) -> None:
        """Put a refused call into the ledger of messages."""
        async with transaction(self.pool) as connection:
            await record(connection, [received(call, rendered, reason)], await self.clock.now(connection))

    async def take_in(
        self, store_id: int, pull: int, orders: Sequence[AssignedFulfillmentOrder], missing: Collection[int]
    ) -> bool:
        """Lay what a pull read beside what we know; False when a later pull has begun."""

        async def act(connection: Connection) -> bool:
            at = await self.clock.now(connection)
            return await taking_in.take_in(connection, store_id, pull, orders=orders, missing=missing, at=at)

        return await self.in_transaction(act)

    async def answer_received(self, store_id: int) -> int:
        """Decide on received work of a store; return how much of it that was."""

        async def act(connection: Connection) -> int:
            return await taking_in.answer_received(connection, store_id, await self.clock.now(connection))

        return await self.in_transaction(act)

    async def find_parcel(self, store_id: int, parcel_id: int, fulfillment: BookedFulfillment) -> None:
        """Take a parcel as told, because its store has it in the books."""
        command = telling.FindParcel(store_id=store_id, parcel_id=parcel_id, fulfillment=fulfillment)
        await self.dispatch(command, actor="store")

    async def carry_out(self, connection: Connection, command: Any, actor: str) -> Any:
        at = await self.clock.now(connection)
        return await HANDLERS[type(command)](connection, command, actor=actor, at=at)

    async def in_transaction(self, act: Callable[[Connection], Awaitable[T]]) -> T:
        for _ in range(TRIES - 1):
            try:
                return await self.in_one_transaction(act)
            except LOST_RACE:
                continue
        return await self.in_one_transaction(act)

    async def in_one_transaction(self, act: Callable[[Connection], Awaitable[T]]) -> T:
        async with transaction(self.pool) as connection:
            result = await act(connection)
        async with acquire_ready(self.pool) as connection:
            await wake(connection)
        return result
