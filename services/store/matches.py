"""Decisions and corrections in MongoDB: `matches`.

`_id`: the track id, or a recording's key for what was rejected for all of its tracks. `decision` holds the last
decision, `pinned` the video chosen by hand, `rejected` a row for each video that is never to be served again.
"""

from __future__ import annotations

from dataclasses import replace

from models.ids import RecordingKey, SpotifyId, VideoId
from models.match import Corrections, DecisionRecord, Explanation
from services.store.documents import Clock, parsed, plain, to_ms, utc_now
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import change

_EMPTY: Document = {"pinned": None, "rejected": [], "updated_at": None, "decision": None}


class MongoMatchStore:
    """Implements `MatchStore`."""

    def __init__(self, db: MongoDatabase, *, clock: Clock = utc_now) -> None:
        self._matches = db.collection("matches")
        self._clock = clock

    async def corrections(self, track_id: SpotifyId, recording_key: RecordingKey | None = None) -> Corrections:
        """What is known about the track's videos, and with its key about the recording's; empty when nothing is."""
        found = await self._matches.find({"_id": {"$in": [track_id, recording_key or track_id]}})
        documents = {document["_id"]: document for document in found}
        own = _corrections(track_id, documents.get(track_id))
        if recording_key is None or recording_key not in documents:
            return own
        shared = _rejected(documents[recording_key])
        merged = {video_id: why for video_id, why in shared.items() if video_id != own.pinned} | own.rejected
        return replace(own, rejected=merged)

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
        await self._reject(track_id, video_id, why)

    async def reject_recording(self, recording_key: RecordingKey, video_id: VideoId, why: str) -> None:
        """Never serve this video for any track of this recording, but for one it is pinned for."""
        await self._reject(recording_key, video_id, why)

    async def remember(self, decision: DecisionRecord) -> None:
        """Puts the decision on record for its track, in place of the former one."""
        fields: Document = {"decision": plain(decision)}

        def remembered(document: Document | None) -> Document:
            return fields if document is not None else {**_EMPTY, **fields}

        await change(self._matches, decision.track_id, remembered)

    async def explanation(self, track_id: SpotifyId) -> Explanation:
        """The track's last decision and its corrections; without either when there is none."""
        document = await self._matches.find_one({"_id": track_id})
        decision = (document or _EMPTY).get("decision")
        return Explanation(
            corrections=_corrections(track_id, document),
            decision=None if decision is None else parsed(DecisionRecord, decision),
        )

    async def _reject(self, key: str, video_id: VideoId, why: str) -> None:
        def rejected(document: Document | None) -> Document:
            pinned = (document or _EMPTY)["pinned"]
            row = {"video_id": video_id, "why": why, "at": to_ms(self._clock())}
            return self._dated(None if pinned == video_id else pinned, [*_without(document, video_id), row])

        await change(self._matches, key, rejected)

    def _dated(self, pinned: str | None, rejected: list[Document]) -> Document:
        return {"pinned": pinned, "rejected": rejected, "updated_at": to_ms(self._clock())}


def _corrections(track_id: SpotifyId, document: Document | None) -> Corrections:
    known = document or _EMPTY
    return Corrections(
        track_id=track_id, pinned=known["pinned"], rejected=_rejected(known), updated_at=known["updated_at"]
    )


def _rejected(document: Document) -> dict[VideoId, str]:
    return {row["video_id"]: row["why"] for row in document["rejected"]}


def _without(document: Document | None, video_id: VideoId) -> list[Document]:
    return [row for row in (document or _EMPTY)["rejected"] if row["video_id"] != video_id]
