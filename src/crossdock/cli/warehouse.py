"""Commands of the warehouse's staff: connect a store, ship a parcel."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from crossdock.cli.problems import Problem
from crossdock.cli.sides import SERVICE, own_keys, require_current, url_of
from crossdock.domain.refusals import Refusal
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.http.outgoing import Outgoing
from crossdock.runtime.postgres.pool import acquire_ready, open_pool
from crossdock.runtime.secrets import Vault
from crossdock.runtime.settings import Settings
from crossdock.service.dispatch import reads
from crossdock.service.dispatch.dispatcher import Dispatcher
from crossdock.service.handlers.shipping import PackedLine, ShipParcel
from crossdock.service.setup import NewStore, connect_store, warehouse_address
from crossdock.service.stores.client import Caller
from crossdock.service.stores.errors import StoreError
from crossdock.service.stores.platforms import PLATFORMS


def needs_secret(platform: str) -> bool:
    """Tell whether a platform's stores come with the secret that signs their calls. Raises: Problem."""
    if platform not in PLATFORMS:
        raise Problem(f"{platform} is none of {', '.join(PLATFORMS)}")
    return not PLATFORMS[platform].hearing.own_secret


async def connect(settings: Settings, new: NewStore) -> str:
    """Connect a store, so that its work is pulled from now on; return what to tell. Raises: Problem."""
    if settings.public_url is None:
        raise Problem("set CROSSDOCK_PUBLIC_URL: the address at which the store reaches this service")
    url = url_of(SERVICE, settings)
    await require_current(SERVICE, url)
    vault = Vault(own_keys(SERVICE, settings).split(","))
    pool = await open_pool(url, size=2, name="crossdock")
    try:
        async with Outgoing(allowed=settings.allow_private_addresses, http=settings.allow_http) as outgoing:
            # Outside a sandbox the clock's offset is zero.
            caller = Caller(pool=pool, clock=MovableClock(pool), vault=vault, outgoing=outgoing)
            store = await connect_store(
                caller, new, public_url=settings.public_url, address=warehouse_address(settings)
            )
    except (StoreError, ValueError) as wrong:
        raise Problem(f"{new.url} cannot be connected: {wrong}") from wrong
    finally:
        await pool.close()
    return f"{store.name} ({store.shop_domain}) is connected as store {store.id}, with location {store.location_id}"


async def ship(settings: Settings, details: Path | None, command: ShipParcel, named: int | str | None) -> str:
    """Book a parcel, of which the store is told by the worker; return what to tell.

    `named`: the store's domain or id; None for the only one. The command's own store is not looked at.
    Raises: Problem.
    """
    pool = await open_pool(url_of(SERVICE, settings, details), size=2, name="crossdock")
    try:
        async with acquire_ready(pool) as connection:
            store = await reads.store(connection, named)
        if store is None:
            raise Problem("say with --store which store it is: its domain, or its id")
        try:
            parcel = await Dispatcher(pool, MovableClock(pool)).dispatch(
                replace(command, store_id=store.id), actor="command line"
            )
        except Refusal as refusal:
            raise Problem(str(refusal)) from refusal
    finally:
        await pool.close()
    units = sum(line.quantity for line in parcel.lines)
    return f"parcel {parcel.carrier} {parcel.tracking_number} with {units} units is booked; the store is being told"


def packed(texts: Sequence[str]) -> tuple[PackedLine, ...] | None:
    """Read "SKU=2" texts; None where there are none. Raises: Problem."""
    lines: list[PackedLine] = []
    for text in texts:
        sku, equals, quantity = text.rpartition("=")
        if not equals or not sku or not quantity.isdecimal():
            raise Problem(f"cannot read {text!r}: write SKU=2")
        lines.append(PackedLine(sku=sku, quantity=int(quantity)))
    return tuple(lines) or None
