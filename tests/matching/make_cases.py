"""Writes `data/adversarial.json`: candidate lists made to mislead a matcher, in the schema that `bench.match` reads.

Run as `python -m tests.matching.make_cases` after a change here. Two sources: cases written one by one
(`handmade.py`, `unseen.py`), and families of traps laid around well-known songs (below). What is right follows from how a case is
built; nothing in it was looked up. Candidates are ordered by a digest, so that rank tells nothing.
"""

# ruff: noqa: E501  (tables of cases)
# fmt: off
from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.matching.handmade import HANDMADE
from tests.matching.parts import Made, official, song, topic, track, tube, ugc
from tests.matching.unseen import UNSEEN

TARGET = Path(__file__).parent / "data" / "adversarial.json"


@dataclass(frozen=True)
class Song:
    """A song that traps are laid around."""

    title: str
    artists: tuple[str, ...]
    album: str
    seconds: float
    explicit: bool = False

    @property
    def main(self) -> str:
        return self.artists[0]


SONGS = [
    Song("Mr. Brightside", ("The Killers",), "Hot Fuss", 222.1),
    Song("Hurt", ("Johnny Cash",), "American IV: The Man Comes Around", 216.5),
    Song("Live Forever", ("Oasis",), "Definitely Maybe", 276.7),
    Song("Cover Me Up", ("Jason Isbell",), "Southeastern", 293.2),
    Song("Smells Like Teen Spirit", ("Nirvana",), "Nevermind", 301.9),
    Song("Take On Me", ("a-ha",), "Hunting High and Low", 225.3),
    Song("Señorita", ("Shawn Mendes", "Camila Cabello"), "Shawn Mendes (Deluxe)", 190.9),
    Song("HUMBLE.", ("Kendrick Lamar",), "DAMN.", 177.0, True),
    Song("Army of Me", ("Björk",), "Post", 234.6),
    Song("Rolling in the Deep", ("Adele",), "21", 228.3),
    Song("7 rings", ("Ariana Grande",), "thank u, next", 178.6, True),
    Song("Don't Start Now", ("Dua Lipa",), "Future Nostalgia", 183.3),
    Song("1979", ("The Smashing Pumpkins",), "Mellon Collie and the Infinite Sadness", 263.9),
    Song("Get Lucky", ("Daft Punk", "Pharrell Williams", "Nile Rodgers"), "Random Access Memories", 369.6),
    Song("Für Elise (Reimagined)", ("Clara Winter",), "Nocturnal", 173.4),
    Song("bury a friend", ("Billie Eilish",), "WHEN WE ALL FALL ASLEEP, WHERE DO WE GO?", 193.1),
    Song("Ohne dich", ("Rammstein",), "Reise, Reise", 271.9),
    Song("La Vie en rose", ("Édith Piaf",), "La Vie en rose", 187.4),
    Song("Группа крови", ("Кино",), "Группа крови", 285.3),
    Song("残酷な天使のテーゼ", ("高橋洋子",), "残酷な天使のテーゼ", 245.6),
    Song("봄날", ("BTS",), "YOU NEVER WALK ALONE", 274.1),
    Song("Despechá", ("ROSALÍA",), "MOTOMAMI +", 157.0),
    Song("Dreams", ("Fleetwood Mac",), "Rumours", 257.8),
    Song("One", ("Metallica",), "...And Justice for All", 446.9),
]

Trap = Callable[[Song], Made]


def _shelf(suffix: str, *, ratio: float = 1.0, by: str | None = None, album: str | None = None) -> Trap:
    return lambda s: song(
        f"{s.title}{suffix}", [by] if by else list(s.artists[:1]), album or s.album, round(s.seconds * ratio), explicit=s.explicit
    )


def _video(form: str, channel: str, *, ratio: float = 1.0, add: float = 0, views: int = 250_000) -> Trap:
    return lambda s: ugc(
        form.format(t=s.title, a=s.main), channel.format(a=s.main), round(s.seconds * ratio + add), views=views
    )


TRAPS: dict[str, list[Trap]] = {
    "live": [
        _shelf(" (Live)", album="Live in Paris"), _shelf(" (Live at Wembley Stadium)"), _shelf(" - Live", ratio=1.04),
        _video("{a} - {t} (Live at Glastonbury 2019)", "BBC Music", ratio=1.02), _video("{a} - {t} [Tiny Desk Concert]", "NPR Music"),
        _video("{a} - {t} - Live on KEXP", "KEXP"), _video("{a} - {t} en vivo Lollapalooza Chile", "Canal 13"),
    ],
    "remix": [
        _shelf(" (Tiësto Remix)"), _shelf(" - MK Remix", ratio=1.1), _shelf(" (Club Mix)"), _video("{a} - {t} (DJ Kura Bootleg)", "DJ Kura"),
        _video("{t} - {a} (Jersey Club Remix)", "jerseyclubfm"),
    ],
    "karaoke": [
        _shelf(" (Karaoke Version)", by="Sing King", album="Karaoke Hits 44"),
        _shelf(" (Originally Performed by the Artist) [Karaoke]", by="Party Tyme Karaoke", album="Party Tyme 9"),
        _shelf(" (Instrumental)"), _video("{a} - {t} (Karaoke)", "Sing King"), _video("{t} - {a} [Instrumental Backing Track]", "GuitarBacking"),
        _video("{t} (no vocals) - {a}", "minus one world"),
    ],
    "cover": [
        _shelf("", by="Boyce Avenue", album="Cover Sessions, Vol. 4"), _shelf("", by="Vitamin String Quartet", album="VSQ Performs the Hits"),
        _shelf("", by="Rockabye Baby!", album="Lullaby Renditions"), _video("{t} - {a} (Cover by Mia Stone)", "Mia Stone"),
        _video("{a} - {t} | Piano Cover", "pianella"), _video("Mia Stone sings {t} by {a} - The Voice Audition", "The Voice Global"),
    ],
    "speed": [
        _shelf(" (Sped Up)", by="Speed Radio", album="Sped Up Hits"), _shelf(" (Slowed + Reverb)", ratio=1.18), _shelf(" - Sped Up Version", ratio=0.82),
        _video("{a} - {t} (slowed + reverb)", "midnight drive", ratio=1.2), _video("Nightcore - {t}", "NightcoreReality", ratio=0.8),
        _video("{a} - {t} (sped up)", "spedupsounds"), _video("{a} - {t} (8D AUDIO)", "8D Tunes"), _video("{a} - {t} [Bass Boosted]", "Bass Nation"),
    ],
    "other": [
        _video("{a} - {t} 1 HOUR", "1 Hour Loops", add=3400), _video("FIRST TIME HEARING {a} - {t} | REACTION!!", "ReactsDaily", ratio=2.5),
        _video("How to play {t} by {a} (Guitar Lesson with Tabs)", "GuitarZero", ratio=2), _video("{a} - {t} (Drum Cover)", "drumguy", add=3),
        _video("{a} x Queen - {t} (Mashup)", "mashup lab"), _video("{a} - {t} (snippet)", "leaks daily", ratio=0.2),
        _video("{a} - Greatest Hits Full Album", "Classic Playlist", add=3000), _video("{t} - {a} but it's lofi", "lofi girl fan"),
    ],
    "songs_of_the_artist": [
        lambda s: song("Paper Lanterns", list(s.artists[:1]), s.album, round(s.seconds)),
        lambda s: song("The Long Way Down", list(s.artists[:1]), s.album, round(s.seconds) + 1),
        lambda s: song(f"{s.title} Again", list(s.artists[:1]), "Leftovers", round(s.seconds)),
        lambda s: song(f"{s.title}, Pt. 2", list(s.artists[:1]), s.album, round(s.seconds) - 1),
    ],
    "demo_acoustic": [
        _shelf(" (Demo)"), _shelf(" (Acoustic)"), _shelf(" - Acoustic Version", ratio=1.01), _shelf(" (Early Take)"), _shelf(" (Unplugged)", ratio=0.97),
        _video("{a} - {t} (Acoustic Version)", "{a}"),
    ],
}


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def _pick(traps: list[Trap], case: str, count: int) -> list[Trap]:
    return sorted(traps, key=lambda trap: _digest(f"{case}/{traps.index(trap)}"))[:count]


def _families() -> list[dict[str, Any]]:
    cases = []
    kinds = sorted(TRAPS)
    for index, wanted in enumerate(SONGS):
        for turn in range(7):
            case = f"family-{index:02d}-{turn}"
            chosen = [kinds[(index + turn) % len(kinds)], kinds[(index * 3 + turn * 2 + 1) % len(kinds)]]
            wrong = [trap(wanted) for kind in dict.fromkeys([*chosen, "songs_of_the_artist"]) for trap in _pick(TRAPS[kind], case + kind, 4 if kind == "songs_of_the_artist" else 3)]
            seconds = round(wanted.seconds)
            artists = list(wanted.artists)
            right: list[Made] = []
            neutral: list[Made] = []
            if turn == 0:
                right = [song(wanted.title, artists, wanted.album, seconds, explicit=wanted.explicit, views=900)]
            elif turn == 1:
                right = [topic(wanted.title, wanted.main, seconds + 1)]
            elif turn == 2:
                right = [official(f"{wanted.main} - {wanted.title} (Official Video)", artists[:1], seconds + 1)]
            elif turn == 3:
                right = [tube(f"{wanted.main} - {wanted.title} (Official Audio)", wanted.main, seconds, verified=True)]
                neutral = [tube(f"{wanted.title} - {wanted.main} (Lyrics)", "LyricsVibe", seconds + 1)]
            elif turn == 4:
                right = [song(wanted.title.upper(), artists[:1], "The Collection", seconds, explicit=wanted.explicit)]
            cases.append(
                _case(case, f"family:{'+'.join(chosen)}", wanted, right, neutral, wrong)
            )
    return cases


def _case(
    case: str, category: str, wanted: Song, right: list[Made], neutral: list[Made], wrong: list[Made]
) -> dict[str, Any]:
    body = track(wanted.title, list(wanted.artists), wanted.album, wanted.seconds, explicit=wanted.explicit)
    return assemble(case, category, body, right, neutral, wrong)


def assemble(
    case: str, category: str, body: dict[str, Any], right: list[Made], neutral: list[Made], wrong: list[Made]
) -> dict[str, Any]:
    """A case of the schema; video ids and the order follow from the case's name."""
    searches = [
        {"service": "ytmusic", "query": "", "query_kind": "title", "filter": "songs"},
        {"service": "ytmusic", "query": "", "query_kind": "title", "filter": "videos"},
        {"service": "youtube", "query": "", "query_kind": "title", "filter": "all"},
        {"service": "ytmusic", "query": "", "query_kind": "isrc", "filter": "songs"},
    ]
    marked = [(made, mark) for mark, group in (("A", right), ("T", neutral), ("-", wrong)) for made in group]
    shuffled = sorted(enumerate(marked), key=lambda pair: _digest(f"{case}#{pair[0]}"))
    candidates, accepted, tolerated = [], [], []
    for rank, (index, (made, mark)) in enumerate(shuffled):
        video_id = hashlib.sha256(f"{case}:{index}".encode()).hexdigest()[:11]
        places = [[made.search, rank]] + ([[3, 0]] if made.isrc else [])
        candidates.append({"video_id": video_id, **made.body, "found_in": places})
        if mark == "A":
            accepted.append(video_id)
        elif mark == "T":
            tolerated.append(video_id)
    return {
        "id": case, "group": case, "kind": "adversarial", "expect": "match" if accepted or tolerated else "no_match",
        "tags": [category], "track": body, "searches": searches, "candidates": candidates,
        "acceptable": accepted, "tolerable": tolerated,
    }


def build() -> list[dict[str, Any]]:
    """All cases."""
    made = [
        assemble(f"{kind}-{name}", category, *rest)
        for kind, cases in (("hand", HANDMADE), ("unseen", UNSEEN))
        for name, category, *rest in cases
    ]
    return [*made, *_families()]


if __name__ == "__main__":
    cases = build()
    TARGET.parent.mkdir(exist_ok=True)
    rows = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    TARGET.write_text(f"[\n{rows}\n]\n", "utf-8")
    print(f"{len(cases)} cases")
