"""Messages as bytes: JSON, so that an operator can read a queue. Decoding raises `ValueError` on anything else."""

from __future__ import annotations

import json
import re
from functools import cache

from pydantic import TypeAdapter

from models.ids import JobId
from models.progress import ProgressEvent

_JOB_ID = re.compile(r"[0-9A-Za-z_-]{1,100}")


def job_to_bytes(job_id: JobId) -> bytes:
    """`{"job_id": …}`."""
    return json.dumps({"job_id": job_id}).encode()


def job_from_bytes(body: bytes) -> JobId:
    """The job id that `job_to_bytes` wrote."""
    message = json.loads(body)
    job_id = message.get("job_id") if isinstance(message, dict) else None
    if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
        raise ValueError("no job id")
    return JobId(job_id)


@cache
def _events() -> TypeAdapter[ProgressEvent]:
    # Built on first use: a schema costs some milliseconds, and start-up time is counted.
    return TypeAdapter(ProgressEvent)


def event_to_bytes(event: ProgressEvent) -> bytes:
    """The event's fields by name."""
    return _events().dump_json(event)


def event_from_bytes(body: bytes) -> ProgressEvent:
    """The event that `event_to_bytes` wrote; fields it does not know are ignored, as a newer worker may send them."""
    return _events().validate_json(body)
