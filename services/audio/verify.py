"""Does this file hold the wanted sound? Measured by decoding all of it, judged by a pure function."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from pathlib import Path

from models.audio import AudioFacts
from models.errors import AudioCorrupt, AudioSilent, AudioWrongLength, StorageFailed
from models.ids import DurationMs
from services.audio.ffmpeg import INPUT_OPTIONS, Ffmpeg, FfmpegResult
from services.lengths import usual_ms

logger = logging.getLogger(__name__)

REFERENCE_LUFS = -18.0
"""ReplayGain 2.0."""

SILENCE_PEAK_DB = -60.0
"""A file whose loudest sample lies below this is silence (a thousandth of full scale)."""

# The last step only bundles frames on their way to nowhere: a third less work between ffmpeg's threads.
_FILTERS = "ebur128=peak=sample:framelog=quiet,volumedetect,asetnsamples=n=48000:p=0"
MEASURING = ("-map", "0:a:0", "-vn", "-sn", "-dn", "-af", _FILTERS, "-f", "null", "-")
"""ffmpeg's first output, whose log `facts_of` reads."""

_FLOOR_DB = -91.0  # volumedetect's least value: below one step of 16 bits
_GATE_LUFS = -70.0  # ebur128 reports this when everything lay below its gate

# One damaged packet gives up to two error lines; two of them are 40 ms, which nobody refuses a song for.
_MAX_ERROR_LINES = 4

_DURATION = re.compile(r"^\[info\]\s+Duration: (\d+):(\d\d):(\d\d\.\d+)")
_STREAM = re.compile(r"^\[info\]\s+Stream #0:\d+.*?: Audio: (?P<codec>\w+).*?, (?P<rate>\d+) Hz, (?P<layout>[^,]+)")
_BITRATE = re.compile(r", (\d+) kb/s")
_SAMPLES = re.compile(r"\[info\] n_samples: (\d+)")
_MEAN = re.compile(r"\[info\] mean_volume: (-?[\d.]+) dB")
_MAX = re.compile(r"\[info\] max_volume: (-?[\d.]+) dB")
_LOUDNESS = re.compile(r"^\s+I:\s+(-?[\d.]+|-inf|nan) LUFS")
_PEAK = re.compile(r"^\s+Peak:\s+(-?[\d.]+|-inf) dBFS")


class Verifier:
    """Measures audio files with ffmpeg."""

    def __init__(self, *, ffmpeg: Ffmpeg) -> None:
        self._ffmpeg = ffmpeg

    async def measure(self, path: Path) -> AudioFacts:
        """The facts of the first audio stream of `path`, from one pass that decodes all of it.

        The duration is that of the decoded samples, whatever the header says; volumes are in dB of full scale. Raises
        `AudioCorrupt` when it is no audio, breaks off, or has damaged parts; `AudioToolFailed` or `StorageFailed` when
        it could not be learnt.
        """
        try:
            size = await asyncio.to_thread(path.stat)
        except OSError as exc:
            raise StorageFailed(path=str(path)) from exc
        result = await self._ffmpeg.run(
            *INPUT_OPTIONS,
            "-i",
            f"file:{path}",
            *MEASURING,
        )
        return facts_of(result, size.st_size)


def judge(
    facts: AudioFacts,
    expected_ms: DurationMs | None,
    *,
    tolerance_ms: int | None = None,
) -> None:
    """Raises `AudioSilent` or `AudioWrongLength` unless this is sound as long as Spotify says.

    `expected_ms=None` or 0: Spotify does not say. `tolerance_ms=None`: `services.lengths.usual_ms(expected_ms)`.
    """
    if facts.max_volume_db <= SILENCE_PEAK_DB:
        raise AudioSilent(max_volume_db=facts.max_volume_db)
    if not expected_ms:
        return
    allowed_ms = usual_ms(expected_ms) if tolerance_ms is None else tolerance_ms
    difference_ms = facts.duration_ms - expected_ms
    if abs(difference_ms) > allowed_ms:
        raise AudioWrongLength(
            f"The audio is {abs(difference_ms) / 1000:.1f} s {'longer' if difference_ms > 0 else 'shorter'} "
            "than Spotify says.",
            duration_ms=facts.duration_ms,
            expected_ms=expected_ms,
            tolerance_ms=allowed_ms,
        )


def is_spotless(result: FfmpegResult) -> bool:
    """Whether a run that was fed has found nothing to complain of, and knew how much was to come."""
    return result.exit_code == 0 and not result.log.error_count and _declared_ms(result.log.lines) is not None


def facts_of(result: FfmpegResult, size_bytes: int) -> AudioFacts:
    """What a run with `MEASURING` found in a file of so many bytes. Raises `AudioCorrupt`."""
    log = result.log
    lines, errors = log.lines, log.first_errors
    if result.exit_code != 0:
        raise AudioCorrupt(exit_code=result.exit_code, errors=errors)
    stream = _first(_STREAM, lines)
    samples = _last_number(_SAMPLES, lines)
    if stream is None or not samples:
        raise AudioCorrupt("There is no sound in the file.", errors=errors)
    # The input's stream is listed first, the output's (what the filters counted) last.
    output = [found for line in lines if (found := _STREAM.match(line))][-1]
    channels = _channels(output["layout"])
    rate = int(output["rate"])
    duration_ms = round(1000 * samples / (channels * rate))
    declared_ms = _declared_ms(lines)
    missing_ms = declared_ms - duration_ms if declared_ms is not None else 0
    if log.error_count > _MAX_ERROR_LINES or missing_ms > max(1_000, 0.01 * duration_ms):
        raise AudioCorrupt(errors=errors, error_count=log.error_count, decoded_ms=duration_ms, declared_ms=declared_ms)
    if log.error_count:
        logger.info("audio_slightly_damaged", extra={"errors": errors})
    said = _BITRATE.search(stream.string)
    bitrate_bps = int(said[1]) * 1000 if said else round(size_bytes * 8000 / max(1, duration_ms))
    loudness = _last_number(_LOUDNESS, lines)
    peak_db = _last_number(_PEAK, lines)
    mean_db, max_db = _last_number(_MEAN, lines), _last_number(_MAX, lines)
    return AudioFacts(
        duration_ms=DurationMs(duration_ms),
        codec=stream["codec"],
        bitrate_bps=bitrate_bps,
        sample_rate_hz=int(stream["rate"]),
        channels=_channels(stream["layout"]),
        mean_volume_db=_FLOOR_DB if mean_db is None else mean_db,
        max_volume_db=_FLOOR_DB if max_db is None else max_db,
        track_gain_db=None if loudness is None or loudness <= _GATE_LUFS else round(REFERENCE_LUFS - loudness, 2),
        track_peak=None if peak_db is None else round(10 ** (peak_db / 20), 6),
    )


def _first(pattern: re.Pattern[str], lines: Iterable[str]) -> re.Match[str] | None:
    return next((found for line in lines if (found := pattern.match(line))), None)


def _last_number(pattern: re.Pattern[str], lines: list[str]) -> float | None:
    for line in reversed(lines):
        if found := pattern.search(line):
            # "-inf" and "nan" stand for nothing measured
            return float(found[1]) if found[1] not in {"-inf", "nan"} else None
    return None


def _declared_ms(lines: list[str]) -> int | None:
    found = _first(_DURATION, lines)
    if found is None:
        return None
    return round(1000 * (int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])))


def _channels(layout: str) -> int:
    """How many channels ffmpeg's name of a layout stands for."""
    name = layout.strip().split("(")[0]
    if name in {"mono", "stereo", "downmix"}:
        return 1 if name == "mono" else 2
    if found := re.match(r"(\d+) channels", name):
        return int(found[1])
    if found := re.fullmatch(r"(\d+)\.(\d+)(?:\.(\d+))?", name):
        return sum(int(part) for part in found.groups() if part)
    return {"quad": 4, "hexagonal": 6, "octagonal": 8}.get(name, 2)
