"""The sums of a batch, told by hand."""

from __future__ import annotations

from dataclasses import replace

from models.audio import AudioFormat, job_id
from models.batch import BatchFailure, BatchRow, TrackCounts
from models.job import Job, JobError, JobState, Progress
from models.progress import ProgressEvent
from services.batches.tally import Tally
from tests.batches.test_store import made
from tests.store.values import job, spotify_id
from tests.support.batches import stored


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def row(number: int) -> BatchRow:
    return BatchRow(track_id=spotify_id(number), positions=(number,))


def tally(
    *, rows: int = 4, known: int = 0, failures: tuple[BatchFailure, ...] = (), clock: Clock | None = None
) -> Tally:
    batch = made(rows, tracks=TrackCounts(total=rows, queued=rows), failures=failures)
    files = {spotify_id(number): stored(spotify_id(number), AudioFormat.M4A, b"x" * 100) for number in range(known)}
    return Tally(batch, [row(number) for number in range(rows)], files, clock=clock or Clock())


def begun(tally: Tally, number: int, *, seq: int = 5, cancel_requested: bool = False) -> Job:
    asked = tally.waiting.popleft()
    assert asked == row(number)
    made = job(number, seq=seq, state=JobState.RUNNING, cancel_requested=cancel_requested)
    tally.begin(asked, made)
    return made


def event(made: Job, seq: int, state: JobState = JobState.RUNNING, **progress: float) -> ProgressEvent:
    return ProgressEvent.of(replace(made, seq=seq, state=state, progress=Progress(**progress)))  # type: ignore[arg-type]


def test_percent_bytes_and_speed_are_sums() -> None:
    sums = tally(known=1)
    one, two = begun(sums, 1), begun(sums, 2)
    sums.hear(event(one, 6, percent=50.0, bytes_done=300, bytes_total=600, speed_bps=10.0))
    sums.hear(event(two, 6, percent=30.0, bytes_done=50, bytes_total=200, speed_bps=5.0))
    progress = sums.progress()
    assert progress.percent == (100 + 50 + 30) / 4
    assert (progress.bytes_done, progress.speed_bps) == (100 + 300 + 50, 15.0)
    assert progress.bytes_total is None, "the fourth is not known yet"
    assert sums.tracks() == TrackCounts(total=4, done=1, running=2, queued=1)
    begun(sums, 3)
    assert sums.progress().bytes_total is None
    sums.hear(event(job(3, state=JobState.RUNNING), 6, bytes_total=1000))
    assert sums.progress().bytes_total == 100 + 600 + 200 + 1000


def test_no_speed_is_not_speed_zero() -> None:
    sums = tally()
    begun(sums, 0)
    assert sums.progress().speed_bps is None


def test_time_left_goes_by_what_was_done_under_our_eyes() -> None:
    clock = Clock()
    sums = tally(rows=10, known=5, clock=clock)
    first = begun(sums, 5)
    assert sums.progress().eta_s is None
    clock.now += 20
    sums.hear(event(first, 6, state=JobState.DONE))
    assert sums.progress().eta_s == 4 * 20
    assert sums.progress().percent == 60.0


def test_ends() -> None:
    sums = tally()
    done, failed, cancelled, waiting = (begun(sums, number) for number in range(4))
    assert sums.hear(event(done, 6, state=JobState.DONE, bytes_done=7)) is None
    for number, (ended, state, error) in enumerate(
        (
            (failed, JobState.FAILED, JobError(code="no_match", message="No.", retryable=False)),
            (cancelled, JobState.CANCELLED, None),
        ),
        start=1,
    ):
        assert sums.hear(event(ended, 6, state=state)) == row(number)
        sums.fail(row(number), state, error, "A title")
    assert sums.tracks() == TrackCounts(total=4, done=1, failed=1, cancelled=1, running=1)
    assert [failure.code for failure in sums.failures] == ["no_match", "job_cancelled"]
    assert sums.tracks(ended=True) == TrackCounts(total=4, done=1, failed=1, cancelled=2)
    assert sums.unsettled() == [row(3)]
    sums.hear(event(waiting, 6, state=JobState.DONE))
    assert sums.is_over
    assert sums.outcome() == (JobState.DONE, None)
    assert (sums.progress().percent, sums.progress().eta_s) == (100.0, 0.0)


def test_what_was_settled_before_is_settled() -> None:
    old = BatchFailure(position=1, track_id=spotify_id(1), code="no_match", message="No.", retryable=False)
    row_gone = BatchFailure(position=9, track_id=None, code="row_unavailable", message="-", retryable=False, reason="x")
    sums = tally(failures=(row_gone, old))
    assert [each.track_id for each in sums.waiting] == [spotify_id(number) for number in (0, 2, 3)]
    assert sums.failures == [old, row_gone]
    come_good = tally(known=2, failures=(old,))
    assert come_good.failures == []
    assert come_good.tracks().done == 2


def test_news_of_an_earlier_wish_is_stale() -> None:
    sums = tally()
    asked = begun(sums, 0, seq=5)
    assert sums.is_stale(event(asked, 4, state=JobState.FAILED))
    assert not sums.is_stale(event(asked, 5))
    assert not sums.is_stale(event(job(3), 1)), "not ours"


def test_a_job_that_was_about_to_be_cancelled_is_asked_for_again() -> None:
    sums = tally(rows=1)
    dying = begun(sums, 0, cancel_requested=True)
    assert sums.hear(event(dying, 6, state=JobState.CANCELLED)) is None
    assert list(sums.waiting) == [row(0)]
    sums.put_back(job_id(spotify_id(0), AudioFormat.M4A))
    assert list(sums.waiting) == [row(0)], "it is not under way"


def test_outcomes_without_a_file() -> None:
    sums = tally(rows=2)
    for number in range(2):
        begun(sums, number)
        sums.hear(event(job(number), 6, state=JobState.CANCELLED))
        sums.fail(row(number), JobState.CANCELLED, None, None)
    assert sums.outcome() == (JobState.CANCELLED, None)
    sums.fail(row(0), JobState.FAILED, JobError(code="x", message="X.", retryable=True), None)
    state, error = sums.outcome()
    assert state is JobState.FAILED
    assert error is not None
    assert (error.code, error.retryable) == ("batch_failed", True)
