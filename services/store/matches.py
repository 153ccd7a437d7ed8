"""Corrections in MongoDB: `matches` (`_id`: track id), with the pinned video and a row for each rejected one."""

from __future__ import annotations

from models.ids import SpotifyId, VideoId
from models.match import Corrections
from services.store.documents import Clock, to_ms, utc_now
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import change

_EMPTY: Document = {"pinned": None, "rejected": []}


class MongoMatchStore:
    """Implements `MatchStore`."""

    def __init__(self, db: MongoDatabase, *, clock: Clock = utc_now) -> None:
        self._matches = db.collection("matches")
        self._clock = clock

    async def corrections(self, track_id: SpotifyId) -> Corrections:
        """What is known about the track's videos; empty when nothing is."""
        document = await self._matches.find_one({"_id": track_id})
        if document is None:
            return Corrections(track_id=track_id)
        return Corrections(
            track_id=track_id,
            pinned=document["pinned"],
            rejected={row["video_id"]: row["why"] for row in document["rejected"]},
            updated_at=document["updated_at"],
        )

    async def pin(self, track_id: SpotifyId, video_id: VideoId) -> None:
        """Makes this video win; takes it off the rejected ones."""

        def pinned(document: Document | None) -> Document:
            return self._dated(video_id, _without(document, video_id))

        await change(self._matches, track_id, pinned)

    async def unpin(self, track_id: SpotifyId) -> bool:
        """Removes the pin; whether there was one."""

        def unpinned(document: Document | None) -> Document | None:
            if document is None or document["pinned"] is None:
                return None
            return self._dated(None, document["rejected"])

        return await change(self._matches, track_id, unpinned) is not None

    async def reject(self, track_id: SpotifyId, video_id: VideoId, why: str) -> None:
        """Never serve this video for this track again; a pin on it goes."""

        def rejected(document: Document | None) -> Document:
            pinned = (document or _EMPTY)["pinned"]
            row = {"video_id": video_id, "why": why, "at": to_ms(self._clock())}
            return self._dated(None if pinned == video_id else pinned, [*_without(document, video_id), row])

        await change(self._matches, track_id, rejected)

    def _dated(self, pinned: str | None, rejected: list[Document]) -> Document:
        return {"pinned": pinned, "rejected": rejected, "updated_at": to_ms(self._clock())}


def _without(document: Document | None, video_id: VideoId) -> list[Document]:
    return [row for row in (document or _EMPTY)["rejected"] if row["video_id"] != video_id]
