"""Names that would be markup, scripts or a mess, if the page let them."""

from __future__ import annotations

from tests.support.spotify import Json, album_json, sid, track_json

NAMES = (
    '<img src=x onerror="globalThis.owned = 1">',
    "<script>globalThis.owned = 2</script>",
    '"><svg onload=globalThis.owned=3>',
    "javascript:globalThis.owned=4",
    "{{constructor.constructor('globalThis.owned=5')()}} ${globalThis.owned=6}",
    "</template></li></ol><h1>gone</h1>",
    "\u202eright to left\u202c and back",
    "a" * 400,
)
_TRACKS = [
    {
        **track_json(900 + number),
        "name": name,
        "artists": [{"type": "artist", "id": sid("Ar", 1), "name": name}],
        "external_urls": {"spotify": "javascript:globalThis.owned=7"},
    }
    for number, name in enumerate(NAMES)
]
HOSTILE_TRACKS: dict[str, Json] = {str(track["id"]): track for track in _TRACKS}
HOSTILE_ALBUM: Json = album_json(
    900,
    list(HOSTILE_TRACKS),
    name=NAMES[0],
    artists=[{"type": "artist", "id": sid("Ar", 1), "name": NAMES[1]}],
    images=[{"url": "javascript:globalThis.owned=8", "width": 300, "height": 300}],
)
