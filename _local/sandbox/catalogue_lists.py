"""The long lists: a box set of 62 tracks on two discs, and enough albums to fill a playlist of 1,234 rows."""

from __future__ import annotations

from _local.sandbox.catalogue_song import Json, Release, Song, number
from _local.sandbox.catalogue_uploads import only_album_audio

BOX_ARTIST = "Marrowtide"
BOX_TITLE = "The Complete Tidal Ledger"
BOX_TRACKS = 62
ALBUMS = 60
TRACKS_PER_ALBUM = 20

FIRST = (
    "Amber", "Borrowed", "Brittle", "Candlelit", "Careful", "Copper", "Crooked", "Distant", "Dusty", "Eleventh",
    "Faded", "Feathered", "Folded", "Gentle", "Gilded", "Hollow", "Indigo", "Inland", "Ivory", "Lantern",
    "Lesser", "Linen", "Marble", "Midnight", "Mossy", "Nameless", "Northern", "Painted", "Patient", "Pewter",
    "Quiet", "Ragged", "Salted", "Second", "Silver", "Sleepless", "Slender", "Tangled", "Unsent", "Velvet",
)  # fmt: skip
SECOND = (
    "Almanac", "Anchor", "Aviary", "Balcony", "Barometer", "Beacon", "Bicycle", "Cabinet", "Calendar",
    "Carousel", "Causeway", "Chimney", "Compass", "Corridor", "Dovecote", "Elevator", "Envelope", "Ferry",
    "Fountain", "Gazette", "Harbour", "Kettle", "Ladder", "Meridian", "Mirror", "Orchard", "Parasol",
    "Pavilion", "Pendulum", "Quarry", "Satchel", "Sextant", "Staircase", "Teacup", "Telegram", "Thimble",
)  # fmt: skip
BAND = (
    "Herons", "Otters", "Larks", "Magpies", "Badgers", "Wrens", "Newts", "Stoats", "Finches", "Moths",
)  # fmt: skip


def title_of(index: int) -> str:
    """A title of two words; no two of the first 1,440 are alike."""
    return f"{FIRST[index % len(FIRST)]} {SECOND[(index // len(FIRST) + index) % len(SECOND)]}"


def box_set() -> Release:
    """62 tracks on two discs: more than one page of Spotify's album endpoint."""
    return Release(
        title=BOX_TITLE,
        artist=BOX_ARTIST,
        kind="compilation",
        date="2022-10-28",
        genres=("harbour house", "tidal"),
        songs=tuple(
            _song(BOX_ARTIST, f"Tide {index + 1}: {title_of(37 * index + 5)}", disc=1 + index // (BOX_TRACKS // 2))
            for index in range(BOX_TRACKS)
        ),
    )


def shelf() -> list[Release]:
    """60 albums of 20 short tracks, each with its album audio on YouTube."""
    return [_album(index) for index in range(ALBUMS)]


def _album(index: int) -> Release:
    # After 40 the pairs of words come again, so those bands have grown.
    orchestra = " Orchestra" if index >= len(FIRST) else ""
    artist = f"{FIRST[(7 * index + 3) % len(FIRST)]} {BAND[index % len(BAND)]}{orchestra}"
    titles = [title_of(TRACKS_PER_ALBUM * index + place) for place in range(TRACKS_PER_ALBUM)]
    return Release(
        title=f"{SECOND[index % len(SECOND)]} Days",
        artist=artist,
        date=f"{1990 + index % 34}-{1 + index % 12:02d}-{1 + index % 28:02d}",
        songs=tuple(_song(artist, title) for title in titles),
    )


def _song(artist: str, title: str, *, disc: int = 1) -> Song:
    return Song(
        title=title,
        artists=(artist,),
        duration_s=20 + number(f"{artist}/{title}", 25),
        recording=f"{artist}: {title}",
        uploads=only_album_audio,
        disc=disc,
    )


def local_row(index: int) -> Json:
    """A file on somebody's own disk: no id, no album, a length that nobody checked."""
    name = f"Rehearsal tape {index}"
    track: Json = {
        "type": "track",
        "id": None,
        "name": name,
        "uri": f"spotify:local:::{name.replace(' ', '+')}:61",
        "duration_ms": 61_000,
        "explicit": False,
        "is_local": True,
        "external_ids": {},
        "external_urls": {},
        "artists": [{"type": "artist", "id": None, "name": "", "external_urls": {}}],
        "album": {"type": "album", "id": None, "name": "", "images": [], "artists": [], "external_urls": {}},
        "preview_url": None,
        "popularity": 0,
        "track_number": 0,
        "disc_number": 0,
    }
    return {"is_local": True, "track": track}


def episode_row(identifier: str, index: int) -> Json:
    """A podcast episode among the songs."""
    return {
        "is_local": False,
        "track": {
            "type": "episode",
            "id": identifier,
            "name": f"How lighthouses sleep, part {index}",
            "duration_ms": 1_800_000,
            "explicit": False,
            "external_urls": {"spotify": f"https://open.spotify.com/episode/{identifier}"},
        },
    }


def withdrawn_row(identifier: str) -> Json:
    """A track that its label took down: nameless, of no length, not playable."""
    return {
        "is_local": False,
        "track": {
            "type": "track",
            "id": identifier,
            "name": "",
            "duration_ms": 0,
            "explicit": False,
            "is_local": False,
            "is_playable": False,
            "external_ids": {},
            "external_urls": {},
            "artists": [{"type": "artist", "id": None, "name": "", "external_urls": {}}],
            "album": {"type": "album", "id": None, "name": "", "images": [], "artists": [], "external_urls": {}},
            "preview_url": None,
            "popularity": 0,
            "track_number": 0,
            "disc_number": 0,
        },
    }
