"""Who may write to the bucket now, and how much was written lately: `bucket_lanes` and `bucket_pace`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.bucket.pace import PaceState
from services.store.documents import Clock, to_ms, utc_now
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import change


class MongoLanes:
    """Implements `Lanes`."""

    def __init__(self, db: MongoDatabase, *, clock: Clock = utc_now) -> None:
        self._lanes = db.collection("bucket_lanes")
        self._clock = clock

    async def claim(self, lane: str, owner: str, until: datetime) -> bool:
        """Makes `owner` the only writer, unless another one lives; renews its own claim."""

        def taken(claim: Document | None) -> Document | None:
            if claim is not None and claim["owner"] != owner and claim["until"] > self._clock():
                return None
            return {"owner": owner, "until": to_ms(until)}

        return await change(self._lanes, lane, taken) is not None

    async def release(self, lane: str, owner: str) -> None:
        """Lets the next writer in, if `owner` still is the writer."""
        await self._lanes.delete({"_id": lane, "owner": owner})


class MongoPaceBook:
    """Implements `PaceBook`. The stamps are numbers: seconds since 1970."""

    def __init__(self, db: MongoDatabase) -> None:
        self._pace = db.collection("bucket_pace")

    async def change(self, name: str, decide: Callable[[PaceState], PaceState | None]) -> PaceState | None:
        """Writes what `decide` gives for the state as it is, and returns it; `None`: nothing was to be written."""

        def decided(document: Document | None) -> Document | None:
            found = document or {}
            state = decide(PaceState(tuple(found.get("stamps", ())), found.get("hold_until", 0.0)))
            return None if state is None else {"stamps": list(state.stamps), "hold_until": state.hold_until}

        written = await change(self._pace, name, decided)
        return None if written is None else PaceState(tuple(written["stamps"]), written["hold_until"])
