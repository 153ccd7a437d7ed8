"""Batches in MongoDB: one document each in `batches`, with the fields of `Batch`.

The rows of a batch never change, and may be many: they lie apart in `batch_rows`, `ROWS_PER_DOCUMENT` to a document,
so that a change of the batch writes little. Their `_id` is the batch's with the document's number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from models.batch import Batch, BatchFailure, BatchRow, TrackCounts
from models.errors import DatabaseUnavailable
from models.ids import JobId
from models.job import JobError, JobState, Progress
from services.store import batch_moves
from services.store.documents import Clock, parsed, plain, to_ms, utc_now
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import change, new_revision

ROWS_PER_DOCUMENT = 1000

Move = Callable[[Batch], Batch | None]


class MongoBatchStore:
    """Implements `BatchStore`."""

    def __init__(self, db: MongoDatabase, *, clock: Clock = utc_now) -> None:
        self._batches = db.collection("batches")
        self._rows = db.collection("batch_rows")
        self._clock = clock

    async def ask(self, batch: Batch, rows: Sequence[BatchRow]) -> tuple[Batch, bool]:
        """Makes the wish; the batch and whether this call made it one to be fed."""
        # First the rows: a batch that can be found can be fed. The same id means the same rows.
        await self._rows.put_many(
            [
                {"_id": key, "rows": plain(rows[number * ROWS_PER_DOCUMENT : (number + 1) * ROWS_PER_DOCUMENT])}
                for number, key in enumerate(_row_keys(batch))
            ]
        )
        while True:
            found = await self.get(batch.id)
            if found is None:
                document = _to_document(batch)
                if await self._batches.insert_new({"_id": batch.id, **document, "revision": new_revision()}):
                    return _from_document({"_id": batch.id, **document}), True
            elif batch_moves.is_over(found):
                asked = await self._move(batch.id, lambda held: batch_moves.start_over(held, batch, self._clock()))
                if asked is not None:
                    return asked, True
            else:
                counted = await self._batches.update(
                    {"_id": batch.id, "state": found.state.value, "cancel_requested": False},
                    {
                        "$inc": {"requested_count": 1, "seq": 1},
                        "$set": {"updated_at": to_ms(self._clock()), "revision": new_revision()},
                    },
                )
                if counted and (now := await self.get(batch.id)) is not None:
                    return now, False

    async def get(self, batch_id: JobId) -> Batch | None:
        """The batch now."""
        document = await self._batches.find_one({"_id": batch_id})
        return None if document is None else _from_document(document)

    async def rows(self, batch: Batch) -> list[BatchRow]:
        """Its tracks, in the list's order."""
        rows: list[BatchRow] = []
        for key in _row_keys(batch):
            document = await self._rows.find_one({"_id": key})
            if document is None:
                # Fewer rows must not pass for a batch that is done.
                raise DatabaseUnavailable(cause=f"{key} is gone")
            rows += [parsed(BatchRow, row) for row in document["rows"]]
        return rows

    async def claim(self, batch_id: JobId, owner: str, lease_until: datetime, now: datetime) -> Batch | None:
        """Makes `owner` the one that feeds the batch; `None` when it has ended or another's lease stands."""
        return await self._move(batch_id, lambda batch: batch_moves.claim(batch, owner, lease_until, now))

    async def advance(
        self,
        batch_id: JobId,
        owner: str,
        lease_until: datetime,
        *,
        tracks: TrackCounts,
        progress: Progress,
        failures: Sequence[BatchFailure],
        under_way: Sequence[JobId] = (),
    ) -> Batch | None:
        """Writes how far it is, and prolongs the lease; `None` when `owner` holds it no more."""
        return await self._move(
            batch_id,
            lambda batch: batch_moves.advance(
                batch, owner, lease_until, self._clock(), tracks, progress, failures, under_way
            ),
        )

    async def finish(
        self,
        batch_id: JobId,
        owner: str,
        state: JobState,
        *,
        tracks: TrackCounts,
        progress: Progress,
        failures: Sequence[BatchFailure],
        error: JobError | None = None,
    ) -> Batch | None:
        """→ done, failed or cancelled; drops the lease. `None` when `owner` holds it no more."""
        return await self._move(
            batch_id,
            lambda batch: batch_moves.finish(batch, owner, state, self._clock(), tracks, progress, failures, error),
        )

    async def release(self, batch_id: JobId, owner: str) -> None:
        """Gives the lease back, so that another process can go on at once."""
        await self._move(batch_id, lambda batch: batch_moves.release(batch, owner))

    async def cancel(self, batch_id: JobId) -> Batch | None:
        """Asks for the cancel, which its feed sees to; one that has ended is unchanged."""
        moved = await self._move(batch_id, lambda batch: batch_moves.cancel(batch, self._clock()))
        return moved or await self.get(batch_id)

    async def living(self) -> list[Batch]:
        """Batches that have not ended and are not to be cancelled."""
        found: list[Document] = []
        for state in (JobState.QUEUED, JobState.RUNNING):
            found += await self._batches.find({"state": state.value})
        return [batch for batch in map(_from_document, found) if not batch.cancel_requested]

    async def unfed(self, now: datetime, limit: int) -> list[Batch]:
        """Batches that have not ended and that nobody feeds, oldest first."""
        found: list[Document] = []
        for query in (
            {"state": {"$eq": JobState.QUEUED.value}},
            # `$eq` spelt out: only so does the embedded server use its index beside a date.
            {"state": {"$eq": JobState.RUNNING.value}, "lease_until": {"$eq": None}},
            {"state": {"$eq": JobState.RUNNING.value}, "lease_until": {"$lt": now}},
        ):
            found += await self._batches.find(query, sort=[("created_at", 1)], limit=limit)
        found.sort(key=lambda document: document["created_at"])
        return [_from_document(document) for document in found[:limit]]

    async def _move(self, batch_id: JobId, move: Move) -> Batch | None:
        """The batch after `move`, or `None` when there is no such batch or the move may not be made."""

        def decided(document: Document | None) -> Document | None:
            moved = None if document is None else move(_from_document(document))
            return None if moved is None else _to_document(moved)

        document = await change(self._batches, batch_id, decided)
        return None if document is None else _from_document({"_id": batch_id, **document})


def _row_keys(batch: Batch) -> list[str]:
    documents = -(-batch.row_count // ROWS_PER_DOCUMENT)
    return [f"{batch.id}-{number:04d}" for number in range(documents)]


def _to_document(batch: Batch) -> Document:
    document: Document = plain(batch)
    del document["id"]
    return document


def _from_document(document: Document) -> Batch:
    return parsed(Batch, {**document, "id": document["_id"]})
