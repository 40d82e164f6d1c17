"""Every job of the store side, and those that run by the clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crossdock.runtime.jobs import NOBODY, Job, Timer
from crossdock.store.jobs import (
    archive_idle_orders,
    fetch_stock,
    fetch_tracking_numbers,
    forget_idempotency_keys,
    forget_old,
    give_up_waiting,
    open_scheduled,
    request_fulfillment,
    seal_ledgers,
)
from crossdock.store.jobs.context import JobContext

JOBS: Mapping[str, Job[Any, JobContext]] = {
    job.name: job
    for job in (
        archive_idle_orders.JOB,
        fetch_stock.JOB,
        fetch_tracking_numbers.JOB,
        forget_idempotency_keys.JOB,
        forget_old.JOB,
        give_up_waiting.JOB,
        open_scheduled.JOB,
        request_fulfillment.JOB,
        seal_ledgers.JOB,
    )
}


def timers(at: datetime) -> list[Timer]:
    """Return the timers of what runs again and again, due at once."""
    return [
        forget_old.daily(at),
        archive_idle_orders.daily(at),
        Timer(
            tenant_id=NOBODY,
            job=forget_idempotency_keys.JOB.name,
            key="hourly",
            due_at=at,
            args=forget_idempotency_keys.ForgetIdempotencyKeys(),
            every_seconds=forget_idempotency_keys.EVERY_SECONDS,
        ),
        Timer(
            tenant_id=NOBODY,
            job=seal_ledgers.JOB.name,
            key="hourly",
            due_at=at,
            args=seal_ledgers.SealLedgers(),
            every_seconds=seal_ledgers.EVERY_SECONDS,
        ),
    ]
