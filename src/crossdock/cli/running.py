"""Running one side's processes: on a database that is configured, or all together with a PostgreSQL of its own."""

import typer

from crossdock.cli.problems import Problem
from crossdock.cli.sides import Side, bring_up_to_date, own_keys, require_current
from crossdock.runtime.http.serving import Listener, inherited, listen
from crossdock.runtime.logs import set_up_logs
from crossdock.runtime.parent import watch_parent
from crossdock.runtime.postgres.server import EmbeddedPostgres
from crossdock.runtime.process import this_python
from crossdock.runtime.settings import Settings
from crossdock.runtime.supervisor import Program, Supervisor

CLI = "crossdock.cli.main"


async def serve_side(
    side: Side, settings: Settings, *, host: str, port: int, workers: int, descriptor: int | None
) -> None:
    """Serve a side until stopped. `descriptor`: the listening socket that a supervisor holds for this web process.

    Without a configured database the side runs whole: its own PostgreSQL, its web processes and a worker.
    """
    watch_parent()
    set_up_logs(json=True)
    url = side.configured_url(settings)
    if url is not None:
        await require_current(side, url)
        if descriptor is not None or workers == 1:
            await side.serve(settings, url, listen(host, port) if descriptor is None else inherited(descriptor))
            return
    with listen(host, port) as listener:
        await supervise(side, settings, url, listener, workers)


async def supervise(side: Side, settings: Settings, url: str | None, listener: Listener, workers: int) -> None:
    """Keep web processes running on one socket; without a database also PostgreSQL and a worker."""
    if url is not None:
        async with Supervisor(report=say) as supervisor:
            await start_web(supervisor, side, {}, listener, workers)
            await supervisor.until_stopped()
        return
    data = side.data(settings)
    postgres = await EmbeddedPostgres.start(data, databases=(side.name,), binaries=settings.pg_bin, progress=say)
    async with Supervisor(postgres=postgres, report=say) as supervisor:
        env = {side.variable: postgres.url(side.name), "CROSSDOCK_SECRET_KEYS": own_keys(side, settings)}
        await bring_up_to_date(side, postgres.url(side.name))
        await supervisor.start(Program(name=f"{side.name}-work", argv=this_python(CLI, side.name, "work"), env=env))
        await start_web(supervisor, side, env, listener, workers)
        await supervisor.until_stopped()


async def start_web(supervisor: Supervisor, side: Side, env: dict[str, str], listener: Listener, workers: int) -> None:
    for number in range(1, workers + 1):
        argv = this_python(CLI, side.name, "serve", "--socket", str(listener.fileno()))
        program = Program(name=f"{side.name}-web-{number}", argv=argv, env=env, fds=(listener.fileno(),))
        await supervisor.start(program)


async def work_side(side: Side, settings: Settings) -> None:
    """Run a worker of a side until stopped."""
    watch_parent()
    set_up_logs(json=True)
    url = side.configured_url(settings)
    if url is None:
        raise Problem(
            f"set {side.variable}: a worker needs a database that others reach too (without one, "
            f"`crossdock {side.name} serve` runs a PostgreSQL and a worker of its own)"
        )
    await require_current(side, url)
    await side.work(settings, url)


def say(text: str) -> None:
    typer.echo(text, err=True)
