"""Webhook subscriptions: which events an app wants to hear of, and where. Topics are words of the app's platform."""

from dataclasses import dataclass, field
from datetime import datetime

from crossdock.domain.events import Event
from crossdock.domain.orders import Order
from crossdock.domain.queries import Window


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookSubscription:
    """What an app subscribed to. `fields`: top-level keys to send, none for all.

    A disabled one gets nothing until it is changed; `disabled_reason` says why.
    """

    id: int
    app_id: int
    topic: str
    address: str
    created_at: datetime
    updated_at: datetime
    fields: tuple[str, ...] = ()
    disabled_at: datetime | None = None
    disabled_reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscribeToWebhook:
    """Tell an app of a topic at an address from now on."""

    topic: str
    address: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeWebhookSubscription:
    """Send elsewhere or other fields; None leaves as it is. A disabled subscription works again."""

    subscription_id: int
    address: str | None = None
    fields: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteWebhookSubscription:
    """End a subscription; what still waits for it is given up."""

    subscription_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SendTestWebhook:
    """Send a made-up event of the subscription's topic."""

    subscription_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GetWebhookSubscription:
    """One subscription of the caller's."""

    subscription_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ListWebhookSubscriptions:
    """The caller's subscriptions; the merchant sees those of every app."""

    topic: str | None = None
    address: str | None = None
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderChange:
    """What one command made of an order: the order afterwards, and its events, the first of this sequence number."""

    order: Order
    events: tuple[Event, ...]
    first: int
