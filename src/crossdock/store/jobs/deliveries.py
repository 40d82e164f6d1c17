"""Messages to apps as they leave: signed with the app's or the subscription's secret of that moment.

No message holds it, but for the last to a subscription that is gone, which has it encrypted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crossdock.dialects.deliveries import Posted
from crossdock.dialects.registry import DIALECTS
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.exchange.courier import CannotPrepare
from crossdock.runtime.exchange.profiles import Profile
from crossdock.runtime.exchange.verdicts import Delivered, End, Message, Retry, Verdict
from crossdock.runtime.http.outgoing import NoAnswer, OutgoingAnswer, OutgoingRequest
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.runtime.secrets import Undecryptable, Vault
from crossdock.store.database.apps import PARTING, SEALED, Signer, find_signer, secret_purpose
from crossdock.store.database.webhooks import DISABLED, disable, webhook_purpose
from crossdock.store.jobs.give_up_waiting import GiveUpWaiting, give_up_waiting

# The kind of a message to a subscription; its command has the topic, the event, and `subscription_id`.
WEBHOOK = "webhook"
# An example that was asked for.
TEST = f"{WEBHOOK}_test"
PROFILES: Mapping[str, Profile] = {
    name: Profile(delays=each.retry_delays, gone_disables=each.gone_disables, deadline=each.delivery_deadline)
    for name, each in DIALECTS.items()
}
LONGEST_DEADLINE = max(each.deadline for each in PROFILES.values())


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Prepares messages whose credential is `app:ID`."""

    pool: Pool
    clock: Clock
    vault: Vault

    async def prepare(self, message: Message) -> OutgoingRequest:
        """Sign a message. Raises: CannotPrepare when the app is gone, NoAnswer while its secret cannot be read."""
        app_id = int((message.credential or "").removeprefix("app:") or 0)
        said = message.command or {}
        gone_too = message.kind == PARTING
        async with acquire_ready(self.pool) as connection:
            signer = await find_signer(
                connection, message.tenant_id, app_id, _number(said, "subscription_id"), gone_too=gone_too
            )
            at = await self.clock.now(connection)
        if signer is None:
            raise CannotPrepare("the app is not installed any more")
        dialect = DIALECTS[message.profile]
        posted = Posted(
            topic=_text(said, "topic"),
            shop_domain=signer.shop_domain,
            subdomain=signer.subdomain,
            version=_text(said, "version"),
            message_id=message.message_id,
            action=_text(said, "action") or message.cause or message.message_id,
            posted_at=message.created_at,
            name=_text(said, "name"),
            order_id=_order_of(said),
            test=message.kind == TEST,
            body=message.body,
            secret=self.own_secret(signer, app_id, said)
            if dialect.own_secrets and _text(said, "topic")
            else self.secret_of(signer, app_id, at),
        )
        return OutgoingRequest(
            method=message.method,
            url=message.url,
            headers={**dialect.delivery_headers(posted), **message.headers},
            body=message.body,
        )

    def secret_of(self, signer: Signer, app_id: int, at: datetime) -> str:
        """Return the app's secret. Raises: NoAnswer."""
        return self.decrypted(signer.secret_at(at), secret_purpose(app_id), "the app")

    def own_secret(self, signer: Signer, app_id: int, said: Mapping[str, object]) -> str:
        """Return the secret of the subscription that a message goes to. Raises: CannotPrepare, NoAnswer."""
        sealed = _text(said, SEALED) or signer.own_secret
        if sealed is None:
            raise CannotPrepare("the subscription was deleted")
        return self.decrypted(sealed, webhook_purpose(app_id), "the subscription")

    def decrypted(self, sealed: str, purpose: str, whose: str) -> str:
        """A key that is missing is our fault, and soon put back: nobody's subscription ends by it. Raises: NoAnswer."""
        try:
            return self.vault.decrypt(sealed, purpose=purpose)
        except Undecryptable as error:
            raise NoAnswer(f"{whose}'s secret cannot be read: {error}") from error


def judge(message: Message, answer: OutgoingAnswer) -> Verdict:
    """Say whether an answer means that a message arrived: what does is the platform's to say; all else is retried."""
    return Delivered() if answer.status in DIALECTS[message.profile].arrived else Retry(f"answered {answer.status}")


def _text(said: Mapping[str, object], name: str) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) else None


def _number(said: Mapping[str, object], name: str) -> int | None:
    value = said.get(name)
    return value if isinstance(value, int) else None


def _order_of(said: Mapping[str, object]) -> int | None:
    """Return the order that a webhook is about."""
    kind, _, number = (_text(said, "event") or "").partition(":")
    return int(number.partition(":")[0]) if kind == "order" else None


async def give_up_subscription(connection: Connection, message: Message, end: End) -> None:
    """Disable a subscription whose message died, and give up what else waits for it: it can be replayed.

    Source: Shopify, webhooks: a subscription whose retries are used up is deleted. The merchant still sees ours. 29
    Next, webhooks: it is deactivated, at once by an answer 410.
    """
    subscription_id = _number(message.command or {}, "subscription_id")
    if end.delivered or message.kind != WEBHOOK or subscription_id is None:
        return
    await switch_off(
        connection,
        message.tenant_id,
        subscription_id,
        end.reason or "given up",
        end.at,
        endpoint=message.endpoint,
        removed=DIALECTS[message.profile].failure_removes,
        warnings=message.attempts,
    )


async def switch_off(
    connection: Connection,
    shop_id: int,
    subscription_id: int,
    reason: str,
    at: datetime,
    *,
    endpoint: str,
    removed: bool = False,
    warnings: int = 0,
) -> None:
    """Send nothing more to a subscription, also not what waits: that can be replayed."""
    if await disable(connection, shop_id, subscription_id, reason, at, removed=removed, warnings=warnings):
        why = f"{DISABLED}: {reason}"
        await give_up_waiting(
            connection,
            GiveUpWaiting(shop_id=shop_id, subscription_id=subscription_id, endpoint=endpoint, reason=why, at=at),
        )
