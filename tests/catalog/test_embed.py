"""The public embed page: its data, its oddities, and pages that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models.errors import CatalogMalformed, PlaylistNotFound
from models.music import ListSource
from services.catalog.embed import read_page
from tests.support.spotify import sid

PLAYLIST = sid("Pl", 1)


def html(properties: Any, *, attributes: str = 'id="__NEXT_DATA__" type="application/json"') -> bytes:
    data = json.dumps({"props": {"pageProps": properties}, "page": "/playlist/[id]", "query": {}})
    return f"<!DOCTYPE html><html><script>var a=1</script><script {attributes}>{data}</script></html>".encode()


def entity(rows: list[Any], **more: Any) -> dict[str, Any]:
    return {"state": {"data": {"entity": {"type": "playlist", "name": "Shown", "trackList": rows, **more}}}}


def row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "uri": f"spotify:track:{sid('Tr', number)}",
        "uid": "x",
        "title": f"Track {number}",
        "subtitle": "Artist 1",
        "isExplicit": False,
        "duration": 200_000,
        "isPlayable": True,
        "audioPreview": {"format": "MP3_96", "url": "https://p.example/1"},
        "entityType": "track",
        **more,
    }


def test_a_page_of_tracks() -> None:
    cover = {"sources": [{"url": "https://i.example/1", "width": 640, "height": 640}]}
    playlist = read_page(
        PLAYLIST,
        html(entity([row(1), row(2, isExplicit=True, audioPreview=None)], subtitle="Spotify", coverArt=cover)),
    )
    assert (playlist.id, playlist.name, playlist.owner) == (PLAYLIST, "Shown", "Spotify")
    assert playlist.images[0].url == "https://i.example/1"
    assert (playlist.source, playlist.complete, playlist.total) == (ListSource.EMBED, False, None)
    first, second = (item.track for item in playlist.items)
    assert (first.id, first.name, first.duration_ms) == (sid("Tr", 1), "Track 1", 200_000)
    assert (first.preview_url, second.preview_url) == ("https://p.example/1", None)
    assert (first.explicit, second.explicit) == (False, True)
    assert first.isrc is None
    assert [item.position for item in playlist.items] == [0, 1]


@pytest.mark.parametrize(
    ("subtitle", "names"),
    [
        ("Lady Gaga,\u00a0Bruno Mars", ["Lady Gaga", "Bruno Mars"]),
        ("Tyler, The Creator", ["Tyler, The Creator"]),
        ("Tyler, The Creator,\u00a0Kali Uchis", ["Tyler, The Creator", "Kali Uchis"]),
        ("", []),
        (None, []),
    ],
)
def test_artists_are_told_apart(subtitle: str | None, names: list[str]) -> None:
    playlist = read_page(PLAYLIST, html(entity([row(1, subtitle=subtitle)])))
    assert [artist.name for artist in playlist.items[0].track.artists] == names


def test_rows_that_are_no_tracks_are_listed() -> None:
    rows = [
        row(1, uri=f"spotify:episode:{sid('Ep', 1)}", entityType="episode"),
        row(2, uri="spotify:local:Somebody::A+tape:253"),
        row(3, isPlayable=False),
        row(4, uri="spotify:track:short"),
        row(5, title=None),
        row(6, duration=None),
        None,
        row(8),
    ]
    playlist = read_page(PLAYLIST, html(entity(rows)))
    assert [item.reason for item in playlist.unavailable] == [
        "episode", "local_file", "unplayable", "malformed", "malformed", "malformed", "malformed",
    ]  # fmt: skip
    assert [item.position for item in playlist.items] == [7]


def test_a_name_may_stand_under_title_and_pictures_under_identity() -> None:
    page = entity([row(1)], title="Titled", visualIdentity={"image": [{"url": "https://i.example/2", "maxWidth": 300}]})
    del page["state"]["data"]["entity"]["name"]
    playlist = read_page(PLAYLIST, html(page, attributes="type='application/json' id='__NEXT_DATA__' nonce='x'"))
    assert playlist.name == "Titled"
    assert playlist.images[0].url == "https://i.example/2"


def test_an_empty_playlist() -> None:
    assert read_page(PLAYLIST, html(entity([]))).items == ()


def test_a_page_that_says_not_found() -> None:
    with pytest.raises(PlaylistNotFound):
        read_page(PLAYLIST, html({"status": 404, "title": "Page not found"}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>consent</html>",
        b'<script id="__NEXT_DATA__" type="application/json">{"props": {',
        b'<script id="__NEXT_DATA__" type="application/json">{"props": </script>',
        html(None),
        html([]),
        html({"state": {"data": {"entity": None}}}),
        html({"state": {"data": {"entity": {"name": "No rows"}}}}),
        html({"state": {"data": {"entity": {"trackList": []}}}}),
        html({"status": 500}),
    ],
)
def test_a_page_that_makes_no_sense_is_malformed(body: bytes) -> None:
    with pytest.raises(CatalogMalformed):
        read_page(PLAYLIST, body)
