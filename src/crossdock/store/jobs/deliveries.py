"""Messages to apps as they leave: signed with the app's secret of that moment, which no message holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.dialects.registry import DIALECTS
from crossdock.dialects.shopify import callback
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.courier import CannotPrepare
from crossdock.runtime.exchange.profiles import Profile
from crossdock.runtime.exchange.second_thoughts import cancel_waiting
from crossdock.runtime.exchange.verdicts import End, Message
from crossdock.runtime.http.outgoing import OutgoingRequest
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Undecryptable, Vault
from crossdock.store.database.apps import PARTING, Signer, find_signer, secret_purpose
from crossdock.store.database.webhooks import DISABLED, disable

# The kind of a message to a subscription; its command has the topic, the event, and `subscription_id`.
WEBHOOK = "webhook"
# An example that was asked for.
TEST = f"{WEBHOOK}_test"
PROFILES: Mapping[str, Profile] = {
    name: Profile(delays=each.retry_delays, gone_disables=each.gone_disables, deadline=each.delivery_deadline)
    for name, each in DIALECTS.items()
}


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Prepares messages whose credential is `app:ID`."""

    pool: Pool
    clock: Clock
    vault: Vault

    async def prepare(self, message: Message) -> OutgoingRequest:
        """Sign a message. Raises: CannotPrepare when the app is gone or its secret cannot be read."""
        app_id = int((message.credential or "").removeprefix("app:") or 0)
        async with acquire_ready(self.pool) as connection:
            signer = await find_signer(connection, message.tenant_id, app_id, gone_too=message.kind == PARTING)
            at = await self.clock.now(connection)
        if signer is None:
            raise CannotPrepare("the app is not installed any more")
        secret = self.secret_of(signer, app_id, at)
        said = message.command or {}
        headers = callback.headers(
            topic=str(said.get("topic", callback.NOTIFICATION_TOPIC)),
            shop_domain=signer.shop_domain,
            version=DIALECTS[message.profile].spoken(_text(said, "version")),
            message_id=message.message_id,
            event_id=_text(said, "action") or message.cause or message.message_id,
            triggered_at=message.created_at,
            name=_text(said, "name"),
            order_id=_order_of(said),
            test=message.kind == TEST,
        )
        return OutgoingRequest(
            method=message.method,
            url=message.url,
            headers={**headers, **message.headers, callback.SIGNATURE: callback.sign(secret, message.body)},
            body=message.body,
        )

    def secret_of(self, signer: Signer, app_id: int, at: datetime) -> str:
        try:
            return self.vault.decrypt(signer.secret_at(at), purpose=secret_purpose(app_id))
        except Undecryptable as error:
            raise CannotPrepare(f"the app's secret cannot be read: {error}") from error


def _text(said: Mapping[str, object], name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) else None


def _order_of(said: Mapping[str, object]) -> int | None:
    """Return the order that a webhook of the orders themselves is about."""
    if not (_text(said, "topic") or "").startswith("orders/"):
        return None
    kind, _, number = (_text(said, "event") or "").partition(":")
    return int(number.partition(":")[0]) if kind == "order" else None


async def give_up_subscription(connection: Connection, message: Message, end: End) -> None:
    """Disable a subscription whose message died, and give up what else waits for it: it can be replayed.

    Source: Shopify, webhooks: a subscription whose retries are used up is deleted. The merchant still sees ours.
    """
    subscription_id = (message.command or {}).get("subscription_id")
    if end.delivered or message.kind != WEBHOOK or not isinstance(subscription_id, int):
        return
    removed = DIALECTS[message.profile].failure_removes
    reason = end.reason or "given up"
    if await disable(connection, message.tenant_id, subscription_id, reason, end.at, removed=removed):
        await cancel_waiting(
            connection,
            message.tenant_id,
            f"{DISABLED}: {end.reason}",
            end.at,
            endpoint=message.endpoint,
            command={"subscription_id": subscription_id},
        )
