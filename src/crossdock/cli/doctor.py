"""`crossdock doctor`: what is wrong with an installation, and what to do about it."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from crossdock.cli.sides import SERVICE, STORE, Side
from crossdock.runtime.clock import SystemClock
from crossdock.runtime.http.serving import PortTaken, listen
from crossdock.runtime.postgres.account import USER_NAMESPACE, runs
from crossdock.runtime.postgres.binaries import PostgresNotFound, find_binaries
from crossdock.runtime.postgres.migrations import current_revision, newest_revision
from crossdock.runtime.postgres.pool import GONE
from crossdock.runtime.secrets import BadKey, Vault, new_key
from crossdock.runtime.settings import Settings

OLDEST_POSTGRES, NEWEST_POSTGRES = 15, 18
LEAST_DISK = 1_000_000_000
MOST_SKEW_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. `problem` says what is wrong and what to do; None: it is well."""

    subject: str
    state: str
    problem: str | None = None


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything that an installation needs."""
    yield python()
    for finding in disk(settings.data):
        yield finding
    sides = (STORE, SERVICE)
    if any(side.configured_url(settings) for side in sides) or settings.secret_keys:
        yield secret_keys(settings)
    if not all(side.configured_url(settings) for side in sides):
        yield binaries(settings)
    if os.geteuid() == 0:
        yield await user_namespaces()
    for side in sides:
        async for finding in database(side, settings):
            yield finding
        yield port(side)


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    problem = None if sys.version_info >= (3, 11) else "Crossdock needs Python 3.11 or newer"
    return Finding(subject="Python", state=version, problem=problem)


def disk(data: Path) -> Iterator[Finding]:
    """Look at the data folder, or where it would be made."""
    nearest = next(folder for folder in (data, *data.parents) if folder.exists())
    allowed = os.access(nearest, os.W_OK | os.X_OK)
    problem = None if allowed else f"{nearest} cannot be written to; give it to this user or set CROSSDOCK_DATA"
    yield Finding(subject="data folder", state=str(data), problem=problem)
    free = shutil.disk_usage(nearest).free
    short = f"less than {LEAST_DISK / 1e9:.0f} GB is free; make room or set CROSSDOCK_DATA to another disk"
    yield Finding(subject="free disk", state=f"{free / 1e9:.1f} GB", problem=None if free > LEAST_DISK else short)


def secret_keys(settings: Settings) -> Finding:
    try:
        Vault(settings.secret_keys)
    except BadKey as wrong:
        advice = f"{wrong}. A fresh one: CROSSDOCK_SECRET_KEYS='{new_key('k1')}'"
        return Finding(subject="secret keys", state="not usable", problem=advice)
    return Finding(subject="secret keys", state=f"{len(settings.secret_keys)}, the first one in use")


def binaries(settings: Settings) -> Finding:
    try:
        found = find_binaries(settings.pg_bin)
    except PostgresNotFound as wrong:
        return Finding(subject="PostgreSQL's programs", state="not found", problem=str(wrong))
    return Finding(subject="PostgreSQL's programs", state=f"{found.version} in {found.folder}")


async def user_namespaces() -> Finding:
    if await runs(*USER_NAMESPACE, "true"):
        return Finding(subject="user namespaces", state="allowed")
    return Finding(
        subject="user namespaces",
        state="not allowed, so PostgreSQL runs as another account; its data folder must be open to that one",
    )


async def database(side: Side, settings: Settings) -> AsyncIterator[Finding]:
    """Look at a side's database, if there is one that is configured."""
    subject = f"database of the {side.name}"
    url = side.configured_url(settings)
    if url is None:
        yield Finding(subject=subject, state=f"its own, in {side.data(settings)} ({side.variable} is not set)")
        return
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (*GONE, OSError, TimeoutError, asyncpg.PostgresError, ValueError) as wrong:
        yield Finding(
            subject=subject, state="not reached", problem=f"{wrong or type(wrong).__name__}; check {side.variable}"
        )
        return
    try:
        yield version(subject, connection)
        yield await migrations(side, url)
        yield await clock(subject, connection)
    finally:
        await connection.close()


def version(subject: str, connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    found = connection.get_server_version()
    known = OLDEST_POSTGRES <= found.major <= NEWEST_POSTGRES
    return Finding(
        subject=subject,
        state=f"PostgreSQL {found.major}.{found.minor}",
        problem=None if known else f"Crossdock is tried on PostgreSQL {OLDEST_POSTGRES} to {NEWEST_POSTGRES}",
    )


async def migrations(side: Side, url: str) -> Finding:
    at, newest = await current_revision(url), newest_revision(side.migrations)
    problem = None if at >= newest else f"run `crossdock {side.name} migrate` (it is at {at or 'nothing'})"
    return Finding(subject=f"tables of the {side.name}", state=f"revision {at or 'none'} of {newest}", problem=problem)


async def clock(subject: str, connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    theirs = await connection.fetchval("SELECT clock_timestamp()")
    skew = abs((await SystemClock().now() - theirs).total_seconds())
    problem = None if skew < MOST_SKEW_SECONDS else "set both clocks by NTP"
    return Finding(subject=f"clock of the {subject}", state=f"{skew:.1f} s apart from ours", problem=problem)


def port(side: Side) -> Finding:
    try:
        listen("127.0.0.1", side.port).close()
    except PortTaken as wrong:
        return Finding(
            subject=f"port of the {side.name}",
            state="taken",
            problem=f"{wrong} (well, if that is Crossdock); choose another with --port",
        )
    return Finding(subject=f"port of the {side.name}", state=f"{side.port} is free")


def lines(finding: Finding) -> str:
    mark = "problem" if finding.problem else "ok     "
    return f"{mark} {finding.subject}: {finding.state}" + (f"\n        {finding.problem}" if finding.problem else "")
