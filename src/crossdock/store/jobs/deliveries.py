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
from crossdock.store.database.webhooks import disable

# The kind of a message to a subscription; its command has the topic, the event, and `subscription_id`.
WEBHOOK = "webhook"
PROFILES: Mapping[str, Profile] = {
    name: Profile(delays=each.retry_delays, gone_disables=each.gone_disables) for name, each in DIALECTS.items()
}


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Prepares messages whose credential is `app:ID`. `version`: that of the API whose words they speak."""

    pool: Pool
    clock: Clock
    vault: Vault
    version: str

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
            version=self.version,
            message_id=message.message_id,
            event_id=str(said.get("event", message.cause or message.message_id)),
            triggered_at=message.created_at,
        )
        return OutgoingRequest(
            method=message.method,
            url=message.url,
            headers={**message.headers, **headers, callback.SIGNATURE: callback.sign(secret, message.body)},
            body=message.body,
        )

    def secret_of(self, signer: Signer, app_id: int, at: datetime) -> str:
        try:
            return self.vault.decrypt(signer.secret_at(at), purpose=secret_purpose(app_id))
        except Undecryptable as error:
            raise CannotPrepare(f"the app's secret cannot be read: {error}") from error


async def give_up_subscription(connection: Connection, message: Message, end: End) -> None:
    """Disable a subscription whose message died, and give up what else waits for it: it can be replayed.

    Source: Shopify, webhooks: a subscription whose retries are used up is taken out of service.
    """
    subscription_id = (message.command or {}).get("subscription_id")
    if end.delivered or message.kind != WEBHOOK or not isinstance(subscription_id, int):
        return
    if await disable(connection, message.tenant_id, subscription_id, end.reason or "given up", end.at):
        await cancel_waiting(
            connection,
            message.tenant_id,
            f"the subscription was disabled: {end.reason}",
            end.at,
            endpoint=message.endpoint,
            command={"subscription_id": subscription_id},
        )
