"""Answers recorded from the real service, where they lie beside the checkout: none of them may crash a reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from models.ids import SpotifyId
from models.music import PlaylistItem, Track
from services.catalog import parse
from services.catalog.pages import Page
from services.catalog.rows import read_row

DATA = Path(__file__).parents[3] / "shared" / "data" / "spotify"


def bodies(*kinds: str) -> list[Any]:
    """One test case for each file, or one that is skipped by name."""
    files = [path for kind in kinds for path in sorted((DATA / kind).glob("*.json"))]
    if not files:
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no recorded {', '.join(kinds)}"))]
    return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in files]


ASKED = SpotifyId("0" * 22)


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


def entries(body: Any, name: str) -> list[Any]:
    """The things in a body of several, by whatever name, or of one."""
    found = body.get(name) or body.get("items") or [body]
    return list(found)


def check_track(raw: dict[str, Any]) -> Track:
    track = parse.track(raw)
    assert track.name == raw["name"]
    assert track.duration_ms == raw["duration_ms"]
    assert len(track.artists) == sum(bool(artist["name"]) for artist in raw["artists"])
    isrc = (raw.get("external_ids") or {}).get("isrc")
    assert track.isrc == (isrc.upper().replace("-", "") if isrc else None)
    origin = (raw.get("linked_from") or {}).get("uri") or raw.get("uri") or f":{raw['id']}"
    assert track.id == origin.rpartition(":")[2]
    return track


@pytest.mark.parametrize("path", bodies("track"))
def test_tracks(path: Path) -> None:
    raw = load(path)
    track = check_track(raw)
    assert parse.is_withdrawn(raw) is ("empty_name" in path.stem)
    if raw.get("album"):
        assert track.album is not None
        assert track.album.name == raw["album"]["name"]
        assert track.album.release_date in {raw["album"].get("release_date"), None}


@pytest.mark.parametrize("path", bodies("tracks_multi"))
def test_several_tracks(path: Path) -> None:
    for raw in entries(load(path), "tracks"):
        if raw is not None:
            check_track(raw)


@pytest.mark.parametrize("path", bodies("album"))
def test_albums(path: Path) -> None:
    raw = load(path)
    tracks = tuple(check_track(row) for row in Page.parse(raw["tracks"]).rows)
    album = parse.album(raw, tracks, asked=ASKED, total=raw.get("total_tracks", len(tracks)), complete=True)
    assert (album.id, album.name) == (ASKED, raw["name"])
    assert len(album.images) == len(raw["images"])
    assert [line.text for line in album.copyrights] == [line["text"] for line in raw.get("copyrights") or []]


@pytest.mark.parametrize("path", bodies("albums_multi"))
def test_several_albums(path: Path) -> None:
    for raw in entries(load(path), "albums"):
        if raw is not None:
            assert parse.album(raw, (), asked=ASKED, total=0, complete=True).name == raw["name"]


@pytest.mark.parametrize("path", bodies("album_tracks"))
def test_album_tracks(path: Path) -> None:
    page = Page.parse(load(path))
    assert page.total is not None
    for row in page.rows:
        assert check_track(row).album is None


@pytest.mark.parametrize("path", bodies("artist"))
def test_artists(path: Path) -> None:
    raw = load(path)
    artist = parse.artist(raw, asked=ASKED)
    assert (artist.id, artist.name, list(artist.genres)) == (ASKED, raw["name"], raw.get("genres", []))


@pytest.mark.parametrize("path", bodies("artist_albums"))
def test_artist_albums(path: Path) -> None:
    for row in Page.parse(load(path)).rows:
        album = parse.album_summary(row)
        assert (album.name, album.release_date) == (row["name"], row["release_date"])


def check_rows(rows: list[Any]) -> None:
    for position, row in enumerate(rows):
        read = read_row(position, row)
        content = (row or {}).get("item") or (row or {}).get("track")
        assert read.position == position
        if isinstance(read, PlaylistItem):
            assert content["type"] == "track"
            assert content["id"]
            assert not content.get("is_local")
            assert read.track.name == content["name"]
        elif read.reason == "removed":
            assert content is None or not content["id"] or content["duration_ms"] == 0
        elif read.reason == "local_file":
            assert content["is_local"]
            assert content["name"] == read.name
        elif read.reason == "episode":
            assert content["type"] == "episode"
            assert content["name"] == read.name
        elif read.reason == "unplayable":
            assert content["is_playable"] is False
        else:
            assert read.reason == "malformed"
            assert "duration_ms" not in content


@pytest.mark.parametrize("path", bodies("playlist"))
def test_playlists(path: Path) -> None:
    raw = load(path)
    playlist = parse.playlist(raw, asked=ASKED)
    assert (playlist.id, playlist.name) == (ASKED, raw["name"])
    check_rows(Page.parse(raw.get("items") or raw["tracks"]).rows)


@pytest.mark.parametrize("path", bodies("playlist_items"))
def test_playlist_items(path: Path) -> None:
    check_rows(Page.parse(load(path)).rows)


@pytest.mark.parametrize("path", bodies("playlist_item", "episode"))
def test_single_rows(path: Path) -> None:
    raw = load(path)
    check_rows([raw if "track" in raw or "item" in raw else {"track": raw}])


@pytest.mark.parametrize("path", bodies("search"))
def test_search_rows(path: Path) -> None:
    raw = load(path)
    for page in raw.values():
        for row in (page or {}).get("items", []):
            if row is not None and row.get("type") == "track":
                check_track(row)
            elif row is not None and row.get("type") == "album":
                parse.album_summary(row)
            elif row is not None and row.get("type") == "artist":
                parse.artist(row, asked=ASKED)
            elif row is not None and row.get("type") == "playlist":
                parse.playlist(row, asked=ASKED)
