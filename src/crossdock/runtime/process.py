"""How our processes run: on a fast event loop, ended in an orderly manner by a signal."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run the main coroutine of a process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def until_signalled(work: Coroutine[Any, Any, None]) -> None:
    """Await work that never ends by itself, and cancel it at SIGTERM or SIGINT; it may take its time to finish."""
    task = asyncio.ensure_future(work)
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def this_python(module: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a module with our own Python."""
    return (sys.executable, "-m", module, *arguments)
