"""Retry decisions as a table, and the moves between states."""

from __future__ import annotations

import pytest

from models.errors import (
    BotCheck,
    CatalogRateLimited,
    MediaInterrupted,
    MusicError,
    NoMatch,
    VideoRemoved,
)
from models.job import MOVES, JobState, RetryPolicy

POLICY = RetryPolicy(max_attempts=4, base_delay_s=2.0, max_delay_s=300.0, jitter=0.5)


@pytest.mark.parametrize(
    ("error", "attempt", "random", "delay_s"),
    [
        (MediaInterrupted(), 1, 0.5, 2.0),
        (MediaInterrupted(), 2, 0.5, 4.0),
        (MediaInterrupted(), 3, 0.5, 8.0),
        (MediaInterrupted(), 1, 0.0, 1.5),
        (MediaInterrupted(), 1, 1.0, 2.5),
        (MediaInterrupted(), 4, 0.5, None),
        (NoMatch(), 1, 0.5, None),
        (VideoRemoved(), 1, 0.5, None),
        (CatalogRateLimited(retry_after_s=30), 1, 0.5, 30.0),
        (CatalogRateLimited(retry_after_s=86_400), 1, 0.5, None),
        (BotCheck(retry_after_s=0.5), 1, 0.5, 2.0),
    ],
)
def test_decision(error: MusicError, attempt: int, random: float, delay_s: float | None) -> None:
    decision = POLICY.decide(error, attempt, random)
    assert (decision and decision.delay_s) == delay_s


def test_the_delay_is_capped() -> None:
    patient = RetryPolicy(max_attempts=50, base_delay_s=2.0, max_delay_s=60.0, jitter=0.0)
    decision = patient.decide(MediaInterrupted(), 40, 0.5)
    assert decision is not None
    assert decision.delay_s == 60.0


def test_final_states_are_left_only_by_asking_again() -> None:
    for state in JobState:
        if state.is_final:
            assert MOVES[state] == {JobState.QUEUED}
        else:
            assert JobState.CANCELLED in MOVES[state]
