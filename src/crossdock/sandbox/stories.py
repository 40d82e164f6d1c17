"""What can happen to an order, each as a story with its end, played by real calls."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from crossdock.dialects.operation import Json
from crossdock.sandbox.cast import Cast

# By country: the carrier that the warehouse hands parcels to, and how its tracking numbers look.
CARRIERS: Mapping[str, tuple[str, str]] = {
    "US": ("UPS", "1Z999AA1{:010d}"),
    "CA": ("Canada Post", "73{:014d}"),
    "GB": ("Royal Mail", "RM{:09d}GB"),
    "FR": ("Colissimo", "6A{:011d}"),
    "DE": ("DHL Express", "JD01{:014d}"),
}
OTHER_CARRIER = ("DHL Express", "JD02{:014d}")


@dataclass(frozen=True, kw_only=True)
class End:
    """How an order stands: its own fulfillment status, and each "status/request_status" of its fulfillment orders."""

    order: str | None
    fulfillment_orders: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.order or 'unfulfilled'}: {', '.join(self.fulfillment_orders)}"


@dataclass(frozen=True, kw_only=True)
class Played:
    """An order in the store that a story is played with. `parcels` numbers the tracking numbers."""

    id: int
    country: str
    cast: Cast
    parcels: "count[int]"

    async def work(self) -> Sequence[Json]:
        """Return its fulfillment orders."""
        return await self.cast.merchant.fulfillment_orders(self.id)

    def label(self) -> tuple[str, str]:
        """Return a carrier and a fresh tracking number."""
        carrier, number = CARRIERS.get(self.country, OTHER_CARRIER)
        return carrier, number.format(self.id % 10**6 * 100 + next(self.parcels))


@dataclass(frozen=True, kw_only=True)
class Story:
    """What happens, in words, in deeds, and how it must end, in the words of Shopify's wire and in 29 Next's.

    `next29` None: not played at 29 Next's shop.
    """

    title: str
    play: Callable[[Played], Awaitable[None]]
    end: End
    next29: End | None = None

    def end_on(self, platform: str) -> End:
        """Return how it must end in the words of a platform."""
        end = {"shopify": self.end, "next29": self.next29}[platform]
        assert end is not None, f"{self.title}: not known how it ends in the words of {platform}"
        return end


async def end_of(order: Played) -> End:
    """Return how an order stands."""
    states = sorted({f"{each['status']}/{each['request_status']}" for each in await order.work()})
    return End(order=await order.cast.merchant.order_status(order.id), fulfillment_orders=tuple(states))


async def ask(order: Played, message: str = "Please ship.") -> int:
    """Have the merchant ask the warehouse for its part of the order, and hear the answer; return what was asked for."""
    (wanted,) = [each for each in await order.work() if at_warehouse(each)]
    await order.cast.merchant.request(wanted["id"], message)
    await order.cast.settle()
    fulfillment_order_id: int = wanted["id"]
    return fulfillment_order_id


def at_warehouse(fulfillment_order: Json) -> bool:
    return "request_fulfillment" in fulfillment_order["supported_actions"]


async def send(order: Played, fulfillment_order_id: int, lines: Sequence[Mapping[str, int]] = ()) -> None:
    """Have the warehouse send a parcel, and the store hear of it."""
    await order.cast.warehouse.ship(fulfillment_order_id, *order.label(), lines=lines)
    await order.cast.settle()


async def send_first_unit(order: Played, fulfillment_order_id: int) -> None:
    work = next(each for each in await order.work() if each["id"] == fulfillment_order_id)
    await send(order, fulfillment_order_id, [{"id": work["line_items"][0]["id"], "quantity": 1}])


async def ship(order: Played) -> None:
    await send(order, await ask(order))


async def ship_in_two(order: Played) -> None:
    asked = await ask(order)
    await send_first_unit(order, asked)
    await send(order, asked)


async def cancel(order: Played) -> None:
    asked = await ask(order)
    await order.cast.merchant.ask_to_stop(asked, "The customer has changed their mind.")
    await order.cast.settle()


async def cancel_too_late(order: Played) -> None:
    asked = await ask(order)
    await send_first_unit(order, asked)
    await order.cast.merchant.ask_to_stop(asked, "The customer has changed their mind.")
    await order.cast.settle()
    await send(order, asked)


async def be_declined(order: Played) -> None:
    await ask(order)


async def request_part(order: Played) -> None:
    """The merchant asks for one unit of the first line and keeps back the rest."""
    (work,) = await order.work()
    first = work["line_items"][0]
    await order.cast.merchant.request(
        work["id"], "One of these first, please.", lines=[{"id": first["id"], "quantity": 1}]
    )
    await order.cast.settle()
    await send(order, work["id"])


async def split(order: Played) -> None:
    await ship(order)
    await ship_own_part(order)


async def ship_own_part(order: Played) -> None:
    """The merchant ships what its own locations have to ship."""
    for each in await order.work():
        if each["status"] == "open" and not at_warehouse(each):
            await order.cast.merchant.ship_ourselves(each["id"], *order.label())
    await order.cast.settle()


SHIPPED = End(order="fulfilled", fulfillment_orders=("closed/accepted",))
NEXT29_SHIPPED = End(order="fulfilled", fulfillment_orders=("closed/closed",))
DECLINED = End(order=None, fulfillment_orders=("open/rejected",))
NEXT29_DECLINED = End(order="rejected", fulfillment_orders=("open/rejected",))
STORIES: Mapping[str, Story] = {
    "ship": Story(title="The warehouse accepts and ships", play=ship, end=SHIPPED, next29=NEXT29_SHIPPED),
    "ship_in_two": Story(
        title="The warehouse ships in two parcels", play=ship_in_two, end=SHIPPED, next29=NEXT29_SHIPPED
    ),
    "cancel": Story(
        title="The merchant asks to stop in time",
        play=cancel,
        end=End(order=None, fulfillment_orders=("cancelled/cancellation_accepted",)),
        next29=End(order="unfulfilled", fulfillment_orders=("canceled/cancel_accepted",)),
    ),
    "cancel_too_late": Story(
        title="The merchant asks to stop when a parcel has left",
        play=cancel_too_late,
        end=End(order="fulfilled", fulfillment_orders=("closed/cancellation_rejected",)),
    ),
    "unknown_sku": Story(
        title="The warehouse does not know an article", play=be_declined, end=DECLINED, next29=NEXT29_DECLINED
    ),
    "out_of_stock": Story(title="The warehouse's shelf is empty", play=be_declined, end=DECLINED),
    "partial_request": Story(
        title="The merchant asks for a part",
        play=request_part,
        end=End(order="partial", fulfillment_orders=("closed/accepted", "open/unsubmitted")),
    ),
    "split": Story(
        title="The warehouse ships a part, the merchant the rest",
        play=split,
        end=End(order="fulfilled", fulfillment_orders=("closed/accepted", "closed/unsubmitted")),
        next29=NEXT29_SHIPPED,
    ),
    "merchant": Story(
        title="The merchant ships from its own shop",
        play=ship_own_part,
        end=End(order="fulfilled", fulfillment_orders=("closed/unsubmitted",)),
    ),
}
