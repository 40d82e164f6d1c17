"""A delivery to an app, as far as a dialect must know it to write its body and its headers."""

from dataclasses import dataclass, field
from datetime import datetime

from crossdock.dialects.operation import Json
from crossdock.domain.subscriptions import WebhookFormat


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """What is told of a topic. `event` names what happened, the same for all who hear of it and however often."""

    topic: str
    body: Json
    event: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Addressee:
    """The subscription that it is told to. `version`: of its words; `fields`: of the body's top level, none: all."""

    subscription_id: int
    topics: tuple[str, ...]
    address: str
    version: str | None = None
    fields: tuple[str, ...] = ()
    format: WebhookFormat = WebhookFormat.JSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A message as it leaves. `topic` None: a call to a service's callback.

    `message_id` stays the same over retries; `action`: what the merchant or an app did, the same for all that is told
    of it. `order_id`: of the order that it is about, if it is about one. `name`: the subscription's. `secret` signs.
    """

    topic: str | None
    shop_domain: str
    subdomain: str
    version: str | None
    message_id: str
    action: str
    posted_at: datetime
    name: str | None = None
    order_id: int | None = None
    test: bool = False
    body: bytes = b""
    secret: str = field(repr=False)
