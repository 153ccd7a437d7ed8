"""What is found while a file arrives is what would be found on the whole file, and a fault is found all the same."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import imageio_ffmpeg
import pytest
import uvloop

from models.audio import AudioFacts, AudioFormat
from models.errors import AudioCorrupt, AudioSilent, AudioToolFailed, StorageFailed
from models.ids import DurationMs
from services.audio.arrival import Arrival, Arrivals
from services.audio.convert import Converter
from services.audio.ffmpeg import Ffmpeg
from services.audio.verify import Verifier, judge
from tests.audio.faults import FAULTS
from tests.support import sound
from tests.support.wait import wait_for

STEP = 20_000
FORMATS = [(sound.m4a, AudioFormat.M4A), (sound.webm, AudioFormat.OPUS), (sound.m4a, AudioFormat.MP3)]


class CountingFfmpeg(Ffmpeg):
    """Counts the runs on whole files."""

    def __init__(self) -> None:
        super().__init__()
        self.on_whole_files = 0

    async def run(self, *arguments: str, feed=None):
        self.on_whole_files += feed is None
        return await super().run(*arguments, feed=feed)


@asynccontextmanager
async def _arrived(
    ffmpeg: Ffmpeg, source: Path, folder: Path, audio_format: AudioFormat = AudioFormat.M4A
) -> AsyncIterator[tuple[Arrival, Path]]:
    """All of `source`, come in small steps to a file of its own."""
    part, target = folder / "part", folder / f"finished.{audio_format.value}"
    data = source.read_bytes()
    async with Arrivals(ffmpeg=ffmpeg).follow(part, target, audio_format) as arrival:
        with part.open("wb", buffering=0) as file:
            for at in range(0, len(data), STEP):
                file.write(data[at : at + STEP])
                arrival.reach(min(at + STEP, len(data)))
                await asyncio.sleep(0)
        arrival.end()
        yield arrival, target


@pytest.mark.parametrize(("make", "audio_format"), FORMATS)
async def test_the_same_facts_and_the_same_bytes_as_from_the_whole_file(tmp_path: Path, make, audio_format) -> None:
    source, expected = make(6), tmp_path / f"expected.{audio_format.value}"
    ffmpeg = CountingFfmpeg()
    async with _arrived(ffmpeg, source, tmp_path, audio_format) as (arrival, target):
        facts = await arrival.facts()
        assert ffmpeg.on_whole_files == 0
        await arrival.finish()
    # One for mp3, which is encoded afterwards.
    assert ffmpeg.on_whole_files == (audio_format is AudioFormat.MP3)
    assert facts == await Verifier(ffmpeg=Ffmpeg()).measure(source)
    await Converter(ffmpeg=Ffmpeg()).finish(source, expected, audio_format)
    assert target.read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_faulty_file_is_corrupt(tmp_path: Path, fault: str) -> None:
    faulty = tmp_path / "faulty"
    faulty.mkdir()
    async with _arrived(Ffmpeg(), FAULTS[fault](faulty), tmp_path) as (arrival, _):
        with pytest.raises(AudioCorrupt):
            await arrival.facts()


async def test_silence_is_refused(tmp_path: Path) -> None:
    async with _arrived(Ffmpeg(), sound.m4a(3, silent=True), tmp_path) as (arrival, _):
        with pytest.raises(AudioSilent):
            judge(await arrival.facts(), DurationMs(3000))


async def test_an_index_at_the_end_is_no_fault(tmp_path: Path) -> None:
    source, ffmpeg = tmp_path / "late.m4a", CountingFfmpeg()
    sound.ffmpeg("-i", str(sound.m4a(6)), "-c", "copy", "-f", "mp4", str(source))
    data = source.read_bytes()
    assert data.index(b"moov") > data.index(b"mdat")
    async with _arrived(ffmpeg, source, tmp_path) as (arrival, target):
        facts = await arrival.facts()
        await arrival.finish()
    assert ffmpeg.on_whole_files == 2
    assert facts.duration_ms == pytest.approx(6000, abs=60)
    assert sound.packets_md5(target) == sound.packets_md5(source)


async def test_a_file_that_names_no_length_is_looked_at_whole(tmp_path: Path) -> None:
    source, ffmpeg = tmp_path / "live.webm", CountingFfmpeg()
    sound.ffmpeg("-i", str(sound.webm(6)), "-c", "copy", "-live", "1", "-f", "webm", str(source))
    async with _arrived(ffmpeg, source, tmp_path, AudioFormat.OPUS) as (arrival, _):
        facts = await arrival.facts()
    assert ffmpeg.on_whole_files == 1
    assert facts.duration_ms == pytest.approx(6000, abs=60)


async def test_nothing_is_decided_before_the_last_byte(tmp_path: Path) -> None:
    data, part = sound.m4a(6).read_bytes(), tmp_path / "part"
    part.write_bytes(data)
    async with Arrivals(ffmpeg=Ffmpeg()).follow(part, tmp_path / "finished.m4a", AudioFormat.M4A) as arrival:
        arrival.reach(len(data) // 2)
        # What a fetch that broke off would leave: all that is there is half of what the header promises.
        part.write_bytes(data[: len(data) // 2])
        arrival.end()
        with pytest.raises(AudioCorrupt):
            await arrival.facts()


async def test_a_disk_that_fails_says_nothing_of_the_file(tmp_path: Path) -> None:
    part = tmp_path / "part"
    async with Arrivals(ffmpeg=Ffmpeg()).follow(part, tmp_path / "finished.m4a", AudioFormat.M4A) as arrival:
        arrival.reach(1000)
        arrival.end()
        with pytest.raises(StorageFailed):
            await arrival.facts()


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_tool_that_ends_early_is_not_fed_any_more(tmp_path: Path, new_loop) -> None:
    tool = tmp_path / "tool"
    tool.write_text(f'#!/bin/sh\ncase "$*" in *pipe:0*) exit 1 ;; esac\nexec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)

    async def run(folder: Path) -> AudioFacts:
        folder.mkdir()
        async with _arrived(Ffmpeg(executable=str(tool)), sound.m4a(60), folder) as (arrival, target):
            facts = await arrival.facts()
            await arrival.finish()
            assert target.stat().st_size > 0
        return facts

    with asyncio.Runner(loop_factory=new_loop) as runner:
        for number in range(5):
            assert runner.run(run(tmp_path / str(number))).duration_ms == pytest.approx(60_000, abs=60)


async def test_a_missing_tool_says_nothing_of_the_file(tmp_path: Path) -> None:
    ffmpeg = Ffmpeg(executable=str(tmp_path / "no-ffmpeg"))
    async with _arrived(ffmpeg, sound.m4a(6), tmp_path) as (arrival, _):
        with pytest.raises(AudioToolFailed):
            await arrival.facts()


async def test_a_fetch_that_fails_leaves_no_process(tmp_path: Path) -> None:
    tool, part = tmp_path / "tool", tmp_path / "part"
    tool.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\ncat >{tmp_path}/fed\nsleep 600\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    part.write_bytes(b"x" * 100)
    pid, fed = tmp_path / "pid", tmp_path / "fed"

    async def fetch() -> None:
        arrivals = Arrivals(ffmpeg=Ffmpeg(executable=str(tool)))
        async with arrivals.follow(part, tmp_path / "finished.m4a", AudioFormat.M4A) as arrival:
            arrival.reach(100)
            await wait_for(lambda: fed.exists() and fed.stat().st_size == 100, what="it is fed")
            raise RuntimeError("the fetch broke")

    with pytest.raises(RuntimeError, match="broke"):
        await fetch()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_a_tool_that_takes_nothing_is_killed_in_time(tmp_path: Path) -> None:
    tool, part = tmp_path / "tool", tmp_path / "part"
    tool.write_text("#!/bin/sh\nexec sleep 600\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    part.write_bytes(bytes(4_000_000))
    async with Arrivals(ffmpeg=Ffmpeg(executable=str(tool), deadline_s=1.0)).follow(
        part, tmp_path / "finished.m4a", AudioFormat.M4A
    ) as arrival:
        arrival.reach(4_000_000)
        arrival.end()
        with pytest.raises(AudioToolFailed):
            await arrival.facts()
