"""A warehouse in the middle of a shift, for tests and pictures of its pages: an assignment in each stage."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.messages import (
    FinishedCall,
    IncomingMessage,
    OutgoingMessage,
    post,
    receive,
    record_calls,
)

STORE_ID = 1
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
URL = "http://127.0.0.1:1"


@dataclass(frozen=True, kw_only=True)
class Given:
    """An assignment to be put there: two units of each SKU, so many of them shipped."""

    stage: str
    request_status: str
    skus: tuple[str, ...] = ("TEE-BLK-M",)
    shipped: int = 0
    answer: str | None = None
    state: str | None = None
    reason: str | None = None
    message: str | None = None
    trouble: str | None = None
    events: tuple[str, ...] = ("requested",)


STAGES = {
    "new": Given(stage="received", request_status="submitted"),
    "to ship": Given(
        stage="accepted",
        request_status="accepted",
        skus=("TEE-BLK-M", "MUG-ENA-01"),
        answer="accept",
        state="told",
        events=("requested", "accept_decided", "accept_told"),
    ),
    "part shipped": Given(
        stage="accepted",
        request_status="accepted",
        shipped=1,
        answer="accept",
        state="told",
        events=("requested", "accept_decided", "accept_told", "shipped", "parcel_told"),
    ),
    "declined": Given(
        stage="rejected",
        request_status="rejected",
        skus=("TEA-9",),
        answer="reject",
        state="told",
        reason="inventory_out_of_stock",
        message="We keep no TEA-9.",
        events=("requested", "reject_decided", "reject_told"),
    ),
    "cancelling": Given(
        stage="cancelling",
        request_status="cancellation_requested",
        answer="accept_cancellation",
        state="waiting",
        events=("requested", "accept_decided", "accept_told", "cancellation_requested", "accept_cancellation_decided"),
    ),
    "refused": Given(
        stage="accepting",
        request_status="submitted",
        answer="accept",
        state="refused",
        trouble="422 Cannot accept fulfillment request",
        events=("requested", "accept_decided", "accept_refused"),
    ),
    "shipped": Given(
        stage="shipped",
        request_status="accepted",
        shipped=2,
        answer="accept",
        state="told",
        events=("requested", "accept_decided", "accept_told", "shipped", "parcel_told"),
    ),
}


def number_of(name: str) -> int:
    """Return the fulfillment order of an assignment by its name above."""
    return 101 + list(STAGES).index(name)


async def play(pool: Pool) -> None:
    """Put a connected store and its assignments there."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            """
            INSERT INTO stores (id, name, platform, url, shop_domain, api_version, access_token, secret, connected_at)
            VALUES ($1, 'Lumen Tea', 'shopify', $2, 'lumen.example', '2026-01', 'sealed-token', 'sealed-secret', $3)
            """,
            STORE_ID,
            URL,
            START,
        )
        await connection.executemany(
            "INSERT INTO shelf (store_id, sku, on_hand, allocated, updated_at) VALUES ($1, $2, $3, 0, $4)",
            [(STORE_ID, "TEE-BLK-M", 40, START), (STORE_ID, "MUG-ENA-01", 12, START)],
        )
        for number, (name, given) in enumerate(STAGES.items()):
            await put(connection, number_of(name), given, START + timedelta(minutes=7 * number))


async def put(connection: Connection, fulfillment_order_id: int, given: Given, at: datetime) -> None:
    await connection.execute(
        """
        INSERT INTO assignments (store_id, fulfillment_order_id, order_id, order_name, location_id, status,
            store_status, store_request_status, message, requested_at, destination, answer, answers, answer_state,
            answer_message, answer_reason, answer_trouble, version, received_at, updated_at)
        VALUES ($1, $2::bigint, $2::bigint + 1000, '#' || ($2::bigint + 900), 5, $3, 'open', $4, 'Gift wrap, please.',
            $5, $6, $7, $8, $9, $10, $11, $12, $13, $5, $5)
        """,
        STORE_ID,
        fulfillment_order_id,
        given.stage,
        given.request_status,
        at,
        {"first_name": "Ada", "last_name": "Lindqvist", "address1": "Storgatan 12", "zip": "111 23",
         "city": "Stockholm", "country": "Sweden", "country_code": "SE"},
        given.answer,
        1 if given.answer else 0,
        given.state,
        given.message,
        given.reason,
        given.trouble,
        len(given.events),
    )  # fmt: skip
    await connection.executemany(
        """
        INSERT INTO assignment_lines (store_id, fulfillment_order_id, id, order_line_id, sku, quantity, shipped, fault)
        VALUES ($1, $2, $3, $3, $4, 2, $5, $6)
        """,
        [
            (STORE_ID, fulfillment_order_id, fulfillment_order_id * 10 + place, sku, given.shipped, given.message)
            for place, sku in enumerate(given.skus)
        ],
    )
    await connection.executemany(
        """
        INSERT INTO assignment_events (store_id, fulfillment_order_id, sequence, kind, status, actor, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        [
            (
                STORE_ID,
                fulfillment_order_id,
                sequence,
                kind,
                given.stage,
                "service" if kind.endswith(("decided", "shipped")) else "store",
                at + timedelta(seconds=11 * sequence),
            )
            for sequence, kind in enumerate(given.events, 1)
        ],
    )
    if given.shipped:
        await put_parcel(connection, fulfillment_order_id, given, at)
    if given.answer:
        await talk(connection, fulfillment_order_id, given, at)


async def put_parcel(connection: Connection, fulfillment_order_id: int, given: Given, at: datetime) -> None:
    await connection.execute(
        """
        INSERT INTO parcels (store_id, id, fulfillment_order_id, carrier, booked_as, told, actor, shipped_at, told_at,
            fulfillment_id)
        VALUES ($1, $2::bigint, $2::bigint, 'UPS', ARRAY['1Z999AA1' || $2::bigint], 'told', 'service', $3, $3, 77)
        """,
        STORE_ID,
        fulfillment_order_id,
        at,
    )
    await connection.execute(
        """
        INSERT INTO parcel_numbers (store_id, parcel_id, place, carrier, tracking_number)
        VALUES ($1, $2::bigint, 1, 'UPS', '1Z999AA1' || $2::bigint)
        """,
        STORE_ID,
        fulfillment_order_id,
    )
    await connection.execute(
        """
        INSERT INTO parcel_lines (store_id, parcel_id, fulfillment_order_id, line_id, sku, quantity)
        VALUES ($1, $2::bigint, $2::bigint, $2::bigint * 10, $3, $4)
        """,
        STORE_ID,
        fulfillment_order_id,
        given.skus[0],
        given.shipped,
    )


async def talk(connection: Connection, fulfillment_order_id: int, given: Given, at: datetime) -> None:
    """Note what was said: the store's notification, our pull, our answer."""
    heard = IncomingMessage(
        tenant_id=STORE_ID,
        kind="fulfillment_order_notification",
        source="lumen.example",
        method="POST",
        url=f"{URL}/callbacks/fulfillment_order_notification",
        headers={"Content-Type": "application/json"},
        body=b'{"kind":"FULFILLMENT_REQUEST"}',
        subject=f"store:{STORE_ID}",
    )
    await receive(connection, heard, at + timedelta(seconds=3))
    pull = FinishedCall(
        tenant_id=STORE_ID,
        kind="list_assigned_fulfillment_orders",
        endpoint=URL,
        method="GET",
        url=f"{URL}/admin/api/2026-01/assigned_fulfillment_orders.json?limit=250",
        started_at=at + timedelta(seconds=5),
        duration=0.031,
        subject=f"store:{STORE_ID}",
        answer_status=200,
        answer_body=b'{"fulfillment_orders":[]}',
    )
    await record_calls(connection, [pull], at + timedelta(seconds=6))
    answer = OutgoingMessage(
        tenant_id=STORE_ID,
        kind=f"{given.answer}_fulfillment_request",
        endpoint=URL,
        method="POST",
        url=f"{URL}/admin/api/2026-01/fulfillment_orders/{fulfillment_order_id}/fulfillment_request/accept.json",
        profile="store",
        body=b'{"fulfillment_request":{"message":null}}',
        subject=f"assignment:{STORE_ID}:{fulfillment_order_id}",
        command={"fulfillment_order_id": fulfillment_order_id, "answer": 1},
    )
    await post(connection, [answer], at + timedelta(seconds=22))
