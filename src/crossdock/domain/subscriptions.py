"""Webhook subscriptions: which events an app wants to hear of, and where. Topics are words of the app's platform."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from crossdock.domain.catalogue import InventoryItem, Product, ProductVariant, StockedLevel
from crossdock.domain.events import Event
from crossdock.domain.order_details import NO_DETAILS, OrderDetails
from crossdock.domain.orders import Order
from crossdock.domain.places import Location
from crossdock.domain.queries import Window
from crossdock.domain.shops import Shop


class WebhookFormat(StrEnum):
    """How a body is written."""

    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookSubscription:
    """What an app subscribed to. `fields`: top-level keys to send, none for all; `filter`: of what it wants to hear.

    A disabled one gets nothing until it is changed; `disabled_reason` says why. One that is `removed` beside exists for
    the merchant only. `api_version` None: the newest at the time of a delivery. `warnings`: attempts in a row that
    failed of what is tried again, or was when it was disabled; `next_attempt_at`: when the first of it is due.
    `secret`: what signs its deliveries where it has one of its own; known only to the answer to who set it.
    """

    id: int
    app_id: int
    topics: tuple[str, ...]
    address: str
    created_at: datetime
    updated_at: datetime
    fields: tuple[str, ...] = ()
    format: WebhookFormat = WebhookFormat.JSON
    filter: str | None = None
    metafield_namespaces: tuple[str, ...] = ()
    name: str | None = None
    api_version: str | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    removed: bool = False
    warnings: int = 0
    next_attempt_at: datetime | None = None
    secret: str | None = field(default=None, repr=False)

    @property
    def topic(self) -> str:
        """Return the one topic, on platforms where it has one."""
        return self.topics[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscribeToWebhook:
    """Tell an app of topics at an address from now on, or once it is made active.

    `name`: unique among the app's subscriptions, if it has one, where these have no `secret` of their own. On platforms
    where they do, one is made up if none is given.
    """

    topics: tuple[str, ...]
    address: str
    fields: tuple[str, ...] = ()
    format: WebhookFormat = WebhookFormat.JSON
    filter: str | None = None
    metafield_namespaces: tuple[str, ...] = ()
    name: str | None = None
    api_version: str | None = None
    active: bool = True
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeWebhookSubscription:
    """Send elsewhere, otherwise, or something else; None leaves as it is. A disabled subscription works again.

    An empty `filter` or `name` takes away the one that there was. `active` False: nothing is sent from now on. `secret`
    is for platforms whose subscriptions have one of their own.
    """

    subscription_id: int
    topics: tuple[str, ...] | None = None
    address: str | None = None
    fields: tuple[str, ...] | None = None
    format: WebhookFormat | None = None
    filter: str | None = None
    metafield_namespaces: tuple[str, ...] | None = None
    name: str | None = None
    api_version: str | None = None
    active: bool | None = True
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeleteWebhookSubscription:
    """End a subscription; what still waits for it is given up."""

    subscription_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SendTestWebhook:
    """Send a made-up event of the subscription's first topic."""

    subscription_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GetWebhookSubscription:
    """One subscription of the caller's."""

    subscription_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookFilter:
    """Which subscriptions are meant; those of any of the topics, and whatever is not named does not matter."""

    topics: tuple[str, ...] = ()
    address: str | None = None
    name: str | None = None
    active: bool | None = None
    format: WebhookFormat | None = None
    created_at_min: datetime | None = None
    created_at_max: datetime | None = None
    updated_at_min: datetime | None = None
    updated_at_max: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListWebhookSubscriptions:
    """The caller's subscriptions; the merchant sees those of every app."""

    only: WebhookFilter = field(default_factory=WebhookFilter)
    window: Window = field(default_factory=Window)


@dataclass(frozen=True, kw_only=True, slots=True)
class CountWebhookSubscriptions:
    """How many subscriptions the caller has."""

    only: WebhookFilter = field(default_factory=WebhookFilter)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldWebhook:
    """A subscription as a store tells it. `secret`: where it tells this, to whom it was just given."""

    id: int
    topics: tuple[str, ...]
    address: str
    active: bool = True
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderChange:
    """What one command made of an order: the order afterwards, and its events, the first of this sequence number.

    `before`: the order as it was, None for a new one. `app_id`: whose command it was, None for the merchant's.
    `details`: what is kept of the order.
    """

    order: Order
    events: tuple[Event, ...]
    first: int
    before: Order | None = None
    app_id: int | None = None
    details: OrderDetails = NO_DETAILS

    @property
    def subject(self) -> str:
        """Name what its messages are in line by."""
        return f"order:{self.order.id}"


class Happening(StrEnum):
    """What happens to things that are no orders."""

    PRODUCT_CREATED = "product_created"
    PRODUCT_UPDATED = "product_updated"
    PRODUCT_DELETED = "product_deleted"
    ITEM_CREATED = "inventory_item_created"
    ITEM_UPDATED = "inventory_item_updated"
    ITEM_DELETED = "inventory_item_deleted"
    LEVEL_CONNECTED = "inventory_level_connected"
    LEVEL_UPDATED = "inventory_level_updated"
    LEVEL_DISCONNECTED = "inventory_level_disconnected"
    LOCATION_CREATED = "location_created"
    LOCATION_UPDATED = "location_updated"
    LOCATION_ACTIVATED = "location_activated"
    LOCATION_DEACTIVATED = "location_deactivated"
    LOCATION_DELETED = "location_deleted"
    SHOP_UPDATED = "shop_updated"
    APP_SCOPES_UPDATED = "app_scopes_updated"


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantChange:
    """The scopes that an app has, and had."""

    app_id: int
    previous: tuple[str, ...]
    current: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """What is left of a thing that was deleted."""

    id: int


Thing = Product | ProductVariant | InventoryItem | StockedLevel | Location | Shop | GrantChange | Gone


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """Something that happened to a thing that is no order, with the thing as it is afterwards.

    `app_id`: only this app is told, where it is the app's own business.
    """

    kind: Happening
    thing: Thing
    app_id: int | None = None

    @property
    def subject(self) -> str:
        """Name what its messages are in line by."""
        match self.thing:
            case StockedLevel(inventory_item_id=item, location_id=location):
                return f"inventory_level:{item}:{location}"
            case GrantChange(app_id=app_id):
                return f"app:{app_id}"
            case thing:
                return f"{self.kind.value.rpartition('_')[0]}:{thing.id}"


Change = OrderChange | Happened
