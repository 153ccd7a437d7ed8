"""Finding the right recording: candidates, signals, decisions, corrections."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.ids import RecordingKey, SpotifyId, VideoId


class VideoType(StrEnum):
    """YouTube Music's kind of upload (`MUSIC_VIDEO_TYPE_…`)."""

    ATV = "ATV"
    """Album audio, on an "Artist - Topic" channel."""
    OMV = "OMV"
    """Official music video."""
    UGC = "UGC"
    """A user's upload."""
    OFFICIAL_SOURCE_MUSIC = "OFFICIAL_SOURCE_MUSIC"
    """Uploaded by an official source, neither album audio nor the video."""


class Shelf(StrEnum):
    """Where a candidate was found, asked in this order and only as far as needed."""

    SONGS = "songs"
    """YouTube Music, songs."""
    VIDEOS = "videos"
    """YouTube Music, videos."""
    YOUTUBE = "youtube"
    """Plain YouTube search."""


class QueryKind(StrEnum):
    """What was asked."""

    TITLE = "title"
    ISRC = "isrc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where a search showed a candidate; `rank` from 0."""

    shelf: Shelf
    query_kind: QueryKind
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A video that may hold the recording, as the search described it. `None`: the search did not say."""

    video_id: VideoId
    title: str
    artists: tuple[str, ...] = ()
    channel: str | None = None
    channel_id: str | None = None
    album: str | None = None
    duration_s: float | None = None
    views: int | None = None
    video_type: VideoType | None = None
    is_song: bool = False
    """Listed as a song by YouTube Music."""
    official: bool | None = None
    channel_verified: bool | None = None
    explicit: bool | None = None
    available: bool = True
    found_in: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One reason for or against a candidate. The points of all signals add up to the candidate's score."""

    name: str
    points: float
    reason: str
    """A short English sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredCandidate:
    """A candidate with its reasons; `veto` names the reason why it may never be chosen, whatever its score."""

    candidate: Candidate
    score: float
    confidence: float
    """0..1: how sure it is that this is the wanted recording."""
    signals: tuple[Signal, ...]
    veto: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchDecision:
    """What was chosen and why. `chosen` is `None` when no candidate is surely right: refused rather than guessed."""

    chosen: ScoredCandidate | None
    ranked: tuple[ScoredCandidate, ...]
    """Best first; those that may be tried when the chosen one fails come before those with a veto."""
    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """What people and failed verifications have said about a track's videos: one document of `matches`."""

    track_id: SpotifyId
    pinned: VideoId | None = None
    """Chosen by hand: wins over every score."""
    rejected: dict[VideoId, str] = field(default_factory=dict)
    """Never to be served for this track again: video → why (`reported`, `wrong_length`, …)."""
    updated_at: datetime | None = None
    """When somebody, or a verification, last spoke; `None`: never."""

    def allows(self, video_id: VideoId) -> bool:
        """Whether audio of this video may be served for the track."""
        return video_id not in self.rejected and self.pinned in {None, video_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A decision as put on record: the field `decision` in a document of `matches`."""

    chosen: ScoredCandidate | None
    """What serves the track, or is being fetched for it; `None`: refused, or nothing that was tried could be had."""
    runners_up: tuple[ScoredCandidate, ...]
    """The best of the others, each with the veto that speaks against it, if one does."""
    reason: str
    """One sentence or two."""
    track_id: SpotifyId
    """The track it was made for."""
    recording_key: RecordingKey
    """What the track shares with the same recording under other ids."""
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is on record about a track: the last decision, if one was made, and what was corrected."""

    corrections: Corrections
    decision: DecisionRecord | None = None
