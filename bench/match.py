"""Score the matcher on recorded candidate lists: `python -m bench.match --cases FILE --picks OUT.json`.

Runs the very `decide` that the server runs over each case's candidates, writes the picks, and prints what they are
worth by kind of case and by tag. The file's schema is that of `tests/matching/data`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from models.ids import DurationMs, SpotifyId, VideoId
from models.match import Candidate, Finding, MatchDecision, QueryKind, Shelf, VideoType
from models.music import AlbumRef, ArtistRef, Track
from services.matching.choose import decide

_TYPES = {kind.value: kind for kind in VideoType}
OUTCOMES = ("right", "neutral", "wrong", "missed", "refused", "false accept", "unscored")


def track_of(case: dict[str, Any]) -> Track:
    """The wanted track of a case."""
    body = case.get("track") or {}
    album = body.get("album")
    return Track(
        id=SpotifyId(body.get("spotify_id") or case["id"]),
        name=body.get("name") or "",
        duration_ms=DurationMs(int(body.get("duration_ms") or 0)),
        artists=tuple(ArtistRef(id=None, name=name) for name in body.get("artists") or () if name),
        album=AlbumRef(id=None, name=album, album_type=body.get("album_type")) if album else None,
        explicit=bool(body.get("explicit")),
        isrc=body.get("isrc"),
        track_number=body.get("track_number"),
        disc_number=body.get("disc_number"),
    )


def _finding(searches: list[dict[str, Any]], place: list[int]) -> Finding:
    search = searches[place[0]] if 0 <= place[0] < len(searches) else {}
    if search.get("service") == "youtube":
        shelf = Shelf.YOUTUBE
    else:
        shelf = Shelf.VIDEOS if search.get("filter") == "videos" else Shelf.SONGS
    kind = QueryKind.ISRC if search.get("query_kind") == "isrc" else QueryKind.TITLE
    return Finding(shelf=shelf, query_kind=kind, rank=place[1])


def candidates_of(case: dict[str, Any]) -> list[Candidate]:
    """The candidates of a case, as the server's own search would describe them."""
    searches = case.get("searches") or []
    found = []
    for body in case.get("candidates") or ():
        kind = (body.get("music_video_type") or "").removeprefix("MUSIC_VIDEO_TYPE_")
        found.append(
            Candidate(
                video_id=VideoId(body["video_id"]),
                title=body.get("title") or "",
                artists=tuple(name for name in body.get("artists") or () if name),
                channel=body.get("channel"),
                channel_id=body.get("channel_id"),
                album=body.get("album"),
                duration_s=body.get("duration_s"),
                views=body.get("views"),
                video_type=_TYPES.get(kind),
                is_song=body.get("result_type") == "song",
                official=body.get("official"),
                channel_verified=body.get("channel_verified"),
                explicit=body.get("explicit"),
                # Live streams and podcast episodes are nothing to download as a track.
                available=not body.get("is_live") and body.get("result_type") != "episode",
                found_in=tuple(_finding(searches, place) for place in body.get("found_in") or ()),
            )
        )
    return found


def judge(case: dict[str, Any], picked: str | None) -> str:
    """What a pick is worth, one of `OUTCOMES`."""
    expect = case.get("expect")
    if expect == "match":
        if picked is None:
            return "missed"
        if picked in (case.get("acceptable") or ()):
            return "right"
        return "neutral" if picked in (case.get("tolerable") or ()) else "wrong"
    if expect == "no_match":
        return "refused" if picked is None else "false accept"
    return "unscored"


def half_of(case: dict[str, Any]) -> str:
    """`tune` or `check`: every list of one track is on one side."""
    group = str(case.get("group") or case["id"])
    return "check" if hashlib.sha256(group.encode()).digest()[0] % 2 else "tune"


def run(cases: list[dict[str, Any]]) -> tuple[dict[str, MatchDecision], float]:
    """A decision for each case, and the µs of computing spent on a candidate."""
    prepared = [(case["id"], track_of(case), candidates_of(case)) for case in cases]
    started = time.process_time()
    decisions = {case_id: decide(track, candidates) for case_id, track, candidates in prepared}
    spent = time.process_time() - started
    return decisions, 1e6 * spent / max(1, sum(len(candidates) for _, _, candidates in prepared))


def _print_table(title: str, rows: dict[str, Counter[str]]) -> None:
    print(f"\n{title:44s}" + "".join(f"{name:>13s}" for name in OUTCOMES))
    for name, counts in sorted(rows.items()):
        scored = counts["right"] + counts["neutral"] + counts["wrong"] + counts["missed"]
        refusals = counts["refused"] + counts["false accept"]
        cells = []
        for outcome in OUTCOMES:
            total = scored if outcome in OUTCOMES[:4] else refusals
            share = f" {100 * counts[outcome] / total:5.1f}%" if total and outcome != "unscored" else ""
            cells.append(f"{str(counts[outcome]) + share:>13s}" if counts[outcome] or total else f"{'':>13s}")
        print(f"{name[:44]:44s}" + "".join(cells))


def main(arguments: list[str] | None = None) -> int:
    """Run, write, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.match", description=__doc__)
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--picks", type=Path)
    parser.add_argument("--split", action="store_true", help="print the tuning half and the check half apart")
    parser.add_argument("--misses", choices=["tune", "all"], help="print each case that is not right, with the reasons")
    options = parser.parse_args(arguments)
    body = json.loads(options.cases.read_text("utf-8"))
    cases = body["cases"] if isinstance(body, dict) else body
    decisions, spent = run(cases)
    picks: dict[str, Any] = {}
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    tags: dict[str, Counter[str]] = defaultdict(Counter)
    for case in cases:
        decision = decisions[case["id"]]
        chosen = decision.chosen
        picked = str(chosen.candidate.video_id) if chosen is not None else None
        picks[case["id"]] = {"video_id": picked, "confidence": chosen.confidence if chosen is not None else 0.0}
        outcome = judge(case, picked)
        half = half_of(case)
        kinds[f"{case.get('kind') or 'cases'}{', ' + half if options.split else ''}"][outcome] += 1
        for tag in case.get("tags") or ():
            tags[tag][outcome] += 1
        if options.misses in {half, "all"} and outcome not in {"right", "refused", "unscored"}:
            _explain(case, decision, outcome)
    if options.picks is not None:
        options.picks.write_text(json.dumps(picks, ensure_ascii=False, indent=1), "utf-8")
    _print_table("kind", kinds)
    _print_table("tag", tags)
    print(f"\n{len(cases)} cases, {spent:.1f} µs a candidate")
    return 0


def _explain(case: dict[str, Any], decision: MatchDecision, outcome: str) -> None:
    track = case["track"]
    print(f"\n[{outcome}] {case['id']}: {track['name']!r} by {track['artists']}, {track['duration_ms'] / 1000:.1f} s")
    shown = list(decision.ranked[:2])
    accepted = {*(case.get("acceptable") or ()), *(case.get("tolerable") or ())}
    shown += [scored for scored in decision.ranked[2:] if scored.candidate.video_id in accepted][:2]
    for scored in shown:
        found = scored.candidate
        mark = judge({**case, "expect": "match"}, found.video_id)
        print(f"   {scored.score:6.2f} {mark:8s}{found.title!r} | {found.artists} {found.channel!r}")
        print(f"           {found.album!r} | {found.duration_s} s")
        print("           " + " ".join(f"{signal.name}{signal.points:+.1f}" for signal in scored.signals))
        against = [signal.reason for signal in scored.signals if signal.points < 0 and signal.name != "prior"]
        print("           " + " ".join(against))


if __name__ == "__main__":
    raise SystemExit(main())
