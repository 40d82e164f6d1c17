"""The jobs of the service side."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crossdock.runtime.jobs import Job, Timer
from crossdock.service.jobs import (
    forget_idempotency_keys,
    forget_old_messages,
    look_for_parcel,
    pull_assigned_work,
    set_up_store,
    tell_stock,
)
from crossdock.service.jobs.context import JobContext

JOBS: Mapping[str, Job[Any, JobContext]] = {
    job.name: job
    for job in (
        tell_stock.JOB,
        set_up_store.JOB,
        pull_assigned_work.JOB,
        pull_assigned_work.JOB_AFTER_TROUBLE,
        look_for_parcel.JOB,
        forget_idempotency_keys.JOB,
        forget_old_messages.JOB,
    )
}


def timers(at: datetime) -> Sequence[Timer]:
    """Return the timers that belong to no store; each store's poll is set when it is connected."""
    return [forget_idempotency_keys.hourly(at), forget_old_messages.daily(at)]
