"""A second opinion on orders: a naive model of the store, written from the vendors' sentences.

It shares nothing with the engine: no table, no types, no arithmetic. Each unit is an object of its own that lies in
one place at a time. Statuses are the words of Shopify's documents. Marks tell where a sentence comes from: [3.2] and
the like are sections of Shopify's REST reference, [G] its GraphQL reference, [N] 29 Next's, [I] is our inference, which
`docs/fidelity.md` lists. Routing is left out: it has tests of its own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Named = Sequence[tuple[int, int]]
"""Units as a caller names them: the number of an order line, and how many."""

MERCHANT, SERVICE, STRANGER = "merchant", "service", "stranger"
MOST_HOLDS = 10


class Refused(Exception):
    """The sentences do not allow it."""


def need(condition: object) -> None:
    """Refuse unless it is so."""
    if not condition:
        raise Refused


@dataclass(eq=False)
class Unit:
    """One thing that a customer wants."""

    line: int
    item: int


@dataclass(eq=False)
class Work:
    """A fulfillment order: `units` are still to be shipped, `shipped` are out; a closed one may still show some."""

    place: int
    at_service: bool
    units: list[Unit]
    status: str = "open"
    request: str = "unsubmitted"
    shipped: list[Unit] = field(default_factory=list)
    shown: Counter[int] = field(default_factory=Counter)
    holds: list[tuple[str, str]] = field(default_factory=list)
    begun: bool = False
    set_aside_for: "Work | None" = None

    @property
    def state(self) -> str:
        return f"{self.status}/{self.request}"

    @property
    def live(self) -> bool:
        return self.status != "closed"

    def close(self) -> None:
        self.status, self.holds, self.begun, self.set_aside_for = "closed", [], False, None

    def quantities(self) -> dict[int, tuple[int, int]]:
        """Return by line what it is of in all, and what is left to ship."""
        left = Counter(unit.line for unit in self.units) if self.live else self.shown
        total = left + Counter(unit.line for unit in self.shipped)
        return {line: (total[line], left[line]) for line in total}


@dataclass(eq=False)
class Parcel:
    """What left together."""

    contents: list[tuple[Work, Unit]]
    number: str | None
    counts: bool = True

    def packing_list(self) -> Counter[tuple[int, int]]:
        return Counter((id(work), unit.line) for work, unit in self.contents)


@dataclass(eq=False)
class Shop:
    """One order and the shelves it is shipped from. `available` has every item that a place stocks."""

    works: list[Work]
    available: dict[tuple[int, int], int]
    service_places: frozenset[int]
    priority: Sequence[int]
    claims: bool
    paid: bool
    parcels: list[Parcel] = field(default_factory=list)
    removed: list[Unit] = field(default_factory=list)
    cancelled: bool = False
    closed: bool = False

    # -- what can be seen

    def committed(self) -> Counter[tuple[int, int]]:
        """Set aside is exactly what is still to be shipped, where it is to be shipped from."""
        return Counter(
            (unit.item, work.place) for work in self.works if work.live and self.claims for unit in work.units
        )

    def to_ship(self) -> list[Unit]:
        return [unit for work in self.works if work.live for unit in work.units]

    def out(self) -> list[Unit]:
        return [unit for parcel in self.parcels if parcel.counts for _, unit in parcel.contents]

    def wanted(self, line: int) -> int:
        return sum(unit.line == line for unit in (*self.to_ship(), *self.out()))

    # -- who may

    def _for_merchant(self, who: str) -> None:
        need(who == MERCHANT)

    def _for_either(self, who: str, work: Work) -> None:
        need(who == MERCHANT or (who == SERVICE and work.at_service))

    def _for_service(self, who: str, work: Work) -> None:
        need(who == SERVICE and work.at_service)

    def _pick(self, work: Work, named: Named | None) -> list[Unit]:
        """Take units as named: more than nothing, each line once, no more than is left. Nobody named means all."""
        if not named:
            return list(work.units)
        picked: list[Unit] = []
        seen: set[int] = set()
        for line, quantity in named:
            lying = [unit for unit in work.units if unit.line == line]
            need(quantity > 0 and line not in seen and quantity <= len(lying))
            seen.add(line)
            picked += lying[:quantity]
        return picked

    def _new(self, like: Work, units: Iterable[Unit]) -> Work:
        new = Work(place=like.place, at_service=like.at_service, units=list(units))
        self.works.append(new)
        return new

    # -- merchant and service talk

    def request(self, who: str, work: Work, named: Named | None = None) -> None:
        """[3.2] open and unsubmitted, rejected, cancelled or incomplete, at a service; the rest becomes a new one.

        [G] What was cancelled or incomplete is submitted as a new one, different from the original.
        """
        self._for_merchant(who)
        need(work.at_service)
        need(
            work.state in {"open/unsubmitted", "open/rejected", "cancelled/cancellation_accepted", "incomplete/closed"}
        )
        asked = self._pick(work, named)
        rest = [unit for unit in work.units if unit not in asked]
        if work.status in {"cancelled", "incomplete"}:
            self._new(work, asked).request = "submitted"
            work.units = []
            work.close()
        else:
            work.status, work.request, work.units = "open", "submitted", asked
        if rest:
            self._new(work, rest)

    def accept(self, who: str, work: Work) -> None:
        self._for_service(who, work)
        need(work.state == "open/submitted")
        work.status, work.request = "in_progress", "accepted"

    def reject(self, who: str, work: Work) -> None:
        self._for_service(who, work)
        need(work.state == "open/submitted")
        work.request = "rejected"

    def withdraw(self, who: str, work: Work) -> None:
        """[N 4] fulfillment-request/cancel: open/requested becomes open/pending."""
        self._for_merchant(who)
        need(work.state == "open/submitted")
        work.request = "unsubmitted"

    def ask_to_stop(self, who: str, work: Work) -> None:
        """[6] Allowed to send only from in_progress/accepted."""
        self._for_merchant(who)
        need(work.state == "in_progress/accepted")
        work.request = "cancellation_requested"

    def stop(self, who: str, work: Work) -> None:
        """[3.2] cancelled/cancellation_accepted, lines kept, can be requested again."""
        self._for_service(who, work)
        need(work.state == "in_progress/cancellation_requested")
        work.status, work.request = "cancelled", "cancellation_accepted"

    def go_on(self, who: str, work: Work) -> None:
        self._for_service(who, work)
        need(work.state == "in_progress/cancellation_requested")
        work.request = "cancellation_rejected"

    def never_mind(self, who: str, work: Work) -> None:
        """[N 4] cancellation-request/cancel: processing/cancel_requested becomes processing/accepted."""
        self._for_merchant(who)
        need(work.state == "in_progress/cancellation_requested")
        work.request = "accepted"

    def give_up(self, who: str, work: Work) -> None:
        """[3.2] close: in_progress/accepted or /cancellation_rejected, by the service that accepted."""
        self._for_service(who, work)
        need(work.state in {"in_progress/accepted", "in_progress/cancellation_rejected"})
        work.status, work.request = "incomplete", "closed"

    def force(self, who: str, work: Work) -> None:
        """[3.2, 4.3] cancel: submitted and cancellation_requested, and the merchant's own without reported progress.

        A new open one at the place has the units; the old one is closed with its request status.
        """
        self._for_merchant(who)
        need(self._may_be_forced(work))
        self._stand_in(work)

    def replace(self, who: str, work: Work) -> None:
        """[N 4] cancel, by both sides: open, or processing by the service; nobody can force what it works on."""
        self._for_either(who, work)
        unasked = work.at_service and work.state in {"open/unsubmitted", "open/rejected"}
        has_it = work.at_service and (work.status == "in_progress" or work.state == "open/submitted")
        forced = self._may_be_forced(work) and not (work.at_service and work.status == "in_progress")
        need(unasked or (forced if who == MERCHANT else has_it))
        self._stand_in(work)

    def _may_be_forced(self, work: Work) -> bool:
        own = not work.at_service and work.status in {"open", "in_progress"} and not work.begun
        return own or work.state in {"open/submitted", "in_progress/cancellation_requested"}

    def _stand_in(self, work: Work) -> None:
        units, work.units = work.units, []
        work.close()
        self._new(work, units)

    # -- stopping and scheduling

    def hold(self, who: str, work: Work, handle: str, named: Named | None = None) -> None:
        """[3.2, G] What is named stays and is held, the rest goes on as a new open one. [N 1.1] By both sides."""
        self._for_either(who, work)
        own = work.status == "in_progress" and not work.at_service
        mine = {"open/unsubmitted", "open/rejected", "cancelled/cancellation_accepted", "incomplete/closed"}
        need(own or work.status == "on_hold" or work.state in mine)
        need(not (named and work.status == "on_hold"))
        need((who, handle) not in work.holds and len(work.holds) < MOST_HOLDS)
        held = self._pick(work, named)
        rest = [unit for unit in work.units if unit not in held]
        work.units, work.status, work.begun = held, "on_hold", False
        work.holds.append((who, handle))
        if rest:
            self._new(work, rest).set_aside_for = work

    def release(self, who: str, work: Work, which: int | None = None) -> None:
        """[3.2, G] With the last hold it goes on as what it was [I], and what was set aside comes home.

        [N 1.1] By both sides.
        """
        self._for_either(who, work)
        need(work.status == "on_hold")
        need(which is None or which < len(work.holds))
        work.holds = [] if which is None else work.holds[:which] + work.holds[which + 1 :]
        if work.holds:
            return
        work.status = {"cancellation_accepted": "cancelled", "closed": "incomplete"}.get(work.request, "open")
        for other in self.works:
            if other.set_aside_for is work and other.place == work.place and other.state == "open/unsubmitted":
                work.units += other.units
                other.units = []
                other.close()

    def begin(self, who: str, work: Work) -> None:
        """[G] ReportProgress: open or in progress, at a merchant's place."""
        self._for_merchant(who)
        need(not work.at_service and work.status in {"open", "in_progress"})
        work.status, work.begun = "in_progress", True

    def open(self, who: str, work: Work) -> None:
        """[3.2, 4.3] scheduled, or in progress because somebody said so."""
        self._for_merchant(who)
        need(work.status == "scheduled" or work.begun)
        work.status, work.begun = "open", False

    def later(self, who: str, work: Work) -> None:
        self._for_merchant(who)
        need(work.status == "scheduled")

    def deadline(self, who: str, work: Work) -> None:
        """[4.3] Also accepted for closed ones."""
        self._for_merchant(who)

    # -- where from

    def move(
        self,
        who: str,
        work: Work,
        place: int,
        named: Named | None = None,
        *,
        whole: Sequence[int] = (),
        new: bool = False,
    ) -> None:
        """[4.3] Not closed, not with the service, no progress reported, only to where the items are stocked.

        All of what was never shipped keeps its id; a part, or what is left, becomes a new one there, and so does all of
        it together with an open one that stands there [G]. [N 4] `new`: it is a new one always; `whole`: of these lines
        all that is left, of which there must be something.
        """
        self._for_merchant(who)
        need(place != work.place and place in {stocked for _, stocked in self.available})
        with_service = {"submitted", "accepted", "cancellation_requested", "cancellation_rejected"}
        need(work.status not in {"closed", "scheduled"} and work.request not in with_service and not work.begun)
        for line in whole:
            lying = sum(unit.line == line for unit in work.units)
            named = [*(named or []), (line, lying or 1)]
        going = [unit for unit in self._pick(work, named) if (unit.item, place) in self.available]
        held, everything = work.status == "on_hold", len(going) == len(work.units)
        need(going and (everything or not held))
        for unit in going if self.claims else ():
            self.available[unit.item, work.place] += 1
            self.available[unit.item, place] -= 1
        standing = (
            [] if held else [each for each in self.works if each.place == place and each.state == "open/unsubmitted"]
        )
        if everything and not work.shipped and not standing and not new:
            work.place, work.at_service, work.set_aside_for = place, place in self.service_places, None
            work.status, work.request = "on_hold" if held else "open", "unsubmitted"
            return
        there = self._new(work, going)
        there.place, there.at_service = place, place in self.service_places
        if held:
            there.status, there.holds = "on_hold", list(work.holds)
        work.units = [unit for unit in work.units if unit not in going]
        if everything:
            work.close()
        for other in standing[:1]:
            there.units += other.units
            other.units = []
            other.close()

    def split(self, who: str, parts: Sequence[tuple[Work, Named]]) -> None:
        """[G] Units taken out become a new one; something must stay. Only where `split` is offered [3.3]."""
        self._for_merchant(who)
        need(parts and len({id(work) for work, _ in parts}) == len(parts))
        leaving = []
        for work, named in parts:
            own = work.state == "in_progress/unsubmitted" and not work.begun
            need(own or work.state in {"open/unsubmitted", "open/rejected"})
            need(named)
            picked = self._pick(work, named)
            need(len(picked) < len(work.units))
            leaving.append(picked)
        for (work, _), picked in zip(parts, leaving, strict=True):
            work.units = [unit for unit in work.units if unit not in picked]
            self._new(work, picked)

    def merge(self, who: str, parts: Sequence[tuple[Work, Named | None]]) -> None:
        """[G] The first takes the units of the others, open and at the same place; those left empty are closed."""
        self._for_merchant(who)
        works = [work for work, _ in parts]
        need(len(works) > 1 and len({id(work) for work in works}) == len(works))
        need(len({work.place for work in works}) == 1)
        need(all(work.state == "open/unsubmitted" for work in works))
        picked = [self._pick(work, named) for work, named in parts]
        for work, units in zip(works[1:], picked[1:], strict=True):
            works[0].units += units
            work.units = [unit for unit in work.units if unit not in units]
            if not work.units:
                work.close()

    # -- parcels

    def _may_ship(self, who: str, work: Work) -> bool:
        """[3.2, 3.3] Where `create_fulfillment` is offered: the service ships what it took on, the merchant also."""
        theirs = {"in_progress/accepted", "in_progress/cancellation_requested", "in_progress/cancellation_rejected"}
        mine = {"open/unsubmitted", "open/rejected", "cancelled/cancellation_accepted", "incomplete/closed"}
        if not work.at_service:
            return who == MERCHANT and work.status in {"open", "in_progress"}
        return (who in {SERVICE, MERCHANT} and work.state in theirs) or (who == MERCHANT and work.state in mine)

    def ship(self, who: str, parts: Sequence[tuple[Work, Named | None]], number: str | None = None) -> None:
        """[8.2] One order, one place; nothing changes if one part fails. The same parcel twice is refused [I]."""
        need(parts and len({id(work) for work, _ in parts}) == len(parts))
        need(len({work.place for work, _ in parts}) == 1)
        need(all(self._may_ship(who, work) for work, _ in parts))
        parcel = Parcel([(work, unit) for work, named in parts for unit in self._pick(work, named)], number)
        for earlier in self.parcels:
            same = earlier.number == number and earlier.packing_list() == parcel.packing_list()
            need(not (number and same and earlier.counts))
        self.parcels.append(parcel)
        for work, unit in parcel.contents:
            work.units.remove(unit)
            work.shipped.append(unit)
        for work, _ in parts:
            if not work.units:
                work.close()
            elif not work.at_service:
                work.status = "in_progress"  # [I]
        self._close_if_done()

    def call_back(self, who: str, parcel: Parcel) -> None:
        """[3.2] Units go back to work that goes on; those of closed work become a new one, and it shows them again."""
        if not parcel.counts:
            return
        need(who == MERCHANT or (who == SERVICE and all(work.at_service for work, _ in parcel.contents)))
        parcel.counts = False
        again: dict[int, list[Unit]] = {}
        for work, unit in parcel.contents:
            work.shipped.remove(unit)
            if work.live:
                work.units.append(unit)
            else:
                work.shown[unit.line] += 1
                again.setdefault(self.works.index(work), []).append(unit)
        for index, units in again.items():
            self._new(self.works[index], units)
        self.closed = False

    # -- the order

    def _close_if_done(self) -> None:
        """[G 5] A paid order with everything fulfilled closes itself."""
        self.closed = self.closed or bool(self.paid and self.out() and not self.to_ship())

    def fewer(self, quantities: Sequence[tuple[int, int]], *, restock: bool) -> None:
        """[N] Only what nobody has been asked for can be taken out [I]: of the newest work first."""
        need(not self.cancelled)
        need(len({line for line, _ in quantities}) == len(quantities))
        untouched = [
            work
            for work in reversed(self.works)
            if work.live
            and work.request != "submitted"
            and not work.begun
            and (work.status != "in_progress" or not work.at_service)
        ]
        leaving: list[tuple[Work, Unit]] = []
        for line, units in quantities:
            free = [(work, unit) for work in untouched for unit in work.units if unit.line == line]
            much = self.wanted(line) - units
            need(units >= 0 and 0 <= much <= len(free))
            leaving += free[:much]
        for work, unit in leaving:
            work.units.remove(unit)
            self._take_out(unit, work, restock=restock)
            if not work.units:
                work.close()
        if leaving:
            self._close_if_done()

    def more(self, line: int, item: int, units: int) -> None:
        """[N] Added units come from where the order ships already, if it is stocked there, else by priority [3.1].

        They join what is still to be started there, and wait with an order that is to be shipped later [I]. Shelves are
        never empty in this model.
        """
        need(not self.cancelled)
        used = {work.place for work in self.works if work.live}
        stocked = [place for place in self.priority if (item, place) in self.available]
        place = next((place for place in stocked if place in used), stocked[0])
        here = [work for work in self.works if work.place == place]
        joined = [work for work in here if work.state == "open/unsubmitted"]
        joined += [work for work in here if work.state == "scheduled/unsubmitted"]
        if not joined:
            begun = {work.status for work in self.works if work.live}
            status = "scheduled" if begun == {"scheduled"} else "open"
            joined = [Work(place=place, at_service=place in self.service_places, units=[], status=status)]
            self.works.append(joined[0])
        joined[0].units += [Unit(line, item) for _ in range(units)]
        self.available[item, place] -= units if self.claims else 0
        self.closed = False

    def give_order_up(self, *, restock: bool) -> None:
        """[G 9] Not twice, not with parcels out; [N 10] only before a service took it on. Quantities stay shown."""
        need(not self.cancelled and not self.out())
        need(not any(work.live and work.at_service and work.status == "in_progress" for work in self.works))
        for work in self.works:
            if not work.live:
                continue
            work.shown = Counter(unit.line for unit in work.units)
            for unit in work.units:
                self._take_out(unit, work, restock=restock)
            work.units = []
            work.close()
        self.cancelled = self.closed = True

    def put_away(self) -> None:
        self.closed = True

    def take_out_again(self) -> None:
        need(not self.cancelled)
        self.closed = False

    def _take_out(self, unit: Unit, work: Work, *, restock: bool) -> None:
        self.removed.append(unit)
        if restock and self.claims:
            self.available[unit.item, work.place] += 1
