"""Where addresses are, in MongoDB: the fields of `ip_traces` that a geo service has to be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from models.access import GeoState, Lease, Place
from services.store.documents import to_ms
from services.store.mongo import Document, MongoDatabase
from services.store.versioned import change

_LEASE = "geo"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class MongoTraceStore:
    """Implements `TraceStore`. The lease is the document `geo` of `access_leases`."""

    def __init__(self, db: MongoDatabase) -> None:
        self._traces = db.collection("ip_traces")
        self._spans = [db.collection(name) for name in ("ip_hours", "ip_days")]
        self._leases = db.collection("access_leases")

    async def pending(self, limit: int) -> list[str]:
        """Addresses that are to be asked about."""
        found = await self._traces.find({"geo": GeoState.PENDING.value}, limit=limit)
        return [trace["ip"] for trace in found]

    async def located(self, places: Sequence[Place]) -> None:
        """Keeps what was learnt; addresses that were forgotten meanwhile stay forgotten."""
        for place in places:
            # In this order: whoever counts a request meanwhile reads the place, or is found below.
            await self._traces.update({"_id": place.ip}, {"$set": _fields(place)})
            if place.country_code is not None:
                for spans in self._spans:
                    await spans.update_many({"ip": place.ip}, {"$set": {"country_code": place.country_code}})

    async def lease(self, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Makes `owner` the one that asks, or renews its lease; `None` while another one's stands."""

        def taken(document: Document | None) -> Document | None:
            if document is not None and document["owner"] != owner and document["until"] > now:
                return None
            not_before = _NEVER if document is None else document["not_before"]
            return {"owner": owner, "until": to_ms(until), "not_before": not_before}

        document = await change(self._leases, _LEASE, taken)
        return None if document is None else Lease(**document)

    async def hold_back(self, owner: str, not_before: datetime) -> None:
        """Nobody asks before that moment."""

        def held_back(document: Document | None) -> Document | None:
            if document is None or document["owner"] != owner:
                return None
            return {"owner": owner, "until": document["until"], "not_before": to_ms(not_before)}

        await change(self._leases, _LEASE, held_back)


def _fields(place: Place) -> Document:
    fields: Document = {"geo": place.state.value}
    if place.state is not GeoState.KNOWN:
        return fields
    return fields | {
        "coordinates": None if place.lat is None else {"lat": place.lat, "lng": place.lng},
        "country": place.country,
        "country_code": place.country_code,
        "region": place.region,
        "isp": place.isp,
        "timezone": place.timezone,
    }
