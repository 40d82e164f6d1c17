"""Our words to stores as they leave, with the token that no message holds; and what an answer means."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from crossdock.dialects.asking import (
    Disconnected,
    Judgement,
    Later,
    Refused,
    Taken,
    TooDear,
    Transport,
    Withheld,
)
from crossdock.domain.queries import ListFulfillments
from crossdock.domain.work import BookedFulfillment
from crossdock.runtime.exchange.courier import CannotPrepare
from crossdock.runtime.exchange.verdicts import Dead, Delivered, Message, Retry, Verdict
from crossdock.runtime.http.outgoing import NoAnswer, OutgoingAnswer, OutgoingRequest
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Undecryptable
from crossdock.service.database.budgets import Urgency, spend
from crossdock.service.database.parcels import Parcel, parcel_by_id
from crossdock.service.database.stores import Store, store_by_id, token_purpose
from crossdock.service.stores.client import SHORTEST_WAIT, Caller, ask
from crossdock.service.stores.errors import StoreDisconnected, StoreError
from crossdock.service.stores.messages import PARCEL, PARCELS, PLATFORM, POINTS, TRANSPORT
from crossdock.service.stores.platforms import PLATFORMS
from crossdock.service.stores.wire import KEY_HEADER, reply_of, words_of

# A message holds a lease while it waits for its turn at the store's bucket. Then it goes all the same: a bucket that is
# still empty is the store's to say, and its answer tells for how long.
LONGEST_WAIT = 4.0
# The lease covers this, too.
LONGEST_LOOK = 8.0
LEASED_FOR = 20.0
LONGEST_PATIENCE = 86_400.0
NOT_CONNECTED = "the store is not connected any more"
BOOKED_ALREADY = "the store has it in the books, though it did not say so"
CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Prepares messages to stores."""

    caller: Caller

    async def prepare(self, message: Message) -> OutgoingRequest:
        """Add the store's token and the key that makes the call happen once. Raises: CannotPrepare, NoAnswer."""
        async with acquire_ready(self.caller.pool) as connection:
            store = await store_by_id(connection, message.tenant_id)
        if store is None or store.disconnected_at is not None:
            raise CannotPrepare(NOT_CONNECTED)
        try:
            token = self.caller.vault.decrypt(store.access_token, purpose=token_purpose(store.shop_domain))
        except Undecryptable as error:
            raise NoAnswer(f"the store's token cannot be read: {error}") from error
        transport = transport_of_message(message)
        if message.attempts > 1 and PARCEL in (message.command or {}) and not transport.keeps_keys:
            await self.require_unbooked(store, message)
        await self.wait_for_turn(store, message)
        key = {KEY_HEADER: message.idempotency_key} if message.idempotency_key else {}
        return OutgoingRequest(
            method=message.method,
            url=message.url,
            headers={**message.headers, **key, **transport.credentials(token)},
            body=message.body,
        )

    async def require_unbooked(self, store: Store, message: Message) -> None:
        """Look whether a parcel of which a store was told before, and did not answer, is in its books by now.

        A store that does not know keys would book it once more. Raises: CannotPrepare when it is, NoAnswer.
        """
        command = message.command or {}
        async with acquire_ready(self.caller.pool) as connection:
            parcel = await parcel_by_id(connection, store.id, int(str(command[PARCEL])))
        query = ListFulfillments(fulfillment_order_id=int(str(command["fulfillment_order_id"])))
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(LONGEST_LOOK):
                booked: tuple[BookedFulfillment, ...] = await ask(
                    self.caller, store, query, subject=message.subject, urgency=urgency_of(message)
                )
        except StoreDisconnected as error:
            raise CannotPrepare(NOT_CONNECTED) from error
        except (StoreError, TimeoutError) as error:
            spent = timedelta(seconds=asyncio.get_running_loop().time() - began)
            raise NoAnswer(f"the store does not tell what it has booked: {str(error) or 'no answer'}", spent) from error
        if parcel is not None and any(is_in_the_books(parcel, each) for each in booked):
            raise CannotPrepare(BOOKED_ALREADY)

    async def wait_for_turn(self, store: Store, message: Message) -> None:
        """Wait until the store's bucket has what a message takes, but not for long."""
        left = LONGEST_WAIT
        while left > 0:
            async with acquire_ready(self.caller.pool) as connection:
                at = await self.caller.clock.now(connection)
                seconds = await spend(connection, store.id, points_of(message), urgency_of(message), at)
            if not seconds:
                return
            pause = min(max(seconds, SHORTEST_WAIT), left)
            await asyncio.sleep(pause)
            left -= pause


def is_in_the_books(parcel: Parcel, fulfillment: BookedFulfillment) -> bool:
    """Tell whether a fulfillment is a parcel of ours, by the numbers that it was booked under.

    One that is cancelled may have been booked under its number before.
    """
    return fulfillment.status != CANCELLED and bool(set(parcel.booked_as) & set(fulfillment.tracking_numbers))


def transport_of_message(message: Message) -> Transport:
    """Return the transport that a message was written for, whatever its store uses by now."""
    command = message.command or {}
    return PLATFORMS[str(command[PLATFORM])].transports[str(command[TRANSPORT])]


def points_of(message: Message) -> int:
    return int(str((message.command or {})[POINTS]))


def urgency_of(message: Message) -> Urgency:
    return Urgency.PARCEL if message.kind in PARCELS else Urgency.ANSWER


def judgement_of(message: Message, answer: OutgoingAnswer) -> Judgement:
    """Return what a store's answer to a message means."""
    return transport_of_message(message).judge(reply_of(answer))


def patience(attempts: int) -> float:
    """Return the seconds after which a message is sent again that came too early so many times.

    At first as soon as the store likes; but a store that throttles for hours is not to use up all attempts in seconds.
    """
    return min(3.0 ** (attempts - 1), LONGEST_PATIENCE)


def judge(message: Message, answer: OutgoingAnswer) -> Verdict:
    """A no to what was said is final; whatever else is wrong may pass. A store that lost us is not tried again."""
    judgement = judgement_of(message, answer)
    match judgement:
        case Taken():
            return Delivered()
        case Refused() | TooDear():
            return Dead(words_of(judgement))
        case Disconnected():
            return Dead(NOT_CONNECTED)
        case Later(words=words, seconds=seconds):
            return Retry(words, None if seconds is None else max(seconds, patience(message.attempts)))
        case Withheld(words=words):
            return Retry(words)
