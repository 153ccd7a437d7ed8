"""Decisions as they are put on record, and as they read once people have corrected them: pure, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from models.ids import RecordingKey, VideoId
from models.match import Corrections, DecisionRecord, MatchDecision, ScoredCandidate
from models.music import Track
from services.matching.choose import by_hand

RUNNERS_UP = 10
"""Runners-up kept: the others are other songs."""


class Outcome(StrEnum):
    """How the matter of a track's video stands."""

    CHOSEN = "chosen"
    NO_MATCH = "no_match"
    """Refused, or none of those chosen could be had."""
    PENDING = "pending"
    """To be decided by the next download."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A decision in the light of what was corrected since."""

    outcome: Outcome
    chosen: ScoredCandidate | None
    runners_up: tuple[ScoredCandidate, ...]
    reason: str


def on_record(
    decision: MatchDecision,
    track: Track,
    recording_key: RecordingKey,
    now: datetime,
    *,
    failed: Mapping[VideoId, str],
    chosen: ScoredCandidate | None,
    reason: str | None = None,
) -> DecisionRecord:
    """The record: `chosen` serves the track; `failed` were tried in vain, and why."""
    others = [
        replace(scored, veto=f"tried in vain: {failed[scored.candidate.video_id]}")
        if scored.candidate.video_id in failed
        else scored
        for scored in decision.ranked
        if chosen is None or scored.candidate.video_id != chosen.candidate.video_id
    ]
    # With their veto, those that were tried stand first among those that are out.
    others.sort(key=lambda scored: (scored.veto is not None, -scored.score))
    return DecisionRecord(
        chosen=chosen,
        runners_up=tuple(others[:RUNNERS_UP]),
        reason=reason or decision.reason,
        track_id=track.id,
        recording_key=recording_key,
        decided_at=now,
    )


def in_the_light_of(decision: DecisionRecord | None, corrections: Corrections) -> Verdict:
    """The verdict: a video pinned since is the chosen one; one rejected since is no more."""
    known = () if decision is None else (*((decision.chosen,) if decision.chosen else ()), *decision.runners_up)
    others = tuple(_rejected(scored, corrections.rejected) for scored in known)
    if corrections.pinned is not None:
        return _pinned(corrections.pinned, decision, others)
    if decision is None:
        return Verdict(
            outcome=Outcome.PENDING, chosen=None, runners_up=(), reason="Nothing was decided yet for this track."
        )
    if decision.chosen is None:
        return Verdict(outcome=Outcome.NO_MATCH, chosen=None, runners_up=others, reason=decision.reason)
    if decision.chosen.candidate.video_id in corrections.rejected:
        reason = "The chosen video was rejected since; the next download decides anew."
        return Verdict(outcome=Outcome.PENDING, chosen=None, runners_up=others, reason=reason)
    if _was_by_hand(decision.chosen):
        reason = "The chosen video is pinned no more; the next download decides anew."
        return Verdict(outcome=Outcome.PENDING, chosen=None, runners_up=others, reason=reason)
    return Verdict(outcome=Outcome.CHOSEN, chosen=decision.chosen, runners_up=others[1:], reason=decision.reason)


def _pinned(pinned: VideoId, decision: DecisionRecord | None, known: tuple[ScoredCandidate, ...]) -> Verdict:
    chosen = by_hand(pinned, known)
    obeyed = decision is not None and any(
        scored.candidate.video_id == pinned and _was_by_hand(scored)
        for scored in (decision.chosen, *decision.runners_up)
        if scored is not None
    )
    reason = decision.reason if decision is not None and obeyed else "Chosen by hand; the next download serves it."
    return Verdict(
        outcome=Outcome.CHOSEN,
        chosen=chosen,
        runners_up=tuple(scored for scored in known if scored.candidate.video_id != pinned),
        reason=reason,
    )


def _was_by_hand(scored: ScoredCandidate) -> bool:
    return any(signal.name == "pinned" for signal in scored.signals)


def _rejected(scored: ScoredCandidate, rejected: Mapping[VideoId, str]) -> ScoredCandidate:
    why = rejected.get(scored.candidate.video_id)
    return scored if why is None else replace(scored, veto=f"rejected: {why}")
