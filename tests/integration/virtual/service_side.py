"""The warehouse in virtual time: its real decisions over tables that lie in memory and survive.

What is written here is what SQL and asyncio do in the service: tables, jobs, timers, and the turns of a pull.
"""

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from crossdock.dialects.operation import Call, find
from crossdock.dialects.registry import SHOPIFY
from crossdock.dialects.shopify import callback
from crossdock.domain.catalogue import InventoryItem
from crossdock.domain.queries import (
    GetFulfillmentOrder,
    ListAssignedFulfillmentOrders,
    ListFulfillments,
    ListInventoryItems,
    Window,
)
from crossdock.domain.refusals import NotFound
from crossdock.domain.work import AssignedFulfillmentOrder, BookedFulfillment
from crossdock.runtime.exchange.messages import message_rows
from crossdock.runtime.exchange.verdicts import End, Message
from crossdock.runtime.http.outgoing import NoAnswer, OutgoingAnswer, OutgoingRequest
from crossdock.runtime.json import read_json
from crossdock.service.database.assignments import LIVE, Assignment, Stage, Telling
from crossdock.service.database.changes import Draft
from crossdock.service.database.items import GOOD_FOR
from crossdock.service.database.parcels import Parcel
from crossdock.service.database.shelf import Move, MoveKind, Stock
from crossdock.service.database.stores import Pull, Store
from crossdock.service.handlers.closing import give_back
from crossdock.service.handlers.correcting import (
    Corrected,
    CorrectTracking,
    Sent,
    retrack,
    take_back,
    tell_what_waited,
)
from crossdock.service.handlers.deciding import decide
from crossdock.service.handlers.drafting import STORE, note, units_left
from crossdock.service.handlers.refusals import ParcelBooked, UndoneEarly
from crossdock.service.handlers.shipping import PackedLine, ShipParcel, parcel_of, require_on_shelf, send_off
from crossdock.service.handlers.taking_in import BATCH, lay_beside
from crossdock.service.handlers.telling import addressed, end_message, in_the_books
from crossdock.service.handlers.telling import parcel_of as parcel_of_message
from crossdock.service.jobs.pull_assigned_work import (
    AGAIN_SECONDS,
    ALL,
    ASKED,
    ITEMS_PER_CALL,
    LOOKED_UP_SINGLY,
    POLL_SECONDS,
)
from crossdock.service.stores.client import DEADLINE, MOST_PAGES, decoded, failure
from crossdock.service.stores.deliveries import judge, transport_of_message
from crossdock.service.stores.errors import StoreError, StoreRefused, StoreUnavailable
from crossdock.service.stores.messages import PROFILES
from crossdock.service.stores.wire import (
    KEY_HEADER,
    address,
    body_of,
    call_of,
    headers_of,
    reply_of,
    row_of,
    transport_of,
)
from tests.integration.virtual.network import START, Node, Process, Send, Sleep, Time, Weather
from tests.integration.virtual.outbox import Courier, Outbox
from tests.integration.virtual.store_side import DOMAIN, PLACE, SECRET, TOKEN, URL, VERSION

SWEEP_SECONDS = 15.0
LOOK_AGAIN_SECONDS = 30.0
# So small that lists have several pages here.
PAGE = 2
EVERY_PULL = 10**9

Steps = Generator[Sleep | Send, Any, Any]

CONNECTED = Store(
    id=1,
    name="Virtual",
    platform=SHOPIFY.name,
    url=URL,
    shop_domain=DOMAIN,
    api_version=VERSION,
    access_token=TOKEN,
    secret=SECRET,
    previous_secret=None,
    service_id=5,
    location_id=PLACE,
    paused=False,
    pulls=0,
    pull_asked=False,
    pull_whole=False,
    last_pulled_at=None,
    trouble=None,
    connected_at=START,
    transport="rest",
)


@dataclass(frozen=True, kw_only=True)
class PullJob:
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class LookJob:
    parcel_id: int


@dataclass(kw_only=True)
class Tables:
    """What survives."""

    store: Store = CONNECTED
    assignments: dict[int, Assignment] = field(default_factory=dict)
    parcels: dict[int, Parcel] = field(default_factory=dict)
    shelf: dict[str, Stock] = field(default_factory=dict)
    items: dict[int, tuple[str | None, datetime]] = field(default_factory=dict)
    causes: set[tuple[str, MoveKind, str]] = field(default_factory=set)
    inbox: set[str] = field(default_factory=set)
    queued: dict[str, PullJob | LookJob] = field(default_factory=dict)
    running: dict[str, PullJob | LookJob] = field(default_factory=dict)
    timers: dict[str, datetime] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=Outbox)
    ids: "count[int]" = field(default_factory=lambda: count(1))


@dataclass(kw_only=True)
class VirtualWarehouse:
    """A warehouse that works for one store. `polls`, `doubts`: False plants a fault."""

    time: Time
    weather: Weather
    to: Node
    tables: Tables = field(default_factory=Tables)
    polls: bool = True
    doubts: bool = True

    def __post_init__(self) -> None:
        self.web = Node(time=self.time, weather=self.weather, serve=self.hear)
        self.worker = Node(time=self.time, weather=self.weather, boot=self.boot)
        self.is_pulling = False
        self.courier = Courier(
            node=self.worker,
            outbox=self.tables.outbox,
            to=self.to,
            prepare=with_credentials,
            judge=judge,
            profiles=PROFILES,
            on_end=self.on_end,
        )
        if self.polls:
            self.tables.timers["poll"] = START + timedelta(seconds=POLL_SECONDS)

    def boot(self) -> None:
        """Take up what another life of ours left."""
        self.is_pulling = False
        self.tables.queued = {**self.tables.running, **self.tables.queued}
        self.tables.running = {}
        self.courier.boot()
        self.worker.start(self.sweep())
        self.wake()

    # -- the packers' hands

    def count(self, sku: str, on_hand: int) -> None:
        self.tables.shelf[sku] = replace(self.tables.shelf.get(sku, Stock(on_hand=0, allocated=0)), on_hand=on_hand)

    def ship(self, fulfillment_order_id: int, number: str, *lines: tuple[str, int]) -> None:
        """Book a parcel, of all that is left or of units by SKU. Raises: Refusal."""
        known = self.known(fulfillment_order_id)
        command = ShipParcel(
            store_id=known.store_id,
            carrier="UPS",
            tracking_numbers=(number,),
            lines=tuple(PackedLine(sku=sku, quantity=quantity) for sku, quantity in lines) or None,
        )
        self.require_free(number)
        self.require_none_undone(fulfillment_order_id)
        parcel = parcel_of(known, command, next(self.tables.ids), actor="packer", at=self.time.now)
        require_on_shelf(parcel, self.tables.shelf)
        before = sum(each.booked_as[0] == number for each in self.tables.parcels.values())
        self.tables.parcels[parcel.id] = parcel
        self.write([send_off(known, parcel, self.tables.store, self.time.now, booked_before=before)])

    def require_free(self, number: str) -> None:
        """Raises: ParcelBooked."""
        counting = [each for each in self.tables.parcels.values() if each.cancelled_at is None]
        if any(number in each.tracking_numbers for each in counting):
            raise ParcelBooked("UPS", number)

    def require_none_undone(self, fulfillment_order_id: int) -> None:
        """Raises: UndoneEarly."""
        for each in self.tables.parcels.values():
            is_early = each.told is Telling.WAITING and each.cancelled_at is not None
            if is_early and each.fulfillment_order_id == fulfillment_order_id:
                raise UndoneEarly(each.id)

    def retrack(self, number: str, other: str) -> None:
        """Give a parcel another number. Raises: Refusal."""
        self.require_free(other)
        sent = self.sent(number)
        command = CorrectTracking(
            store_id=sent.store.id, parcel_id=sent.parcel.id, carrier="UPS", tracking_numbers=(other,)
        )
        self.keep(retrack(sent, command, actor="packer", at=self.time.now))

    def take_back(self, number: str) -> None:
        """Cancel a parcel. Raises: Refusal."""
        self.keep(take_back(self.sent(number), actor="packer", at=self.time.now))

    def sent(self, number: str) -> Sent:
        parcel = next(
            each
            for each in self.tables.parcels.values()
            if number in each.tracking_numbers and each.cancelled_at is None
        )
        return Sent(store=self.tables.store, assignment=self.known(parcel.fulfillment_order_id), parcel=parcel)

    def keep(self, corrected: Corrected | None) -> None:
        if corrected is not None:
            self.tables.parcels[corrected.parcel.id] = corrected.parcel
            self.write([corrected.draft])

    def close(self, fulfillment_order_id: int) -> None:
        """Give work back. Raises: Refusal."""
        known = self.known(fulfillment_order_id)
        self.write([give_back(known, self.tables.store, "no more", actor="packer", at=self.time.now)])

    def stage(self, fulfillment_order_id: int) -> Stage | None:
        known = self.tables.assignments.get(fulfillment_order_id)
        return known.status if known else None

    def known(self, fulfillment_order_id: int) -> Assignment:
        """Raises: NotFound."""
        if fulfillment_order_id not in self.tables.assignments:
            raise NotFound("fulfillment order", fulfillment_order_id)
        return self.with_parcels(self.tables.assignments[fulfillment_order_id])

    # -- tables

    def locked(self, ids: Iterable[int]) -> dict[int, Assignment]:
        known = self.tables.assignments
        return {id: self.with_parcels(known[id]) for id in sorted(ids) if id in known}

    def with_parcels(self, known: Assignment) -> Assignment:
        parcels = [
            each for each in self.tables.parcels.values() if each.fulfillment_order_id == known.fulfillment_order_id
        ]
        waiting = sum(Telling.WAITING in (each.told, each.correction_state) for each in parcels)
        untold = sum(
            Telling.WAITING in (each.told, each.correction_state)
            or (each.told is not Telling.TOLD and each.cancelled_at is None)
            for each in parcels
        )
        if (waiting, untold) == (known.parcels_waiting, known.parcels_untold):
            return known
        return replace(known, parcels_waiting=waiting, parcels_untold=untold)

    def write(self, drafts: Sequence[Draft]) -> None:
        """Let what was decided survive, as one transaction."""
        for draft in drafts:
            before = self.tables.assignments.get(draft.assignment.fulfillment_order_id)
            first = (before.version if before else 0) + 1
            assert [each.sequence for each in draft.events] == list(range(first, draft.assignment.version + 1))
            self.tables.assignments[draft.assignment.fulfillment_order_id] = draft.assignment
            for move in draft.moves:
                self.move(move)
            self.tables.outbox.post(message_rows(draft.messages, self.time.now), self.time.now)
            if draft.messages:
                self.courier.wake()

    def move(self, move: Move) -> None:
        cause = (move.sku, move.kind, move.cause)
        assert cause not in self.tables.causes, f"moved twice: {cause}"
        self.tables.causes.add(cause)
        stock = self.tables.shelf.get(move.sku, Stock(on_hand=0, allocated=0))
        moved = Stock(on_hand=stock.on_hand + move.on_hand, allocated=stock.allocated + move.allocated)
        assert moved.on_hand >= 0 <= moved.allocated, f"below nothing: {move}"
        self.tables.shelf[move.sku] = moved

    def enqueue(self, name: str, job: PullJob | LookJob) -> None:
        self.tables.queued.setdefault(name, job)
        self.time.after(0.01, self.wake)

    def pull_soon(self) -> None:
        self.enqueue("pull", PullJob())

    def ask_for_pull(self, *, whole: bool) -> None:
        store = self.tables.store
        self.tables.store = replace(store, pull_asked=True, pull_whole=store.pull_whole or whole)

    def begin_pull(self) -> Pull | None:
        store = self.tables.store
        if not store.pull_asked:
            return None
        self.tables.store = replace(store, pulls=store.pulls + 1, pull_asked=False, pull_whole=False)
        return Pull(number=store.pulls + 1, whole=store.pull_whole)

    def unlisted(self, listed: Collection[int], *, whole: bool) -> list[int]:
        live = [id for id, known in self.tables.assignments.items() if known.status in LIVE]
        chosen = [
            known
            for known in self.locked(live).values()
            if known.fulfillment_order_id not in listed
            and known.answer_state is not Telling.WAITING
            and (whole or known.status is Stage.RECEIVED or known.answer_state in {Telling.REFUSED, Telling.FAILED})
            and not known.parcels_waiting
        ]
        chosen.sort(key=lambda known: (known.updated_at, known.fulfillment_order_id))
        return [known.fulfillment_order_id for known in chosen[:LOOKED_UP_SINGLY]]

    def received(self) -> list[Assignment]:
        return [known for _, known in sorted(self.tables.assignments.items()) if known.status is Stage.RECEIVED]

    def items_to_read(self) -> list[int]:
        return sorted(
            {
                line.inventory_item_id
                for known in self.received()
                for line in known.lines
                if line.inventory_item_id is not None and self.is_stale(line.inventory_item_id, known)
            }
        )

    def is_stale(self, item: int, known: Assignment) -> bool:
        if item not in self.tables.items:
            return True
        sku, read_at = self.tables.items[item]
        on_shelf = sku is not None and sku in self.tables.shelf
        return read_at < known.received_at - GOOD_FOR or (read_at < known.received_at and not on_shelf)

    def keep_items(self, skus: Mapping[int, str | None]) -> None:
        self.tables.items |= {id: (sku, self.time.now) for id, sku in skus.items()}
        for known in self.received():
            lines = tuple(replace(line, sku=skus.get(line.inventory_item_id or 0, line.sku)) for line in known.lines)
            self.tables.assignments[known.fulfillment_order_id] = replace(known, lines=lines)

    # -- the inbox

    def hear(self, request: OutgoingRequest) -> OutgoingAnswer:
        """Take a notification in as the callback edge does: signed, once, its pull in the queue."""
        assert callback.verify([SECRET], request.body, request.headers[callback.SIGNATURE])
        path = urlsplit(request.url).path.rpartition("/")[2]
        row, _ = find(SHOPIFY.callbacks, request.method, path) or (None, {})
        assert row is not None
        row.decode(Call(method=request.method, path=path, body=read_json(request.body)))
        message_id = request.headers[callback.WEBHOOK_ID]
        if message_id not in self.tables.inbox:
            self.tables.inbox.add(message_id)
            self.pull_soon()
        return OutgoingAnswer(status=200, headers={}, body=b"{}", duration=timedelta(0))

    # -- the jobs

    def wake(self) -> None:
        """Start the jobs that wait."""
        if self.worker.is_up:
            for name in list(self.tables.queued):
                if name not in self.tables.running:
                    self.tables.running[name] = self.tables.queued.pop(name)
                    self.worker.start(self.perform(name))

    def perform(self, name: str) -> Process:
        job = self.tables.running[name]
        yield from self.pull(job) if isinstance(job, PullJob) else self.look_for_parcel(job)
        del self.tables.running[name]
        self.wake()

    def sweep(self) -> Process:
        """Let timers go off."""
        while True:
            for name, due_at in list(self.tables.timers.items()):
                if due_at <= self.time.now:
                    del self.tables.timers[name]
                    if name == "poll":
                        self.tables.timers[name] = self.time.now + timedelta(seconds=POLL_SECONDS)
                    self.enqueue(f"timer:{name}", PullJob(whole=True))
            yield Sleep(seconds=SWEEP_SECONDS)

    def pull(self, job: PullJob) -> Steps:
        self.ask_for_pull(whole=job.whole)
        while self.tables.store.pull_asked and not self.is_pulling:
            self.is_pulling = True
            try:
                while (pull := self.begin_pull()) is not None:
                    yield from self.pull_once(pull)
            except StoreUnavailable as error:
                seconds = max(error.seconds or 0.0, AGAIN_SECONDS)
                self.tables.timers["again"] = self.time.now + timedelta(seconds=seconds)
                self.is_pulling = False
                return
            except StoreError:
                self.is_pulling = False
                return
            self.is_pulling = False

    def pull_once(self, pull: Pull) -> Steps:
        orders: dict[int, AssignedFulfillmentOrder] = {}
        for status in ALL if pull.whole else ASKED:
            listing = ListAssignedFulfillmentOrders(
                assignment_status=status, order_reference=True, window=Window(limit=PAGE)
            )
            listed = yield from self.ask_for_all(listing)
            orders |= {order.id: order for order in listed}
        missing = []
        for id in self.unlisted(list(orders), whole=pull.whole):
            try:
                orders[id] = yield from self.ask(GetFulfillmentOrder(fulfillment_order_id=id, order_reference=True))
            except StoreRefused as refusal:
                if not refusal.missing:
                    raise
                missing.append(id)
        if not self.take_in(pull.number, list(orders.values()), missing):
            return
        yield from self.learn_skus()
        while self.answer_received():
            pass

    def take_in(self, pull: int, orders: Sequence[AssignedFulfillmentOrder], missing: Sequence[int]) -> bool:
        store, at = self.tables.store, self.time.now
        if store.pulls != pull:
            return False
        known = self.locked([*(order.id for order in orders), *missing])
        skus = {id: sku for id, (sku, _) in self.tables.items.items()}
        number = pull if self.doubts else EVERY_PULL
        drafts, doubts = lay_beside(known, orders, missing, store=store, pull=number, skus=skus, at=at)
        self.write(drafts)
        if doubts:
            self.ask_for_pull(whole=False)
        return True

    def learn_skus(self) -> Steps:
        items = self.items_to_read()
        for start in range(0, len(items), ITEMS_PER_CALL):
            ids = tuple(items[start : start + ITEMS_PER_CALL])
            read: tuple[InventoryItem, ...] = yield from self.ask(ListInventoryItems(ids=ids))
            skus = {item.id: item.sku for item in read}
            self.keep_items({id: skus.get(id) or None for id in ids})

    def answer_received(self) -> bool:
        unread = set(self.items_to_read())
        work = [each for each in self.received() if not unread & {line.inventory_item_id for line in each.lines}]
        work = list(self.locked(each.fulfillment_order_id for each in work[:BATCH]).values())
        skus = {sku for each in work for sku in units_left(each)}
        shelf = {sku: stock for sku, stock in self.tables.shelf.items() if sku in skus}
        self.write(decide(work, shelf, store=self.tables.store, at=self.time.now))
        return bool(work)

    def look_for_parcel(self, job: LookJob) -> Steps:
        parcel = self.tables.parcels[job.parcel_id]
        while True:
            try:
                fulfillments = yield from self.ask_for_all(
                    ListFulfillments(fulfillment_order_id=parcel.fulfillment_order_id)
                )
            except StoreUnavailable:
                yield Sleep(seconds=LOOK_AGAIN_SECONDS)
                continue
            for each in fulfillments:
                if set(parcel.booked_as) & set(each.tracking_numbers):
                    self.found(job.parcel_id, each)
                    return
            return

    def found(self, parcel_id: int, fulfillment: BookedFulfillment) -> None:
        parcel = self.tables.parcels[parcel_id]
        if parcel.told is not Telling.TOLD or parcel.fulfillment_id is None:
            draft = Draft(assignment=self.locked([parcel.fulfillment_order_id])[parcel.fulfillment_order_id])
            note(draft, "parcel_found", self.time.now, actor=STORE)
            found = in_the_books(parcel, fulfillment, self.time.now)
            self.tables.parcels[parcel_id] = tell_what_waited(draft, found, self.tables.store)
            self.write([draft])

    # -- the wire

    def ask(self, command: object) -> Steps:
        """Send one command, and return its answer as the dialect reads it. Raises: StoreError."""
        store = self.tables.store
        answer = yield from self.send(call_of(store, command))
        return decoded(row_of(store, command), reply_of(answer))

    def ask_for_all(self, command: object) -> Steps:
        """Return what is on all pages of a list. Raises: StoreError."""
        row = row_of(self.tables.store, command)
        call: Call | None = call_of(self.tables.store, command)
        items: list[Any] = []
        for _ in range(MOST_PAGES):
            if call is None:
                return items
            answer = yield from self.send(call)
            items += decoded(row, reply_of(answer))
            call = transport_of(self.tables.store).following(row, call, reply_of(answer))
        raise StoreUnavailable("endless")

    def send(self, call: Call) -> Steps:
        request = OutgoingRequest(
            method=call.method,
            url=address(self.tables.store, call),
            headers={**headers_of(self.tables.store, call), **transport_of(self.tables.store).credentials(TOKEN)},
            body=body_of(call),
        )
        try:
            answer = yield Send(to=self.to, request=request, deadline=DEADLINE)
        except NoAnswer as silence:
            raise StoreUnavailable(silence.reason) from silence
        trouble = failure(transport_of(self.tables.store), answer, reply_of(answer), self.time.now)
        if trouble is not None:
            raise trouble
        return answer

    def on_end(self, message: Message, end: End) -> None:
        """Take in how a message ended, as one transaction."""
        known = self.locked([addressed(message)])[addressed(message)]
        parcel_id = parcel_of_message(message)
        parcel = None if parcel_id is None else self.tables.parcels[parcel_id]
        ended = end_message(known, message, end, store=self.tables.store, parcel=parcel)
        if ended.parcel is not None:
            self.tables.parcels[ended.parcel.id] = ended.parcel
            if ended.look:
                self.enqueue(f"look:{ended.parcel.id}", LookJob(parcel_id=ended.parcel.id))
        self.write([ended.draft])
        if ended.pull:
            self.pull_soon()


def with_credentials(message: Message) -> OutgoingRequest:
    key = {KEY_HEADER: message.idempotency_key} if message.idempotency_key else {}
    headers = {**message.headers, **key, **transport_of_message(message).credentials(TOKEN)}
    return OutgoingRequest(method=message.method, url=message.url, headers=headers, body=message.body)
