"""Sandboxes for tests: started as a user would, by the command."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE = 60.0


@dataclass
class Box:
    """A sandbox that is ready: its details, its process, and a client for its two sides."""

    details: Mapping[str, Any]
    process: asyncio.subprocess.Process
    session: aiohttp.ClientSession
    said: bytes = b""
    admin: dict[str, str] = field(default_factory=dict)

    async def store(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Call the store; a path that does not begin with a slash is one of the Admin API."""
        url = self.details["store_url"] + (path if path.startswith("/") else f"/admin/api/2025-07/{path}")
        return await self.call(method, url, body, self.admin | headers)

    async def service(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.details['service_token']}"}
        return await self.call(method, self.details["service_url"] + path, body, headers)

    async def call(self, method: str, url: str, body: object, headers: Mapping[str, str]) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body)
        kind = {"Content-Type": "application/json"}
        async with self.session.request(method, url, data=data, headers=kind | dict(headers)) as answer:
            text = await answer.read()
            return answer.status, json.loads(text) if text else None

    async def settle(self) -> None:
        status, answer = await self.store("POST", "/sandbox/settle")
        assert status == 200, answer

    def children(self) -> dict[str, int]:
        """Return the supervisor's processes by role, as anybody can find them by their command lines."""
        found: dict[str, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().split(b"\0")
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            if parent != self.process.pid:
                continue
            if b"crossdock.sandbox.child" in command:
                found[command[command.index(b"crossdock.sandbox.child") + 1].decode()] = int(folder.name)
            elif any(part.endswith(b"bin/postgres") for part in command):
                found["postgres"] = int(folder.name)
        return found

    async def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        if self.process.returncode is None:
            self.process.send_signal(sign)
        self.said += (await asyncio.wait_for(self.process.communicate(), PATIENCE))[0]
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def sandbox(folder: Path, *options: str) -> AsyncIterator[Box]:
    """Start a sandbox on free ports, wait until it is ready, and stop it in the end."""
    file = folder / f"details-{os.urandom(4).hex()}.json"
    command = (sys.executable, "-m", "crossdock.cli.main", "sandbox", "--port", "0", "--service-port", "0")
    complaints = file.with_suffix(".log")
    with complaints.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, "--details", str(file), *options, stdout=asyncio.subprocess.PIPE, stderr=log
        )
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        try:
            assert process.stdout is not None
            line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
            assert line, complaints.read_text()
            details = json.loads(line)
            assert json.loads(file.read_text()) == details
            yield Box(
                details=details,
                process=process,
                session=session,
                said=line,
                admin={"X-Shopify-Access-Token": details["admin_token"]},
            )
        finally:
            if process.returncode is None:
                process.terminate()
                await asyncio.wait_for(process.wait(), PATIENCE)
