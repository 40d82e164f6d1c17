"""What a sandbox keeps beside its databases, so that it comes back with the same keys, tokens and ports."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from crossdock.dialects.next29.scopes import SCOPES as NEXT_SCOPES
from crossdock.dialects.shopify.scopes import SCOPES
from crossdock.domain.places import Address
from crossdock.runtime.clock import MovableClock
from crossdock.runtime.connection import Pool
from crossdock.runtime.secrets import Vault, new_key, new_token
from crossdock.runtime.settings import WarehouseAddress
from crossdock.sandbox.contract import AppCredentials, KeptUnreadable, write_private
from crossdock.service.setup import add_service_token
from crossdock.store.setup import create_app, create_location, create_shop, issue_token

SHOP_SUBDOMAIN = "crossdock-sandbox"
SHOP_DOMAIN = f"{SHOP_SUBDOMAIN}.myshopify.com"
# Apps of 29 Next know it by a name below this; they have that domain written into them.
NETWORK_DOMAIN = "29next.store"
LOCATION = "Shop location"
WAREHOUSE = "Crossdock Warehouse"
ADDRESS = Address(
    address1="1 Market Street",
    city="San Francisco",
    province="California",
    province_code="CA",
    zip="94105",
    country="United States",
    country_code="US",
    phone="+1 415 555 0100",
)
WAREHOUSE_ADDRESS = WarehouseAddress(
    address1="500 Dock Street", city="Oakland", province_code="CA", zip="94607", country_code="US"
)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What opens the sandbox to programs. `warehouse` is the token of the service side's own app."""

    shop_id: int
    admin: str
    next: str
    app: AppCredentials
    service: str
    warehouse: str
    warehouse_secret: str


@dataclass(frozen=True, kw_only=True)
class Kept:
    """`tokens` is None until the shop is made, `seeded` says that its first orders are there."""

    secret_key: str
    store_port: int = 0
    service_port: int = 0
    tokens: Tokens | None = None
    seeded: bool = False


def read_kept(file: Path) -> Kept:
    """Return what the sandbox kept in this file, or a fresh secret key for a new one. Raises: KeptUnreadable."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Kept)
    except FileNotFoundError:
        return Kept(secret_key=new_key("sandbox"))
    except msgspec.DecodeError as error:
        raise KeptUnreadable(f"{file} is no sandbox's file of keys ({error}); use another data folder") from error


def keep(file: Path, kept: Kept) -> None:
    write_private(file, msgspec.json.encode(kept).decode())


async def make_shop(kept: Kept, store: Pool, service: Pool) -> Kept:
    """Make the shop with its location, its apps and all tokens, unless they are there."""
    if kept.tokens is not None:
        return kept
    vault = Vault([kept.secret_key])
    at = await MovableClock(store).now()
    shop_id = await create_shop(
        store,
        at,
        name="Crossdock Sandbox",
        subdomain=SHOP_SUBDOMAIN,
        domain=SHOP_DOMAIN,
        email="merchant@example.com",
        address=ADDRESS,
    )
    await create_location(store, at, shop_id, name=LOCATION, address=ADDRESS)
    admin = await create_app(store, vault, at, shop_id, name="Sandbox admin")
    partner = await create_app(store, vault, at, shop_id, name="Sandbox admin", platform="next29")
    warehouse = await create_app(store, vault, at, shop_id, name=WAREHOUSE)
    service_token = new_token("crossdock_")
    await add_service_token(service, at, name="sandbox", token=service_token)
    tokens = Tokens(
        shop_id=shop_id,
        admin=await issue_token(store, at, shop_id, admin.id, scopes=SCOPES),
        next=await issue_token(store, at, shop_id, partner.id, scopes=NEXT_SCOPES, platform="next29"),
        app=AppCredentials(client_id=admin.client_id, client_secret=admin.client_secret),
        service=service_token,
        warehouse=await issue_token(store, at, shop_id, warehouse.id, scopes=SCOPES),
        warehouse_secret=warehouse.client_secret,
    )
    return replace(kept, tokens=tokens)
