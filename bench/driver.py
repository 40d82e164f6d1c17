"""A driver: reads a job, connects, says that it is ready, waits for a line, and writes how it went into a file."""

import asyncio
import pickle
import sys
from pathlib import Path

import uvloop

from bench.driving import READY, Job, Run, drive


async def work(job: Job) -> Run:
    async with job.connected() as connections:
        sys.stdout.buffer.write(READY)
        sys.stdout.buffer.flush()
        await asyncio.to_thread(sys.stdin.buffer.readline)
        return await drive(job.requests, connections)


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(pickle.dumps(uvloop.run(work(pickle.load(sys.stdin.buffer)))))
