"""What it costs to score 100 candidates, all of them titled differently, with nothing remembered from before.

Computing time, not wall time. Beside it stands what rapidfuzz needs to compare the same titles and names by likeness
alone, on the same machine in the same moment.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz, utils

from bench.rows import Row
from models.ids import DurationMs, SpotifyId, VideoId
from models.match import Candidate, Finding, QueryKind, Shelf, VideoType
from models.music import AlbumRef, ArtistRef, Track
from services.matching.choose import decide

COUNT = 100
ROUNDS = 60
TARGET_MS = 5.0
LENGTH_S = 222.0

_UPLOADERS = (
    "Mira Lindqvist", "The Paper Kites", "DJ Kura", "Boyce Avenue", "Sing King", "Vitamin String Quartet", "Tiësto",
    "Kaskade & Deadmau5", "Rockabye Baby!", "Молчат Дома", "방탄소년단", "宇多田ヒカル", "عمرو دياب", "שרית חדד",
    "Νατάσσα Μποφίλιου", "Bodyslam", "Arijit Singh", "Beyoncé feat. JAY-Z", "Simon & Garfunkel", "Anna Berg",
)  # fmt: skip
_VERSIONS = (
    "Live at Wembley Stadium", "Tiësto Remix", "Radio Edit", "8D AUDIO", "Sped Up", "slowed + reverb",
    "Karaoke Version", "Instrumental", "Acoustic Session", "Cover by Mia Stone", "Official Video", "Lyric Video",
    "2011 Remaster", "1 Hour Loop", "TV Size", "歌ってみた", "ライブ 2019", "라이브 직캠", "кавер на гитаре",
    "концерт в Москве", "קאבר אקוסטי", "حفلة مباشر", "Pt. II", "feat. Somebody New", "Extended Mix", "Club Mix",
    "Piano Tutorial", "Nightcore", "Demo 1987", "Take 3", "Mono", "Mashup with Toxic", "First Time Hearing REACTION",
    "English Version", "Tiny Desk Concert",
)  # fmt: skip
_OTHER_SONGS = (
    "Paper Lanterns", "The Long Way Down", "Señorita", "Группа крови", "残酷な天使のテーゼ", "봄날 (Spring Day)",
    "7 rings", "Für Elise (Reimagined)", "Don't Start Now", "Symphony No. 5 in C Minor, Op. 67: I. Allegro con brio",
    "تملي معاك",
)  # fmt: skip
_FORMS = (
    "{song} ({version})", "{artist} - {song} [{version}]", "{song} - {version}", "{other} - {song} ({version})",
    "{song} feat. {other} | {version}", "{song} {version}", "【{version}】{song} / {other}",
)  # fmt: skip


async def rows() -> list[Row]:
    """In milliseconds."""
    latin, japanese = _track("Midnight Signal", "The Velvet Harbour"), _track("夜に駆ける", "米津玄師")
    mixed = [*_candidates(latin, 34), *_candidates(latin, COUNT - 34, songs=_OTHER_SONGS)]
    return [
        _row("100 candidates, two thirds other songs", latin, mixed),
        _row("100 candidates of the song's name", latin, _candidates(latin, COUNT)),
        _row("100 candidates, name in another script", japanese, _candidates(japanese, COUNT)),
    ]


def _row(name: str, track: Track, candidates: Sequence[Candidate]) -> Row:
    if len({candidate.title for candidate in candidates}) != COUNT:
        raise RuntimeError("titles repeat")
    scored, alike = [], []
    for _ in range(ROUNDS):
        _forget()
        scored.append(_spent_ms(lambda: decide(track, candidates)))
        alike.append(_spent_ms(lambda: _likeness(track, candidates)))
    return Row(
        name=name,
        # Whatever else the machine does can only add to it.
        measured=min(scored),
        unit="ms",
        target=TARGET_MS,
        detail=f"of computing, best of {ROUNDS}, median {statistics.median(scored):.2f};"
        f" {statistics.median(scored) / statistics.median(alike):.0f} × rapidfuzz on titles and names alone",
    )


def _spent_ms(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return 1000 * (time.process_time() - begin)


def _likeness(track: Track, candidates: Sequence[Candidate]) -> float:
    wanted = f"{track.artists[0].name} {track.name}"
    return max(
        fuzz.token_set_ratio(wanted, f"{candidate.channel} {candidate.title}", processor=utils.default_process)
        for candidate in candidates
    )


def _forget() -> None:
    """Empties what the matcher's pure functions remember of texts."""
    for name, module in list(sys.modules.items()):
        if name.startswith("services.matching"):
            for thing in vars(module).values():
                clear = getattr(thing, "cache_clear", None)
                if clear is not None:
                    clear()


def _track(name: str, artist: str) -> Track:
    return Track(
        id=SpotifyId("track"), name=name, duration_ms=DurationMs(int(1000 * LENGTH_S)),
        artists=(ArtistRef(id=None, name=artist), ArtistRef(id=None, name="Anna Berg")),
        album=AlbumRef(id=None, name="Night Drive", album_type="album"),
    )  # fmt: skip


def _candidates(track: Track, count: int, songs: Sequence[str] = ()) -> list[Candidate]:
    """Titles of every usual form; a third of them album audio, of many artists, channels and albums."""
    made = []
    names = itertools.cycle(songs or [track.name])
    for index in range(count):
        version = _VERSIONS[index % len(_VERSIONS)]
        uploader = _UPLOADERS[index % len(_UPLOADERS)]
        title = _FORMS[index % len(_FORMS)].format(
            song=next(names), artist=track.artists[0].name, other=uploader, version=f"{version} {index}"
        )
        is_song = index % 3 == 0
        made.append(
            Candidate(
                video_id=VideoId(f"v{index:010d}"), title=title, artists=(uploader,) if is_song else (),
                channel=uploader if index % 5 else f"{uploader} - Topic", duration_s=LENGTH_S + index % 9 - 4,
                album=f"Night Drive ({_VERSIONS[index * 7 % len(_VERSIONS)]})" if is_song else None,
                video_type=VideoType.ATV if is_song else None, is_song=is_song, views=1000 * index,
                found_in=(Finding(shelf=Shelf.SONGS, query_kind=QueryKind.TITLE, rank=index),),
            )
        )  # fmt: skip
    return made
