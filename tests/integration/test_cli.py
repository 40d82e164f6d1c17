"""The command line outside the sandbox: a side that runs whole, shops and tokens, and what says what is wrong."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from crossdock.cli.main import app

COMMAND = (sys.executable, "-m", "crossdock.cli.main")


@dataclass(frozen=True)
class Ran:
    status: int
    printed: str
    complained: str


async def run(*arguments: str, **env: str) -> Ran:
    """Run a command in this process, which has loaded everything already."""
    unset: dict[str, str | None] = {name: None for name in os.environ if "DATABASE_URL" in name}
    ran = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=unset | env)
    return Ran(ran.exit_code, ran.stdout, ran.stderr)


async def run_apart(*arguments: str, **env: str) -> Ran:
    """Run a command as a user does."""
    inherited = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        env=inherited | env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complained = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Ran(process.returncode, printed.decode(), complained.decode())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@dataclass(frozen=True)
class Installation:
    """A store that runs whole on its own PostgreSQL."""

    url: str
    env: Mapping[str, str]


@pytest_asyncio.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    port = free_port()
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o711)  # PostgreSQL may have to run as another account
    env = {"CROSSDOCK_DATA": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        *(*COMMAND, "store", "serve", "--port", str(port), "--workers", "2"),
        env={name: value for name, value in os.environ.items() if "DATABASE_URL" not in name} | env,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"{url}/readyz") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        yield Installation(url=url, env=env)
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 60) == 0


async def test_a_store_runs_whole_and_is_furnished_by_commands(installation: Installation) -> None:
    made = await run(
        *("store", "shop", "add", "acme", "--domain", "acme.myshopify.com", "--email", "a@acme.test"),
        **installation.env,
    )
    assert made.status == 0, made
    tokens = await run("store", "token", "add", "acme", "--app", "Robot", "--scopes", "read_orders", **installation.env)
    token = re.search(r"access token +(\S+)", tokens.printed)
    assert token is not None, tokens
    headers = {"X-Shopify-Access-Token": token[1]}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{installation.url}/admin/api/2025-07/orders.json") as answer:
            assert (answer.status, await answer.json()) == (200, {"orders": []})
        async with session.post(f"{installation.url}/admin/api/2025-07/orders.json", json={"order": {}}) as answer:
            assert answer.status == 403
        async with session.get(f"{installation.url}/", allow_redirects=False) as answer:
            assert answer.headers["Location"].startswith("/login")
    partner = ("acme", "--platform", "next29")
    private = await run(
        "store", "token", "add", *partner, "--app", "Dockers", "--scopes", "orders:read", **installation.env
    )
    bearer = re.search(r"access token +(\S+)", private.printed)
    assert bearer is not None, private
    url = ("--url", "https://app.test/", "--redirect")
    there = await run("store", "app", "add", *partner, "--name", "Oa", *url, "https://*.app.test/", **installation.env)
    client_id = re.search(r"client id +(\S+)", there.printed)
    assert client_id is not None, there
    wide = await run("store", "app", "add", *partner, "--name", "Ob", *url, "https://*.test/", **installation.env)
    assert (wide.status, "a star may only be" in wide.complained) == (1, True)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {bearer[1]}"}) as session:
        async with session.get(f"{installation.url}/api/admin/orders/") as answer:
            assert (answer.status, (await answer.json())["results"]) == (200, [])
        for path in ("oauth2/authorize/", "dashboard/apps/install-app/", "dashboard/apps/"):
            page = f"{installation.url}/{path}?client_id={client_id[1]}"
            async with session.get(page, allow_redirects=False) as answer:
                assert answer.headers["Location"].startswith("/login?next=%2F"), path
    delay = await run("store", "shop", "request-delay", "acme", "30", **installation.env)
    assert (delay.status, delay.printed) == (0, "services are asked to ship 30 minutes after a new order\n")
    fresh = await run(
        *("store", "app", "rotate-secret", "acme", "--name", "Robot", "--overlap", "0"), **installation.env
    )
    secret = re.search(r"client secret +(\S+)", fresh.printed)
    assert secret is not None, fresh
    assert secret[1] not in tokens.printed
    ended = await run("store", "token", "revoke", "acme", "--app", "Robot", **installation.env)
    assert (ended.status, ended.printed) == (0, "1 token of Robot ended\n")
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{installation.url}/admin/api/2025-07/orders.json") as answer,
    ):
        assert answer.status == 401
    sound = await run("verify", "--side", "store", **installation.env)
    assert (sound.status, "broken" in sound.printed) == (0, False)
    assert "closed_means_done" in sound.printed


async def test_problems_are_told_in_one_line(tmp_path: Path) -> None:
    nowhere = {"CROSSDOCK_DATA": str(tmp_path)}
    (tmp_path / "file").touch()
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "sandbox.json").write_text("{")
    for arguments, words in (
        (("store", "work"), "set DATABASE_URL"),
        (("verify",), "no database of the store side is known"),
        (("verify", "--details", "/dev/null"), "is not the details of a sandbox"),
        (("sandbox", "--data", str(tmp_path / "file")), f"{tmp_path / 'file'}: File exists"),
        (("sandbox", "--data", str(tmp_path / "torn")), "use another data folder"),
        (("store", "delivery", "list"), "no database of the store side is known"),
        (("service", "ship", "#1", "--carrier", "UPS", "--number", "1"), "no database of the service side is known"),
    ):
        # What runs for long sets up its process's signals and logs.
        ran = await (run_apart if {"sandbox", "work"} & set(arguments) else run)(*arguments, **nowhere)
        assert ran.status == 1, ran
        assert words in ran.complained
        assert ran.complained.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("store delivery replay", "give ids of deliveries, or --since"),
        ("store delivery replay 1 --since 2026-11-21", "give ids of deliveries, or --since"),
        ("store delivery replay 1 --arrived", "go with --since"),
        ("store shop request-delay acme 5 --off --details /dev/null", "not both"),
        ("store shop request-delay acme 43201", "43200"),
        ("store app rotate-secret acme --name Robot --overlap 721", "720"),
        ("store webhook test one", "integer"),
        (f"store webhook enable {2**63}", "less than or equal"),
        (f"store delivery replay 1 {2**63}", "less than or equal"),
    ],
)
def test_what_does_not_go_together_is_told_before_anything_is_done(arguments: str, words: str) -> None:
    ran = CliRunner().invoke(app, arguments.split())
    assert ran.exit_code == 2
    assert words in ran.output


async def test_a_database_that_is_behind_is_refused_until_it_is_migrated(empty_database: str) -> None:
    env = {"DATABASE_URL": empty_database, "CROSSDOCK_SECRET_KEYS": "k1:" + "A" * 43 + "="}
    behind = await run_apart("store", "work", **env)
    assert (behind.status, "crossdock store migrate" in behind.complained) == (1, True)
    assert "is at revision" in (await run("store", "migrate", **env)).printed
    assert (await run("verify", "--side", "store", **env)).status == 0


async def test_the_doctor_names_what_is_missing_and_how_to_mend_it(tmp_path: Path) -> None:
    env = {"CROSSDOCK_DATA": str(tmp_path), "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    ran = await run("doctor", **env)
    assert ran.status == 1
    assert "problem database of the store: not reached" in ran.printed
    assert "CROSSDOCK_SECRET_KEYS='k1:" in ran.printed
    well = await run("doctor", CROSSDOCK_DATA=str(tmp_path))
    assert "problem database" not in well.printed
    assert "secret keys" not in well.printed


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = await run_apart("sandbox", "--empty", "--port", str(taken.getsockname()[1]))
    assert ran.status == 1
    assert "cannot listen on 127.0.0.1:" in ran.complained


async def test_the_version_is_shown_fast() -> None:
    assert (await run_apart("--version")).printed.startswith("crossdock 0.")
