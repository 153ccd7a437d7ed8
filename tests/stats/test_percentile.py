from __future__ import annotations

import random

import pytest

from models.stats import LATENCY_BOUNDS_MS
from services.access.pace import BUSY_RATE, LONGEST_LAG_S, SHARE, rest_s
from services.store.access_rollup import LATENCY_FIELDS
from services.store.stats import percentile_ms


def _classes(durations: list[float]) -> list[int]:
    counts = [0] * len(LATENCY_FIELDS)
    for duration in durations:
        counts[next((i for i, bound in enumerate(LATENCY_BOUNDS_MS) if duration <= bound), len(counts) - 1)] += 1
    return counts


def test_there_is_a_class_beyond_the_last_bound() -> None:
    assert len(LATENCY_FIELDS) == len(LATENCY_BOUNDS_MS) + 1
    assert list(LATENCY_BOUNDS_MS) == sorted(set(LATENCY_BOUNDS_MS))


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_percentile_lies_within_the_class_of_the_true_one(share: float) -> None:
    dice = random.Random(7)
    durations = sorted(dice.lognormvariate(3, 2) for _ in range(5000))
    true, got = durations[round(share * 5000) - 1], percentile_ms(_classes(durations), share)
    lower = max([0.0, *(bound for bound in LATENCY_BOUNDS_MS if bound < true)])
    upper = next(bound for bound in LATENCY_BOUNDS_MS if bound >= true)
    assert lower <= got <= upper


def test_the_ends() -> None:
    assert percentile_ms([0] * len(LATENCY_FIELDS), 0.5) == 0
    assert percentile_ms(_classes([10**9]), 0.5) == LATENCY_BOUNDS_MS[-1]
    assert 0 < percentile_ms(_classes([0.2]), 0.99) <= 1


@pytest.mark.parametrize(
    ("rested_s", "rate", "lag_s", "rest"),
    [
        (0, 0, 0, 0),
        (0, BUSY_RATE - 1, 0, 0),
        (0, BUSY_RATE, 0, 0.1 * (1 / SHARE - 1)),
        (1, BUSY_RATE, 0, 0.1 * (1 / SHARE - 1) - 1),
        (0.1 / SHARE, BUSY_RATE, 0, 0),
        (0, 10 * BUSY_RATE, LONGEST_LAG_S, 0),
        (0, 10 * BUSY_RATE, LONGEST_LAG_S - 1, 1),
        (1, 10 * BUSY_RATE, LONGEST_LAG_S - 1, 1),
        (0, 0, LONGEST_LAG_S, 0),
    ],
)
def test_storing_rests_only_while_the_server_is_busy_and_never_for_too_long(
    rested_s: float, rate: float, lag_s: float, rest: float
) -> None:
    assert rest_s(worked_s=0.1, rested_s=rested_s, rate=rate, lag_s=lag_s) == pytest.approx(rest)
