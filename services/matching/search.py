"""Finding candidates: asking the shelves in rounds, only as far as needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from models.errors import NoMatch, SourceBlocked, SourceError
from models.ids import VideoId
from models.match import Candidate, Corrections, MatchDecision, Shelf
from models.music import Track
from services.matching.choose import SURE_CONFIDENCE, decide
from services.matching.queries import SearchStep, plan_queries
from services.source.base import CandidateSearch

logger = logging.getLogger(__name__)

OnStep = Callable[[Sequence[SearchStep]], None]
"""Called before each round with its steps; must return at once."""


async def find(
    track: Track, search: CandidateSearch, corrections: Corrections | None = None, *, on_step: OnStep | None = None
) -> MatchDecision:
    """The decision over everything that had to be asked; `chosen` is `None` when all was asked and nothing is sure.

    A pin is obeyed without asking. A shelf that fails is left out, which the decision's reason tells; when nothing is
    chosen without it, its `SourceError` is raised: the right video may lie just there. Raises a `NoMatch` that is worth
    a retry when every shelf answered and all were empty: YouTube finds something for any words, so this tells more
    about the moment than about the track.
    """
    if corrections is not None and corrections.pinned is not None:
        return decide(track, (), corrections)
    found: dict[VideoId, Candidate] = {}
    failures: dict[Shelf, SourceError] = {}
    decision = decide(track, (), corrections)
    for _, steps in groupby(plan_queries(track), key=lambda step: step.round):
        batch = [step for step in steps if step.shelf not in failures]
        if not batch:
            continue
        if on_step is not None:
            on_step(batch)
        for step, answer in zip(batch, await _ask(search, batch), strict=True):
            if isinstance(answer, SourceError):
                failures[step.shelf] = answer
            else:
                merge(found, answer)
        decision = decide(track, tuple(found.values()), corrections)
        if decision.chosen is not None and decision.chosen.confidence >= SURE_CONFIDENCE:
            break
        if any(isinstance(failure, SourceBlocked) for failure in failures.values()):
            break  # Every further question would be refused too, and prolong the ban.
    if failures and decision.chosen is None:
        raise next(iter(failures.values()))
    if not found:
        raise NoMatch("YouTube's search found nothing at all.", retryable=True, track_id=track.id)
    return _with_failures(decision, failures)


async def _ask(search: CandidateSearch, steps: Sequence[SearchStep]) -> list[list[Candidate] | SourceError]:
    """Each step's answer or failure, asked side by side; any other exception cancels the rest and is raised."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_ask_one(search, step), name=f"search-{step.shelf}-{step.kind}") for step in steps]
    return [task.result() for task in tasks]


async def _ask_one(search: CandidateSearch, step: SearchStep) -> list[Candidate] | SourceError:
    try:
        return await search.search(step.query, step.shelf, step.kind, step.limit)
    except SourceError as failure:
        logger.warning(
            "search_failed",
            extra={"shelf": step.shelf, "kind": step.kind, "code": failure.code, "reason": failure.message},
        )
        return failure


def merge(found: dict[VideoId, Candidate], more: Iterable[Candidate]) -> None:
    """Adds candidates to those found; a video met again keeps every place where it was shown, and fills its gaps."""
    for candidate in more:
        known = found.get(candidate.video_id)
        found[candidate.video_id] = candidate if known is None else _completed(known, candidate)


def _completed(known: Candidate, again: Candidate) -> Candidate:
    places = (*known.found_in, *(place for place in again.found_in if place not in known.found_in))
    return replace(
        known,
        artists=known.artists or again.artists,
        channel=known.channel or again.channel,
        channel_id=known.channel_id or again.channel_id,
        album=known.album or again.album,
        duration_s=known.duration_s if known.duration_s is not None else again.duration_s,
        views=max((views for views in (known.views, again.views) if views is not None), default=None),
        video_type=known.video_type or again.video_type,
        is_song=known.is_song or again.is_song,
        official=known.official if known.official is not None else again.official,
        channel_verified=known.channel_verified if known.channel_verified is not None else again.channel_verified,
        explicit=known.explicit if known.explicit is not None else again.explicit,
        available=known.available and again.available,
        found_in=places,
    )


def _with_failures(decision: MatchDecision, failures: dict[Shelf, SourceError]) -> MatchDecision:
    if not failures:
        return decision
    told = ", ".join(f"{shelf} ({failure.code})" for shelf, failure in failures.items())
    return replace(decision, reason=f"{decision.reason} Not every shelf could be asked: {told}.")
