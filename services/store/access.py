"""Access records in MongoDB: `access_logs`, one document a request, and the sums of `services.store.access_rollup`.

Exact without transactions. Each sum remembers the last batches it took (`upsert_once`), and a batch's first record is
inserted last: where it is, nothing of the batch is left to do.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from models.access import AccessBatch, Forgotten, GeoState
from services.store.access_rollup import log_documents, person_changes, traffic_changes
from services.store.documents import Clock, to_ms, utc_now
from services.store.mongo import Document, MongoDatabase

TOMBSTONE_KEPT = timedelta(days=8)
"""Longer than any batch is likely to wait in a spool or a queue."""
_PERSONAL = ("access_logs", "ip_traces", "ip_trace_urls", "ip_hours", "ip_days")
_IDS_PER_QUERY = 500
_DOCUMENTS_AT_ONCE = 250
"""Few enough for what requests ask of the database not to wait long behind them."""


class MongoAccessStore:
    """Implements `AccessStore`."""

    def __init__(self, db: MongoDatabase, *, retention_days: int, clock: Clock = utc_now) -> None:
        self._db = db
        self._logs = db.collection("access_logs")
        self._traces = db.collection("ip_traces")
        self._tombstones = db.collection("ip_forgotten")
        self._keep = timedelta(days=retention_days)
        self._clock = clock

    async def write(self, batch: AccessBatch) -> None:
        """Stores and counts the batch exactly once."""
        last = f"{batch.id}-0"
        if not batch.records or await self._logs.find_one({"_id": last}) is not None:
            return
        ips = list(dict.fromkeys(record.ip for record in batch.records if record.ip))
        forgotten = await self._forgotten(ips)
        records = [
            (number, record)
            for number, record in enumerate(batch.records)
            if not (record.ip in forgotten and record.ts <= forgotten[record.ip].timestamp())
        ]
        # In threads: a full batch takes some ten milliseconds.
        changes = await asyncio.to_thread(traffic_changes, batch.records, self._keep)
        places = await self._countries(ips)
        named = [record for _, record in records]
        changes |= await asyncio.to_thread(person_changes, named, self._keep, places)
        for name, updates in changes.items():
            await self._db.collection(name).upsert_once(updates, batch.id)
        documents = log_documents(batch.id, records, self._keep)
        others = [each for each in documents if each["_id"] != last]
        for start in range(0, len(others), _DOCUMENTS_AT_ONCE):
            await self._logs.insert_missing(others[start : start + _DOCUMENTS_AT_ONCE])
        await self._color(changes, [ip for ip in ips if ip not in places])
        await self._logs.insert_missing([each for each in documents if each["_id"] == last])
        # Whoever was forgotten while this was written must not be left behind by it.
        for ip, at in (await self._forgotten(ips)).items():
            if forgotten.get(ip) != at:
                await self._erase(ip)

    async def forget(self, ip: str) -> Forgotten:
        """Removes every document of this address; the sums that name nobody keep their counts."""
        # Rounded up: what was recorded before this call came before this moment.
        now = to_ms(self._clock()) + timedelta(milliseconds=1)
        tombstone: Document = {"_id": _hashed(ip), "at": now, "expires_at": now + TOMBSTONE_KEPT}
        await self._tombstones.put_many([tombstone])
        return Forgotten(ip=ip, removed=await self._erase(ip))

    async def _erase(self, ip: str) -> dict[str, int]:
        return {name: await self._db.collection(name).delete({"ip": ip}) for name in _PERSONAL}

    async def _forgotten(self, ips: Sequence[str]) -> dict[str, datetime]:
        """Addresses that were forgotten of late, and when."""
        by_hash = {_hashed(ip): ip for ip in ips}
        found = await self._tombstones.find({"_id": {"$in": list(by_hash)}}) if ips else []
        return {by_hash[each["_id"]]: each["at"] for each in found}

    async def _countries(self, ips: Sequence[str]) -> dict[str, str | None]:
        """The country's code of each address whose place is known."""
        known: dict[str, str | None] = {}
        for start in range(0, len(ips), _IDS_PER_QUERY):
            for trace in await self._traces.find({"_id": {"$in": ips[start : start + _IDS_PER_QUERY]}}):
                if trace["geo"] != GeoState.PENDING.value:
                    known[trace["_id"]] = trace.get("country_code")
        return known

    async def _color(self, changes: dict[str, dict[str, Document]], ips: Sequence[str]) -> None:
        """Notes the countries of addresses whose place became known while this batch was written."""
        codes = {ip: code for ip, code in (await self._countries(ips)).items() if code is not None}
        if not codes:
            return
        for name in ("ip_hours", "ip_days"):
            keys = {key: codes.get(change["$setOnInsert"]["ip"]) for key, change in changes[name].items()}
            await self._db.collection(name).upsert_many(
                {key: {"$set": {"country_code": code}} for key, code in keys.items() if code is not None}
            )


def _hashed(ip: str) -> str:
    # So that the list of the forgotten is not itself a list of addresses to read.
    return hashlib.sha256(f"music-dl forgets {ip}".encode()).hexdigest()
