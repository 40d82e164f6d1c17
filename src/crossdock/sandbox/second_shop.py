"""The second shop of the demo. It works with the warehouse by 29 Next's wire."""

from dataclasses import dataclass
from datetime import datetime

from crossdock.dialects.next29.scopes import SCOPES
from crossdock.domain.places import Address
from crossdock.runtime.connection import Pool
from crossdock.runtime.secrets import Vault
from crossdock.sandbox.kept import LOCATION, NETWORK_DOMAIN, WAREHOUSE
from crossdock.store.setup import create_app, create_location, create_shop, issue_token

NAME = "Crossdock Next (29 Next)"
SUBDOMAIN = "crossdock-next"
ADDRESS = Address(
    address1="77 Geary Street",
    city="San Francisco",
    province="California",
    province_code="CA",
    zip="94108",
    country="United States",
    country_code="US",
)


@dataclass(frozen=True, kw_only=True)
class SecondShop:
    """Its tokens: of the merchant's own program, and of the warehouse."""

    merchant: str
    warehouse: str


async def make_second_shop(store: Pool, vault: Vault, at: datetime) -> SecondShop:
    """Make the shop with a location and two apps, unless they are there, and give both apps new tokens."""
    shop_id = await create_shop(
        store,
        at,
        name=NAME,
        subdomain=SUBDOMAIN,
        domain=f"{SUBDOMAIN}.{NETWORK_DOMAIN}",
        email="merchant@example.com",
        address=ADDRESS,
    )
    await create_location(store, at, shop_id, name=LOCATION, address=ADDRESS)

    async def token_of(name: str) -> str:
        app = await create_app(store, vault, at, shop_id, name=name, platform="next29")
        return await issue_token(store, at, shop_id, app.id, scopes=SCOPES, platform="next29")

    return SecondShop(merchant=await token_of("Sandbox admin"), warehouse=await token_of(WAREHOUSE))
