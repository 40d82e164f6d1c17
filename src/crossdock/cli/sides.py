"""The two sides as the command line runs them: where each one's database is, and what its processes do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec

from crossdock.cli.problems import Problem
from crossdock.runtime.http.serving import Listener, serve
from crossdock.runtime.postgres.folder import SOCKET_NAME, DataFolder
from crossdock.runtime.postgres.migrations import current_revision, migrate, newest_revision
from crossdock.runtime.postgres.pool import GONE
from crossdock.runtime.postgres.server import database_url
from crossdock.runtime.process import until_signalled
from crossdock.runtime.secrets import BadKey, new_key
from crossdock.runtime.settings import Settings
from crossdock.sandbox.contract import write_private


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side. `serve` and `work` run one process of it on the database of a URL."""

    name: str
    variable: str
    port: int
    serve: Callable[[Settings, str, Listener], Awaitable[None]]
    work: Callable[[Settings, str], Awaitable[None]]

    @property
    def migrations(self) -> str:
        return f"crossdock.{self.name}.database.migrations"

    def configured_url(self, settings: Settings) -> str | None:
        return settings.database_url if self.name == "store" else settings.service_database_url

    def data(self, settings: Settings) -> Path:
        """Return the folder of this side's own PostgreSQL, for installations that have no other."""
        return settings.data / self.name


async def serve_store(settings: Settings, url: str, listener: Listener) -> None:
    from crossdock.store.app import open_store, web  # noqa: PLC0415  # a process loads its own side only

    async with open_store(settings, url=url, statement_timeout=settings.statement_timeout) as store:
        await serve(web(store), listener)


async def work_store(settings: Settings, url: str) -> None:
    from crossdock.store.app import open_store, work  # noqa: PLC0415

    async with open_store(settings, url=url) as store:
        await until_signalled(work(store))


async def serve_service(settings: Settings, url: str, listener: Listener) -> None:
    from crossdock.service.app import open_service, web  # noqa: PLC0415

    async with open_service(settings, url=url, statement_timeout=settings.statement_timeout) as service:
        await serve(web(service), listener)


async def work_service(settings: Settings, url: str) -> None:
    from crossdock.service.app import open_service, work  # noqa: PLC0415

    async with open_service(settings, url=url) as service:
        await until_signalled(work(service))


STORE = Side(name="store", variable="DATABASE_URL", port=8000, serve=serve_store, work=work_store)
SERVICE = Side(name="service", variable="SERVICE_DATABASE_URL", port=8001, serve=serve_service, work=work_service)
SIDES = {side.name: side for side in (STORE, SERVICE)}


def url_of(side: Side, settings: Settings, details: Path | None = None) -> str:
    """Return where a side's database is: as a sandbox's details say, as configured, or the side's own if it runs.

    Raises: Problem.
    """
    if details is not None:
        return _url_in(details, side)
    configured = side.configured_url(settings)
    if configured is not None:
        return configured
    folder = DataFolder(side.data(settings))
    if (folder.socket / SOCKET_NAME).exists():
        return database_url(folder.socket, side.name)
    raise Problem(
        f"no database of the {side.name} side is known: set {side.variable}, start `crossdock {side.name} serve`, or "
        "name a sandbox's details with --details"
    )


def own_keys(side: Side, settings: Settings) -> str:
    """Return the secret keys that are configured; else one that is made and kept beside the side's own PostgreSQL."""
    if settings.secret_keys:
        return ",".join(settings.secret_keys)
    if side.configured_url(settings) is not None:
        raise BadKey(f"set CROSSDOCK_SECRET_KEYS, for example to {new_key('k1')}")
    file = side.data(settings) / "secret-key"
    if not file.exists():
        write_private(file, new_key("own"))
    return file.read_text()


def _url_in(details: Path, side: Side) -> str:
    try:
        url: str = msgspec.json.decode(details.read_bytes(), type=dict[str, object])["databases"][side.name]  # type: ignore[index]
    except (OSError, msgspec.DecodeError, KeyError, TypeError) as error:
        raise Problem(f"{details} is not the details of a sandbox: {error}") from error
    return url


async def require_current(side: Side, url: str) -> None:
    """Refuse a database that has not been migrated, or is not there. Raises: Problem."""
    try:
        revision = await current_revision(url)
    except (*GONE, TimeoutError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as no:
        raise Problem(
            f"the database of the {side.name} side is not reached: {no or type(no).__name__}; check {side.variable}"
        ) from no
    if revision < newest_revision(side.migrations):
        raise Problem(f"the database of the {side.name} side is behind: run `crossdock {side.name} migrate`")


async def bring_up_to_date(side: Side, url: str) -> str:
    """Migrate a side's database and return the revision that it is at."""
    await migrate(url, side.migrations)
    return await current_revision(url)
