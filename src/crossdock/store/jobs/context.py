"""What every job is given beside its arguments."""

from dataclasses import dataclass

from crossdock.runtime.clock import Clock
from crossdock.runtime.connection import Pool


@dataclass(frozen=True, kw_only=True)
class JobContext:
    pool: Pool
    clock: Clock
