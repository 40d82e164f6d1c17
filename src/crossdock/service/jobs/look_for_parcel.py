"""Look whether a store has a parcel in its books although it did not say so to us.

An answer may be lost, and a store that does not know idempotency keys then refuses the repetition. The tracking number
tells whether it was this parcel.
"""

from dataclasses import dataclass

from crossdock.domain.queries import ListFulfillments
from crossdock.domain.work import BookedFulfillment
from crossdock.runtime.connection import Connection
from crossdock.runtime.jobs import Cancel, Done, Job, Outcome, enqueue
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.service.database.assignments import load
from crossdock.service.database.parcels import parcels_where
from crossdock.service.database.stores import store_by_id
from crossdock.service.jobs.context import JobContext
from crossdock.service.stores.client import ask_for_all
from crossdock.service.stores.deliveries import is_in_the_books
from crossdock.service.stores.errors import StoreDisconnected, StoreRefused

NAME = "look_for_parcel"


@dataclass(frozen=True, kw_only=True)
class LookForParcel:
    """Which parcel to look for at its store."""

    store_id: int
    parcel_id: int


async def enqueue_look(connection: Connection, store_id: int, parcel_id: int) -> None:
    """Have a parcel looked for, in the caller's transaction."""
    await enqueue(
        connection, NAME, LookForParcel(store_id=store_id, parcel_id=parcel_id), unique=f"{store_id}:{parcel_id}"
    )


async def run(job: LookForParcel, context: JobContext) -> Outcome:
    """Read the fulfillments of the parcel's fulfillment order. Raises: StoreError."""
    async with acquire_ready(context.caller.pool) as connection:
        store = await store_by_id(connection, job.store_id)
        parcels = await parcels_where(connection, "p.store_id = $1 AND p.id = $2", job.store_id, job.parcel_id)
        found = await load(connection, job.store_id, [parcel.fulfillment_order_id for parcel in parcels])
    if store is None or not parcels:
        return Cancel("there is no such parcel")
    (parcel,), (assignment,) = parcels, found.values()
    query = ListFulfillments(fulfillment_order_id=assignment.fulfillment_order_id)
    subject = assignment.subject
    fulfillment: BookedFulfillment
    async for fulfillment in ask_for_all(context.caller, store, query, subject=subject):
        if is_in_the_books(parcel, fulfillment):
            await context.find_parcel(store.id, parcel.id, fulfillment)
            return Done()
    return Cancel("the store does not have it")


JOB = Job(name=NAME, args=LookForParcel, run=run, final=(StoreRefused, StoreDisconnected), apart=True)
