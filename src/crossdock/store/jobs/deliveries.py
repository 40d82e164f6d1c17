"""Messages to apps as they leave: signed with the app's secret of that moment, which no message holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from crossdock.dialects.registry import DIALECTS
from crossdock.dialects.shopify import callback
from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange.courier import CannotPrepare
from crossdock.runtime.exchange.profiles import Profile
from crossdock.runtime.exchange.verdicts import Message
from crossdock.runtime.http.outgoing import OutgoingRequest
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Undecryptable, Vault
from crossdock.store.database.apps import find_signer, secret_purpose

PROFILES: Mapping[str, Profile] = {name: Profile(delays=each.retry_delays) for name, each in DIALECTS.items()}


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Prepares messages whose credential is `app:ID`. `version`: that of the API whose words they speak."""

    pool: Pool
    vault: Vault
    version: str

    async def prepare(self, message: Message) -> OutgoingRequest:
        """Sign a message. Raises: CannotPrepare when the app is gone or its secret cannot be read."""
        app_id = int((message.credential or "").removeprefix("app:") or 0)
        async with acquire_ready(self.pool) as connection:
            signer = await find_signer(connection, message.tenant_id, app_id)
        if signer is None:
            raise CannotPrepare("the app is not installed any more")
        try:
            secret = self.vault.decrypt(signer.client_secret, purpose=secret_purpose(app_id))
        except Undecryptable as error:
            raise CannotPrepare(f"the app's secret cannot be read: {error}") from error
        headers = callback.headers(
            topic=callback.NOTIFICATION_TOPIC,
            shop_domain=signer.shop_domain,
            version=self.version,
            message_id=message.message_id,
            event_id=message.cause or message.message_id,
            triggered_at=message.created_at,
        )
        return OutgoingRequest(
            method=message.method,
            url=message.url,
            headers={**message.headers, **headers, callback.SIGNATURE: callback.sign(secret, message.body)},
            body=message.body,
        )
