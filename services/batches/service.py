"""Batches as the outside sees them: asked for, looked at, cancelled, taken home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from models.audio import AudioFormat
from models.batch import Batch, TrackCounts, batch_id
from models.caller import Caller
from models.errors import BatchNotFinished, JobNotFound
from models.ids import JobId, SpotifyId
from models.job import JobState, Progress
from models.progress import ProgressEvent
from services.archive import Archive
from services.batches.contents import BatchContents
from services.batches.feeder import BatchFeeder
from services.batches.lists import TrackList, TrackLists
from services.batches.withdraw import Withdrawal
from services.broker.base import Broker
from services.limits.jobs import JobLimit
from services.links import LinkResolver
from services.store.base import BatchStore

ASK_AGAIN_S = 2.0


class BatchService:
    """Makes batches, and opens their archives."""

    def __init__(
        self,
        *,
        links: LinkResolver,
        lists: TrackLists,
        batches: BatchStore,
        feeder: BatchFeeder,
        withdrawal: Withdrawal,
        contents: BatchContents,
        broker: Broker,
        limit: JobLimit | None = None,
    ) -> None:
        """`limit`: how many jobs one caller may have under way; `None`: any number."""
        self._links = links
        self._lists = lists
        self._batches = batches
        self._feeder = feeder
        self._withdrawal = withdrawal
        self._contents = contents
        self._broker = broker
        self._limit = limit

    async def of_link(self, text: str, audio_format: AudioFormat, *, caller: Caller | None = None) -> Batch:
        """The batch of the first Spotify link in `text`: a track, an album or a playlist.

        Safe to repeat: the same wish is the same batch while it lasts, and starts over once it has ended. Its jobs
        count for `caller`, and wait for their turn within its limit. Raises what reading the link and its list may
        raise.
        """
        return await self._ask(await self._lists.of(await self._links.resolve(text)), audio_format, caller)

    async def of_tracks(
        self, track_ids: Sequence[SpotifyId], audio_format: AudioFormat, *, caller: Caller | None = None
    ) -> Batch:
        """The batch of these tracks; repeated ones count once. Raises `InvalidRequest` and `TooManyTracks`."""
        return await self._ask(self._lists.of_ids(track_ids), audio_format, caller)

    async def get(self, wanted: JobId) -> Batch:
        """The batch now; raises `JobNotFound`."""
        batch = await self._batches.get(wanted)
        if batch is None:
            raise JobNotFound
        return batch

    async def cancel(self, wanted: JobId) -> Batch:
        """Asks for the end of the batch, which comes within a second; one that has ended is left as it is.

        Its queued and running jobs are stopped, but for those that another living batch, or somebody who asked for
        the track by itself, wants too. Raises `JobNotFound`.
        """
        batch = await self._batches.cancel(wanted)
        if batch is None:
            raise JobNotFound
        if not batch.state.is_final:
            # At once; the batch's feed, which ends it, does so again for what it may have asked for meanwhile.
            await self._withdrawal.withdraw(batch, await self._batches.rows(batch))
            self._feeder.nudge()
        return batch

    async def archive(self, wanted: JobId) -> Archive:
        """The files of a batch that has ended, as a ZIP to be streamed. Raises `JobNotFound`, `BatchNotFinished`."""
        batch = await self.get(wanted)
        if not batch.state.is_final:
            raise BatchNotFinished(retry_after_s=ASK_AGAIN_S)
        return await self._contents.archive(batch)

    async def _ask(self, tracks: TrackList, audio_format: AudioFormat, caller: Caller | None) -> Batch:
        now = datetime.now(UTC)
        total = len(tracks.rows) + len(tracks.unavailable)
        batch, to_be_fed = await self._batches.ask(
            Batch(
                id=batch_id(tracks.source, audio_format, tracks.rows),
                source=tracks.source,
                format=audio_format,
                row_count=len(tracks.rows),
                complete=tracks.complete,
                state=JobState.QUEUED,
                seq=1,
                created_at=now,
                updated_at=now,
                tracks=TrackCounts(total=total, failed=len(tracks.unavailable), queued=len(tracks.rows)),
                progress=Progress(percent=100 * len(tracks.unavailable) / total),
                failures=tracks.unavailable,
                asked_by=None if self._limit is None else self._limit.label(caller),
            ),
            tracks.rows,
        )
        if to_be_fed:
            await self._broker.publish_event(ProgressEvent.of(batch))
            self._feeder.nudge()
        return batch
