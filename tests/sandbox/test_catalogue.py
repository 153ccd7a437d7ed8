"""The sandbox's catalogue keeps its promises."""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections import Counter

import pytest

from _local.sandbox.catalogue import Catalogue, sandbox_catalogue
from _local.sandbox.catalogue_featured import featured
from _local.sandbox.catalogue_uploads import full
from _local.sandbox.upload import Upload
from _local.sandbox.youtube.catalogue import Catalogue as Videos
from models.ids import is_spotify_id, is_video_id


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return sandbox_catalogue()


@pytest.fixture(scope="module")
def uploads(catalogue: Catalogue) -> dict[str, Upload]:
    return {upload.video_id: upload for upload in catalogue.uploads}


def test_it_is_the_same_every_time(catalogue: Catalogue) -> None:
    assert sandbox_catalogue() == catalogue


def test_ids_are_well_formed_and_unique(catalogue: Catalogue, uploads: dict[str, Upload]) -> None:
    things = (catalogue.tracks, catalogue.albums, catalogue.playlists, catalogue.artists)
    ids = [identifier for thing in things for identifier in thing]
    assert all(is_spotify_id(identifier) for identifier in ids)
    assert len(ids) == len(set(ids))
    assert all(is_video_id(video_id) for video_id in uploads)
    assert len(uploads) == len(catalogue.uploads)
    assert all(thing[identifier]["id"] == identifier for thing in things for identifier in thing)


def test_one_isrc_is_one_recording(catalogue: Catalogue) -> None:
    melodies: dict[str, set[str]] = {}
    for identifier, track in catalogue.tracks.items():
        isrc = track["external_ids"]["isrc"]
        assert len(isrc) == 12
        melodies.setdefault(isrc, set()).add(catalogue.expected[identifier].melody)
    assert all(len(same) == 1 for same in melodies.values())
    shared = Counter(track["external_ids"]["isrc"] for track in catalogue.tracks.values())
    assert max(shared.values()) == 2


def test_every_reference_leads_somewhere(catalogue: Catalogue) -> None:
    for album in catalogue.albums.values():
        assert album["total_tracks"] == len(album["tracks"]) == len(set(album["tracks"]))
        assert all(catalogue.tracks[track]["album"]["id"] == album["id"] for track in album["tracks"])
        numbers = [
            (catalogue.tracks[track]["disc_number"], catalogue.tracks[track]["track_number"])
            for track in album["tracks"]
        ]
        assert numbers == sorted(set(numbers))
    for playlist in catalogue.playlists.values():
        ids = [row["track"] for row in playlist["tracks"] if row and isinstance(row["track"], str)]
        assert all(track in catalogue.tracks for track in ids)
    for track in catalogue.tracks.values():
        assert all(artist["id"] in catalogue.artists for artist in track["artists"])
    for artist in catalogue.artists.values():
        assert all(album in catalogue.albums for album in artist["albums"])
    assert all(link.rpartition("/")[2] in catalogue.albums for link in catalogue.short_links.values())
    for example in catalogue.examples:
        kind, _, identifier = example.link.removeprefix("https://open.spotify.com/").partition("/")
        known = {"track": catalogue.tracks, "album": catalogue.albums, "playlist": catalogue.playlists}
        if kind == "artist":
            assert identifier in catalogue.artists
        elif example.name == "Short link":
            assert example.link.rpartition("/")[2] in catalogue.short_links
        else:
            assert identifier in known[kind]


def test_every_download_has_its_answer_and_errors_have_none(catalogue: Catalogue, uploads: dict[str, Upload]) -> None:
    for identifier, expected in catalogue.expected.items():
        assert bool(expected.video_ids) == (expected.outcome == "done")
        wanted_s = catalogue.tracks[identifier]["duration_ms"] / 1000
        for video_id in expected.video_ids:
            assert abs(uploads[video_id].duration_s - wanted_s) < 4
            assert uploads[video_id].melody == expected.melody
    outcomes = Counter(expected.outcome for expected in catalogue.expected.values())
    del outcomes["done"]
    assert outcomes == dict.fromkeys(
        (
            "video_geo_blocked",
            "video_private",
            "video_members_only",
            "video_age_restricted",
            "no_match",
            "track_too_long",
        ),
        1,
    )


def test_featured_songs_have_every_kind_of_upload(catalogue: Catalogue) -> None:
    songs = [(song, release) for release in featured() for song in release.songs if song.uploads is full]
    assert len({song.recording for song, _ in songs}) >= 25
    for song, release in songs:
        titles = [upload.title for upload in full(song, release)]
        for word in (
            "(Live at",
            "(Live)",
            "Cover by",
            "Karaoke",
            "(Instrumental)",
            "Nightcore",
            "Sped Up",
            "10 Minute",
        ):
            assert any(word in title for title in titles), (song.title, word)
        own = {upload.kind: upload for upload in full(song, release) if upload.melody == song.recording}
        assert own["ATV"].channel.endswith("- Topic")
        assert 7 <= own["OMV"].duration_s - song.duration_s <= 15
        namesakes = [u for u in full(song, release) if u.title == song.bare_title and u.melody != song.recording]
        assert any(upload.artists != song.artists for upload in namesakes)
        assert 20 <= song.duration_s <= 240


def test_a_search_finds_the_right_upload_but_seldom_first(catalogue: Catalogue, uploads: dict[str, Upload]) -> None:
    videos = Videos(catalogue.uploads)
    first = []
    for release in featured():
        for song in release.songs:
            identifier = release.track_id(song)
            right = catalogue.expected[identifier].video_ids
            query = f"{song.artists[0]} {song.title}"
            found = [upload.video_id for upload in videos.search(query)[:20]]
            listed = [upload.video_id for upload in videos.music(query, "songs")[:20]]
            if song.outcome == "done":
                assert right & {*found, *listed}, query
                first.append(found[0] in right)
            isrc = catalogue.tracks[identifier]["external_ids"]["isrc"]
            by_isrc = videos.music(f"{isrc[:2]} {isrc[2:]}", None)
            assert {upload.melody for upload in by_isrc} <= {song.recording}
    assert sum(first) < len(first) / 2


def test_the_lists_are_as_long_as_promised(catalogue: Catalogue) -> None:
    sizes = {playlist["name"]: len(playlist["tracks"]) for playlist in catalogue.playlists.values()}
    assert sizes == {
        "Tea with the Sandbox": 12,
        "Sixty, Five of Them Bad": 60,
        "Behind a Curtain": 6,
        "Everything at Once": 1234,
    }
    assert max(len(album["tracks"]) for album in catalogue.albums.values()) == 62
    box = next(album for album in catalogue.albums.values() if len(album["tracks"]) == 62)
    assert Counter(catalogue.tracks[track]["disc_number"] for track in box["tracks"]) == {1: 31, 2: 31}
    long = next(playlist for playlist in catalogue.playlists.values() if len(playlist["tracks"]) == 1234)
    odd = [row for row in long["tracks"] if row is None or not isinstance(row["track"], str)]
    assert Counter("null" if row is None else _kind(row["track"]) for row in odd) == {
        "null": 4, "gone": 5, "local": 5, "episode": 5, "withdrawn": 5,
    }  # fmt: skip
    rows = [row["track"] for row in long["tracks"] if row is not None and isinstance(row["track"], str)]
    assert all(catalogue.expected[track].outcome == "done" for track in rows)
    sixty = next(playlist for playlist in catalogue.playlists.values() if len(playlist["tracks"]) == 60)
    assert sum(catalogue.expected[row["track"]].outcome != "done" for row in sixty["tracks"]) == 5
    assert catalogue.refused_playlists <= set(catalogue.playlists)


def test_titles_come_in_several_scripts(catalogue: Catalogue) -> None:
    scripts = {
        unicodedata.name(letter).split()[0]
        for track in catalogue.tracks.values()
        for letter in track["name"]
        if letter.isalpha()
    }
    assert {"LATIN", "CJK", "HIRAGANA", "HANGUL", "CYRILLIC", "ARABIC", "GREEK", "DEVANAGARI"} <= scripts


def test_covers_are_pictures(catalogue: Catalogue) -> None:
    album = next(iter(catalogue.albums.values()))
    for image in album["images"]:
        picture = catalogue.image(image["url"].removeprefix("/image/"))
        assert picture is not None
        assert struct.unpack(">II", picture[16:24]) == (image["width"], image["height"])
        start = picture.index(b"IDAT")
        (length,) = struct.unpack(">I", picture[start - 4 : start])
        pixels = zlib.decompress(picture[start + 4 : start + 4 + length])
        assert len(pixels) == image["height"] * (3 * image["width"] + 1)
    assert catalogue.image("unknown") is None
    assert catalogue.image(f"{album['id']}-9999") is None


def test_lyrics_fit_their_songs(catalogue: Catalogue) -> None:
    lengths = {
        (track["name"], track["album"]["name"]): track["duration_ms"] / 1000 for track in catalogue.tracks.values()
    }
    assert len({entry.id for entry in catalogue.lyrics}) == len(catalogue.lyrics)
    for entry in catalogue.lyrics:
        assert abs(entry.duration_s - lengths[entry.track, entry.album]) < 1
        times = [at_ms for at_ms, _ in entry.lines]
        assert times == sorted(times)
        assert times[-1] < entry.duration_s * 1000


def _kind(track: dict[str, object] | None) -> str:
    if track is None:
        return "gone"
    if track["type"] == "episode":
        return "episode"
    return "local" if track["is_local"] else "withdrawn"
