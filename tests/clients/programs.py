"""Programs that use Shopify's own client for Node, as apps do. Without Node they are skipped; the summary says so."""

import asyncio
import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "node"
CLIENT = FOLDER / "node_modules" / "@shopify" / "shopify-api"
OLDEST_NODE = 20
PATIENCE = 60.0


@cache
def missing() -> str | None:
    """Say what keeps the programs from running; None when nothing does."""
    node = shutil.which("node")
    version = (
        "" if node is None else subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    )
    major = version.strip().removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        return f"Node {OLDEST_NODE} or newer is not installed"
    return None if CLIENT.is_dir() else "its packages are not installed: make node"


def needs_node(client: str) -> pytest.MarkDecorator:
    """Skip a test that has this client run, where it cannot."""
    trouble = missing()
    return pytest.mark.skipif(trouble is not None, reason=f"{client} did not run: {trouble}")


async def run(program: str, given: object) -> Any:
    """Run a program of the folder with JSON on its standard input, and return the JSON that it writes."""
    process = await asyncio.create_subprocess_exec(
        *("node", program),
        cwd=FOLDER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, trouble = await asyncio.wait_for(process.communicate(json.dumps(given).encode()), PATIENCE)
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode == 0, trouble.decode()
    return json.loads(output)
