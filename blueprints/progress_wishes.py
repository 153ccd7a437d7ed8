"""Which jobs a listener named, in the query of the socket or in a message on it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import ujson

from models.audio import AudioFormat, job_id
from models.errors import InvalidRequest, TooManyRequests
from models.ids import JobId, is_spotify_id, track_id

JOBS_PER_SOCKET = 200
MESSAGE_CHARACTERS = 32_768

_JOB_ID = re.compile(r"[0-9A-Za-z_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Wish:
    """One job to follow; `since` is the `seq` that the listener has from before."""

    job_id: JobId
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a message on the open socket asks for."""

    subscribe: tuple[Wish, ...]
    unsubscribe: tuple[JobId, ...]


def wishes_of_query(pairs: Iterable[tuple[str, str]]) -> tuple[Wish, ...]:
    """The jobs that `track_id=…` and `job_id=…` name, in order, each once.

    `format` goes for every `track_id`. `since` is one number for one job, or one for each job in the same order; one
    number for several jobs is left aside, as each job counts for itself: then every job begins with its snapshot.
    Raises `InvalidRequest`, `InvalidTrackId`, `UnsupportedFormat`, `TooManyRequests`.
    """
    pairs = list(pairs)
    audio_format = AudioFormat.parse(next((value for name, value in pairs if name == "format"), None))
    jobs: list[JobId] = []
    for name, value in pairs:
        if name == "track_id":
            jobs.append(job_id(track_id(value), audio_format))
        elif name == "job_id":
            jobs.append(_job_id(value))
    numbers = [seq_of(value) for name, value in pairs if name == "since"]
    if len(numbers) > 1 and len(numbers) != len(jobs):
        raise InvalidRequest("`since` is given once, or once for each job.")
    known = dict(zip(jobs, numbers, strict=True)) if len(numbers) == len(jobs) else {}
    return _bounded(Wish(each, known.get(each)) for each in dict.fromkeys(jobs))


def change_of_message(message: str | bytes) -> Change:
    """What `{"subscribe": […], "unsubscribe": […]}` asks for.

    An item is a job id, a track id (its m4a job) or `{"job_id" or "track_id": …, "format": …, "since": …}`. Raises as
    `wishes_of_query`.
    """
    if len(message) > MESSAGE_CHARACTERS:
        raise InvalidRequest("The message is too long.")
    try:
        body = ujson.loads(message)
    except ValueError:
        raise InvalidRequest("The message is not JSON.") from None
    if not isinstance(body, dict) or not body.keys() & {"subscribe", "unsubscribe"}:
        raise InvalidRequest('The message is an object with "subscribe" or "unsubscribe".')
    subscribe = _bounded(_wish(item) for item in _items(body, "subscribe"))
    return Change(subscribe, tuple(_wish(item).job_id for item in _items(body, "unsubscribe")))


def _items(body: dict[str, Any], name: str) -> list[Any]:
    items = body.get(name, [])
    if not isinstance(items, list):
        raise InvalidRequest(f'"{name}" is a list.')
    return items


def _wish(item: Any) -> Wish:
    if isinstance(item, str):
        return Wish(job_id(track_id(item), AudioFormat.M4A) if is_spotify_id(item) else _job_id(item))
    if not isinstance(item, dict):
        raise InvalidRequest("A job is named by its id or by an object.")
    since = item.get("since")
    number = None if since is None else seq_of(str(since))
    if "job_id" in item:
        return Wish(_job_id(str(item["job_id"])), number)
    audio_format = AudioFormat.parse(None if item.get("format") is None else str(item["format"]))
    return Wish(job_id(track_id(str(item.get("track_id"))), audio_format), number)


def _job_id(text: str) -> JobId:
    if not is_job_id(text):
        raise InvalidRequest("This is no job id.")
    return JobId(text)


def _bounded(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    found = tuple(wishes)
    if len(found) > JOBS_PER_SOCKET:
        raise TooManyRequests(f"At most {JOBS_PER_SOCKET} jobs on one socket.")
    return found


def is_job_id(text: str) -> bool:
    """Whether `text` could be the id of a job."""
    return _JOB_ID.fullmatch(text) is not None


def seq_of(text: str) -> int:
    """The number of a message; raises `InvalidRequest`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise InvalidRequest("`since` is the `seq` of a message.")
    return int(text)
