"""The worker: takes jobs from the queue, runs a bounded number of them, frees what dead workers held."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from datetime import UTC, datetime, timedelta

from models.errors import DatabaseUnavailable, JobAttemptsExhausted, QueueUnavailable
from models.ids import JobId
from models.job import Job, JobError, JobState, RetryPolicy
from models.progress import ProgressEvent
from services.broker.base import Broker, Bury
from services.run import LEASE_S, JobRun, Pipeline, RunMeter, new_owner
from services.store.base import JobStore
from services.tasks import TaskGroup

logger = logging.getLogger(__name__)

REAP_EVERY_S = 5.0
REAP_AT_MOST = 500
MOST_RUNS = 10
"""A job whose runs ended with the death of their worker so often is most likely the cause of it."""


class Worker:
    """Runs jobs until it is stopped: first it drains, then it hands back what still runs."""

    def __init__(
        self,
        *,
        pipeline: Pipeline,
        jobs: JobStore,
        broker: Broker,
        concurrency: int,
        deadline_s: float,
        retry: RetryPolicy | None = None,
        meter: RunMeter | None = None,
    ) -> None:
        self._meter = meter
        self._pipeline = pipeline
        self._jobs = jobs
        self._broker = broker
        self._concurrency = concurrency
        self._deadline_s = deadline_s
        self._retry = retry or RetryPolicy()
        self._id = f"{socket.gethostname()}:{os.getpid()}"
        self._runs: dict[asyncio.Task[str | None], JobRun] = {}
        self._running = TaskGroup("jobs")
        self._side = TaskGroup("worker")

    @property
    def running(self) -> int:
        """Jobs that run in this process now."""
        return len(self._runs)

    def start(self) -> None:
        """Begins to consume and to reap."""
        self._side.start("consume", self._broker.consume_jobs(self._handle, concurrency=self._concurrency))
        self._side.start("reap", self._reap())

    async def stop(self, grace_s: float) -> None:
        """Takes no more jobs; gives the running ones `grace_s` seconds, then hands them back to the queue."""
        await self._side.close()
        await self._running.drain(grace_s)
        for run in self._runs.values():
            run.hand_back()
        await self._running.drain(LEASE_S)
        await self._running.close()

    async def _handle(self, job_id: JobId) -> None:
        """One delivery: a hint that the job may be due. Losing the race for it is normal."""
        now = datetime.now(UTC)
        owner = new_owner(self._id, job_id)
        job = await self._jobs.claim(job_id, owner, now + timedelta(seconds=LEASE_S), now)
        if job is None:
            return
        if job.attempt > MOST_RUNS:
            await self._give_up(job, owner)
            return
        run = JobRun(
            job,
            owner,
            pipeline=self._pipeline,
            jobs=self._jobs,
            broker=self._broker,
            retry=self._retry,
            deadline_s=self._deadline_s,
            meter=self._meter,
        )
        task = self._running.start(job_id, run.execute())
        self._runs[task] = run
        task.add_done_callback(lambda done: self._runs.pop(done, None))
        # Shielded: when the consumer is stopped, the run still drains; the delivery that comes again finds the lease.
        reason = await asyncio.shield(task)
        if reason is not None:
            # The job has failed for good; its message goes where an operator sees it.
            raise Bury(reason)

    async def _give_up(self, job: Job, owner: str) -> None:
        logger.error("job_given_up", extra={"job_id": job.id, "runs": job.attempt - 1})
        failed = await self._jobs.finish(job.id, owner, JobState.FAILED, error=JobError.of(JobAttemptsExhausted()))
        if failed is not None:
            await self._broker.publish_event(ProgressEvent.of(failed))

    async def _reap(self) -> None:
        """Publishes again what should be running and is not: lost hints, leases of the dead, a queue that was lost."""
        while True:
            try:
                depth = await self._broker.depth()
                if depth is not None:
                    for job in await self._jobs.waiting(datetime.now(UTC), REAP_AT_MOST):
                        await self._revive(job, queue_is_empty=not depth)
            except (DatabaseUnavailable, QueueUnavailable) as error:
                logger.warning("reaping_failed", extra={"cause": str(error)})
            await asyncio.sleep(REAP_EVERY_S)

    async def _revive(self, job: Job, *, queue_is_empty: bool) -> None:
        state = job.state
        if state is JobState.RUNNING:
            # Its message is long gone, however full the queue is. One worker alone makes this move.
            freed = await self._jobs.free(job.id, datetime.now(UTC))
            if freed is None:
                return
            await self._broker.publish_event(ProgressEvent.of(freed))
            if freed.state.is_final:
                return
        elif not queue_is_empty:
            # Its message is most likely among those that wait.
            return
        await self._broker.publish_job(job.id)
        logger.info("job_revived", extra={"job_id": job.id, "state": state.value})
