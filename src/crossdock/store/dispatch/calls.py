"""What is answered to a command over a wire, and what is kept of it: for its idempotency key, and in the ledger."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crossdock.domain.places import Location
from crossdock.domain.refusals import KeyReused
from crossdock.domain.shops import Shop
from crossdock.runtime.exchange.messages import IncomingMessage
from crossdock.store.database.facts import UsedKey
from crossdock.store.dispatch.origin import Origin


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """An answer as the wire has it. `replayed`: given before to the same idempotency key.

    `without_secrets`: the body as it may be kept, where it holds a secret.
    """

    status: int
    body: bytes
    replayed: bool = False
    without_secrets: bytes | None = None

    @property
    def kept(self) -> bytes:
        """Return what the ledger keeps of the body, and answers to the same key once more."""
        return self.body if self.without_secrets is None else self.without_secrets


# Any: each operation renders the result of its own command.
Render = Callable[[Any, Shop, Mapping[int, Location]], Rendered]


def owned(origin: Origin, key: str) -> tuple[int, int, str]:
    """Return an idempotency key with whose it is."""
    return (origin.shop_id, origin.caller.app_id or 0, key)


def fingerprint(origin: Origin, command: object) -> str:
    """Return what makes two requests the same: method, path and body of a call, else the command itself."""
    call = origin.call
    parts = [call.method.encode(), call.target.encode(), call.body] if call else [repr(command).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def answer_again(used: UsedKey, origin: Origin, command: object) -> Rendered:
    """Return the answer that a key's request got. Raises: KeyReused for another request."""
    if used.request_hash != fingerprint(origin, command):
        raise KeyReused(used.key)
    return Rendered(status=used.status, body=used.body, replayed=True)


def newly_used(origin: Origin, key: str, command: object, rendered: Rendered) -> UsedKey:
    """Return a key with the answer that its request got now."""
    return UsedKey(
        shop_id=origin.shop_id,
        app_id=origin.caller.app_id or 0,
        key=key,
        request_hash=fingerprint(origin, command),
        status=rendered.status,
        body=rendered.kept,
    )


def key_row(used: UsedKey, at: datetime) -> Mapping[str, object]:
    """Return a used key as `Changes` takes it."""
    return {
        "shop_id": used.shop_id,
        "app_id": used.app_id,
        "key": used.key,
        "request_hash": used.request_hash,
        "status": used.status,
        "body": base64.b64encode(used.body).decode(),
        "used_at": at,
    }


def received(origin: Origin, rendered: Rendered, subject: str | None) -> list[IncomingMessage]:
    """Return the ledger's entry for an answered API write; nothing for one that did not come over a wire."""
    if origin.call is None:
        return []
    return [
        IncomingMessage(
            tenant_id=origin.shop_id,
            kind="api_call",
            source=origin.actor,
            method=origin.call.method,
            url=origin.call.url,
            headers=origin.call.headers,
            body=origin.call.body if origin.call.kept is None else origin.call.kept,
            subject=subject,
            answer_status=rendered.status,
            answer_body=rendered.kept,
            idempotency_key=origin.key,
        )
    ]
