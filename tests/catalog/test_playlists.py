"""Playlists: all rows in order, both shapes, every kind of row, and Spotify's ways to refuse."""

from __future__ import annotations

from typing import Any

import pytest

from _local.sandbox.spotify_faults import Fault
from models.errors import CatalogFailed, CatalogRateLimited, CatalogRefused, CatalogUnreachable, PlaylistNotFound
from models.ids import SpotifyId
from models.music import ListSource, Playlist
from tests.support.spotify import catalog_at, list_of, playlist_json, sid, stand_in, track_json

PLAYLIST = sid("Pl", 1)
LOCAL = {
    "type": "track",
    "id": None,
    "uri": "spotify:local:Somebody::A+tape:253",
    "name": "A tape",
    "duration_ms": 253_000,
    "is_local": True,
    "artists": [{"type": "artist", "id": None, "name": "Somebody"}],
    "album": {"type": "album", "id": None, "name": "", "images": [], "artists": []},
}
EPISODE = {
    "type": "episode",
    "id": sid("Ep", 1),
    "uri": f"spotify:episode:{sid('Ep', 1)}",
    "name": "A talk",
    "duration_ms": 1_000_000,
    "track": True,
}


def row(track: Any, **more: Any) -> dict[str, Any]:
    return {"added_at": "2020-01-02T03:04:05Z", "is_local": False, "track": track, **more}


def names(playlist: Playlist) -> list[str]:
    return [item.track.name for item in playlist.items]


@pytest.mark.parametrize("shape", ["classic", "2026"])
@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 99, 100, 101, 250, 1234])
async def test_every_row_in_order(shape: str, count: int) -> None:
    async with list_of(count, shape=shape) as spotify, catalog_at(spotify) as catalog:
        playlist = await catalog.playlist(PLAYLIST)
        assert names(playlist) == [f"Track {number}" for number in range(count)]
        assert [item.position for item in playlist.items] == list(range(count))
        assert (playlist.total, playlist.complete, playlist.source) == (count, True, ListSource.API)
        assert playlist.unavailable == ()


@pytest.mark.parametrize("shape", ["classic", "2026"])
async def test_the_head(shape: str) -> None:
    async with list_of(1, shape=shape) as spotify, catalog_at(spotify) as catalog:
        playlist = await catalog.playlist(PLAYLIST)
        assert (playlist.id, playlist.name, playlist.description) == (PLAYLIST, "Playlist 1", "All of it")
        assert (playlist.owner, playlist.follower_count) == ("Somebody", 7)
        assert playlist.images[0].url == f"{spotify.url}/image/playlist1"
        assert playlist.images[0].width is None
        assert playlist.spotify_url == f"https://open.spotify.com/playlist/{PLAYLIST}"


@pytest.mark.parametrize("shape", ["classic", "2026"])
async def test_rows_that_are_no_tracks_are_listed(shape: str) -> None:
    rows = [
        row(track_json(0)),
        None,
        row(None),
        row(LOCAL, is_local=True),
        row(LOCAL | {"is_local": False}),
        row(EPISODE),
        row(track_json(1, name="", duration_ms=0)),
        row(track_json(2, is_playable=False)),
        row(track_json(3) | {"id": None, "uri": "spotify:track:null"}),
        row(track_json(4) | {"duration_ms": None}),
        row({"name": "Only a name"}),
        row({}),
        row(track_json(5), added_at=None),
    ]
    playlists = [playlist_json(1, rows)]
    async with stand_in(playlists=playlists, shape=shape) as spotify, catalog_at(spotify) as catalog:
        playlist = await catalog.playlist(PLAYLIST)
        assert [(item.position, item.track.name, item.added_at) for item in playlist.items] == [
            (0, "Track 0", "2020-01-02T03:04:05Z"),
            (12, "Track 5", None),
        ]
        assert [(item.position, item.reason, item.name) for item in playlist.unavailable] == [
            (1, "removed", None),
            (2, "removed", None),
            (3, "local_file", "A tape"),
            (4, "local_file", "A tape"),
            (5, "episode", "A talk"),
            (6, "removed", None),
            (7, "unplayable", "Track 2"),
            (8, "removed", "Track 3"),
            (9, "malformed", "Track 4"),
            (10, "malformed", "Only a name"),
            (11, "malformed", None),
        ]
        assert (playlist.total, playlist.complete) == (13, True)


async def test_a_row_may_have_both_names() -> None:
    both = row(True, item=track_json(1))
    async with stand_in(playlists=[playlist_json(1, [both])]) as spotify, catalog_at(spotify) as catalog:
        assert names(await catalog.playlist(PLAYLIST)) == ["Track 1"]


async def test_rows_that_are_no_objects_do_not_crash() -> None:
    body = '{"name": "Odd", "tracks": {"items": [7, "x", [], {}, {"track": 7}], "total": 5}}'
    async with stand_in() as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/v1/playlists", status=200, body=body))
        playlist = await catalog.playlist(PLAYLIST)
        assert [item.reason for item in playlist.unavailable] == ["malformed"] * 3 + ["removed"] * 2


@pytest.mark.parametrize("field", ["description", "owner", "followers", "images", "external_urls", "type"])
@pytest.mark.parametrize("how", ["missing", "null"])
async def test_any_optional_field_may_be_missing(field: str, how: str) -> None:
    raw = playlist_json(1, [sid("Tr", 0)])
    raw[field] = None
    if how == "missing":
        del raw[field]
    async with stand_in(tracks=1, playlists=[raw]) as spotify, catalog_at(spotify) as catalog:
        assert names(await catalog.playlist(PLAYLIST)) == ["Track 0"]


async def test_a_relinked_row_keeps_the_id_of_the_list() -> None:
    relinked = track_json(2, linked_from={"id": None, "uri": f"spotify:track:{sid('Tr', 1)}"})
    async with stand_in(playlists=[playlist_json(1, [row(relinked)])]) as spotify, catalog_at(spotify) as catalog:
        assert (await catalog.playlist(PLAYLIST)).items[0].track.id == sid("Tr", 1)


async def test_the_cap_is_told() -> None:
    async with list_of(500) as spotify, catalog_at(spotify, MAX_TRACK_ALLOWED_FOR_PLAYLIST="230") as catalog:
        playlist = await catalog.playlist(PLAYLIST)
        assert [item.position for item in playlist.items] == list(range(230))
        assert (playlist.total, playlist.complete) == (500, False)
        assert spotify.troubles.count("/tracks") == 2


async def test_a_page_that_cannot_be_read_leaves_a_gap() -> None:
    async with list_of(450) as spotify, catalog_at(spotify, MAX_RETRY="1") as catalog:
        spotify.troubles.faults.append(Fault("offset=200", status=503, times=None))
        playlist = await catalog.playlist(PLAYLIST)
        assert [item.position for item in playlist.items] == [*range(200), *range(300, 450)]
        assert (playlist.total, playlist.complete) == (450, False)
        assert spotify.troubles.count("/tracks$") == 4 + 1


async def test_a_page_that_makes_no_sense_leaves_a_gap() -> None:
    async with list_of(250) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("offset=100", status=200, body='{"items": 7}', times=None))
        playlist = await catalog.playlist(PLAYLIST)
        assert [item.position for item in playlist.items] == [*range(100), *range(200, 250)]
        assert playlist.complete is False


async def test_the_first_answer_must_come() -> None:
    async with list_of(3) as spotify, catalog_at(spotify, MAX_RETRY="0") as catalog:
        spotify.troubles.faults.append(Fault("/v1/playlists", status=503))
        with pytest.raises(CatalogFailed):
            await catalog.playlist(PLAYLIST)


async def test_a_list_that_moved_is_asked_for_by_its_other_name() -> None:
    # the object still says /tracks, and only /items answers
    async with list_of(250, shape="2026") as spotify, catalog_at(spotify) as catalog:
        tracks = ", ".join(
            f'{{"track": {{"id": "{sid("Tr", n)}", "name": "Track {n}", "duration_ms": 1}}}}' for n in range(100)
        )
        body = f'{{"id": "{PLAYLIST}", "name": "Old", "tracks": {{"items": [{tracks}], "total": 250}}}}'
        spotify.troubles.faults.append(Fault(f"/v1/playlists/{PLAYLIST}\\?", status=200, body=body))
        playlist = await catalog.playlist(PLAYLIST)
        assert names(playlist) == [f"Track {number}" for number in range(250)]
        assert playlist.complete is True


@pytest.mark.parametrize("shape", ["classic", "2026"])
async def test_an_object_without_rows_leads_to_their_own_address(shape: str) -> None:
    async with list_of(130, shape=shape) as spotify, catalog_at(spotify) as catalog:
        body = f'{{"id": "{PLAYLIST}", "name": "Bare"}}'
        spotify.troubles.faults.append(Fault(f"/v1/playlists/{PLAYLIST}\\?", status=200, body=body, times=None))
        playlist = await catalog.playlist(PLAYLIST)
        assert (playlist.name, len(playlist.items), playlist.complete) == ("Bare", 130, True)


# -- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "complete"), [(3, True), (100, True), (101, False), (1234, False)])
async def test_refused_rows_are_read_from_the_public_page(count: int, complete: bool) -> None:
    async with list_of(count, shape="2026") as spotify, catalog_at(spotify) as catalog:
        spotify.contents_refused = True
        spotify._playlists[PLAYLIST].update({"items": {"href": "x", "total": count}})
        playlist = await catalog.playlist(PLAYLIST)
        assert playlist.source is ListSource.EMBED
        assert names(playlist) == [f"Track {number}" for number in range(min(count, 100))]
        assert (playlist.total, playlist.complete) == (count, complete)
        assert (playlist.description, playlist.follower_count) == ("All of it", 7)
        assert playlist.items[0].track.isrc is None
        assert playlist.items[0].track.artists[0].name == "Artist 1"


async def test_the_cap_holds_for_the_public_page() -> None:
    async with list_of(30, shape="2026") as spotify, catalog_at(spotify, MAX_TRACK_ALLOWED_FOR_PLAYLIST="7") as catalog:
        spotify.contents_refused = True
        spotify._playlists[PLAYLIST].update({"items": {"href": "x", "total": 30}})
        playlist = await catalog.playlist(PLAYLIST)
        assert (len(playlist.items), playlist.total, playlist.complete) == (7, 30, False)


async def test_an_unknown_total_is_never_complete() -> None:
    async with list_of(3, shape="2026") as spotify, catalog_at(spotify) as catalog:
        spotify.contents_refused = True
        playlist = await catalog.playlist(PLAYLIST)
        assert (len(playlist.items), playlist.total, playlist.complete) == (3, None, False)


async def test_rows_stripped_of_their_contents_are_a_refusal() -> None:
    async with list_of(3, shape="2026") as spotify, catalog_at(spotify) as catalog:
        stripped = '{"items": [{"added_at": "x"}, {"added_at": "y"}], "total": 2}'
        spotify.troubles.faults += [
            Fault("/items", status=200, body=stripped, times=None),
            Fault(
                f"/v1/playlists/{PLAYLIST}\\?",
                status=200,
                body=f'{{"id": "{PLAYLIST}", "name": "Bare", "items": {stripped}}}',
            ),
        ]
        playlist = await catalog.playlist(PLAYLIST)
        assert (playlist.source, len(playlist.items)) == (ListSource.EMBED, 3)


async def test_an_empty_list_is_no_refusal() -> None:
    async with list_of(0, shape="2026") as spotify, catalog_at(spotify) as catalog:
        playlist = await catalog.playlist(PLAYLIST)
        assert (playlist.total, playlist.complete, playlist.source) == (0, True, ListSource.API)


async def test_the_fallback_can_be_turned_off() -> None:
    async with list_of(3, shape="2026") as spotify:
        spotify.contents_refused = True
        async with catalog_at(spotify, SPOTIFY_PUBLIC_FALLBACK="false") as catalog:
            with pytest.raises(CatalogRefused):
                await catalog.playlist(PLAYLIST)
            with pytest.raises(PlaylistNotFound):
                await catalog.playlist(sid("Pl", 404))
        assert spotify.troubles.count("/embed") == 0


async def test_a_refused_object_is_read_from_the_public_page() -> None:
    async with list_of(3) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults.append(Fault("/v1/playlists", status=403, body="Forbidden", times=None))
        playlist = await catalog.playlist(PLAYLIST)
        assert (playlist.source, playlist.complete, playlist.total) == (ListSource.EMBED, False, None)
        assert (playlist.name, playlist.owner, len(playlist.items)) == ("Playlist 1", "Somebody", 3)


@pytest.mark.parametrize("page", [Fault("/embed", status=404), Fault("/embed", status=200, body="<html>")])
async def test_refused_everywhere_is_refused(page: Fault) -> None:
    async with list_of(3) as spotify, catalog_at(spotify) as catalog:
        spotify.troubles.faults += [Fault("/v1/playlists", status=403, times=None), page]
        with pytest.raises(CatalogRefused):
            await catalog.playlist(PLAYLIST)


async def test_a_hidden_playlist_is_read_from_the_public_page() -> None:
    async with list_of(120) as spotify, catalog_at(spotify) as catalog:
        spotify.hidden.add(PLAYLIST)
        playlist = await catalog.playlist(PLAYLIST)
        assert (playlist.source, len(playlist.items), playlist.complete) == (ListSource.EMBED, 100, False)


async def test_a_playlist_that_nobody_knows_is_not_found() -> None:
    async with list_of(3) as spotify, catalog_at(spotify) as catalog:
        with pytest.raises(PlaylistNotFound):
            await catalog.playlist(sid("Pl", 404))
        assert spotify.troubles.count("/embed") == 1


async def test_an_unreadable_public_page_hides_only_spotifys_own_playlists() -> None:
    async with list_of(3) as spotify, catalog_at(spotify, MAX_RETRY="0") as catalog:
        spotify.troubles.faults.append(Fault("/embed", how="reset", times=None))
        with pytest.raises(PlaylistNotFound):
            await catalog.playlist(sid("Pl", 404))
        with pytest.raises(CatalogUnreachable):
            await catalog.playlist(SpotifyId("37i9dQZF1DXcBWIGoYBM5M"))


async def test_a_busy_public_page_bans_nobody() -> None:
    async with list_of(3) as spotify, catalog_at(spotify) as catalog:
        spotify.hidden.add(PLAYLIST)
        spotify.troubles.faults.append(Fault("/embed", status=429, headers={"Retry-After": "300"}, times=None))
        with pytest.raises(PlaylistNotFound):
            await catalog.playlist(PLAYLIST)
        assert catalog.ban.until() is None
        spotify.hidden.clear()
        assert len((await catalog.playlist(PLAYLIST)).items) == 3


async def test_a_ban_on_the_rows_is_no_refusal() -> None:
    async with list_of(3, shape="2026") as spotify, catalog_at(spotify) as catalog:
        spotify.contents_refused = True
        spotify.troubles.faults.append(Fault("/items", status=429, headers={"Retry-After": "300"}, times=None))
        with pytest.raises(CatalogRateLimited):
            await catalog.playlist(PLAYLIST)
        assert spotify.troubles.count("/embed") == 0
