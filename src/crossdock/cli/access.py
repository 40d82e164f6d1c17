"""Commands that make shops, tokens and users, for installations outside the sandbox."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from crossdock.cli.desks import Desk, opened
from crossdock.cli.importing import find_shop
from crossdock.cli.problems import Problem
from crossdock.cli.sides import SERVICE, STORE, Side, own_keys, require_current, url_of
from crossdock.dialects.platforms import TITLES
from crossdock.domain.apps import RevokeTokens
from crossdock.domain.shops import SetRequestDelay
from crossdock.runtime.clock import MovableClock, SystemClock
from crossdock.runtime.login import add_user
from crossdock.runtime.postgres.pool import Pool, open_pool, transaction
from crossdock.runtime.secrets import Vault
from crossdock.runtime.settings import Settings


@asynccontextmanager
async def database(side: Side, settings: Settings, details: Path | None = None) -> AsyncIterator[Pool]:
    url = url_of(side, settings, details)
    await require_current(side, url)
    pool = await open_pool(url, size=2, name="crossdock")
    try:
        yield pool
    finally:
        await pool.close()


async def vault_of(pool: Pool, settings: Settings, details: Path | None) -> Vault:
    """Return what the store's secrets are kept by; a sandbox has its key beside its data. Raises: BadKey, Problem."""
    if details is None:
        return Vault(own_keys(STORE, settings).split(","))
    from crossdock.sandbox.kept import read_kept  # noqa: PLC0415

    file = Path(await pool.fetchval("SHOW data_directory")).parents[1] / "sandbox.json"
    if not file.exists():
        raise Problem(f"{details} is not the details of a sandbox on this machine: its key is not at {file}")
    return Vault([read_kept(file).secret_key])


async def make_user(side: Side, settings: Settings, *, email: str, name: str, password: str) -> None:
    """Let somebody log in to a side's pages. Raises: Problem."""
    async with database(side, settings) as pool, transaction(pool) as connection:
        try:
            await add_user(connection, email=email, name=name, password=password, at=await SystemClock().now())
        except ValueError as wrong:
            raise Problem(str(wrong)) from wrong


async def make_shop(
    settings: Settings,
    details: Path | None,
    *,
    subdomain: str,
    name: str,
    domain: str,
    email: str,
    currency: str,
) -> int:
    """Make a shop with its first location; return its id."""
    from crossdock.store.setup import create_location, create_shop  # noqa: PLC0415

    async with database(STORE, settings, details) as pool:
        at = await MovableClock(pool).now()
        shop_id = await create_shop(
            pool, at, name=name, subdomain=subdomain, domain=domain, email=email, currency=currency
        )
        await create_location(pool, at, shop_id, name="Shop location")
        return shop_id


async def make_store_token(
    settings: Settings, details: Path | None, *, subdomain: str, app: str, scopes: Sequence[str], platform: str
) -> tuple[str, str, str]:
    """Give an app of a shop a token; return the token, the app's client id and its secret. Raises: Problem."""
    from crossdock.dialects.registry import DIALECTS  # noqa: PLC0415
    from crossdock.store.setup import create_app, issue_token  # noqa: PLC0415

    known = DIALECTS[platform].scopes
    unknown = set(scopes) - set(known)
    if unknown:
        raise Problem(f"unknown scopes: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    async with database(STORE, settings, details) as pool:
        vault, at = await vault_of(pool, settings, details), await MovableClock(pool).now()
        shop_id = await find_shop(pool, subdomain)
        made = await create_app(pool, vault, at, shop_id, name=app, platform=platform)
        token = await issue_token(pool, at, shop_id, made.id, scopes=scopes or known, platform=platform)
        return token, made.client_id, made.client_secret


async def make_store_app(
    settings: Settings,
    details: Path | None,
    *,
    subdomain: str,
    name: str,
    url: str,
    redirect_urls: Sequence[str],
    privacy_url: str | None,
    platform: str,
) -> tuple[str, str]:
    """Register an app that the merchant can install; return its client id and secret. Raises: Problem."""
    from crossdock.dialects.next29.oauth import is_safe_pattern  # noqa: PLC0415
    from crossdock.dialects.shopify.partings import PRIVACY_TOPICS  # noqa: PLC0415
    from crossdock.store.setup import Registration, register  # noqa: PLC0415

    for each in (url, *redirect_urls, *([privacy_url] if privacy_url else [])):
        if not each.startswith(("https://", "http://")):
            raise Problem(f"{each!r} is no http or https URL")
        if not is_safe_pattern(each):
            raise Problem(f"{each!r}: a star may only be the whole first name of an https host")
    app = Registration(
        name=name,
        platform=platform,
        app_url=url,
        redirect_urls=tuple(redirect_urls),
        privacy_urls=dict.fromkeys(PRIVACY_TOPICS, privacy_url) if privacy_url else {},
    )
    async with database(STORE, settings, details) as pool:
        vault, at = await vault_of(pool, settings, details), await MovableClock(pool).now()
        made = await register(pool, vault, at, await find_shop(pool, subdomain), app)
        return made.client_id, made.client_secret


async def request_delay(desk: Desk, minutes: int | None, *, off: bool) -> str:
    """Change when services are asked by themselves, if that is wanted; say when they are. Raises: Problem."""
    async with opened(desk) as shop:
        if off or minutes is not None:
            await shop.tell(SetRequestDelay(delay=None if minutes is None else timedelta(minutes=minutes)))
        seconds: int | None = await shop.pool.fetchval("SELECT request_after FROM shops WHERE id = $1", shop.shop_id)
    if seconds is None:
        return "the merchant asks services to ship"
    return f"services are asked to ship {round(seconds / 60)} minutes after a new order"


async def revoke_tokens(desk: Desk, app: str) -> str:
    """End the tokens of an app; say how many. Raises: Problem."""
    async with opened(desk) as shop:
        count: int = await shop.tell(RevokeTokens(app_id=await app_of(shop.pool, shop.shop_id, app)))
    return f"{count} token{'' if count == 1 else 's'} of {app} ended"


async def rotate_secret(settings: Settings, details: Path | None, subdomain: str, app: str, *, hours: float) -> str:
    """Give an app a new secret; return what to tell of it. Raises: Problem."""
    from crossdock.store.dispatch.credentials import rotate  # noqa: PLC0415

    overlap = timedelta(hours=hours)
    async with database(STORE, settings, details) as pool:
        vault, clock = await vault_of(pool, settings, details), MovableClock(pool)
        shop_id = await find_shop(pool, subdomain)
        secret = await rotate(pool, clock, vault, shop_id, await app_of(pool, shop_id, app), overlap=overlap)
        until = await clock.now() + overlap
    old = f"the old one signs until {until:%Y-%m-%d %H:%M} UTC" if overlap else "the old one is worthless from now on"
    return f"client secret  {secret}\n{old}"


async def app_of(pool: Pool, shop_id: int, name: str) -> int:
    """Return the app of a name or client id. Raises: Problem."""
    rows = await pool.fetch(
        "SELECT id, name, client_id, platform FROM apps WHERE shop_id = $1 AND uninstalled_at IS NULL ORDER BY id",
        shop_id,
    )
    found = [row for row in rows if name in {row["name"], row["client_id"]}]
    if len(found) > 1:
        ids = ", ".join(f"{row['client_id']} ({TITLES[row['platform']]})" for row in found)
        raise Problem(f"there are {len(found)} apps {name!r}: give the client id of the one that is meant: {ids}")
    if not found:
        known = ", ".join(f"{row['name']} ({TITLES[row['platform']]})" for row in rows)
        raise Problem(f"there is no app {name!r}; there is {known or 'none yet'}")
    app_id: int = found[0]["id"]
    return app_id


async def make_service_token(settings: Settings, *, name: str) -> str:
    """Return a new token of the service's own API."""
    from crossdock.service.setup import add_service_token  # noqa: PLC0415

    async with database(SERVICE, settings) as pool:
        return await add_service_token(pool, await SystemClock().now(), name=name)
