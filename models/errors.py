"""Everything that can go wrong, as one tree; no HTTP in it (`blueprints.errors` maps each class to a status).

    MusicError
    ├── RequestError         the caller asked for something that cannot be
    │   ├── InvalidRequest · InvalidLink · PodcastLink · InvalidTrackId · UnsupportedFormat · TooManyTracks
    │   └── NoAlternative
    ├── NotFoundError        somebody answered, and it does not exist (may be remembered)
    │   ├── TrackNotFound · AlbumNotFound · PlaylistNotFound · ArtistNotFound · LinkNotFound
    │   └── RowUnavailable · JobNotFound · MediaNotFound · MatchUnknown · RouteNotFound
    ├── CatalogError         Spotify: we could not learn (never remembered)
    │   ├── CatalogUnreachable · CatalogTimeout · CatalogFailed · CatalogMalformed
    │   └── CatalogRateLimited · CatalogRefused · CatalogCredentialsRejected
    ├── SourceError          YouTube: search, extraction, media
    │   ├── NoMatch · TrackTooLong
    │   ├── VideoError       this video cannot be had; another one may do
    │   │   ├── VideoPrivate · VideoRemoved · VideoMembersOnly · VideoGeoBlocked · VideoAgeRestricted
    │   │   └── VideoDrmProtected · VideoIsLive · VideoFormatMissing · VideoFailed
    │   ├── SourceBlocked    every video will fail the same way for a while
    │   │   └── BotCheck · SessionLimited · SourceRateLimited
    │   ├── SourceUnreachable · SourceTimeout · SourceFailed
    │   └── MediaRefused · MediaInterrupted
    ├── AudioError           the bytes arrived and are not what was wanted
    │   ├── AudioCorrupt · AudioToolFailed · TranscodeFailed · TaggingFailed
    │   └── AudioMismatch    it is sound, and not that of the track
    │       └── AudioSilent · AudioWrongLength · AudioOtherRecording
    ├── StorageError         our own disk or database
    │   ├── DiskFull · StorageFailed · DatabaseUnavailable · QueueUnavailable
    │   └── BucketError      where finished files are kept for good
    │       ├── BucketUnreachable · BucketFailed · BucketRateLimited · BucketConflict
    │       └── BucketRefused · BucketFull · BucketFileRefused · BucketFileMissing
    ├── GeoError             ip-api: where an address is; asked again later, never in a client's way
    │   └── GeoUnreachable · GeoTimeout · GeoMalformed · GeoRefused
    ├── JobError
    │   ├── JobCancelled · JobDeadlineExceeded · JobAttemptsExhausted · MediaNotReady
    │   └── BatchFailed · BatchNotFinished
    ├── AccessError
    │   ├── Forbidden        who asks may not
    │   │   └── AdministrationClosed
    │   ├── TooManyRequests  a limit of this caller's
    │   │   └── TooManySockets · TooManyJobs
    │   └── Unauthorized     who asks has not said who it is
    │       └── WrongKey · TicketExpired
    ├── ServerStopping
    └── InternalError        a defect of ours

`code` is stable and machine-readable. The first line of a class's docstring is its default message. `retryable` says
whether asking again later may help; `retry_after_s` when, if known; `stage` is the job stage the trouble belongs to.
"""

from __future__ import annotations

from typing import Any, ClassVar


class MusicError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"
    retryable: bool = False
    default_stage: ClassVar[str | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after_s: float | None = None,
        stage: str | None = None,
        retryable: bool | None = None,
        **facts: Any,
    ) -> None:
        self.message: str = message or self.default_message()
        if retryable is not None:
            # What this one occurrence is like, where its class does not fit.
            self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.stage: str | None = stage or self.default_stage
        # Facts are for logs and operators; they never reach a client.
        self.facts: dict[str, Any] = facts
        super().__init__(self.message)

    @classmethod
    def default_message(cls) -> str:
        """The first line of the class's own docstring."""
        return (cls.__doc__ or "Something went wrong.").strip().splitlines()[0]

    def __str__(self) -> str:
        return self.message


# -- the caller asked for something that cannot be -----------------------------------------------------------------


class RequestError(MusicError):
    """The request cannot be served as it stands."""

    code = "bad_request"


class InvalidRequest(RequestError):
    """A parameter or the body is missing or malformed."""

    code = "invalid_request"


class InvalidLink(RequestError):
    """This is not a link to a Spotify track, album, playlist or artist."""

    code = "invalid_link"
    default_stage = "resolve"


class PodcastLink(RequestError):
    """Shows and episodes are not supported: only tracks, albums, playlists and artists are."""

    code = "podcast_link"
    default_stage = "resolve"


class InvalidTrackId(RequestError):
    """A Spotify id is 22 letters and digits."""

    code = "invalid_track_id"


class UnsupportedFormat(RequestError):
    """The audio format must be one of m4a, opus, mp3."""

    code = "unsupported_format"


class TooManyTracks(RequestError):
    """The list holds more tracks than this server accepts in one request."""

    code = "too_many_tracks"


class NoAlternative(RequestError):
    """There is nothing to report or unpin for this track."""

    code = "nothing_to_change"


# -- somebody answered, and it does not exist ----------------------------------------------------------------------


class NotFoundError(MusicError):
    """It does not exist."""

    code = "not_found"


class RouteNotFound(NotFoundError):
    """There is no such address on this server."""

    code = "route_not_found"


class TrackNotFound(NotFoundError):
    """Spotify knows no such track."""

    code = "track_not_found"
    default_stage = "resolve"


class AlbumNotFound(NotFoundError):
    """Spotify knows no such album."""

    code = "album_not_found"
    default_stage = "resolve"


class PlaylistNotFound(NotFoundError):
    """Spotify shows no such playlist: it does not exist, is private, or is one of Spotify's own."""

    code = "playlist_not_found"
    default_stage = "resolve"


class ArtistNotFound(NotFoundError):
    """Spotify knows no such artist."""

    code = "artist_not_found"
    default_stage = "resolve"


class LinkNotFound(NotFoundError):
    """The short link leads nowhere."""

    code = "link_not_found"
    default_stage = "resolve"


class RowUnavailable(NotFoundError):
    """This row of the list is no track that can be played."""

    code = "row_unavailable"
    default_stage = "resolve"


class JobNotFound(NotFoundError):
    """There is no such download."""

    code = "job_not_found"


class MediaNotFound(NotFoundError):
    """There is no such audio file."""

    code = "media_not_found"


class MatchUnknown(NotFoundError):
    """No video was ever looked for on behalf of this track."""

    code = "match_unknown"


# -- Spotify: we could not learn -----------------------------------------------------------------------------------


class CatalogError(MusicError):
    """Spotify could not be asked."""

    code = "catalog_error"
    retryable = True
    default_stage = "resolve"


class CatalogUnreachable(CatalogError):
    """Spotify could not be reached."""

    code = "spotify_unreachable"


class CatalogTimeout(CatalogError):
    """Spotify did not answer in time."""

    code = "spotify_timeout"


class CatalogFailed(CatalogError):
    """Spotify answered with a fault of its own."""

    code = "spotify_failed"


class CatalogMalformed(CatalogError):
    """Spotify's answer could not be understood."""

    code = "spotify_malformed"


class CatalogRateLimited(CatalogError):
    """Spotify asks this server to wait."""

    code = "spotify_rate_limited"


class CatalogRefused(CatalogError):
    """Spotify refuses this content to this server."""

    code = "spotify_refused"
    retryable = False


class CatalogCredentialsRejected(CatalogError):
    """Spotify rejects the server's credentials."""

    code = "spotify_credentials_rejected"
    retryable = False


# -- YouTube -------------------------------------------------------------------------------------------------------


class SourceError(MusicError):
    """The audio source could not serve."""

    code = "source_error"
    retryable = True


class NoMatch(SourceError):
    """No recording on YouTube is surely the wanted one."""

    code = "no_match"
    retryable = False
    default_stage = "search"


class TrackTooLong(SourceError):
    """The track is longer than this server downloads."""

    code = "track_too_long"
    retryable = False
    default_stage = "resolve"


class VideoError(SourceError):
    """This video cannot be had."""

    code = "video_unavailable"
    retryable = False
    default_stage = "extract"


class VideoPrivate(VideoError):
    """The video is private."""

    code = "video_private"


class VideoRemoved(VideoError):
    """The video was removed."""

    code = "video_removed"


class VideoMembersOnly(VideoError):
    """The video is for paying members."""

    code = "video_members_only"


class VideoGeoBlocked(VideoError):
    """The video is not shown in this server's country."""

    code = "video_geo_blocked"


class VideoAgeRestricted(VideoError):
    """The video is age-restricted and needs cookies of a signed-in account."""

    code = "video_age_restricted"


class VideoDrmProtected(VideoError):
    """The video is protected and left alone."""

    code = "video_drm_protected"


class VideoIsLive(VideoError):
    """The video is a live stream."""

    code = "video_is_live"


class VideoFormatMissing(VideoError):
    """The video offers no audio in the wanted format."""

    code = "video_format_missing"


class VideoFailed(VideoError):
    """The video could not be read."""

    code = "video_failed"
    retryable = True


class SourceBlocked(SourceError):
    """YouTube turns this server away for a while."""

    code = "youtube_blocked"
    default_stage = "extract"


class BotCheck(SourceBlocked):
    """YouTube asks this server to prove that it is not a bot."""

    code = "youtube_bot_check"


class SessionLimited(SourceBlocked):
    """YouTube has limited this server's session, usually for up to an hour."""

    code = "youtube_session_limited"


class SourceRateLimited(SourceBlocked):
    """YouTube answers that there were too many requests."""

    code = "youtube_rate_limited"


class SourceUnreachable(SourceError):
    """YouTube could not be reached."""

    code = "youtube_unreachable"


class SourceTimeout(SourceError):
    """YouTube did not answer in time."""

    code = "youtube_timeout"


class SourceFailed(SourceError):
    """YouTube's answer could not be used."""

    code = "youtube_failed"


class MediaRefused(SourceError):
    """The media server refuses the address it gave out."""

    code = "media_refused"
    default_stage = "fetch"


class MediaInterrupted(SourceError):
    """The transfer broke off too often."""

    code = "media_interrupted"
    default_stage = "fetch"


# -- the bytes arrived and are not what was wanted -----------------------------------------------------------------


class AudioError(MusicError):
    """The audio is not usable."""

    code = "audio_error"
    default_stage = "verify"


class AudioCorrupt(AudioError):
    """The audio does not decode."""

    code = "audio_corrupt"


class AudioMismatch(AudioError):
    """The audio is not the track's."""

    code = "audio_mismatch"


class AudioSilent(AudioMismatch):
    """The audio is silence."""

    code = "audio_silent"


class AudioWrongLength(AudioMismatch):
    """The audio is not as long as Spotify says."""

    code = "audio_wrong_length"


class AudioOtherRecording(AudioMismatch):
    """The audio is known as another recording."""

    code = "audio_other_recording"


class TranscodeFailed(AudioError):
    """The audio could not be converted."""

    code = "transcode_failed"
    default_stage = "tag"


class TaggingFailed(AudioError):
    """The tags could not be written."""

    code = "tagging_failed"
    default_stage = "tag"


class AudioToolFailed(AudioError):
    """The audio could not be examined: ffmpeg did not start or took too long."""

    code = "audio_tool_failed"
    retryable = True


# -- our own disk, database and queue ------------------------------------------------------------------------------


class StorageError(MusicError):
    """The server's own storage failed."""

    code = "storage_error"
    retryable = True
    default_stage: ClassVar[str | None] = "store"


class DiskFull(StorageError):
    """The server's disk is full."""

    code = "disk_full"


class StorageFailed(StorageError):
    """The server could not read or write a file."""

    code = "storage_failed"


class DatabaseUnavailable(StorageError):
    """The server's database does not answer."""

    code = "database_unavailable"
    default_stage = None


class QueueUnavailable(StorageError):
    """The server's queue does not answer."""

    code = "queue_unavailable"
    default_stage = None


class BucketError(StorageError):
    """The bucket could not be used."""

    code = "bucket_error"


class BucketUnreachable(BucketError):
    """The bucket could not be reached."""

    code = "bucket_unreachable"


class BucketFailed(BucketError):
    """The bucket answered with a fault of its own."""

    code = "bucket_failed"


class BucketRateLimited(BucketError):
    """The bucket asks this server to wait."""

    code = "bucket_rate_limited"


class BucketConflict(BucketError):
    """Somebody else wrote to the bucket at the same moment."""

    code = "bucket_conflict"


class BucketRefused(BucketError):
    """The bucket refuses this server."""

    code = "bucket_refused"
    retryable = False


class BucketFull(BucketError):
    """The bucket is full."""

    code = "bucket_full"
    retryable = False


class BucketFileRefused(BucketError):
    """The bucket does not take this file."""

    code = "bucket_file_refused"
    retryable = False


class BucketFileMissing(BucketError):
    """The bucket answers, and does not hold this file."""

    code = "bucket_file_missing"
    retryable = False


# -- ip-api: where an address is -----------------------------------------------------------------------------------


class GeoError(MusicError):
    """The place of an address could not be looked up."""

    code = "geo_error"
    retryable = True


class GeoUnreachable(GeoError):
    """The geo service cannot be reached."""

    code = "geo_unreachable"


class GeoTimeout(GeoError):
    """The geo service did not answer in time."""

    code = "geo_timeout"


class GeoMalformed(GeoError):
    """The geo service's answer cannot be read."""

    code = "geo_malformed"


class GeoRefused(GeoError):
    """The geo service will not answer us now."""

    code = "geo_refused"


# -- jobs ----------------------------------------------------------------------------------------------------------


class JobError(MusicError):
    """The download ended without a result."""

    code = "job_error"


class JobCancelled(JobError):
    """The download was cancelled."""

    code = "job_cancelled"


class JobDeadlineExceeded(JobError):
    """The download took longer than allowed."""

    code = "job_deadline_exceeded"
    retryable = True


class JobAttemptsExhausted(JobError):
    """The download was given up after several attempts."""

    code = "job_attempts_exhausted"
    retryable = True


class MediaNotReady(JobError):
    """The audio is still being fetched; ask again in a moment."""

    code = "media_not_ready"
    retryable = True


class BatchFailed(JobError):
    """None of the tracks could be downloaded."""

    code = "batch_failed"


class BatchNotFinished(JobError):
    """The archive is made once all tracks have ended; ask again then."""

    code = "batch_not_finished"
    retryable = True


# -- access --------------------------------------------------------------------------------------------------------


class AccessError(MusicError):
    """Access denied."""

    code = "access_denied"


class Unauthorized(AccessError):
    """A key is needed: `Authorization: Bearer …` or `X-API-Key`."""

    code = "unauthorized"


class WrongKey(Unauthorized):
    """This key opens nothing here."""

    code = "wrong_key"


class TicketExpired(Unauthorized):
    """This address was for a while only; ask again for a new one."""

    code = "ticket_expired"


class Forbidden(AccessError):
    """This key does not open this door."""

    code = "forbidden"


class AdministrationClosed(Forbidden):
    """The administration is closed: this server has no ADMIN_API_KEY."""

    code = "admin_closed"


class TooManyRequests(AccessError):
    """Too many requests from this caller."""

    code = "too_many_requests"
    retryable = True


class TooManySockets(TooManyRequests):
    """Too many open progress connections of this caller."""

    code = "too_many_sockets"


class TooManyJobs(TooManyRequests):
    """Too many downloads of this caller are under way."""

    code = "too_many_jobs"


class ServerStopping(MusicError):
    """The server is stopping."""

    code = "server_stopping"
    retryable = True


class InternalError(MusicError):
    """The server made a mistake; it has been logged."""

    code = "internal_error"


def error_classes() -> list[type[MusicError]]:
    """Every class of the tree, the root included."""
    found: list[type[MusicError]] = [MusicError]
    for cls in found:
        found.extend(cls.__subclasses__())
    return found


def error_from_code(
    code: str,
    message: str,
    *,
    retry_after_s: float | None = None,
    stage: str | None = None,
    retryable: bool | None = None,
) -> MusicError:
    """The error that a remembered `code` stands for (`InternalError` for a code this version does not know)."""
    for cls in error_classes():
        if cls.code == code:
            return cls(message, retry_after_s=retry_after_s, stage=stage, retryable=retryable)
    return InternalError(message, retry_after_s=retry_after_s, stage=stage)
