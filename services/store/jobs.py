"""Download jobs in MongoDB: one document each in `jobs`, with the fields of `Job`.

Every verb reads the job, lets a pure move of `services.store.job_moves` decide, and writes by compare-and-set. Where
many meet at once (a wish that is only counted) or often (a lease that is prolonged), one guarded update does without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from models.ids import JobId, MediaName
from models.job import Job, JobError, JobState, Progress
from services.store import job_moves
from services.store.documents import Clock, parsed, plain, slices, to_ms, utc_now
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import change, new_revision

Move = Callable[[Job], Job | None]


class MongoJobStore:
    """Implements `JobStore`."""

    def __init__(self, db: MongoDatabase, *, clock: Clock = utc_now) -> None:
        self._jobs = db.collection("jobs")
        self._clock = clock

    async def ask(self, job: Job) -> tuple[Job, bool]:
        """Makes the wish; the job and whether this call put it in the queue."""
        singly = job.wished_singly
        wished = {"wished_singly": True} if singly else {}
        while True:
            found = await self.get(job.id)
            if found is None:
                document = _to_document(job)
                if await self._jobs.insert_new({"_id": job.id, **document, "revision": new_revision()}):
                    return _from_document({"_id": job.id, **document}), True
            elif found.state in job_moves.STARTED_OVER:
                asked = await self._move(
                    job.id,
                    lambda held: job_moves.start_over(held, self._clock(), singly=singly, asked_by=job.asked_by),
                )
                if asked is not None:
                    return asked, True
            else:
                counted = await self._jobs.update(
                    {"_id": job.id, "state": found.state.value},
                    {
                        "$inc": {"requested_count": 1, "seq": 1},
                        "$set": {"updated_at": to_ms(self._clock()), "revision": new_revision(), **wished},
                    },
                )
                if counted and (now := await self.get(job.id)) is not None:
                    return now, False

    async def get(self, job_id: JobId) -> Job | None:
        """The job now."""
        document = await self._jobs.find_one({"_id": job_id})
        return None if document is None else _from_document(document)

    async def get_many(self, job_ids: Iterable[JobId]) -> list[Job]:
        """Those of the jobs that there are."""
        found: list[Document] = []
        for ids in slices(list(job_ids)):
            found += await self._jobs.find({"_id": {"$in": ids}})
        return [_from_document(document) for document in found]

    async def requeue(self, job_id: JobId, *, singly: bool = True, asked_by: str | None = None) -> Job | None:
        """Queues a done job anew because its file is gone; `None` when it is not done any more."""
        return await self._move(
            job_id, lambda job: job_moves.requeue(job, self._clock(), singly=singly, asked_by=asked_by)
        )

    async def claim(self, job_id: JobId, owner: str, lease_until: datetime, now: datetime) -> Job | None:
        """queued → running for `owner`, or takes over a running job whose lease ran out; raises `attempt`."""
        return await self._move(job_id, lambda job: job_moves.claim(job, owner, lease_until, now))

    async def renew(self, job_id: JobId, owner: str, lease_until: datetime) -> Job | None:
        """Prolongs the lease without raising `seq`; `None` when `owner` holds it no more."""
        renewed = await self._jobs.update(
            {"_id": job_id, "state": JobState.RUNNING.value, "lease_owner": owner},
            {"$set": {"lease_until": to_ms(lease_until), "revision": new_revision()}},
        )
        return await self.get(job_id) if renewed else None

    async def advance(
        self, job_id: JobId, owner: str, progress: Progress, *, seq: int, title: str | None, artists: tuple[str, ...]
    ) -> Job | None:
        """Writes progress with the worker's own `seq`; `None` when the lease is lost."""
        return await self._move(
            job_id, lambda job: job_moves.advance(job, owner, progress, self._clock(), seq, title, artists)
        )

    async def finish(
        self,
        job_id: JobId,
        owner: str,
        state: JobState,
        *,
        error: JobError | None = None,
        stored_name: MediaName | None = None,
        progress: Progress | None = None,
    ) -> Job | None:
        """running → done, failed or cancelled; drops the lease. `None` when `owner` holds it no more."""
        return await self._move(
            job_id, lambda job: job_moves.finish(job, owner, state, self._clock(), error, stored_name, progress)
        )

    async def retry(
        self, job_id: JobId, owner: str, *, not_before: datetime, error: JobError | None, counted: bool
    ) -> Job | None:
        """running → queued, not before that moment; → cancelled when that was asked for meanwhile."""
        return await self._move(
            job_id, lambda job: job_moves.retry(job, owner, not_before, self._clock(), error, counted)
        )

    async def free(self, job_id: JobId, now: datetime) -> Job | None:
        """running on a lease that ran out → queued, or → cancelled when that was asked for; else `None`."""
        return await self._move(job_id, lambda job: job_moves.free(job, now))

    async def cancel(self, job_id: JobId) -> Job | None:
        """queued → cancelled at once; running → `cancel_requested`. Final jobs are unchanged."""
        return await self._move(job_id, lambda job: job_moves.cancel(job, self._clock())) or await self.get(job_id)

    async def withdraw(self, job_id: JobId, requested_count: int) -> Job | None:
        """As `cancel`; a job wished for by itself, or by anybody since that count was read, is unchanged."""
        withdrawn = await self._move(job_id, lambda job: job_moves.withdraw(job, self._clock(), requested_count))
        return withdrawn or await self.get(job_id)

    async def waiting(self, now: datetime, limit: int) -> list[Job]:
        """Jobs that should be running and are not; those made first come first."""
        found: list[Document] = []
        for query in (
            # `$eq` spelt out: only so does the embedded server use its index beside a date.
            {"state": {"$eq": JobState.QUEUED.value}, "not_before": {"$eq": None}},
            {"state": {"$eq": JobState.QUEUED.value}, "not_before": {"$lt": now}},
            {"state": {"$eq": JobState.RUNNING.value}, "lease_until": {"$lt": now}},
        ):
            found += await self._jobs.find(query, sort=[("created_at", 1)], limit=limit)
        found.sort(key=lambda document: document["created_at"])
        return [_from_document(document) for document in found[:limit]]

    async def count_asked(self, asked_by: str) -> int:
        """Queued and running jobs that count for this caller."""
        return await self._jobs.count({"asked_by": asked_by})

    async def _move(self, job_id: JobId, move: Move) -> Job | None:
        """The job after `move`, or `None` when there is no such job or the move may not be made."""

        def decided(document: Document | None) -> Document | None:
            moved = None if document is None else move(_from_document(document))
            return None if moved is None else _to_document(moved)

        document = await change(self._jobs, job_id, decided)
        return None if document is None else _from_document({"_id": job_id, **document})


def _to_document(job: Job) -> Document:
    document: Document = plain(job)
    del document["id"]
    return document


def _from_document(document: Document) -> Job:
    return parsed(Job, {**document, "id": document["_id"]})
