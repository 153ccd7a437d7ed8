"""What a batch is made of: a link's or a list of ids' tracks, each once, and the rows that cannot be played."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from models.batch import BatchFailure, BatchKind, BatchRow, BatchSource
from models.errors import InvalidLink, InvalidRequest, RowUnavailable, TooManyTracks
from models.ids import SpotifyId
from models.links import SpotifyRef
from models.music import Album, Artist, Kind, Playlist, Track, UnavailableItem
from services.resources import ResourceService

REASONS = {
    "removed": "The track was removed from Spotify.",
    "local_file": "The row is a file on its owner's computer.",
    "episode": "The row is an episode of a podcast.",
    "unplayable": "Spotify does not play this track.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackList:
    """The distinct tracks of a list in its order, and its rows that are none."""

    source: BatchSource
    rows: tuple[BatchRow, ...]
    unavailable: tuple[BatchFailure, ...] = ()
    complete: bool = True


class TrackLists:
    """Reads lists, within the operator's limit."""

    def __init__(self, *, resources: ResourceService, max_tracks: int) -> None:
        self._resources = resources
        self._max_tracks = max_tracks

    async def of(self, ref: SpotifyRef) -> TrackList:
        """The list behind a link; of a track's link it is known without asking anybody.

        Raises `InvalidLink` for an artist's, `InvalidRequest` for an empty list, `TooManyTracks`, a `NotFoundError` or
        a `CatalogError`.
        """
        if ref.kind is Kind.TRACK:
            source = BatchSource(kind=BatchKind.TRACK, id=ref.id)
            return TrackList(source=source, rows=(BatchRow(track_id=ref.id, positions=(0,)),))
        if ref.kind is Kind.ARTIST:
            raise InvalidLink("This is an artist's link; a download needs a track, an album or a playlist.")
        found = await self._resources.find(ref.kind, ref.id)
        match found.resource:
            case Album() as album:
                return self._checked(_of_album(album), album.total_tracks)
            case Playlist() as playlist:
                return self._checked(_of_playlist(playlist), playlist.total or 0)
            case Track() | Artist() as other:
                raise TypeError(f"{ref.kind} {ref.id} was read as {type(other).__name__}")

    def of_ids(self, track_ids: Sequence[SpotifyId]) -> TrackList:
        """The list of these ids; raises `InvalidRequest` when there are none, and `TooManyTracks`."""
        rows = [BatchRow(track_id=track_id, positions=(position,)) for position, track_id in enumerate(track_ids)]
        return self._checked(TrackList(source=BatchSource(kind=BatchKind.TRACKS), rows=_each_once(rows)), len(rows))

    def _checked(self, tracks: TrackList, length: int) -> TrackList:
        if length > self._max_tracks:
            raise TooManyTracks(
                f"The list holds {length} tracks; this server accepts {self._max_tracks} in one request."
            )
        if not tracks.rows and not tracks.unavailable:
            raise InvalidRequest("The list holds no tracks.")
        return tracks


def _of_album(album: Album) -> TrackList:
    return TrackList(
        source=BatchSource(kind=BatchKind.ALBUM, id=album.id, name=album.name),
        rows=_each_once(_row(track, position) for position, track in enumerate(album.tracks)),
        complete=album.complete,
    )


def _of_playlist(playlist: Playlist) -> TrackList:
    return TrackList(
        source=BatchSource(kind=BatchKind.PLAYLIST, id=playlist.id, name=playlist.name),
        rows=_each_once(_row(item.track, item.position) for item in playlist.items),
        unavailable=tuple(_failure(item) for item in playlist.unavailable),
        complete=playlist.complete,
    )


def _row(track: Track, position: int) -> BatchRow:
    return BatchRow(
        track_id=track.id,
        positions=(position,),
        title=track.name,
        artists=tuple(artist.name for artist in track.artists),
        duration_ms=track.duration_ms,
    )


def _each_once(rows: Iterable[BatchRow]) -> tuple[BatchRow, ...]:
    """The rows with those of one track joined, at the place of the first."""
    found: dict[SpotifyId, BatchRow] = {}
    for row in rows:
        first = found.setdefault(row.track_id, row)
        if first is not row:
            found[row.track_id] = replace(first, positions=(*first.positions, *row.positions))
    return tuple(found.values())


def _failure(item: UnavailableItem) -> BatchFailure:
    return BatchFailure(
        position=item.position,
        track_id=None,
        code=RowUnavailable.code,
        message=REASONS.get(item.reason, RowUnavailable.default_message()),
        retryable=False,
        reason=item.reason,
        title=item.name,
    )
