"""A whole sandbox as one tree of processes: PostgreSQL, and the web process and the worker of each side."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from crossdock.runtime.connection import Pool
from crossdock.runtime.http.outgoing import NoAnswer, Outgoing, OutgoingRequest
from crossdock.runtime.http.serving import Listener, PortTaken, listen, port_of
from crossdock.runtime.postgres.migrations import migrate
from crossdock.runtime.postgres.pool import open_pool
from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.runtime.process import this_python
from crossdock.runtime.settings import Settings
from crossdock.runtime.supervisor import Program, Supervisor
from crossdock.sandbox.contract import (
    SERVICE_PORT,
    STORE_PORT,
    AppCredentials,
    BothSides,
    Details,
    Options,
    write_private,
)
from crossdock.sandbox.kept import (
    NETWORK_DOMAIN,
    SHOP_DOMAIN,
    SHOP_SUBDOMAIN,
    WAREHOUSE_ADDRESS,
    Kept,
    keep,
    make_shop,
    read_kept,
)
from crossdock.sandbox.rehoming import rehome
from crossdock.sandbox.seed import seed

HOST = "127.0.0.1"
STORE_MIGRATIONS = "crossdock.store.database.migrations"
SERVICE_MIGRATIONS = "crossdock.service.database.migrations"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_SECONDS = 60.0

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a sandbox has its things, and how it was asked for."""

    data: Path
    postgres: EmbeddedPostgres
    store: Listener
    service: Listener
    options: Options

    @property
    def store_url(self) -> str:
        return f"http://{HOST}:{port_of(self.store)}"

    @property
    def service_url(self) -> str:
        return f"http://{HOST}:{port_of(self.service)}"

    @property
    def databases(self) -> BothSides:
        return BothSides(store=self.postgres.url("store"), service=self.postgres.url("service"))


@dataclass(frozen=True, kw_only=True)
class Running:
    """A sandbox that is ready, as long as `play` of `run_sandbox` lasts."""

    details: Details
    kept: Kept
    supervisor: Supervisor
    outgoing: Outgoing


Play = Callable[[Running], Awaitable[int]]


async def until_stopped(running: Running) -> int:
    """Stay up until a signal comes."""
    await running.supervisor.until_stopped()
    return 0


async def announced(running: Running) -> int:
    """Tell where everything is, as one line of JSON, and stay up."""
    print(running.details.as_json(), flush=True)  # noqa: T201  # other programs read it
    return await until_stopped(running)


async def run_sandbox(options: Options, *, report: Report, play: Play = until_stopped, interrupted: int = 0) -> int:
    """Start a sandbox, have `play` use it, and stop it; return what `play` returned, `interrupted` after a signal.

    Raises: PortTaken, DataFolderInUse and what else `EmbeddedPostgres.start` raises.
    """
    stop_at_signals()
    status = interrupted
    with ExitStack() as stack:
        data = stack.enter_context(data_folder(options.data))
        kept = read_kept(data / "sandbox.json")
        store = stack.enter_context(closing(listen_at(options.port, kept.store_port, STORE_PORT)))
        service = stack.enter_context(closing(listen_at(options.service_port, kept.service_port, SERVICE_PORT)))
        with suppress(asyncio.CancelledError):
            postgres = await EmbeddedPostgres.start(
                data / "postgres", databases=("store", "service"), binaries=Settings().pg_bin, progress=report
            )
            places = Places(data=data, postgres=postgres, store=store, service=service, options=options)
            async with (
                Supervisor(postgres=postgres, report=report) as supervisor,
                Outgoing(allowed=(HOST,), http=True) as outgoing,
            ):
                status = await play(await start(places, kept, supervisor, outgoing, report))
    return status


async def start(places: Places, kept: Kept, supervisor: Supervisor, outgoing: Outgoing, report: Report) -> Running:
    """Bring everything up to where the sandbox can be used."""
    databases = places.databases
    await migrate(databases.store, STORE_MIGRATIONS)
    await migrate(databases.service, SERVICE_MIGRATIONS)
    kept = await make(places, kept)
    for program in programs(places, kept):
        await supervisor.start(program)
    report("starting both sides")
    await asyncio.gather(*(ready(outgoing, url) for url in (places.store_url, places.service_url)))
    details = details_of(places, kept)
    if not places.options.empty and not kept.seeded:
        report("making a shop with stock, a warehouse and orders")
        await seed(details, kept, outgoing)
        keep(places.data / "sandbox.json", replace(kept, seeded=True))
    if places.options.details is not None:
        write_private(places.options.details, details.as_json() + "\n")
    return Running(details=details, kept=kept, supervisor=supervisor, outgoing=outgoing)


async def make(places: Places, kept: Kept) -> Kept:
    """Make the shop and its tokens if they are not there, and tell each side where the other one is by now."""
    store: Pool = await open_pool(places.databases.store, size=2, name="crossdock-sandbox")
    service: Pool = await open_pool(places.databases.service, size=2, name="crossdock-sandbox")
    try:
        made = await make_shop(kept, store, service)
        moved = replace(made, store_port=port_of(places.store), service_port=port_of(places.service))
        if kept.store_port and (moved.store_port, moved.service_port) != (kept.store_port, kept.service_port):
            await rehome(store, f"http://{HOST}:{kept.service_port}", places.service_url)
            await rehome(service, f"http://{HOST}:{kept.store_port}", places.store_url)
    finally:
        await store.close()
        await service.close()
    keep(places.data / "sandbox.json", moved)
    return moved


def programs(places: Places, kept: Kept) -> list[Program]:
    """Return the processes of both sides. Workers come first: they are the slower ones to be missed."""
    logs = places.data / "logs"
    logs.mkdir(exist_ok=True)
    sockets: Mapping[str, tuple[int, ...]] = {
        "store-work": (),
        "service-work": (),
        "store-web": (places.store.fileno(),),
        "service-web": (places.service.fileno(),),
    }
    common = {
        "DATABASE_URL": places.databases.store,
        "SERVICE_DATABASE_URL": places.databases.service,
        "CROSSDOCK_SECRET_KEYS": kept.secret_key,
        "CROSSDOCK_SANDBOX": "1",
        "CROSSDOCK_LIMITS": "1" if places.options.limits else "0",
        "CROSSDOCK_ALLOW_HTTP": "1",
        "CROSSDOCK_ALLOW_PRIVATE_ADDRESSES": "127.0.0.0/8,::1/128,localhost",
    }
    own = {
        "store": {
            "CROSSDOCK_PUBLIC_URL": places.store_url,
            "CROSSDOCK_NETWORK_DOMAIN": Settings().network_domain or NETWORK_DOMAIN,
        },
        "service": {
            "CROSSDOCK_PUBLIC_URL": places.service_url,
            "CROSSDOCK_WAREHOUSE_ADDRESS": WAREHOUSE_ADDRESS.model_dump_json(),
        },
    }
    return [
        Program(
            name=name,
            argv=this_python("crossdock.sandbox.child", name, *map(str, descriptors)),
            env=common | own[name.partition("-")[0]],
            log=logs / f"{name}.log",
            fds=descriptors,
        )
        for name, descriptors in sockets.items()
    ]


def details_of(places: Places, kept: Kept) -> Details:
    assert kept.tokens is not None
    return Details(
        store_url=places.store_url,
        service_url=places.service_url,
        shop_domain=SHOP_DOMAIN,
        shop_subdomain=SHOP_SUBDOMAIN,
        admin_token=kept.tokens.admin,
        next_token=kept.tokens.next,
        app=AppCredentials(client_id=kept.tokens.app.client_id, client_secret=kept.tokens.app.client_secret),
        service_token=kept.tokens.service,
        dashboards=BothSides(store=f"{places.store_url}/", service=f"{places.service_url}/"),
        databases=places.databases,
        pid=os.getpid(),
    )


async def ready(outgoing: Outgoing, url: str) -> None:
    """Wait until a side serves. Raises: TimeoutError."""
    async with asyncio.timeout(READY_SECONDS):
        while True:
            with suppress(NoAnswer):
                answer = await outgoing.send(OutgoingRequest(method="GET", url=f"{url}/readyz"))
                if answer.status == 200:
                    return
            await asyncio.sleep(0.05)


def listen_at(wanted: int | None, before: int, usual: int) -> Listener:
    """Listen on the port that is wanted; else on that of the last time, the usual one, or any free one."""
    if wanted is not None:
        return listen(HOST, wanted)
    for port in (before, usual):
        with suppress(PortTaken):
            return listen(HOST, port or usual)
    return listen(HOST, 0)


@contextmanager
def data_folder(chosen: Path | None) -> Iterator[Path]:
    """Give the folder chosen, or one that is thrown away in the end."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="crossdock-sandbox-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # PostgreSQL may have to run as somebody else, who must get through
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def stop_at_signals() -> None:
    """Let a signal end the start of the sandbox; the supervisor takes them over when it begins."""
    task = asyncio.current_task()
    assert task is not None
    for sign in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
