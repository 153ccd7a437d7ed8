"""Every fault of a file is found, and a good file is measured right."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.audio import AudioFacts
from models.errors import AudioCorrupt, AudioSilent, AudioToolFailed, AudioWrongLength, StorageFailed
from models.ids import DurationMs
from services.audio.ffmpeg import Ffmpeg
from services.audio.verify import Verifier, judge
from services.lengths import usual_ms
from tests.audio.faults import FAULTS, write
from tests.support import sound
from tests.support.facts import make_facts


@pytest.fixture
def verifier() -> Verifier:
    return Verifier(ffmpeg=Ffmpeg())


@pytest.mark.parametrize(("make", "codec"), [(sound.m4a, "aac"), (sound.webm, "opus")])
async def test_good_sound_is_measured(verifier: Verifier, make, codec: str) -> None:
    facts = await verifier.measure(make(6))
    assert facts.codec == codec
    assert facts.duration_ms == pytest.approx(6000, abs=60)
    assert facts.channels == 2
    assert facts.sample_rate_hz == 48_000
    assert facts.bitrate_bps is not None
    assert 30_000 < facts.bitrate_bps < 250_000
    assert -20 < facts.mean_volume_db < facts.max_volume_db < 0
    assert facts.track_peak is not None
    assert 0.3 < facts.track_peak <= 1
    judge(facts, DurationMs(6000))


async def test_replay_gain_is_the_distance_to_the_reference(verifier: Verifier, tmp_path: Path) -> None:
    loud, quiet = sound.m4a(6), tmp_path / "quiet.m4a"
    sound.ffmpeg("-i", str(loud), "-af", "volume=-12dB", "-c:a", "aac", "-b:a", "128k", str(quiet))
    first, second = await verifier.measure(loud), await verifier.measure(quiet)
    assert first.track_gain_db is not None
    assert second.track_gain_db == pytest.approx(first.track_gain_db + 12, abs=0.5)


async def test_mono_and_surround_count_their_channels(verifier: Verifier, tmp_path: Path) -> None:
    for layout, channels in (("mono", 1), ("5.1", 6)):
        path = tmp_path / f"{channels}.m4a"
        sound.ffmpeg("-i", str(sound.m4a(6)), "-af", f"aformat=channel_layouts={layout}", "-c:a", "aac", str(path))
        facts = await verifier.measure(path)
        assert facts.channels == channels
        assert facts.duration_ms == pytest.approx(6000, abs=80)


@pytest.mark.parametrize("fault", FAULTS)
async def test_faulty_files_are_corrupt(verifier: Verifier, tmp_path: Path, fault: str) -> None:
    with pytest.raises(AudioCorrupt):
        await verifier.measure(FAULTS[fault](tmp_path))


async def test_a_playlist_in_disguise_opens_no_other_file(verifier: Verifier, tmp_path: Path) -> None:
    inner = sound.m4a(6)
    for text in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile://{inner}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{inner}'\n",
    ):
        with pytest.raises(AudioCorrupt):
            await verifier.measure(write(tmp_path / "a.m4a", text.encode()))


async def test_a_missing_file_is_not_called_corrupt(verifier: Verifier, tmp_path: Path) -> None:
    with pytest.raises(StorageFailed):
        await verifier.measure(tmp_path / "none.m4a")


async def test_a_missing_tool_says_nothing_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(AudioToolFailed) as caught:
        await Verifier(ffmpeg=Ffmpeg(executable=str(tmp_path / "no-ffmpeg"))).measure(sound.m4a(6))
    assert caught.value.retryable


async def test_odd_names_are_only_names(verifier: Verifier, tmp_path: Path) -> None:
    path = tmp_path / "-i 'x' %d: ☃.m4a"
    path.write_bytes(sound.m4a(6).read_bytes())
    assert (await verifier.measure(path)).codec == "aac"


@pytest.mark.parametrize("make", [sound.m4a, sound.webm])
async def test_silence_is_refused(verifier: Verifier, make) -> None:
    facts = await verifier.measure(make(3, silent=True))
    assert facts.track_gain_db is None
    with pytest.raises(AudioSilent):
        judge(facts, DurationMs(3000))


def test_a_quiet_piece_is_no_silence() -> None:
    judge(make_facts(max_volume_db=-48.0, mean_volume_db=-62.0), DurationMs(200_000))


@pytest.mark.parametrize(
    ("actual_ms", "expected_ms", "tolerance_ms", "right"),
    [
        (200_000, 200_000, None, True),
        (205_900, 200_000, None, True),  # a video's opening
        (194_100, 200_000, None, True),
        (206_100, 200_000, None, False),
        (193_900, 200_000, None, False),
        (104_900, 100_000, None, True),  # at least 5 s
        (105_100, 100_000, None, False),
        (12_000, 10_000, None, True),  # a quarter of a short one
        (13_000, 10_000, None, False),
        (1_614_900, 1_600_000, None, True),  # at most 15 s
        (1_615_100, 1_600_000, None, False),
        (300_000, 200_000, 120_000, True),  # pinned
        (100_000, 200_000, 50_000, False),
        (30_000, 0, None, True),  # Spotify does not say
        (30_000, None, None, True),
    ],
)
def test_length(actual_ms: int, expected_ms: int | None, tolerance_ms: int | None, right: bool) -> None:
    facts = make_facts(duration_ms=actual_ms)
    expected = None if expected_ms is None else DurationMs(expected_ms)
    if right:
        judge(facts, expected, tolerance_ms=tolerance_ms)
    else:
        with pytest.raises(AudioWrongLength):
            judge(facts, expected, tolerance_ms=tolerance_ms)


def test_tolerance_grows_with_the_length() -> None:
    found = [usual_ms(seconds * 1000) for seconds in range(1, 4000)]
    assert found == sorted(found)


def test_wrong_length_says_by_how_much() -> None:
    facts: AudioFacts = make_facts(duration_ms=230_000)
    with pytest.raises(AudioWrongLength, match=r"30\.0 s longer"):
        judge(facts, DurationMs(200_000))
