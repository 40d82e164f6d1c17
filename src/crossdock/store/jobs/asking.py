"""Asking a fulfillment service over its callback URL, signed like what it is told."""

import codecs
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from crossdock.dialects.operation import Call, Operation, WireError
from crossdock.dialects.registry import DIALECTS
from crossdock.dialects.shopify import callback
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import FinishedCall, record_calls
from crossdock.runtime.http.outgoing import NoAnswer, OutgoingAnswer, OutgoingRequest
from crossdock.runtime.json import BadJson, read_json
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Undecryptable
from crossdock.store.database.apps import find_signer, secret_purpose
from crossdock.store.jobs.context import JobContext

# Source: Shopify, active_fulfillment: a service has 20 s to answer.
DEADLINE = 20.0
LARGEST_ANSWER = 4 * 1024 * 1024
ENCODING = re.compile(rb"""<\?xml[^>]*?encoding=["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
ENCODINGS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252"})

FIND = """
    SELECT f.id, f.app_id, f.handle, f.location_id, f.callback_url, a.platform, s.domain AS shop_domain,
        f.inventory_management, f.tracking_support
    FROM fulfillment_services f
    JOIN apps a ON a.shop_id = f.shop_id AND a.id = f.app_id
    JOIN shops s ON s.id = f.shop_id
    WHERE f.shop_id = $1 AND f.id = $2 AND f.deleted_at IS NULL
        AND f.callback_url IS NOT NULL AND a.uninstalled_at IS NULL
"""


class NotAnswered(Exception):
    """The service gave no answer that can be used; nothing is changed, and it is asked again in its time."""


@dataclass(frozen=True, kw_only=True)
class AskedService:
    """A service that can be asked."""

    id: int
    app_id: int
    handle: str
    location_id: int
    callback_url: str
    platform: str
    shop_domain: str
    inventory_management: bool
    tracking_support: bool


async def find_service(connection: Connection, shop_id: int, service_id: int) -> AskedService | None:
    """Return a service; None when it is gone, has no callback URL, or its app was uninstalled."""
    row = await connection.fetchrow(FIND, shop_id, service_id)
    return None if row is None else AskedService(**row)


async def ask_service(context: JobContext, shop_id: int, service: AskedService, question: object) -> Any:
    """Ask, keep what was said in the ledger, and return the answer decoded. Raises: NotAnswered."""
    dialect = DIALECTS[service.platform]
    operation = dialect.callback(question)
    request = await signed(context, shop_id, service, operation.encode(question))
    started_at = await context.clock.now()
    answer: OutgoingAnswer | None = None
    trouble: str | None = None
    value: Any = None
    try:
        answer = await context.outgoing.send(request, deadline=DEADLINE, cap=LARGEST_ANSWER)
        value = decoded(operation, answer)
    except NoAnswer as silence:
        trouble = silence.reason
    except (BadJson, WireError, UnicodeDecodeError) as error:
        trouble = f"the answer cannot be read: {error}"
    call = FinishedCall(
        tenant_id=shop_id,
        kind=operation.name,
        endpoint=f"service:{service.id}",
        method=request.method,
        url=request.url,
        started_at=started_at,
        duration=(answer.duration if answer else timedelta(0)).total_seconds(),
        headers=request.headers,
        subject=f"service:{service.id}",
        answer_status=answer.status if answer else None,
        answer_headers=answer.headers if answer else {},
        answer_body=answer.body if answer else None,
        error=trouble,
    )
    async with acquire_ready(context.pool) as connection:
        await record_calls(connection, [call], await context.clock.now(connection))
    if trouble is not None:
        raise NotAnswered(trouble)
    return value


def decoded(operation: Operation[Any, Any, Any], answer: OutgoingAnswer) -> Any:
    """Read an answer. Raises: NoAnswer for a refusal or one too long, BadJson, WireError, UnicodeDecodeError."""
    if not 200 <= answer.status < 300:
        raise NoAnswer(f"answered {answer.status}", answer.duration)
    if answer.truncated:
        raise NoAnswer("the answer is too long", answer.duration)
    body = answer.body.removeprefix(codecs.BOM_UTF8).strip()
    return operation.decode_result(text_of_xml(body) if body.startswith(b"<") else read_json(body, cap=LARGEST_ANSWER))


def text_of_xml(body: bytes) -> str:
    """Return an XML document as text, in the encoding that its first line names. Raises: UnicodeDecodeError."""
    declared = ENCODING.match(body[:200])
    name = declared[1].decode() if declared else "utf-8"
    return ENCODING.sub(b"", body, count=1).decode(name if name.lower() in ENCODINGS else "utf-8")


async def signed(context: JobContext, shop_id: int, service: AskedService, call: Call) -> OutgoingRequest:
    """Return the request, signed over its empty body. Raises: NotAnswered when the app's secret cannot be had."""
    async with acquire_ready(context.pool) as connection:
        signer = await find_signer(connection, shop_id, service.app_id)
        at = await context.clock.now(connection)
    if signer is None:
        raise NotAnswered("the app is not installed any more")
    try:
        secret = context.vault.decrypt(signer.secret_at(at), purpose=secret_purpose(service.app_id))
    except Undecryptable as error:
        raise NotAnswered(f"the app's secret cannot be read: {error}") from error
    address = urlsplit(DIALECTS[service.platform].callback_address(service.callback_url, call.path))
    query = "&".join(part for part in (address.query, urlencode(call.query)) if part)
    return OutgoingRequest(
        method=call.method,
        url=urlunsplit(address._replace(query=query)),
        headers={
            callback.SHOP_DOMAIN: service.shop_domain,
            callback.SIGNATURE: callback.sign(secret, b""),
            "Accept": "application/json, application/xml;q=0.9",
        },
    )
