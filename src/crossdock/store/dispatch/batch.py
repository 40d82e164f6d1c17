"""One transaction's worth of order commands: lock, load, decide each, write."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crossdock.dialects.registry import DIALECTS
from crossdock.domain.commands import CreateFulfillment, CreateOrder, OrderCommand
from crossdock.domain.decisions import Circumstances, Decision
from crossdock.domain.history import record
from crossdock.domain.order_details import NO_DETAILS, OrderDetails
from crossdock.domain.ordering import OrderFacts, create_order
from crossdock.domain.orders import Order
from crossdock.domain.refusals import AlreadyImported, NotFound, NothingToFulfill, Refusal, SeveralOrders
from crossdock.domain.stock import InventoryLevel
from crossdock.domain.subscriptions import OrderChange
from crossdock.domain.values import replace
from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Connection
from crossdock.runtime.exchange.messages import OutgoingMessage, incoming_rows
from crossdock.runtime.jobs import Timer, timer_rows
from crossdock.store.database.changes import Changes, write
from crossdock.store.database.facts import Facts, Key, Needs, load, lock
from crossdock.store.database.stock import level_ids
from crossdock.store.dispatch.calls import Render, Rendered, answer_again, key_row, newly_used, owned, received
from crossdock.store.dispatch.origin import Origin
from crossdock.store.handlers.notices import announce
from crossdock.store.handlers.orders import (
    DECISIONS,
    OF_ONES_OWN_PLACE,
    chooses_locations,
    fulfillment_id,
    fulfillment_order_ids,
    ids_needed,
    moves_stock,
    order_id,
    takes_work,
    variant_ids,
)
from crossdock.store.handlers.routing import routing_of
from crossdock.store.handlers.timers import due_later
from crossdock.store.jobs.announcements import add_messages, fan_out, level_changes

# Ids are fetched with the facts, before anyone knows over how many locations an order will be split. Should these not
# do, the facts are read again with more ids.
PLACES_PER_LINE = (4, 40, 400)
RENUMBERING = frozenset(name for name, dialect in DIALECTS.items() if dialect.renumbers_work)


class OutOfIds(Exception):
    """A decision needed more new ids than were fetched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A command with where it comes from and how its answer is written down."""

    command: OrderCommand
    origin: Origin
    render: Render


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The answers of a batch, in its order, and whether there is something to send."""

    answers: Sequence[Rendered | Refusal]
    announced: bool


async def carry_out(connection: Connection, tasks: Sequence[Task], clock: Clock) -> Outcome:
    """Carry out commands in the caller's transaction. A refused one changes nothing; the rest is written at once.

    Five round trips for commands that move no stock, BEGIN and COMMIT included; one more each for stock and numbers.
    """
    needs = _needs(tasks)
    locked = await lock(connection, needs)
    at = await clock.now(connection)
    for places in PLACES_PER_LINE:
        ids = sum(ids_needed(task.command, places) for task in tasks)
        facts = await load(connection, needs, locked, ids)
        await _note_level_ids(connection, tasks, facts)
        batch = Batch(facts=facts, at=at, ids=_each(facts.ids))
        try:
            answers = [batch.answer(task) for task in tasks]
        except OutOfIds:
            continue
        await write(connection, batch.changes())
        return Outcome(answers=answers, announced=batch.announced)
    raise OutOfIds


async def _note_level_ids(connection: Connection, tasks: Sequence[Task], facts: Facts) -> None:
    """Note the ids of stock levels where an answer is to name them: one round trip more, and only then.

    Fulfillment orders are told with them, fulfillments without.
    """
    wanted = [
        (task.origin.shop_id, task.origin.level_ids)
        for task in tasks
        if task.origin.level_ids is not None
        and fulfillment_order_ids(task.command)
        and not isinstance(task.command, CreateFulfillment)
    ]
    if not wanted:
        return
    lines = [line for order in facts.orders.values() for line in order.lines]
    items = {line.inventory_item_id for line in lines if line.inventory_item_id is not None}
    found = await level_ids(connection, {shop_id for shop_id, _ in wanted}, items)
    for _, noted in wanted:
        noted.update(found)


def _each(ids: Iterable[int]) -> Iterator[int]:
    yield from ids
    raise OutOfIds


def _needs(tasks: Sequence[Task]) -> Needs:
    needs = Needs()
    for task in tasks:
        shop = task.origin.shop_id
        named: set[Key] = {(shop, each) for each in fulfillment_order_ids(task.command)}
        needs.shops.add(shop)
        parcels: set[Key] = {(shop, each) for each in (fulfillment_id(task.command),) if each is not None}
        orders: set[Key] = {(shop, each) for each in (order_id(task.command),) if each is not None}
        needs.fulfillment_orders |= named
        needs.fulfillments |= parcels
        needs.orders |= orders
        if moves_stock(task.command):
            needs.moving_fulfillment_orders |= named
            needs.moving_fulfillments |= parcels
            needs.moving_orders |= orders
        needs.variants |= {(shop, each) for each in variant_ids(task.command)}
        if takes_work(task.command):
            needs.staying_shops.add(shop)
        if isinstance(task.command, CreateOrder):
            needs.numbering_shops.add(shop)
            if task.command.shipping_method is not None:
                needs.shipping_methods.add((shop, task.command.shipping_method))
            if task.command.import_key is not None:
                needs.import_keys.add((shop, task.command.import_key))
        if task.origin.key is not None:
            needs.keys.add(owned(task.origin, task.origin.key))
    return needs


@dataclass(kw_only=True, slots=True)
class Batch:
    """Facts as they become while commands are decided one after the other, and what must be written for it."""

    facts: Facts
    at: datetime
    ids: Iterator[int]
    announced: bool = False
    before: dict[Key, Order] = field(default_factory=dict)
    made: dict[Key, str | None] = field(default_factory=dict)
    kept: set[Key] = field(default_factory=set)
    touched_levels: set[tuple[int, int, int]] = field(default_factory=set)
    numbered: Counter[int] = field(default_factory=Counter)
    rows: Changes = field(default_factory=Changes)

    def answer(self, task: Task) -> Rendered | Refusal:
        """Decide one command and note what it changes; or return why not."""
        try:
            used = self._used_key(task)
            return used or self._carry_out(task)
        except Refusal as refusal:
            return refusal

    def changes(self) -> Changes:
        """Return everything to write."""
        for key, import_key in self.made.items():
            self.rows.add_new_order(self.facts.orders[key], import_key=import_key)
        for key, before in self.before.items():
            if key not in self.made:
                self.rows.add_order(before, self.facts.orders[key])
        for shop_id, kept_of in sorted(self.kept):
            self.rows.add_details(shop_id, kept_of, self.facts.details[shop_id, kept_of])
        self.rows.timers += timer_rows(timer for key in {**self.made, **self.before} for timer in self._due_later(key))
        for shop_id, item, location in sorted(self.touched_levels):
            self.rows.add_level(shop_id, self.facts.levels[shop_id, item, location], self.at)
        for shop_id, count in self.numbered.items():
            number = self.facts.premises[shop_id].last_order_number + count
            self.rows.shops.append({"id": shop_id, "last_order_number": number})
        return self.rows

    def _due_later(self, key: Key) -> Iterator[Timer]:
        before = None if key in self.made else self.before[key]
        request_after = self.facts.premises[key[0]].request_after
        return due_later(before, self.facts.orders[key], request_after=request_after, at=self.at)

    def _used_key(self, task: Task) -> Rendered | None:
        if task.origin.key is None:
            return None
        used = self.facts.keys.get(owned(task.origin, task.origin.key))
        return None if used is None else answer_again(used, task.origin, task.command)

    def _carry_out(self, task: Task) -> Rendered:
        circumstances = self._circumstances(task)
        if isinstance(task.command, CreateOrder):
            before, decision = None, self._create(task.command, task.origin.shop_id, circumstances)
        else:
            before = self._addressed(task)
            decision = DECISIONS[type(task.command)](before, task.command, circumstances)
        order, events = record(before, decision.order, decision.events, self.at)
        recorded = replace(decision, order=order, events=events, result=replace(decision.result, order=order))
        rendered = task.render(recorded.result, self.facts.shops[task.origin.shop_id], circumstances.locations)
        self._note(task, before, recorded, rendered)
        return rendered

    def _circumstances(self, task: Task) -> Circumstances:
        shop_id = task.origin.shop_id
        premises = self.facts.premises[shop_id]
        known = Circumstances(
            at=self.at,
            ids=self.ids,
            locations=self.facts.locations[shop_id],
            caller=task.origin.caller,
            routing=(
                routing_of(premises, task.command.usual_rules)
                if isinstance(task.command, CreateOrder)
                else routing_of(premises)
            ),
            renumbering=RENUMBERING,
            details=self._details_of(task),
        )
        if not chooses_locations(task.command):
            return known
        return replace(
            known,
            levels={
                (item, place): level for (shop, item, place), level in self.facts.levels.items() if shop == shop_id
            },
            priority=tuple(location.id for location in premises.locations if location.takes_orders),
            variants={
                each: self.facts.variants[shop_id, each]
                for each in variant_ids(task.command)
                if (shop_id, each) in self.facts.variants
            },
        )

    def _details_of(self, task: Task) -> OrderDetails:
        """Return what is kept of the order that a command is about as a whole."""
        return self.facts.details.get((task.origin.shop_id, order_id(task.command) or 0), NO_DETAILS)

    def _create(self, command: CreateOrder, shop_id: int, circumstances: Circumstances) -> Decision:
        if command.import_key is not None and (shop_id, command.import_key) in self.facts.imported:
            raise AlreadyImported(self.facts.imported[shop_id, command.import_key])
        premises = self.facts.premises[shop_id]
        variants = {line.variant_id: self.facts.variants.get((shop_id, line.variant_id or 0)) for line in command.lines}
        items = {variant.inventory_item_id for variant in variants.values() if variant}
        active = [location.id for location in premises.locations if location.takes_orders]
        facts = OrderFacts(
            shop_id=shop_id,
            number=premises.last_order_number + self.numbered[shop_id] + 1,
            currency=self.facts.shops[shop_id].currency,
            variants={key: variant for key, variant in variants.items() if key is not None and variant is not None},
            levels={
                (item, location): level
                for item in items
                for location in active
                if (level := self.facts.levels.get((shop_id, item, location))) is not None
            },
            priority=active,
            shipping_method=self.facts.shipping_methods.get((shop_id, command.shipping_method or "")),
        )
        return create_order(command, facts, circumstances)

    def _addressed(self, task: Task) -> Order:
        """Return the order that a command is about. Raises: NotFound also for what the caller may not change."""
        shop_id = task.origin.shop_id
        named_order = order_id(task.command)
        if named_order is not None:
            if (shop_id, named_order) not in self.facts.orders:
                raise NotFound("order", named_order)
            return self.facts.orders[shop_id, named_order]
        parcel = fulfillment_id(task.command)
        if parcel is not None:
            return self._with_fulfillment(task, parcel)
        return self._with_fulfillment_orders(task, fulfillment_order_ids(task.command))

    def _with_fulfillment(self, task: Task, parcel: int) -> Order:
        key = self.facts.order_of_fulfillment.get((task.origin.shop_id, parcel))
        if key is None:
            raise NotFound("fulfillment", parcel)
        order = self.facts.orders[key]
        location = self.facts.locations[task.origin.shop_id][order.fulfillment(parcel).location_id]
        if isinstance(task.command, OF_ONES_OWN_PLACE) and not task.origin.caller.parties_at(location):
            raise NotFound("fulfillment", parcel)
        return order

    def _with_fulfillment_orders(self, task: Task, named: Sequence[int]) -> Order:
        shop_id = task.origin.shop_id
        if not named:
            raise NothingToFulfill
        keys: dict[Key, None] = {}
        for fulfillment_order_id in named:
            key = self.facts.order_of.get((shop_id, fulfillment_order_id))
            if key is None or not self._may_change(task.origin, key, fulfillment_order_id):
                raise NotFound("fulfillment order", fulfillment_order_id)
            keys[key] = None
        if len(keys) > 1:
            raise SeveralOrders(tuple(id for _, id in keys))
        return self.facts.orders[next(iter(keys))]

    def _may_change(self, origin: Origin, key: Key, fulfillment_order_id: int) -> bool:
        location_id = self.facts.orders[key].fulfillment_order(fulfillment_order_id).location_id
        return bool(origin.caller.parties_at(self.facts.locations[origin.shop_id][location_id]))

    def _note(self, task: Task, before: Order | None, decision: Decision, rendered: Rendered) -> None:
        origin = task.origin
        order, events = decision.order, decision.events
        first = order.version - len(events) + 1
        if events:
            self._note_order(task.command, before, order)
        if decision.details is not None:
            self._note_details(order, decision.details)
        self.rows.add_events(order, first, events, actor=origin.actor, request_id=origin.request_id)
        if decision.routing is not None:
            self.rows.add_routing(order, decision.routing)
        levels = self._move_stock(decision, origin)
        change = OrderChange(
            order=order,
            events=events,
            first=first,
            before=before,
            app_id=origin.caller.app_id,
            details=self.facts.details.get((order.shop_id, order.id), NO_DETAILS),
        )
        messages = self._messages(change, decision, levels)
        self.announced |= bool(messages)
        # The call before what it gave rise to: a journey is told in the order of ids.
        self.rows.messages += incoming_rows(received(origin, rendered, f"order:{order.id}"), self.at)
        add_messages(self.rows, messages, self.at)
        self._note_key(task, rendered)

    def _messages(
        self, change: OrderChange, decision: Decision, levels: Mapping[int, InventoryLevel]
    ) -> list[OutgoingMessage]:
        """Return what services and subscribers are told; `levels` that moved by the last move of each."""
        order = change.order
        locations = self.facts.locations[order.shop_id]
        notices = [
            message
            for notice in decision.notices
            if (message := announce(notice, order, locations[notice.location_id]))
        ]
        subscribers = self.facts.subscribers.get(order.shop_id)
        if not subscribers:
            return notices
        shop = self.facts.shops[order.shop_id]
        action = f"order:{order.id}:{change.first}"
        told = fan_out(change, subscribers, shop, locations, action=action)
        moved = level_changes(levels, self.at)
        stock = (
            message
            for name, each in moved.items()
            for message in fan_out(each, subscribers, shop, locations, action=action, name=name)
        )
        return [*notices, *told, *stock]

    def _note_order(self, command: OrderCommand, before: Order | None, order: Order) -> None:
        key = (order.shop_id, order.id)
        if before is not None:
            self.before.setdefault(key, before)
        elif isinstance(command, CreateOrder):
            self.made[key] = command.import_key
            self.numbered[order.shop_id] += 1
            if command.import_key is not None:
                self.facts.imported[order.shop_id, command.import_key] = order.id
        self.facts.orders[key] = order
        self.facts.order_of |= {(order.shop_id, each.id): key for each in order.fulfillment_orders}
        self.facts.order_of_fulfillment |= {(order.shop_id, each.id): key for each in order.fulfillments}

    def _note_details(self, order: Order, details: OrderDetails) -> None:
        key = (order.shop_id, order.id)
        self.facts.details[key] = details
        self.kept.add(key)

    def _move_stock(self, decision: Decision, origin: Origin) -> dict[int, InventoryLevel]:
        """Note the moves of a decision; return the levels whose available units changed, by the last move of each."""
        shop_id = origin.shop_id
        moved: dict[tuple[int, int, int], tuple[int, int]] = {}
        for move in decision.stock_moves:
            place = (shop_id, move.inventory_item_id, move.location_id)
            level = self.facts.levels.get(place)
            if level is None:  # not stocked there: nothing to count
                continue
            after = level.after(move)
            self.facts.levels[place] = after
            self.touched_levels.add(place)
            move_id = next(self.ids)
            moved[place] = (move_id, moved[place][1] if place in moved else level.available)
            self.rows.add_stock_move(
                shop_id,
                move,
                move_id,
                after.available,
                at=self.at,
                actor=origin.actor,
                request_id=origin.request_id,
            )
        return {
            move_id: self.facts.levels[place]
            for place, (move_id, available) in moved.items()
            if self.facts.levels[place].available != available
        }

    def _note_key(self, task: Task, rendered: Rendered) -> None:
        if task.origin.key is None:
            return
        used = newly_used(task.origin, task.origin.key, task.command, rendered)
        self.facts.keys[owned(task.origin, task.origin.key)] = used
        self.rows.idempotency_keys.append(key_row(used, self.at))
