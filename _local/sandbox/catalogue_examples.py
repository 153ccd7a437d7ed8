"""Links worth pasting, each with what it shows: printed by `make run` and listed in `docs/sandbox.md`."""

from __future__ import annotations

from dataclasses import dataclass

from _local.sandbox.catalogue_featured import QUILLBACK, quillback
from _local.sandbox.catalogue_playlists import LONG, REFUSED, SIXTY, SMALL, playlist_id
from _local.sandbox.catalogue_song import Release, digits, link, spotify_id

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A link worth pasting."""

    name: str
    link: str
    shows: str


def examples(special: list[Release], box: Release) -> tuple[Example, ...]:
    """Lists first, then single tracks."""
    first, unlucky = special[0], special[-1]
    listed = [
        _of_playlist(SMALL, "a small playlist: twelve songs in several scripts, studio, live and remix"),
        _of_album(first, "a small album: eight tracks, each among covers, live versions, loops and namesakes"),
        _of_album(unlucky, "every trouble: four tracks that end well all the same, six that end in a clear error"),
        _of_album(box, f"an album of {len(box.songs)} tracks on two discs"),
        _of_playlist(SIXTY, "a batch of sixty of which five must fail"),
        _of_playlist(LONG, "1,234 rows with local files, episodes, withdrawn songs and nothings among them"),
        _of_playlist(REFUSED, "refused by Spotify's API: read from its public page, `source: embed`"),
        Example(
            name=QUILLBACK, link=link("artist", spotify_id("artist", QUILLBACK)), shows="an artist with five releases"
        ),
        Example(
            name="Short link",
            link=f"https://spotify.link/{_token(first)}",
            shows="leads to the small album",
        ),
    ]
    for release in special:
        for song in release.songs:
            if song.shows:
                name = f"{song.artists[0]}: {song.title}"
                ending = "" if song.outcome == "done" else f" (ends in `{song.outcome}`)"
                track = link("track", release.track_id(song))
                listed.append(Example(name=name, link=track, shows=f"{song.shows}{ending}"))
    return tuple(listed)


def short_links(special: list[Release]) -> dict[str, str]:
    """A short link for each featured release."""
    return {_token(release): link("album", release.id) for release in special}


def _token(release: Release) -> str:
    return digits(f"short link {release.id}", LETTERS, 11)


def _of_album(release: Release, shows: str) -> Example:
    return Example(name=f"{release.artist}: {release.title}", link=link("album", release.id), shows=shows)


def _of_playlist(name: str, shows: str) -> Example:
    return Example(name=name, link=link("playlist", playlist_id(name)), shows=shows)


def first_tries() -> tuple[str, str]:
    """A newcomer's first link (the small album), and the id of its first track."""
    release = quillback()[0]
    return link("album", release.id), release.track_id(release.songs[0])
