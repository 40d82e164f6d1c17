"""One process of a sandbox: `python -m crossdock.sandbox.child ROLE`, with its settings in the environment.

Roles: store-web and service-web (each with the number of its listening socket), store-work and service-work.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager

from crossdock.runtime.http.serving import inherited, serve
from crossdock.runtime.logs import set_up_logs
from crossdock.runtime.parent import watch_parent
from crossdock.runtime.postgres.pool import open_pool
from crossdock.runtime.process import run, until_signalled
from crossdock.runtime.settings import Settings

CONTROL_CONNECTIONS = 4


@contextmanager
def loading() -> Iterator[None]:
    """Load code without looking for garbage in between: there is none, and the looking takes a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def store_web(settings: Settings, descriptor: int) -> None:
    with loading():
        from crossdock.sandbox.control import Sandbox, with_control  # noqa: PLC0415  # each loads its own side only
        from crossdock.store.app import open_store, web  # noqa: PLC0415

    store_url, service_url = urls(settings)
    async with open_store(settings, url=store_url, statement_timeout=settings.statement_timeout) as store:
        service = await open_pool(service_url, size=CONTROL_CONNECTIONS, name="crossdock-sandbox")
        try:
            sandbox = Sandbox(store=store.pool, service=service, vault=store.vault, moving=asyncio.Lock())
            await serve(with_control(web(store), sandbox), inherited(descriptor))
        finally:
            await service.close()


async def store_work(settings: Settings) -> None:
    with loading():
        from crossdock.store.app import open_store, work  # noqa: PLC0415

    async with open_store(settings, url=urls(settings)[0]) as store:
        await until_signalled(work(store))


async def service_web(settings: Settings, descriptor: int) -> None:
    with loading():
        from crossdock.service.app import open_service, web  # noqa: PLC0415

    url = urls(settings)[1]
    async with open_service(settings, url=url, statement_timeout=settings.statement_timeout) as service:
        await serve(web(service), inherited(descriptor))


async def service_work(settings: Settings) -> None:
    with loading():
        from crossdock.service.app import open_service, work  # noqa: PLC0415

    async with open_service(settings, url=urls(settings)[1]) as service:
        await until_signalled(work(service))


ROLES: Mapping[str, Callable[..., Coroutine[None, None, None]]] = {
    "store-web": store_web,
    "store-work": store_work,
    "service-web": service_web,
    "service-work": service_work,
}


def urls(settings: Settings) -> tuple[str, str]:
    """Return the databases of the two sides, which the supervisor has named."""
    assert settings.database_url is not None
    assert settings.service_database_url is not None
    return settings.database_url, settings.service_database_url


def main(role: str, *descriptors: str) -> None:
    watch_parent()
    set_up_logs(json=True, level="warning")
    run(ROLES[role](Settings(), *map(int, descriptors)))


if __name__ == "__main__":
    main(*sys.argv[1:])
