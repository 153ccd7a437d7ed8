"""The playlists: a small one for demonstrations, one of sixty with five bad ones, one of 1,234 rows of every kind."""

from __future__ import annotations

from collections.abc import Sequence

from _local.sandbox.catalogue_featured import UNLUCKY
from _local.sandbox.catalogue_lists import episode_row, local_row, withdrawn_row
from _local.sandbox.catalogue_song import Json, Release, images, link, number, spotify_id

OWNER = "sandbox"
LONG_ROWS = 1_234
ODD_EVERY = 50
"""Every so many rows of the long playlist, one cannot be played."""
SMALL = "Tea with the Sandbox"
SIXTY = "Sixty, Five of Them Bad"
LONG = "Everything at Once"
REFUSED = "Behind a Curtain"


def playlists(special: list[Release], box: Release, shelf: list[Release]) -> dict[str, Json]:
    """All of them by id."""
    good = [release.track_id(song) for release in special for song in release.songs if song.outcome == "done"]
    bad = [release.track_id(song) for release in special for song in release.songs if song.outcome != "done"]
    plain = [release.track_id(song) for release in shelf for song in release.songs]
    boxed = [box.track_id(song) for song in box.songs]
    demo = [release.track_id(release.songs[0]) for release in special if release.artist != UNLUCKY and not release.note]
    sixty = plain[:55]
    for place, track in enumerate(bad[:5]):
        sixty.insert(11 * place + 3, track)
    long = _long_rows([*good, *boxed, *plain])
    listed = [
        playlist(SMALL, demo[:12], "Twelve songs in as many colours."),
        playlist(SIXTY, sixty, "Fifty-five downloads end well, five in a clear error."),
        playlist(REFUSED, demo[:6], "Spotify refuses it to apps; its public page can be read."),
        playlist(LONG, long, "1,234 rows: local files, podcast episodes, withdrawn songs and nothings among them."),
    ]
    return {entry["id"]: entry for entry in listed}


def playlist_id(name: str) -> str:
    """A playlist's id."""
    return spotify_id("playlist", OWNER, name)


def playlist(name: str, rows: Sequence[Json | str | None], description: str) -> Json:
    """The full playlist object; `rows` are track ids, row objects, or `None`."""
    identifier = playlist_id(name)
    return {
        "type": "playlist",
        "id": identifier,
        "name": name,
        "description": description,
        "uri": f"spotify:playlist:{identifier}",
        "external_urls": {"spotify": link("playlist", identifier)},
        "images": images(identifier),
        "followers": {"href": None, "total": number(f"followers {name}", 9_000)},
        "owner": {"type": "user", "id": OWNER, "display_name": "The Sandbox"},
        "public": True,
        "collaborative": False,
        "snapshot_id": f"snapshot-{len(rows)}",
        "tracks": [_row(row, place) for place, row in enumerate(rows)],
    }


def _row(row: Json | str | None, place: int) -> Json | None:
    if row is None:
        return None
    added_at = f"2024-{1 + place % 12:02d}-{1 + place % 28:02d}T08:{place % 60:02d}:00Z"
    given = {"is_local": False, "track": row} if isinstance(row, str) else row
    return {"added_at": added_at, **given}


def _long_rows(track_ids: list[str]) -> list[Json | str | None]:
    rows: list[Json | str | None] = []
    left = iter(track_ids)
    for place in range(LONG_ROWS):
        if place % ODD_EVERY != ODD_EVERY - 1:
            rows.append(next(left))
            continue
        index = place // ODD_EVERY
        odd: tuple[Json | None, ...] = (
            local_row(index),
            {"is_local": False, "track": None},
            episode_row(spotify_id("episode", str(index)), index),
            withdrawn_row(spotify_id("withdrawn", str(index))),
            None,
        )
        rows.append(odd[index % len(odd)])
    return rows
