"""Choosing among candidates, or refusing to: pure, no I/O."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from models.ids import VideoId
from models.match import Candidate, Corrections, MatchDecision, ScoredCandidate, Signal
from models.music import Track
from services.lengths import utmost_ms
from services.matching import artist_signals, signals, version_signals
from services.matching.artists import ArtistMatch
from services.matching.naming import TitleMatch
from services.matching.subject import Viewed, Wanted, album_names, view, want

MIN_CONFIDENCE = 0.5
"""Below this a candidate is refused."""
SURE_CONFIDENCE = 0.9
"""From here on no further search is needed."""
_STEEPNESS = 0.7


def decide(track: Track, candidates: Sequence[Candidate], corrections: Corrections | None = None) -> MatchDecision:
    """The best candidate, or none when no candidate is surely right.

    A pinned video is chosen whatever the candidates are; a rejected one never. `ranked` holds every candidate: first
    those that may be tried in turn (no veto), the best of them first.
    """
    pinned = corrections.pinned if corrections is not None else None
    rejected = corrections.rejected if corrections is not None else {}
    wanted = want(track)
    wanted.named_by_album = album_names(wanted, candidates)
    # In two rounds, which a processor's caches like better than one.
    viewed = [view(wanted, candidate) for candidate in candidates]
    ranked = sorted(
        [_score(wanted, seen, rejected.get(seen.candidate.video_id)) for seen in viewed],
        key=lambda scored: (scored.veto is not None, -scored.score),
    )
    if pinned is not None:
        chosen = by_hand(pinned, ranked)
        others = [scored for scored in ranked if scored.candidate.video_id != pinned]
        return MatchDecision(chosen=chosen, ranked=(chosen, *others), reason="Chosen by hand.")
    if not ranked:
        return MatchDecision(chosen=None, ranked=(), reason="No search found anything.")
    best = ranked[0]
    if best.veto is None:
        return MatchDecision(chosen=best, ranked=tuple(ranked), reason=_sentence(best))
    return MatchDecision(chosen=None, ranked=tuple(ranked), reason=f"No candidate is surely right. {_nearest(ranked)}")


def score(wanted: Wanted, candidate: Candidate) -> ScoredCandidate:
    """One candidate's reasons, their sum, and the confidence that follows."""
    return _score(wanted, view(wanted, candidate), None)


def _score(wanted: Wanted, viewed: Viewed, rejected: str | None) -> ScoredCandidate:
    candidate = viewed.candidate
    found = _signals(wanted, viewed)
    points = round(sum([signal.points for signal in found]), 3)
    confidence = _confidence(points)
    veto: str | None = None
    if rejected is not None:
        veto = f"rejected: {rejected}"
    elif not candidate.available:
        veto = "not available"
    elif confidence < MIN_CONFIDENCE:
        veto = "not sure enough"
    elif _too_far(wanted, candidate):
        veto = "too far in length"
    return ScoredCandidate(candidate=candidate, score=points, confidence=confidence, signals=tuple(found), veto=veto)


@lru_cache(maxsize=1024)  # Points are of few kinds.
def _confidence(points: float) -> float:
    return round(1.0 / (1.0 + math.exp(-_STEEPNESS * points)), 4)


def _signals(wanted: Wanted, viewed: Viewed) -> list[Signal]:
    plausible = viewed.plausible
    if not plausible and not viewed.is_vouched_for:
        # Another song: nothing else can save it, and most candidates are such.
        return [signals.PRIOR, signals.title(wanted, viewed), signals.duration(wanted, viewed)]
    artist_match, artists = artist_signals.artists(wanted, viewed)
    acquitted = _acquitted(wanted, viewed, artist_match)
    title = acquitted or signals.title(wanted, viewed)
    found = [signals.PRIOR, title, artists, signals.duration(wanted, viewed)]
    if not plausible and acquitted is None:
        return found
    found.append(signals.uploader(viewed, artist_match))
    more = (
        version_signals.versions(wanted, viewed),
        artist_signals.guests(wanted, viewed),
        signals.strangers(wanted, viewed),
        signals.album(wanted, viewed),
        signals.explicitness(wanted, viewed),
        signals.isrc(viewed),
        signals.remaster(wanted, viewed),
    )
    found.extend([signal for signal in more if signal is not None])
    found.append(signals.last_word(viewed))
    return found


def _too_far(wanted: Wanted, candidate: Candidate) -> bool:
    """Whether the proof after fetching would refuse it, however well the rest fits."""
    if not wanted.duration_s or candidate.duration_s is None:
        return False
    return abs(candidate.duration_s - wanted.duration_s) * 1000 > utmost_ms(wanted.duration_s * 1000)


def _acquitted(wanted: Wanted, viewed: Viewed, match: ArtistMatch) -> Signal | None:
    """A title that cannot be recognised, of a video that something else names: the ISRC, or the album."""
    title = viewed.comparison.match
    if title is not TitleMatch.DIFFERENT and title is not TitleMatch.OPEN:
        return None
    theirs = viewed.candidate.duration_s
    if theirs is None or abs(theirs - wanted.duration_s) > 2.0:
        return None
    by_artist = match in {ArtistMatch.MAIN, ArtistMatch.SOUNDS_ALIKE, ArtistMatch.POSSIBLE}
    if by_artist and signals.isrc(viewed) is not None:
        reason = "The title is another one, but the track's ISRC names this video."
        return Signal(name="title", points=-1.0, reason=reason)
    if (by_artist or match is ArtistMatch.OPEN) and viewed.candidate.video_id == wanted.named_by_album:
        reason = "The title is in another script; of that album, it alone is of this length."
        return Signal(name="title", points=2.5, reason=reason)
    return None


def by_hand(video_id: VideoId, known: Sequence[ScoredCandidate]) -> ScoredCandidate:
    """The pinned video, with what is known of it; its own signals stay, for people to read."""
    pin = Signal(name="pinned", points=0.0, reason="Chosen by hand.")
    for scored in known:
        if scored.candidate.video_id == video_id:
            others = (signal for signal in scored.signals if signal.name != pin.name)
            return ScoredCandidate(
                candidate=scored.candidate, score=scored.score, confidence=1.0, signals=(pin, *others)
            )
    # No search showed it: all that is known is its id.
    return ScoredCandidate(candidate=Candidate(video_id=video_id, title=""), score=0.0, confidence=1.0, signals=(pin,))


def _sentence(chosen: ScoredCandidate) -> str:
    channel = chosen.candidate.channel or "an unnamed channel"
    return f"{chosen.candidate.title!r} by {channel} is the best of the candidates."


def _nearest(ranked: Sequence[ScoredCandidate]) -> str:
    best = max(ranked, key=lambda scored: scored.score)
    against = min(best.signals, key=lambda signal: signal.points if signal.name != "prior" else 0.0)
    return f"The nearest was {best.candidate.title!r}: {against.reason}"
