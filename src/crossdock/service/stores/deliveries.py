"""Our words to stores as they leave, with the token that no message holds; and what an answer means."""

from dataclasses import dataclass

from crossdock.runtime.connection import Pool
from crossdock.runtime.exchange.courier import CannotPrepare
from crossdock.runtime.exchange.verdicts import Dead, Delivered, Message, Retry, Verdict
from crossdock.runtime.http.outgoing import OutgoingAnswer, OutgoingRequest
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Undecryptable, Vault
from crossdock.service.database.stores import store_by_id, token_purpose
from crossdock.service.stores.client import said
from crossdock.service.stores.wire import KEY_HEADER, REFUSING, TOKEN_HEADER


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Prepares messages to stores."""

    pool: Pool
    vault: Vault

    async def prepare(self, message: Message) -> OutgoingRequest:
        """Add the store's token and the key that makes the call happen once. Raises: CannotPrepare."""
        async with acquire_ready(self.pool) as connection:
            store = await store_by_id(connection, message.tenant_id)
        if store is None:
            raise CannotPrepare("the store is not connected any more")
        try:
            token = self.vault.decrypt(store.access_token, purpose=token_purpose(store.shop_domain))
        except Undecryptable as error:
            raise CannotPrepare(f"the store's token cannot be read: {error}") from error
        key = {KEY_HEADER: message.idempotency_key} if message.idempotency_key else {}
        return OutgoingRequest(
            method=message.method,
            url=message.url,
            headers={**message.headers, **key, TOKEN_HEADER: token},
            body=message.body,
        )


def judge(message: Message, answer: OutgoingAnswer) -> Verdict:  # noqa: ARG001 (the shape of a judge)
    """2xx: the store has it. A no to what was said is final; whatever else is wrong may pass."""
    if 200 <= answer.status < 300:
        return Delivered()
    words = said(answer)
    return Dead(words) if answer.status in REFUSING else Retry(words)
