"""What every page of the store stands on: the database, the clock, the way in for commands, and one shop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request

from crossdock.dialects.shopify.oauth import User
from crossdock.domain.places import Location
from crossdock.domain.shops import Shop
from crossdock.runtime.clock import Clock, ClockFace, read_face
from crossdock.runtime.connection import Connection, Pool
from crossdock.runtime.postgres.pool import acquire_ready
from crossdock.store.database.apps import Registered
from crossdock.store.database.shops import SHOPS, premises_decoder, shop_decoder
from crossdock.store.dispatch.dispatcher import Dispatcher
from crossdock.store.dispatch.grants import Grants
from crossdock.store.dispatch.next29_grants import Next29Grants
from crossdock.store.dispatch.origin import Origin

LOAD = f"SELECT row_to_json(shop)::text FROM ({SHOPS} WHERE s.subdomain = $1) shop"


class Door(Protocol):
    """How apps of a platform are opened."""

    async def opened(self, who: Registered, app_url: str, user: User) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the pages work with; `app.state.desk`. `stands_for`: whether a host is a shop's, of this subdomain.

    `grants` lets apps of Shopify in, `next29` those of 29 Next.
    """

    pool: Pool
    clock: Clock
    dispatcher: Dispatcher
    grants: Grants
    next29: Next29Grants
    stands_for: Callable[[str, str], bool]

    @property
    def doors(self) -> Mapping[str, Door]:
        """By platform."""
        return {"shopify": self.grants, "next29": self.next29}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """The shop that a request's address names, and the time. No other shop's rows are read on its pages."""

    shop: Shop
    locations: Mapping[int, Location]
    clock: ClockFace

    def who(self, location_id: int) -> str:
        """Name who ships from a location: its service, or the location itself."""
        location = self.locations[location_id]
        return location.service.name if location.service else location.name


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def visit(request: Request, connection: Connection) -> Visit:
    """Return the shop that the address names. Raises: HTTPException 404."""
    subdomain = request.path_params["shop"]
    # No text in the database can hold a NUL character.
    text = None if "\0" in subdomain else await connection.fetchval(LOAD, subdomain)
    if text is None:
        raise HTTPException(404)
    return Visit(
        shop=shop_decoder.decode(text),
        locations=premises_decoder.decode(text).by_id(),
        clock=await read_face(desk_of(request).clock, connection),
    )


async def entered(request: Request) -> Visit:
    """Return the shop that the address names, to a page that reads nothing else. Raises: HTTPException 404."""
    async with acquire_ready(desk_of(request).pool) as connection:
        return await visit(request, connection)


def address_of(request: Request, here: Visit, page: str) -> str:
    """Return the address of a shop's page, such as `orders`."""
    return f"{request.scope.get('root_path', '')}/shops/{here.shop.subdomain}/{page}"


def origin(request: Request, shop: Shop, key: str | None) -> Origin:
    """Say that the merchant's user asks; in the sandbox, where nobody logs in, the merchant."""
    user = getattr(request.state, "user", None)
    return Origin(
        shop_id=shop.id,
        actor=f"user:{user.name}" if user else "merchant",
        request_id=getattr(request.state, "request_id", None),
        key=key,
    )
