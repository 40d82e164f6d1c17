"""The jobs of the service side."""

from collections.abc import Mapping
from typing import Any

from crossdock.runtime.jobs import Job
from crossdock.service.jobs import forget_idempotency_keys, pull_assigned_work
from crossdock.service.jobs.context import JobContext

JOBS: Mapping[str, Job[Any, JobContext]] = {
    job.name: job for job in (pull_assigned_work.JOB, forget_idempotency_keys.JOB)
}
